# The texts about the stay of a guest: the house, owners, bookings, vaccinations, reports and cards.

## The frame

nav-in-house = In the house
nav-owners = Owners
nav-report = Report
export-owners = Owners (CSV)
settings-vaccination-days = Days of warning before a vaccination ends

## Fields in the history and on forms

field-owner = Owner
field-booking = Booking
field-checked-out = Left
field-feeding = Feeding
field-medication = Medication
field-vaccinations = Vaccinations
field-belongings = Belongings
field-run = Run or kennel
field-phones = Telephone
field-email = E-mail
field-address = Address

## The house

stay-title = This stay
stay-since = Since { $when }
stay-left = Left { $when }
stay-left-unknown = Left, nobody knows when
stay-present = Here now
stay-nobody = Nobody is in the house.
stay-nobody-how = An animal is in the house once staff have confirmed which animal came.
stay-check-out = Check out
stay-has-left = It has left
stay-gone = { $name } is checked out.
stay-undo = Undo
stay-overdue = Check-out forgotten
stay-overdue-none = No check-out was forgotten.
stay-overdue-what = These animals came on an earlier day, and nobody has checked them out. When they left is not known.
stay-all-left = They have all left…
stay-all-left-what = All animals from earlier days are checked out, without a time. Each check-out can be undone on the page of its animal.
stay-all-left-do = Check them all out
stay-not-in-house = This animal is not in the house, or another stay of it has begun since. Nothing was done.
stay-not-checked-out = This check-out cannot be undone any more: it is undone already, or another stay of the animal has begun since. Nothing was done.
stay-wrong-run = A run or kennel is one line of at most 100 characters.

## Vaccinations

vaccination-named = { $name }: { $until }
vaccination-until = valid until { $date }
vaccination-given = given on { $date }
vaccination-overdue-named = { $name }: overdue since { $date }
vaccination-ends = Vaccination ends on { $date }
vaccination-ends-named = { $name }: ends on { $date }
vaccination-name = Against
vaccination-given-on = Given on
vaccination-hint = Leave a row empty to remove it. More rows appear once these are saved.
vaccination-wrong = The last day of a vaccination is in the years 2000 to 2100, and not before the day on which it was given. Its name has at most 100 characters.
vaccination-wrong-days = Choose 0 to 365 days.

## Owners

owners-search = Search by name, telephone number, e-mail or address
owners-count = { $count ->
    [0] No owner found
    [one] { $count } owner
   *[other] { $count } owners
 }
owners-legend = Owners
owner-new = New owner
owner-edit = Edit
owner-add = Add an owner
owner-add-hint = Type a few letters and choose, or type the name of a new owner.
owner-new-phone = Telephone of a new owner
owner-phones = Telephone
owner-phones-hint = One number per line; the one to try first at the top.
owner-email = E-mail
owner-address = Address
owner-no-animals = No animal belongs to this owner.
owner-erase = Erase this owner
owner-erase-how = If he or she asks for it…
owner-erase-what = Name, telephone numbers, addresses, notes and history are deleted for good. The animals remain, with what is written down about them.
owner-erase-do = Erase for good
owner-erased = an erased owner
owner-gone = The owner has been erased for good.
owner-wrong-name = A name has 1 to 200 characters.
owner-wrong-phones = At most 10 telephone numbers of at most 100 characters, one per line.
owner-wrong-line = This is one line of at most 200 characters.
owner-wrong-choice = It is not clear who the owner is. Choose from the list, or first add another owner of the same name under Owners. A telephone number needs a name.
owner-wrong-gone = An owner who was ticked has been erased in the meantime. Save the animal without, or add another owner.
animal-forget-owner = Also erase { $name }, who has no other animal here
animal-new-named = New animal “{ $name }”
owner-new-named = New owner “{ $name }”

## Bookings

every-day = every day
every-days = every { $count } days
every-weeks = every { $count } weeks
from-day = from { $date }
until-day = until { $date }
expected-recurring = Booked
expected-today = Expected today
bookings-title = Bookings
booking-new = Book days of the week…
booking-weekdays = Days of the week
booking-from = From
booking-until = Until, if it ends
booking-every = Every how many weeks
booking-add = Book
booking-added = The days are booked.
booking-cancel = Cancel
booking-cancelled = The booking is cancelled.
booking-except = Not on { $days }
booking-leave-out = Not on this day
booking-leave-out-do = Leave out
booking-wrong-weekdays = Tick at least one day of the week.
booking-wrong-days = There is no such day. Choose a last day that is not before the first one, and 1 to 366 weeks.

