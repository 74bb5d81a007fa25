# People who log in: accounts, invitations, sessions, and the record of what they did.

nav-account = My account
login-name = Name
login-name-hint = Leave it empty to log in with the password of the owner or the staff.

people-title = People and sessions
people-what = Give everybody an account of their own: the history then says who changed what. You invite, they choose name and password.
people-open = Accounts and sessions

accounts = Accounts
accounts-none = Nobody has an account yet. The passwords of owner and staff are on the page Settings.
account-shared = Shared: whoever has the password logs in without a name. The password is set under Settings.
account-made = Made { $moment }.
account-role = What the account may do
account-role-set = Change
account-remove = Remove
account-role-viewer = Viewer: read only
account-role-staff = Staff: front desk
account-role-owner = Owner: everything
account-may-viewer = This account sees what staff see, and changes and exports nothing.
account-may-staff = This account checks in and corrects, and edits animals and their owners.
account-may-owner = This account may do everything, settings, exports and deleting included.
account-password = Password
account-password-what = A new password ends all other sessions of this account.
account-wrong-name = A name has 1 to 40 characters and begins with a letter or a digit.
account-wrong-taken = This name is taken. Choose another.
account-wrong-many = There are too many accounts. Remove one that is not used.
account-wrong-gone = There is no account of that name any more.
account-wrong-shared = The accounts of the owner and the staff stay as they are.

password-former = Your present password
password-wrong-former = Your present password is wrong.
password-wrong-common = This password is easy to guess. Choose a few words that do not belong together.

invitations = Invitations
invitations-what = An invitation works once, for a day. Whoever opens its address chooses a name and a password.
invitation-make = Invite somebody
invitation-until = Until { $moment }.
invitation-withdraw = Withdraw
invitation-made = Pass this address on
invitation-made-what = It is shown this once. Whoever opens it first makes the account: send it to nobody else.
invitation-address = Address of the invitation
invitation-title = Make your account
invitation-name-hint = The history of changes shows this name.
invitation-accept = Make the account
invitation-wrong-gone = This invitation was used or has expired. Ask the owner for another.
invitation-wrong-many = Too many invitations are open. Withdraw one of them.

sessions-own = Where you are logged in
sessions-all = Who is logged in
sessions-what = A session ends after 12 hours without use, and after 30 days in any case.
session-this = This device
session-unknown = Unknown device
session-used = Last used { $moment }
session-began = Logged in { $moment }
session-revoke = End

audit-title = What people did
audit-what = Logins, contacts that were read, exports, backups, settings, accounts and tokens, the latest first. Entries are kept for about a year, or for less if there are very many of them, and restoring a backup does not change them.
audit-export = As a table (CSV)
audit-empty = Nothing yet.
audit-nobody = Not logged in
audit-at-kiosk = At the kiosk
audit-by-link = with the login link
audit-animals = animals { $numbers }
audit-owners = owners { $numbers }
audit-more = { $numbers } and { $count } more
audit-former = { $numbers } (of the catalogue on the read-only disk)
audit-event-login = Logged in
audit-event-login-failed = Wrong password
audit-event-logout = Logged out
audit-event-password = Set a password
audit-event-invitation = Invited somebody
audit-event-invitation-withdrawn = Withdrew an invitation
audit-event-account = Made an account
audit-event-role = Changed a role
audit-event-account-removed = Removed an account
audit-event-session-revoked = Ended a session
audit-event-export = Exported
audit-event-contacts = Read contacts
audit-event-backup = Made a backup
audit-event-backup-passphrase = Set the passphrase of the backups
audit-event-backup-passphrase-removed = Removed the passphrase of the backups
audit-event-restore = Restored a backup
audit-event-settings = Changed the settings
audit-event-clock = Confirmed the clock
audit-event-token = Made a token
audit-event-token-revoked = Revoked a token
audit-event-webhook = Changed the webhook
audit-event-breed-forgotten = Had a breed forgotten
audit-event-breed-allowed = Had a breed learnt again

problem-viewer-only = Your account may only look
problem-viewer-only-how = It changes nothing. Ask the owner if you need to do more.
