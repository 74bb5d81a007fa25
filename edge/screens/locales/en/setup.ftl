# Setting the kiosk up from a phone, and the settings that belong to it.

setup-title = Set up the kiosk
setup-progress = Step { $number } of { $count }
setup-back = Back
setup-next = Go on
setup-ended = The time for this has run out, or another phone goes on with it. Enter the figures on the screen again.

setup-code = Six figures
setup-code-what = The kiosk’s screen shows six figures. Enter them here: they show that you stand in front of it.
setup-code-wrong = These are not the figures on the screen.
setup-code-renewed = These were wrong too often. The screen shows new figures now.
setup-code-too-soon = { $seconds ->
    [one] Wait one second, then try again.
   *[other] Wait { $seconds } seconds, then try again.
}
setup-code-taken = Another phone is setting the kiosk up.
setup-code-taken-how = Let it finish, or go on with this phone. What was entered on the other one stays, but for the password.
setup-code-take-over = Go on with this phone

login-set-up = Forgotten? Set it again with the six figures on the screen

setup-password-what = The owner’s password opens everything: settings, exports, deleting. It is set when you confirm the last step.
setup-password-entered = You have entered one already. Leave both fields empty to stay with it.

setup-place = The daycare

setup-camera-what = The animal should stand on the dashed line and fill the frame from head to paws. The camera is at its height, with the light behind the camera.
setup-camera-picture = What the camera sees now
setup-camera-no-picture = There is no picture yet.
setup-camera-used = In use:
setup-camera-next = Go on with this camera
setup-camera-others = Other cameras
setup-camera-auto = The first camera that works
setup-camera-csi = Camera module { $name }
setup-camera-none = No camera: photographs come by the page
setup-camera-address = Address of a camera in the network
setup-camera-try = Try it
setup-camera-fixed = The kiosk’s configuration names the camera. Change it there.

setup-keep = What is kept
setup-finish = Set up the kiosk
setup-finish-what = Everything that you entered is stored now, and you are logged in as the owner.

setup-done = The kiosk is set up
setup-done-what = You are logged in as the owner. Bring an animal in front of the camera: the screen shows what it is.
setup-done-desk = To the live page
setup-done-authority = Phones and computers warn of this page until they know the kiosk’s certificate.
setup-done-authority-how = How to install it

settings-time-zone = Time zone
settings-time-zone-what = A city in your time zone, such as Europe/Paris. Empty: that of the system.
settings-camera = Camera
settings-camera-what = “auto”, “csi”, a device such as /dev/video0, or the address of a camera in the network. Empty: the first one that works.
settings-camera-fixed = The kiosk’s configuration names the camera.
wrong-time-zone = There is no such time zone. Choose from the list, such as Europe/Paris.
wrong-camera = A camera is one line of at most 500 characters.
wrong-camera-address = This is no camera. Write the address like rtsp://192.168.1.20/stream.
wrong-camera-password = Write the password in place of ***.

audit-event-setup-begun = Held the button to set the kiosk up again
audit-event-setup = Set the kiosk up
audit-event-setup-failed = Wrong figures for setting the kiosk up
audit-setup-first = for the first time
audit-setup-again = again, at the kiosk itself
