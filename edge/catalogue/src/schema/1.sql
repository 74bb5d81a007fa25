-- Times are milliseconds of UTC since 1970; days are texts such as 2026-05-01.

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
) STRICT;

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
) STRICT;

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

CREATE TABLE change (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    by TEXT NOT NULL,
    subject TEXT NOT NULL CHECK (subject IN ('visit', 'animal', 'settings')),
    subject_id INTEGER NOT NULL,
    field TEXT NOT NULL,
    before TEXT,
    after TEXT
) STRICT;

CREATE INDEX change_subject ON change (subject, subject_id);

-- One row a setting that was ever changed; values are JSON.
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE VIRTUAL TABLE animal_text USING fts5 (
    name, contact, breed, notes,
    content = 'animal', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2',
    prefix = '1 2 3'
);

-- What is forgotten leaves no trace in the index.
INSERT INTO animal_text (animal_text, rank) VALUES ('secure-delete', 1);

CREATE TRIGGER animal_added AFTER INSERT ON animal BEGIN
    INSERT INTO animal_text (rowid, name, contact, breed, notes)
    VALUES (new.id, new.name, new.contact, new.breed, new.notes);
END;

CREATE TRIGGER animal_deleted AFTER DELETE ON animal BEGIN
    INSERT INTO animal_text (animal_text, rowid, name, contact, breed, notes)
    VALUES ('delete', old.id, old.name, old.contact, old.breed, old.notes);
END;

CREATE TRIGGER animal_changed AFTER UPDATE OF name, contact, breed, notes ON animal BEGIN
    INSERT INTO animal_text (animal_text, rowid, name, contact, breed, notes)
    VALUES ('delete', old.id, old.name, old.contact, old.breed, old.notes);
    INSERT INTO animal_text (rowid, name, contact, breed, notes)
    VALUES (new.id, new.name, new.contact, new.breed, new.notes);
END;
