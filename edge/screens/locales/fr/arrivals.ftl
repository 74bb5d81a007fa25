# Les textes sur plusieurs arrivées à la fois, sur les animaux que la borne reconnaît et sur les races
# qu’elle a apprises.

## Plusieurs arrivées à l’accueil

arrivals-title = Aussi à l’accueil
arrivals-focus = Afficher
arrivals-number = Numéro { $number }
arrivals-somebody = En attente d’une image stable
arrivals-predicting = Je regarde…
arrivals-open = À confirmer
arrivals-confirmed = Arrivée notée
live-confirm-number = Confirmer { $number }
live-next-number = Nom suivant
live-new-number = Passer { $number }

# Une photo sur laquelle aucun animal n’a été trouvé.
photograph-no-animal = Aucun chat ni chien n’a été trouvé sur la photo ; aucune visite n’a donc été enregistrée. Envoyez-en une où l’animal est plus grand, net et bien éclairé.

## Pour qui la borne prend un animal

guess-sure = { $name }, { $frequency }
guess-two = { $first } ou { $second } ?
guess-three = { $first }, { $second } ou { $third } ?
guess-new = Première visite
guess-new-or-one = Première visite, ou { $name } ?
guess-what = Une seule pression dit que c’est cet animal et note son arrivée.
guess-new-what = Aucun des animaux que connaît la borne ne ressemble à celui-ci.
guess-breed = Reconnu comme : { $breed }

## Races apprises

learnt-breeds = Races apprises
learnt-breeds-how = La borne apprend une race que son réseau ne nomme pas à partir d’au moins trois visites de deux animaux ou plus, dès que l’équipe a confirmé la race. Si le responsable lui en fait oublier une, les visites et les animaux gardent ce que l’équipe a confirmé.
learnt-breeds-none = Aucune pour l’instant.
learnt-from-animals = Apprise sur { $pictures ->
    [one] { $pictures } image
   *[other] { $pictures } images
 } de { $animals ->
    [one] { $animals } animal
   *[other] { $animals } animaux
 }
learnt-forgotten = Oubliée : la borne ne nomme pas cette race d’elle-même.
learnt-forget = Oublier
learnt-learn = Réapprendre
learnt-from = { $pictures ->
    [one] apprise sur { $pictures } image
   *[other] apprise sur { $pictures } images
 }

## Images entières

settings-whole-frames = Conserver l’image entière d’une arrivée
settings-whole-frames-what = Sinon, la borne conserve la partie de l’image où se trouve l’animal, sans les personnes à côté de lui. N’activez ce réglage que si ceux qui entrent en sont informés et si vous avez une raison de conserver des images de personnes.

## État

status-searches = Recherches d’animaux
status-guests = Animaux connus de vue
status-guests-known = Connus
status-guests-waiting = En attente du nouveau réseau
status-guests-lost = Photos disparues
status-guests-what = Après une mise à jour du réseau, la borne examine de nouveau les photos des visites passées. Les animaux dont les photos ont disparu sont de nouveau connus après leur prochaine visite.

## Animaux des autres sites de la chaîne

guest-known-at = { $name }, animal connu à { $site }
guest-adopted = { $name } est désormais aussi accueilli ici.
animal-known-at = connu à { $site }
animal-elsewhere = { $name } est un animal connu à { $site }, qui n’est pas encore venu ici. Dès que l’équipe confirme une visite au nom de { $name }, il est aussi accueilli ici.
animal-forget-elsewhere = Cela ne vaut que pour cette borne. L’animal ne revient que si un autre site change quelque chose à son sujet.
field-known-at = Connu à
field-merged-elsewhere = Fusionné sur un autre site avec
field-deleted-elsewhere = Supprimé sur un autre site
history-adopted = aussi accueilli ici
history-kept-here = conservé ici

## Liaisons avec le reste de la garderie et de la chaîne

status-hub = Serveur de la chaîne
status-mqtt = MQTT
status-link-host = Hôte
status-link-connected = Connecté depuis
status-link-broken = Déconnecté depuis
status-link-waiting = Événements en attente
status-link-oldest = En attente depuis
status-link-sent = Événements envoyés
status-link-refused = Événements refusés
status-link-dropped = Événements abandonnés
status-link-dropped-why = Les événements sont abandonnés lorsqu’ils ont attendu plus longtemps que ne le permet keep_days dans kiosk.toml. L’autre côté ne les recevra jamais ; cette borne garde ses visites et ses animaux.
status-link-guests = Animaux des autres sites
