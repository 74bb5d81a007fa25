//! Entity tags: what a program has read of a record, and that it changes no other state of it (RFC 9110,
//! 8.8.3 and 13.1.1). A tag is of what can be changed about the record, not of all of the answer: that an
//! animal comes again does not change it. So it is for `If-Match` and not for caches.

use std::convert::Infallible;

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::request::Parts;
use catalogue::Mark;

use crate::desk::Desk;

/// What the description says of the header `If-Match`.
pub(super) const CONDITION: &str = "The `ETag` of the record as it was read. If somebody has changed the \
    record since, the request is refused with 412. Without it, that is not checked.";

/// A record with the header `ETag`.
pub(super) type Tagged<T> = ([(HeaderName, String); 1], Json<T>);

/// A record as an answer.
pub(super) fn tagged<T>(mark: &Mark, record: impl Into<T>) -> Tagged<T> {
    ([(ETAG, format!("\"{mark}\""))], Json(record.into()))
}

/// The header `If-Match`: the states of a record that a request may change; `None` for any state.
pub(super) struct IfMatch(Option<Vec<Mark>>);

impl IfMatch {
    /// The state that the request is about, where the record's is `present`.
    pub(super) fn seen(&self, present: Mark) -> Option<Mark> {
        let listed = self.0.as_ref()?;
        Some(if listed.contains(&present) {
            present
        } else {
            Mark::default()
        })
    }
}

impl FromRequestParts<Desk> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Desk) -> Result<Self, Infallible> {
        let lines = parts.headers.get_all(IF_MATCH).into_iter();
        let lines: Vec<&str> = lines
            .map(|line| line.to_str().unwrap_or_default())
            .collect();
        if lines.is_empty() || lines.iter().any(|line| line.trim() == "*") {
            return Ok(Self(None));
        }
        let tags = lines.iter().flat_map(|line| line.split(','));
        Ok(Self(Some(tags.filter_map(strong).collect())))
    }
}

/// The mark in a strong tag; a weak one matches nothing.
fn strong(tag: &str) -> Option<Mark> {
    let mark = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    Some(mark.to_owned().into())
}
