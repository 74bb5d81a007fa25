# HTTPS in the local network: the certificate, the kiosk's own authority, and how devices trust it.

## What is wrong

notice-tls-missing = { $file }: there is no such file. Name it in [tls] of kiosk.toml; the service sees nothing below /home, /root, /tmp and /var/tmp.
notice-tls-unreadable = { $file }: cannot be read ({ $reason }). Let the kiosk’s user read it.
notice-tls-unwritable = { $file }: cannot be written ({ $reason }). The certificate serves until the kiosk ends; devices that install its authority now would have to do so again.
notice-tls-no-certificate = { $file }: there is no certificate in it. Use a file in PEM format, which says “BEGIN CERTIFICATE”.
notice-tls-certificate = { $file }: the certificate is damaged ({ $reason }). Copy it again.
notice-tls-no-key = { $file }: there is no private key in it. Use a file in PEM format, which says “BEGIN PRIVATE KEY”.
notice-tls-passphrase = { $file }: the key has a passphrase, which nobody can type when the kiosk starts. Write it without one: openssl pkey -in KEY -out NEW.
notice-tls-key = { $file }: the private key cannot be used ({ $reason }).
notice-tls-mismatch = { $file }: this key does not belong to the first certificate in { $certificate }. Name the two files that were made together, the kiosk’s own certificate before those of its authorities.
notice-tls-expired = { $file }: the certificate has expired. Renew it.
notice-tls-early = { $file }: the certificate is not valid yet. Is the clock right?
notice-tls-replaced = The kiosk has another authority than before. Devices that warn of the page install it from /authority. The former one is kept as { $file }. This notice ends after 30 days, or when that file is removed.
notice-tls-failed = HTTPS cannot be set up: { $reason }.

## Status

status-tls = HTTPS
status-tls-until = Valid until
status-tls-issuer = Issued by
status-tls-own = your own files
status-tls-passing = the kiosk, for now
status-tls-made = The certificate is for { $names }; the kiosk renews it by itself. Phones and tablets that warn of the page install the kiosk’s authority: open /authority on them. Its fingerprint (SHA-256) is { $fingerprint }.
status-tls-files = The certificate is for { $names }. The kiosk reads the files again when they change. Renew them in time.
status-tls-passing-what = Your files cannot be used yet, so the kiosk made a certificate for { $names } for the time being, of which browsers warn. It reads your files again every minute.
status-tls-none = The page is not encrypted: whoever can read the traffic of this network can read what is shown and typed here, passwords included. Set tls = "auto" in kiosk.toml for HTTPS.

## The page for devices

authority-title = Trust this kiosk
authority-what = The kiosk encrypts its page with a certificate that it made itself. Install the kiosk’s authority once on each phone, tablet and computer that opens the page; then the browser no longer warns.
authority-not-kept = The kiosk cannot store its authority, and will have another one after its next start. See to its disk first.
authority-download = Download the authority
authority-name = Name
authority-fingerprint = Fingerprint (SHA-256)
authority-compare = Before you install it, compare the fingerprint that your device shows with the one on the kiosk’s Status page, read on a device that is already trusted, or with what “kiosk doctor” prints on the kiosk. Remove the authority from your devices when you no longer use this kiosk.
authority-ios = Open this page in Safari, download the authority and allow the profile. Then open Settings, “Profile Downloaded”, and install it. At last, open Settings, General, About, Certificate Trust Settings, and switch it on.
authority-android = Download the authority. Then open Settings and search for “CA certificate” (Security, Encryption and credentials, Install a certificate). Choose “CA certificate” and the file authority.crt.
authority-windows = Download the authority and open the file. Choose “Install Certificate”, “Current User”, “Place all certificates in the following store”, and “Trusted Root Certification Authorities”.
authority-macos = Download the authority and open the file: it goes to Keychain Access. Open it there, and under “Trust” choose “Always Trust”.
authority-linux = In Chrome: Settings, Privacy and security, Security, Manage certificates, and import the file as trusted. For the whole system (Debian): copy it to /usr/local/share/ca-certificates/ after “openssl x509 -inform der -in authority.crt -out kiosk.crt”, and run “sudo update-ca-certificates”.
authority-firefox = On computers: Settings, Privacy and security, View certificates, Authorities, Import; trust it to identify websites.
authority-next = Open the page over HTTPS
