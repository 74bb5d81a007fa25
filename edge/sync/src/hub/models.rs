//! Reads model bundles for the fleet from the hub.

use super::connect::connect;
use super::error::HubError;
use super::settings::Settings;

/// The most bytes of a bundle.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// A model bundle of the hub. Nothing is known of who made it until its signature is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetBundle {
    /// What tells it from others: the same bundle has the same version.
    pub version: String,
    /// The bundle.
    pub bytes: Vec<u8>,
    /// Its signature, as minisign writes it.
    pub signature: String,
}

/// The newest of a channel, without its bytes where the kiosk knows it.
const NEWEST: &str = "
    SELECT version, signature, CASE WHEN version IS DISTINCT FROM $2 THEN bytes END AS bytes
    FROM breed_kiosk.model WHERE channel = $1 ORDER BY added DESC LIMIT 1";

/// Reads the newest bundle of the channel that the settings name. `None` if it is the one that the
/// kiosk knows, if there is none, or if no channel is named.
///
/// # Errors
/// If the hub cannot be reached or refuses it.
pub async fn newest(
    settings: &Settings,
    known: Option<&str>,
) -> Result<Option<FleetBundle>, HubError> {
    let Some(channel) = &settings.models else {
        return Ok(None);
    };
    let connection = connect(&settings.url, settings.tls()).await?;
    let client = &connection.client;
    // A large bundle may take long on a slow line.
    client.batch_execute("SET statement_timeout = 0").await?;
    let Some(row) = client.query_opt(NEWEST, &[channel, &known]).await? else {
        return Ok(None);
    };
    let bytes: Option<Vec<u8>> = row.try_get("bytes")?;
    let Some(bytes) = bytes else {
        return Ok(None);
    };
    if bytes.len() > MOST_BYTES {
        return Err(HubError::Size(bytes.len()));
    }
    Ok(Some(FleetBundle {
        version: row.try_get("version")?,
        bytes,
        signature: row.try_get("signature")?,
    }))
}
