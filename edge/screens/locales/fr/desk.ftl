# Les textes de la page de l’accueil.

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
date-short = { $day ->
    [1] 1er
   *[other] { $day }
 } { $month }
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
month-short-1 = janv.
month-short-2 = févr.
month-short-3 = mars
month-short-4 = avr.
month-short-5 = mai
month-short-6 = juin
month-short-7 = juil.
month-short-8 = août
month-short-9 = sept.
month-short-10 = oct.
month-short-11 = nov.
month-short-12 = déc.

## Animaux et races en un mot

species-cat = Chat
species-dog = Chien
breed-other = Autre race ou croisement
breed-open = Race à préciser
guest-open = animal à préciser
similarity-very = lui ressemble trait pour trait
similarity-rather = lui ressemble beaucoup
similarity-little = lui ressemble un peu
similarity-none = ne lui ressemble guère
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
mark-recognised = Non confirmé

## En direct

live-screen = L’écran de l’accueil
live-keys = Boutons de l’écran
live-confirm = Confirmer
live-next = Suivant
live-new = Nouveau
live-lost = La borne ne répond pas.
live-lost-how = Cette page continue d’essayer. Ce que vous avez saisi reste ici.
live-ended = Vous êtes déconnecté.
live-ended-how = Se reconnecter
live-late = L’écran vient de changer.
live-late-how = Rien n’a été fait. Regardez ce qui s’y trouve maintenant, puis appuyez de nouveau.
live-another = Un autre animal est à l’accueil : l’afficher
live-empty = Personne à l’accueil
live-empty-how = Les animaux placés devant la caméra sont reconnus automatiquement. Vous pouvez aussi envoyer une photo.
live-somebody = Quelqu’un est là
live-somebody-how = La borne attend une image stable.
live-predicting = Je regarde…
live-predicting-how = Cela prend environ une seconde.
live-unrecorded = Cette arrivée n’a pas pu être enregistrée. Voyez les avis ci-dessus.
live-thanks = Merci !
live-answered = À l’accueil maintenant
live-your-call = À vous de trancher : choisissez la race ci-dessous.
live-confirmed = Arrivée notée
live-checked-in = { $name } : arrivée notée.
live-go-on = Terminé, au suivant
drop-title = Envoyer une photo
drop-hint = Déposez-en une ou plusieurs n’importe où sur cette page, choisissez des fichiers ou prenez-en une avec votre téléphone.
drop-camera = En prendre une avec cet appareil
drop-send = Envoyer
drop-sending = Envoi de la photo…
drop-done = La borne a reçu la photo. Sa réponse arrive dans un instant.
drop-done-all = La borne a reçu les photos et les traite l’une après l’autre.
drop-too-large = Ce fichier est trop volumineux. Envoyez-en un de 64 Mo au plus.
drop-busy = La borne est occupée. Réessayez dans un instant.
drop-failed = La photo n’a pas pu être envoyée. Vérifiez la connexion et réessayez.
photograph-empty = Le fichier est vide. Copiez-le de nouveau ou envoyez-en un autre.
photograph-not-a-picture = Le fichier n’est pas une image. Envoyez un JPEG, un PNG, un WebP ou un GIF.
photograph-heic = Les photos HEIC, format habituel de l’iPhone, ne sont pas lues. Envoyez un JPEG : sur l’iPhone, choisissez Réglages > Appareil photo > Formats > Le plus compatible, puis reprenez la photo.
photograph-format = Les images au format { $format } ne sont pas lues. Enregistrez celle-ci en JPEG et envoyez ce fichier.
photograph-variant = Ce type de { $format } n’est pas lu. Ouvrez l’image dans un autre programme, enregistrez-la de nouveau et envoyez ce fichier.
photograph-pdf = Les documents PDF ne sont pas lus. Envoyez la photo elle-même, en JPEG.
photograph-video = Les vidéos et les sons ne sont pas lus. Envoyez une photo.
photograph-too-large = La photo fait { $width } x { $height } pixels, la limite est de { $most } mégapixels. Réduisez-la.
photograph-cut-short = La photo est tronquée. Copiez de nouveau le fichier depuis l’appareil, puis renvoyez-le.
photograph-damaged = La photo est endommagée. Copiez de nouveau le fichier depuis l’appareil ou envoyez-en un autre.
today-title = Arrivées du jour
today-none = Personne n’est encore venu.
today-all = Toute la journée

