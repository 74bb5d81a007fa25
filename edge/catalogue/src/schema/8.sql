-- What was forgotten and may still have left traces on the disk: the names of photographs, and NULL for what was in
-- the tables. Empty once all of it is erased.
CREATE TABLE forgotten (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photograph TEXT
        CHECK (photograph GLOB '[0-9]*.jpg' AND photograph NOT GLOB '*[/\]*')
) STRICT;
