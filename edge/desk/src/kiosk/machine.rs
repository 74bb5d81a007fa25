//! The machine that the kiosk runs on, and where others find it.

use screens::locale::Message;

/// The machine that the kiosk runs on, and where others find it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Where the page is opened, such as `http://kiosk.local:8080`; `None` if it is not served, or
    /// while there is no network.
    pub address: Option<String>,
    /// The same by numbers, which phones open that do not know the name; `None` too where this machine
    /// alone opens the page.
    pub numeric: Option<String>,
    /// What would make a better address; `None` if nothing is missing.
    pub hint: Option<Message>,
    /// Where its time comes from.
    pub clock: ClockSource,
    /// What the kiosk has written to disks; `None` if the system does not say.
    pub written: Option<BytesWritten>,
}

/// Where a machine's time comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClockSource {
    /// A time server confirmed it lately.
    Network,
    /// A clock that goes on while the machine is off.
    Hardware,
    /// Neither: after a power cut it is late. Or it is not known.
    #[default]
    Neither,
}

impl ClockSource {
    /// Its name for programs, which never changes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Hardware => "hardware",
            Self::Neither => "neither",
        }
    }
}

/// How many bytes the kiosk has written to disks. An SD card wears out by them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BytesWritten {
    /// Since its start.
    pub total: u64,
    /// Today, as far as it ran.
    pub today: u64,
    /// Within a day on average; `None` before it has run for a day.
    pub daily: Option<u64>,
}
