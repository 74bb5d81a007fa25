# What the front desk's page says.

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
breed-open = Breed still open
guest-open = no guest named yet
sure-certain = almost certain
sure-very-likely = very likely
sure-likely = likely
sure-possible = possible
sure-unlikely = unlikely
alike-very = looks just like this one
alike-rather = looks much like this one
alike-little = looks somewhat like this one
alike-not = looks different
last-visit = last visit { $when }
no-visit-yet = no visit yet
visits-count = { $count ->
    [one] { $count } visit
   *[other] { $count } visits
 }
vaccination-overdue = Vaccination overdue since { $date }
no-photograph = No photograph is kept
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
live-lost-how = This page connects again by itself as soon as it does.
live-another = Somebody new is at the desk: show them
live-empty = Nobody is at the desk
live-empty-how = Whoever comes before the camera is recognised by itself. You can also send a photograph.
live-somebody = Somebody is there
live-somebody-how = The camera waits until the picture is still enough.
live-looking = Looking…
live-looking-how = This takes about a second.
live-unrecorded = This arrival could not be recorded: see the notices above.
live-thanks = Thank you!
live-answered = At the desk now
live-your-call = It is your call: choose the breed below.
live-settled = Checked in
live-checked-in = { $name } is checked in.
live-go-on = Done, on to the next one
drop-title = Send a photograph
drop-hint = Drop it anywhere on this page, choose a file, or take one with your phone.
drop-camera = Take one with this camera
drop-send = Send
drop-sending = Sending the photograph…
drop-done = The kiosk has the photograph; its answer comes in a moment.
drop-too-large = This file is too large: send one of at most 20 MB.
drop-no-photograph = This is no photograph that can be read. Send a JPEG or PNG.
drop-busy = The kiosk is busy. Try again in a moment.
drop-failed = The photograph could not be sent. Check the connection and try again.
today-title = Today’s arrivals
today-none = Nobody has come yet.
today-all = All of today

## Confirm and correct

settle-breeds = Breed
settle-another = Choose from all breeds…
settle-type = Breed: type a few letters
settle-set = Set
settle-who = Who is it?
settle-search = Search by name or contact
settle-new = A new animal…
settle-new-add = Add and check in
settle-guest-page = About { $name }
settle-other-guest = It is another animal…
settle-change = Change the breed…
guests-found = { $count ->
    [0] No animal found.
    [one] { $count } animal found.
   *[other] { $count } animals found.
 }

## Your call

queue-title = Needs your call
queue-why = The kiosk was not sure of these. What you say also teaches it.
queue-left = { $count ->
    [one] The last one
   *[other] { $count } to decide
 }
queue-skip = Skip
queue-empty = Nothing needs your call
queue-empty-why = Arrivals that the kiosk is not sure of wait here.
queue-again = Show the skipped ones

## A day

day = Day
day-today = Today, { $date }
day-earlier = Day before
day-later = Day after
day-show = Show
day-arrivals = Arrivals
day-none = Nobody came.
day-all = Choose all of this page
day-choose = Choose
day-bulk = Correct the chosen ones to
day-bulk-set = Correct
day-changed = { $count ->
    [one] { $count } visit is corrected.
   *[other] { $count } visits are corrected.
 }
day-more = More arrivals
wrong-nobody = Choose at least one visit first.

## A visit

visit-recognised = What was recognised
visit-settle = Confirm or correct
visit-settled = Settled
visit-model = Network of { $model }.
source-camera = Seen by the camera.
source-page = Sent as a photograph.
history = History
history-none = Nothing has been changed.
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
animal-gone = The animal is forgotten for good.
animal-forgotten = a forgotten animal
animal-facts = To know
animal-name = Name
animal-species = Species
animal-breed = Breed
animal-breed-hint = Type a few letters and choose. A breed of the list decides the species.
animal-warnings = Warnings
animal-warnings-hint = Shown loudly at every arrival: allergies, medicine, bites…
animal-contact = Contact of the household
animal-vaccinated = Vaccination valid until
animal-tag = Collar tag or microchip
animal-tag-hint = Letters A to Z, digits and hyphens. A scanner at the desk then knows the animal at once.
animal-notes = Notes
animal-last-visit = Last visit
animal-since = In the catalogue since
animal-none-given = not known
animal-visits = Visits
animal-no-visits = No visit yet
animal-all-visits = All visits
animal-forget = Forget this animal
animal-forget-how = When its household asks for it…
animal-forget-what = What is kept about it, its history and its photographs are deleted for good. Its visits stay, without name and photograph.
animal-forget-sure = Yes, delete all about { $name }
animal-forget-do = Forget for good
wrong-name = A name has 1 to 100 characters.
wrong-breed = The kiosk does not know this breed. Choose one from the list, or “Another breed or a mix”.
wrong-date = This is no date between 2000 and 2100.
wrong-tag = A tag has at most 32 letters A to Z, digits and hyphens, and belongs to one animal alone.
wrong-long = A text has at most 4000 characters.
wrong-days = Photographs are kept for 1 to 3650 days.
wrong-quota = Photographs take 10 to 1000000 MB.
wrong-night = Give both times of the night, or neither.

