//! The fields for what is kept and for how long, which the settings and the wizard have.

use catalogue::Settings;
use serde::Deserialize;

use crate::setup::Kept;

/// These fields, as typed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct KeptForm {
    pub(super) keep_photographs: String,
    pub(super) whole_frames: String,
    pub(super) keep_days: String,
    pub(super) quota_mb: String,
    pub(super) contact_months: String,
}

impl KeptForm {
    pub(super) fn of(settings: &Settings) -> Self {
        let ticked = |is: bool| if is { "yes" } else { "" }.to_owned();
        let months = settings.contact_months.map(|months| months.to_string());
        Self {
            keep_photographs: ticked(settings.keep_photographs),
            whole_frames: ticked(settings.whole_frames),
            keep_days: settings.keep_days.to_string(),
            quota_mb: settings.quota_mb.to_string(),
            contact_months: months.unwrap_or_default(),
        }
    }

    /// What is kept, or the field that is no number. The catalogue knows which numbers are possible.
    pub(super) fn kept(&self) -> Result<Kept, &'static str> {
        Ok(Kept {
            keep_photographs: self.keep_photographs == "yes",
            whole_frames: self.whole_frames == "yes",
            keep_days: self.keep_days.trim().parse().map_err(|_| "keep_days")?,
            quota_mb: self.quota_mb.trim().parse().map_err(|_| "quota_mb")?,
            contact_months: match self.contact_months.trim() {
                "" => None,
                months => Some(months.parse().map_err(|_| "contact_months")?),
            },
        })
    }
}