## Confirmer et corriger

confirm-breeds = Race
confirm-another = Choisir parmi toutes les races…
confirm-type = Race : tapez quelques lettres
confirm-set = Valider
confirm-who = Qui est-ce ?
confirm-search = Chercher par nom ou contact
confirm-new = Un nouvel animal…
confirm-new-add = Ajouter et noter l’arrivée
confirm-guest-page = À propos de { $name }
confirm-other-guest = C’est un autre animal…
confirm-change = Changer la race…
duplicate-found = Cet animal est peut-être déjà au catalogue.
duplicate-choose = Est-ce l’un de ceux-ci ? Choisissez-le :
duplicate-anyway = Non, c’est un autre animal
guests-found = { $count ->
    [0] Aucun animal trouvé.
    [one] { $count } animal trouvé.
   *[other] { $count } animaux trouvés.
 }

## À trancher

queue-title = À vous de trancher
queue-why = La borne hésite sur ces visites. Vos décisions servent aussi d’exemples d’apprentissage.
queue-left = { $count ->
    [one] La dernière
   *[other] { $count } à trancher
 }
queue-skip = Passer
queue-empty = Rien à trancher
queue-empty-why = Les arrivées sur lesquelles la borne hésite attendent ici.
queue-again = Revoir les visites ignorées

## Une journée

day = Jour
day-today = Aujourd’hui, { $date }
day-earlier = Veille
day-later = Lendemain
day-show = Afficher
day-arrivals = Arrivées
day-none = Personne n’est venu.
day-all = Tout sélectionner sur cette page
day-choose = Sélectionner
day-bulk = Corriger les visites sélectionnées en
day-bulk-set = Corriger
day-changed = { $count ->
    [one] { $count } visite corrigée.
   *[other] { $count } visites corrigées.
 }
day-more = Autres arrivées
day-unconfirmed = { $count ->
    [one] { $count } que personne n’a confirmée
   *[other] { $count } que personne n’a confirmées
 }
day-visit-changed = La visite de { $time } a changé entre-temps. Rien n’a été corrigé : regardez-la et réessayez.
wrong-nobody = Sélectionnez d’abord au moins une visite.

## Une visite

visit-recognised = Ce qui a été reconnu
visit-confirm = Confirmer ou corriger
visit-confirmed = Décidé
visit-model = Reconnu par le réseau du { $model }.
source-camera = Vu par la caméra.
source-page = Envoyé en photo.
visit-changed = Cette visite a changé entre-temps, et rien n’a été fait. La page montre ce qui est enregistré maintenant : regardez-la et décidez de nouveau.
visit-undo = Annuler la dernière décision
visit-undone = La dernière décision est annulée.
visit-nothing-to-undo = Il n’y a aucune décision à annuler.
visit-guest-remove = Ce n’est pas { $name }
visit-guest-off = L’animal est retiré de cette visite.
visit-no-guest = Cette visite n’a pas d’animal.
visit-deleted = La visite est supprimée.
deletion-title = Supprimer cette visite
deletion-no-animal = Il n’y a pas d’animal…
deletion-mistake = Elle a été enregistrée par erreur…
deletion-what = La visite, sa réponse, sa décision et sa photo sont supprimées définitivement. L’historique garde qui l’a supprimée.
deletion-keep = Garder la photo pour l’apprentissage, comme image sans animal. Elle est supprimée après la durée de conservation, comme toutes les photos.
deletion-sure = Oui, supprimer cette visite
deletion-do = Supprimer
history = Historique
history-none = Rien n’a encore été modifié.
history-nothing = rien
history-undone = annulée
field-said = Race
field-said-name = Race en toutes lettres
field-animal = Animal
field-name = Nom
field-species = Espèce
field-breed = Race
field-breed-name = Race en toutes lettres
field-notes = Notes
field-contact = Contact
field-warnings = Avertissements
field-vaccinated-until = Vaccination valable jusqu’au
field-tag = Identifiant
field-created = Ajouté
field-undone = Dernière décision
field-merged = Fusionné avec
role-owner = Responsable
role-staff = Équipe
role-token = Jeton { $name }

