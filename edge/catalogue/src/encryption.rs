//! Encrypts backups with a passphrase and decrypts them, in the format of age
//! (<https://age-encryption.org/v1>). `age --decrypt` opens them, too.
//!
//! What is encrypted goes by in pieces of 64 KiB, each with a tag of its own, so that memory does not
//! depend on the size of a backup. Only the last piece shows that a file is whole.

use std::fs::{self, File};
use std::io::{self, BufRead, BufWriter, Read, Seek, SeekFrom, Write};
use std::iter;
use std::path::Path;

use age::stream::{StreamReader, StreamWriter};
use age::{DecryptError, Decryptor, Encryptor, scrypt};
use tempfile::NamedTempFile;
use thiserror::Error;

use crate::{Catalogue, CatalogueError, Passphrase};

/// How much work it is to try a passphrase: scrypt with N = 2^17, r = 8 and p = 1 takes 128 MiB of
/// memory, and about a second on a Pi.
const WORK: u8 = 17;

/// The most work for a file from outside, N = 2^18 with 256 MiB, which is what age's own program asks
/// for: a file that says it takes hours, or all of the memory, is refused before anything is computed.
const MOST_WORK: u8 = 18;

/// How many bytes there are in each piece of what is encrypted, except for the last one.
const PIECE: u64 = 64 << 10;

/// The first line of an age file.
const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// How a file goes on that is encrypted with a passphrase.
const SCRYPT: &[u8] = b"-> scrypt ";

/// How the last line of the header begins. With a passphrase it comes within 200 bytes.
const HEADER_ENDS: &[u8] = b"\n--- ";

/// Why a backup cannot be decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DecryptionFault {
    /// It is encrypted, and no passphrase was given.
    #[error("encrypted with a passphrase; give that, too")]
    PassphraseNeeded,
    /// It is not encrypted, and a passphrase was given.
    #[error("not encrypted with a passphrase (no age file); leave the passphrase out")]
    NotEncrypted,
    /// Another passphrase was given.
    #[error("encrypted with another passphrase; type it again")]
    WrongPassphrase,
    /// It is encrypted to somebody's key.
    #[error(
        "encrypted to a key instead of a passphrase; decrypt it with `age --decrypt` on another machine"
    )]
    ToKey,
    /// Trying a passphrase takes more time and memory than a kiosk has.
    #[error(
        "encrypted so that opening it takes too much time and memory (scrypt with N above 2^18); decrypt it with `age --decrypt` on another machine"
    )]
    TooMuchWork,
    /// It was cut short, or changed after it was written.
    #[error("encrypted, and cut short or changed afterwards; choose another file")]
    Damaged,
}

impl Catalogue {
    /// Whether a file begins as a backup that is encrypted with a passphrase.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn is_encrypted_backup(file: &Path) -> Result<bool, CatalogueError> {
        let begins = || {
            if !has_content(file)? {
                return Ok(false);
            }
            let mut start = Vec::new();
            let most = (MAGIC.len() + SCRYPT.len()) as u64;
            File::open(file)?.take(most).read_to_end(&mut start)?;
            let header = start.strip_prefix(MAGIC);
            Ok(header.is_some_and(|header| header.starts_with(SCRYPT)))
        };
        begins().map_err(CatalogueError::io(file))
    }
}

/// Whether there is something to read at once. A program that opens a pipe waits for another one that writes to
/// it, and one that reads the kernel's log for the next message; that log says that it is a file without
/// content.
pub(crate) fn has_content(file: &Path) -> io::Result<bool> {
    let about = fs::metadata(file)?;
    Ok(about.is_file() && about.len() > 0)
}

/// The file of a backup that is being written.
pub(crate) enum Output {
    Plain(BufWriter<NamedTempFile>),
    Encrypted(StreamWriter<BufWriter<NamedTempFile>>),
}

impl Output {
    /// Encrypts what is written to `file` if there is a passphrase.
    pub(crate) fn new(file: NamedTempFile, passphrase: Option<&Passphrase>) -> io::Result<Self> {
        let file = BufWriter::new(file);
        let Some(passphrase) = passphrase else {
            return Ok(Self::Plain(file));
        };
        let mut recipient = scrypt::Recipient::new(passphrase.secret());
        recipient.set_work_factor(WORK);
        let recipients = iter::once(&recipient as &dyn age::Recipient);
        let encryptor = Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
        Ok(Self::Encrypted(encryptor.wrap_output(file)?))
    }

