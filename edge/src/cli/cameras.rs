//! `kiosk cameras`: which cameras there are, what they give, and why one cannot be used.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use devices::camera::device;
use devices::camera::mode::Mode;

#[derive(Debug, Args)]
pub(super) struct Cameras {}

impl Cameras {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let devices = device::list();
        let mut out = io::stdout().lock();
        if devices.is_empty() {
            writeln!(out, "no camera; plug one in with USB")?;
        }
        // What serves stands first.
        let (usable, others): (Vec<_>, Vec<_>) = devices
            .into_iter()
            .partition(|device| device.agreed.is_ok());
        for (i, device) in usable.iter().chain(&others).enumerate() {
            let path = device.path.display();
            match &device.agreed {
                Ok(agreed) => {
                    let first = match i {
                        0 => "; `auto` takes this one",
                        _ => "",
                    };
                    writeln!(out, "{path}: {} ({}){first}", device.name, device.driver)?;
                    writeln!(out, "  * {agreed}")?;
                    for mode in device.modes.iter().filter(|mode| !is_same(mode, agreed)) {
                        writeln!(out, "    {mode}")?;
                    }
                }
                Err(why) if device.name.is_empty() => writeln!(out, "{path}: {why}")?,
                Err(why) => {
                    writeln!(out, "{path}: {} ({}): {why}", device.name, device.driver)?;
                }
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Whether two modes have the same pictures, at whatever rate.
fn is_same(a: &Mode, b: &Mode) -> bool {
    (a.encoding, a.width, a.height) == (b.encoding, b.width, b.height)
}
