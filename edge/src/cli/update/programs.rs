//! The programs of the system by which an update is made.

use std::process::{Command, Stdio};

use anyhow::{Context, bail};

/// The unit of the kiosk.
pub(super) const KIOSK: &str = "breed-kiosk.service";

/// The unit that makes and watches an update.
pub(super) const WATCH: &str = "breed-kiosk-update.service";

/// What systemd says of a unit.
pub(super) struct Unit {
    /// `active`, `activating`, `inactive`, `failed` and so on (`systemctl(1)`).
    pub(super) state: String,
    /// How often systemd has started it again by itself.
    pub(super) restarts: u64,
}

/// Asks systemd about a unit.
///
/// # Errors
/// If systemd does not answer.
pub(super) fn unit(name: &str) -> anyhow::Result<Unit> {
    let said =
        output(Command::new("systemctl").args(["show", "--property=ActiveState,NRestarts", name]))?;
    let value = |name: &str| {
        let mut lines = said.lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    };
    Ok(Unit {
        state: value("ActiveState").unwrap_or_default().to_owned(),
        restarts: value("NRestarts").unwrap_or_default().parse().unwrap_or(0),
    })
}

/// Runs `systemctl` with these arguments.
///
/// # Errors
/// If it fails.
pub(super) fn systemctl(arguments: &[&str]) -> anyhow::Result<()> {
    output(Command::new("systemctl").args(arguments)).map(drop)
}

/// Runs a program to its end, and returns what it prints.
///
/// # Errors
/// If it is not there or fails: with the last line of what it complains of.
pub(super) fn output(command: &mut Command) -> anyhow::Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{program}: cannot be run"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    match last {
        Some(last) => bail!("{program}: {last}"),
        None => bail!("{program}: it fails ({})", output.status),
    }
}
