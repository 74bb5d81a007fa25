//! `kiosk doctor`: what is right, what is not, and what to do about it. It works beside a kiosk that
//! runs, and changes nothing.

mod backups;
mod data;
mod hardware;
mod links;
mod machine;
mod network;
mod tls;
mod update;

use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ::catalogue::Catalogue;
use clap::Args;
use devices::camera::Choice;
use serde::Serialize;

use super::plain;
use crate::cli::update::kept::FOLDER;
use crate::config::{Config, LastGood};
use crate::kiosk::camera_choice;

/// The configuration of the service, as its unit says.
const SERVICE_CONFIG: &str = "/etc/breed-kiosk/kiosk.toml";

/// The folder of the service's state, as its unit says.
const SERVICE_STATE: &str = "/var/lib/breed-kiosk";

/// What to do about a file or device that is closed.
const AS_ITS_USER: &str = "run this as the kiosk's user (sudo -u breed-kiosk); if it was, see the section on \
                           permissions in TROUBLESHOOTING.md";

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// The kiosk's configuration [default: that of the service, where there is one]
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder of the catalogue [default: that of the configuration, or the user's own]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// All that was found.
#[derive(Debug, Serialize)]
struct Report {
    /// Whether nothing is wrong.
    right: bool,
    findings: Vec<Finding>,
}

/// What was found out about one part.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Finding {
    /// The part: one word, stable for programs.
    about: &'static str,
    state: State,
    /// What was found, in one line.
    found: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Right,
    /// Something is to be done.
    Wrong,
    /// This machine does not say, there is nothing to examine yet, or only people know.
    Unknown,
}

impl Doctor {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let findings = self.examine();
        let right = findings.iter().all(|it| it.state != State::Wrong);
        let report = Report { right, findings };
        let mut stdout = io::stdout().lock();
        if self.json {
            writeln!(stdout, "{}", serde_json::to_string(&report)?)?;
        } else {
            write!(stdout, "{}", report.for_people())?;
        }
        Ok(if right {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    /// Examines all parts. While the settings are wrong, the rest is examined with those with which the
    /// kiosk last started well: it goes on with them, too.
    fn examine(&self) -> Vec<Finding> {
        let service = Path::new(SERVICE_CONFIG);
        let path = match &self.config {
            Some(path) => path,
            None if service.exists() => service,
            None => return self.examine_with(Config::default()),
        };
        let error = match Config::read(path) {
            Ok(config) => return self.examine_with(config),
            Err(error) => error,
        };
        // Of the rest nothing can be said without settings.
        let Some(config) = last_good(path) else {
            let advice = "correct the file, or run this as the kiosk's user (sudo -u breed-kiosk)";
            return vec![Finding::wrong("settings", error, advice)];
        };
        let advice = "the kiosk goes on with the settings with which it last started well, and the rest is \
                      examined with these; correct the file, and restart the kiosk";
        let mut findings = vec![Finding::wrong("settings", error, advice)];
        findings.extend(self.examine_with(config));
        findings
    }

    fn examine_with(&self, mut config: Config) -> Vec<Finding> {
        if let Some(data) = &self.data {
            config.data.clone_from(data);
        }
        examine(&config)
    }
}

/// The settings of the file at `path` with which the kiosk last started well.
fn last_good(path: &Path) -> Option<Config> {
    let here = LastGood::of_service(path).and_then(|kept| kept.config());
    here.or_else(|| LastGood::at(SERVICE_STATE.into(), path).config())
}

/// Examines the parts one after another.
fn examine(config: &Config) -> Vec<Finding> {
    let health = network::health(config.listen);
    let mut findings = vec![
        hardware::camera(&camera(config), health.is_ok()),
        hardware::display(&config.display, config.panel.as_ref()),
        hardware::buttons(&config.buttons),
        data::model(config),
    ];
    findings.extend(data::examine(config));
    findings.push(network::page(config.listen, &health));
    findings.push(network::setup(config));
    findings.push(network::address(config.listen, tls::scheme(config)));
    findings.push(network::name(config.listen));
    findings.push(tls::examine(config));
    findings.extend(links::examine(config));
    findings.extend(update::examine(Path::new(FOLDER)));
    findings.extend(machine::examine(Path::new("/")));
    findings
}

/// The camera that the kiosk uses: where the configuration leaves it open, the one that was chosen on
/// the page.
fn camera(config: &Config) -> Choice {
    let kept = (config.camera == Choice::Auto).then(|| Catalogue::settings_of(&config.data));
    let chosen = kept.and_then(|settings| settings.ok()?.camera);
    let chosen = chosen.and_then(|camera| camera_choice::parse(&camera).ok());
    chosen.unwrap_or_else(|| config.camera.clone())
}

impl Finding {
    fn right(about: &'static str, found: impl ToString) -> Self {
        Self::new(about, State::Right, found)
    }

    /// Nothing is wrong without something to do about it.
    fn wrong(about: &'static str, found: impl ToString, advice: impl ToString) -> Self {
        Self::new(about, State::Wrong, found).advise(advice)
    }

    fn unknown(about: &'static str, found: impl ToString) -> Self {
        Self::new(about, State::Unknown, found)
    }

    fn new(about: &'static str, state: State, found: impl ToString) -> Self {
        Self {
            about,
            state,
            found: found.to_string(),
            advice: None,
        }
    }

    /// The same, with what to do about it.
    fn advise(mut self, advice: impl ToString) -> Self {
        self.advice = Some(advice.to_string());
        self
    }
}

impl Report {
    /// One line for each part.
    fn for_people(&self) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let state = match finding.state {
                State::Right => "right",
                State::Wrong => "NOT RIGHT",
                State::Unknown => "unknown",
            };
            let advice = finding.advice.as_deref();
            let (join, advice) = advice.map_or(("", ""), |advice| ("; ", advice));
            let (about, found) = (finding.about, &finding.found);
            let line = plain(format!("{state:<9}  {about:<11}  {found}{join}{advice}"));
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{line}");
        }
        text
    }
}
