# La liaison avec le serveur central (hub) d’un réseau de garderies, et TLS, dont d’autres liaisons se servent aussi.

link-hub-settings = [hub] dans kiosk.toml est à corriger. Détail en anglais : { $reason }.
link-hub-unreachable = { $host } est injoignable (détail en anglais : { $reason }). Le réseau fonctionne-t-il ? Ce qui se passe ici est conservé et sera envoyé plus tard.
link-hub-silent = { $host } ne répond pas. Ce qui se passe ici est conservé et sera envoyé plus tard.
link-hub-failing = { $host } n’accepte rien pour le moment (détail en anglais : { $reason }). Ce qui se passe ici est conservé et sera envoyé plus tard.
link-hub-read-only = { $host } n’accepte aucune écriture pour le moment : c’est un serveur de secours. Indiquez tous les serveurs du hub dans kiosk.toml, pour que la borne trouve celui qui en accepte.
link-hub-disk-full = Le disque de { $host } est plein. Libérez-y de la place ; ce qui se passe ici est conservé et sera envoyé plus tard.
link-hub-password = { $host } refuse l’accès à cette borne (détail en anglais : { $reason }). Vérifiez l’utilisateur et le mot de passe dans kiosk.toml. Si le mot de passe est perdu, un administrateur supprime le rôle, et « kiosk hub init » le crée à nouveau.
link-hub-no-database = { $host } n’a pas cette base de données (détail en anglais : { $reason }). Vérifiez l’url dans kiosk.toml.
link-hub-not-set-up = La base de données de { $host } n’est pas un hub, ou pas complètement (détail en anglais : { $reason }). Lancez « kiosk hub init ».
link-hub-forbidden = { $host } interdit à cette borne de travailler (détail en anglais : { $reason }). Utilisez l’utilisateur que « kiosk hub init » a créé pour elle.
link-hub-another-kiosk = { $host } connaît cette borne sous un autre utilisateur. Donnez à chaque borne son propre utilisateur. Si cette carte est la copie de celle d’une autre borne, supprimez le fichier kiosk-id du dossier de la borne et redémarrez-la.
link-hub-no-account = { $host } ne connaît pas cet utilisateur comme celui d’une borne (détail en anglais : { $reason }). Ajoutez-le avec « kiosk hub init ».
link-hub-no-tls = { $host } ne propose pas TLS. Activez-le là-bas. Sur un réseau privé, sslmode=disable à la fin de l’url permet de s’en passer.
link-hub-newer = Le hub a le schéma { $found }, et cette borne connaît le { $known }. Mettez la borne à jour ; ce qui se passe ici est conservé et sera envoyé ensuite.
link-hub-older = Le hub a le schéma { $found }, et cette borne a besoin du { $known }. Lancez le « kiosk hub init » de cette version ; ce qui se passe ici est conservé et sera envoyé ensuite.
link-hub-answer = Cette borne ne comprend pas la réponse du hub (détail en anglais : { $reason }). Lancez le « kiosk hub init » de cette version.
link-hub-refusing = Le hub refuse un événement après l’autre (détail en anglais : { $reason }). Ils sont conservés. Consultez son journal, ou relancez « kiosk hub init ».
link-hub-catalogue = Le hub attend le catalogue de cette borne, qui ne peut être ni lu ni écrit pour le moment. Le journal dit pourquoi.
link-hub-defect = La liaison avec le hub a échoué à cause d’un défaut de la borne (détail en anglais : { $reason }). La borne réessaie.
link-hub-begins-again = Le catalogue de cette borne a été restauré d’une sauvegarde : la liaison avec le hub recommence.
link-hub-clock = L’horloge de cette borne indique { $here }, celle du hub { $there }. Réglez l’horloge. D’ici là, le hub reçoit ce qui se passe ici avec sa propre heure.
link-hub-replaced = { $host } n’est plus le même hub. Les animaux de cette garderie lui sont de nouveau transmis ; il n’a pas les visites antérieures.
link-hub-restored = { $host } a perdu ce que cette borne lui avait transmis en dernier ; a-t-il été restauré d’une sauvegarde ? Les animaux de cette garderie lui sont de nouveau transmis ; il lui manque des visites.

link-tls-file-unreadable = Impossible de lire { $file } (détail en anglais : { $reason }). Donnez à l’utilisateur de la borne le droit de le lire.
link-tls-file-content = { $file } est inutilisable. Détail en anglais : { $reason }. Utilisez un fichier au format PEM.
link-tls-half = Un certificat et sa clé vont ensemble. Indiquez les deux dans kiosk.toml, ou aucun.
link-tls-no-authorities = Ce système n’a aucun certificat d’autorité. Installez ca-certificates, ou indiquez un fichier comme ca dans kiosk.toml.
link-tls-set-up = Impossible de mettre TLS en place (détail en anglais : { $reason }). Vérifiez le certificat et sa clé.
link-tls-name = Le certificat de { $host } est établi pour un autre nom. Utilisez le nom qui figure dans le certificat, ou faites-en établir un pour ce nom.
link-tls-expired = Le certificat de { $host } a expiré. Renouvelez-le là-bas. L’horloge de cette borne est-elle à l’heure ?
link-tls-not-yet = Le certificat de { $host } n’est pas encore valable. L’horloge de cette borne est-elle à l’heure ?
link-tls-issuer = Le certificat de { $host } vient d’une autorité que cette borne ne connaît pas. Indiquez le certificat de cette autorité comme ca dans kiosk.toml.
link-tls-refused = { $host } met fin à la connexion chiffrée (détail en anglais : { $reason }). Attend-il un certificat de cette borne ?
link-tls-other = Pas de connexion chiffrée avec { $host } (détail en anglais : { $reason }). Vérifiez son certificat.
