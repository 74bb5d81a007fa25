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

/// The most connections at a time. One more takes the place of another one.
pub(crate) const CONNECTIONS: usize = 256;

/// The most of them that are of nobody who is logged in.
pub(crate) const CONNECTIONS_OF_STRANGERS: usize = 192;

/// The most of those from one address.
pub(crate) const CONNECTIONS_OF_ADDRESS: usize = 64;

/// The most that are kept for those who are logged in. The rest is for logging in.
pub(crate) const CONNECTIONS_KEPT: usize = 224;

/// The most of those of one session or token.
pub(crate) const CONNECTIONS_OF_SESSION: usize = 32;

/// After this long without a request, a new connection is the first to go.
pub(crate) const SILENCE: Duration = Duration::from_secs(1);

/// The most pages and programs that follow the events at a time.
pub(crate) const FOLLOWERS: usize = 64;

/// The most of them of one session or token.
pub(crate) const FOLLOWERS_OF_SESSION: usize = 8;

/// The most files that arrive at a time.
pub(crate) const UPLOADS: usize = 16;

/// The most of them of one session or token.
pub(crate) const UPLOADS_OF_SESSION: usize = 4;

/// How slowly a file may arrive, in bytes a second.
pub(crate) const UPLOAD_PACE: u64 = 16 << 10;

/// How long a file may take on top of that.
pub(crate) const UPLOAD_GRACE: Duration = Duration::from_secs(60);
