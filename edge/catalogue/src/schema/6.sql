-- The clock by which photographs age. A jump of the system's clock counts only once somebody, or a
-- source of the exact time, has confirmed that the system's clock is right. One row at most.
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

INSERT INTO own_clock (id, seen, own, confirmed) SELECT 1, seen, own, 0 FROM clock;

DROP TABLE clock;
