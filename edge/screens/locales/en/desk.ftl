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
mark-recognised = Recognised

## Live

live-screen = The screen at the desk
live-keys = Buttons of the screen
live-confirm = Confirm
live-next = Next
live-new = New
live-lost = The kiosk does not answer.
live-lost-how = This page reconnects as soon as it can.
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
drop-hint = Drop it anywhere on this page, choose a file, or take one with your phone.
drop-camera = Take one with this camera
drop-send = Send
drop-sending = Sending the photograph…
drop-done = The kiosk has the photograph. Its answer follows in a moment.
drop-too-large = This file is too large. Send one of at most 20 MB.
drop-no-photograph = This file is not a readable photograph. Send a JPEG or PNG.
drop-busy = The kiosk is busy. Try again in a moment.
drop-failed = The photograph could not be sent. Check the connection and try again.
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
wrong-nobody = Select at least one visit first.

## A visit

visit-recognised = What was recognised
visit-confirm = Confirm or correct
visit-confirmed = Decided
visit-model = Recognised by the network of { $model }.
source-camera = Seen by the camera.
source-page = Sent as a photograph.
history = History
history-none = Nothing has changed yet.
history-nothing = nothing
field-said = Breed
field-animal = Guest
field-name = Name
field-species = Species
field-breed = Breed
field-notes = Notes
field-contact = Contact
field-warnings = Warnings
field-vaccinated-until = Vaccination valid until
field-tag = Tag
field-created = Added
role-owner = Owner
role-staff = Staff

## Animals

animals-search = Search the catalogue
animals-search-hint = By name, contact, breed, notes or tag; the beginning of a word is enough.
animals-found = Animals found
animals-count = { $count ->
    [0] No animal found
    [one] { $count } animal
   *[other] { $count } animals
 }
animals-many = Page { $page }
animal-new = New animal
animal-edit = Edit
animal-gone = The animal has been forgotten for good.
animal-forgotten = a forgotten animal
animal-facts = Details
animal-name = Name
animal-species = Species
animal-breed = Breed
animal-breed-hint = Type a few letters and choose. A breed from the list decides the species.
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
wrong-name = A name has 1 to 100 characters.
wrong-breed = The kiosk does not know this breed. Choose one from the list, or “Another breed or a mix”.
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
settings-language = Language of the screen
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
password-hint = At least 8 characters.
password-set = Set the password
password-wrong-length = A password has 8 to 200 characters.
password-wrong-taken = The other role already has this password. Choose another.
password-wrong-again = The two passwords differ. Type both again.

## Export

export-tables = Tables
export-tables-what = For a spreadsheet or another program.
export-animals = Animals (CSV)
export-visits = Visits (CSV)
export-json = Everything (JSON)
export-backup = Backup
export-backup-what = One file with the whole catalogue and its photographs. The kiosk keeps running meanwhile. Keep the file where only you can read it.
export-backup-do = Download a backup
export-restore = Restore a backup
export-restore-what = The backup replaces everything in the catalogue: animals, visits, photographs and settings. The file is checked first; if it is incomplete, nothing changes.
export-restore-file = Backup file
export-restore-sure = Yes, replace everything there is now
export-restore-do = Restore
export-restored = The backup has been restored.
export-now-animals = Animals now: { $count }.
export-now-visits = Visits now: { $count }.

## Status

status-well = All is well.
status-work = At work
status-uptime = Running for (h:min)
status-frames = Camera frames
status-predictions = Predictions
status-answers = Answers
status-prediction-ms = Mean time of a prediction
status-stored = Stored
status-animals = Animals
status-visits = Visits
status-photographs = Photographs
status-quota = Limit for photographs
status-keep = { $days ->
    [one] Photographs are stored for { $days } day; the oldest go first if space runs out.
   *[other] Photographs are stored for { $days } days; the oldest go first if space runs out.
 }
status-keep-none = Photographs are not stored.
status-network = Network
status-breeds = Breeds
status-trained = Trained on
status-images = Training photographs
status-top1 = First answer right
status-top3 = Right answer among the first three
status-threshold = It names a breed if it is at least { $percent } sure. Otherwise it is your call.
status-api = API description
status-metrics = Metrics
part-camera = Camera:
part-catalogue = Catalogue:
part-display = Screen:
part-buttons = Buttons:
part-model = Network:
part-tag = Tag:

## Login

login-title = Log in
login-password = Password
login-enter = Log in
login-link-too = Forgotten? The owner can set a new one on the kiosk itself, with the command “kiosk password owner”.
login-link-only-how = No password is set yet. Open the link that the kiosk printed in its terminal: it logs you in once.
login-wrong-password = The password is wrong.
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
problem-busy = The kiosk is busy
problem-busy-how = Nothing was changed. Try again in a moment.
problem-invalid = This could not be accepted
problem-invalid-how = Nothing was changed. Go back, correct it, and try again.
problem-failed = Something went wrong
problem-failed-how = The kiosk keeps running, and what it has stored is safe. Tell whoever looks after the kiosk:
