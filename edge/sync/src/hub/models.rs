//! Reads model bundles for the fleet from the hub.

use std::time::Duration;

use tokio::time::timeout;

use super::connect::connect;
use super::error::HubError;
use super::settings::Settings;

/// The most bytes of a bundle.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// How long the newest bundle may take, on a slow line. A line that is cut ends the wait too.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// A model bundle of the hub. Nothing is known of who made it until its signature is checked.
///
/// ```no_run
/// use sync::hub::{HubError, Settings, models};
///
/// # async fn example(settings: Settings, known: &str) -> Result<(), HubError> {
/// if let Some(bundle) = models::newest(&settings, Some(known)).await? {
///     assert_ne!(bundle.version, known);
///     println!("version {} has {} bytes", bundle.version, bundle.bytes.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetBundle {
    /// What tells it from others: the same bundle has the same version.
    pub version: String,
    /// The bundle.
    pub bytes: Vec<u8>,
    /// Its signature, as minisign writes it.
    pub signature: String,
}

/// The newest of a channel, without its bytes where the kiosk knows it or they are too many.
const NEWEST: &str = "
    SELECT version, signature, octet_length(bytes) AS size,
        CASE WHEN version IS DISTINCT FROM $2 AND octet_length(bytes) <= $3 THEN bytes END AS bytes
    FROM breed_kiosk.model WHERE channel = $1 ORDER BY added DESC LIMIT 1";

/// Reads the newest bundle of the channel that the settings name. `None` if it is the one that the
/// kiosk knows, if there is none, or if no channel is named.
///
/// # Errors
/// If the hub cannot be reached or refuses it, if it takes longer than 15 minutes, or if the bundle is
/// larger than 64 MiB.
pub async fn newest(
    settings: &Settings,
    known: Option<&str>,
) -> Result<Option<FleetBundle>, HubError> {
    let Some(channel) = &settings.models else {
        return Ok(None);
    };
    match timeout(PATIENCE, read(settings, channel, known)).await {
        Ok(bundle) => bundle,
        Err(_) => Err(HubError::Refused(
            "a model bundle took longer than 15 minutes".to_owned(),
        )),
    }
}

async fn read(
    settings: &Settings,
    channel: &str,
    known: Option<&str>,
) -> Result<Option<FleetBundle>, HubError> {
    let connection = connect(&settings.url, settings.tls()).await?;
    let client = &connection.client;
    // A large bundle may take long on a slow line.
    client.batch_execute("SET statement_timeout = 0").await?;
    let most = i32::try_from(MOST_BYTES).unwrap_or(i32::MAX);
    let newest = client.query_opt(NEWEST, &[&channel, &known, &most]).await?;
    let Some(row) = newest else {
        return Ok(None);
    };
    let version: String = row.try_get("version")?;
    if known == Some(version.as_str()) {
        return Ok(None);
    }
    let bytes: Option<Vec<u8>> = row.try_get("bytes")?;
    let Some(bytes) = bytes else {
        let size: i32 = row.try_get("size")?;
        return Err(HubError::Size(usize::try_from(size).unwrap_or_default()));
    };
    Ok(Some(FleetBundle {
        version,
        bytes,
        signature: row.try_get("signature")?,
    }))
}
