//! One file over HTTP, in as many pieces as the network breaks it into.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use indicatif::ProgressBar;
use ureq::Agent;
use ureq::http::{Response, header};

use super::{Archive, CopyError, FetchError, Settings, cannot_write, copy, md5_of};

/// Downloads an archive to `file`, which appears when it is complete and right. Until then it grows
/// in `<file>.part`.
///
/// All addresses are tried in turn, each going on where the last broke off, until one round of
/// them after another has brought nothing new.
pub(super) fn download(
    archive: &Archive,
    file: &Path,
    settings: &Settings,
    bar: &ProgressBar,
) -> Result<(), FetchError> {
    let part = PathBuf::from(format!("{}.part", file.display()));
    let agent = agent();
    bar.set_message(format!("downloading {}", archive.file_name()));
    let mut sources: Vec<Source> = archive.urls.iter().map(Source::new).collect();
    let mut wrong_sum = None;
    let before = length(&part);
    let (mut furthest, mut fruitless) = (before, 0);
    while fruitless <= settings.retries {
        for source in sources.iter_mut().filter(|source| !source.given_up) {
            match attempt(&agent, source.url, &part, bar) {
                Ok(()) => {
                    let found = md5_of(&part)?;
                    if found == archive.md5 {
                        return fs::rename(&part, file).map_err(|error| cannot_write(file, error));
                    }
                    remove(&part)?;
                    source.fail("not the right file".to_owned(), true);
                    wrong_sum = Some(found);
                }
                Err(Failure::Disk(error)) => return Err(error),
                Err(Failure::Broken(reason)) => source.fail(reason, false),
                Err(Failure::Refused(reason)) => source.fail(reason, true),
                // Where there never was a network, a wait of some seconds will not bring one.
                Err(Failure::NoAnswer(reason)) => source.fail(reason, furthest == before),
            }
        }
        if sources.iter().all(|source| source.given_up) {
            break;
        }
        if length(&part) > furthest {
            (furthest, fruitless) = (length(&part), 0);
        } else {
            fruitless += 1;
        }
        thread::sleep(settings.back_off * 2u32.pow(fruitless.min(6)));
    }
    Err(match wrong_sum {
        Some(found) => FetchError::WrongSum {
            file: file.to_owned(),
            expected: archive.md5.clone(),
            found,
            advice: "the download was deleted: run the command again, and look behind what proxy or \
                     login page the network is if it happens once more",
        },
        None => FetchError::Unreachable {
            file: archive.file_name(),
            tried: sources
                .iter()
                .map(|source| format!("{} ({})", source.url, source.failure))
                .collect::<Vec<_>>()
                .join(", "),
            out: file.parent().unwrap_or(Path::new(".")).to_owned(),
        },
    })
}

/// An address, and how it fared.
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

/// Why one attempt did not bring the whole file.
enum Failure {
    /// The file cannot be written.
    Disk(FetchError),
    /// The address was not reached, or did not speak HTTP.
    NoAnswer(String),
    /// The address answered that it will not give the file.
    Refused(String),
    /// It began, or promised to, and another try may bring the rest.
    Broken(String),
}

/// An agent that gives up on a silent connection, however long the whole download may take.
fn agent() -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(Duration::from_secs(10)))
        .timeout_recv_response(Some(Duration::from_secs(30)))
        .timeout_per_read(Some(Duration::from_secs(30)))
        .build()
        .into()
}

/// Asks one address for what `part` still lacks and adds it there. `Ok` means that the file is
/// complete as far as the server says.
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
                "it sends another part than asked for".to_owned(),
            ));
        }
        // The whole file, also where a range was asked for: then the server knows no ranges.
        (200, _) => (0, response.body().content_length()),
        (416, Some((_, Some(total)))) if total == have => return Ok(()),
        (416, _) => {
            remove(part).map_err(Failure::Disk)?;
            return Err(Failure::Broken(
                "the part kept from before was longer than the file".to_owned(),
            ));
        }
        (status @ (408 | 429 | 500..), _) => return Err(Failure::Broken(format!("HTTP {status}"))),
        (status, _) => return Err(Failure::Refused(format!("HTTP {status}"))),
    };
    bar.set_length(total.unwrap_or_default());
    bar.set_position(start);
    bar.reset_eta();

    let disk = |error| Failure::Disk(cannot_write(part, error));
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

/// What a `Content-Range` says: first byte and total length, of `bytes 10-99/100`, `bytes 10-99/*`
/// or `bytes */100`.
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
