-- A breed that is in no list, in the words of staff. Its id is `other`.
ALTER TABLE animal ADD COLUMN breed_name TEXT CHECK (breed_name <> '');
ALTER TABLE visit ADD COLUMN said_name TEXT CHECK (said_name <> '');

-- Search compares words in memory.
DROP TRIGGER animal_added;
DROP TRIGGER animal_deleted;
DROP TRIGGER animal_changed;
DROP TABLE animal_text;

-- The animals of which something changed that search or suggestions keep in memory, in the order of
-- their last changes. A number is never used twice.
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

-- Also when it gets or loses a visit: see visit_counted.
CREATE TRIGGER animal_changed AFTER UPDATE ON animal BEGIN
    DELETE FROM changed_animal WHERE animal = new.id;
    INSERT INTO changed_animal (animal) VALUES (new.id);
END;

CREATE TRIGGER visit_embedded AFTER UPDATE OF embedding ON visit WHEN new.animal IS NOT NULL BEGIN
    DELETE FROM changed_animal WHERE animal = new.animal;
    INSERT INTO changed_animal (animal) VALUES (new.animal);
END;
