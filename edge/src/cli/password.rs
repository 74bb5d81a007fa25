//! `kiosk password`: who may log in at the front desk's page.

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;

use crate::config;
use desk::access::{Access, Role};

#[derive(Debug, Args)]
pub(super) struct Password {
    /// Whose password: the owner may do all, staff check in and correct
    #[arg(value_enum)]
    role: Role,
    /// The folder of the catalogue; the user's own data folder unless told otherwise
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

impl Password {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let folder = self.data.unwrap_or_else(config::default_data_folder);
        let access = Access::open(&folder)?;
        let password = if io::stdin().is_terminal() {
            typed_twice(self.role)?
        } else {
            first_line()?
        };
        access.set_password(self.role, &password)?;
        eprintln!("the {} has a new password", self.role);
        Ok(ExitCode::SUCCESS)
    }
}

/// Asks for it twice, and shows nothing of it.
fn typed_twice(role: Role) -> anyhow::Result<String> {
    let unread = "the password could not be read";
    let password = rpassword::prompt_password(format!("new password of the {role}: "));
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