## Animaux

animals-search = Chercher dans le catalogue
animals-search-hint = Par nom, contact, numéro de téléphone, race, médaille ou puce, avertissements ou notes ; le début d’un mot suffit.
animals-found = Animaux trouvés
animals-count = { $count ->
    [0] Aucun animal trouvé
    [one] { $count } animal
   *[other] { $count } animaux
 }
animals-many = Page { $page }
animal-new = Nouvel animal
animal-edit = Modifier
changed-meanwhile = Quelqu’un d’autre a modifié ceci entre-temps, et rien de ce que vous avez saisi n’est encore enregistré. Voici ce qui est noté maintenant, là où cela diffère. Enregistrer de nouveau le remplace.
animal-gone = L’animal est définitivement oublié.
animal-forgotten = un animal oublié
animal-facts = Informations
animal-name = Nom
animal-species = Espèce
animal-breed = Race
animal-breed-hint = Tapez quelques lettres et choisissez, ou tapez une autre race. Une race de la liste détermine l’espèce.
animal-warnings = Avertissements
animal-warnings-hint = Affichés bien en vue à chaque arrivée : allergies, médicaments, morsures…
animal-contact = Coordonnées du foyer
animal-vaccinated = Vaccination valable jusqu’au
animal-tag = Médaille ou puce
animal-tag-hint = Lettres A à Z, chiffres et tirets. Un lecteur à l’accueil identifie alors l’animal aussitôt.
animal-notes = Notes
animal-last-visit = Dernière visite
animal-since = Au catalogue depuis le
animal-none-given = non indiqué
animal-visits = Visites
animal-no-visits = Aucune visite pour l’instant
animal-all-visits = Toutes les visites
animal-forget = Oublier cet animal
animal-forget-how = Si son foyer le demande…
animal-forget-what = Ses informations, son historique et ses photos sont supprimés définitivement. Ses visites restent, sans nom ni photo.
animal-forget-sure = Oui, tout supprimer au sujet de { $name }
animal-forget-do = Oublier définitivement
merge-title = Deux fois le même animal ?
merge-choose = Fusionner avec un autre animal
merge-part = { $name } fait partie de cet animal
merge-with = Fusionner un autre animal avec { $name }
merge-stays = Cet animal reste
merge-goes = Celui-ci en fait désormais partie
merge-lost = Ces informations ne sont pas reprises :
merge-what = Visites, jours prévus, identifiants et historique des deux sont désormais réunis. Les informations de l’animal qui reste sont gardées ; les champs vides sont complétés. Vous pouvez les séparer de nouveau sur la page de l’animal.
merge-sure = Oui, c’est le même animal
merge-do = Fusionner
merge-other-way = Dans l’autre sens
merge-itself = Un animal ne peut pas être fusionné avec lui-même. Choisissez-en un autre.
merge-gone = Cet animal n’est plus au catalogue. Rien n’a été modifié.
merge-done = Les deux animaux n’en font plus qu’un.
split-do = Séparer
split-what = Un animal séparé revient avec ses informations, son identifiant, son historique et ses propres visites.
split-done = Cet animal est de retour.
split-not-merged = Cet animal ne fait plus partie de celui-ci. Rien n’a été modifié.
split-tag = Un autre animal a désormais son identifiant. Retirez-le d’abord à cet animal. Rien n’a été modifié.
wrong-name = Un nom compte de 1 à 100 caractères.
wrong-breed = Choisissez une race dans la liste, ou tapez-en une autre en 100 caractères au plus.
wrong-date = Ce n’est pas une date entre 2000 et 2100.
wrong-tag = Un identifiant compte au plus 32 lettres A à Z, chiffres et tirets, et n’appartient qu’à un seul animal.
wrong-long = Un texte compte 4000 caractères au plus.
wrong-days = Les photos se conservent de 1 à 3650 jours.
wrong-quota = La limite pour les photos est comprise entre 10 et 1 000 000 Mo.
wrong-night = Indiquez les deux heures de la nuit, ou aucune.

