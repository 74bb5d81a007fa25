-- The clock as it was last seen, by which one that jumped is told; one row at most.
CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- When photographs were last looked after.
    seen INTEGER NOT NULL,
    -- Since when the clock has gone on without a jump.
    steady_since INTEGER NOT NULL
) STRICT;
