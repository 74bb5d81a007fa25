//! Reads what the kiosk is told at its start: `kiosk.toml` and the command line.
//!
//! What may change while it runs, such as the language, is set on its page instead.

mod last_good;
mod tls;

use std::env;
use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sync::{hub, mqtt};
use thiserror::Error;

use devices::buttons;
use devices::camera::{Choice, picture};
use devices::display;
use screens::Screen;

pub use last_good::LastGood;
pub use tls::{Tls, TlsFiles};

/// The biggest configuration that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// The public key of a release's model bundles and packages. The build of a release sets the variable:
/// see `cross/package`.
const RELEASE_KEY: Option<&str> = option_env!("KIOSK_MODEL_KEY");

/// All that `kiosk.toml` may say. Whatever it leaves out has its default, and what is unknown in it
/// is an error.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who looks: `auto` (the default) takes a camera where there is one, `none` waits for
    /// photographs on the page, `/dev/videoN` is a certain camera, `csi` the camera module at the
    /// ribbon cable, an address a camera on the network; a folder's photographs are played as
    /// arrivals. While it is `auto`, another camera may be chosen on the page.
    pub camera: Choice,
    /// How the camera exposes, and how its pictures are turned, mirrored and cropped; not at all unless
    /// told otherwise.
    pub picture: picture::Settings,
    /// Where the page is served: address and port, 127.0.0.1:8080 unless told otherwise. On any
    /// other address than this machine's own, nothing answers but the wizard that sets the kiosk up
    /// until the owner has a password.
    pub listen: SocketAddr,
    /// Names by which the page is reached, beside addresses, `localhost` and the names of local
    /// networks such as `kiosk.local`; none unless told otherwise.
    pub names: Vec<String>,
    /// Whether the page is served over HTTPS; plain HTTP alone unless told otherwise.
    pub tls: Tls,
    /// The folder of the catalogue; the user's own data folder unless told otherwise.
    pub data: PathBuf,
    /// A model bundle in place of the one that is installed or built in.
    pub model: Option<PathBuf>,
    /// The public key of minisign with which model bundles and packages of the kiosk are signed that
    /// may be installed; see [`Config::model_keys`].
    pub model_key: Option<String>,
    /// The screen of the page where there is no display.
    pub screen: Screen,
    /// What the screen is shown on: `auto` (the default) takes the panel where there is a
    /// `[panel]`, else the frame buffer of a console; `none`, `spi`, `i2c` or `fb`.
    pub display: display::Choice,
    /// A small display at SPI or I2C; none unless told otherwise.
    pub panel: Option<display::Panel>,
    /// Push buttons, keypad and scanner.
    pub buttons: buttons::Settings,
    /// Where automatic backups go; none are made unless told otherwise.
    pub backup: Option<BackupPlace>,
    /// The hub of the chain; none unless told otherwise. Its files are relative to the folder of
    /// `kiosk.toml`.
    pub hub: Option<hub::Settings>,
    /// The MQTT broker; none unless told otherwise. Its files are relative to the same folder.
    pub mqtt: Option<mqtt::Settings>,
}

/// Where automatic backups go.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BackupPlace {
    /// A folder, which has to be there.
    Folder(PathBuf),
    /// The stick or disk whose file system has this label, where the system has mounted it.
    Label(String),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            camera: Choice::Auto,
            picture: picture::Settings::default(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            names: Vec::new(),
            tls: Tls::Off,
            data: default_data_folder(),
            model: None,
            model_key: None,
            screen: Screen::default(),
            display: display::Choice::Auto,
            panel: None,
            buttons: buttons::Settings::default(),
            backup: None,
            hub: None,
            mqtt: None,
        }
    }
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file is not there, or the system refused to read it.
    #[error("{path}: cannot be read: {source}", path = path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is bigger than any configuration.
    #[error("{path}: bigger than 1 MiB; this is no kiosk.toml", path = path.display())]
    TooBig {
        /// The file.
        path: PathBuf,
    },
    /// A key is unknown or has a value that it cannot have.
    #[error("{path}{line}: {reason}", path = path.display(), line = line.map(|line| format!(", line {line}")).unwrap_or_default())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// Where in it, from 1.
        line: Option<usize>,
        /// What is wrong, and what is allowed.
        reason: String,
    },
}

impl Config {
    /// The public keys of those who may sign model bundles and packages: the one that is configured, and
    /// the one that was built into a release.
    #[must_use]
    pub fn model_keys(&self) -> Vec<String> {
        let configured = self.model_key.as_deref();
        let keys = configured.into_iter().chain(RELEASE_KEY);
        keys.map(str::to_owned).collect()
    }

    /// Reads and checks the file at `path`.
    ///
    /// # Errors
    /// A [`ConfigError`] that names file, line and key.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        Self::parse(path, &text_of(path)?)
    }

    /// Checks the text of the file at `path`.
    ///
    /// # Errors
    /// A [`ConfigError`] that names file, line and key.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let wrong = |line, reason| ConfigError::Wrong {
            path: path.to_owned(),
            line,
            reason,
        };
        // The defaults would do: with another catalogue than yesterday's.
        if text.trim().is_empty() {
            let reason = "it is empty, as a power cut can leave it; put back what was in it, or a line that \
                          begins with # for the defaults";
            return Err(wrong(None, reason.to_owned()));
        }
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before.map(|before| before.matches('\n').count() + 1);
            wrong(line, error.message().replace('\n', " "))
        })?;
        config.check_links().map_err(|(table, reason)| {
            let line = text.lines().position(|line| line.trim() == table);
            wrong(line.map(|line| line + 1), format!("{table} {reason}"))
        })?;
        config.find_files(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// A warning if the file at `path`, which this was read from, has a password in it that every user
    /// of the machine can read.
    #[must_use]
    pub fn exposed_password(&self, path: &Path) -> Option<String> {
        let in_hub = (self.hub.as_ref()).is_some_and(|hub| has_password(&hub.url));
        let in_mqtt = (self.mqtt.as_ref()).is_some_and(|mqtt| mqtt.password.is_some());
        let in_camera = self.camera.has_password();
        let is_open = fs::metadata(path).is_ok_and(|about| about.mode() & 0o004 != 0);
        let file = path.display();
        ((in_hub || in_mqtt || in_camera) && is_open).then(|| {
            format!(
                "{file}: it has a password in it, and every user of this machine can read it; \
                 `sudo chgrp breed-kiosk {file}` and `sudo chmod 640 {file}` leave it to the kiosk"
            )
        })
    }

    /// Whether the links can be set up, as far as that can be said without the other side.
    ///
    /// # Errors
    /// The table that is wrong, and why.
    fn check_links(&self) -> Result<(), (&'static str, String)> {
        if let Some(hub) = &self.hub {
            let wrong = |reason| Err(("[hub]", reason));
            if let Err(error) = hub.check() {
                return wrong(error.to_string());
            }
            if hub.models.is_some() && self.model_keys().is_empty() {
                return wrong(
                    "models: bundles of the hub are installed if they are signed; name the public \
                     key of whoever signs them as model_key, above the first table"
                        .to_owned(),
                );
            }
        }
        let checked = self.mqtt.as_ref().map_or(Ok(()), mqtt::Settings::check);
        checked.map_err(|error| ("[mqtt]", error.to_string()))
    }

    /// Makes the files of the links and of the certificate relative to a folder.
    fn find_files(&mut self, folder: &Path) {
        let hub = self.hub.iter_mut();
        let hub = hub.flat_map(|hub| [&mut hub.ca, &mut hub.certificate, &mut hub.key]);
        let mqtt = self.mqtt.iter_mut().flat_map(|mqtt| {
            let password = &mut mqtt.password_file;
            [&mut mqtt.ca, &mut mqtt.certificate, &mut mqtt.key, password]
        });
        for file in hub.chain(mqtt).flatten() {
            *file = folder.join(&*file);
        }
        if let Tls::Files(TlsFiles { certificate, key }) = &mut self.tls {
            for file in [certificate, key] {
                *file = folder.join(&*file);
            }
        }
    }
}

/// The text of the file at `path`.
///
/// # Errors
/// When it cannot be read, or is bigger than any configuration.
pub(crate) fn text_of(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable {
        path: path.to_owned(),
        source,
    };
    if fs::metadata(path).map_err(unreadable)?.len() > MAX_BYTES {
        return Err(ConfigError::TooBig {
            path: path.to_owned(),
        });
    }
    fs::read_to_string(path).map_err(unreadable)
}

/// Whether an address has a password in it.
fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || rest.contains("password=")
}

/// `breed-kiosk` in the user's data folder (the XDG base directory specification), or in the
/// current one where there is no home.
#[must_use]
pub fn default_data_folder() -> PathBuf {
    let set = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    set("XDG_DATA_HOME")
        .or_else(|| set("HOME").map(|home| home.join(".local/share")))
        .unwrap_or_default()
        .join("breed-kiosk")
}
