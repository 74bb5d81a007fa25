-- Goes up whenever the answer, the decision or the animal changes. Whoever decides says which
-- revision they saw.
ALTER TABLE visit ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

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

-- The decisions that later ones replaced: the last one of a visit is what undoing restores.
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

-- Photographs without an animal that are kept for training. Their visits are deleted.
CREATE TABLE negative (
    photograph TEXT PRIMARY KEY
        CHECK (photograph GLOB '[0-9]*.jpg' AND photograph NOT GLOB '*[/\]*'),
    bytes INTEGER NOT NULL,
    -- When the photograph was taken, by the catalogue's clock.
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Animals that were merged into another one, as they were, so that they can be split off again.
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
) STRICT;

CREATE INDEX merged_survivor ON merged (survivor);
CREATE INDEX merged_parent ON merged (parent);
CREATE UNIQUE INDEX merged_tag ON merged (tag) WHERE tag IS NOT NULL;

-- Its visits.
CREATE TABLE merged_visit (
    merged INTEGER NOT NULL REFERENCES merged (id) ON DELETE CASCADE,
    visit INTEGER NOT NULL REFERENCES visit (id) ON DELETE CASCADE,
    PRIMARY KEY (merged, visit)
) STRICT, WITHOUT ROWID;

CREATE INDEX merged_visit_visit ON merged_visit (visit);

-- The days on which it was expected.
CREATE TABLE merged_day (
    merged INTEGER NOT NULL REFERENCES merged (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    -- Whether the survivor would not be expected on that day without it.
    added INTEGER NOT NULL,
    PRIMARY KEY (merged, day)
) STRICT, WITHOUT ROWID;
