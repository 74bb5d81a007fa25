//! Reads what Debian packages say about themselves, and installs them.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};

use super::programs::output;

/// The name of the kiosk's package.
pub(super) const NAME: &str = "breed-kiosk";

/// What a package says about itself.
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) architecture: String,
}

/// What the package in a file says about itself.
///
/// # Errors
/// If it is no Debian package.
pub(super) fn of_file(file: &Path) -> anyhow::Result<Package> {
    let fields = ["Package", "Version", "Architecture"];
    let said = output(
        Command::new("dpkg-deb")
            .arg("--field")
            .arg(file)
            .args(fields),
    )?;
    let field = |name: &str| {
        let mut lines = said.lines();
        let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let value = value.with_context(|| format!("the package does not say its {name}"))?;
        Ok::<_, anyhow::Error>(value.trim().replace(char::is_control, "?"))
    };
    Ok(Package {
        name: field("Package")?,
        version: field("Version")?,
        architecture: field("Architecture")?,
    })
}

/// The kiosk's package as it is installed.
///
/// # Errors
/// If it is not.
pub(super) fn installed() -> anyhow::Result<Package> {
    let said = output(Command::new("dpkg-query").args([
        "--show",
        "--showformat=${Version} ${Architecture} ${db:Status-Status}",
        NAME,
    ]))
    .context("the kiosk is not installed as a package here; update it as it was installed")?;
    let mut words = said.split_whitespace();
    let (version, architecture) = (words.next(), words.next());
    let (Some(version), Some(architecture)) = (version, architecture) else {
        anyhow::bail!("dpkg-query says nothing about {NAME}");
    };
    ensure!(
        words.next() == Some("installed"),
        "{NAME} is not installed wholly; `sudo dpkg --configure -a` may help"
    );
    Ok(Package {
        name: NAME.to_owned(),
        version: version.to_owned(),
        architecture: architecture.to_owned(),
    })
}

/// Whether a version is older than another one, as Debian orders them.
///
/// # Errors
/// If dpkg cannot be run.
pub(super) fn is_older(version: &str, than: &str) -> anyhow::Result<bool> {
    let mut dpkg = Command::new("dpkg");
    dpkg.args(["--compare-versions", version, "lt", than]);
    let status = dpkg.stdin(Stdio::null()).status();
    Ok(status.context("dpkg: cannot be run")?.success())
}

/// Makes a package of the installed files in an empty folder, if `dpkg-repack` is installed.
///
/// # Errors
/// If that is not so, or it fails.
pub(super) fn repack(folder: &Path) -> anyhow::Result<()> {
    // dpkg-deb wants folders that everybody may open.
    let command = format!("umask 022 && exec dpkg-repack {NAME}");
    let mut shell = Command::new("sh");
    output(shell.args(["-c", &command]).current_dir(folder)).map(drop)
}

/// Installs a package. No question is asked: settings that somebody changed stay. What dpkg says goes
/// to the journal.
///
/// # Errors
/// If dpkg fails.
pub(super) fn install(file: &Path) -> anyhow::Result<()> {
    let status = Command::new("dpkg")
        .args(["--install", "--force-confold"])
        .arg(file)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .status()
        .context("dpkg: cannot be run")?;
    ensure!(
        status.success(),
        "dpkg does not install the package ({status})"
    );
    Ok(())
}
