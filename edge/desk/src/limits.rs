//! The bounds within which the desk works: how many bytes, how long, how many at a time.

use std::time::Duration;

use recognise::photo::MAX_BYTES;

/// The largest form or JSON document of somebody who is logged in, in bytes.
pub(crate) const FORM_BYTES: usize = 256 << 10;

/// The largest form or JSON document of anybody else, in bytes: a password and an address.
pub(crate) const ANONYMOUS_BYTES: usize = 4 << 10;

/// The largest photograph, in bytes.
pub(crate) const PHOTOGRAPH_BYTES: usize = MAX_BYTES as usize;

/// The largest backup, in bytes.
pub(crate) const BACKUP_BYTES: u64 = 2 << 30;

/// The largest table or calendar of bookings, in bytes.
pub(crate) const IMPORT_BYTES: usize = 4 << 20;

/// The most bytes that accompany a photograph in a form.
pub(crate) const PART_BYTES: usize = 64 << 10;

/// How long a whole form or JSON document may take to arrive.
pub(crate) const FORM_TIME: Duration = Duration::from_secs(10);

/// How long a transfer may stand still, in either direction.
pub(crate) const STALL: Duration = Duration::from_secs(30);

/// The most pages and programs that follow the events at a time.
pub(crate) const FOLLOWERS: usize = 64;

/// The most of them with the same token.
pub(crate) const FOLLOWERS_OF_TOKEN: usize = 8;
