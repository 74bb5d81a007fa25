# La liaison avec le courtier MQTT : pourquoi elle ne marche pas, et les noms de ce que montre Home Assistant.

## Réglages

link-mqtt-url = url sous [mqtt] dans kiosk.toml : écrivez mqtt://hôte ou mqtts://hôte, avec :port s’il est autre. L’utilisateur et le mot de passe sont des réglages à part.
link-mqtt-topic = { $field } sous [mqtt] dans kiosk.toml : « { $value } » n’est pas un sujet. Choisissez-en un sans +, #, $ ni / à ses bouts.
link-mqtt-password = Le mot de passe sous [mqtt] dans kiosk.toml : nommez un utilisateur, et soit password, soit password_file.
link-mqtt-password-file = { $file }, qui contient le mot de passe du courtier MQTT, ne peut pas être lu (détail en anglais : { $reason }). Laissez l’utilisateur de la borne le lire.
link-mqtt-no-tls = url sous [mqtt] dans kiosk.toml : les certificats ne servent qu’avec mqtts://.
link-mqtt-days = keep_days sous [mqtt] dans kiosk.toml : mettez 1 ou plus.
link-mqtt-keep-alive = keep_alive_seconds sous [mqtt] dans kiosk.toml : mettez de 5 à 600.

## Le courtier

link-mqtt-unreachable = Le courtier MQTT { $host } ne répond pas sur le port { $port } (détail en anglais : { $reason }). Est-il allumé, et sur ce réseau ?
link-mqtt-no-answer = Le courtier MQTT { $host } n’a pas répondu en { $seconds } secondes. Est-il allumé, utilise-t-il ce port, et connaît-il MQTT 5 ?
link-mqtt-closed = Le courtier MQTT { $host } a mis fin à la connexion. Si cela se répète, voyez son journal : il attend peut-être TLS, donc mqtts:// dans l’url.
link-mqtt-lost = La connexion au courtier MQTT { $host } a échoué (détail en anglais : { $reason }).
link-mqtt-silent = Le courtier MQTT { $host } prend les messages sans en accuser réception. Redémarrez-le.
link-mqtt-busy = Le courtier MQTT { $host } est occupé. La borne réessaie.
link-mqtt-login = Le courtier MQTT { $host } refuse la borne. Vérifiez l’utilisateur et le mot de passe sous [mqtt] dans kiosk.toml, et ce que le courtier permet à cet utilisateur.
link-mqtt-version = Le courtier MQTT { $host } ne connaît pas MQTT 5. Mettez-le à jour : Mosquitto le connaît depuis la version 1.6.
link-mqtt-refused = Le courtier MQTT { $host } refuse la connexion (détail en anglais : { $reason }). Voyez son journal.
link-mqtt-taken-over = Un autre programme s’est connecté au courtier MQTT { $host } sous l’identité de cette borne. Une copie de son dossier de données tourne-t-elle sur une autre machine ? Supprimez le fichier kiosk-id de la copie.
link-mqtt-forbidden = Le courtier MQTT ne permet pas à l’utilisateur de la borne de publier sous { $topic }. Permettez-le, ou changez les réglages sous [mqtt] dans kiosk.toml.
link-mqtt-not-taken = Le courtier MQTT ne prend pas ce que la borne publie sous { $topic } (détail en anglais : { $reason }). Voyez son journal.
link-mqtt-too-large = Ce que la borne publierait sous { $topic } est trop grand pour le courtier MQTT ({ $bytes } octets), et a été laissé de côté. Laissez le courtier prendre de plus grands messages.
link-mqtt-not-subscribed = Le courtier MQTT ne permet pas à l’utilisateur de la borne de s’abonner : les commandes n’arrivent pas. Permettez-le.
link-mqtt-defect = Le client MQTT s’est arrêté à cause d’un défaut. Il recommence.
link-mqtt-catalogue = Les événements pour MQTT ne peuvent pas être lus dans le catalogue pour le moment. Le journal dit pourquoi.

## Ce que montre Home Assistant

link-mqtt-entity-arrival = Arrivée
link-mqtt-entity-in-house = Dans la maison
link-mqtt-entity-needs-call = À trancher
link-mqtt-entity-arrivals = À l’accueil
link-mqtt-entity-breed = Race
link-mqtt-entity-guest = Animal reconnu
link-mqtt-entity-confidence = Confiance
link-mqtt-entity-camera = Caméra
link-mqtt-entity-display = Écran
link-mqtt-entity-picture = Dernière arrivée
link-mqtt-entity-confirm = Confirmer
link-mqtt-entity-next = Proposition suivante
link-mqtt-entity-language = Langue
