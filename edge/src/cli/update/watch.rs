//! Makes an update, watches the kiosk, and goes back if the kiosk does not work. This is the program of
//! before the update, run by a unit of systemd; the new one is not asked. It may be cut off at any
//! point, and goes on at the next start of the machine.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ::catalogue::Catalogue;
use anyhow::Context;
use desk::{ELSEWHERE, UNREADY};

use super::kept::{Kept, State, Step};
use super::package;
use super::programs::{self, KIOSK, WATCH, output, systemctl};
use crate::cli::{one_line, page};

/// How often the watch may begin until the new version has proved itself: with some, the machine itself
/// starts again and again.
const STARTS: u32 = 3;

/// The longest pause between two checks of the kiosk.
const PAUSE: Duration = Duration::from_secs(5);

/// Does what is left of an update.
///
/// # Errors
/// If the former package cannot be installed, or the folder cannot be written. Then it is to be tried
/// again.
pub(super) fn run(kept: &Kept) -> anyhow::Result<()> {
    let _lock = kept.lock().context("no update was begun")?;
    let mut state = kept.state()?.context("no update was begun")?;
    if matches!(state.step, Step::Installing | Step::Watching) {
        state.starts += 1;
        if state.starts > STARTS {
            state.fail(format!("it did not last through {STARTS} starts"));
        }
        kept.note(&state)?;
    }
    while state.step.is_pending() {
        tracing::info!("{state}");
        match state.step {
            Step::Installing => install(kept, &mut state),
            Step::Watching => watch(&mut state),
            Step::GoingBack => go_back(kept, &mut state)?,
            Step::Done | Step::WentBack | Step::Stuck => {}
        }
        kept.note(&state)?;
    }
    end(kept, &state)
}

impl State {
    /// The new version is no good.
    fn fail(&mut self, why: String) {
        tracing::error!(version = %self.new, why, "the new version does not work");
        self.why = Some(why);
        self.step = if self.has_way_back {
            Step::GoingBack
        } else {
            Step::Stuck
        };
    }
}

fn install(kept: &Kept, state: &mut State) {
    match package::install(&kept.new_package()) {
        Ok(()) => state.step = Step::Watching,
        Err(error) => state.fail(one_line(&error)),
    }
}

/// Watches the kiosk until the time is up. Then it must be ready, or use a rescue catalogue as before, or be
/// unready for the same reason as before, and must not have died once it was or did. It has all of the time to
/// get there: the migration of a large catalogue takes long.
fn watch(state: &mut State) {
    let time = Duration::from_secs(state.seconds);
    let due = Instant::now() + time;
    // As often as it may have been started again by the next check.
    let mut most: Option<u64> = None;
    loop {
        let problem = match programs::unit(KIOSK) {
            Ok(unit) => {
                if most.is_some_and(|most| unit.restarts > most) {
                    return state.fail("the kiosk died, and was started again".to_owned());
                }
                match examine(state, &unit.state) {
                    Health::Ready => {
                        most = Some(unit.restarts);
                        None
                    }
                    // It restarts by itself, once, when it can use its own catalogue again.
                    Health::Rescued => {
                        most.get_or_insert(unit.restarts + 1);
                        None
                    }
                    Health::Unready(why) => Some(why),
                }
            }
            Err(error) => Some(one_line(&error)),
        };
        if Instant::now() >= due {
            return match problem {
                None => state.step = Step::Done,
                Some(problem) => state.fail(problem),
            };
        }
        thread::sleep(PAUSE.min(time / 10));
    }
}

/// How the kiosk is.
enum Health {
    /// It takes visits in its own catalogue, or does not for the reason that the former version gave.
    Ready,
    /// It takes them in a rescue catalogue, as the former version did.
    Rescued,
    /// It takes none, or not where the former version did, for another reason than that one's: this.
    Unready(String),
}

