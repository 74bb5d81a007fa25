# Ce qui ne fonctionne pas comme prévu, et que faire : sur la page et pour les programmes.

## Catalogue, réseau et médailles

notice-catalogue-corrupt = { $file } est endommagé ou n’est pas un catalogue (détail en anglais : { $reason }). Restaurez une sauvegarde sur la page, sous Export et sauvegarde, ou avec « kiosk catalogue restore » pendant que la borne est arrêtée ; le fichier est conservé.
notice-catalogue-lost = { $file } manque ou est vide, mais un catalogue a laissé { $remains }. Restaurez une sauvegarde sur la page, sous Export et sauvegarde, ou avec « kiosk catalogue restore » pendant que la borne est arrêtée. Pour commencer un nouveau catalogue, déplacez d’abord tout cela ailleurs.
notice-catalogue-read-only = Impossible d’écrire dans { $file }. Donnez à l’utilisateur de la borne le droit d’écrire dans ce fichier et son dossier.
notice-catalogue-locked = { $file } est verrouillé par un autre programme. Fermez ce programme.
notice-catalogue-full = Le disque est plein : impossible d’écrire dans { $file }. Libérez de la place.
notice-catalogue-newer = { $file } vient d’une borne plus récente (version { $version } ; celle-ci connaît la { $known }). Mettez la borne à jour.
notice-catalogue-io = { $file } : une erreur s’est produite (détail en anglais : { $reason }). Vérifiez le disque et le chemin.
notice-catalogue-other = Le catalogue a un problème. Détail en anglais : { $reason }.
notice-catalogue-rescue = Tant que le catalogue est inutilisable, les visites sont enregistrées dans { $place }. Ensuite, la borne redémarre d’elle-même et les y ajoute.
notice-catalogue-rescue-temporary = Tant que le catalogue est inutilisable, les visites sont enregistrées dans { $place }. Ensuite, la borne redémarre d’elle-même et les y ajoute. Ce qui est confirmé d’ici là est perdu dès que la borne est éteinte : téléchargez d’abord une sauvegarde, sous Export et sauvegarde.
notice-catalogue-former = Ce qui a été enregistré auparavant peut seulement être lu : cherchez-y les animaux sous Animaux, et de là, exportez-le et sauvegardez-le.
notice-catalogue-log = À un démarrage, le journal du catalogue était endommagé ou absent : les derniers enregistrements d’avant peuvent manquer aussi. Parcourez les visites de ce moment-là. Le catalogue et le journal tels qu’ils étaient sont dans { $folder } : supprimez ce dossier quand rien ne manque plus.
notice-model-failed = Le réseau a échoué sur une image. Détail en anglais : { $reason }. Si cela continue, utilisez un autre modèle.
notice-model-replaced = Ce modèle est inutilisable ; celui qui est intégré le remplace. Détail en anglais : { $reason }.
notice-model-taken-back = Le modèle qui a été installé est inutilisable et a été retiré. Détail en anglais : { $reason }. Ce modèle est conservé dans le dossier de la borne, sous models/rejected.onnx. Installez-en un autre, ou supprimez ce fichier et redémarrez la borne : cet avis disparaîtra.
notice-model-died = La borne s’est arrêtée brutalement { $times } fois peu après l’installation d’un modèle et l’a retiré. Ce modèle est conservé dans le dossier de la borne, sous models/rejected.onnx. Installez-en un autre, ou supprimez ce fichier et redémarrez la borne : cet avis disparaîtra.
notice-tag-unknown = Aucun animal n’a l’identifiant { $tag }. S’il est bien lu, saisissez-le sur la page de l’animal ; sinon, indiquez la disposition du clavier du lecteur (layout) sous [buttons] dans kiosk.toml.

## Caméra

