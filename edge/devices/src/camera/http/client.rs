//! Asks an address for pictures: follows redirects, and logs in where it is asked to.

use std::time::{Duration, Instant};

use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use ureq::http::{HeaderMap, HeaderValue, Response};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body, BodyReader};
use url::{Position, Url};

use super::login::{Challenge, Login};
use super::{HttpError, MOST, PATIENCE, shown};

/// The most redirects that are followed.
const REDIRECTS: u32 = 3;

/// How long finding a host may take, and connecting to it.
const CONNECT: Duration = Duration::from_secs(3);

/// What an address answers with.
pub(super) struct Answer {
    /// Its media type, in lower case, such as `image/jpeg`.
    pub(super) kind: String,
    pub(super) body: BodyReader<'static>,
}

/// Asks one camera.
pub(super) struct Client {
    agent: Agent,
    /// The address: the camera's, or where that redirects to.
    url: Url,
    login: Option<Login>,
    /// How the host wants to be logged in to, as soon as it has said so.
    challenge: Option<Challenge>,
    /// Whether a redirect has led to another host, which the login is not for.
    is_elsewhere: bool,
}

impl Client {
    pub(super) fn new(url: &Url) -> Self {
        Self {
            agent: agent(url.scheme()),
            login: Login::of(url),
            url: without_login(url.clone()),
            challenge: None,
            is_elsewhere: false,
        }
    }

    /// Asks for pictures. No connection is kept of an answer whose body is not read to its end.
    pub(super) fn get(&mut self) -> Result<Answer, HttpError> {
        let deadline = Instant::now() + PATIENCE;
        let mut redirects = 0;
        let mut has_logged_in = false;
        loop {
            if Instant::now() >= deadline {
                return Err(HttpError::Silent);
            }
            let response = self.ask()?;
            match response.status().as_u16() {
                200..=299 => return answer(response),
                301 | 302 | 303 | 307 | 308 => {
                    if redirects == REDIRECTS {
                        return Err(HttpError::Redirects);
                    }
                    redirects += 1;
                    has_logged_in = false;
                    self.follow(response.headers())?;
                }
                // Also where the camera has only chosen another nonce since the last picture.
                401 if !has_logged_in => {
                    has_logged_in = true;
                    self.take_challenge(response.headers())?;
                }
                401 => return Err(HttpError::LoginRefused),
                404 | 410 => return Err(HttpError::NotFound),
                status => return Err(HttpError::Status(status)),
            }
        }
    }

    fn ask(&mut self) -> Result<Response<Body>, HttpError> {
        let mut request = self.agent.get(self.url.as_str());
        if let Some(authorization) = self.authorization() {
            request = request.header(AUTHORIZATION, authorization);
        }
        Ok(request.call()?)
    }

    fn authorization(&mut self) -> Option<HeaderValue> {
        let login = self.login.as_ref()?;
        let path = &self.url[Position::BeforePath..Position::AfterQuery];
        let answer = self.challenge.as_mut()?.answer(login, path)?;
        let mut value = HeaderValue::from_bytes(answer.as_bytes()).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// Takes note of how the host wants to be logged in to.
    fn take_challenge(&mut self, headers: &HeaderMap) -> Result<(), HttpError> {
        if self.is_elsewhere {
            return Err(HttpError::LoginElsewhere(shown(&self.url)));
        }
        if self.login.is_none() {
            return Err(HttpError::NoLogin);
        }
        let offered = headers.get_all(WWW_AUTHENTICATE).iter();
        let challenge = Challenge::best(offered.filter_map(|value| value.to_str().ok()));
        self.challenge = Some(challenge.ok_or(HttpError::LoginKind)?);
        Ok(())
    }

    /// Goes to where a redirect leads. The login goes along to the same host alone, and never from
    /// https to http.
    fn follow(&mut self, headers: &HeaderMap) -> Result<(), HttpError> {
        let location = text(headers.get(LOCATION)).unwrap_or_default();
        let to = self.url.join(location);
        let to = to.map_err(|_| HttpError::RedirectKind(short(location)))?;
        if !matches!(to.scheme(), "http" | "https") {
            return Err(HttpError::RedirectKind(short(&shown(&to))));
        }
        let is_same_host = to.host() == self.url.host() && to.scheme() == "https";
        let may_have_login = to.origin() == self.url.origin() || is_same_host;
        if !may_have_login {
            self.login = None;
            self.challenge = None;
            self.is_elsewhere = true;
        }
        if to.scheme() != self.url.scheme() {
            self.agent = agent(to.scheme());
        }
        self.url = without_login(to);
        Ok(())
    }
}

/// An answer that may be pictures.
fn answer(response: Response<Body>) -> Result<Answer, HttpError> {
    // What an answer is that does not say it (RFC 9110, section 8.3).
    let kind = text(response.headers().get(CONTENT_TYPE)).unwrap_or("application/octet-stream");
    let kind = short(kind.split(';').next().unwrap_or_default().trim()).to_ascii_lowercase();
    let is_picture = matches!(kind.as_str(), "image/jpeg" | "image/jpg" | "image/png");
    if !is_picture && !kind.starts_with("multipart/") {
        return Err(HttpError::Content(kind));
    }
    let body = response.into_body();
    if is_picture && body.content_length() > Some(MOST as u64) {
        return Err(HttpError::TooBig);
    }
    Ok(Answer {
        kind,
        body: body.into_reader(),
    })
}

/// What sends the requests. Of its environment it uses no proxy: a camera is nearby.
fn agent(scheme: &str) -> Agent {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .proxy(None)
        .accept_encoding("identity")
        .user_agent(concat!("breed-kiosk/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(CONNECT))
        .timeout_connect(Some(CONNECT))
        .timeout_send_request(Some(CONNECT))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE));
    if scheme == "https" {
        let tls = TlsConfig::builder().root_certs(authorities()).build();
        config = config.tls_config(tls);
    }
    config.build().into()
}

/// The authorities that this system trusts.
fn authorities() -> RootCerts {
    let found = rustls_native_certs::load_native_certs().certs;
    let certificates: Vec<Certificate<'static>> = (found.iter())
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    RootCerts::new_with_certs(&certificates)
}

fn without_login(mut url: Url) -> Url {
    // Only an address without a host refuses this, and that has neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value?.to_str().ok()
}

/// The beginning of a text that a camera sends, for people.
fn short(text: &str) -> String {
    text.chars().take(80).collect()
}
