//! Sets a camera's exposure, white balance and power-line frequency by the controls of its driver.
//!
//! Every control is optional in Video4Linux, and each driver has ranges of its own. What a camera
//! lacks is said, and is no error: its pictures are used as they are.

use std::panic::{AssertUnwindSafe, catch_unwind};

use v4l::Device as Handle;
use v4l::control::{Control, Description, Flags, Value};

use super::picture::{Level, PowerLine, Settings};

// The identifiers of controls in <linux/v4l2-controls.h>.
/// How the exposure is found: a menu.
pub const EXPOSURE_AUTO: u32 = 0x009a_0901;
/// The exposure time, in units of 100 microseconds.
pub const EXPOSURE_ABSOLUTE: u32 = 0x009a_0902;
/// Whether the camera finds the white balance by itself.
pub const AUTO_WHITE_BALANCE: u32 = 0x0098_090c;
/// The colour temperature, in kelvin.
pub const WHITE_BALANCE_TEMPERATURE: u32 = 0x0098_091a;
/// The frequency of the mains: a menu.
pub const POWER_LINE_FREQUENCY: u32 = 0x0098_0918;

// Entries of the menu of exposures. Where the camera finds the time: time and aperture, or the time
// alone. Where it does not: neither, or the aperture.
const AUTO: i64 = 0;
const MANUAL: i64 = 1;
const SHUTTER_PRIORITY: i64 = 2;
const APERTURE_PRIORITY: i64 = 3;

/// The unit of the exposure time, in microseconds.
const EXPOSURE_UNIT: i64 = 100;

/// What is set, and what cannot be.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The controls to set and their values, in this order: a time or temperature is refused while
    /// the camera finds it by itself.
    pub values: Vec<(u32, i64)>,
    /// What cannot be set as it was asked for.
    pub notes: Vec<String>,
}

/// Says how settings are carried out by the controls that a driver has.
#[must_use]
pub fn plan(settings: &Settings, available: &[Description]) -> Plan {
    let controls = Controls(available);
    let mut plan = Plan::default();
    match settings.exposure {
        None => {}
        Some(Level::Auto) => {
            let entry = controls.entry(EXPOSURE_AUTO, &[AUTO, APERTURE_PRIORITY]);
            plan.set_or_note("exposure = \"auto\"", entry);
        }
        Some(Level::Fixed(time)) => {
            let mode = controls.entry(EXPOSURE_AUTO, &[MANUAL, SHUTTER_PRIORITY]);
            let time = Wanted {
                setting: "exposure",
                value: i64::from(time),
                unit: EXPOSURE_UNIT,
                name: "microseconds",
            };
            plan.set_number(&time, mode, controls.find(EXPOSURE_ABSOLUTE));
        }
    }
    match settings.white_balance {
        None => {}
        Some(Level::Auto) => {
            let automatic = controls.find(AUTO_WHITE_BALANCE);
            let automatic = automatic.map(|control| (control.id, 1));
            plan.set_or_note("white_balance = \"auto\"", automatic);
        }
        Some(Level::Fixed(temperature)) => {
            let mode = controls.find(AUTO_WHITE_BALANCE);
            let temperature = Wanted {
                setting: "white_balance",
                value: i64::from(temperature),
                unit: 1,
                name: "kelvin",
            };
            let mode = mode.map(|control| (control.id, 0));
            plan.set_number(&temperature, mode, controls.find(WHITE_BALANCE_TEMPERATURE));
        }
    }
    if let Some(power_line) = settings.power_line {
        let (setting, entry) = match power_line {
            PowerLine::Off => ("power_line = \"off\"", 0),
            PowerLine::Hertz50 => ("power_line = 50", 1),
            PowerLine::Hertz60 => ("power_line = 60", 2),
        };
        plan.set_or_note(setting, controls.entry(POWER_LINE_FREQUENCY, &[entry]));
    }
    plan
}

/// A number that a setting asks for.
struct Wanted {
    setting: &'static str,
    value: i64,
    /// How much of it is 1 of the control.
    unit: i64,
    /// What the number counts, for people.
    name: &'static str,
}

