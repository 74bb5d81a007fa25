-- What an animal needs at every stay.
ALTER TABLE animal ADD COLUMN feeding TEXT NOT NULL DEFAULT '';
ALTER TABLE animal ADD COLUMN medication TEXT NOT NULL DEFAULT '';

-- [{"name": "Rabies", "given": "2026-05-01", "valid_until": "2027-04-30"}, ...], by their ends.
-- `vaccinated_until` is the earliest end.
ALTER TABLE animal ADD COLUMN vaccinations TEXT NOT NULL DEFAULT '[]'
    CHECK (json_valid(vaccinations));

UPDATE animal
SET vaccinations = json_array(
    json_object('name', '', 'given', NULL, 'valid_until', vaccinated_until))
WHERE vaccinated_until IS NOT NULL;

UPDATE merged
SET fields = json_set(fields, '$.vaccinations', json_array(
    json_object('name', '', 'given', NULL,
                'valid_until', json_extract(fields, '$.vaccinated_until'))))
WHERE json_extract(fields, '$.vaccinated_until') IS NOT NULL;

-- The stay that began with a visit. It is open while staff have confirmed the animal and `departed` is
-- another one or none: a check-out is of one animal, and says nothing once the visit is another's.
ALTER TABLE visit ADD COLUMN departed INTEGER;
-- When it left, where somebody knows.
ALTER TABLE visit ADD COLUMN left_at INTEGER;
ALTER TABLE visit ADD COLUMN checked_out_at INTEGER;
ALTER TABLE visit ADD COLUMN checked_out_by TEXT;
ALTER TABLE visit ADD COLUMN belongings TEXT NOT NULL DEFAULT '';
-- The run or kennel.
ALTER TABLE visit ADD COLUMN run TEXT NOT NULL DEFAULT '';

-- Of visits from before, nobody has to say that their animals have left.
UPDATE visit SET departed = animal WHERE animal IS NOT NULL;

CREATE INDEX visit_in_house ON visit (at)
WHERE said IS NOT NULL AND animal IS NOT NULL AND departed IS NOT animal;

-- The people whom animals belong to.
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

-- Animals are found by their owners.
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

-- Days on which an animal is expected again and again.
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

-- Its days on which the animal is not expected.
CREATE TABLE booking_exception (
    booking INTEGER NOT NULL REFERENCES booking (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    PRIMARY KEY (booking, day)
) STRICT, WITHOUT ROWID;

-- The owners and bookings of a merged animal, as for its visits and days.
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

-- Owners have a history, too. SQLite cannot change the check of a table, so the table is made anew.
ALTER TABLE change RENAME TO former_change;

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

INSERT INTO change SELECT * FROM former_change;

DROP TABLE former_change;

CREATE INDEX change_subject ON change (subject, subject_id);
