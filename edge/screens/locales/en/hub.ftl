# The link to the hub of a chain of daycares, and TLS, which other links use too.

link-hub-settings = [hub] in kiosk.toml: { $reason }.
link-hub-unreachable = { $host } cannot be reached ({ $reason }). Is the network up? What happens here is kept and sent later.
link-hub-silent = { $host } does not answer. What happens here is kept and sent later.
link-hub-failing = { $host } cannot take anything at the moment ({ $reason }). What happens here is kept and sent later.
link-hub-read-only = { $host } takes no writes at the moment: it is a standby. Name all hosts of the hub in kiosk.toml, so that the kiosk finds the one that does.
link-hub-disk-full = The disk of { $host } is full. Make room there; what happens here is kept and sent later.
link-hub-password = { $host } does not let this kiosk in ({ $reason }). Check user and password in kiosk.toml. Where the password is lost, an administrator drops the role, and “kiosk hub init” creates it again.
link-hub-no-database = { $host } has no such database ({ $reason }). Check the url in kiosk.toml.
link-hub-not-set-up = The database at { $host } is no hub, or not a whole one ({ $reason }). Run “kiosk hub init”.
link-hub-forbidden = { $host } forbids this kiosk its work ({ $reason }). Use the user that “kiosk hub init” has made for it.
link-hub-another-kiosk = { $host } knows this kiosk under another user. Give each kiosk a user of its own. If this card is a copy of another kiosk’s, remove the file kiosk-id from the kiosk’s folder and restart the kiosk.
link-hub-no-account = { $host } does not know this user as a kiosk’s ({ $reason }). Add it with “kiosk hub init”.
link-hub-no-tls = { $host } does not offer TLS. Switch it on there. On a private network, sslmode=disable at the end of the url does without.
link-hub-newer = The hub has schema { $found }, and this kiosk knows { $known }. Update the kiosk; what happens here is kept and sent then.
link-hub-older = The hub has schema { $found }, and this kiosk needs { $known }. Run “kiosk hub init” of this version; what happens here is kept and sent then.
link-hub-answer = The hub answers with what this kiosk does not understand ({ $reason }). Run “kiosk hub init” of this version.
link-hub-refusing = The hub refuses one event after the other ({ $reason }). They are kept. Look at its log, or run “kiosk hub init” again.
link-hub-catalogue = The hub waits for the catalogue of this kiosk, which cannot be read or written at the moment. The log says why.
link-hub-defect = The link to the hub failed by a defect of the kiosk ({ $reason }). It is tried again.
link-hub-begins-again = The catalogue of this kiosk was restored from a backup, so the link to the hub begins again.
link-hub-clock = This kiosk’s clock says { $here }, and the hub’s { $there }. Set the clock. Until then, the hub gets what happens here with its own time.
link-hub-replaced = { $host } is another hub than before. It is told this daycare’s animals again; earlier visits it does not have.
link-hub-restored = { $host } has lost what this kiosk had told last; was it restored from a backup? It is told this daycare’s animals again; some visits it does not have.

link-tls-file-unreadable = { $file } cannot be read ({ $reason }). Let the kiosk’s user read it.
link-tls-file-content = { $file }: { $reason }. Use a file in PEM format.
link-tls-half = A certificate and its key belong together. Name both of them in kiosk.toml, or none.
link-tls-no-authorities = This system has no certificates of authorities. Install ca-certificates, or name a file as ca in kiosk.toml.
link-tls-set-up = TLS cannot be set up ({ $reason }). Check the certificate and its key.
link-tls-name = The certificate of { $host } is for another name. Use the name that is in the certificate, or have one made for this name.
link-tls-expired = The certificate of { $host } has expired. Renew it there. Is this kiosk’s clock right?
link-tls-not-yet = The certificate of { $host } is not valid yet. Is this kiosk’s clock right?
link-tls-issuer = The certificate of { $host } is of an authority that this kiosk does not know. Name the authority’s certificate as ca in kiosk.toml.
link-tls-refused = { $host } ends the encrypted connection ({ $reason }). Does it want a certificate of this kiosk?
link-tls-other = There is no encrypted connection to { $host } ({ $reason }). Check its certificate.
