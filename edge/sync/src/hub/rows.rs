//! Reads rows of the hub into the catalogue's types, by the kiosk's clock. Other kiosks wrote them,
//! and maybe other programs: whatever is in them, one that cannot be read stops no other.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use catalogue::{ChainEmbedding, ChainField, ChainGuest, OutboxEvent};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;
use uuid::Uuid;

use super::clock::Clock;
use crate::envelope;

/// A guest of the chain, as the hub's function `guests_after` gives it.
///
/// ```
/// use jiff::Timestamp;
/// use serde_json::json;
/// use sync::hub::{Clock, GuestRow};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let now: Timestamp = "2026-05-01T12:00:00Z".parse()?;
/// let name = json!({"value": "Rex", "at": "2026-05-01T08:00:00Z", "by": "ana", "site": "North"});
/// let row: GuestRow = serde_json::from_value(json!({
///     "id": "0197e0d4-0000-7000-8000-000000000001",
///     "site": "North",
///     "created": "2026-05-01T08:00:00Z",
///     "deleted": false,
///     "merged_into": null,
///     "fields": {"name": name},
///     "embeddings": [],
///     "photograph": null,
/// }))?;
/// let guest = row.guest(Clock::new(now, now, now))?;
/// assert_eq!(guest.site, "North");
/// assert_eq!(guest.fields["name"].value, "Rex");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize)]
pub struct GuestRow {
    /// Its UUID.
    pub id: Uuid,
    /// The site where it is known.
    pub site: String,
    /// When it was added there, by the hub's clock.
    pub created: Timestamp,
    /// Whether it was erased.
    pub deleted: bool,
    /// The guest that it was merged into.
    pub merged_into: Option<Uuid>,
    /// An object: of each field its `value`, `at`, `by` and `site`.
    pub fields: Value,
    /// A list of objects with `network`, `bytes` (base64) and `at`.
    pub embeddings: Value,
    /// A JPEG.
    pub photograph: Option<Vec<u8>>,
}

/// An event of this kiosk, as the hub's function `own_events` gives it.
#[derive(Clone, Debug, Deserialize)]
pub struct EventRow {
    /// Its UUID.
    pub id: Uuid,
    /// The version of the events' schema.
    pub schema: i32,
    /// What it tells of.
    pub kind: String,
    /// When it happened, by the hub's clock.
    pub at: Timestamp,
    /// Who did it.
    pub by: String,
    /// The visit or the animal.
    pub subject: Uuid,
    /// The visit's revision.
    pub revision: i32,
    /// What happened.
    pub body: Value,
}

/// A column of a row is not what it should be.
#[derive(Debug, Error)]
#[error("{column}: {reason}")]
pub struct NotReadable {
    column: &'static str,
    reason: serde_json::Error,
}

#[derive(Deserialize)]
struct Field {
    value: Value,
    at: Timestamp,
    by: String,
    site: String,
}

#[derive(Deserialize)]
struct Embedding {
    network: String,
    bytes: String,
    at: Timestamp,
}

impl GuestRow {
    /// The guest for [`catalogue::Catalogue::take_guests`], which refuses what it cannot store.
    ///
    /// # Errors
    /// For `fields` or `embeddings` of another form.
    pub fn guest(self, clock: Clock) -> Result<ChainGuest, NotReadable> {
        let fields: BTreeMap<String, Field> = json("fields", self.fields)?;
        let embeddings: Vec<Embedding> = json("embeddings", self.embeddings)?;
        Ok(ChainGuest {
            id: self.id.to_string(),
            site: self.site,
            created: clock.local(self.created),
            fields: (fields.into_iter())
                .map(|(name, field)| {
                    let field = ChainField {
                        value: field.value,
                        at: clock.local(field.at),
                        by: field.by,
                        site: field.site,
                    };
                    (name, field)
                })
                .collect(),
            // Embeddings that are no base64 are those of nothing.
            embeddings: (embeddings.into_iter())
                .filter_map(|embedding| {
                    Some(ChainEmbedding {
                        network: embedding.network,
                        bytes: BASE64_STANDARD.decode(embedding.bytes).ok()?,
                        at: clock.local(embedding.at),
                    })
                })
                .collect(),
            photograph: self.photograph,
            deleted: self.deleted,
            merged_into: self.merged_into.map(|guest| guest.to_string()),
        })
    }
}

impl EventRow {
    /// The event for [`catalogue::Catalogue::take_back`], which passes over what it cannot store. `None`
    /// for one in a schema that this program does not know: an older program took the place of the one
    /// that told it.
    #[must_use]
    pub fn event(self, clock: Clock) -> Option<OutboxEvent> {
        if self.schema > envelope::SCHEMA {
            return None;
        }
        let (mut at, mut body) = (self.at, self.body);
        clock.localise(&mut at, &mut body);
        Some(OutboxEvent {
            seq: 0,
            id: self.id.to_string(),
            at,
            kind: self.kind,
            subject: self.subject.to_string(),
            revision: u32::try_from(self.revision).unwrap_or_default(),
            by: self.by,
            body,
        })
    }
}

fn json<T: DeserializeOwned>(column: &'static str, value: Value) -> Result<T, NotReadable> {
    serde_json::from_value(value).map_err(|reason| NotReadable { column, reason })
}
