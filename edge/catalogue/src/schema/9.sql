-- The version of the network that made the embedding, where that is not the one that gave the answer:
-- after an update, embeddings are made anew from the photographs.
ALTER TABLE visit ADD COLUMN embedded_by TEXT;

-- The newest visits of a breed.
CREATE INDEX visit_said ON visit (said, at) WHERE said IS NOT NULL;

-- Breeds that the kiosk does not learn, since it was told to forget them. Who said so is in `change`.
CREATE TABLE forgotten_breed (
    breed TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
