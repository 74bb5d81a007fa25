# The texts of the front desk’s page.

## The frame

kiosk = Breed Kiosk
skip = Skip to the content
nav = Main
nav-live = Live
nav-queue = Your call
nav-today = Today
nav-animals = Animals
nav-more = More
nav-expected = Expected
nav-status = Status
nav-export = Export and backup
nav-settings = Settings
nav-shortcuts = Keyboard shortcuts
nav-logout = Log out
language-other = Français
language-other-tag = fr
search = Search
save = Save
cancel = Cancel
saved = Saved.
paging = Pages
paging-back = Previous
paging-on = Next

## Dates, times, numbers

today = today
yesterday = yesterday
days-ago = { $days } days ago
date = { $day } { $month } { $year }
date-short = { $day } { $month }
date-weekday = { $weekday } { $date }
date-time = { $day } at { $time }
time = { $hour-of-two-digits }:{ $minute }
percent = { $number }%
at-least = { $number }+
megabytes = { $number } MB
milliseconds = { $number } ms
weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec

## Animals and breeds in a word

species-cat = Cat
species-dog = Dog
breed-other = Another breed or a mix
breed-open = Breed not decided yet
guest-open = animal not named yet
similarity-very = looks just like this one
similarity-rather = looks a lot like this one
similarity-little = looks a bit like this one
similarity-none = looks different
last-visit = last visit { $when }
no-visit-yet = no visit yet
visits-count = { $count ->
    [one] { $count } visit
   *[other] { $count } visits
 }
vaccination-overdue = Vaccination overdue since { $date }
no-photograph = No photograph stored
photograph-of = Photograph of the visit, { $when }
verdict-species = Which breed is it?
verdict-unsure = Not sure
verdict-not-ours = Not one of our breeds
mark-call = Your call
mark-confirmed = Confirmed
mark-corrected = Corrected
mark-recognised = Not confirmed

## Live

live-screen = The screen at the desk
live-keys = Buttons of the screen
live-confirm = Confirm
live-next = Next
live-new = New
live-lost = The kiosk does not answer.
live-lost-how = This page keeps trying. What you have typed stays here.
live-ended = You are logged out.
live-ended-how = Log in again
live-late = The screen has just changed.
live-late-how = Nothing was done. Look at what is there now, and press again.
live-another = Somebody new is at the desk: show them
live-empty = Nobody is at the desk
live-empty-how = Animals in front of the camera are recognised automatically. You can also send a photograph.
live-somebody = Somebody is there
live-somebody-how = The kiosk is waiting for a steady picture.
live-predicting = Looking…
live-predicting-how = This takes about a second.
live-unrecorded = This arrival could not be recorded. See the notices above.
live-thanks = Thank you!
live-answered = At the desk now
live-your-call = It is your call: choose the breed below.
live-confirmed = Checked in
live-checked-in = { $name } is checked in.
live-go-on = Done, next one
drop-title = Send a photograph
drop-hint = Drop one or more anywhere on this page, choose files, or take one with your phone.
drop-camera = Take one with this camera
drop-send = Send
drop-sending = Sending the photograph…
drop-done = The kiosk has the photograph. Its answer follows in a moment.
drop-done-all = The kiosk has the photographs, and takes them in turn.
drop-too-large = This file is too large. Send one of at most 64 MB.
drop-busy = The kiosk is busy. Try again in a moment.
drop-failed = The photograph could not be sent. Check the connection and try again.
photograph-empty = The file is empty. Copy it again, or send another one.
photograph-not-a-picture = The file is not a picture. Send a JPEG, PNG, WebP or GIF.
photograph-heic = HEIC photographs, as iPhones take them, are not read. Send a JPEG: on the iPhone, choose Settings > Camera > Formats > Most Compatible, and take the photograph again.
photograph-format = Pictures of the format { $format } are not read. Save it as a JPEG and send that.
photograph-variant = This kind of { $format } is not read. Open it in another program, save it again and send that.
photograph-pdf = PDF documents are not read. Send the photograph itself as a JPEG.
photograph-video = Videos and sound are not read. Send a photograph.
photograph-too-large = The photograph has { $width } x { $height } pixels, and at most { $most } megapixels are read. Save it smaller.
photograph-cut-short = The photograph is cut short. Copy the file from the camera again, and send it again.
photograph-damaged = The photograph is damaged. Copy the file from the camera again, or send another one.
today-title = Today’s arrivals
today-none = Nobody has come yet.
today-all = All of today

