# Ce que dit la page de l'accueil.

## Le cadre

kiosk = Breed Kiosk
skip = Aller au contenu
nav = Principal
nav-live = En direct
nav-queue = À trancher
nav-today = Aujourd’hui
nav-animals = Animaux
nav-more = Plus
nav-expected = Attendus
nav-status = État
nav-export = Export et sauvegarde
nav-settings = Réglages
nav-shortcuts = Raccourcis clavier
nav-logout = Se déconnecter
language-other = English
language-other-tag = en
search = Chercher
save = Enregistrer
cancel = Annuler
saved = Enregistré.
paging = Pages
paging-back = Précédents
paging-on = Suivants

## Dates, heures, nombres

today = aujourd’hui
yesterday = hier
days-ago = il y a { $days } jours
date = { $day ->
    [1] 1er
   *[other] { $day }
 } { $month } { $year }
date-weekday = { $weekday } { $date }
date-time = { $day } à { $time }
time = { $hour } h { $minute }
percent = { $number } %
at-least = { $number }+
megabytes = { $number } Mo
milliseconds = { $number } ms
weekday-1 = lundi
weekday-2 = mardi
weekday-3 = mercredi
weekday-4 = jeudi
weekday-5 = vendredi
weekday-6 = samedi
weekday-7 = dimanche
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre

## Animaux et races en un mot

species-cat = Chat
species-dog = Chien
breed-other = Autre race ou croisement
breed-open = Race à préciser
guest-open = animal à préciser
sure-certain = presque certain
sure-very-likely = très probable
sure-likely = probable
sure-possible = possible
sure-unlikely = peu probable
alike-very = lui ressemble trait pour trait
alike-rather = lui ressemble beaucoup
alike-little = lui ressemble un peu
alike-not = ne lui ressemble guère
last-visit = dernière visite : { $when }
no-visit-yet = aucune visite
visits-count = { $count ->
    [one] { $count } visite
   *[other] { $count } visites
 }
vaccination-overdue = Vaccination périmée depuis le { $date }
no-photograph = Aucune photo conservée
photograph-of = Photo de la visite, { $when }
verdict-species = De quelle race est-ce ?
verdict-unsure = Pas sûr
verdict-not-ours = Aucune de nos races
mark-call = À trancher
mark-confirmed = Confirmé
mark-corrected = Corrigé
mark-recognised = Reconnu

## En direct

live-screen = L’écran de l’accueil
live-keys = Boutons de l’écran
live-confirm = Confirmer
live-next = Suivant
live-new = Nouveau
live-lost = La borne ne répond pas.
live-lost-how = Cette page se reconnecte d’elle-même dès que possible.
live-another = Quelqu’un d’autre est à l’accueil : l’afficher
live-empty = Personne à l’accueil
live-empty-how = Qui passe devant la caméra est reconnu automatiquement. Vous pouvez aussi envoyer une photo.
live-somebody = Quelqu’un est là
live-somebody-how = La caméra attend que l’image se stabilise.
live-looking = J’observe…
live-looking-how = Cela prend environ une seconde.
live-unrecorded = Cette arrivée n’a pas pu être enregistrée : voir les avis ci-dessus.
live-thanks = Merci !
live-answered = À l’accueil maintenant
live-your-call = À vous de trancher : choisissez la race ci-dessous.
live-settled = Enregistré
live-checked-in = { $name } : arrivée enregistrée.
live-go-on = Terminé, au suivant
drop-title = Envoyer une photo
drop-hint = Déposez-la n’importe où sur cette page, choisissez un fichier ou prenez-la avec votre téléphone.
drop-camera = En prendre une avec cet appareil
drop-send = Envoyer
drop-sending = Envoi de la photo…
drop-done = La borne a reçu la photo ; sa réponse arrive dans un instant.
drop-too-large = Ce fichier est trop gros : envoyez-en un de 20 Mo au plus.
drop-no-photograph = Ce n’est pas une photo lisible. Envoyez un JPEG ou un PNG.
drop-busy = La borne est occupée. Réessayez dans un instant.
drop-failed = La photo n’a pas pu être envoyée. Vérifiez la connexion et réessayez.
today-title = Arrivées du jour
today-none = Personne n’est encore venu.
today-all = Toute la journée

## Confirmer et corriger

settle-breeds = Race
settle-another = Choisir parmi toutes les races…
settle-type = Race : tapez quelques lettres
settle-set = Valider
settle-who = Qui est-ce ?
settle-search = Chercher par nom ou contact
settle-new = Un nouvel animal…
settle-new-add = Ajouter et enregistrer
settle-guest-page = À propos de { $name }
settle-other-guest = C’est un autre animal…
settle-change = Changer la race…
guests-found = { $count ->
    [0] Aucun animal trouvé.
    [one] { $count } animal trouvé.
   *[other] { $count } animaux trouvés.
 }

