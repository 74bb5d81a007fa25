//! Takes what is forgotten out of the events that wait, and tells others to forget it.

use rusqlite::Connection;
use serde_json::json;

use super::EventKind;
use super::tell::{Changed, add, animal, is_followed};
use crate::animals;
use crate::connections::Fault;
use crate::history::Author;
use crate::ids::{AnimalId, OwnerId};

/// Tells that an animal is about to be erased, with those that were merged into it. What waits says no
/// more of them than their UUIDs. One that is known elsewhere alone is erased here and not there.
pub(crate) fn animal_deleted(
    connection: &Connection,
    id: AnimalId,
    author: Author<'_>,
) -> Result<(), Fault> {
    let uids: Vec<String> = connection
        .prepare_cached(
            "SELECT uid FROM merged WHERE survivor = ?1
             UNION ALL SELECT uid FROM animal WHERE id = ?1",
        )?
        .query_map([id], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for uid in &uids {
        connection.execute(
            "DELETE FROM outbox WHERE subject = ?1 AND kind = 'animal'",
            [uid],
        )?;
        connection.execute(
            "UPDATE outbox
             SET body = json_set(body, '$.visit.confirmed.animal', NULL, '$.visit.embedding', NULL)
             WHERE json_extract(body, '$.visit.confirmed.animal.id') = ?1",
            [uid],
        )?;
    }
    let is_ours = animals::one(connection, id)?.known_at.is_none();
    if !is_ours || !is_followed(connection)? {
        return Ok(());
    }
    for uid in &uids {
        let (kind, body) = (EventKind::AnimalDeleted, json!({ "animal": uid }));
        add(connection, kind, uid, 0, author, &body)?;
    }
    Ok(())
}

/// Takes the names of an owner who is about to be erased out of what waits. Returns the animals whose
/// owners have to be told again after that: see [`owner_erased`].
pub(crate) fn owner_told(connection: &Connection, owner: OwnerId) -> Result<Vec<AnimalId>, Fault> {
    let names: Vec<String> = connection
        .prepare_cached(
            "SELECT name FROM owner WHERE id = ?1
             UNION SELECT before FROM change
                   WHERE subject = 'owner' AND subject_id = ?1 AND field = 'name'
                         AND before IS NOT NULL
             UNION SELECT after FROM change
                   WHERE subject = 'owner' AND subject_id = ?1 AND field = 'name'
                         AND after IS NOT NULL",
        )?
        .query_map([owner], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let names = json!(names).to_string();
    let named = "kind = 'animal' AND EXISTS (
        SELECT 1 FROM json_each(outbox.body, '$.animal.owners') AS named
        WHERE named.value IN (SELECT value FROM json_each(?1)))";
    let animals: Vec<AnimalId> = connection
        .prepare_cached(&format!(
            "SELECT animal FROM animal_owner WHERE owner = ?2
             UNION SELECT id FROM animal WHERE uid IN (SELECT subject FROM outbox WHERE {named})"
        ))?
        .query_map((&names, owner), |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    connection.execute(
        &format!(
            "UPDATE outbox
             SET body = json_set(json_remove(body, '$.changed.owners'),
                                 '$.animal.owners', json('[]'))
             WHERE {named}"
        ),
        [&names],
    )?;
    Ok(animals)
}

/// Tells who the owners of these animals are, once one of them is erased.
pub(crate) fn owner_erased(
    connection: &Connection,
    animals: Vec<AnimalId>,
    author: Author<'_>,
) -> Result<(), Fault> {
    for id in animals {
        animal(connection, id, Changed::Owners, author)?;
    }
    Ok(())
}
