//! Sends plain HTTP from other machines on to HTTPS.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};

use crate::desk::Desk;
use crate::guard;
use crate::visitor::Visitor;

/// What is answered over plain HTTP too: what a device needs that does not trust the authority yet,
/// and what monitors ask. None of it says anything about an animal or a person.
const PLAIN: [&str; 6] = [
    "/authority",
    "/authority.crt",
    "/favicon.ico",
    "/health",
    "/health/live",
    "/language",
];

/// The port that addresses of plain HTTP need not name.
const HTTP_PORT: u16 = 80;

/// With TLS, answers a request that came over plain HTTP with the same address over HTTPS. This
/// machine itself, and a proxy on it that takes TLS, are served as they are.
pub(crate) async fn redirect(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let visitor = Visitor::of(&parts);
    let is_served = desk.0.options.tls.is_none()
        || visitor.is_secure
        || visitor.is_local
        || is_plain(parts.uri.path());
    let path = parts.uri.path_and_query();
    let path = path.map_or("/", |path| path.as_str());
    if !is_served
        && guard::is_our_host(&parts.headers, &desk.0.options.names)
        && let Some(address) = secure_address(&desk, &parts.headers, visitor, path)
    {
        return Redirect::permanent(&address).into_response();
    }
    next.run(Request::from_parts(parts, body)).await
}

fn is_plain(path: &str) -> bool {
    PLAIN.contains(&path) || path.starts_with("/static/")
}

/// A path of the desk over HTTPS, at the host that the request names; `None` if it names none.
pub(crate) fn secure_address(
    desk: &Desk,
    headers: &HeaderMap,
    visitor: Visitor,
    path: &str,
) -> Option<String> {
    let host = headers.get(HOST)?.to_str().ok()?;
    // A proxy has ports of its own.
    let is_direct = !visitor.is_secure && !headers.contains_key("x-forwarded-for");
    let host = if is_direct && desk.0.options.address.port() == HTTP_PORT {
        with_port(host)
    } else {
        host.to_owned()
    };
    Some(format!("https://{host}{path}"))
}

/// A host with its port. Over plain HTTP browsers leave out port 80, where the desk takes TLS too;
/// over TLS they would take 443 in its place.
fn with_port(host: &str) -> String {
    let has_port = match host.rsplit_once(']') {
        Some((_, rest)) => !rest.is_empty(),
        None => host.contains(':'),
    };
    if has_port {
        host.to_owned()
    } else {
        format!("{host}:{HTTP_PORT}")
    }
}

#[cfg(test)]
mod tests {
    use super::with_port;

    #[test]
    fn a_host_gets_the_port_that_it_lacks() {
        for (host, expected) in [
            ("kiosk.local", "kiosk.local:80"),
            ("192.168.1.5", "192.168.1.5:80"),
            ("[fd00::5]", "[fd00::5]:80"),
            ("[fd00::5]:80", "[fd00::5]:80"),
            ("kiosk.local:8080", "kiosk.local:8080"),
        ] {
            assert_eq!(with_port(host), expected);
        }
    }
}
