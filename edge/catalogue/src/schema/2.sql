-- An animal's tag: what a collar tag or a microchip says.

ALTER TABLE animal ADD COLUMN tag TEXT
    CHECK (length(tag) BETWEEN 1 AND 32 AND tag NOT GLOB '*[^A-Z0-9-]*');

CREATE UNIQUE INDEX animal_tag ON animal (tag) WHERE tag IS NOT NULL;

-- The same index of words as before, and the tag.
DROP TRIGGER animal_added;
DROP TRIGGER animal_deleted;
DROP TRIGGER animal_changed;
DROP TABLE animal_text;

CREATE VIRTUAL TABLE animal_text USING fts5 (
    name, contact, breed, notes, tag,
    content = 'animal', content_rowid = 'id',
    tokenize = 'unicode61 remove_diacritics 2',
    prefix = '1 2 3'
);

-- What is forgotten leaves no trace in the index.
INSERT INTO animal_text (animal_text, rank) VALUES ('secure-delete', 1);

INSERT INTO animal_text (animal_text) VALUES ('rebuild');

CREATE TRIGGER animal_added AFTER INSERT ON animal BEGIN
    INSERT INTO animal_text (rowid, name, contact, breed, notes, tag)
    VALUES (new.id, new.name, new.contact, new.breed, new.notes, new.tag);
END;

CREATE TRIGGER animal_deleted AFTER DELETE ON animal BEGIN
    INSERT INTO animal_text (animal_text, rowid, name, contact, breed, notes, tag)
    VALUES ('delete', old.id, old.name, old.contact, old.breed, old.notes, old.tag);
END;

CREATE TRIGGER animal_changed AFTER UPDATE OF name, contact, breed, notes, tag ON animal BEGIN
    INSERT INTO animal_text (animal_text, rowid, name, contact, breed, notes, tag)
    VALUES ('delete', old.id, old.name, old.contact, old.breed, old.notes, old.tag);
    INSERT INTO animal_text (rowid, name, contact, breed, notes, tag)
    VALUES (new.id, new.name, new.contact, new.breed, new.notes, new.tag);
END;