## Import of bookings

import-title = Import bookings
import-send = Send a file
import-what = A table (CSV) or a calendar (iCalendar) of another program. You see first what it would change; nothing is written until you say so.
import-table = A table needs a column “name” or “tag”, and a column “day”, or “from” with “until” and “weekdays”. A column “owner” tells animals of the same name apart.
import-calendar = In a calendar, the title of an event is the animal’s name or tag; the owner’s name may follow in brackets.
import-file = File
import-preview = Show what it changes
import-line = Line { $line }
import-planned = { $count ->
    [0] Nothing new
    [one] { $count } row to write
   *[other] { $count } rows to write
 }
import-refused = { $count ->
    [one] { $count } row is left out
   *[other] { $count } rows are left out
 }
import-known = in the catalogue already
import-write = Write these
import-done = { $count ->
    [one] { $count } row written.
   *[other] { $count } rows written.
 }
import-empty = There is nothing in the file. Choose another one.
import-not-text = The file is not text in UTF-8. Save the table as “CSV UTF-8”, or export the calendar as iCalendar.
import-columns = The table has no column { $missing }. It has: { $found }.
import-broken = The table cannot be read from line { $line } on. A quotation mark may be open.
import-cut-short = The calendar is cut short. Export it again.
import-too-many = There are too many rows in the file. Split it into several.
import-too-large = The file is too large: at most { $most } MB are read.
import-row-nobody = It has no name and no tag.
import-row-no-animal = No animal of the catalogue matches.
import-row-several = { $count } animals match. Add the owner or the tag.
import-row-other-name = The tag is that of { $name }.
import-row-no-day = It has no day.
import-row-not-a-day = “{ $text }” is not a day such as 2026-01-31 or 31.01.2026.
import-row-weekdays = “{ $text }” is not a list of days of the week such as “Monday Wednesday”.
import-row-days = There is no such day between the years 2000 and 2100, or too many days are left out.
import-row-reversed = { $last } is before { $first }.
import-row-long = A value has { $characters } characters, which is too long.
import-row-cancelled = The event was cancelled.
import-row-unsupported = { $what } is not read. Enter it by hand.

## Reports

report-from = From
report-to = To
report-figures = In figures
report-arrivals = Arrivals
report-right = Right breed named
report-wrong-answers = Wrong breed named
report-unnamed = No breed named
report-unnamed-unsure = No breed: not sure
report-unnamed-species = No breed: only the species
report-unnamed-not-ours = No breed: none it knows
report-unconfirmed = Not confirmed
report-accuracy = Right, of the breeds named and judged
report-none-judged = none judged
report-answers-what = The breed that the kiosk named is compared with the one that staff confirmed. Where it named none, it was neither right nor wrong.
report-by-day = Arrivals by day
report-by-hour = Arrivals by hour
report-by-breed = Arrivals by breed
report-answers = The kiosk’s answers
report-answer = Answer
report-hour = Hour
report-hour-of = { $hour }:00
report-wrong = A report covers at most 366 days in the years 2000 to 2100, and its last day is not before its first. This page shows today.

## Cards

card-print = Card
card-of = Card of { $name }
card-print-do = Print
card-how = Print this page and hang it on the run.
card-run = Run: { $run }

## The screen

# What staff must know about the guest who has just been confirmed, in one line.
screen-care = { $name }: { $text }

## What is kept of a family

settings-contacts = Contacts
settings-contacts-what = Telephone numbers and addresses can be deleted when an animal has not come for a long time. Animals that are in the house, or expected, keep them. Leave this empty to keep them all.
settings-contact-months = Months after the last visit
wrong-contact-months = Contacts can be kept for 1 to 120 months. Leave this empty to keep them all.
field-contact-expired = Contact
history-contact-expired = deleted after its time
animal-family = What is kept of this family
animal-family-what = One file for the family, on request: this animal, its owners and their other animals, with visits, photographs and what was computed from these.
animal-family-do = Download (TAR)
