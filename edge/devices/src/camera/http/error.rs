//! What can be wrong with a camera at an address, and what to do about it.

use std::io;

use screens::locale::Message;
use thiserror::Error;
use ureq::Timeout;

/// Why a camera at an address gives no pictures.
#[derive(Debug, Error)]
pub enum HttpError {
    /// No name server knows the host.
    #[error("there is no host of this name; check the address, and whether the kiosk is connected")]
    UnknownHost,
    /// Nothing answers there.
    #[error(
        "nothing answers there; is the camera switched on and connected, is the address right?"
    )]
    Unreachable,
    /// The host has nothing at this port.
    #[error("the host refuses the connection; check the port, or start the camera again")]
    Refused,
    /// The system lets the kiosk reach no such address.
    #[error(
        "the system keeps the kiosk to local networks; see IPAddressAllow in breed-kiosk.service"
    )]
    Forbidden,
    /// The certificate is not trusted.
    #[error(
        "its certificate is not trusted ({0}); add the certificate of its authority to those of this system, or use http"
    )]
    Certificate(String),
    /// The camera asks for a login, and the address has none.
    #[error(
        "asks for a login; put user and password into the address: http://USER:PASSWORD@HOST/PATH"
    )]
    NoLogin,
    /// The camera does not accept user and password.
    #[error(
        "refuses the login; check user and password, and write special characters in them as %40 and the like"
    )]
    LoginRefused,
    /// The camera asks for a login that is neither basic nor digest.
    #[error(
        "asks for another kind of login than basic and digest; choose one of these in the camera's settings"
    )]
    LoginKind,
    /// The camera has redirected to a host that asks for a login.
    #[error(
        "redirects to {0}, which asks for a login; use that address if you trust it, with user and password"
    )]
    LoginElsewhere(String),
    /// There is nothing at the path.
    #[error("has nothing at this path; check what follows the host in the address")]
    NotFound,
    /// Another status than those that are named here.
    #[error("answers with status {0}; start the camera again, and check the address")]
    Status(u16),
    /// A redirect to what is no http or https address.
    #[error(
        "redirects to {0}, which is no usable http or https address; use another path of the camera"
    )]
    RedirectKind(String),
    /// Redirects without an end.
    #[error("redirects again and again; use the address where the pictures are")]
    Redirects,
    /// The answer is no picture.
    #[error("answers with {0}, not with pictures; is this the address of the camera's page?")]
    Content(String),
    /// Something else than the JPEG or PNG that was announced.
    #[error("sends a picture that cannot be read; choose JPEG or MJPEG in the camera's settings")]
    NotAPicture,
    /// A picture that is too large.
    #[error("sends a picture of more than 8 MB; choose a smaller one in the camera's settings")]
    TooBig,
    /// No picture has come for too long.
    #[error("no picture comes any more; check the camera and its network")]
    Silent,
    /// The other side has closed the connection.
    #[error("has ended the connection; the camera is tried again")]
    Ended,
    /// Something else went wrong.
    #[error("{0}; the camera is tried again")]
    Failed(String),
}

impl HttpError {
    /// The same about `camera`, for people, in their language.
    pub(crate) fn message(&self, camera: &str) -> Message {
        let message = match self {
            Self::UnknownHost => Message::new("notice-http-unknown-host"),
            Self::Unreachable => Message::new("notice-http-unreachable"),
            Self::Refused => Message::new("notice-http-refused"),
            Self::Forbidden => Message::new("notice-http-forbidden"),
            Self::Certificate(reason) => {
                Message::new("notice-http-certificate").with("reason", reason)
            }
            Self::NoLogin => Message::new("notice-http-no-login"),
            Self::LoginRefused => Message::new("notice-http-login-refused"),
            Self::LoginKind => Message::new("notice-http-login-kind"),
            Self::LoginElsewhere(to) => Message::new("notice-http-login-elsewhere").with("to", to),
            Self::NotFound => Message::new("notice-http-not-found"),
            Self::Status(status) => Message::new("notice-http-status").with("status", status),
            Self::RedirectKind(to) => Message::new("notice-http-redirect-kind").with("to", to),
            Self::Redirects => Message::new("notice-http-redirects"),
            Self::Content(kind) => Message::new("notice-http-content").with("kind", kind),
            Self::NotAPicture => Message::new("notice-http-not-a-picture"),
            Self::TooBig => Message::new("notice-http-too-big"),
            Self::Silent => Message::new("notice-http-silent"),
            Self::Ended => Message::new("notice-http-ended"),
            Self::Failed(reason) => Message::new("notice-http-failed").with("reason", reason),
        };
        message.with("camera", camera)
    }
}

impl From<ureq::Error> for HttpError {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::HostNotFound | ureq::Error::Timeout(Timeout::Resolve) => Self::UnknownHost,
            ureq::Error::Timeout(Timeout::Connect) => Self::Unreachable,
            ureq::Error::Timeout(_) => Self::Silent,
            ureq::Error::Rustls(error) => error.into(),
            ureq::Error::Io(error) => error.into(),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<io::Error> for HttpError {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind as Kind;

        let carried = error.get_ref();
        if let Some(error) = carried.and_then(|error| error.downcast_ref::<rustls::Error>()) {
            return error.clone().into();
        }
        match error.kind() {
            Kind::ConnectionRefused => Self::Refused,
            // By systemd's filter of addresses.
            Kind::PermissionDenied => Self::Forbidden,
            Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::NetworkDown => {
                Self::Unreachable
            }
            Kind::TimedOut => Self::Silent,
            Kind::UnexpectedEof
            | Kind::ConnectionReset
            | Kind::ConnectionAborted
            | Kind::BrokenPipe => Self::Ended,
            // The standard library has no kind for this.
            _ if error.to_string().starts_with("failed to lookup address") => Self::UnknownHost,
            _ => Self::Failed(error.to_string()),
        }
    }
}

impl From<rustls::Error> for HttpError {
    fn from(error: rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(_) => Self::Certificate(error.to_string()),
            _ => Self::Failed(error.to_string()),
        }
    }
}
