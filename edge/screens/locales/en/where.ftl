# The texts about the machine that the kiosk runs on, and where others find it: on the page Status.

status-where = Machine and network
status-where-address = Address
# In place of the address.
status-where-nowhere = no network
status-where-here = Only this machine opens the page. With listen = "0.0.0.0:8080" in kiosk.toml, phones and other computers do too.
status-where-unnamed = The address may change with the network. If avahi-daemon is installed, the kiosk has a name that stays.
status-where-zone = Time zone
status-where-clock = The time comes from
status-where-clock-network = a time server
status-where-clock-hardware = a clock module
status-where-clock-neither = no time server, no clock module
status-where-today = Written to the disk today
status-where-daily = Written within a day, on average
