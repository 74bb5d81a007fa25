# What the screen at the desk says.

screen-welcome = Welcome
screen-welcome-hint = Bring your animal before the camera
screen-welcome-hint-page = Drop a photograph on the page
screen-somebody = Hello!
screen-somebody-hint = Hold still for a moment, please
screen-somebody-hint-short = Hold still, please
screen-looking = Looking…

# How surely it is the breed, from the surest.
screen-almost-certain = Almost certain
screen-likely = Likely
screen-perhaps = Perhaps
screen-hardly = A mere guess

# How often out of ten such an answer is right.
screen-odds = { $times } in 10
screen-odds-none = < 1 in 10
screen-right =
    { $times ->
        [one] right once in 10
       *[other] right { $times } times in 10
    }
screen-right-none = rarely right

# An animal known from earlier visits.
screen-guest = Looks like { $name }
screen-some-cat = A cat, breed unsure
screen-some-cat-short = Which cat?
screen-some-dog = A dog, breed unsure
screen-some-dog-short = Which dog?
screen-unsure = Which one is it?
screen-unsure-short = Which?
screen-not-ours = Not an animal I know
screen-not-ours-hint = One cat or dog at a time, in good light. Or choose the breed on the page.

screen-settled = Checked in
screen-settled-guest = { $name } is checked in
screen-corrected = Corrected, and checked in
screen-thanks = Thank you!
screen-thanks-guest = Thank you, { $name }!
screen-thanks-hint = Have a lovely day

# What the buttons do.
key-confirm = Confirm
key-confirm-short = Yes
key-next = Next breed
key-next-short = Next
key-new = New guest
key-new-short = New
key-again = Try again
key-again-short = Again

# A part that does not work as it should, on one short line.
notice-camera = No picture from the camera
notice-display = The screen does not work
notice-buttons = The buttons do not work
notice-catalogue = The catalogue cannot be written
notice-model = The built-in network serves
notice-tag = No animal has this tag
