# What does not work as it should, and what to do: on the page and for programs.

## Catalogue, network and tags

notice-catalogue-corrupt = { $file } is damaged, or no catalogue ({ $reason }). Restore a backup on the page, under Export and backup, or with “kiosk catalogue restore” while the kiosk is stopped; the file is kept.
notice-catalogue-lost = { $file } is missing or empty, but a catalogue left { $remains }. Restore a backup on the page, under Export and backup, or with “kiosk catalogue restore” while the kiosk is stopped. To begin a new catalogue, move all of that away first.
notice-catalogue-read-only = { $file } cannot be written. Let the kiosk's user write to the file and its folder.
notice-catalogue-locked = { $file } is locked by another program. Close that program.
notice-catalogue-full = The disk is full: { $file } cannot be written. Make room on it.
notice-catalogue-newer = { $file } was written by a newer kiosk (version { $version }; this one knows { $known }). Update the kiosk.
notice-catalogue-io = { $file }: { $reason }. Check the disk and the path.
notice-catalogue-other = The catalogue: { $reason }.
notice-catalogue-rescue = Until the catalogue can be used again, visits go to { $place }. The kiosk then restarts by itself and adds them.
notice-catalogue-rescue-temporary = Until the catalogue can be used again, visits go to { $place }. The kiosk then restarts by itself and adds them. What is confirmed until then is gone once the kiosk is switched off: download a backup first, under Export and backup.
notice-catalogue-former = What was recorded before can only be read: look guests up under Animals, and export it and back it up there.
notice-catalogue-log = At a start, the catalogue's log was damaged or missing: what was recorded last before that may be missing, too. Look through the visits of that time. The catalogue and the log as they were are in { $folder }: remove that folder once nothing is missing.
notice-model-failed = The network failed on a picture: { $reason }. If this goes on, use another model bundle.
notice-model-replaced = The model bundle cannot be used; the built-in one runs instead: { $reason }.
notice-model-taken-back = The model bundle that was installed cannot be used and was taken back: { $reason }. It is kept as models/rejected.onnx in the kiosk’s folder. Install another one; or, to clear this notice, remove that file and restart the kiosk.
notice-model-died = The kiosk died { $times } times soon after a model bundle had been installed, and took it back. The bundle is kept as models/rejected.onnx in the kiosk’s folder. Install another one; or, to clear this notice, remove that file and restart the kiosk.
notice-tag-unknown = No animal has the tag { $tag }. If it was read correctly, enter it on the animal's page; if not, set the scanner's layout under [buttons] in kiosk.toml.

## Camera

notice-camera-unnamed = No camera is named. Choose auto, none, csi, /dev/videoN, an address such as rtsp://192.168.1.20/stream, or a folder of photographs.
notice-camera-no-such-folder = { $file }: no such folder. Choose auto, none, /dev/videoN or a folder of photographs.
notice-camera-not-a-folder = { $file }: not a folder. Name the folder that the photographs are in.
notice-camera-folder-unreadable = { $file }: the folder cannot be read ({ $reason }). Let the kiosk’s user read it.
notice-camera-no-photographs = { $file }: no photograph in this folder. Put JPEG, PNG, WebP or GIF files into it.
notice-camera-none = There is no camera. Plug one in with USB, or see “kiosk cameras”.
notice-camera-missing = { $device }: no such device. Is the camera plugged in? “kiosk cameras” lists what is there.
notice-camera-no-capture = { $device } gives no pictures: it is an output, metadata or a codec. Choose one that “kiosk cameras” lists as usable.
notice-camera-planes = { $device } gives pictures in several planes only, which the kiosk does not read. Use another camera, or choose csi for one at a ribbon cable.
notice-camera-csi = { $device } belongs to a ribbon-cable (CSI) camera. Choose csi instead.
notice-camera-encodings = { $device } gives pictures as { $encodings } only. Use a camera with MJPG, JPEG, YUYV or NV12.
notice-camera-forbidden = { $device }: the kiosk’s user may not open it. Add the user to the group video.
notice-camera-busy = { $device } is in use as { $now } by another program. Close that program, or choose another camera.
notice-camera-unusable = { $device } cannot be opened ({ $reason }). Unplug the camera and plug it in again, or use another one.
notice-camera-refused = { $device }: { $reason }. The camera is tried again.
notice-camera-silent = { $device }: no picture for 2.5 seconds. Is its cable loose?
notice-camera-hangs = The camera does not answer. Unplug it and plug it in again, or switch it off and on.
notice-camera-short = { $device } sends pictures that are cut short ({ $got } bytes, where { $mode } has { $wanted }). Plug the camera into another port, without a hub, or use another cable.
notice-camera-cut = { $device } sends pictures that are cut short. Plug the camera into another port, without a hub, or use another cable.
notice-camera-damaged = { $device } sends pictures that its driver says are damaged. Plug the camera into another port, without a hub, or use another cable.
notice-camera-jpeg = { $device } sends a JPEG that cannot be read ({ $reason }). Unplug the camera and plug it in again.
notice-camera-size = { $device } sends a picture of { $width }x{ $height }, where { $mode } was agreed upon. Unplug the camera and plug it in again.
notice-camera-convert = { $device } sends a picture that cannot be converted ({ $reason }). Unplug the camera and plug it in again.

