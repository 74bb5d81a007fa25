-- All tables, views, triggers and indices of this version, as the scripts of all versions together make them.
-- A new catalogue is made by this script, in a fifth of the time. A test compares the two.

CREATE TABLE animal (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    species TEXT NOT NULL CHECK (species IN ('cat', 'dog')),
    breed TEXT NOT NULL,
    notes TEXT NOT NULL,
    contact TEXT NOT NULL,
    warnings TEXT NOT NULL,
    vaccinated_until TEXT,
    created INTEGER NOT NULL,
    -- Kept by the triggers below: a page lists hundreds of animals with both.
    visits INTEGER NOT NULL DEFAULT 0,
    last_visit INTEGER
, tag TEXT
    CHECK (length(tag) BETWEEN 1 AND 32 AND tag NOT GLOB '*[^A-Z0-9-]*'), breed_name TEXT CHECK (breed_name <> ''), feeding TEXT NOT NULL DEFAULT '', medication TEXT NOT NULL DEFAULT '', vaccinations TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(vaccinations)), uid TEXT
    CHECK (length(uid) = 36 AND uid NOT GLOB '*[^0-9a-f-]*'), known_at TEXT CHECK (known_at <> '')) STRICT;

CREATE INDEX animal_seen ON animal (last_visit DESC, id DESC);

CREATE INDEX animal_breed ON animal (breed, last_visit);

CREATE TABLE visit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('breed', 'species', 'unsure', 'not_ours')),
    -- [["pug", 0.91], ...]
    candidates TEXT NOT NULL CHECK (json_valid(candidates)),
    confidence REAL NOT NULL,
    -- One signed byte a number.
    embedding BLOB,
    model TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('camera', 'page')),
    -- It becomes the name of a folder.
    said TEXT CHECK (said <> '' AND said NOT GLOB '.*' AND said NOT GLOB '*[/\]*'),
    settled_at INTEGER,
    settled_by TEXT,
    animal INTEGER REFERENCES animal (id),
    -- The name of a file in photographs/.
    photograph TEXT CHECK (photograph GLOB '[0-9]*.jpg' AND photograph NOT GLOB '*[/\]*'),
    photograph_bytes INTEGER NOT NULL DEFAULT 0
, photograph_since INTEGER, said_name TEXT CHECK (said_name <> ''), revision INTEGER NOT NULL DEFAULT 0, departed INTEGER, left_at INTEGER, checked_out_at INTEGER, checked_out_by TEXT, belongings TEXT NOT NULL DEFAULT '', run TEXT NOT NULL DEFAULT '', embedded_by TEXT, uid TEXT
    CHECK (length(uid) = 36 AND uid NOT GLOB '*[^0-9a-f-]*')) STRICT;

CREATE INDEX visit_at ON visit (at);

CREATE INDEX visit_animal ON visit (animal, at) WHERE animal IS NOT NULL;

CREATE INDEX visit_open ON visit (at) WHERE said IS NULL AND verdict <> 'breed';

CREATE INDEX visit_photograph ON visit (at, photograph_bytes) WHERE photograph IS NOT NULL;

CREATE TRIGGER visit_counted AFTER UPDATE OF animal ON visit
WHEN old.animal IS NOT new.animal BEGIN
    UPDATE animal
    SET visits = (SELECT count(*) FROM visit WHERE animal = animal.id),
        last_visit = (SELECT max(at) FROM visit WHERE animal = animal.id)
    WHERE id IN (old.animal, new.animal);
END;

CREATE TABLE expected (
    day TEXT NOT NULL,
    animal INTEGER NOT NULL REFERENCES animal (id) ON DELETE CASCADE,
    PRIMARY KEY (day, animal)
) STRICT, WITHOUT ROWID;

CREATE INDEX expected_animal ON expected (animal);

CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX animal_tag ON animal (tag) WHERE tag IS NOT NULL;

