# Cameras that are no video devices: the camera module at the ribbon cable, and cameras on the network.

notice-camera-address = The camera’s address cannot be used ({ $reason }). Write it like rtsp://192.168.1.20/stream.
notice-camera-no-host = The camera’s address names no host. Write it like rtsp://192.168.1.20/stream.
notice-camera-scheme = No camera is reached by { $scheme }. Use http, https, rtsp or rtsps.
notice-camera-not-wanted = No camera is wanted: photographs come by the page.
notice-camera-not-installed = { $program } is not installed, which this camera needs. Install it by “sudo apt install { $package }”.
notice-camera-not-started = { $program } cannot be started ({ $reason }). Is it installed properly?
notice-camera-ended = { $device }: the camera’s program has ended ({ $reason }). It is started again.
notice-camera-stalled = No picture comes from { $device }. Check that the camera is switched on, and its cable or network.
notice-camera-garbled = { $device } sends pictures that cannot be read. Switch the camera off and on again, and check its cable or network.

notice-camera-csi-none = No camera module is found. Switch the Raspberry Pi off, check both ends of the ribbon cable, and switch it on again.
notice-camera-csi-busy = The camera module is in use by another program, such as a kiosk that runs already. End that program.
notice-camera-csi-forbidden = This user may not use the camera module. Add the user to the group video.

notice-camera-rtsp-login = { $camera } refuses the login. Check the user and the password.
notice-camera-rtsp-refused = { $camera }: nothing answers there. Check the port, and that the camera has RTSP switched on.
notice-camera-rtsp-forbidden = { $camera }: the system keeps the kiosk to local networks. See IPAddressAllow in breed-kiosk.service.
notice-camera-rtsp-host = { $camera }: no machine has this name. Check the name, or use the camera’s IP address.
notice-camera-rtsp-unreachable = { $camera } cannot be reached. Check that the camera is switched on and in the same network.
notice-camera-rtsp-no-stream = { $camera }: the camera has no such stream. Check the path; the camera’s manual names it.