## Attendus

expected-title = Attendus
expected-count = { $count ->
    [one] { $count } animal
   *[other] { $count } animaux
 }
expected-none = Personne n’est attendu.
expected-none-how = Cherchez un animal pour l’ajouter.
expected-here = Arrivé
expected-not-yet = Pas encore
expected-plan = Prévoir ce jour
expected-add = Attendre ce jour-là
expected-add-title = Attendre un animal
expected-added = L’animal est attendu.
expected-remove = Retirer

## Réglages

settings-kiosk = Borne
settings-name = Nom de la garderie
settings-language = Langue
settings-language-what = Celle de l’écran, et des pages pour lesquelles personne n’en a choisi une autre.
settings-photographs = Photos
settings-photographs-what = Les photos de l’animal d’un foyer sont des données personnelles. Elles restent sur cette borne et sont supprimées après la durée que vous choisissez.
settings-keep = Conserver les photos des visites
settings-days = Pendant combien de jours
settings-quota = Limite, en Mo
settings-night = Nuit
settings-night-what = L’écran est éteint pendant la nuit. Laissez les deux champs vides pour qu’il reste allumé.
settings-night-from = De
settings-night-to = À
password-of-owner = Mot de passe du responsable
password-of-staff = Mot de passe de l’équipe
password-what-owner = Pour tout, y compris les réglages, l’export, la restauration et la suppression.
password-what-staff = Pour l’accueil : noter les arrivées, corriger et tenir à jour les animaux.
password-is-set = Un mot de passe est défini. Un nouveau met fin aux sessions de l’ancien.
password-is-not-set = Aucun n’est encore défini.
password-new = Nouveau mot de passe
password-again = Répéter le nouveau mot de passe
password-hint = Au moins 10 caractères ; le mieux : quelques mots sans rapport entre eux.
password-set = Définir le mot de passe
password-wrong-length = Un mot de passe compte de 10 à 200 caractères.
password-wrong-taken = L’autre rôle a déjà ce mot de passe. Choisissez-en un autre.
password-wrong-again = Les deux mots de passe diffèrent. Retapez-les.

## Programs

backups-title = Sauvegardes
backups-title-what = Les sauvegardes peuvent être chiffrées, pour que celui qui trouve la clé USB ne puisse pas les lire.
backups-open = Phrase de passe des sauvegardes
backups-passphrase = Phrase de passe des sauvegardes
backups-encrypted = Les nouvelles sauvegardes sont chiffrées avec une phrase de passe.
backups-plain = Les sauvegardes ne sont pas chiffrées : quiconque en a une peut la lire.
backups-what = Avec une phrase de passe, les sauvegardes automatiques et celles que vous téléchargez sont chiffrées. Les précédentes restent telles quelles. La borne garde la phrase de passe et ne la met dans aucune sauvegarde.
backups-lost = Perdre la phrase de passe, c’est perdre les sauvegardes : sans elle, personne ne peut les ouvrir. Notez-la et gardez-la loin de la borne et de la clé USB.
backups-new = Nouvelle phrase de passe
backups-hint = Au moins 12 caractères : cinq mots sans rapport entre eux, c’est le mieux. Ne l’utilisez pour rien d’autre.
backups-again = Répéter la nouvelle phrase de passe
backups-set = Définir la phrase de passe
backups-wrong-length = Une phrase de passe compte 12 à 200 caractères. Retapez-la deux fois.
backups-wrong-again = Les deux phrases de passe diffèrent. Retapez-les.
backups-remove = Sans chiffrement
backups-remove-what = Sans phrase de passe, les nouvelles sauvegardes ne sont pas chiffrées. Les précédentes demandent toujours la leur.
backups-remove-do = Supprimer la phrase de passe

