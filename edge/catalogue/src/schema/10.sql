-- What other systems hear of, and animals that are known elsewhere.

-- The identity of an animal and of a visit wherever they are told of: a UUID in small letters. Numbers
-- are given by each kiosk for itself.
ALTER TABLE animal ADD COLUMN uid TEXT
    CHECK (length(uid) = 36 AND uid NOT GLOB '*[^0-9a-f-]*');
ALTER TABLE visit ADD COLUMN uid TEXT
    CHECK (length(uid) = 36 AND uid NOT GLOB '*[^0-9a-f-]*');
-- An animal that is split off again has the one that it had.
ALTER TABLE merged ADD COLUMN uid TEXT
    CHECK (length(uid) = 36 AND uid NOT GLOB '*[^0-9a-f-]*');

UPDATE animal SET uid = lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
    || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-'
    || hex(randomblob(6)));
UPDATE visit SET uid = lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
    || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-'
    || hex(randomblob(6)));
UPDATE merged SET uid = lower(
    hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-'
    || substr('89ab', 1 + (random() & 3), 1) || substr(hex(randomblob(2)), 2) || '-'
    || hex(randomblob(6)));

CREATE UNIQUE INDEX animal_uid ON animal (uid);
CREATE UNIQUE INDEX visit_uid ON visit (uid);
CREATE UNIQUE INDEX merged_uid ON merged (uid);

-- The site where an animal is known that has not been here. NULL for all of this site.
ALTER TABLE animal ADD COLUMN known_at TEXT CHECK (known_at <> '');
ALTER TABLE merged ADD COLUMN known_at TEXT CHECK (known_at <> '');

CREATE INDEX animal_known_at ON animal (known_at) WHERE known_at IS NOT NULL;

-- Events that not all senders have sent, in the order in which they happened.
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

-- Those who send the events, each at its own pace.
CREATE TABLE sender (
    name TEXT PRIMARY KEY CHECK (name <> ''),
    -- All events up to this one are sent.
    sent INTEGER NOT NULL,
    -- How many events it has not sent that became too old.
    dropped INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- How far this catalogue and the hub of the chain know each other. One row at most.
CREATE TABLE hub (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- Up to where the guests of other sites were taken.
    cursor TEXT,
    -- The newest event that the hub has.
    last_sent TEXT
) STRICT;

-- Embeddings that other sites have made of an animal.
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

-- A photograph of an animal that another site has taken.
CREATE TABLE guest_photograph (
    animal INTEGER PRIMARY KEY REFERENCES animal (id) ON DELETE CASCADE,
    jpeg BLOB NOT NULL CHECK (length(jpeg) BETWEEN 1 AND 49152)
) STRICT;
