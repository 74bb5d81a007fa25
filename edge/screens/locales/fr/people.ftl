# Les personnes qui se connectent : comptes, invitations, sessions, et le journal de ce qu’elles ont fait.

nav-account = Mon compte
login-name = Nom
login-name-hint = Laissez vide pour entrer avec le mot de passe du responsable ou de l’équipe.

people-title = Personnes et sessions
people-what = Donnez à chacun son propre compte : l’historique dit alors qui a modifié quoi. Vous invitez, chacun choisit son nom et son mot de passe.
people-open = Comptes et sessions

accounts = Comptes
accounts-none = Personne n’a encore de compte. Les mots de passe du propriétaire et de l’équipe sont sur la page Réglages.
account-shared = Partagé : qui connaît le mot de passe entre sans nom. Le mot de passe se définit dans les réglages.
account-made = Créé { $moment }.
account-role = Ce que le compte peut faire
account-role-set = Modifier
account-remove = Supprimer
account-role-viewer = Lecture seule : consulter sans modifier
account-role-staff = Équipe : accueil
account-role-owner = Responsable : tout
account-may-viewer = Ce compte voit ce que voit l’équipe, sans rien modifier ni exporter.
account-may-staff = Ce compte note et corrige les arrivées, et tient à jour les animaux et leurs propriétaires.
account-may-owner = Ce compte peut tout faire, y compris les réglages, les exports et les suppressions.
account-password = Mot de passe
account-password-what = Un nouveau mot de passe met fin à toutes les autres sessions de ce compte.
account-wrong-name = Un nom compte de 1 à 40 caractères et commence par une lettre ou un chiffre.
account-wrong-taken = Ce nom est déjà pris. Choisissez-en un autre.
account-wrong-many = Il y a trop de comptes. Supprimez-en un qui ne sert plus.
account-wrong-gone = Il n’y a plus de compte de ce nom.
account-wrong-shared = Les comptes du responsable et de l’équipe restent tels quels.

password-former = Votre mot de passe actuel
password-wrong-former = Votre mot de passe actuel est incorrect.
password-wrong-common = Ce mot de passe est facile à deviner. Choisissez quelques mots sans rapport entre eux.

invitations = Invitations
invitations-what = Une invitation sert une fois, pendant un jour. Qui ouvre son adresse choisit un nom et un mot de passe.
invitation-make = Inviter quelqu’un
invitation-until = Fin de validité : { $moment }.
invitation-withdraw = Retirer
invitation-made = Transmettez cette adresse
invitation-made-what = Elle n’est affichée que cette fois. Le premier qui l’ouvre crée le compte : ne l’envoyez à personne d’autre.
invitation-address = Adresse de l’invitation
invitation-title = Créez votre compte
invitation-name-hint = L’historique des modifications affiche ce nom.
invitation-accept = Créer le compte
invitation-wrong-gone = Cette invitation a déjà servi ou a expiré. Demandez-en une autre au responsable.
invitation-wrong-many = Trop d’invitations sont ouvertes. Retirez-en une.

sessions-own = Où vous êtes connecté
sessions-all = Qui est connecté
sessions-what = Une session se termine après 12 heures sans activité, et dans tous les cas après 30 jours.
session-this = Cet appareil
session-unknown = Appareil inconnu
session-used = Dernière activité : { $moment }
session-began = Connexion : { $moment }
session-revoke = Terminer

audit-title = Ce qui a été fait
audit-what = Connexions, coordonnées consultées, exports, sauvegardes, réglages, comptes et jetons, du plus récent au plus ancien. Les entrées sont gardées environ un an, ou moins si elles sont très nombreuses, et une restauration ne les change pas.
audit-export = En tableau (CSV)
audit-empty = Rien pour l’instant.
audit-nobody = Non connecté
audit-at-kiosk = À la borne
audit-by-link = par le lien de connexion
audit-animals = animaux { $numbers }
audit-owners = propriétaires { $numbers }
audit-more = { $numbers } et { $count } de plus
audit-former = { $numbers } (du catalogue du disque en lecture seule)
audit-event-login = Connexion
audit-event-login-failed = Mot de passe incorrect
audit-event-logout = Déconnexion
audit-event-password = Mot de passe défini
audit-event-invitation = Invitation créée
audit-event-invitation-withdrawn = Invitation retirée
audit-event-account = Compte créé
audit-event-role = Rôle modifié
audit-event-account-removed = Compte supprimé
audit-event-session-revoked = Session terminée
audit-event-export = Export
audit-event-contacts = Coordonnées consultées
audit-event-backup = Sauvegarde
audit-event-backup-passphrase = Phrase de passe des sauvegardes définie
audit-event-backup-passphrase-removed = Phrase de passe des sauvegardes supprimée
audit-event-restore = Restauration
audit-event-settings = Réglages modifiés
audit-event-clock = Horloge confirmée
audit-event-token = Jeton créé
audit-event-token-revoked = Jeton révoqué
audit-event-webhook = Webhook modifié
audit-event-breed-forgotten = Race oubliée
audit-event-breed-allowed = Race réapprise

problem-viewer-only = Votre compte ne permet que la lecture
problem-viewer-only-how = Il ne modifie rien. Adressez-vous au responsable si vous devez faire plus.