notice-camera-unnamed = Aucune caméra n’est indiquée. Choisissez auto, none, csi, /dev/videoN, une adresse comme rtsp://192.168.1.20/stream, ou un dossier de photos.
notice-camera-no-such-folder = { $file } : ce dossier n’existe pas. Choisissez auto, none, /dev/videoN ou un dossier de photos.
notice-camera-not-a-folder = { $file } n’est pas un dossier. Indiquez le dossier qui contient les photos.
notice-camera-folder-unreadable = { $file } : impossible de lire ce dossier (détail en anglais : { $reason }). Donnez à l’utilisateur de la borne le droit de le lire.
notice-camera-no-photographs = { $file } : aucune photo dans ce dossier. Placez-y des fichiers JPEG, PNG, WebP ou GIF.
notice-camera-none = Il n’y a pas de caméra. Branchez-en une en USB, ou consultez « kiosk cameras ».
notice-camera-missing = { $device } : ce périphérique n’existe pas. La caméra est-elle branchée ? « kiosk cameras » liste ce qui est présent.
notice-camera-no-capture = { $device } ne fournit pas d’images : c’est une sortie, des métadonnées ou un codec. Choisissez une caméra que « kiosk cameras » indique comme utilisable.
notice-camera-planes = { $device } ne fournit que des images en plusieurs plans, que la borne ne lit pas. Utilisez une autre caméra, ou choisissez csi pour un module caméra à nappe.
notice-camera-csi = { $device } fait partie d’un module caméra à nappe (CSI). Choisissez plutôt csi.
notice-camera-encodings = { $device } ne fournit que des images { $encodings }. Utilisez une caméra MJPG, JPEG, YUYV ou NV12.
notice-camera-forbidden = { $device } : l’utilisateur de la borne n’a pas le droit d’y accéder. Ajoutez-le au groupe video.
notice-camera-busy = { $device } est utilisé par un autre programme, en { $now }. Fermez ce programme, ou choisissez une autre caméra.
notice-camera-unusable = { $device } : impossible d’y accéder (détail en anglais : { $reason }). Débranchez la caméra et rebranchez-la, ou utilisez-en une autre.
notice-camera-refused = { $device } : une erreur s’est produite (détail en anglais : { $reason }). La borne réessaie.
notice-camera-silent = { $device } : aucune image depuis 2,5 secondes. Le câble est-il bien branché ?
notice-camera-hangs = La caméra ne répond pas. Débranchez-la et rebranchez-la, ou éteignez-la et rallumez-la.
notice-camera-short = { $device } envoie des images tronquées ({ $got } octets au lieu de { $wanted } en { $mode }). Branchez la caméra sur un autre port, sans hub, ou utilisez un autre câble.
notice-camera-cut = { $device } envoie des images tronquées. Branchez la caméra sur un autre port, sans hub, ou utilisez un autre câble.
notice-camera-damaged = { $device } envoie des images que son pilote signale comme endommagées. Branchez la caméra sur un autre port, sans hub, ou utilisez un autre câble.
notice-camera-jpeg = { $device } envoie un JPEG illisible (détail en anglais : { $reason }). Débranchez la caméra et rebranchez-la.
notice-camera-size = { $device } envoie une image de { $width }x{ $height } au lieu du format convenu, { $mode }. Débranchez la caméra et rebranchez-la.
notice-camera-convert = { $device } envoie une image impossible à convertir (détail en anglais : { $reason }). Débranchez la caméra et rebranchez-la.

## Photos qui remplacent une caméra

notice-photograph-missing = { $file } : ce fichier n’existe pas. Vérifiez son nom et son dossier.
notice-photograph-not-a-file = { $file } n’est pas un fichier. Indiquez les photos une par une.
notice-photograph-unreadable = { $file } : lecture impossible (détail en anglais : { $reason }). Donnez à l’utilisateur de la borne le droit de le lire.
notice-photograph-empty = { $file } : le fichier est vide. Copiez-le de nouveau.
notice-photograph-too-big = { $file } : le fichier fait { $size } Mio, la limite est de { $most }. Réduisez-le.
notice-photograph-not-a-picture = { $file } n’est pas une image. Utilisez un JPEG, PNG, WebP ou GIF.
notice-photograph-heic = { $file } : { photograph-heic }
notice-photograph-format = { $file } : { photograph-format }
notice-photograph-variant = { $file } : { photograph-variant }
notice-photograph-pdf = { $file } : { photograph-pdf }
notice-photograph-video = { $file } : { photograph-video }
notice-photograph-too-many-pixels = { $file } : { $width } x { $height } pixels, la limite est de { $most } mégapixels. Réduisez l’image.
notice-photograph-truncated = { $file } : l’image est tronquée. Copiez le fichier de nouveau.
notice-photograph-damaged = { $file } : l’image est endommagée (détail en anglais : { $reason }). Copiez le fichier de nouveau.

## Écran

