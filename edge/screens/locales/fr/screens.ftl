# Ce que dit l’écran de l’accueil.

screen-welcome = Bienvenue
screen-welcome-hint = Placez votre animal devant la caméra
screen-welcome-hint-page = Déposez une photo sur la page
screen-somebody = Bonjour !
screen-somebody-hint = Un instant, ne bougez plus, s’il vous plaît
screen-somebody-hint-short = Un instant, svp
screen-looking = Je regarde…

# La certitude, de la plus grande à la plus petite.
screen-almost-certain = Presque certain
screen-likely = Probable
screen-perhaps = Peut-être
screen-hardly = Peu probable

# Combien de fois sur dix une telle réponse est juste.
screen-odds = { $times } sur 10
screen-odds-none = < 1 sur 10
screen-right = juste { $times } fois sur 10
screen-right-none = rarement juste

# Un animal déjà venu.
screen-guest = On dirait { $name }
screen-some-cat = Un chat, race incertaine
screen-some-cat-short = Quel chat ?
screen-some-dog = Un chien, race incertaine
screen-some-dog-short = Quel chien ?
screen-unsure = Quelle race est-ce ?
screen-unsure-short = Lequel ?
screen-not-ours = Je ne connais pas cet animal
screen-not-ours-hint = Un seul chat ou chien, bien éclairé. Ou choisissez la race sur la page.

screen-settled = Arrivée notée
screen-settled-guest = Arrivée de { $name } notée
screen-corrected = Arrivée notée et corrigée
screen-thanks = Merci !
screen-thanks-guest = Merci, { $name } !
screen-thanks-hint = Bonne journée

# Ce que font les boutons.
key-confirm = Confirmer
key-confirm-short = Oui
key-next = Autre race
key-next-short = Autre
key-new = Nouvel animal
key-new-short = Nouveau
key-again = Réessayer
key-again-short = Encore

# Une partie qui ne marche pas comme il faut, en une ligne courte.
notice-camera = Pas d’image de la caméra
notice-display = L’écran ne fonctionne pas
notice-buttons = Les boutons ne fonctionnent pas
notice-catalogue = Le catalogue ne peut être écrit
notice-model = Le réseau intégré est utilisé
notice-tag = Aucun animal n’a cet identifiant
