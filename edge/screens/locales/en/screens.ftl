# The texts of the screen at the desk.

screen-welcome = Welcome
screen-welcome-hint = Bring your animal before the camera
screen-welcome-hint-page = Drop a photograph on the page
screen-somebody = Hello!
screen-somebody-hint = Hold still for a moment, please
screen-somebody-hint-short = Hold still, please
screen-predicting = Looking…

# The kiosk is to be set up. Above its address, beside the QR code of it and without one.
screen-set-up = Set up the kiosk
screen-set-up-scan = Scan the code with your phone, or open
screen-set-up-open = On your phone, open
screen-set-up-here = On this machine, open
# Between the address and the six figures.
screen-set-up-enter = and enter
# In place of the address.
screen-set-up-waiting = Waiting for the network

# A probability in words, from the highest: within a sentence, on the screen and on the page. On the
# screen it begins with a capital letter.
frequency-almost-certain = almost certain
frequency-likely = likely
frequency-perhaps = perhaps
frequency-hardly = a mere guess

# How many times out of ten such an answer is right.
frequency-short = { $times } in 10
frequency-short-none = < 1 in 10
frequency-long =
    { $times ->
        [one] right once in 10
       *[other] right { $times } times in 10
    }
frequency-long-none = rarely right

# An animal that is known from earlier visits.
screen-guest = Looks like { $name }
screen-hello = Hello, { $name }!
screen-or-one = Is it { $name }?
screen-or-two = { $first } or { $second }?
screen-or-three = { $first }, { $second } or { $third }?
# In place of these where the names are too long.
screen-who = Who is it?
screen-who-short = Who?

# An animal that was never here before.
screen-new = New here
screen-new-cat = A new cat, breed unsure
screen-new-cat-short = New cat
screen-new-dog = A new dog, breed unsure
screen-new-dog-short = New dog
screen-new-unsure = New here: which one is it?
screen-new-unsure-short = New here

screen-some-cat = A cat, breed unsure
screen-some-cat-short = Which cat?
screen-some-dog = A dog, breed unsure
screen-some-dog-short = Which dog?
screen-unsure = Which one is it?
screen-unsure-short = Which?
screen-not-ours = Not an animal I know
screen-not-ours-hint = One cat or dog at a time, in good light. Or choose the breed on the page.

screen-confirmed = Checked in
screen-confirmed-guest = { $name } is checked in
screen-corrected = Corrected, and checked in
screen-thanks = Thank you!
screen-thanks-guest = Thank you, { $name }!
screen-thanks-hint = Have a lovely day

# The tag that was just read and its animal.
screen-tag = { $tag } ({ $name })

# The other arrivals, where there are several at once: the answer, and whether it is confirmed.
screen-other-cat = A cat
screen-other-dog = A dog
screen-other-unsure = Unsure
screen-other-answered = to confirm
screen-other-answered-short = open
screen-other-confirmed = checked in
screen-other-confirmed-short = in

# The labels of the buttons.
button-confirm = Confirm
button-confirm-short = Yes
button-next = Next breed
button-next-short = Next
button-name = Next name
button-name-short = Next
button-new = New guest
button-new-short = New
button-again = Try again
button-again-short = Again

# The same where there are several arrivals: they say for which one, and “next” alone could be
# taken for the next animal.
button-confirm-number = Confirm { $number }
button-confirm-number-short = Yes, { $number }
button-next-number = Next breed
button-next-number-short = Breed
button-name-number = Next name
button-name-number-short = Name
button-new-number = Skip { $number }
button-new-number-short = Skip { $number }
button-again-number = Try { $number } again
button-again-number-short = Again, { $number }

# A part that does not work as it should, in one short line.
notice-camera = No picture from the camera
notice-display = The screen does not work
notice-buttons = The buttons do not work
notice-catalogue = The catalogue cannot be saved
notice-model = Another model bundle is in use
notice-tag = { $tag }: no animal has this tag
notice-backup = Backups: see the page
notice-page = The page cannot be opened
notice-https = HTTPS: see the page
notice-access = Nobody can log in
notice-hub = The hub: see the page
notice-mqtt = MQTT: see the page
notice-update = Update: see the page
notice-settings = Settings: see the page