notice-display-unknown = « { $choice } » n’est pas un écran. Choisissez auto, none, spi, i2c ou fb.
notice-display-no-panel = kiosk.toml n’a pas de section [panel] pour un écran sur { $bus }. Ajoutez-la, par exemple avec driver = "{ $driver }".
notice-display-other-bus = La section [panel] de kiosk.toml indique { $device }, qui n’est pas { $bus }. Choisissez auto, ou indiquez-y un autre bus.
notice-display-no-spi = { $device } : ce périphérique n’existe pas. Activez SPI (raspi-config, Interface Options, SPI).
notice-display-no-i2c = { $device } : ce périphérique n’existe pas. Activez I2C (raspi-config, Interface Options, I2C).
notice-display-no-frame-buffer = { $device } : ce périphérique n’existe pas. Branchez un écran, ou choisissez-en un autre.
notice-display-forbidden = { $device } : l’utilisateur de la borne n’a pas le droit d’y accéder. Ajoutez-le au groupe { $group }.
notice-display-refused = { $device } : une erreur s’est produite (détail en anglais : { $reason }). Vérifiez le câblage de l’écran et ses réglages dans kiosk.toml.
notice-display-silent = { $device } : l’adresse { $address } ne répond pas. Vérifiez le câblage, et l’adresse dans [panel] avec « i2cdetect ».
notice-display-geometry = { $file } indique « { $text } », qui ne décrit pas la taille d’un écran. Choisissez un autre écran.
notice-display-depth = { $device } a { $bits } bits par pixel ; seuls 16 et 32 sont possibles. Sur un Raspberry Pi, réglez framebuffer_depth dans config.txt.
notice-display-size = { $device } a { $width }x{ $height } pixels ; chaque côté peut en avoir de 32 à 4096. Choisissez un autre mode.

notice-panel-pin = La section [panel] indique la broche { $pin }. Choisissez-en une de 0 à 27.
notice-panel-optional-pin = La section [panel] indique la broche { $pin }. Choisissez-en une de 0 à 27, ou "none".
notice-panel-same-pin = La section [panel] indique deux fois la broche { $pin } parmi data_command, reset et backlight. Donnez à chacun sa propre broche, ou "none".
notice-panel-speed = La section [panel] indique speed = { $speed }. Choisissez de 100000 à 125000000, en bits par seconde.
notice-panel-address = La section [panel] indique l’adresse { $address }. Choisissez de 0x08 à 0x77.
notice-panel-rotation = La section [panel] indique rotation = { $degrees }. Choisissez 0, 90, 180 ou 270.
notice-panel-side = La section [panel] indique { $key } = { $side }. Avec le { $driver }, choisissez de 32 à { $longest }, avant rotation.
notice-panel-pages = La section [panel] indique height = { $height }. Pour un écran OLED, choisissez un multiple de 8.
notice-panel-offset = La section [panel] indique offset = { $offset }. Avec le { $driver } à cette taille, choisissez de [0, 0] à { $most }.
notice-panel-no-bus = La section [panel] indique { $bus }, qui n’est pas un bus. Choisissez un périphérique comme /dev/spidev0.0 ou /dev/i2c-1.
notice-panel-not-by-i2c = Le { $driver } ne se connecte pas en I2C. Dans [panel], indiquez un bus comme /dev/spidev0.0.
notice-panel-for-spi = Dans [panel], { $key } ne concerne que SPI. Retirez ce réglage, ou indiquez un bus comme /dev/spidev0.0.
notice-panel-for-i2c = Dans [panel], { $key } ne concerne que I2C. Retirez ce réglage, ou indiquez un bus comme /dev/i2c-1.
notice-panel-no-light = Dans [panel], un écran OLED n’a pas de rétroéclairage. Retirez backlight.

## Boutons, pavé numérique et lecteur

notice-buttons-no-line = { $line } n’est pas une ligne GPIO. Choisissez de 0 à 53 sous [buttons] dans kiosk.toml.
notice-buttons-same-line = Deux boutons sont sur la ligne GPIO { $line }. Donnez à chacun sa propre ligne.
notice-buttons-no-keypad = « { $choice } » n’est pas un pavé numérique. Choisissez none, auto ou un périphérique comme /dev/input/event3.
notice-buttons-missing = { $device } : ce périphérique n’existe pas. Branchez-le, ou indiquez-en un autre sous [buttons] dans kiosk.toml.
notice-buttons-forbidden = { $device } : l’utilisateur de la borne n’a pas le droit d’y accéder. Ajoutez-le au groupe { $group }.
notice-buttons-no-keys = { $device } n’a pas les chiffres et la touche Entrée. Indiquez un pavé numérique, un clavier ou un lecteur.
notice-buttons-grabbed = { $device } : un autre programme se l’est réservé. Arrêtez ce programme, ou indiquez un autre périphérique.
notice-buttons-refused = { $device } : une erreur s’est produite (détail en anglais : { $reason }). Débranchez-le et rebranchez-le.

notice-device-defect = Une erreur de la borne a interrompu cet appareil. La borne réessaie. Merci de signaler cette erreur.

