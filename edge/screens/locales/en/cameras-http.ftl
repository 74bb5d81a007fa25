# Cameras at http and https addresses.

notice-http-unknown-host = { $camera }: there is no host of this name. Check the address, and whether the kiosk is connected.
notice-http-unreachable = { $camera }: nothing answers there. Is the camera switched on and connected, and is the address right?
notice-http-refused = { $camera }: the host refuses the connection. Check the port, or start the camera again.
notice-http-forbidden = { $camera }: the system keeps the kiosk to local networks. See IPAddressAllow in breed-kiosk.service.
notice-http-certificate = { $camera }: its certificate is not trusted ({ $reason }). Add the certificate of its authority to those of the system, or use http.
notice-http-no-login = { $camera } asks for a login. Put user and password into the address, as in http://USER:PASSWORD@HOST/PATH.
notice-http-login-refused = { $camera } refuses the login. Check user and password, and write special characters in them as %40 and the like.
notice-http-login-kind = { $camera } asks for another kind of login than basic and digest. Choose one of these in the camera’s settings.
notice-http-login-elsewhere = { $camera } redirects to { $to }, which asks for a login. Use that address if you trust it, with user and password.
notice-http-not-found = { $camera }: the camera has nothing at this path. Check what follows the host in the address.
notice-http-status = { $camera } answers with status { $status }. Start the camera again, and check the address.
notice-http-redirect-kind = { $camera } redirects to { $to }, which is no usable http or https address. Use another path of the camera.
notice-http-redirects = { $camera } redirects again and again. Use the address where the pictures are.
notice-http-content = { $camera } answers with { $kind }, not with pictures. Is this the address of the camera’s page?
notice-http-not-a-picture = { $camera } sends a picture that cannot be read. Choose JPEG or MJPEG in the camera’s settings.
notice-http-too-big = { $camera } sends a picture of more than 8 MB. Choose a smaller one in the camera’s settings.
notice-http-silent = { $camera }: no picture comes any more. Check the camera and its network.
notice-http-ended = { $camera } has ended the connection. The camera is tried again.
notice-http-failed = { $camera }: { $reason }. The camera is tried again.