## Photographs that are played in place of a camera

notice-photograph-missing = { $file }: no such file. Check its name and folder.
notice-photograph-not-a-file = { $file }: not a file. Name the photographs one by one.
notice-photograph-unreadable = { $file }: cannot be read ({ $reason }). Let the kiosk’s user read it.
notice-photograph-empty = { $file }: the file is empty. Copy it again.
notice-photograph-too-big = { $file }: the file has { $size } MiB, and at most { $most } are read. Save it smaller.
notice-photograph-not-a-picture = { $file }: not a picture. Use a JPEG, PNG, WebP or GIF.
notice-photograph-heic = { $file }: { photograph-heic }
notice-photograph-format = { $file }: { photograph-format }
notice-photograph-variant = { $file }: { photograph-variant }
notice-photograph-pdf = { $file }: { photograph-pdf }
notice-photograph-video = { $file }: { photograph-video }
notice-photograph-too-many-pixels = { $file }: { $width } x { $height } pixels, and at most { $most } megapixels are read. Save it smaller.
notice-photograph-truncated = { $file }: the picture is cut short. Copy the file again.
notice-photograph-damaged = { $file }: the picture is damaged ({ $reason }). Copy the file again.

## Display

notice-display-unknown = “{ $choice }” is no display. Choose auto, none, spi, i2c or fb.
notice-display-no-panel = There is no [panel] in kiosk.toml for a display at { $bus }. Add one there, for example with driver = "{ $driver }".
notice-display-other-bus = The [panel] in kiosk.toml is at { $device }, which is not { $bus }. Choose auto, or another bus there.
notice-display-no-spi = { $device }: no such device. Switch SPI on (raspi-config, Interface Options, SPI).
notice-display-no-i2c = { $device }: no such device. Switch I2C on (raspi-config, Interface Options, I2C).
notice-display-no-frame-buffer = { $device }: no such device. Plug a screen in, or choose another display.
notice-display-forbidden = { $device }: the kiosk’s user may not open it. Add the user to the group { $group }.
notice-display-refused = { $device }: { $reason }. Check the display’s wiring and its settings in kiosk.toml.
notice-display-silent = { $device }: no answer from address { $address }. Check the wiring, and the address in [panel] with “i2cdetect”.
notice-display-geometry = { $file } says “{ $text }”, which is no geometry of a screen. Choose another display.
notice-display-depth = { $device } has { $bits } bits a pixel, and only 16 and 32 are possible. On a Raspberry Pi, set framebuffer_depth in config.txt.
notice-display-size = { $device } has { $width }x{ $height } pixels, and 32 to 4096 each way are possible. Choose another mode.

notice-panel-pin = [panel] names pin { $pin }. Choose one of 0 to 27.
notice-panel-optional-pin = [panel] names pin { $pin }. Choose one of 0 to 27, or "none".
notice-panel-same-pin = [panel] names pin { $pin } twice among data_command, reset and backlight. Give each a pin of its own, or "none".
notice-panel-speed = [panel] has speed { $speed }. Choose 100000 to 125000000, in bits a second.
notice-panel-address = [panel] has address { $address }. Choose 0x08 to 0x77.
notice-panel-rotation = [panel] has rotation { $degrees }. Choose 0, 90, 180 or 270.
notice-panel-side = [panel] has { $key } { $side }. With the { $driver }, choose 32 to { $longest }, before rotation.
notice-panel-pages = [panel] has height { $height }. Choose a multiple of 8 for an OLED.
notice-panel-offset = [panel] has offset { $offset }. With the { $driver } at this size, choose [0, 0] to { $most }.
notice-panel-no-bus = [panel] names { $bus }, which is no bus. Choose a device such as /dev/spidev0.0 or /dev/i2c-1.
notice-panel-not-by-i2c = The { $driver } is not at I2C. In [panel], name a bus such as /dev/spidev0.0.
notice-panel-for-spi = In [panel], { $key } is for SPI only. Leave it out, or name a bus such as /dev/spidev0.0.
notice-panel-for-i2c = In [panel], { $key } is for I2C only. Leave it out, or name a bus such as /dev/i2c-1.
notice-panel-no-light = In [panel], an OLED has no backlight. Leave backlight out.

