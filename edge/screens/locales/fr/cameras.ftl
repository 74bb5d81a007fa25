# Les caméras qui ne sont pas des périphériques vidéo : le module caméra à nappe et les caméras du réseau.

notice-camera-address = L’adresse de la caméra est inutilisable (détail en anglais : { $reason }). Écrivez-la comme rtsp://192.168.1.20/stream.
notice-camera-no-host = L’adresse de la caméra n’indique aucun hôte. Écrivez-la comme rtsp://192.168.1.20/stream.
notice-camera-scheme = Aucune caméra n’est accessible par { $scheme }. Utilisez http, https, rtsp ou rtsps.
notice-camera-not-wanted = Aucune caméra n’est voulue : les photos arrivent par la page.
notice-camera-not-installed = { $program }, dont cette caméra a besoin, n’est pas installé. Installez-le avec « sudo apt install { $package } ».
notice-camera-not-started = Impossible de lancer { $program } (détail en anglais : { $reason }). Est-il bien installé ?
notice-camera-ended = { $device } : le programme de la caméra s’est arrêté (détail en anglais : { $reason }). Il est relancé.
notice-camera-stalled = Aucune image ne vient de { $device }. Vérifiez que la caméra est allumée, ainsi que son câble ou le réseau.
notice-camera-garbled = { $device } envoie des images illisibles. Éteignez la caméra, rallumez-la, et vérifiez son câble ou le réseau.

notice-camera-csi-none = Aucun module caméra n’est trouvé. Éteignez le Raspberry Pi, vérifiez les deux bouts de la nappe et rallumez-le.
notice-camera-csi-busy = Le module caméra est utilisé par un autre programme, par exemple une borne déjà lancée. Arrêtez ce programme.
notice-camera-csi-forbidden = Cet utilisateur n’a pas le droit d’utiliser le module caméra. Ajoutez-le au groupe video.

notice-camera-rtsp-login = { $camera } refuse l’accès. Vérifiez l’utilisateur et le mot de passe.
notice-camera-rtsp-refused = { $camera } : rien ne répond à cette adresse. Vérifiez le port, et que RTSP est activé dans la caméra.
notice-camera-rtsp-forbidden = { $camera } : le système limite la borne aux réseaux locaux. Voyez IPAddressAllow dans breed-kiosk.service.
notice-camera-rtsp-host = { $camera } : aucune machine ne porte ce nom. Vérifiez le nom, ou utilisez l’adresse IP de la caméra.
notice-camera-rtsp-unreachable = { $camera } est injoignable. Vérifiez que la caméra est allumée et sur le même réseau.
notice-camera-rtsp-no-stream = { $camera } : la caméra n’a pas ce flux. Vérifiez le chemin ; le mode d’emploi de la caméra l’indique.
