//! What every request passes before its handler: who sent it, and from which site.

use std::net::IpAddr;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use tokio_stream::StreamExt;

use super::extract::{Session, Visitor};
use super::{Desk, DeskError, LARGEST_FORM, body, login, upload};

/// The header that carries the session's token.
const TOKEN_HEADER: &str = "x-csrf-token";

/// The form's field that carries it.
const TOKEN_FIELD: &str = "csrf";

/// How much of a multipart form is looked at for its first field.
const PEEK: usize = 1024;

/// Ends of names that no public name has.
const LOCAL_ENDS: [&str; 5] = [".local", ".localhost", ".lan", ".home.arpa", ".internal"];

/// Addresses that take forms without the session's token: they give no authority away.
const WITHOUT_TOKEN: [&str; 3] = ["/login", "/api/v1/login", "/language"];

/// Finds the session, and refuses what another site's page may have sent.
pub(super) async fn guard(
    State(desk): State<Desk>,
    request: Request,
    next: Next,
) -> Result<Response, DeskError> {
    let (mut parts, mut body) = request.into_parts();
    if !host_is_ours(&parts.headers, &desk.0.options.names) {
        return Err(DeskError::ForeignName);
    }
    let visitor = Visitor::of(&parts);
    let session = login::session(&desk, &parts.headers, visitor);
    if !matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        if !origin_is_ours(&parts.headers) {
            return Err(DeskError::ForeignSite);
        }
        body = body::gather(&parts, body, session.is_some()).await?;
        if let Some(session) = &session
            && !WITHOUT_TOKEN.contains(&parts.uri.path())
        {
            body = check_token(&parts, body, session).await?;
        }
    }
    if let Some(session) = session.clone() {
        parts.extensions.insert(session);
    }
    let mut response = next.run(Request::from_parts(parts, body)).await;
    // For whoever renders a problem as a page.
    if let Some(session) = session {
        response.extensions_mut().insert(session);
    }
    Ok(response)
}

/// Whether the request names this kiosk. A name of the public network that somebody makes point
/// here (DNS rebinding) is not one of its names.
fn host_is_ours(headers: &HeaderMap, names: &[String]) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
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

/// Whether the request comes from a page of the desk, or from no page at all. Browsers say so
/// themselves (<https://www.w3.org/TR/fetch-metadata/>), over plain HTTP by the origin alone.
fn origin_is_ours(headers: &HeaderMap) -> bool {
    let said = |name| headers.get(name).map(|value| value.to_str().unwrap_or(""));
    if let Some(site) = said("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = said(ORIGIN.as_str()) else {
        return true;
    };
    let origin = origin.split_once("://").map(|(_, host)| host);
    origin.is_some() && origin == said(HOST.as_str())
}

/// Looks for the session's token in the header, else in the form, and gives the body back whole.
async fn check_token(parts: &Parts, body: Body, session: &Session) -> Result<Body, DeskError> {
    let said = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if let Some(token) = said(TOKEN_HEADER) {
        return session.check_token(token).map(|()| body);
    }
    let kind = said(CONTENT_TYPE.as_str()).unwrap_or_default();
    let (seen, body) = if kind.starts_with("application/x-www-form-urlencoded") {
        let request = Request::from_parts(parts.clone(), body);
        let form = Bytes::from_request(request, &()).await;
        let form = form.map_err(|refused| upload::refusal(refused.status(), LARGEST_FORM))?;
        (field(&form), Body::from(form))
    } else if kind.starts_with("multipart/form-data") {
        let (head, body) = peek(body).await?;
        (first_part(&head), body)
    } else {
        (None, body)
    };
    session.check_token(&seen.unwrap_or_default())?;
    Ok(body)
}

/// The token in an urlencoded form. It is made of letters that stand for themselves.
fn field(form: &[u8]) -> Option<String> {
    let form = std::str::from_utf8(form).ok()?;
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(name, value)| (name == TOKEN_FIELD).then(|| value.to_owned()))
}

/// The token in the first part of a multipart form (RFC 7578).
fn first_part(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let (headers, rest) = head.split_once("\r\n\r\n")?;
    let named = headers.contains(&format!("name=\"{TOKEN_FIELD}\""));
    let (value, _) = rest.split_once("\r\n")?;
    named.then(|| value.to_owned())
}

/// The beginning of a body, and the body as if nobody had looked.
async fn peek(body: Body) -> Result<(Bytes, Body), DeskError> {
    let mut stream = body.into_data_stream();
    let mut head = Vec::new();
    while head.len() < PEEK {
        match stream.next().await {
            Some(Ok(chunk)) => head.extend_from_slice(&chunk),
            Some(Err(_)) => return Err(DeskError::Interrupted),
            None => break,
        }
    }
    let head = Bytes::from(head);
    let whole = tokio_stream::once(Ok(head.clone())).chain(stream);
    Ok((head, Body::from_stream(whole)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_cannot_be_public_or_are_configured_reach_the_desk() {
        let names = ["desk.example.org".to_owned()];
        let check = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, host.parse().unwrap());
            host_is_ours(&headers, &names)
        };
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
    }
}
