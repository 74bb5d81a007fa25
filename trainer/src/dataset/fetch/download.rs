//! Downloads a file over HTTP, in as many attempts as it takes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use indicatif::ProgressBar;
use retry::BackOff;
use ureq::Agent;
use ureq::http::{Response, header};

use super::{Archive, CopyError, FetchError, Settings, Sum, cannot_write, copy};

/// Downloads an archive to `file`, which appears once it is complete and verified. Until then its bytes are in
/// `<file>.part`.
///
/// All addresses are tried in turn, each continuing where the one before broke off, until
/// [`Settings::retries`] rounds in a row have brought no progress.
pub(super) fn download(
    archive: &Archive,
    file: &Path,
    settings: &Settings,
    bar: &ProgressBar,
) -> Result<(), FetchError> {
    let part = PathBuf::from(format!("{}.part", file.display()));
    let agent = agent();
    bar.set_message(format!("downloading {}", archive.file));
    let mut sources: Vec<Source> = archive.urls.iter().map(Source::new).collect();
    let mut wrong_sum = None;
    let before = length(&part);
    let (mut furthest, mut retries) = (before, 0);
    let mut back_off = BackOff::new(settings.back_off, settings.back_off * 64);
    while retries <= settings.retries {
        for source in sources.iter_mut().filter(|source| !source.given_up) {
            match attempt(&agent, source.url, &part, bar) {
                Ok(()) => {
                    let found = archive.sum.of(&part)?;
                    if found == archive.sum {
                        return fs::rename(&part, file).map_err(|error| cannot_write(file, error));
                    }
                    remove(&part)?;
                    source.fail("not the right file".to_owned(), true);
                    wrong_sum = Some(found);
                }
                Err(Failure::Disk(error)) => return Err(error),
                Err(Failure::Broken(reason)) => source.fail(reason, false),
                Err(Failure::Refused(reason)) => source.fail(reason, true),
                // Without any progress so far there is no network, and a wait of some seconds brings none.
                Err(Failure::NoAnswer(reason)) => source.fail(reason, furthest == before),
            }
        }
        if sources.iter().all(|source| source.given_up) {
            break;
        }
        if length(&part) > furthest {
            (furthest, retries) = (length(&part), 0);
            back_off.reset();
        } else {
            retries += 1;
        }
        if retries <= settings.retries {
            thread::sleep(back_off.pause());
        }
    }
    Err(undelivered(archive, file, &sources, wrong_sum))
}

/// Why the archive was not delivered: `wrong_sum` if an address delivered another file, otherwise what went wrong at each
/// of them.
fn undelivered(
    archive: &Archive,
    file: &Path,
    sources: &[Source],
    wrong_sum: Option<Sum>,
) -> FetchError {
    match wrong_sum {
        Some(found) => FetchError::WrongSum {
            file: file.to_owned(),
            expected: archive.sum.clone(),
            found,
            advice: "the download was deleted: run the command again, and if it fails once more, check \
                     whether a proxy or a login page intercepts the network",
        },
        None => FetchError::Unreachable {
            file: archive.file.clone(),
            tried: sources
                .iter()
                .map(|source| format!("{} ({})", source.url, source.failure))
                .collect::<Vec<_>>()
                .join(", "),
            out: file.parent().unwrap_or(Path::new(".")).to_owned(),
        },
    }
}

/// An address and the outcome of its latest attempt.
struct Source<'a> {
    url: &'a str,
    failure: String,
    given_up: bool,
}

impl<'a> Source<'a> {
    fn new(url: &'a String) -> Self {
        Self {
            url,
            failure: String::new(),
            given_up: false,
        }
    }

    fn fail(&mut self, reason: String, give_up: bool) {
        self.failure = reason;
        self.given_up = give_up;
    }
}

/// Why an attempt did not deliver the whole file.
enum Failure {
    /// The file cannot be written.
    Disk(FetchError),
    /// The server could not be reached, or did not speak HTTP.
    NoAnswer(String),
    /// The server will not deliver the file.
    Refused(String),
    /// The transfer broke off or was put off; another attempt may deliver the rest.
    Broken(String),
}

/// An agent that gives up on a silent connection but sets no limit to the whole download.
fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_per_read(Some(Duration::from_secs(30)))
        .build()
        .into()
}

/// Requests the bytes that `part` lacks and appends them. `Ok` means that the file is complete by the server's account.
fn attempt(agent: &Agent, url: &str, part: &Path, bar: &ProgressBar) -> Result<(), Failure> {
    let have = length(part);
    let mut request = agent.get(url).header(header::ACCEPT_ENCODING, "identity");
    if have > 0 {
        request = request.header(header::RANGE, format!("bytes={have}-"));
    }
    let mut response = request
        .call()
        .map_err(|error| Failure::NoAnswer(error.to_string()))?;
    let range = content_range(&response);
    let (start, total) = match (response.status().as_u16(), range) {
        (206, Some((Some(start), total))) if start == have => (have, total),
        (206, _) => {
            return Err(Failure::Refused(
                "it sends another part than the one requested".to_owned(),
            ));
        }
        // The whole file, even if a range was requested: the server does not support ranges.
        (200, _) => (0, response.body().content_length()),
        (416, Some((_, Some(total)))) if total == have => return Ok(()),
        (416, _) => {
            remove(part).map_err(Failure::Disk)?;
            return Err(Failure::Broken(
                "the partial download was longer than the file".to_owned(),
            ));
        }
        (status @ (408 | 429 | 500..), _) => return Err(Failure::Broken(format!("HTTP {status}"))),
        (status, _) => return Err(Failure::Refused(format!("HTTP {status}"))),
    };
    bar.set_length(total.unwrap_or_default());
    bar.set_position(start);
    bar.reset_eta();

    let disk = |error: io::Error| Failure::Disk(cannot_write(part, error));
    let mut file = if start == 0 {
        File::create(part)
    } else {
        File::options().append(true).open(part)
    }
    .map_err(disk)?;
    match copy(&mut response.body_mut().as_reader(), &mut file, bar) {
        Ok(copied) => match total {
            Some(total) if start + copied != total => Err(Failure::Broken(format!(
                "it ended after {} of {total} bytes",
                start + copied
            ))),
            _ => Ok(()),
        },
        Err(CopyError::Read(error)) => Err(Failure::Broken(error.to_string())),
        Err(CopyError::Write(error)) => Err(disk(error)),
    }
}

/// First byte and total length in a `Content-Range` such as `bytes 10-99/100`, `bytes 10-99/*` or `bytes */100`.
fn content_range<T>(response: &Response<T>) -> Option<(Option<u64>, Option<u64>)> {
    let value = response
        .headers()
        .get(header::CONTENT_RANGE)?
        .to_str()
        .ok()?;
    let (range, total) = value.strip_prefix("bytes ")?.split_once('/')?;
    let start = range
        .split_once('-')
        .and_then(|(start, _)| start.parse().ok());
    Some((start, total.parse().ok()))
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

fn remove(path: &Path) -> Result<(), FetchError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(cannot_write(path, error)),
        _ => Ok(()),
    }
}