## Confirm and correct

confirm-breeds = Breed
confirm-another = Choose from all breeds…
confirm-type = Breed: type a few letters
confirm-set = Set
confirm-who = Who is it?
confirm-search = Search by name or contact
confirm-new = A new animal…
confirm-new-add = Add and check in
confirm-guest-page = About { $name }
confirm-other-guest = It is a different animal…
confirm-change = Change the breed…
duplicate-found = This animal may be in the catalogue already.
duplicate-choose = Is it one of these? Choose it:
duplicate-anyway = No, it is another animal
guests-found = { $count ->
    [0] No animal found.
    [one] { $count } animal found.
   *[other] { $count } animals found.
 }

## Your call

queue-title = Waiting for your call
queue-why = The kiosk was not sure about these visits. Your decisions also become training examples.
queue-left = { $count ->
    [one] The last one
   *[other] { $count } to decide
 }
queue-skip = Skip
queue-empty = Nothing needs your call
queue-empty-why = Arrivals that the kiosk is not sure about wait here.
queue-again = Show the skipped visits

## A day

day = Day
day-today = Today, { $date }
day-earlier = Previous day
day-later = Next day
day-show = Show
day-arrivals = Arrivals
day-none = Nobody came.
day-all = Select all on this page
day-choose = Select
day-bulk = Correct the selected visits to
day-bulk-set = Correct
day-changed = { $count ->
    [one] { $count } visit corrected.
   *[other] { $count } visits corrected.
 }
day-more = More arrivals
day-unconfirmed = { $count } not confirmed by anybody
day-visit-changed = The visit of { $time } has changed in the meantime. Nothing was corrected: look at it and try again.
wrong-nobody = Select at least one visit first.

## A visit

visit-recognised = What was recognised
visit-confirm = Confirm or correct
visit-confirmed = Decided
visit-model = Recognised by the network of { $model }.
source-camera = Seen by the camera.
source-page = Sent as a photograph.
visit-changed = This visit has changed in the meantime, and nothing was done. The page shows what is recorded now: look at it and decide again.
visit-undo = Undo the last decision
visit-undone = The last decision has been undone.
visit-nothing-to-undo = There is no decision that can be undone.
visit-guest-remove = It is not { $name }
visit-guest-off = The animal has been taken off this visit.
visit-no-guest = This visit has no animal.
visit-deleted = The visit has been deleted.
deletion-title = Delete this visit
deletion-no-animal = There is no animal…
deletion-mistake = It was recorded by mistake…
deletion-what = The visit, its answer, its decision and its photograph are deleted for good. The history keeps who deleted it.
deletion-keep = Keep the photograph for training, as a picture without an animal. It is deleted when its time is up, as all photographs are.
deletion-sure = Yes, delete this visit
deletion-do = Delete
history = History
history-none = Nothing has changed yet.
history-nothing = nothing
history-undone = undone
field-said = Breed
field-said-name = Breed in words
field-animal = Guest
field-name = Name
field-species = Species
field-breed = Breed
field-breed-name = Breed in words
field-notes = Notes
field-contact = Contact
field-warnings = Warnings
field-vaccinated-until = Vaccination valid until
field-tag = Tag
field-created = Added
field-undone = Last decision
field-merged = Merged with
role-owner = Owner
role-staff = Staff
role-token = Token { $name }

## Animals

