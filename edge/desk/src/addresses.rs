//! Addresses of the desk: which ones programs use, and where a request asks to be sent on to.

/// What the camera sees. Other kiosks have this address as their camera.
pub(crate) const CAMERA: &str = "/api/v1/camera.jpg";

/// Whether programs use this path: they get problems as JSON, and can send a token.
pub(crate) fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || path == "/metrics"
}

/// The address, if it is one of the desk itself: nobody is ever sent on to another site.
pub(crate) fn own(address: &str) -> Option<&str> {
    let is_own = address.starts_with('/')
        && !address.starts_with("//")
        && address
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_own.then_some(address)
}

/// The login page's address for somebody who then goes on to `next`.
pub(crate) fn login(next: &str) -> String {
    let mut address = "/login?next=".to_owned();
    for byte in next.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                address.push(char::from(byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn no_address_leads_to_another_site() {
        for address in ["/", "/visits?day=2026-01-02", "/animals/7#visits"] {
            assert_eq!(own(address), Some(address));
        }
        for address in [
            "",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\r\nX: y",
        ] {
            assert_eq!(own(address), None, "{address:?}");
        }
    }
}