## À trancher

queue-title = À vous de trancher
queue-why = La borne n’était pas sûre de ces visites. Votre réponse l’instruit aussi.
queue-left = { $count ->
    [one] La dernière
   *[other] { $count } à trancher
 }
queue-skip = Passer
queue-empty = Rien à trancher
queue-empty-why = Les arrivées dont la borne n’est pas sûre attendent ici.
queue-again = Revoir celles passées

## Une journée

day = Jour
day-today = Aujourd’hui, { $date }
day-earlier = Veille
day-later = Lendemain
day-show = Afficher
day-arrivals = Arrivées
day-none = Personne n’est venu.
day-all = Tout choisir sur cette page
day-choose = Choisir
day-bulk = Corriger les visites choisies en
day-bulk-set = Corriger
day-changed = { $count ->
    [one] { $count } visite corrigée.
   *[other] { $count } visites corrigées.
 }
day-more = Autres arrivées
wrong-nobody = Choisissez d’abord au moins une visite.

## Une visite

visit-recognised = Ce qui a été reconnu
visit-settle = Confirmer ou corriger
visit-settled = Réglé
visit-model = Réseau du { $model }.
source-camera = Vu par la caméra.
source-page = Envoyé en photo.
history = Historique
history-none = Rien n’a été modifié.
history-nothing = rien
field-said = Race
field-animal = Animal
field-name = Nom
field-species = Espèce
field-breed = Race
field-notes = Notes
field-contact = Contact
field-warnings = Avertissements
field-vaccinated-until = Vaccination valable jusqu’au
field-tag = Identifiant
field-created = Ajouté
role-owner = Responsable
role-staff = Équipe

## Animaux

animals-search = Chercher dans le catalogue
animals-search-hint = Par nom, contact, race, notes ou identifiant ; le début d’un mot suffit.
animals-found = Animaux trouvés
animals-count = { $count ->
    [0] Aucun animal trouvé
    [one] { $count } animal
   *[other] { $count } animaux
 }
animals-many = Page { $page }
animal-new = Nouvel animal
animal-edit = Modifier
animal-gone = L’animal est oublié définitivement.
animal-forgotten = un animal oublié
animal-facts = À savoir
animal-name = Nom
animal-species = Espèce
animal-breed = Race
animal-breed-hint = Tapez quelques lettres et choisissez. Une race de la liste détermine l’espèce.
animal-warnings = Avertissements
animal-warnings-hint = Affichés bien en vue à chaque arrivée : allergies, médicaments, mord…
animal-contact = Contact du foyer
animal-vaccinated = Vaccination valable jusqu’au
animal-tag = Médaille ou puce
animal-tag-hint = Lettres A à Z, chiffres et tirets. Un lecteur à l’accueil reconnaît alors l’animal aussitôt.
animal-notes = Notes
animal-last-visit = Dernière visite
animal-since = Au catalogue depuis le
animal-none-given = inconnu
animal-visits = Visites
animal-no-visits = Aucune visite pour l’instant
animal-all-visits = Toutes les visites
animal-forget = Oublier cet animal
animal-forget-how = À la demande de son foyer…
animal-forget-what = Ses données, son historique et ses photos sont supprimés définitivement. Ses visites restent, sans nom ni photo.
animal-forget-sure = Oui, tout supprimer sur { $name }
animal-forget-do = Oublier définitivement
wrong-name = Un nom a de 1 à 100 caractères.
wrong-breed = La borne ne connaît pas cette race. Choisissez-en une dans la liste, ou « Autre race ou croisement ».
wrong-date = Ce n’est pas une date entre 2000 et 2100.
wrong-tag = Un identifiant a au plus 32 lettres A à Z, chiffres et tirets, et n’appartient qu’à un seul animal.
wrong-long = Un texte a 4000 caractères au plus.
wrong-days = Les photos se gardent de 1 à 3650 jours.
wrong-quota = Les photos occupent de 10 à 1000000 Mo.
wrong-night = Indiquez les deux heures de la nuit, ou aucune.

## Attendus

expected-title = Attendus
expected-count = { $count ->
    [one] { $count } animal
   *[other] { $count } animaux
 }
expected-none = Personne n’est attendu.
expected-none-how = Cherchez un animal pour l’attendre.
expected-here = Arrivé
expected-not-yet = Pas encore
expected-plan = Prévoir ce jour
expected-add = Attendre ce jour-là
expected-add-title = Attendre quelqu’un
expected-added = C’est noté.
expected-remove = Retirer

## Réglages

