//! `kiosk hub`: sets up a hub, reports its state, and publishes model bundles.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use minisign_verify::Signature;
use recognise::{Bundle, printable};
use sync::hub::admin::{self, HubStatus, KioskAccess, KioskStatus};
use tokio::runtime;

use super::plain;
use crate::config::Config;
use crate::kiosk::links::host;

/// Where the URL is if it is no argument: neither `ps` nor the shell's history shows its password then.
const VARIABLE: &str = "KIOSK_HUB_URL";

/// The columns of the table of kiosks.
const COLUMNS: [&str; 7] = [
    "site",
    "kiosk",
    "last seen",
    "waiting",
    "lag",
    "refused",
    "program",
];

#[derive(Debug, Args)]
pub(super) struct Hub {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make the tables and roles of a hub, or bring them up to date, and print what new kiosks need
    Init {
        /// The database, as its owner: postgresql://USER:PASSWORD@HOST/DATABASE [default: $KIOSK_HUB_URL]
        #[arg(value_name = "URL")]
        url: Option<String>,
        /// The certificates of the authorities to trust, in place of the system's
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// The daycare that the kiosks are at
        #[arg(long, value_name = "NAME")]
        site: String,
        /// A kiosk of that daycare; may be given several times
        #[arg(long = "kiosk", value_name = "NAME")]
        kiosks: Vec<String>,
    },
    /// Say which kiosks were heard of when, how far behind they are, and what was refused
    Status {
        /// The database [default: the one of the configuration, as this kiosk; else $KIOSK_HUB_URL]
        #[arg(value_name = "URL")]
        url: Option<String>,
        /// The certificates of the authorities to trust, in place of the system's
        #[arg(long, value_name = "FILE", conflicts_with = "config")]
        ca: Option<PathBuf>,
        /// The kiosk's configuration
        #[arg(long, value_name = "FILE", conflicts_with = "url")]
        config: Option<PathBuf>,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Give a signed model bundle to the kiosks that follow a channel
    #[command(allow_missing_positional = true)]
    Publish {
        /// The database, as its owner [default: $KIOSK_HUB_URL]
        #[arg(value_name = "URL")]
        url: Option<String>,
        /// The bundle. Its signature is beside it, with .minisig at the end
        #[arg(value_name = "FILE")]
        bundle: PathBuf,
        /// The certificates of the authorities to trust, in place of the system's
        #[arg(long, value_name = "FILE")]
        ca: Option<PathBuf>,
        /// The channel: `models` in kiosk.toml
        #[arg(long, value_name = "NAME", default_value = "stable")]
        channel: String,
    },
}

impl Hub {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let mut stdout = io::stdout().lock();
        match self.action {
            Action::Init {
                url,
                ca,
                site,
                kiosks,
            } => {
                let url = given(url)?;
                let made = admin::init(&url, ca.as_deref(), &site, &kiosks);
                let made = wait_for(made)?.with_context(|| named(&url))?;
                write!(stdout, "{}", made_for_people(&kiosks, &made))?;
            }
            Action::Status {
                url,
                ca,
                config,
                json,
            } => {
                let status = status(url, ca.as_deref(), config.as_deref())?;
                if json {
                    writeln!(stdout, "{}", serde_json::to_string(&status)?)?;
                } else {
                    write!(stdout, "{}", for_people(&status, Timestamp::now()))?;
                }
            }
            Action::Publish {
                url,
                bundle,
                ca,
                channel,
            } => {
                let url = given(url)?;
                let (bytes, signature) = signed(&bundle)?;
                let published = admin::publish(&url, ca.as_deref(), &channel, &bytes, &signature);
                let version = wait_for(published)?.with_context(|| named(&url))?;
                let name = printable(&bundle);
                writeln!(stdout, "{name} is bundle {version} of channel {channel}")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Waits for the hub.
fn wait_for<T>(work: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime.block_on(work))
}

/// The URL that was given as an argument or in the environment.
fn given(url: Option<String>) -> anyhow::Result<String> {
    url.or_else(|| env::var(VARIABLE).ok())
        .filter(|url| !url.is_empty())
        .with_context(|| {
            format!(
                "no hub is named: give its URL, or set the environment variable {VARIABLE} to it"
            )
        })
}

/// What a hub is called in messages.
fn named(url: &str) -> String {
    let host = host(url);
    if host.is_empty() {
        "the hub".to_owned()
    } else {
        host
    }
}

/// How the hub of a configuration is, or else the one that somebody named.
fn status(
    url: Option<String>,
    ca: Option<&Path>,
    config: Option<&Path>,
) -> anyhow::Result<HubStatus> {
    let Some(file) = config else {
        let url = given(url)?;
        return wait_for(admin::status(&url, ca))?.with_context(|| named(&url));
    };
    let Some(hub) = Config::read(file)?.hub else {
        bail!("{}: there is no [hub] in it", file.display());
    };
    wait_for(admin::status_of(&hub))?.with_context(|| hub.host_names())
}

/// A bundle and its signature, as far as that can be checked without knowing who signs.
fn signed(bundle: &Path) -> anyhow::Result<(Vec<u8>, String)> {
    Bundle::read(bundle)?;
    let bytes = fs::read(bundle).with_context(|| printable(bundle))?;
    let mut file = bundle.as_os_str().to_owned();
    file.push(".minisig");
    let file = PathBuf::from(file);
    let signature = fs::read_to_string(&file).with_context(|| {
        let name = printable(&file);
        format!("{name}: the bundle must be signed (`trainer sign`)")
    })?;
    if Signature::decode(&signature).is_err() {
        bail!("{}: no signature of minisign", printable(&file));
    }
    Ok((bytes, signature))
}

/// What the administrator puts into the kiosk.toml of each kiosk.
fn made_for_people(asked: &[String], made: &[KioskAccess]) -> String {
    let mut text = String::from("# The hub is ready.\n");
    // Writing to a string cannot fail.
    for name in asked {
        let _ = match made.iter().find(|access| access.name == *name) {
            Some(access) => write!(
                text,
                "\n# For kiosk.toml of {name}, which no other kiosk may use. The password is not shown \
                 again.\n{}",
                access.toml
            ),
            None => writeln!(text, "\n# {name} is there already, and keeps its password."),
        };
    }
    if asked.is_empty() {
        text.push_str("# Admit kiosks with --kiosk NAME.\n");
    }
    text
}

/// A line for each kiosk, and what is to be known of the whole.
fn for_people(status: &HubStatus, now: Timestamp) -> String {
    let mut lines = vec![COLUMNS.map(str::to_owned)];
    lines.extend(status.kiosks.iter().map(|kiosk| cells(kiosk, now)));
    let widths: [usize; COLUMNS.len()] = std::array::from_fn(|column| {
        let cells = lines.iter().map(|line| line[column].chars().count());
        cells.max().unwrap_or_default()
    });
    let mut text = String::new();
    // Writing to a string cannot fail.
    for line in lines {
        let mut written = String::new();
        for (cell, width) in line.iter().zip(widths) {
            let _ = write!(written, "{cell:<width$}  ");
        }
        let _ = writeln!(text, "{}", written.trim_end());
    }
    let (guests, events) = (status.guests, status.events);
    let _ = writeln!(text, "\n{guests} guests, {events} events");
    if status.unknown > 0 {
        let unknown = status.unknown;
        let _ = writeln!(
            text,
            "{unknown} events are of kinds that this hub does not know: run `kiosk hub init` of the newest \
             version"
        );
    }
    for refusal in &status.refused {
        let (at, event, reason) = (refusal.at, refusal.event, plain(&refusal.reason));
        let _ = writeln!(text, "refused: {at}  {event}  {reason}");
    }
    text
}

fn cells(kiosk: &KioskStatus, now: Timestamp) -> [String; COLUMNS.len()] {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        plain(&kiosk.site),
        plain(&kiosk.name),
        kiosk
            .last_seen
            .map_or_else(|| "never".to_owned(), |seen| ago(now.duration_since(seen))),
        or_dash(kiosk.waiting.map(|waiting| waiting.to_string())),
        or_dash(kiosk.lag_seconds.map(|lag| format!("{lag:.1} s"))),
        kiosk.refused.to_string(),
        or_dash(kiosk.program.as_deref().map(plain)),
    ]
}

/// How long ago something was, in words. The clocks of two machines differ a little.
fn ago(age: SignedDuration) -> String {
    match age.as_secs() {
        ..60 => "just now".to_owned(),
        seconds @ 60..7200 => format!("{} min ago", seconds / 60),
        seconds @ 7200..172_800 => format!("{} h ago", seconds / 3600),
        seconds => format!("{} days ago", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(name: &str) -> KioskAccess {
        KioskAccess {
            name: name.to_owned(),
            role: format!("kiosk_{name}"),
            password: "secret".to_owned(),
            toml: "[hub]\nurl = \"postgresql://u:secret@h/d\"\nsite = \"North\"\n".to_owned(),
        }
    }

    #[test]
    fn each_new_kiosk_gets_a_block_and_the_whole_is_toml() {
        let asked = ["desk".to_owned(), "yard".to_owned()];
        let text = made_for_people(&asked, &[access("yard")]);
        assert!(text.contains("# desk is there already"), "{text}");
        assert!(text.contains("# For kiosk.toml of yard"), "{text}");
        assert_eq!(text.matches("[hub]").count(), 1, "{text}");
        let settings: toml::Table = text.parse().unwrap();
        assert_eq!(settings["hub"]["site"].as_str(), Some("North"));
        assert!(made_for_people(&[], &[]).contains("--kiosk NAME"));
    }

    #[test]
    fn the_authority_to_trust_is_read_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("authority.pem");
        fs::write(&file, "no certificate").unwrap();
        let (url, ca) = ("postgresql://daycare@127.0.0.1:1/daycare", Some(&*file));
        for refused in [
            wait_for(admin::init(url, ca, "North", &[])).unwrap().err(),
            wait_for(admin::status(url, ca)).unwrap().err(),
            wait_for(admin::publish(url, ca, "stable", b"bundle", "signed"))
                .unwrap()
                .err(),
        ] {
            let refused = refused.expect("no authority").to_string();
            assert!(
                refused.contains("authority.pem: there is no certificate"),
                "{refused}"
            );
        }
    }

    #[test]
    fn the_status_is_a_table_with_a_line_for_each_kiosk() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(100);
        let silent = KioskStatus {
            name: "yard".to_owned(),
            site: "Dogs & Co\u{1b}[2J".to_owned(),
            role: "kiosk_yard".to_owned(),
            kiosk: None,
            program: None,
            last_seen: None,
            waiting: None,
            last_event_at: None,
            lag_seconds: None,
            refused: 0,
        };
        let busy = KioskStatus {
            name: "desk".to_owned(),
            program: Some("kiosk 0.1.0".to_owned()),
            last_seen: Some(now - SignedDuration::from_secs(200)),
            waiting: Some(12_345),
            lag_seconds: Some(0.26),
            refused: 2,
            ..silent.clone()
        };
        let status = HubStatus {
            hub: Default::default(),
            schema: 1,
            kiosks: vec![busy, silent],
            guests: 40,
            events: 900,
            unknown: 0,
            refused: Vec::new(),
        };
        let text = for_people(&status, now);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 5, "{text}");
        let column = |name: &str| lines[0].find(name).unwrap();
        assert!(
            lines[1][column("last seen")..].starts_with("3 min ago"),
            "{text}"
        );
        assert!(lines[1][column("waiting")..].starts_with("12345"), "{text}");
        assert!(lines[1][column("lag")..].starts_with("0.3 s"), "{text}");
        assert!(
            lines[2][column("last seen")..].starts_with("never"),
            "{text}"
        );
        assert_eq!(lines[4], "40 guests, 900 events");
        assert!(!text.contains('\u{1b}'), "{text}");
    }

    #[test]
    fn ages_are_told_in_the_unit_that_fits() {
        for (seconds, expected) in [
            (-5, "just now"),
            (59, "just now"),
            (60, "1 min ago"),
            (7200, "2 h ago"),
            (200_000, "2 days ago"),
        ] {
            assert_eq!(ago(SignedDuration::from_secs(seconds)), expected);
        }
    }
}