programs-title = Programmes
programs-what = Vos programmes peuvent lire ce que sait la borne et être avertis des arrivées.
programs-open = Jetons et webhook
programs-file-unreadable = Le fichier { $file } ne peut pas être lu (détail en anglais : { $reason }). Vérifiez qui a le droit de le lire.
programs-file-damaged = Le fichier { $file } est endommagé (détail en anglais : { $reason }). Supprimez-le, puis définissez de nouveau ce qu’il contenait.
tokens = Jetons
tokens-what = Un programme envoie son jeton avec chaque requête. Aucun jeton ne permet de changer les réglages ou les mots de passe, d’exporter ou de restaurer.
token = Jeton
token-made = Le jeton de { $name }
token-made-what = Copiez-le maintenant : il ne sera plus affiché.
token-name = Nom du programme
token-name-what = L’historique le nomme pour ce qu’il modifie.
token-scope = Ce qu’il peut faire
token-scope-read = Lire les listes et les chiffres.
token-scope-staff = Ce que peut faire l’équipe.
token-scope-camera = Obtenir l’image de la caméra, et rien d’autre.
token-used = Utilisé pour la dernière fois le { $day }.
token-never-used = Pas encore utilisé.
token-make = Créer un jeton
token-revoke = Révoquer
token-wrong-name = Un nom compte de 1 à 60 caractères, sur une ligne.
token-wrong-taken = Un autre jeton porte ce nom. Choisissez un autre nom ou révoquez ce jeton.
token-wrong-many = Il y a trop de jetons. Révoquez-en un qui ne sert plus.
webhook = Webhook
webhook-what = La borne envoie à cette adresse les arrivées et les décisions dès qu’elles ont lieu : numéros, race, type de réponse et heure, en JSON signé. Laissez l’adresse vide pour ne rien envoyer.
webhook-address = Adresse
webhook-secret = Secret pour la signature
webhook-secret-what = De 16 à 200 caractères sans espace. Le destinataire a besoin du même secret.
webhook-secret-stays = Laissez ce champ vide pour garder le secret actuel.
webhook-names = Envoyer aussi les noms des animaux et l’auteur des décisions
webhook-wrong-address = Ce n’est pas une adresse complète comme https://example.org/borne.
webhook-wrong-open = Une adresse sur Internet doit commencer par https. Sinon, tout le monde pourrait lire en route ce qui est envoyé.
webhook-wrong-secret = Le secret compte de 16 à 200 caractères : lettres, chiffres et signes, sans espace.
webhook-refused = Le destinataire a répondu { $status }. La borne réessaie.
webhook-unreachable = Le destinataire est injoignable (détail en anglais : { $reason }). La borne réessaie.
webhook-defect = Une erreur de la borne a interrompu l’envoi. La borne réessaie. Merci de signaler cette erreur.
webhook-unknown = La borne ne sait pas où envoyer les événements. Détail en anglais : { $reason }.

## Export

export-tables = Tableaux
export-tables-what = Pour un tableur ou un autre programme.
export-animals = Animaux (CSV)
export-visits = Visites (CSV)
export-json = Tout (JSON)
export-backup = Sauvegarde
export-backup-what = Un seul fichier avec tout le catalogue et ses photos. La borne continue de fonctionner pendant ce temps. Gardez le fichier là où vous seul pouvez le lire.
export-backup-do = Télécharger une sauvegarde
export-backup-lacks = { $count ->
    [one] Il manque { $count } photo à la dernière sauvegarde téléchargée, introuvable ou illisible : { $names }. Tout le reste y est. Gardez les sauvegardes précédentes.
   *[other] Il manque { $count } photos à la dernière sauvegarde téléchargée, introuvables ou illisibles : { $names }. Tout le reste y est. Gardez les sauvegardes précédentes.
 }
