//! Moves owners, bookings and embeddings of other sites when animals are merged, and returns them when
//! these are split.

use rusqlite::Connection;

use crate::connections::Fault;
use crate::ids::AnimalId;

/// Keeps the owners and bookings of an animal that is about to be merged.
pub(crate) fn keep(
    connection: &Connection,
    merged: AnimalId,
    survivor: AnimalId,
) -> Result<(), Fault> {
    // An owner whom the survivor has only because of an earlier merge is not its own.
    connection.execute(
        "INSERT INTO merged_owner (merged, owner, added)
         SELECT ?1, owner, NOT EXISTS (SELECT 1 FROM animal_owner own
                                       WHERE own.animal = ?2 AND own.owner = animal_owner.owner)
                           OR EXISTS (SELECT 1 FROM merged_owner o JOIN merged m ON m.id = o.merged
                                      WHERE m.parent = ?2 AND o.owner = animal_owner.owner
                                            AND o.added)
         FROM animal_owner WHERE animal = ?1",
        (merged, survivor),
    )?;
    connection.execute(
        "INSERT INTO merged_booking (merged, booking) SELECT ?1, id FROM booking WHERE animal = ?1",
        [merged],
    )?;
    Ok(())
}

/// Gives owners, bookings and embeddings of an animal to another one.
pub(crate) fn move_all(connection: &Connection, from: AnimalId, to: AnimalId) -> Result<(), Fault> {
    connection.execute(
        "INSERT OR IGNORE INTO animal_owner (animal, owner)
         SELECT ?2, owner FROM animal_owner WHERE animal = ?1",
        (from, to),
    )?;
    connection.execute(
        "UPDATE booking SET animal = ?2 WHERE animal = ?1",
        (from, to),
    )?;
    connection.execute(
        "UPDATE guest_embedding SET animal = ?2, origin = coalesce(origin, ?1) WHERE animal = ?1",
        (from, to),
    )?;
    Ok(())
}

/// Gives a split animal its owners back, and its bookings that are still the survivor's. The survivor
/// loses the owners that it has only from this animal.
pub(crate) fn return_all(
    connection: &Connection,
    merged: AnimalId,
    survivor: AnimalId,
) -> Result<(), Fault> {
    connection.execute(
        "INSERT INTO animal_owner (animal, owner)
         SELECT ?1, owner FROM merged_owner WHERE merged = ?1",
        [merged],
    )?;
    connection.execute(
        "DELETE FROM animal_owner WHERE animal = ?2 AND owner IN (
             SELECT owner FROM merged_owner WHERE merged = ?1 AND added
             EXCEPT SELECT o.owner FROM merged_owner o JOIN merged m ON m.id = o.merged
                    WHERE m.parent = ?2 AND m.id <> ?1)",
        (merged, survivor),
    )?;
    connection.execute(
        "UPDATE booking SET animal = ?1
         WHERE animal = ?2 AND id IN (SELECT booking FROM merged_booking WHERE merged = ?1)",
        (merged, survivor),
    )?;
    Ok(())
}

/// Gives a split animal the embeddings of other sites back, and those of the animals that came back with
/// it.
pub(crate) fn return_embeddings(connection: &Connection, merged: AnimalId) -> Result<(), Fault> {
    connection.execute(
        "UPDATE guest_embedding SET animal = ?1, origin = nullif(origin, ?1)
         WHERE origin = ?1 OR origin IN (SELECT id FROM merged WHERE survivor = ?1)",
        [merged],
    )?;
    Ok(())
}