settings-kiosk = Borne
settings-name = Nom de la garderie
settings-language = Langue de l’écran
settings-photographs = Photos
settings-photographs-what = Les photos des animaux d’un foyer sont des données personnelles : elles restent sur cette borne et sont supprimées après la durée choisie.
settings-keep = Conserver les photos des visites
settings-days = Pendant combien de jours
settings-quota = Au plus, en Mo
settings-night = Nuit
settings-night-what = Quand l’écran s’éteint. Laissez vide pour jamais.
settings-night-from = De
settings-night-to = À
password-of-owner = Mot de passe du responsable
password-of-staff = Mot de passe de l’équipe
password-what-owner = Pour tout : réglages, export, restauration et suppression.
password-what-staff = Pour l’accueil : enregistrer, corriger et tenir le catalogue.
password-is-set = Un mot de passe existe ; un nouveau met fin aux sessions de l’ancien.
password-is-not-set = Il n’y en a pas encore.
password-new = Nouveau mot de passe
password-again = Encore une fois
password-hint = Au moins 8 caractères.
password-set = Définir le mot de passe
password-wrong-length = Un mot de passe a de 8 à 200 caractères.
password-wrong-taken = L’autre rôle a déjà ce mot de passe. Choisissez-en un autre.
password-wrong-again = Les deux diffèrent. Retapez-les.

## Export

export-tables = Tableaux
export-tables-what = Pour un tableur ou un autre programme.
export-animals = Animaux (CSV)
export-visits = Visites (CSV)
export-json = Tout (JSON)
export-backup = Sauvegarde
export-backup-what = Un seul fichier avec tout le catalogue et ses photos, créé sans arrêter la borne. Gardez-le là où vous seul pouvez le lire.
export-backup-do = Télécharger une sauvegarde
export-restore = Restaurer une sauvegarde
export-restore-what = Tout le catalogue actuel est remplacé par le contenu de la sauvegarde : animaux, visites, photos et réglages. Le fichier est d’abord vérifié ; s’il est incomplet, rien ne change.
export-restore-file = Fichier de sauvegarde
export-restore-sure = Oui, remplacer ce qui s’y trouve
export-restore-do = Restaurer
export-restored = La sauvegarde est restaurée.
export-now-animals = Animaux actuels : { $count }.
export-now-visits = Visites actuelles : { $count }.

## État

status-well = Tout va bien.
status-work = Au travail
status-uptime = En marche depuis (h:min)
status-frames = Images de la caméra
status-looks = Observations
status-answers = Réponses
status-look-ms = Durée moyenne d’une observation
status-kept = Conservé
status-animals = Animaux
status-visits = Visites
status-photographs = Photos
status-quota = Au plus
status-keep = Les photos sont conservées { $days } jours, les plus anciennes partent d’abord quand la place manque.
status-keep-none = Les photos ne sont pas conservées.
status-network = Le réseau
status-breeds = Races connues
status-trained = Entraîné
status-images = Photos d’apprentissage
status-top1 = Première réponse juste
status-top3 = Parmi les trois premières
status-threshold = Il nomme une race s’il en est sûr à { $percent } au moins ; sinon, c’est à vous.
status-api = Description de l’API
status-metrics = Métriques
part-camera = Caméra :
part-catalogue = Catalogue :
part-photographs = Photos :
part-display = Écran :
part-model = Réseau :
part-tag = Identifiant :

## Connexion

login-title = Se connecter
login-password = Mot de passe
login-enter = Se connecter
login-link-too = Oublié ? Le responsable en définit un nouveau sur la borne même, avec la commande « kiosk password owner ».
login-link-only-how = Aucun mot de passe n’est encore défini. Ouvrez le lien que la borne a affiché dans son terminal : il vous connecte une fois.
login-wrong-password = Ce mot de passe est faux.
login-throttled = Trop de tentatives. Patientez un peu et réessayez.
login-link-used = Ce lien a déjà servi. Un nouveau se trouve dans le terminal de la borne.

## Problèmes

problem-back = Vers la page en direct
problem-login-needed = Connectez-vous d’abord
problem-login-needed-how = Votre session est terminée, ou vous n’en avez pas encore.
problem-owner-only = Réservé au responsable
problem-owner-only-how = Déconnectez-vous et reconnectez-vous avec le mot de passe du responsable, ou demandez-lui.
problem-forged = Cette page était périmée
problem-forged-how = Rien n’a été modifié. Revenez en arrière, rechargez la page et recommencez.
problem-throttled = Un instant
problem-throttled-how = C’était trop à la fois. Patientez un peu et réessayez.
problem-missing = Cette page n’existe pas
problem-missing-how = L’adresse est mal saisie, ou ce qui s’y trouvait a été supprimé.
problem-busy = La borne est occupée
problem-busy-how = Rien n’a été modifié. Réessayez dans un instant.
problem-invalid = Impossible de prendre cela en compte
problem-invalid-how = Rien n’a été modifié. Revenez en arrière, corrigez et réessayez.
problem-failed = Quelque chose s’est mal passé
problem-failed-how = La borne continue, et ce qui était conservé est intact. Signalez ceci à la personne qui s’en occupe :