    /// Ends the file. It is on the disk then.
    pub(crate) fn finish(self) -> io::Result<NamedTempFile> {
        let mut file = match self {
            Self::Plain(file) => file,
            Self::Encrypted(stream) => stream.finish()?,
        };
        file.flush()?;
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        Ok(file)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Encrypted(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Encrypted(stream) => stream.flush(),
        }
    }
}

/// The archive of a backup that is being read.
pub(crate) struct Input<R> {
    content: Content<R>,
    /// Whether what was read does not belong to an encrypted file that is whole.
    is_damaged: bool,
}

enum Content<R> {
    Plain(R),
    Encrypted(StreamReader<R>),
}

impl<R: BufRead> Input<R> {
    /// Reads the backup `path`, whose bytes are those of `file`.
    ///
    /// # Errors
    /// [`CatalogueError::NotDecrypted`], or if it cannot be read.
    pub(crate) fn open(
        path: &Path,
        mut file: R,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, CatalogueError> {
        let fault = |reason| CatalogueError::not_decrypted(path, reason);
        let start = file.fill_buf().map_err(CatalogueError::io(path))?;
        let Some(header) = start.strip_prefix(MAGIC) else {
            return match passphrase {
                None => Ok(Self::of(Content::Plain(file))),
                Some(_) => Err(fault(DecryptionFault::NotEncrypted)),
            };
        };
        if header.starts_with(b"-> ") && !header.starts_with(SCRYPT) {
            return Err(fault(DecryptionFault::ToKey));
        }
        // What is read of a header has no limit of its own.
        let mut places = header.windows(HEADER_ENDS.len());
        if !places.any(|place| place == HEADER_ENDS) {
            return Err(fault(DecryptionFault::Damaged));
        }
        let Some(passphrase) = passphrase else {
            return Err(fault(DecryptionFault::PassphraseNeeded));
        };
        let mut identity = scrypt::Identity::new(passphrase.secret());
        identity.set_max_work_factor(MOST_WORK);
        let identities = iter::once(&identity as &dyn age::Identity);
        let decrypted = Decryptor::new_buffered(file)
            .and_then(|decryptor| decryptor.decrypt(identities))
            .map_err(|error| match error {
                DecryptError::Io(error) if error.raw_os_error().is_some() => {
                    CatalogueError::io(path)(error)
                }
                DecryptError::DecryptionFailed | DecryptError::NoMatchingKeys => {
                    fault(DecryptionFault::WrongPassphrase)
                }
                DecryptError::ExcessiveWork { .. } => fault(DecryptionFault::TooMuchWork),
                _ => fault(DecryptionFault::Damaged),
            })?;
        Ok(Self::of(Content::Encrypted(decrypted)))
    }

    /// Reads what follows, which in an encrypted file is what shows that nothing was cut off or added.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        if matches!(self.content, Content::Encrypted(_)) {
            io::copy(self, &mut io::sink())?;
        }
        Ok(())
    }

    /// Whether reading failed because the file was cut short or changed after it was encrypted.
    pub(crate) fn is_damaged(&self) -> bool {
        self.is_damaged
    }

    fn of(content: Content<R>) -> Self {
        Self {
            content,
            is_damaged: false,
        }
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.content {
            Content::Plain(file) => file.read(buffer),
            Content::Encrypted(stream) => stream.read(buffer).inspect_err(|error| {
                let kinds = [io::ErrorKind::InvalidData, io::ErrorKind::UnexpectedEof];
                self.is_damaged |= kinds.contains(&error.kind());
            }),
        }
    }
}

impl<R: Read + Seek> Seek for Input<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.content {
            Content::Plain(file) => file.seek(to),
            Content::Encrypted(stream) => {
                let SeekFrom::Current(by) = to else {
                    return stream.seek(to);
                };
                let here = stream.stream_position()?;
                let there = here
                    .checked_add_signed(by)
                    .ok_or(io::ErrorKind::InvalidInput)?;
                if there < here || there / PIECE != here / PIECE {
                    return stream.seek(SeekFrom::Start(there));
                }
                // age itself would go on behind the end of the last piece, and panic when that is read.
                io::copy(&mut stream.by_ref().take(there - here), &mut io::sink())?;
                stream.stream_position()
            }
        }
    }
}
