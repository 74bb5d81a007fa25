# Les textes du séjour d’un animal : la maison, les propriétaires, les réservations, les vaccinations, les rapports et les fiches.

## Le cadre

nav-in-house = Dans la maison
nav-owners = Propriétaires
nav-report = Rapport
export-owners = Propriétaires (CSV)
settings-vaccination-days = Jours d’avertissement avant la fin d’une vaccination

## Champs de l’historique et des formulaires

field-owner = Propriétaire
field-booking = Réservation
field-checked-out = Parti
field-feeding = Nourriture
field-medication = Médicaments
field-vaccinations = Vaccinations
field-belongings = Affaires
field-run = Enclos ou box
field-phones = Téléphone
field-email = Adresse électronique
field-address = Adresse

## La maison

stay-title = Ce séjour
stay-since = Depuis : { $when }
stay-left = Parti : { $when }
stay-left-unknown = Parti, on ne sait pas quand
stay-present = Présents
stay-nobody = Personne n’est dans la maison.
stay-nobody-how = Un animal est dans la maison dès que l’équipe a confirmé lequel est venu.
stay-check-out = Noter le départ
stay-has-left = Il est parti
stay-gone = { $name } : départ noté.
stay-undo = Annuler
stay-overdue = Départ oublié
stay-overdue-none = Aucun départ n’a été oublié.
stay-overdue-what = Ces animaux sont venus un jour précédent, et personne n’a noté leur départ. L’heure de leur départ n’est pas connue.
stay-all-left = Ils sont tous partis…
stay-all-left-what = Le départ de tous les animaux des jours précédents est noté, sans heure. Chaque départ peut être annulé sur la page de l’animal.
stay-all-left-do = Noter tous les départs
stay-not-in-house = Cet animal n’est pas dans la maison, ou un autre séjour a commencé depuis. Rien n’a été fait.
stay-not-checked-out = Ce départ ne peut plus être annulé : il l’est déjà, ou un autre séjour a commencé depuis. Rien n’a été fait.
stay-wrong-run = Un enclos ou un box tient en une ligne de 100 caractères au plus.

## Vaccinations

vaccination-named = { $name } : { $until }
vaccination-until = valable jusqu’au { $date }
vaccination-given = faite le { $date }
vaccination-overdue-named = { $name } : périmée depuis le { $date }
vaccination-ends = La vaccination se termine le { $date }
vaccination-ends-named = { $name } : se termine le { $date }
vaccination-name = Contre
vaccination-given-on = Faite le
vaccination-hint = Videz une ligne pour la supprimer. D’autres lignes apparaissent une fois celles-ci enregistrées.
vaccination-wrong = Le dernier jour d’une vaccination se situe dans les années 2000 à 2100, et pas avant le jour où elle a été faite. Son nom compte 100 caractères au plus.
vaccination-wrong-days = Choisissez de 0 à 365 jours.

## Propriétaires

owners-search = Chercher par nom, numéro de téléphone, adresse électronique ou postale
owners-count = { $count ->
    [0] Aucun propriétaire trouvé
    [one] { $count } propriétaire
   *[other] { $count } propriétaires
 }
owners-legend = Propriétaires
owner-new = Nouveau propriétaire
owner-edit = Modifier
owner-add = Ajouter un propriétaire
owner-add-hint = Tapez quelques lettres et choisissez, ou tapez le nom d’un nouveau propriétaire.
owner-new-phone = Téléphone d’un nouveau propriétaire
owner-phones = Téléphone
owner-phones-hint = Un numéro par ligne ; celui à essayer d’abord tout en haut.
owner-email = Adresse électronique
owner-address = Adresse
owner-no-animals = Aucun animal n’appartient à ce propriétaire.
owner-erase = Effacer ce propriétaire
owner-erase-how = S’il le demande…
owner-erase-what = Nom, numéros de téléphone, adresses, notes et historique sont supprimés définitivement. Les animaux restent, avec ce qui est noté à leur sujet.
owner-erase-do = Effacer définitivement
owner-erased = un propriétaire effacé
owner-gone = Le propriétaire est définitivement effacé.
owner-wrong-name = Un nom compte de 1 à 200 caractères.
owner-wrong-phones = Dix numéros de téléphone au plus, de 100 caractères au plus, un par ligne.
owner-wrong-line = C’est une seule ligne de 200 caractères au plus.
owner-wrong-choice = On ne sait pas qui est le propriétaire. Choisissez dans la liste, ou ajoutez d’abord un autre propriétaire du même nom sous Propriétaires. Un numéro de téléphone demande un nom.
owner-wrong-gone = Un propriétaire coché a été effacé entre-temps. Enregistrez l’animal sans lui, ou ajoutez un autre propriétaire.
animal-forget-owner = Effacer aussi { $name }, qui n’a pas d’autre animal ici
animal-new-named = Nouvel animal « { $name } »
owner-new-named = Nouveau propriétaire « { $name } »

## Réservations

every-day = tous les jours
every-days = tous les { $count } jours
every-weeks = toutes les { $count } semaines
from-day = à partir du { $date }
until-day = jusqu’au { $date }
expected-recurring = Réservé
expected-today = Attendu aujourd’hui
bookings-title = Réservations
booking-new = Réserver des jours de la semaine…
booking-weekdays = Jours de la semaine
booking-from = Du
booking-until = Au, s’il y a une fin
booking-every = Toutes les combien de semaines
booking-add = Réserver
booking-added = Les jours sont réservés.
booking-cancel = Annuler
booking-cancelled = La réservation est annulée.
booking-except = Pas le { $days }
booking-leave-out = Pas ce jour-là
booking-leave-out-do = Exclure
booking-wrong-weekdays = Cochez au moins un jour de la semaine.
booking-wrong-days = Il n’y a aucun jour de ce genre. Choisissez un dernier jour qui n’est pas avant le premier, et de 1 à 366 semaines.

