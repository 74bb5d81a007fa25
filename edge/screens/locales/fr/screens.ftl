# Les textes de l’écran de l’accueil.

screen-welcome = Bienvenue
screen-welcome-hint = Placez votre animal devant la caméra
screen-welcome-hint-page = Déposez une photo sur la page
screen-somebody = Bonjour !
screen-somebody-hint = Un instant, ne bougez plus, s’il vous plaît
screen-somebody-hint-short = Un instant, svp
screen-predicting = Je regarde…

# La borne doit être configurée. Au-dessus de son adresse, à côté du QR code de celle-ci ou sans lui.
screen-set-up = Configurer la borne
screen-set-up-scan = Scannez le code avec votre téléphone, ou ouvrez
screen-set-up-open = Sur votre téléphone, ouvrez
screen-set-up-here = Sur cette machine, ouvrez
# Entre l’adresse et les six chiffres.
screen-set-up-enter = et saisissez
# À la place de l’adresse.
screen-set-up-waiting = En attente du réseau

# Une probabilité en mots, de la plus grande à la plus petite : dans une phrase, à l’écran et sur la
# page. À l’écran, avec une majuscule au début.
frequency-almost-certain = presque certain
frequency-likely = probable
frequency-perhaps = peut-être
frequency-hardly = peu probable

# Combien de fois sur dix une telle réponse est juste.
frequency-short = { $times } sur 10
frequency-short-none = < 1 sur 10
frequency-long = juste { $times } fois sur 10
frequency-long-none = rarement juste

# Un animal déjà venu.
screen-guest = On dirait { $name }
screen-hello = Bonjour { $name } !
screen-or-one = Est-ce { $name } ?
screen-or-two = { $first } ou { $second } ?
screen-or-three = { $first }, { $second } ou { $third } ?
# À leur place, quand les noms sont trop longs.
screen-who = Qui est-ce ?
screen-who-short = Qui ?

# Un animal qui n’est jamais venu.
screen-new = Première visite
screen-new-cat = Un nouveau chat, race incertaine
screen-new-cat-short = Nouveau chat
screen-new-dog = Un nouveau chien, race incertaine
screen-new-dog-short = Nouveau chien
screen-new-unsure = Première visite : quelle race est-ce ?
screen-new-unsure-short = 1re visite

screen-some-cat = Un chat, race incertaine
screen-some-cat-short = Quel chat ?
screen-some-dog = Un chien, race incertaine
screen-some-dog-short = Quel chien ?
screen-unsure = Quelle race est-ce ?
screen-unsure-short = Lequel ?
screen-not-ours = Je ne connais pas cet animal
screen-not-ours-hint = Un seul chat ou chien, bien éclairé. Ou choisissez la race sur la page.

screen-confirmed = Arrivée notée
screen-confirmed-guest = Arrivée de { $name } notée
screen-corrected = Arrivée notée et corrigée
screen-thanks = Merci !
screen-thanks-guest = Merci, { $name } !
screen-thanks-hint = Bonne journée

# L’identifiant qui vient d’être lu et son animal.
screen-tag = { $tag } ({ $name })

# Les autres arrivées, s’il y en a plusieurs à la fois : la réponse, et si elle est confirmée.
screen-other-cat = Un chat
screen-other-dog = Un chien
screen-other-unsure = Incertain
screen-other-answered = à confirmer
screen-other-answered-short = ouvert
screen-other-confirmed = arrivée notée
screen-other-confirmed-short = noté

# Les libellés des boutons.
button-confirm = Confirmer
button-confirm-short = Oui
button-next = Autre race
button-next-short = Autre
button-name = Autre nom
button-name-short = Autre
button-new = Nouvel animal
button-new-short = Nouveau
button-again = Réessayer
button-again-short = Encore

# Les mêmes s’il y a plusieurs arrivées : ils disent pour laquelle, et « autre » seul pourrait être
# compris comme un autre animal.
button-confirm-number = Confirmer { $number }
button-confirm-number-short = Oui, { $number }
button-next-number = Autre race
button-next-number-short = Race
button-name-number = Autre nom
button-name-number-short = Nom
button-new-number = Passer { $number }
button-new-number-short = Fini, { $number }
button-again-number = Réessayer { $number }
button-again-number-short = Encore, { $number }

# Une partie qui ne fonctionne pas comme prévu, en une ligne courte.
notice-camera = Pas d’image de la caméra
notice-display = L’écran ne fonctionne pas
notice-buttons = Les boutons ne fonctionnent pas
notice-catalogue = Le catalogue ne peut pas être enregistré
notice-model = Un autre modèle est utilisé
notice-tag = { $tag } : aucun animal n’a cet identifiant
notice-backup = Sauvegardes : voir la page
notice-page = La page ne peut pas être ouverte
notice-https = HTTPS : voir la page
notice-access = Personne ne peut se connecter
notice-hub = Serveur de la chaîne : voir la page
notice-mqtt = MQTT : voir la page
notice-update = Mise à jour : voir la page
notice-settings = Réglages : voir la page
