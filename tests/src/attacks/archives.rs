//! Backups and restores without pause, which the owner asks for.

use super::beside::{Beside, Done};
use crate::client::{Client, NoAnswer};

/// Receives a backup and restores it, again and again. Counts the restores.
pub(super) fn restore(owner: &Client, done: Done) -> Beside {
    let owner = owner.clone();
    Beside::start(async move {
        loop {
            let restored = restore_one(&owner.reconnected()).await;
            if restored.is_ok_and(|is_done| is_done) {
                done.note();
            }
        }
    })
}

/// Returns whether the kiosk has done all of it.
async fn restore_one(owner: &Client) -> Result<bool, NoAnswer> {
    let backup = owner.try_get("/api/v1/backup").await?;
    if !backup.is_done() {
        return Ok(false);
    }
    let kind = "application/x-tar";
    let sent = owner.try_send_file("/api/v1/restore", kind, backup.body);
    Ok(sent.await?.is_done())
}
