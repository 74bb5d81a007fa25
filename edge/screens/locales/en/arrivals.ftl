# The texts about several arrivals at once, about guests whom the kiosk knows again, and about breeds
# that it has learnt.

## Several arrivals at the desk

arrivals-title = Also at the desk
arrivals-focus = Show
arrivals-number = Number { $number }
arrivals-somebody = Waiting for a steady picture
arrivals-predicting = Looking…
arrivals-open = To confirm
arrivals-confirmed = Checked in
live-confirm-number = Confirm { $number }
live-next-number = Next name
live-new-number = Skip { $number }

# A photograph in which no animal was found.
photograph-no-animal = No cat or dog was found in the photograph, so no visit was recorded. Send one in which the animal is larger, sharp and in good light.

## Whom the kiosk takes a guest for

guess-sure = { $name }, { $frequency }
guess-two = { $first } or { $second }?
guess-three = { $first }, { $second } or { $third }?
guess-new = New here
guess-new-or-one = New here, or { $name }?
guess-what = One press says that it is this animal, and checks it in.
guess-new-what = None of the animals that the kiosk knows looks like this one.
guess-breed = Recognised as: { $breed }

## Learnt breeds

learnt-breeds = Learnt breeds
learnt-breeds-how = The kiosk learns a breed that its network does not name from at least three visits of two animals or more, once staff have confirmed the breed. If the owner has it forget one, visits and animals keep what staff confirmed.
learnt-breeds-none = None yet.
learnt-from-animals = Learnt from { $pictures ->
    [one] { $pictures } picture
   *[other] { $pictures } pictures
 } of { $animals ->
    [one] { $animals } animal
   *[other] { $animals } animals
 }
learnt-forgotten = Forgotten: the kiosk does not name this breed by itself.
learnt-forget = Forget
learnt-learn = Learn again
learnt-from = { $pictures ->
    [one] learnt from { $pictures } picture
   *[other] learnt from { $pictures } pictures
 }

## Whole pictures

settings-whole-frames = Keep the whole picture of an arrival
settings-whole-frames-what = Otherwise the kiosk keeps the part of the picture with the animal, and nobody who stands beside it. Turn this on only if whoever comes in is told, and if you have a reason to keep pictures of people.

## Status

status-searches = Searches for animals
status-guests = Animals known by sight
status-guests-known = Known
status-guests-waiting = Waiting for the new network
status-guests-lost = Photographs gone
status-guests-what = After an update of the network, the kiosk looks at the photographs of earlier visits again. Animals whose photographs are gone are known again after their next visit.

## Guests of other sites of the chain

guest-known-at = { $name }, known at { $site }
guest-adopted = { $name } is now a guest here too.
animal-known-at = known at { $site }
animal-elsewhere = { $name } is known at { $site } and has not been here yet. Once staff confirm a visit as { $name }, it is a guest here too.
animal-forget-elsewhere = That is so at this kiosk alone. The animal comes back only if another site changes something about it.
field-known-at = Known at
field-merged-elsewhere = Merged at another site with
field-deleted-elsewhere = Deleted at another site
history-adopted = a guest here too
history-kept-here = kept here

## Links to the rest of the daycare and of the chain

status-hub = Hub of the chain
status-mqtt = MQTT
status-link-host = Host
status-link-connected = Connected since
status-link-broken = Not connected since
status-link-waiting = Events waiting
status-link-oldest = Waiting since
status-link-sent = Events sent
status-link-refused = Events refused
status-link-dropped = Events dropped
status-link-dropped-why = Events are dropped once they have waited longer than keep_days in kiosk.toml allows. The other side never gets them; this kiosk keeps its visits and animals.
status-link-guests = Guests of other sites
