-- The clock by which photographs age. The system's clock may be wrong, so this one does not follow
-- its jumps. One row at most.
CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- The system's time when it was last read.
    seen INTEGER NOT NULL,
    -- This clock's time.
    own INTEGER NOT NULL,
    -- How far the system's clock jumped forward, in milliseconds, until this clock accepts it.
    pending INTEGER NOT NULL,
    -- How long the system's clock has gone on since then, in milliseconds.
    steady INTEGER NOT NULL
) STRICT;

-- When the photograph was taken, by the clock above; where it is missing, `at` counts.
ALTER TABLE visit ADD COLUMN photograph_since INTEGER;

-- The photographs in orphans/, and when they were first seen there, by the clock above.
CREATE TABLE orphan (
    name TEXT PRIMARY KEY,
    since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
