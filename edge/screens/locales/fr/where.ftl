# Les textes sur la machine de la borne et sur l’endroit où d’autres la trouvent : à la page État.

status-where = Machine et réseau
status-where-address = Adresse
# À la place de l’adresse.
status-where-nowhere = pas de réseau
status-where-here = Seule cette machine ouvre la page. Avec listen = "0.0.0.0:8080" dans kiosk.toml, les téléphones et les autres ordinateurs l’ouvrent aussi.
status-where-unnamed = L’adresse peut changer avec le réseau. Si avahi-daemon est installé, la borne a un nom qui reste.
status-where-zone = Fuseau horaire
status-where-clock = L’heure vient
status-where-clock-network = d’un serveur de temps
status-where-clock-hardware = d’un module d’horloge
status-where-clock-neither = de nulle part : ni serveur de temps, ni module d’horloge
status-where-today = Écrit sur le disque aujourd’hui
status-where-daily = Écrit en un jour, en moyenne
