# Caméras aux adresses http et https.

notice-http-unknown-host = { $camera } : aucune machine ne porte ce nom. Vérifiez l’adresse et la connexion de la borne.
notice-http-unreachable = { $camera } : rien ne répond. La caméra est-elle allumée et connectée, et l’adresse est-elle juste ?
notice-http-refused = { $camera } : la machine refuse la connexion. Vérifiez le port, ou redémarrez la caméra.
notice-http-forbidden = { $camera } : le système limite la borne aux réseaux locaux. Voyez IPAddressAllow dans breed-kiosk.service.
notice-http-certificate = { $camera } : son certificat n’est pas reconnu (détail en anglais : { $reason }). Ajoutez le certificat de son autorité à ceux du système, ou utilisez http.
notice-http-no-login = { $camera } demande une connexion. Indiquez l’utilisateur et le mot de passe dans l’adresse, comme dans http://UTILISATEUR:MOTDEPASSE@MACHINE/CHEMIN.
notice-http-login-refused = { $camera } refuse la connexion. Vérifiez l’utilisateur et le mot de passe, et écrivez leurs caractères spéciaux sous la forme %40.
notice-http-login-kind = { $camera } demande une autre méthode de connexion que basic et digest. Choisissez l’une des deux dans les réglages de la caméra.
notice-http-login-elsewhere = { $camera } redirige vers { $to }, qui demande une connexion. Utilisez cette adresse si vous lui faites confiance, avec l’utilisateur et le mot de passe.
notice-http-not-found = { $camera } : la caméra n’a rien à ce chemin. Vérifiez ce qui suit le nom de la machine dans l’adresse.
notice-http-status = { $camera } répond avec le code { $status }. Redémarrez la caméra et vérifiez l’adresse.
notice-http-redirect-kind = { $camera } redirige vers { $to }, qui n’est pas une adresse http ou https utilisable. Utilisez un autre chemin de la caméra.
notice-http-redirects = { $camera } redirige sans fin. Utilisez l’adresse où se trouvent les images.
notice-http-content = { $camera } répond avec { $kind }, et non avec des images. Est-ce l’adresse de la page de la caméra ?
notice-http-not-a-picture = { $camera } envoie une image illisible. Choisissez JPEG ou MJPEG dans les réglages de la caméra.
notice-http-too-big = { $camera } envoie une image de plus de 8 Mo. Choisissez-en une plus petite dans les réglages de la caméra.
notice-http-silent = { $camera } : plus aucune image n’arrive. Vérifiez la caméra et son réseau.
notice-http-ended = { $camera } a mis fin à la connexion. La borne réessaie.
notice-http-failed = { $camera } : une erreur s’est produite (détail en anglais : { $reason }). La borne réessaie.