## Importation de réservations

import-title = Importer des réservations
import-send = Envoyer un fichier
import-what = Un tableau (CSV) ou un calendrier (iCalendar) d’un autre programme. Vous voyez d’abord ce qui changerait ; rien n’est enregistré avant que vous le disiez.
import-table = Un tableau a besoin d’une colonne « nom » ou « puce », et d’une colonne « jour », ou « du » avec « au » et « jours ». Une colonne « propriétaire » distingue les animaux du même nom.
import-calendar = Dans un calendrier, le titre d’un événement est le nom ou l’identifiant de l’animal ; le nom du propriétaire peut suivre entre parenthèses.
import-file = Fichier
import-preview = Voir ce qui change
import-line = Ligne { $line }
import-planned = { $count ->
    [0] Rien de nouveau
    [one] { $count } ligne à enregistrer
   *[other] { $count } lignes à enregistrer
 }
import-refused = { $count ->
    [one] { $count } ligne est laissée de côté
   *[other] { $count } lignes sont laissées de côté
 }
import-known = déjà au catalogue
import-write = Enregistrer ces lignes
import-done = { $count ->
    [one] { $count } ligne enregistrée.
   *[other] { $count } lignes enregistrées.
 }
import-empty = Le fichier est vide. Choisissez-en un autre.
import-not-text = Le fichier n’est pas du texte en UTF-8. Enregistrez le tableau en « CSV UTF-8 », ou exportez le calendrier en iCalendar.
import-columns = Le tableau n’a pas de colonne { $missing }. Il a : { $found }.
import-broken = Le tableau ne peut pas être lu à partir de la ligne { $line }. Un guillemet est peut-être resté ouvert.
import-cut-short = Le calendrier est tronqué. Exportez-le de nouveau.
import-too-many = Le fichier a trop de lignes. Partagez-le en plusieurs.
import-too-large = Le fichier est trop volumineux : { $most } Mo au plus sont lus.
import-row-nobody = Elle n’a ni nom ni identifiant.
import-row-no-animal = Aucun animal du catalogue ne correspond.
import-row-several = { $count } animaux correspondent. Ajoutez le propriétaire ou l’identifiant.
import-row-other-name = L’identifiant est celui de { $name }.
import-row-no-day = Elle n’a pas de jour.
import-row-not-a-day = « { $text } » n’est pas un jour comme 2026-01-31 ou 31.01.2026.
import-row-weekdays = « { $text } » n’est pas une liste de jours de la semaine comme « lundi mercredi ».
import-row-days = Il n’y a aucun jour de ce genre entre les années 2000 et 2100, ou trop de jours sont exclus.
import-row-reversed = { $last } est avant { $first }.
import-row-long = Une valeur compte { $characters } caractères, c’est trop long.
import-row-cancelled = L’événement est annulé.
import-row-unsupported = { $what } n’est pas lu. Saisissez-le à la main.

## Rapports

report-from = Du
report-to = Au
report-figures = En chiffres
report-arrivals = Arrivées
report-right = Race juste
report-wrong-answers = Race fausse
report-unnamed = Aucune race nommée
report-unnamed-unsure = Sans race : pas sûre
report-unnamed-species = Sans race : espèce seule
report-unnamed-not-ours = Sans race : inconnue
report-unconfirmed = Non confirmées
report-accuracy = Justes, parmi les races nommées puis jugées
report-none-judged = aucune jugée
report-answers-what = La race que la borne a nommée est comparée à celle que l’équipe a confirmée. Quand elle n’en a nommé aucune, elle n’a eu ni raison ni tort.
report-by-day = Arrivées par jour
report-by-hour = Arrivées par heure
report-by-breed = Arrivées par race
report-answers = Les réponses de la borne
report-answer = Réponse
report-hour = Heure
report-hour-of = { $hour } h
report-wrong = Un rapport porte sur 366 jours au plus, dans les années 2000 à 2100, et son dernier jour n’est pas avant le premier. Cette page montre aujourd’hui.

## Fiches

card-print = Fiche
card-of = Fiche de { $name }
card-print-do = Imprimer
card-how = Imprimez cette page et accrochez-la à l’enclos.
card-run = Enclos : { $run }

## L’écran

# Ce que l’équipe doit savoir de l’animal qui vient d’être confirmé, en une ligne.
screen-care = { $name } : { $text }

## What is kept of a family

settings-contacts = Coordonnées
settings-contacts-what = Les numéros de téléphone et les adresses peuvent être supprimés quand un animal n’est plus venu depuis longtemps. Les animaux présents ou attendus gardent les leurs. Laissez le champ vide pour tout garder.
settings-contact-months = Mois après la dernière visite
wrong-contact-months = Les coordonnées se gardent de 1 à 120 mois. Laissez le champ vide pour tout garder.
field-contact-expired = Coordonnées
history-contact-expired = supprimées à l’échéance
animal-family = Ce qui est conservé de ce foyer
animal-family-what = Un fichier pour le foyer, à sa demande : cet animal, ses propriétaires et leurs autres animaux, avec les visites, les photos et ce qui en a été calculé.
animal-family-do = Télécharger (TAR)
