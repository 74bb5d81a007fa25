# HTTPS dans le réseau local : le certificat, l’autorité propre à la borne, et comment les appareils lui font confiance.

## Ce qui ne va pas

notice-tls-missing = { $file } : ce fichier n’existe pas. Indiquez-le dans [tls] de kiosk.toml ; le service ne voit rien sous /home, /root, /tmp et /var/tmp.
notice-tls-unreadable = { $file } : lecture impossible (détail en anglais : { $reason }). Donnez le droit de lecture à l’utilisateur de la borne.
notice-tls-unwritable = { $file } : écriture impossible (détail en anglais : { $reason }). Le certificat sert jusqu’à l’arrêt de la borne ; les appareils qui installent son autorité maintenant devraient recommencer.
notice-tls-no-certificate = { $file } : pas de certificat dans ce fichier. Utilisez un fichier au format PEM, où figure « BEGIN CERTIFICATE ».
notice-tls-certificate = { $file } : le certificat est endommagé (détail en anglais : { $reason }). Copiez-le de nouveau.
notice-tls-no-key = { $file } : pas de clé privée dans ce fichier. Utilisez un fichier au format PEM, où figure « BEGIN PRIVATE KEY ».
notice-tls-passphrase = { $file } : la clé est protégée par une phrase de passe, que personne ne peut taper au démarrage de la borne. Enregistrez-la sans : openssl pkey -in CLÉ -out NOUVELLE.
notice-tls-key = { $file } : la clé privée est inutilisable (détail en anglais : { $reason }).
notice-tls-mismatch = { $file } : cette clé n’est pas celle du premier certificat de { $certificate }. Indiquez les deux fichiers créés ensemble, le certificat de la borne avant ceux de ses autorités.
notice-tls-expired = { $file } : le certificat a expiré. Renouvelez-le.
notice-tls-early = { $file } : le certificat n’est pas encore valable. L’horloge est-elle à l’heure ?
notice-tls-replaced = La borne a une autre autorité qu’avant. Les appareils qui signalent un danger l’installent depuis /authority. L’ancienne est conservée sous { $file }. Cet avis disparaît après 30 jours, ou quand ce fichier est supprimé.
notice-tls-failed = Impossible de mettre en place HTTPS. Détail en anglais : { $reason }.

## État

status-tls = HTTPS
status-tls-until = Valable jusqu’au
status-tls-issuer = Délivré par
status-tls-own = vos propres fichiers
status-tls-passing = la borne, pour l’instant
status-tls-made = Le certificat est pour { $names } ; la borne le renouvelle elle-même. Sur les téléphones et tablettes dont le navigateur signale un danger, installez l’autorité de la borne : ouvrez-y /authority. Son empreinte (SHA-256) est { $fingerprint }.
status-tls-files = Le certificat est pour { $names }. La borne relit les fichiers quand ils changent. Renouvelez-les à temps.
status-tls-passing-what = Vos fichiers ne sont pas encore utilisables : la borne a créé en attendant un certificat pour { $names }, contre lequel les navigateurs mettent en garde. Elle relit vos fichiers toutes les minutes.
status-tls-none = La page n’est pas chiffrée : qui peut lire le trafic de ce réseau peut lire ce qui s’affiche et se tape ici, mots de passe compris. Mettez tls = "auto" dans kiosk.toml pour HTTPS.

## La page pour les appareils

authority-title = Faire confiance à cette borne
authority-what = La borne chiffre sa page avec un certificat qu’elle a créé elle-même. Installez l’autorité de la borne une fois sur chaque téléphone, tablette et ordinateur qui ouvre la page ; le navigateur ne signalera plus de danger.
authority-not-kept = La borne ne peut pas enregistrer son autorité, et en aura une autre à son prochain démarrage. Occupez-vous d’abord de son disque.
authority-download = Télécharger l’autorité
authority-name = Nom
authority-fingerprint = Empreinte (SHA-256)
authority-compare = Avant de l’installer, comparez l’empreinte que montre votre appareil avec celle de la page « État » de la borne, lue sur un appareil qui lui fait déjà confiance, ou avec ce qu’affiche « kiosk doctor » sur la borne. Retirez l’autorité de vos appareils quand vous n’utilisez plus cette borne.
authority-ios = Ouvrez cette page dans Safari, téléchargez l’autorité et autorisez le profil. Ouvrez ensuite Réglages, « Profil téléchargé », et installez-le. Enfin, ouvrez Réglages, Général, Informations, Réglages des certificats, et activez-le.
authority-android = Téléchargez l’autorité. Ouvrez ensuite Paramètres et cherchez « certificat CA » (Sécurité, Chiffrement et identifiants, Installer un certificat). Choisissez « Certificat CA » et le fichier authority.crt.
authority-windows = Téléchargez l’autorité et ouvrez le fichier. Choisissez « Installer un certificat », « Utilisateur actuel », « Placer tous les certificats dans le magasin suivant », et « Autorités de certification racines de confiance ».
authority-macos = Téléchargez l’autorité et ouvrez le fichier : il arrive dans Trousseaux d’accès. Ouvrez-le, et sous « Se fier » choisissez « Toujours approuver ».
authority-linux = Dans Chrome : Paramètres, Confidentialité et sécurité, Sécurité, Gérer les certificats, et importez le fichier comme fiable. Pour tout le système (Debian) : copiez-le dans /usr/local/share/ca-certificates/ après « openssl x509 -inform der -in authority.crt -out kiosk.crt », et lancez « sudo update-ca-certificates ».
authority-firefox = Sur un ordinateur : Paramètres, Vie privée et sécurité, Afficher les certificats, Autorités, Importer ; faites-lui confiance pour identifier des sites web.
authority-next = Ouvrir la page par HTTPS