notice-gpio-missing = { $device } : ce périphérique n’existe pas. Dans kiosk.toml, indiquez pour gpio un de ceux que « gpiodetect » liste.
notice-gpio-forbidden = { $device } : l’utilisateur de la borne n’a pas le droit d’y accéder. Ajoutez-le au groupe gpio.
notice-gpio-no-chip = { $device } n’est pas une puce GPIO. Indiquez-en une que « gpiodetect » liste.
notice-gpio-no-line = { $device } n’a pas de ligne { $line }, seulement 0 à { $last }. Choisissez l’une d’elles, ou une autre puce.
notice-gpio-in-use = { $device }, ligne { $line } : utilisée par { $user }. Choisissez une autre ligne, ou arrêtez ce qui l’utilise.
notice-gpio-refused = { $device } : une erreur s’est produite (détail en anglais : { $reason }). Vérifiez le câblage et le pilote.

## La page, et qui peut se connecter

notice-page-in-use = Un autre programme utilise le port de { $address }. Fermez ce programme, ou indiquez un autre port (listen) dans kiosk.toml ; la borne réessaie.
notice-page-no-address = Cette machine n’a pas (encore) l’adresse { $address }. Mettez listen à 0.0.0.0 dans kiosk.toml pour toutes ses adresses ; la borne réessaie.
notice-page-failed = La page ne peut pas être servie à { $address } (détail en anglais : { $reason }). La borne réessaie.
notice-access-damaged = { $file } est endommagé (détail en anglais : { $reason }) : personne ne peut se connecter. Choisissez un nouveau mot de passe avec « kiosk password owner » ; le fichier est conservé.
notice-access-unreadable = { $file } ne peut pas être lu (détail en anglais : { $reason }) : personne ne peut se connecter. Donnez à l’utilisateur de la borne le droit de le lire.
notice-access-failed = Personne ne peut se connecter. Détail en anglais : { $reason }.

## Sauvegardes automatiques, et ce qui revient du catalogue de secours

notice-backup-no-stick = Aucune clé et aucun disque nommés « { $label } » ne sont branchés. Branchez-le pour les sauvegardes automatiques.
notice-backup-not-mounted = « { $label } » ({ $device }) est branché, mais n’est pas monté. Montez-le pour les sauvegardes automatiques, par exemple par une ligne dans /etc/fstab.
notice-backup-no-folder = Le dossier { $folder } des sauvegardes automatiques manque. Créez-le, ou branchez son disque.
notice-backup-unverified = La nouvelle sauvegarde { $file } n’a pas pu être restaurée (détail en anglais : { $reason }) : elle a été écartée. Les sauvegardes précédentes sont conservées. Vérifiez leur disque.
notice-backup-overdue = { $days ->
    [one] La dernière sauvegarde automatique date de { $days } jour.
   *[other] La dernière sauvegarde automatique date de { $days } jours.
 }
notice-backup-missing = Il n’y a pas encore de sauvegarde automatique.
notice-backup-lacks = { $count ->
    [one] Il manque { $count } photo à la dernière sauvegarde automatique, introuvable ou illisible : { $names }. Tout le reste y est. Vérifiez le disque du catalogue.
   *[other] Il manque { $count } photos à la dernière sauvegarde automatique, introuvables ou illisibles : { $names }. Tout le reste y est. Vérifiez le disque du catalogue.
 }
notice-catalogue-rescue-stays = Ce qui a été enregistré entre-temps dans { $place } s’y trouve encore et n’a pas pu être ajouté au catalogue. La borne réessaie au prochain démarrage.

## La dernière mise à jour du programme

notice-update-went-back = La version { $new } de la borne ne fonctionnait pas ; la version { $former } est de nouveau installée. « kiosk update --show », sur la borne, dit pourquoi. Cet avis disparaît après 30 jours, ou à la prochaine mise à jour.
notice-update-stuck = La version { $new } de la borne ne fonctionne pas, et il n’y a pas de paquet de la version { $former } à réinstaller. « kiosk update --show », sur la borne, dit pourquoi. Installez une autre version.

## Les réglages au démarrage

notice-config-former = Les réglages sont inutilisables (détail en anglais : { $reason }) : la borne fonctionne avec ceux de son dernier démarrage réussi. Corrigez { $file }, vérifiez-le avec « kiosk run --check --config { $file } », puis redémarrez la borne.

## Liaisons avec le reste de la garderie et de la chaîne

notice-link-defect = Une erreur de la borne a interrompu cette liaison. Elle reprend dans la minute.
notice-hub-model = Un modèle du serveur de la chaîne n’est pas installé, et celui qui est utilisé reste en place. Détail en anglais : { $reason }.
