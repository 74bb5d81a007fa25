//! The settings of the daycare.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The settings of the daycare. Those that are left out take their defaults.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(default)]
pub(crate) struct Settings {
    /// The daycare's name, at most 100 characters.
    name: String,
    /// The language of the screen.
    language: Language,
    /// Whether photographs of visits are stored.
    keep_photographs: bool,
    /// Whether the whole picture of a visit is stored. Otherwise it is the part with the animal, without
    /// the people who stand beside it.
    whole_frames: bool,
    /// For how many days, 1 to 3650.
    keep_days: u32,
    /// How many megabytes (10^6 bytes) they take at most, 10 to 1 000 000.
    quota_mb: u32,
    /// When the screen goes dark, in local time, such as 22:00; `null` for never.
    #[schema(value_type = Option<String>)]
    night_from: Option<Time>,
    /// When it lights up again.
    #[schema(value_type = Option<String>)]
    night_to: Option<Time>,
    /// How many days before it ends staff are told of a vaccination, 0 to 365.
    vaccination_days: u32,
    /// How many months after an animal's last visit its contact, and its owners' telephone numbers and
    /// addresses, are kept, 1 to 120; `null` for as long as the animal itself.
    contact_months: Option<u32>,
    /// The time zone of the daycare by its IANA name, such as Europe/Paris; `null` for the system's.
    time_zone: Option<String>,
    /// The camera, as in `kiosk.toml`: `auto`, `csi`, `/dev/video0`, an address; at most 500
    /// characters. `null` for `auto`. What `kiosk.toml` or the command line names comes first.
    camera: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        catalogue::Settings::default().into()
    }
}

impl From<catalogue::Settings> for Settings {
    fn from(settings: catalogue::Settings) -> Self {
        Self {
            name: settings.name,
            language: settings.language.into(),
            keep_photographs: settings.keep_photographs,
            whole_frames: settings.whole_frames,
            keep_days: settings.keep_days,
            quota_mb: settings.quota_mb,
            night_from: settings.night_from,
            night_to: settings.night_to,
            vaccination_days: settings.vaccination_days,
            contact_months: settings.contact_months,
            time_zone: settings.time_zone,
            camera: settings.camera,
        }
    }
}

impl From<Settings> for catalogue::Settings {
    fn from(settings: Settings) -> Self {
        Self {
            name: settings.name,
            language: settings.language.into(),
            keep_photographs: settings.keep_photographs,
            whole_frames: settings.whole_frames,
            keep_days: settings.keep_days,
            quota_mb: settings.quota_mb,
            night_from: settings.night_from,
            night_to: settings.night_to,
            vaccination_days: settings.vaccination_days,
            contact_months: settings.contact_months,
            time_zone: settings.time_zone,
            camera: settings.camera,
        }
    }
}

/// The languages of the kiosk.
#[derive(Serialize, Deserialize, ToSchema)]
enum Language {
    /// English.
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

impl From<recognise::Language> for Language {
    fn from(language: recognise::Language) -> Self {
        match language {
            recognise::Language::English => Self::English,
            recognise::Language::French => Self::French,
        }
    }
}

impl From<Language> for recognise::Language {
    fn from(language: Language) -> Self {
        match language {
            Language::English => Self::English,
            Language::French => Self::French,
        }
    }
}