animals-search = Search the catalogue
animals-search-hint = By name, contact, telephone number, breed, tag, warnings or notes; the beginning of a word is enough.
animals-found = Animals found
animals-count = { $count ->
    [0] No animal found
    [one] { $count } animal
   *[other] { $count } animals
 }
animals-many = Page { $page }
animal-new = New animal
animal-edit = Edit
changed-meanwhile = Somebody else has changed this in the meantime, and nothing of yours is saved yet. Below is what is recorded now, where it differs from what you typed. Saving again replaces it.
animal-gone = The animal has been forgotten for good.
animal-forgotten = a forgotten animal
animal-facts = Details
animal-name = Name
animal-species = Species
animal-breed = Breed
animal-breed-hint = Type a few letters and choose, or type any other breed. A breed from the list decides the species.
animal-warnings = Warnings
animal-warnings-hint = Shown prominently at every arrival: allergies, medication, bites…
animal-contact = Contact details of the household
animal-vaccinated = Vaccination valid until
animal-tag = Collar tag or microchip
animal-tag-hint = Letters A to Z, digits and hyphens. A scanner at the desk then identifies the animal at once.
animal-notes = Notes
animal-last-visit = Last visit
animal-since = In the catalogue since
animal-none-given = not given
animal-visits = Visits
animal-no-visits = No visit yet
animal-all-visits = All visits
animal-forget = Forget this animal
animal-forget-how = If its household asks for it…
animal-forget-what = Its details, its history and its photographs are deleted for good. Its visits remain, without a name or a photograph.
animal-forget-sure = Yes, delete everything about { $name }
animal-forget-do = Forget for good
merge-title = The same animal twice?
merge-choose = Merge with another animal
merge-part = { $name } is part of this animal
merge-with = Merge another animal into { $name }
merge-stays = This animal stays
merge-goes = This one becomes part of it
merge-lost = These details of it are not taken over:
merge-what = Visits, expected days, tags and history of both are together from now on. The details of the animal that stays remain; empty ones are filled. You can split the two again on the animal’s page.
merge-sure = Yes, they are the same animal
merge-do = Merge
merge-other-way = The other way round
merge-itself = An animal cannot be merged with itself. Choose another one.
merge-gone = That animal is not in the catalogue any more. Nothing was changed.
merge-done = The two animals are one now.
split-do = Split off
split-what = An animal that is split off comes back with its details, its tag, its history and its own visits.
split-done = This animal is back.
split-not-merged = That animal is not part of this one any more. Nothing was changed.
split-tag = Another animal has its tag by now. Take the tag from that animal first. Nothing was changed.
wrong-name = A name has 1 to 100 characters.
wrong-breed = Choose a breed from the list, or type any other one in at most 100 characters.
wrong-date = This is not a date between 2000 and 2100.
wrong-tag = A tag has at most 32 letters A to Z, digits and hyphens, and belongs to only one animal.
wrong-long = A text has at most 4000 characters.
wrong-days = Photographs can be stored for 1 to 3650 days.
wrong-quota = The limit for photographs is between 10 and 1,000,000 MB.
wrong-night = Give both times of the night, or neither.

## Expected

expected-title = Expected
expected-count = { $count ->
    [one] { $count } animal
   *[other] { $count } animals
 }
expected-none = Nobody is expected.
expected-none-how = Search for an animal to add it.
expected-here = Arrived
expected-not-yet = Not yet
expected-plan = Plan this day
expected-add = Expect on this day
expected-add-title = Expect an animal
expected-added = The animal is expected.
expected-remove = Remove

## Settings

