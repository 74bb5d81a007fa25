# The link to the MQTT broker: why it does not work, and the names of what Home Assistant shows.

## Settings

link-mqtt-url = url under [mqtt] in kiosk.toml: use mqtt://host or mqtts://host, with :port where it is another one. User and password are settings of their own.
link-mqtt-topic = { $field } under [mqtt] in kiosk.toml: “{ $value }” is no topic. Use one without +, #, $ or / at its ends.
link-mqtt-password = The password under [mqtt] in kiosk.toml: name a user, and either password or password_file.
link-mqtt-password-file = { $file }, with the password for the MQTT broker, cannot be read ({ $reason }). Let the kiosk’s user read it.
link-mqtt-no-tls = url under [mqtt] in kiosk.toml: certificates are used with mqtts:// only.
link-mqtt-days = keep_days under [mqtt] in kiosk.toml: use 1 or more.
link-mqtt-keep-alive = keep_alive_seconds under [mqtt] in kiosk.toml: use 5 to 600.

## The broker

link-mqtt-unreachable = The MQTT broker { $host } cannot be reached on port { $port } ({ $reason }). Is it switched on, and on this network?
link-mqtt-no-answer = The MQTT broker { $host } did not answer within { $seconds } seconds. Is it switched on, does it use this port, and does it know MQTT 5?
link-mqtt-closed = The MQTT broker { $host } has ended the connection. If this goes on, see its log: it may expect TLS, that is mqtts:// in the url.
link-mqtt-lost = The connection to the MQTT broker { $host } failed ({ $reason }).
link-mqtt-silent = The MQTT broker { $host } takes messages and does not acknowledge them. Restart it.
link-mqtt-busy = The MQTT broker { $host } is busy. The kiosk tries again.
link-mqtt-login = The MQTT broker { $host } does not let the kiosk in. Check user and password under [mqtt] in kiosk.toml, and what the broker allows this user.
link-mqtt-version = The MQTT broker { $host } does not know MQTT 5. Update it: Mosquitto knows it from version 1.6 on.
link-mqtt-refused = The MQTT broker { $host } refuses the connection ({ $reason }). See its log.
link-mqtt-taken-over = Another program has connected to the MQTT broker { $host } as this kiosk. Does a copy of its data folder run on another machine? Remove the file kiosk-id from the copy.
link-mqtt-forbidden = The MQTT broker does not let the kiosk’s user publish to { $topic }. Allow it, or change the settings under [mqtt] in kiosk.toml.
link-mqtt-not-taken = The MQTT broker does not take what the kiosk publishes to { $topic } ({ $reason }). See its log.
link-mqtt-too-large = What the kiosk would publish to { $topic } is too large for the MQTT broker ({ $bytes } bytes), and was left out. Let the broker take larger messages.
link-mqtt-not-subscribed = The MQTT broker does not let the kiosk’s user subscribe, so that commands do not arrive. Allow it.
link-mqtt-defect = The MQTT client has ended by a defect. It begins again.
link-mqtt-catalogue = The events for MQTT cannot be read from the catalogue at the moment. The log says why.

## What Home Assistant shows

link-mqtt-entity-arrival = Arrival
link-mqtt-entity-in-house = In the house
link-mqtt-entity-needs-call = Needs your call
link-mqtt-entity-arrivals = At the desk
link-mqtt-entity-breed = Breed
link-mqtt-entity-guest = Guest
link-mqtt-entity-confidence = Confidence
link-mqtt-entity-camera = Camera
link-mqtt-entity-display = Display
link-mqtt-entity-picture = Last arrival
link-mqtt-entity-confirm = Confirm
link-mqtt-entity-next = Next suggestion
link-mqtt-entity-language = Language
