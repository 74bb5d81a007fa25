//! Checks every request before its handler: its host name, its site, its sender, its body.

use std::net::IpAddr;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::body;
use crate::connections::Connection;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::limits::{ANONYMOUS_BYTES, FORM_BYTES};
use crate::quota::SessionKey;
use crate::setup;
use crate::visitor::Visitor;

/// Ends of names that no public name has.
const LOCAL_ENDS: [&str; 5] = [".local", ".localhost", ".lan", ".home.arpa", ".internal"];

/// The addresses that read a body without a session.
const OPEN: [&str; 5] = [
    "/login",
    "/api/v1/login",
    "/language",
    "/invitation",
    "/api/v1/invitation",
];

/// Finds who sends a request, refuses requests that another site's page may have sent, and buffers
/// the body for handlers that read it whole.
///
/// While the kiosk is not set up yet, nothing answers but the wizard.
///
/// Without a session nothing but [`OPEN`] and the wizard gets a body at all: no handler can be made to
/// hold the bytes of somebody who is not logged in.
pub(crate) async fn guard(
    State(desk): State<Desk>,
    request: Request,
    next: Next,
) -> Result<Response, DeskError> {
    let (mut parts, body) = request.into_parts();
    if !is_our_host(&parts.headers, &desk.0.options.names) {
        return Err(DeskError::OtherName);
    }
    let visitor = Visitor::of(&parts);
    let is_safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if !is_safe && !is_our_site(&parts.headers, visitor) {
        return Err(DeskError::OtherSite);
    }
    let path = parts.uri.path();
    if desk.awaits_setup() && !setup::answers_first(path) {
        return Err(DeskError::SetUpFirst);
    }
    let is_open = OPEN.contains(&path) || setup::is_step(path) && desk.setup().is_open();
    let session = desk.sender(&parts, visitor)?;
    if let Some(connection) = parts.extensions.get::<Connection>() {
        connection.is_of(session.as_ref().map(SessionKey::of));
    }
    let body = if session.is_some() {
        body::buffer(&parts, body, FORM_BYTES).await
    } else if is_open {
        body::buffer(&parts, body, ANONYMOUS_BYTES).await
    } else {
        Ok(Body::empty())
    };
    let mut response = match body {
        Ok(body) => {
            if let Some(session) = session.clone() {
                parts.extensions.insert(session);
            }
            next.run(Request::from_parts(parts, body)).await
        }
        Err(refused) => refused.into_response(),
    };
    // The page that explains a problem is that of somebody who is logged in, and what is left of a
    // body that was refused is discarded as theirs.
    if let Some(session) = session {
        response.extensions_mut().insert(session);
    }
    Ok(response)
}

/// Whether the request names this kiosk. A public name that somebody makes point here (DNS
/// rebinding) is none of the kiosk's names.
pub(crate) fn is_our_host(headers: &HeaderMap, names: &[String]) -> bool {
    let Some(host) = single(headers, HOST.as_str()).and_then(Result::ok) else {
        return false;
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.parse::<IpAddr>().is_ok()
        || !name.is_empty() && !name.contains('.')
        || LOCAL_ENDS.iter().any(|end| name.ends_with(end))
        || names.iter().any(|known| known.eq_ignore_ascii_case(&name))
}

/// Whether the request comes from a page of the desk, or from no page at all.
///
/// Browsers say so in `Sec-Fetch-Site` (<https://www.w3.org/TR/fetch-metadata/>) where they trust
/// the address, that is over TLS and on loopback, and in `Origin` everywhere (RFC 6454). A page can
/// neither leave these headers out nor change them. A request without either comes from a program.
fn is_our_site(headers: &HeaderMap, visitor: Visitor) -> bool {
    if let Some(site) = single(headers, "sec-fetch-site") {
        return matches!(site, Ok("same-origin" | "none"));
    }
    let Some(origin) = single(headers, ORIGIN.as_str()) else {
        return true;
    };
    let (Ok(origin), Some(Ok(host))) = (origin, single(headers, HOST.as_str())) else {
        return false;
    };
    let scheme = if visitor.is_secure { "https" } else { "http" };
    origin.eq_ignore_ascii_case(&format!("{scheme}://{host}"))
}

/// The value of a header; `Err` if it is no text, or there are several.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<Result<&'a str, ()>> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().map_err(|_| ());
    Some(if values.next().is_some() {
        Err(())
    } else {
        value
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn headers(headers: &[(&'static str, &str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        map
    }

    #[test]
    fn only_names_that_cannot_be_public_or_are_configured_reach_the_desk() {
        let names = ["desk.example.org".to_owned()];
        let check = |host: &str| is_our_host(&headers(&[("host", host)]), &names);
        for host in [
            "127.0.0.1:8080",
            "192.168.1.5",
            "[::1]:8080",
            "localhost:8080",
            "kiosk",
            "kiosk.local:8080",
            "Kiosk.LOCAL.",
            "desk.example.org:443",
        ] {
            assert!(check(host), "{host}");
        }
        for host in ["evil.example", "127.0.0.1.evil.example", "local.example:80"] {
            assert!(!check(host), "{host}");
        }
        let two = [("host", "kiosk.local"), ("host", "evil.example")];
        assert!(!is_our_host(&headers(&two), &names));
    }

    #[test]
    fn a_request_is_ours_by_scheme_host_and_port_or_if_no_browser_sent_it() {
        let host = ("host", "kiosk.local:8080");
        let check = |header: (&'static str, &str), is_secure: bool| {
            let address = Ipv4Addr::LOCALHOST.into();
            let visitor = Visitor {
                address,
                is_local: true,
                is_secure,
            };
            is_our_site(&headers(&[host, header]), visitor)
        };
        assert!(check(("accept", "*/*"), false));
        assert!(check(("origin", "http://kiosk.local:8080"), false));
        assert!(check(("origin", "https://kiosk.local:8080"), true));
        for origin in [
            "",
            "null",
            "kiosk.local:8080",
            "http://kiosk.local",
            "http://kiosk.local:80",
            "http://kiosk.local:8080.evil.example",
            "https://kiosk.local:8080",
            "http://évil",
        ] {
            assert!(!check(("origin", origin), false), "{origin}");
        }
        assert!(check(("sec-fetch-site", "same-origin"), false));
        assert!(check(("sec-fetch-site", "none"), false));
        for site in ["", "same-site", "cross-site", "Same-Origin"] {
            assert!(!check(("sec-fetch-site", site), false), "{site}");
        }
        let ours = ("origin", "http://kiosk.local:8080");
        let two = headers(&[host, ours, ("origin", "http://evil.example")]);
        let visitor = Visitor {
            address: Ipv4Addr::LOCALHOST.into(),
            is_local: true,
            is_secure: false,
        };
        assert!(!is_our_site(&two, visitor));
    }
}
