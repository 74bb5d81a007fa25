//! Stores what other sites have recorded of an animal's appearance: embeddings, and a photograph.

use std::cmp::Reverse;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension};

use super::fields::Refusal;
use super::{ChainEmbedding, ChainGuest, Here};
use crate::animals::Animal;
use crate::connections::Fault;
use crate::embedding::Embedding;
use crate::gallery::LAST_VISITS;
use crate::ids::AnimalId;
use crate::values::{At, NAME_CHARACTERS, check_line};

/// The largest photograph of a guest, in bytes.
const PHOTOGRAPH_BYTES: usize = 48 << 10;

/// What a JPEG begins with.
const JPEG: &[u8] = &[0xFF, 0xD8, 0xFF];

/// How far apart the times of a visit and of its embedding at the hub may be, at most: the pictures of this
/// kiosk's own visits are not taken as those of other sites.
const SAME_PICTURE: SignedDuration = SignedDuration::from_hours(24);

/// Refuses embeddings and photographs that are none.
pub(super) fn check(guest: &ChainGuest) -> Result<(), Refusal> {
    for ChainEmbedding { network, bytes, .. } in &guest.embeddings {
        check_line("embeddings", network, NAME_CHARACTERS)?;
        if Embedding::new(network.clone(), bytes.clone()).is_none() {
            return Err(Refusal::NotReadable("embeddings"));
        }
    }
    match &guest.photograph {
        Some(jpeg) if !jpeg.starts_with(JPEG) || jpeg.len() > PHOTOGRAPH_BYTES => {
            Err(Refusal::NotAPhotograph)
        }
        _ => Ok(()),
    }
}

/// Replaces the embeddings that other sites have made of an animal. Returns whether they have changed.
pub(super) fn set_embeddings(
    connection: &Connection,
    animal: &Animal,
    guest: &ChainGuest,
) -> Result<bool, Fault> {
    let mut newest: Vec<&ChainEmbedding> = guest.embeddings.iter().collect();
    newest.sort_by_key(|embedding| Reverse(embedding.at));
    let mut wanted: Vec<(String, Vec<u8>, i64)> = Vec::new();
    for ChainEmbedding { network, bytes, at } in newest.into_iter().take(LAST_VISITS) {
        if animal.known_at.is_some() || !is_of_own_visit(connection, bytes, *at)? {
            wanted.push((network.clone(), bytes.clone(), at.as_millisecond()));
        }
    }
    let mut statement = connection.prepare_cached(
        "SELECT network, embedding, at FROM guest_embedding
         WHERE animal = ?1 AND origin IS NULL ORDER BY id",
    )?;
    let before: Vec<(String, Vec<u8>, i64)> = statement
        .query_map([animal.id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    if before == wanted {
        return Ok(false);
    }
    connection
        .prepare_cached("DELETE FROM guest_embedding WHERE animal = ?1 AND origin IS NULL")?
        .execute([animal.id])?;
    let mut insert = connection.prepare_cached(
        "INSERT INTO guest_embedding (animal, network, embedding, at) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for (network, bytes, at) in &wanted {
        insert.execute((animal.id, network, bytes, at))?;
    }
    Ok(true)
}

/// Whether an embedding is that of a visit here, which counts for as long as the visit is the animal's.
fn is_of_own_visit(connection: &Connection, bytes: &[u8], at: Timestamp) -> Result<bool, Fault> {
    let around = |by: SignedDuration| at.checked_add(by).unwrap_or(at);
    let (from, to) = (around(-SAME_PICTURE), around(SAME_PICTURE));
    let mut statement = connection
        .prepare_cached("SELECT 1 FROM visit WHERE at BETWEEN ?1 AND ?2 AND embedding = ?3")?;
    Ok(statement.exists((At(from), At(to), bytes))?)
}

/// Replaces the photograph that another site has taken of an animal. One of this daycare has those of its
/// visits, and gets no other. Returns whether it has changed.
pub(super) fn set_photograph(
    connection: &Connection,
    animal: &Animal,
    jpeg: Option<&Vec<u8>>,
    here: &Here,
) -> Result<bool, Fault> {
    let before = photograph(connection, animal.id)?;
    let may_have_one = animal.known_at.is_some() || before.is_some();
    let jpeg = jpeg.filter(|_| may_have_one && here.keeps_photographs);
    if before.as_ref() == jpeg {
        return Ok(false);
    }
    let animal = animal.id;
    connection.execute("DELETE FROM guest_photograph WHERE animal = ?1", [animal])?;
    if let Some(jpeg) = jpeg {
        connection.execute(
            "INSERT INTO guest_photograph (animal, jpeg) VALUES (?1, ?2)",
            (animal, jpeg),
        )?;
    }
    Ok(true)
}

/// The photograph that another site has taken of an animal.
pub(super) fn photograph(
    connection: &Connection,
    animal: AnimalId,
) -> Result<Option<Vec<u8>>, Fault> {
    let jpeg = connection
        .prepare_cached("SELECT jpeg FROM guest_photograph WHERE animal = ?1")?
        .query_row([animal], |row| row.get(0))
        .optional()?;
    Ok(jpeg)
}

/// Removes what other sites have made of an animal.
pub(super) fn forget(connection: &Connection, animal: AnimalId) -> Result<(), Fault> {
    connection.execute("DELETE FROM guest_embedding WHERE animal = ?1", [animal])?;
    connection.execute("DELETE FROM guest_photograph WHERE animal = ?1", [animal])?;
    Ok(())
}