## Expected

expected-title = Expected
expected-count = { $count ->
    [one] { $count } animal
   *[other] { $count } animals
 }
expected-none = Nobody is expected.
expected-none-how = Search for an animal to expect it.
expected-here = Arrived
expected-not-yet = Not yet
expected-plan = Plan this day
expected-add = Expect on this day
expected-add-title = Expect somebody
expected-added = Expected.
expected-remove = Remove

## Settings

settings-kiosk = Kiosk
settings-name = Name of the daycare
settings-language = Language of the screen
settings-photographs = Photographs
settings-photographs-what = Photographs of a household’s animal are personal data: they stay on this kiosk, and are deleted after the time you choose.
settings-keep = Keep photographs of visits
settings-days = For how many days
settings-quota = At most, in MB
settings-night = Night
settings-night-what = When the screen goes dark. Leave both empty for never.
settings-night-from = From
settings-night-to = To
password-of-owner = Password of the owner
password-of-staff = Password of the staff
password-what-owner = For everything: settings, export, restore and deleting.
password-what-staff = For the front desk: check in, correct, and keep the catalogue.
password-is-set = A password is set; a new one ends all sessions of the former.
password-is-not-set = There is none yet.
password-new = New password
password-again = Once more
password-hint = At least 8 characters.
password-set = Set the password
password-wrong-length = A password has 8 to 200 characters.
password-wrong-taken = The other role has this password already. Choose another.
password-wrong-again = The two are not the same. Type both once more.

## Export

export-tables = Tables
export-tables-what = For a spreadsheet, or another program.
export-animals = Animals (CSV)
export-visits = Visits (CSV)
export-json = All (JSON)
export-backup = Backup
export-backup-what = One file with the whole catalogue and its photographs, made while the kiosk goes on. Keep it where only you can read it.
export-backup-do = Download a backup
export-restore = Restore a backup
export-restore-what = Everything in the catalogue now is replaced by what the backup holds: animals, visits, photographs and settings. The file is checked first; if it is not whole, nothing changes.
export-restore-file = Backup file
export-restore-sure = Yes, replace what is there now
export-restore-do = Restore
export-restored = The backup is restored.
export-now-animals = Animals now: { $count }.
export-now-visits = Visits now: { $count }.

## Status

status-well = All is well.
status-work = At work
status-uptime = Running for (h:min)
status-frames = Pictures from the camera
status-looks = Looks
status-answers = Answers
status-look-ms = Mean time of a look
status-kept = Kept
status-animals = Animals
status-visits = Visits
status-photographs = Photographs
status-quota = At most
status-keep = Photographs are kept for { $days } days, the oldest go first when there is no room.
status-keep-none = Photographs are not kept.
status-network = The network
status-breeds = Breeds it knows
status-trained = Trained
status-images = Photographs learnt from
status-top1 = First answer right
status-top3 = Among the first three
status-threshold = It names a breed when it is sure to { $percent } at least; else it is your call.
status-api = API description
status-metrics = Metrics
part-camera = Camera:
part-catalogue = Catalogue:
part-photographs = Photographs:
part-display = Screen:
part-model = Network:
part-tag = Tag:

## Login

login-title = Log in
login-password = Password
login-enter = Log in
login-link-too = Forgotten? The owner sets a new one on the kiosk itself, with the command “kiosk password owner”.
login-link-only-how = No password is set yet. Open the link that the kiosk has printed in its terminal: it logs you in once.
login-wrong-password = This password is wrong.
login-throttled = Too many attempts. Wait a little and try again.
login-link-used = This link has been used already. A fresh one stands in the kiosk’s terminal.

## Problems

problem-back = To the live page
problem-login-needed = Log in first
problem-login-needed-how = Your session has ended, or you have none yet.
problem-owner-only = This is for the owner
problem-owner-only-how = Log out and in again with the owner’s password, or ask the owner.
problem-forged = This page was out of date
problem-forged-how = Nothing was changed. Go back, load the page again, and repeat what you did.
problem-throttled = One moment
problem-throttled-how = That was too much at once. Wait a little and try again.
problem-missing = There is no such page
problem-missing-how = The address is mistyped, or what was here has been deleted.
problem-busy = The kiosk is busy
problem-busy-how = Nothing was changed. Try again in a moment.
problem-invalid = This could not be taken
problem-invalid-how = Nothing was changed. Go back, correct it, and try again.
problem-failed = Something went wrong
problem-failed-how = The kiosk goes on, and what was kept is as it was. Tell whoever looks after the kiosk:
