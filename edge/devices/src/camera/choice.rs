//! The choice of a camera, as `kiosk.toml` and the command line name it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::{ParseError, Url};

use super::CameraError;
use crate::parse;

/// What a text may begin with to be taken for an address even without `//`.
const SCHEMES: [&str; 6] = ["http", "https", "rtsp", "rtsps", "file", "ftp"];

/// Parts of the names of an address's parameters whose values are secret.
const SECRETS: [&str; 5] = ["pas", "pwd", "token", "secret", "key"];

/// The choice of a camera, in `kiosk.toml` and on the command line.
///
/// ```
/// use devices::camera::Choice;
///
/// let choice: Choice = "rtsp://desk:secret@192.168.1.20/stream".parse()?;
/// assert_eq!(choice.shown(), "rtsp://desk:***@192.168.1.20/stream");
/// # Ok::<(), devices::camera::CameraError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// The first camera that can be used, as soon as there is one.
    #[default]
    Auto,
    /// No camera: photographs come by the page.
    None,
    /// The camera of this device file.
    Device(PathBuf),
    /// The camera module at the ribbon cable of a Raspberry Pi.
    Csi,
    /// A camera on the network that gives MJPEG or single pictures by HTTP or HTTPS.
    Http(Url),
    /// A camera on the network that streams by RTSP.
    Rtsp(Url),
    /// A folder of photographs, played as arrivals.
    Folder(PathBuf),
    /// A few built-in arrivals, which `kiosk.toml` cannot name.
    Demo,
}

impl Choice {
    /// What `kiosk.toml` says, with every password in it. Only for where the choice is kept.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Auto => "auto".to_owned(),
            Self::None => "none".to_owned(),
            Self::Csi => "csi".to_owned(),
            Self::Demo => "demo".to_owned(),
            Self::Device(path) | Self::Folder(path) => path.display().to_string(),
            Self::Http(url) | Self::Rtsp(url) => url.to_string(),
        }
    }

    /// The same, with `***` in place of passwords: for people and the log.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Http(url) | Self::Rtsp(url) => shown(url),
            other => other.text(),
        }
    }

    /// Whether there is a password in it.
    #[must_use]
    pub fn has_password(&self) -> bool {
        match self {
            Self::Http(url) | Self::Rtsp(url) => shown(url) != url.as_str(),
            _ => false,
        }
    }
}

impl fmt::Display for Choice {
    /// As [`Choice::shown`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

impl FromStr for Choice {
    type Err = CameraError;

    /// `auto`, `none`, `csi`, a device file below `/dev`, or the address of a camera on the network;
    /// everything else is a folder.
    fn from_str(text: &str) -> Result<Self, CameraError> {
        match text {
            "" => Err(CameraError::Unnamed),
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            "csi" => Ok(Self::Csi),
            device if device.starts_with("/dev/") => Ok(Self::Device(device.into())),
            text => match scheme(text) {
                Some((scheme, rest)) => at(text, &scheme, rest),
                None => Ok(Self::Folder(text.into())),
            },
        }
    }
}

/// The scheme of an address, in lower case, and what follows its colon; `None` if it is no address.
fn scheme(text: &str) -> Option<(String, &str)> {
    let (scheme, rest) = text.split_once(':')?;
    let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    let scheme = scheme.to_ascii_lowercase();
    let is_address = rest.starts_with("//") || SCHEMES.contains(&scheme.as_str());
    (is_scheme && is_address).then_some((scheme, rest))
}

/// The camera at an address. Errors do not repeat it, since there may be a password in it.
fn at(address: &str, scheme: &str, rest: &str) -> Result<Choice, CameraError> {
    let choice: fn(Url) -> Choice = match scheme {
        "http" | "https" => Choice::Http,
        "rtsp" | "rtsps" => Choice::Rtsp,
        _ => return Err(CameraError::Scheme(scheme.to_owned())),
    };
    // The rules for URLs would take the first folder of the path for the host.
    if !rest.starts_with("//") || rest.starts_with("///") {
        return Err(CameraError::NoHost);
    }
    let url = Url::parse(address).map_err(|error| match error {
        ParseError::EmptyHost => CameraError::NoHost,
        error => CameraError::Address(error),
    })?;
    if url.host_str().is_none_or(str::is_empty) {
        return Err(CameraError::NoHost);
    }
    Ok(choice(url))
}

/// An address with `***` in place of passwords.
pub(super) fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    if url.password().is_some() {
        // Fails only where there is no host.
        let _ = shown.set_password(Some("***"));
    }
    if let Some(query) = url.query() {
        shown.set_query(Some(&without_secrets(query)));
    }
    let folders: Vec<String> = url.path().split('/').map(without_secrets).collect();
    let path = folders.join("/");
    if path != url.path() {
        shown.set_path(&path);
    }
    shown.to_string()
}

/// The parameters of an address, with `***` in place of what is secret. Many cameras take user and
/// password as parameters, some of them in the path.
fn without_secrets(parameters: &str) -> String {
    let parameters: Vec<String> = parameters.split('&').map(without_secret).collect();
    parameters.join("&")
}

/// A parameter, or several as in `user=admin_password=secret_channel=1`, with `***` from the first
/// secret on.
fn without_secret(parameter: &str) -> String {
    let mut start = 0;
    for (end, _) in parameter.match_indices('=') {
        let name = parameter[start..end].to_ascii_lowercase();
        start = end + 1;
        if start < parameter.len() && SECRETS.iter().any(|part| name.contains(*part)) {
            return format!("{}***", &parameter[..start]);
        }
    }
    parameter.to_owned()
}

impl<'de> Deserialize<'de> for Choice {
    fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
        parse::deserialize(value)
    }
}

impl Serialize for Choice {
    /// As [`Choice::text`].
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text())
    }
}
