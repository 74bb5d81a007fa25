# Configurer la borne depuis un téléphone, et les réglages qui en font partie.

setup-title = Configurer la borne
setup-progress = Étape { $number } sur { $count }
setup-back = Retour
setup-next = Continuer
setup-ended = Le temps imparti est écoulé, ou un autre téléphone a pris la suite. Saisissez de nouveau les chiffres affichés à l’écran.

setup-code = Six chiffres
setup-code-what = L’écran de la borne affiche six chiffres. Saisissez-les ici : ils montrent que vous êtes devant elle.
setup-code-wrong = Ce ne sont pas les chiffres affichés à l’écran.
setup-code-renewed = Ils étaient faux trop souvent. L’écran affiche maintenant de nouveaux chiffres.
setup-code-too-soon = { $seconds ->
    [one] Patientez { $seconds } seconde, puis réessayez.
   *[other] Patientez { $seconds } secondes, puis réessayez.
}
setup-code-taken = Un autre téléphone est en train de configurer la borne.
setup-code-taken-how = Laissez-le terminer, ou continuez avec ce téléphone. Ce qui a été saisi sur l’autre est conservé, sauf le mot de passe.
setup-code-take-over = Continuer avec ce téléphone

login-set-up = Oublié ? Définissez-le de nouveau avec les six chiffres de l’écran

setup-password-what = Le mot de passe du responsable ouvre tout : réglages, exports, suppressions. Il est défini quand vous confirmez la dernière étape.
setup-password-entered = Vous en avez déjà saisi un. Laissez les deux champs vides pour le garder.

setup-place = La garderie

setup-camera-what = L’animal doit se tenir sur la ligne pointillée et remplir le cadre, de la tête aux pattes. La caméra est à sa hauteur, la lumière derrière elle.
setup-camera-picture = Ce que la caméra voit maintenant
setup-camera-no-picture = Il n’y a pas encore d’image.
setup-camera-used = Utilisée :
setup-camera-next = Continuer avec cette caméra
setup-camera-others = Autres caméras
setup-camera-auto = La première caméra qui fonctionne
setup-camera-csi = Module caméra { $name }
setup-camera-none = Aucune caméra : les photos arrivent par la page
setup-camera-address = Adresse d’une caméra du réseau
setup-camera-try = Essayer
setup-camera-fixed = La configuration de la borne désigne la caméra. Modifiez-la là-bas.

setup-keep = Ce qui est conservé
setup-finish = Configurer la borne
setup-finish-what = Tout ce que vous avez saisi est alors enregistré, et vous êtes connecté en tant que responsable.

setup-done = La borne est configurée
setup-done-what = Vous êtes connecté en tant que responsable. Amenez un animal devant la caméra : l’écran montre ce que c’est.
setup-done-desk = Vers la page en direct
setup-done-authority = Les téléphones et les ordinateurs se méfient de cette page tant qu’ils ne connaissent pas le certificat de la borne.
setup-done-authority-how = Comment l’installer

settings-time-zone = Fuseau horaire
settings-time-zone-what = Une ville de votre fuseau, comme Europe/Paris. Vide : celui du système.
settings-camera = Caméra
settings-camera-what = « auto », « csi », un périphérique comme /dev/video0, ou l’adresse d’une caméra du réseau. Vide : la première qui fonctionne.
settings-camera-fixed = La configuration de la borne désigne la caméra.
wrong-time-zone = Ce fuseau horaire n’existe pas. Choisissez dans la liste, par exemple Europe/Paris.
wrong-camera = Une caméra tient en une ligne de 500 caractères au plus.
wrong-camera-address = Ce n’est pas une caméra. Écrivez l’adresse comme rtsp://192.168.1.20/stream.
wrong-camera-password = Écrivez le mot de passe à la place de ***.

audit-event-setup-begun = A tenu le bouton enfoncé pour reconfigurer la borne
audit-event-setup = A configuré la borne
audit-event-setup-failed = Chiffres faux pour configurer la borne
audit-setup-first = pour la première fois
audit-setup-again = de nouveau, à la borne même