CREATE TABLE orphan (
    name TEXT PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE changed_animal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    animal INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TRIGGER animal_added AFTER INSERT ON animal BEGIN
    DELETE FROM changed_animal WHERE animal = new.id;
    INSERT INTO changed_animal (animal) VALUES (new.id);
END;

CREATE TRIGGER animal_deleted AFTER DELETE ON animal BEGIN
    DELETE FROM changed_animal WHERE animal = old.id;
    INSERT INTO changed_animal (animal) VALUES (old.id);
END;

CREATE TRIGGER animal_changed AFTER UPDATE ON animal BEGIN
    DELETE FROM changed_animal WHERE animal = new.id;
    INSERT INTO changed_animal (animal) VALUES (new.id);
END;

CREATE TRIGGER visit_embedded AFTER UPDATE OF embedding ON visit WHEN new.animal IS NOT NULL BEGIN
    DELETE FROM changed_animal WHERE animal = new.animal;
    INSERT INTO changed_animal (animal) VALUES (new.animal);
END;

CREATE TRIGGER visit_revised AFTER UPDATE OF verdict, said, animal ON visit BEGIN
    UPDATE visit SET revision = old.revision + 1 WHERE id = old.id;
END;

CREATE TRIGGER visit_deleted AFTER DELETE ON visit WHEN old.animal IS NOT NULL BEGIN
    UPDATE animal
    SET visits = (SELECT count(*) FROM visit WHERE animal = animal.id),
        last_visit = (SELECT max(at) FROM visit WHERE animal = animal.id)
    WHERE id = old.animal;
END;

CREATE INDEX visit_unconfirmed ON visit (at) WHERE said IS NULL;

CREATE TABLE former_decision (
    id INTEGER PRIMARY KEY,
    visit INTEGER NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    said TEXT,
    said_name TEXT,
    -- A number and no reference: the animal may be merged or deleted since.
    animal INTEGER,
    settled_at INTEGER,
    settled_by TEXT
) STRICT;

CREATE INDEX former_decision_visit ON former_decision (visit, id);

CREATE TABLE negative (
    photograph TEXT PRIMARY KEY
        CHECK (photograph GLOB '[0-9]*.jpg' AND photograph NOT GLOB '*[/\]*'),
    bytes INTEGER NOT NULL,
    -- When the photograph was taken, by the catalogue's clock.
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE merged (
    -- The number that the animal had.
    id INTEGER PRIMARY KEY,
    -- The animal that it is now.
    survivor INTEGER NOT NULL REFERENCES animal (id) ON DELETE CASCADE,
    -- The animal that it was merged into, which may itself be merged since.
    parent INTEGER NOT NULL,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    -- What staff entered about it, as JSON.
    fields TEXT NOT NULL CHECK (json_valid(fields)),
    created INTEGER NOT NULL,
    -- The survivor's fields that were empty and filled from it: a JSON list of names.
    filled TEXT NOT NULL CHECK (json_valid(filled)),
    -- Its tag, where the survivor has another one: both find the survivor.
    tag TEXT
, uid TEXT
    CHECK (length(uid) = 36 AND uid NOT GLOB '*[^0-9a-f-]*'), known_at TEXT CHECK (known_at <> '')) STRICT;

CREATE INDEX merged_survivor ON merged (survivor);

CREATE INDEX merged_parent ON merged (parent);

CREATE UNIQUE INDEX merged_tag ON merged (tag) WHERE tag IS NOT NULL;

CREATE TABLE merged_visit (
    merged INTEGER NOT NULL REFERENCES merged (id) ON DELETE CASCADE,
    visit INTEGER NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    PRIMARY KEY (merged, visit)
) STRICT, WITHOUT ROWID;

CREATE INDEX merged_visit_visit ON merged_visit (visit);

CREATE TABLE merged_day (
    merged INTEGER NOT NULL REFERENCES merged (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    -- Whether the survivor would not be expected on that day without it.
    added INTEGER NOT NULL,
    PRIMARY KEY (merged, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE own_clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- The system's time when it was last read.
    seen INTEGER NOT NULL,
    -- This clock's time.
    own INTEGER NOT NULL,
    -- Whether the system's clock was confirmed, and has not jumped since but for the jump below.
    confirmed INTEGER NOT NULL CHECK (confirmed IN (0, 1)),
    -- This clock's time when the system's clock last jumped, or when the jump was confirmed.
    jumped INTEGER,
    -- The jump that nobody has confirmed yet, if any: the system's time before it, this clock's time
    -- at it, and how far it went, in milliseconds.
    jump_from INTEGER,
    jump_own INTEGER,
    jump_by INTEGER,
    CHECK ((jump_from IS NULL) = (jump_own IS NULL) AND (jump_from IS NULL) = (jump_by IS NULL))
) STRICT;

CREATE INDEX visit_in_house ON visit (at)
WHERE said IS NOT NULL AND animal IS NOT NULL AND departed IS NOT animal;

CREATE TABLE owner (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    -- One a line.
    phones TEXT NOT NULL,
    email TEXT NOT NULL,
    address TEXT NOT NULL,
    notes TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

CREATE TABLE animal_owner (
    animal INTEGER NOT NULL REFERENCES animal (id) ON DELETE CASCADE,
    owner INTEGER NOT NULL REFERENCES owner (id) ON DELETE CASCADE,
    PRIMARY KEY (animal, owner)
) STRICT, WITHOUT ROWID;

CREATE INDEX animal_owner_owner ON animal_owner (owner);

CREATE TRIGGER animal_owner_added AFTER INSERT ON animal_owner BEGIN
    DELETE FROM changed_animal WHERE animal = new.animal;
    INSERT INTO changed_animal (animal) VALUES (new.animal);
END;

CREATE TRIGGER animal_owner_deleted AFTER DELETE ON animal_owner BEGIN
    DELETE FROM changed_animal WHERE animal = old.animal;
    INSERT INTO changed_animal (animal) VALUES (old.animal);
END;

CREATE TRIGGER owner_changed AFTER UPDATE ON owner BEGIN
    DELETE FROM changed_animal
    WHERE animal IN (SELECT animal FROM animal_owner WHERE owner = new.id);
    INSERT INTO changed_animal (animal)
    SELECT animal FROM animal_owner WHERE owner = new.id;
END;

CREATE TABLE booking (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    animal INTEGER NOT NULL REFERENCES animal (id) ON DELETE CASCADE,
    first_day TEXT NOT NULL,
    -- NULL for a booking without an end.
    last_day TEXT,
    -- Every so many days or weeks, ...
    every INTEGER NOT NULL CHECK (every BETWEEN 1 AND 366),
    unit TEXT NOT NULL CHECK (unit IN ('day', 'week')),
    -- ... on these days of the week: the sum of 1 for Monday, 2 for Tuesday, ..., 64 for Sunday.
    weekdays INTEGER NOT NULL CHECK (weekdays BETWEEN 1 AND 127)
) STRICT;

CREATE INDEX booking_animal ON booking (animal);

CREATE TABLE booking_exception (
    booking INTEGER NOT NULL REFERENCES booking (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    PRIMARY KEY (booking, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE merged_owner (
    merged INTEGER NOT NULL REFERENCES merged (id) ON DELETE CASCADE,
    owner INTEGER NOT NULL REFERENCES owner (id) ON DELETE CASCADE,
    -- Whether the survivor would not have that owner without it.
    added INTEGER NOT NULL,
    PRIMARY KEY (merged, owner)
) STRICT, WITHOUT ROWID;

CREATE INDEX merged_owner_owner ON merged_owner (owner);

CREATE TABLE merged_booking (
    merged INTEGER NOT NULL REFERENCES merged (id) ON DELETE CASCADE,
    booking INTEGER NOT NULL REFERENCES booking (id) ON DELETE CASCADE,
    PRIMARY KEY (merged, booking)
) STRICT, WITHOUT ROWID;

CREATE INDEX merged_booking_booking ON merged_booking (booking);

CREATE TABLE change (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    subject TEXT NOT NULL CHECK (subject IN ('visit', 'animal', 'owner', 'settings')),
    subject_id INTEGER NOT NULL,
    field TEXT NOT NULL,
    before TEXT,
    after TEXT
) STRICT;

CREATE INDEX change_subject ON change (subject, subject_id);

CREATE TABLE forgotten (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photograph TEXT
        CHECK (photograph GLOB '[0-9]*.jpg' AND photograph NOT GLOB '*[/\]*')
) STRICT;

CREATE INDEX visit_said ON visit (said, at) WHERE said IS NOT NULL;

CREATE TABLE forgotten_breed (
    breed TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX animal_uid ON animal (uid);

CREATE UNIQUE INDEX visit_uid ON visit (uid);

CREATE UNIQUE INDEX merged_uid ON merged (uid);

CREATE INDEX animal_known_at ON animal (known_at) WHERE known_at IS NOT NULL;

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE CHECK (length(id) = 36 AND id NOT GLOB '*[^0-9a-f-]*'),
    at INTEGER NOT NULL,
    -- When it was added, by the catalogue's own clock.
    since INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind <> ''),
    -- The uid of the visit or animal.
    subject TEXT NOT NULL CHECK (length(subject) = 36 AND subject NOT GLOB '*[^0-9a-f-]*'),
    -- That of the visit.
    revision INTEGER NOT NULL,
    by TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body))
) STRICT;

CREATE INDEX outbox_subject ON outbox (subject);

CREATE TABLE sender (
    name TEXT PRIMARY KEY CHECK (name <> ''),
    -- All events up to this one are sent.
    sent INTEGER NOT NULL,
    -- How many events it has not sent that became too old.
    dropped INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE hub (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Up to where the guests of other sites were taken.
    cursor TEXT,
    -- The newest event that the hub has.
    last_sent TEXT
) STRICT;

CREATE TABLE guest_embedding (
    id INTEGER PRIMARY KEY,
    animal INTEGER NOT NULL REFERENCES animal (id) ON DELETE CASCADE,
    -- The number that the animal had before it was merged into this one.
    origin INTEGER,
    network TEXT NOT NULL,
    -- One signed byte a number.
    embedding BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE INDEX guest_embedding_animal ON guest_embedding (animal, at);

CREATE TRIGGER guest_embedding_added AFTER INSERT ON guest_embedding BEGIN
    DELETE FROM changed_animal WHERE animal = new.animal;
    INSERT INTO changed_animal (animal) VALUES (new.animal);
END;

CREATE TRIGGER guest_embedding_deleted AFTER DELETE ON guest_embedding BEGIN
    DELETE FROM changed_animal WHERE animal = old.animal;
    INSERT INTO changed_animal (animal) VALUES (old.animal);
END;

CREATE TRIGGER guest_embedding_changed AFTER UPDATE ON guest_embedding BEGIN
    DELETE FROM changed_animal WHERE animal IN (old.animal, new.animal);
    INSERT OR REPLACE INTO changed_animal (animal) VALUES (old.animal);
    INSERT OR REPLACE INTO changed_animal (animal) VALUES (new.animal);
END;

CREATE TABLE guest_photograph (
    animal INTEGER PRIMARY KEY REFERENCES animal (id) ON DELETE CASCADE,
    jpeg BLOB NOT NULL CHECK (length(jpeg) BETWEEN 1 AND 49152)
) STRICT;