export-restore = Restaurer une sauvegarde
export-restore-what = La sauvegarde remplace tout le catalogue : animaux, visites, photos et réglages. Le fichier est d’abord vérifié ; s’il est incomplet, rien ne change.
export-restore-passphrase = Phrase de passe, si la sauvegarde est chiffrée
export-restore-file = Fichier de sauvegarde
export-restore-sure = Oui, tout remplacer
export-restore-do = Restaurer
export-restored = La sauvegarde a été restaurée.
export-restored-restarts = La sauvegarde a été restaurée. La borne redémarre avec elle ; rouvrez cette page dans une minute.
export-restored-elsewhere = La sauvegarde a été restaurée. La borne redémarre avec elle et y ajoute ce qui a été enregistré entre-temps ; rouvrez cette page dans une minute.
restore-no-backup = Ce fichier n’est pas une sauvegarde complète d’un catalogue. Rien n’a changé ; choisissez un autre fichier.
restore-passphrase-needed = Cette sauvegarde est chiffrée. Rien n’a changé ; tapez sa phrase de passe et choisissez de nouveau le fichier.
restore-passphrase-wrong = Cette sauvegarde est chiffrée avec une autre phrase de passe. Rien n’a changé ; retapez-la et choisissez de nouveau le fichier.
restore-not-encrypted = Ce fichier n’est pas chiffré avec une phrase de passe. Rien n’a changé ; laissez la phrase de passe vide, ou choisissez un autre fichier.
restore-to-key = Ce fichier est chiffré pour une clé et non avec une phrase de passe. Rien n’a changé ; déchiffrez-le d’abord sur une autre machine.
restore-too-much-work = Ouvrir ce fichier demande plus de temps et de mémoire qu’une borne n’en a. Rien n’a changé ; déchiffrez-le d’abord sur une autre machine.
restore-damaged = Cette sauvegarde est chiffrée, et a été tronquée ou modifiée depuis. Rien n’a changé ; choisissez un autre fichier.
restore-newer = Cette sauvegarde, ou le catalogue qu’elle remplacerait, vient d’une borne plus récente. Rien n’a changé ; mettez d’abord cette borne à jour.
restore-full = Le disque est plein. Rien n’a changé ; libérez de la place et réessayez.
restore-too-large = Ce fichier est trop grand. Rien n’a changé ; une sauvegarde compte au plus 2 Go.
restore-interrupted = L’envoi a été interrompu. Rien n’a changé ; réessayez.
restore-unwritable = La borne ne peut pas écrire dans son dossier de données : rien n’a été restauré. Donnez à son utilisateur le droit d’y écrire, ou remplacez la carte ou le disque en lecture seule, puis restaurez la sauvegarde.
restore-busy = La borne est occupée. Rien n’a changé ; réessayez dans un instant.
restore-failed = La sauvegarde n’a pas pu être restaurée. Rien n’a changé ; le journal de la borne dit pourquoi.
export-now-animals = Animaux actuels : { $count }.
export-now-visits = Visites actuelles : { $count }.
export-now-damaged = Le catalogue est endommagé. Une sauvegarde restaurée ici le remplace ; ses restes sont conservés.
export-now-elsewhere = La sauvegarde remplace le catalogue actuellement inutilisable. S’il est endommagé ou manque, ses restes sont conservés ; s’il est redevenu utilisable, tout son contenu est remplacé. Ensuite, la borne redémarre et y ajoute ce qui a été enregistré entre-temps.
former-title = Le catalogue du disque en lecture seule
former-what = Les visites sont enregistrées ailleurs, car il est impossible d’écrire sur le disque du catalogue. Voici le catalogue tel qu’il était au démarrage de la borne. Rien ne peut y être changé ici.

## État

status-well = Tout va bien.
status-clock = Horloge
status-clock-jumped = L’horloge est passée d’un coup du { $from } au { $now } : elle a été réglée, ou la borne était éteinte entre-temps. Tant que personne n’a confirmé qu’elle est juste, aucune photo n’est supprimée en raison de son âge.
status-clock-right = Cette date est juste
status-clock-wrong = Si elle est fausse, réglez d’abord l’horloge.
status-clock-other = L’horloge a avancé depuis que vous l’avez regardée. Vérifiez-la de nouveau.
status-clock-owner = Le propriétaire peut la confirmer ici.
status-work = Activité
status-uptime = En marche depuis (h:min)
status-frames = Images de la caméra
status-predictions = Prédictions
status-answers = Réponses
status-prediction-ms = Durée moyenne d’une prédiction
status-stored = Données
status-animals = Animaux
status-visits = Visites
status-unconfirmed = Visites non confirmées
unconfirmed-count = { $count ->
    [0] Toutes les arrivées sont confirmées
    [one] { $count } arrivée
   *[other] { $count } arrivées
 }
