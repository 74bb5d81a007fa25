//! Says in JSON what an event tells of: see [`crate::EventKind`].

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use recognise::VerdictKind;
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::animals::Animal;
use crate::connections::Fault;
use crate::embedding::NETWORK;
use crate::gallery::LAST_VISITS;
use crate::ids::AnimalId;
use crate::values::At;
use crate::visits::Record;

/// The time of the last change of fields of an animal, by their names.
pub(crate) type Changes = BTreeMap<&'static str, Timestamp>;

/// A time as events have it.
pub(crate) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// A visit as it is now, and its UUID. With its embedding where it is wanted and the visit has an
/// animal.
pub(crate) fn visit(
    connection: &Connection,
    record: &Record,
    with_embedding: bool,
) -> Result<(String, Value), Fault> {
    let (visit, stay) = (&record.visit, &record.stay);
    let (uid, network, embedding, animal): (String, String, Option<Vec<u8>>, Option<String>) =
        connection
            .prepare_cached(&format!(
                "SELECT v.uid, {NETWORK}, v.embedding, a.uid
                 FROM visit v LEFT JOIN animal a ON a.id = v.animal WHERE v.id = ?1"
            ))?
            .query_row([visit.id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?;
    let recognised = (visit.candidates.first()).filter(|_| visit.verdict == VerdictKind::Breed);
    let candidates: Vec<Value> = (visit.candidates.iter())
        .map(|candidate| {
            let probability = rounded(candidate.probability);
            json!({ "breed": candidate.breed.as_str(), "probability": probability })
        })
        .collect();
    let embedding = embedding.filter(|_| with_embedding && animal.is_some());
    let name = visit.animal.as_ref().map(|(_, name)| name);
    let animal = animal.map(|id| json!({ "id": id, "name": name }));
    let confirmed = visit.confirmed_breed.as_ref().map(|breed| {
        json!({
            "breed": breed.as_str(),
            "breed_name": visit.confirmed_breed_name,
            "animal": animal,
            "at": visit.confirmed_at.map(time),
            "by": visit.confirmed_by,
        })
    });
    let body = json!({
        "visit": {
            "id": uid,
            "number": visit.id.0,
            "arrived": time(visit.at),
            "verdict": visit.verdict.as_str(),
            "breed": recognised.map(|first| first.breed.as_str()),
            "confidence": rounded(visit.confidence),
            "candidates": candidates,
            "confirmed": confirmed,
            "checked_out": stay.checked_out_at.map(|said| time(stay.left_at.unwrap_or(said))),
            "model": visit.model,
            "source": visit.source.to_string(),
            "embedding": embedding.map(|bytes| json!({
                "network": network,
                "bytes": STANDARD.encode(bytes),
            })),
        }
    });
    Ok((uid, body))
}

/// The fields of an animal that other sites know.
pub(crate) fn shared(animal: &Animal) -> BTreeMap<&'static str, Value> {
    let about = &animal.fields;
    let owners: Vec<&str> = (animal.owners.iter())
        .map(|owner| owner.name.as_str())
        .collect();
    BTreeMap::from([
        ("name", json!(about.name)),
        ("species", json!(about.species)),
        ("breed", json!(about.breed.as_str())),
        ("breed_name", json!(about.breed_name)),
        ("warnings", json!(about.warnings)),
        ("vaccinations", json!(about.vaccinations)),
        ("owners", json!(owners)),
    ])
}

/// An animal as it is now, with what has changed, and with embeddings where they are told, too.
pub(crate) fn animal(
    animal: &Animal,
    uid: &str,
    changes: &Changes,
    embeddings: Option<Vec<Value>>,
) -> Value {
    let mut about: Map<String, Value> = (shared(animal).into_iter())
        .map(|(field, value)| (field.to_owned(), value))
        .collect();
    about.insert("id".to_owned(), json!(uid));
    about.insert("number".to_owned(), json!(animal.id.0));
    about.insert("created".to_owned(), json!(time(animal.created)));
    let changed: Map<String, Value> = (changes.iter())
        .map(|(field, at)| ((*field).to_owned(), json!(time(*at))))
        .collect();
    let mut body = Map::new();
    body.insert("animal".to_owned(), Value::Object(about));
    body.insert("changed".to_owned(), Value::Object(changed));
    if let Some(embeddings) = embeddings {
        body.insert("embeddings".to_owned(), Value::Array(embeddings));
    }
    Value::Object(body)
}

/// When each field that other sites know was last changed, as the history has it.
pub(crate) fn last_changes(connection: &Connection, animal: &Animal) -> Result<Changes, Fault> {
    let mut changes: Changes = (shared(animal).into_keys())
        .map(|field| (field, animal.created))
        .collect();
    let mut statement = connection.prepare_cached(
        "SELECT field, max(at) FROM change
         WHERE subject = 'animal' AND subject_id = ?1 GROUP BY field
         UNION ALL
         SELECT 'owner', max(c.at) FROM change c JOIN animal_owner o ON o.owner = c.subject_id
         WHERE c.subject = 'owner' AND c.field = 'name' AND o.animal = ?1 GROUP BY c.field",
    )?;
    let noted = statement.query_map([animal.id], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, At>(1)?.0))
    })?;
    for noted in noted {
        let (field, at) = noted?;
        let field = match field.as_str() {
            "owner" => "owners",
            field => field,
        };
        if let Some(last) = changes.get_mut(field) {
            *last = at.max(*last);
        }
    }
    Ok(changes)
}

/// The embeddings of the last visits of an animal, newest first.
pub(crate) fn embeddings(connection: &Connection, animal: AnimalId) -> Result<Vec<Value>, Fault> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {NETWORK}, v.embedding, v.at FROM visit v
         WHERE v.animal = ?1 AND v.said IS NOT NULL AND v.embedding IS NOT NULL
         ORDER BY v.at DESC, v.id DESC LIMIT ?2"
    ))?;
    let embeddings = statement.query_map((animal, LAST_VISITS), |row| {
        let (network, bytes): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let at = time(row.get::<_, At>(2)?.0);
        Ok(json!({ "network": network, "bytes": STANDARD.encode(bytes), "at": at }))
    })?;
    Ok(embeddings.collect::<rusqlite::Result<_>>()?)
}

/// A probability with four decimals, which is all that it says.
fn rounded(probability: f32) -> f64 {
    (f64::from(probability) * 10_000.0).round() / 10_000.0
}