settings-kiosk = Kiosk
settings-name = Name of the daycare
settings-language = Language
settings-language-what = Of the screen, and of pages on which nobody has chosen another.
settings-photographs = Photographs
settings-photographs-what = Photographs of a household’s animal are personal data. They stay on this kiosk, and are deleted after the time that you choose.
settings-keep = Store photographs of visits
settings-days = For how many days
settings-quota = Limit, in MB
settings-night = Night
settings-night-what = The screen is dark during the night. Leave both empty to keep it on.
settings-night-from = From
settings-night-to = To
password-of-owner = Owner’s password
password-of-staff = Staff’s password
password-what-owner = For everything, including settings, export, restoring and deleting.
password-what-staff = For the front desk: checking in, correcting, and editing the animals.
password-is-set = A password is set. A new one ends all sessions of the old one.
password-is-not-set = None is set yet.
password-new = New password
password-again = Repeat the new password
password-hint = At least 10 characters: a few words that do not belong together are best.
password-set = Set the password
password-wrong-length = A password has 10 to 200 characters.
password-wrong-taken = The other role already has this password. Choose another.
password-wrong-again = The two passwords differ. Type both again.

## Programs

backups-title = Backups
backups-title-what = Backups can be encrypted, so that whoever finds the stick cannot read them.
backups-open = Passphrase of the backups
backups-passphrase = Passphrase of the backups
backups-encrypted = New backups are encrypted with a passphrase.
backups-plain = Backups are not encrypted: whoever has one can read it.
backups-what = With a passphrase, automatic backups and those that you download are encrypted. Earlier backups stay as they are. The kiosk keeps the passphrase, and puts it in no backup.
backups-lost = Whoever loses the passphrase loses the backups: without it, nobody can open them. Write it down, and keep it apart from the kiosk and from the stick.
backups-new = New passphrase
backups-hint = At least 12 characters: five words that do not belong together are best. Use it for nothing else.
backups-again = Repeat the new passphrase
backups-set = Set the passphrase
backups-wrong-length = A passphrase has 12 to 200 characters. Type both again.
backups-wrong-again = The two passphrases differ. Type both again.
backups-remove = No encryption
backups-remove-what = Without a passphrase, new backups are not encrypted. Earlier ones still need theirs.
backups-remove-do = Remove the passphrase

programs-title = Programs
programs-what = Programs of yours can read what the kiosk knows, and hear of arrivals.
programs-open = Tokens and webhook
programs-file-unreadable = The file { $file } cannot be read ({ $reason }). Check who may read it.
programs-file-damaged = The file { $file } is damaged ({ $reason }). Remove it, and set up again what it held.
tokens = Tokens
tokens-what = A program sends its token with every request. No token can change settings or passwords, export or restore.
token = Token
token-made = The token of { $name }
token-made-what = Copy it now: it is not shown again.
token-name = Name of the program
token-name-what = The history names it for what it changes.
token-scope = What it may do
token-scope-read = Read lists and figures.
token-scope-staff = What staff may do.
token-scope-camera = Fetch the camera’s picture, and nothing else.
token-used = Last used on { $day }.
token-never-used = Not used yet.
token-make = Make a token
token-revoke = Revoke
token-wrong-name = A name has 1 to 60 characters, on one line.
token-wrong-taken = Another token has this name. Choose another name, or revoke that token.
token-wrong-many = There are too many tokens. Revoke one that is not used.
webhook = Webhook
webhook-what = The kiosk sends arrivals and decisions to this address, as they happen: numbers, breed, kind of answer and time, as signed JSON. Leave the address empty to send nothing.
webhook-address = Address
webhook-secret = Secret for the signature
webhook-secret-what = 16 to 200 characters without spaces. The receiver needs the same secret.
webhook-secret-stays = Leave it empty to keep the present one.
webhook-names = Also send the names of animals, and who decided
webhook-wrong-address = This is not a full address such as https://example.org/kiosk.
webhook-wrong-open = An address on the internet has to begin with https. Without it, everybody on the way could read what is sent.
webhook-wrong-secret = The secret has 16 to 200 characters: letters, digits and signs without spaces.
webhook-refused = The receiver answered { $status }. The kiosk tries again.
webhook-unreachable = The receiver cannot be reached ({ $reason }). The kiosk tries again.
webhook-defect = A defect of the kiosk has interrupted the sending, which is tried again. Please report it.
webhook-unknown = The kiosk cannot tell where to send events: { $reason }