## Buttons, keypad and scanner

notice-buttons-no-line = { $line } is no GPIO line. Choose 0 to 53 under [buttons] in kiosk.toml.
notice-buttons-same-line = Two buttons are on GPIO line { $line }. Give each a line of its own.
notice-buttons-no-keypad = “{ $choice }” is no keypad. Choose none, auto or a device such as /dev/input/event3.
notice-buttons-missing = { $device }: no such device. Plug it in, or name another under [buttons] in kiosk.toml.
notice-buttons-forbidden = { $device }: the kiosk’s user may not open it. Add the user to the group { $group }.
notice-buttons-no-keys = { $device }: has no digits and Enter. Name a keypad, a keyboard or a scanner.
notice-buttons-grabbed = { $device }: another program has grabbed it. Stop that program, or name another device.
notice-buttons-refused = { $device }: { $reason }. Unplug it and plug it in again.

notice-device-defect = A defect of the kiosk has interrupted this device, which is tried again. Please report it.

notice-gpio-missing = { $device }: no such device. In kiosk.toml, set gpio to one that “gpiodetect” lists.
notice-gpio-forbidden = { $device }: the kiosk’s user may not open it. Add the user to the group gpio.
notice-gpio-no-chip = { $device }: not a GPIO chip. Name one that “gpiodetect” lists.
notice-gpio-no-line = { $device } has no line { $line }, only 0 to { $last }. Choose one of them, or another chip.
notice-gpio-in-use = { $device }, line { $line }: in use by { $user }. Choose another line, or stop what uses it.
notice-gpio-refused = { $device }: { $reason }. Check its wiring and its driver.

## The page, and who may log in

notice-page-in-use = Another program uses the port of { $address }. Close that program, or set another port (listen) in kiosk.toml; the kiosk tries again.
notice-page-no-address = This machine does not have the address { $address } (yet). Set listen in kiosk.toml to 0.0.0.0 for all its addresses; the kiosk tries again.
notice-page-failed = The page cannot be served at { $address } ({ $reason }). The kiosk tries again.
notice-access-damaged = { $file } is damaged ({ $reason }), so nobody can log in. Set a new password with “kiosk password owner”; the file is kept.
notice-access-unreadable = { $file } cannot be read ({ $reason }), so nobody can log in. Let the kiosk’s user read it.
notice-access-failed = Nobody can log in: { $reason }.

## Automatic backups, and what comes back from the rescue catalogue

notice-backup-no-stick = No stick or disk with the label “{ $label }” is plugged in. Plug it in for the automatic backups.
notice-backup-not-mounted = “{ $label }” ({ $device }) is plugged in, but not mounted. Mount it for the automatic backups, for example by a line in /etc/fstab.
notice-backup-no-folder = The folder { $folder } for the automatic backups is not there. Make it, or plug its disk in.
notice-backup-unverified = The new backup { $file } could not be restored ({ $reason }), so it was discarded. Earlier backups are kept. Check the disk that they are on.
notice-backup-overdue = { $days ->
    [one] The newest automatic backup is { $days } day old.
   *[other] The newest automatic backup is { $days } days old.
 }
notice-backup-missing = There is no automatic backup yet.
notice-backup-lacks = { $count ->
    [one] The newest automatic backup lacks { $count } photograph, which is missing or cannot be read: { $names }. Everything else is in it. Check the disk of the catalogue.
   *[other] The newest automatic backup lacks { $count } photographs, which are missing or cannot be read: { $names }. Everything else is in it. Check the disk of the catalogue.
 }
notice-catalogue-rescue-stays = What was recorded in { $place } meanwhile is still there, and could not be added to the catalogue. The kiosk tries again at the next start.

## The last update of the program

notice-update-went-back = Version { $new } of the kiosk did not work, so { $former } is installed again. “kiosk update --show” on the kiosk says why. This notice ends after 30 days, or with the next update.
notice-update-stuck = Version { $new } of the kiosk does not work, and there is no package of { $former } to go back to. “kiosk update --show” on the kiosk says why. Install another version.

## The settings at the start

notice-config-former = The settings cannot be used ({ $reason }), so the kiosk runs with those of its last good start. Correct { $file }, check it with “kiosk run --check --config { $file }”, and restart the kiosk.

## Links to the rest of the daycare and of its chain

notice-link-defect = A defect of the kiosk has interrupted this link. It begins again within a minute.
notice-hub-model = A model bundle of the hub is not installed, and the one in use stays: { $reason }.