/// Examines the kiosk, whose unit is in this state.
fn examine(state: &State, unit: &str) -> Health {
    if unit != "active" {
        return Health::Unready(format!("the service is {unit}"));
    }
    let answer = match page::ask(state.listen, "/health") {
        Ok(answer) => answer,
        Err(error) => return Health::Unready(format!("the page does not answer: {error}")),
    };
    if state.had_rescue && is_rescued(&answer) {
        return Health::Rescued;
    }
    if let Some(why) = unready(&answer)
        && state.unready.as_ref() != Some(&why)
    {
        return Health::Unready(why);
    }
    // A version that is older than this program may be ready with a rescue catalogue, too.
    if !state.had_rescue && Catalogue::exists(&state.data.join("rescue")) {
        let why = "it cannot use the catalogue, and visits go to another one";
        return Health::Unready(why.to_owned());
    }
    Health::Ready
}

/// Why a kiosk with this answer about its health is not ready; `None` if it is.
pub(super) fn unready(answer: &str) -> Option<String> {
    let (head, text) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let is_ready = head.split(' ').nth(1) == Some("200") && text.trim() == "ok";
    let why = text.lines().next().unwrap_or_default();
    (!is_ready).then(|| why.replace(char::is_control, "?"))
}

/// Whether a kiosk with this answer about its health is not ready for the single reason that its visits go
/// to a rescue catalogue.
pub(super) fn is_rescued(answer: &str) -> bool {
    let (_, text) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    text.trim() == format!("{UNREADY}: {ELSEWHERE}")
}

/// Puts the previous package in its place again, and first the previous catalogue, if the new version has
/// changed it so that the previous one cannot read it.
///
/// # Errors
/// If dpkg fails, as it does while another program is at work on the packages.
fn go_back(kept: &Kept, state: &mut State) -> anyhow::Result<()> {
    if let Err(error) = systemctl(&["stop", KIOSK]) {
        tracing::warn!(error = one_line(&error), "the kiosk could not be stopped");
    }
    if kept.backup().exists() {
        let restored = restore(kept, &state.data);
        state.needs_backup = restored.is_err();
        let said = restored.unwrap_or_else(|error| {
            // The former version records visits beside it, so the desk works all the same.
            let error = one_line(&error);
            tracing::error!(error, "the catalogue is as the new version left it");
            let backup = kept.backup();
            let backup = backup.display();
            Some(format!(
                "{error}; the backup of before the update is {backup}"
            ))
        });
        // Another try finds nothing to do.
        if said.is_some() {
            state.catalogue = said;
        }
        kept.note(state)?;
    }
    package::install(&kept.in_use())?;
    // dpkg starts it, unless it had failed too often.
    if let Err(error) = systemctl(&["start", KIOSK]) {
        tracing::warn!(error = one_line(&error), "the kiosk could not be started");
    }
    state.step = Step::WentBack;
    Ok(())
}

/// Restores the backup made before the update, if the new version has migrated the catalogue. Returns what
/// was done.
fn restore(kept: &Kept, data: &Path) -> anyhow::Result<Option<String>> {
    let mut kiosk = as_owner(&kept.program(), data)?;
    kiosk.args(["update", "--put-back"]).arg(data);
    let said = output(kiosk.arg("--folder").arg(kept.folder()))?;
    let said = said.trim();
    Ok((!said.is_empty()).then(|| said.to_owned()))
}

/// The program, run as the user whom the data folder belongs to: root must not open its files.
///
/// # Errors
/// If there is no such folder.
pub(super) fn as_owner(program: &Path, data: &Path) -> anyhow::Result<Command> {
    let about = fs::metadata(data).with_context(|| data.display().to_string())?;
    let mut command = Command::new(program);
    command.uid(about.uid()).gid(about.gid()).current_dir("/");
    Ok(command)
}

/// Tidies up after an update.
fn end(kept: &Kept, state: &State) -> anyhow::Result<()> {
    match state.step {
        // Without a way back, the package in use is the new one, whatever it is worth.
        Step::Done | Step::Stuck => kept.adopt_new()?,
        _ => {}
    }
    match state.step {
        Step::Done => tracing::info!("{state}"),
        _ => tracing::error!("{state}"),
    }
    systemctl(&["disable", WATCH])?;
    kept.tidy();
    Ok(())
}