## Export

export-tables = Tables
export-tables-what = For a spreadsheet or another program.
export-animals = Animals (CSV)
export-visits = Visits (CSV)
export-json = Everything (JSON)
export-backup = Backup
export-backup-what = One file with the whole catalogue and its photographs. The kiosk keeps running meanwhile. Keep the file where only you can read it.
export-backup-do = Download a backup
export-backup-lacks = { $count ->
    [one] The last backup that was downloaded lacks { $count } photograph, which is missing or cannot be read: { $names }. Everything else is in it. Keep earlier backups.
   *[other] The last backup that was downloaded lacks { $count } photographs, which are missing or cannot be read: { $names }. Everything else is in it. Keep earlier backups.
 }
export-restore = Restore a backup
export-restore-what = The backup replaces everything in the catalogue: animals, visits, photographs and settings. The file is checked first; if it is incomplete, nothing changes.
export-restore-passphrase = Passphrase, if the backup is encrypted
export-restore-file = Backup file
export-restore-sure = Yes, replace everything there is now
export-restore-do = Restore
export-restored = The backup has been restored.
export-restored-restarts = The backup has been restored. The kiosk restarts with it; open this page again in a minute.
export-restored-elsewhere = The backup has been restored. The kiosk restarts with it, and adds what was recorded meanwhile; open this page again in a minute.
restore-no-backup = This file is not a whole backup of a catalogue. Nothing has changed; choose another file.
restore-passphrase-needed = This backup is encrypted. Nothing has changed; type its passphrase, and choose the file again.
restore-passphrase-wrong = This backup is encrypted with another passphrase. Nothing has changed; type it again, and choose the file again.
restore-not-encrypted = This file is not encrypted with a passphrase. Nothing has changed; leave the passphrase empty, or choose another file.
restore-to-key = This file is encrypted to a key instead of a passphrase. Nothing has changed; decrypt it on another machine first.
restore-too-much-work = Opening this file takes more time and memory than a kiosk has. Nothing has changed; decrypt it on another machine first.
restore-damaged = This backup is encrypted, and was cut short or changed afterwards. Nothing has changed; choose another file.
restore-newer = This backup, or the catalogue that it would replace, is of a newer kiosk. Nothing has changed; update this kiosk first.
restore-full = The disk is full. Nothing has changed; make room on it and try again.
restore-too-large = This file is too large. Nothing has changed; a backup has at most 2 GB.
restore-interrupted = The upload broke off. Nothing has changed; try again.
restore-unwritable = The kiosk cannot write to its data folder, so nothing was restored. Let its user write there, or replace a card or disk that can only be read; then restore the backup.
restore-busy = The kiosk is busy. Nothing has changed; try again in a moment.
restore-failed = The backup could not be restored. Nothing has changed; the kiosk’s log says why.
export-now-animals = Animals now: { $count }.
export-now-visits = Visits now: { $count }.
export-now-damaged = The catalogue is damaged. A backup that you restore here replaces it; what is left of it is kept.
export-now-elsewhere = The backup replaces the catalogue that cannot be used at present. If that one is damaged or missing, what is left of it is kept; if it can be used again by then, everything in it is replaced. Then the kiosk restarts, and adds what was recorded meanwhile.
former-title = The catalogue on the read-only disk
former-what = Visits go elsewhere now, because the disk of the catalogue cannot be written. This is the catalogue as it was when the kiosk started. Nothing of it can be changed here.

## Status

