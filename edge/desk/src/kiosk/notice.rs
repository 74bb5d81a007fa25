//! Notices of what does not work as it should.

use std::fmt;

use screens::locale::Message;

/// Something that does not work as it should, while the kiosk goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The part that it is about.
    pub part: Part,
    /// What is the matter, in a form that each reader gets in their own language.
    pub message: Message,
}

/// A part of the kiosk that may fail while the others go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The camera at the entrance.
    Camera,
    /// The screen at the desk.
    Display,
    /// Buttons, keypad and scanner.
    Buttons,
    /// The catalogue and its photographs.
    Catalogue,
    /// The network.
    Model,
    /// A tag that was scanned.
    Tag,
    /// The automatic backups.
    Backup,
    /// The page.
    Page,
    /// The page's certificate.
    Https,
    /// Who may log in.
    Access,
    /// The hub of the chain.
    Hub,
    /// The MQTT broker.
    Mqtt,
    /// The last update of the program.
    Update,
    /// The settings at the start, `kiosk.toml`.
    Settings,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Camera,
        Self::Display,
        Self::Buttons,
        Self::Catalogue,
        Self::Model,
        Self::Tag,
        Self::Backup,
        Self::Page,
        Self::Https,
        Self::Access,
        Self::Hub,
        Self::Mqtt,
        Self::Update,
        Self::Settings,
    ];

    /// Its name for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Camera => "camera",
            Self::Display => "display",
            Self::Buttons => "buttons",
            Self::Catalogue => "catalogue",
            Self::Model => "model",
            Self::Tag => "tag",
            Self::Backup => "backup",
            Self::Page => "page",
            Self::Https => "https",
            Self::Access => "access",
            Self::Hub => "hub",
            Self::Mqtt => "mqtt",
            Self::Update => "update",
            Self::Settings => "settings",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