impl Plan {
    fn set_or_note(&mut self, setting: &str, control: Option<(u32, i64)>) {
        match control {
            Some(control) => self.values.push(control),
            None => self.notes.push(lacks(setting)),
        }
    }

    /// Sets a number, after the `mode` in which it counts; the nearest one that the control can have.
    fn set_number(
        &mut self,
        wanted: &Wanted,
        mode: Option<(u32, i64)>,
        control: Option<&Description>,
    ) {
        let Some(control) = control else {
            self.notes.push(lacks(wanted.setting));
            return;
        };
        let asked = wanted.value / wanted.unit;
        let value = nearest(control, asked);
        if !(control.minimum..=control.maximum).contains(&asked) {
            let (setting, name) = (wanted.setting, wanted.name);
            self.notes.push(format!(
                "{setting}: this camera has {} to {} {name}, so it gets {} in place of {}",
                control.minimum.saturating_mul(wanted.unit),
                control.maximum.saturating_mul(wanted.unit),
                value.saturating_mul(wanted.unit),
                wanted.value
            ));
        }
        self.values.extend(mode);
        self.values.push((control.id, value));
    }
}

fn lacks(setting: &str) -> String {
    format!("{setting}: this camera has no control for it, and stays as it is")
}

/// The value of a control that is nearest to another one: within its range, and whole steps above
/// its least.
fn nearest(control: &Description, value: i64) -> i64 {
    let (least, most) = (control.minimum, control.maximum.max(control.minimum));
    let step = i64::try_from(control.step).unwrap_or(1).max(1);
    let above = value.clamp(least, most).saturating_sub(least);
    let down = least + above / step * step;
    let up = down.saturating_add(step);
    if above % step > step / 2 && up <= most {
        up
    } else {
        down
    }
}

/// The controls that a driver has.
struct Controls<'a>(&'a [Description]);

impl<'a> Controls<'a> {
    /// The control of this identifier, where it can be set. One that is inactive can be, once the
    /// camera no longer finds its value by itself.
    fn find(&self, id: u32) -> Option<&'a Description> {
        let never = Flags::DISABLED | Flags::READ_ONLY;
        let mut controls = self.0.iter();
        controls.find(|control| control.id == id && !control.flags.intersects(never))
    }

    /// The first of these entries that the menu of a control has.
    fn entry(&self, id: u32, wanted: &[i64]) -> Option<(u32, i64)> {
        let control = self.find(id)?;
        let has = |entry: i64| match &control.items {
            Some(items) => items.iter().any(|&(index, _)| i64::from(index) == entry),
            None => (control.minimum..=control.maximum).contains(&entry),
        };
        let entry = wanted.iter().copied().find(|&entry| has(entry))?;
        Some((id, entry))
    }
}

/// Carries settings out on an open device; returns what could not be set as it was asked for. A
/// driver is asked nothing where nothing is to be set.
pub(super) fn apply(handle: &Handle, settings: &Settings) -> Vec<String> {
    let (exposure, white_balance) = (settings.exposure, settings.white_balance);
    if exposure.is_none() && white_balance.is_none() && settings.power_line.is_none() {
        return Vec::new();
    }
    // The library panics at kinds of controls that it does not know. A driver without controls
    // refuses to list them.
    let listed = catch_unwind(AssertUnwindSafe(|| handle.query_controls()));
    let available = match listed {
        Ok(Ok(available)) => available,
        Ok(Err(error)) => {
            tracing::debug!(%error, "a camera does not list its controls");
            Vec::new()
        }
        Err(_) => {
            return vec![
                "exposure, white_balance and power_line stay as they are, since this camera has a \
                 control of an unknown kind"
                    .to_owned(),
            ];
        }
    };
    let Plan { values, mut notes } = plan(settings, &available);
    for (id, value) in values {
        let control = Control {
            id,
            value: Value::Integer(value),
        };
        if let Err(error) = handle.set_control(control) {
            let name = available.iter().find(|control| control.id == id);
            let name = name.map_or("a control", |control| control.name.as_str());
            notes.push(format!("{name} = {value}: the driver refuses it ({error})"));
        }
    }
    notes
}