status-well = All is well.
status-clock = Clock
status-clock-jumped = The clock went from { $from } to { $now } at once: it was set, or the kiosk was off in between. Until somebody confirms that it is right, no photograph is deleted for its age.
status-clock-right = This date is right
status-clock-wrong = If it is wrong, set the clock first.
status-clock-other = The clock has gone on since you looked at it. Look at it again.
status-clock-owner = The owner can confirm it here.
status-work = At work
status-uptime = Running for (h:min)
status-frames = Camera frames
status-predictions = Predictions
status-answers = Answers
status-prediction-ms = Mean time of a prediction
status-stored = Stored
status-animals = Animals
status-visits = Visits
status-unconfirmed = Visits not confirmed
unconfirmed-count = { $count ->
    [0] Every arrival is confirmed
    [one] { $count } arrival
   *[other] { $count } arrivals
 }
status-photographs = Photographs
status-quota = Limit for photographs
status-keep = { $days ->
    [one] Photographs are stored for { $days } day; the oldest go first if space runs out.
   *[other] Photographs are stored for { $days } days; the oldest go first if space runs out.
 }
status-keep-none = Photographs are not stored.
status-network = Recognition
status-breeds = Breeds
status-trained = Trained on
status-images = Training photographs
status-model = Model bundle
model-built-in = built in
model-installed = installed
model-file = { $file }
status-top1 = First answer right
status-top3 = Right answer among the first three
status-threshold = It names a breed if it is at least { $percent } sure. Otherwise it is your call.
status-webhook = Webhook
status-webhook-host = Receiver
status-webhook-delivered = Events delivered
status-webhook-waiting = Events waiting
status-webhook-given-up = Events given up
status-api = API description
status-metrics = Metrics
part-camera = Camera:
part-catalogue = Catalogue:
part-display = Screen:
part-buttons = Buttons:
part-model = Network:
part-tag = Tag:
part-backup = Backup:
part-page = Page:
part-https = HTTPS:
part-access = Logging in:
part-hub = Hub of the chain:
part-mqtt = MQTT:
part-update = Update:
part-settings = Settings:

## Login

login-title = Log in
login-password = Password
login-enter = Log in
login-link-too = Forgotten? The owner can set a new one on the kiosk itself, with the command “kiosk password owner”.
login-link-only-how = No password is set yet. Open the link that the kiosk printed in its terminal: it logs you in once.
login-wrong-password = The name or the password is wrong.
login-throttled = Too many attempts. Wait a moment and try again.
login-link-used = This link does not work any more. The kiosk’s terminal shows a fresh one.

## Problems

problem-back = To the live page
problem-login-needed = Log in first
problem-login-needed-how = Your session has ended, or you have not logged in yet.
problem-owner-only = Only the owner may do this
problem-owner-only-how = Log out and in again with the owner’s password, or ask the owner.
problem-other-site = This request came from another site
problem-other-site-how = Nothing was changed. Open the kiosk’s own page and try again there.
problem-throttled = One moment
problem-throttled-how = Too much at once. Wait a moment and try again.
problem-missing = There is no such page
problem-missing-how = The address is mistyped, or what was here has been deleted.
problem-superseded = This has changed in the meantime
problem-superseded-how = Nothing was done. Go back, look at what is there now, and decide again.
problem-busy = The kiosk is busy
problem-busy-how = Nothing was changed. Try again in a moment.
problem-invalid = This could not be accepted
problem-invalid-how = Nothing was changed. Go back, correct it, and try again.
problem-damaged = The catalogue is damaged
problem-damaged-how = Part of it cannot be read. The kiosk goes on recognising. The owner restores a backup under “Export and backup”; what is left of the damaged catalogue is kept.
problem-failed = Something went wrong
problem-failed-how = The kiosk keeps running. Tell whoever looks after it:

## Automatic backups

status-backup = Automatic backups
status-backup-newest = Newest
status-backup-none = None yet
status-backup-count = Kept
status-backup-encryption = Encryption
status-backup-encrypted = With a passphrase
status-backup-plain = None
status-backup-off = There are none. To have one a day, name a folder or a USB stick under [backup] in kiosk.toml.
