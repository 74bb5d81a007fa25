//! `kiosk password`: who may log in at the front desk's page.

use std::io::{self, BufRead, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use crate::config;
use desk::access::{Access, AccessError};

#[derive(Debug, Args)]
pub(super) struct Password {
    /// Whose password: `owner` (may do all), `staff` (check in and correct), or an account's name
    account: String,
    /// The folder of the catalogue; the user's own data folder unless told otherwise
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Password {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let folder = self.data.unwrap_or_else(config::default_data_folder);
        let opened = Access::open(&folder);
        if let Err(AccessError::Damaged { .. }) = opened
            && self.account == "owner"
        {
            return replace_damaged(&folder);
        }
        let access = opened?;
        if !access.has_account(&self.account)? {
            return Err(AccessError::NoSuchAccount.into());
        }
        let password = asked_for(&self.account)?;
        let account = access.set_password_at_terminal(&self.account, &password)?;
        match &*account {
            "owner" | "staff" => eprintln!("the {account} has a new password"),
            name => eprintln!("{name} has a new password"),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Begins a new file of accounts, with the owner's password alone. The damaged one is kept.
fn replace_damaged(folder: &Path) -> anyhow::Result<ExitCode> {
    let kept = Access::replace_damaged(folder, &asked_for("owner")?)?;
    eprintln!(
        "the owner has a new password; the damaged file, with all other accounts, is now {}",
        kept.display()
    );
    Ok(ExitCode::SUCCESS)
}

fn asked_for(account: &str) -> anyhow::Result<String> {
    if io::stdin().is_terminal() {
        typed_twice(account)
    } else {
        first_line()
    }
}

/// Asks for it twice, and shows nothing of it.
fn typed_twice(account: &str) -> anyhow::Result<String> {
    let unread = "the password could not be read";
    let password = rpassword::prompt_password(format!("new password of {account}: "));
    let password = password.context(unread)?;
    let again = rpassword::prompt_password("the same again: ").context(unread)?;
    if password != again {
        bail!("the two passwords differ; nothing was changed");
    }
    Ok(password)
}

/// For scripts: one line, its end left out.
fn first_line() -> anyhow::Result<String> {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    read.context("the password could not be read")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
