//! Backups that are encrypted with a passphrase.

use std::ops::RangeInclusive;
use std::str;

use age::scrypt;
use age::secrecy::SecretString;
use catalogue::Passphrase;

use super::backups::{self, BACKUP};

const PASSPHRASE: &str = "five words that nobody says";

/// The first line of an age file.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// How much work the passphrase is here, the least that there is: scrypt with N = 2.
const WORK: u8 = 1;

/// How much work makes a kiosk compute for up to seconds, with up to 256 MiB. More is refused at once.
const SLOW: RangeInclusive<u8> = 11..=18;

thread_local! {
    /// Encrypts archives. To make one takes time, since age measures the machine.
    static RECIPIENT: scrypt::Recipient = {
        let mut recipient = scrypt::Recipient::new(SecretString::from(PASSPHRASE.to_owned()));
        recipient.set_work_factor(WORK);
        recipient
    };
}

/// A backup that is encrypted, which is restored with its passphrase: the same is promised as of
/// [`super::backup`]. Bytes that do not begin as an age file are an archive that is encrypted here: damage
/// to an age file shows before it gets to the archive in it.
///
/// # Panics
/// If that is not so.
#[must_use]
pub fn encrypted(bytes: &[u8]) -> bool {
    // Files that take seconds each would leave no time for others.
    if work(bytes).is_some_and(|work| SLOW.contains(&work)) {
        return false;
    }
    let passphrase = Passphrase::new(PASSPHRASE);
    if bytes.starts_with(MAGIC) {
        return backups::restores(bytes, Some(&passphrase));
    }
    backups::restores(&encrypt(bytes), Some(&passphrase))
}

/// A whole age file, and a whole archive.
pub(super) fn files() -> Vec<Vec<u8>> {
    BACKUP.with(|archive| vec![encrypt(archive), archive.clone()])
}

fn encrypt(archive: &[u8]) -> Vec<u8> {
    let encrypted = RECIPIENT.with(|recipient| age::encrypt(recipient, archive));
    encrypted.expect("an age file in memory")
}

/// How much work an age file asks for: the last word of its second line.
fn work(file: &[u8]) -> Option<u8> {
    let mut lines = file.strip_prefix(MAGIC)?.split(|byte| *byte == b'\n');
    let word = lines.next()?.rsplit(|byte| *byte == b' ').next()?;
    str::from_utf8(word).ok()?.parse().ok()
}