status-photographs = Photos
status-quota = Limite pour les photos
status-keep = { $days ->
    [one] Les photos sont conservées { $days } jour ; les plus anciennes partent d’abord si la place manque.
   *[other] Les photos sont conservées { $days } jours ; les plus anciennes partent d’abord si la place manque.
 }
status-keep-none = Les photos ne sont pas conservées.
status-network = Reconnaissance
status-breeds = Races
status-trained = Entraîné le
status-images = Photos d’entraînement
status-model = Modèle
model-built-in = intégré
model-installed = installé
model-file = { $file }
status-top1 = Première réponse juste
status-top3 = Bonne réponse parmi les trois premières
status-threshold = Il nomme une race s’il en est sûr à { $percent } au moins. Sinon, c’est à vous de trancher.
status-webhook = Webhook
status-webhook-host = Destinataire
status-webhook-delivered = Événements transmis
status-webhook-waiting = Événements en attente
status-webhook-given-up = Événements abandonnés
status-api = Description de l’API
status-metrics = Métriques
part-camera = Caméra :
part-catalogue = Catalogue :
part-display = Écran :
part-buttons = Boutons :
part-model = Réseau :
part-tag = Identifiant :
part-backup = Sauvegarde :
part-page = Page :
part-https = HTTPS :
part-access = Connexion :
part-hub = Serveur de la chaîne :
part-mqtt = MQTT :
part-update = Mise à jour :
part-settings = Réglages :

## Connexion

login-title = Se connecter
login-password = Mot de passe
login-enter = Se connecter
login-link-too = Oublié ? Le responsable peut en définir un nouveau sur la borne même, avec la commande « kiosk password owner ».
login-link-only-how = Aucun mot de passe n’est encore défini. Ouvrez le lien que la borne a affiché dans son terminal : il vous connecte une fois.
login-wrong-password = Le nom ou le mot de passe est incorrect.
login-throttled = Trop de tentatives. Patientez un instant et réessayez.
login-link-used = Ce lien ne fonctionne plus. Le terminal de la borne en affiche un nouveau.

## Problèmes

problem-back = Vers la page en direct
problem-login-needed = Connectez-vous d’abord
problem-login-needed-how = Votre session est terminée, ou vous n’êtes pas encore connecté.
problem-owner-only = Réservé au responsable
problem-owner-only-how = Déconnectez-vous et reconnectez-vous avec le mot de passe du responsable, ou demandez-lui.
problem-other-site = Cette demande vient d’un autre site
problem-other-site-how = Rien n’a été modifié. Ouvrez la page de la borne elle-même et réessayez.
problem-throttled = Un instant
problem-throttled-how = C’était trop à la fois. Patientez un instant et réessayez.
problem-missing = Cette page n’existe pas
problem-missing-how = L’adresse est mal saisie, ou ce qui s’y trouvait a été supprimé.
problem-superseded = Ceci a changé entre-temps
problem-superseded-how = Rien n’a été fait. Revenez en arrière, regardez ce qui est enregistré maintenant et décidez de nouveau.
problem-busy = La borne est occupée
problem-busy-how = Rien n’a été modifié. Réessayez dans un instant.
problem-invalid = Cette demande ne peut pas être acceptée
problem-invalid-how = Rien n’a été modifié. Revenez en arrière, corrigez et réessayez.
problem-damaged = Le catalogue est endommagé
problem-damaged-how = Une partie est illisible. La borne continue de reconnaître les animaux. Le responsable restaure une sauvegarde sous « Export et sauvegarde » ; ce qui reste du catalogue endommagé est conservé.
problem-failed = Une erreur s’est produite
problem-failed-how = La borne continue de fonctionner. Signalez ceci à la personne qui s’en occupe :

## Sauvegardes automatiques

status-backup = Sauvegardes automatiques
status-backup-newest = La plus récente
status-backup-none = Pas encore
status-backup-count = Conservées
status-backup-encryption = Chiffrement
status-backup-encrypted = Avec une phrase de passe
status-backup-plain = Aucun
status-backup-off = Il n’y en a pas. Pour en avoir une par jour, indiquez un dossier ou une clé USB sous [backup] dans kiosk.toml.
