//! Cameras that ask for a login.

use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};

use devices::camera::video::Open;

use super::server::{Server, header, respond, send_picture};
use super::{http, next, open, refusal};
use crate::pixels::jpeg;

/// The address of a server with a login in it.
fn with_login(server: &Server, login: &str, path: &str) -> String {
    format!("http://{login}@127.0.0.1:{}{path}", server.port)
}

/// A camera with a basic login: user `me`, password `secret`.
fn basic() -> Server {
    Server::new(|head, stream: &mut TcpStream| {
        if header(head, "Authorization") != Some("Basic bWU6c2VjcmV0") {
            let challenge = "WWW-Authenticate: Basic realm=\"camera\"\r\n";
            respond(stream, "401 Unauthorized", challenge, b"")
        } else if head.starts_with("GET /old ") {
            respond(stream, "301 Moved", "Location: /new\r\n", b"")
        } else {
            send_picture(stream, &jpeg(64, 48))
        }
    })
}

#[test]
fn a_basic_login_is_sent_as_soon_as_it_is_asked_for() {
    let server = basic();
    let mut stream = open(&with_login(&server, "me:secret", "/old")).unwrap();
    for _ in 0..3 {
        assert_eq!(next(&mut *stream), jpeg(64, 48));
    }
    let heads: Vec<String> = server.heads.try_iter().collect();
    let requests: Vec<(&str, bool)> = (heads.iter())
        .map(|head| (&head[..8], header(head, "Authorization").is_some()))
        .collect();
    assert_eq!(
        requests,
        [
            ("GET /old", false),
            ("GET /old", true),
            ("GET /new", true),
            ("GET /new", true),
            ("GET /new", true),
        ]
    );
    assert!(!stream.name().to_string_lossy().contains("secret"));
}

#[test]
fn a_wrong_password_is_sent_once_a_minute_and_said_nowhere() {
    let server = basic();
    let mut camera = http(&with_login(&server, "me:hunter2", "/"));
    for _ in 0..2 {
        let error = camera.open().err().unwrap();
        let texts = [error.to_string(), format!("{error:?}")];
        assert!(texts[0].contains("refuses the login"), "{}", texts[0]);
        for text in texts {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
    assert_eq!(server.heads.try_iter().count(), 2);
}

#[test]
fn a_digest_login_is_answered_as_the_standard_says() {
    let server = Server::new(|head, stream: &mut TcpStream| {
        let answer = header(head, "Authorization").unwrap_or_default();
        if answer.contains("response=\"1949323746fe6a43ef61f9606e7febea\"") {
            return send_picture(stream, &jpeg(64, 48));
        }
        let challenge = "WWW-Authenticate: Digest realm=\"testrealm@host.com\", \
                         nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"\r\n";
        respond(stream, "401 Unauthorized", challenge, b"")
    });
    let path = "/dir/index.html";
    assert!(open(&with_login(&server, "Mufasa:CircleOfLife", path)).is_ok());
    let error = refusal(&with_login(&server, "Mufasa:CircleOfDeath", path));
    assert!(error.contains("refuses the login"), "{error}");
}

#[test]
fn a_camera_may_choose_another_nonce_at_any_time() {
    let requests = AtomicUsize::new(0);
    let server = Server::new(move |head, stream: &mut TcpStream| {
        let nonce = format!("nonce=\"{}\"", requests.fetch_add(1, Ordering::Relaxed) / 3);
        if header(head, "Authorization").is_some_and(|answer| answer.contains(&nonce)) {
            return send_picture(stream, &jpeg(64, 48));
        }
        let challenge = format!("WWW-Authenticate: Digest realm=\"x\", qop=\"auth\", {nonce}\r\n");
        respond(stream, "401 Unauthorized", &challenge, b"")
    });
    let mut stream = open(&with_login(&server, "me:secret", "/")).unwrap();
    for _ in 0..6 {
        assert_eq!(next(&mut *stream), jpeg(64, 48));
    }
}

#[test]
fn another_kind_of_login_is_said() {
    let server = Server::new(|_, stream: &mut TcpStream| {
        respond(
            stream,
            "401 Unauthorized",
            "WWW-Authenticate: Bearer\r\n",
            b"",
        )
    });
    let error = refusal(&with_login(&server, "me:secret", "/"));
    assert!(error.contains("another kind of login"), "{error}");
}

#[test]
fn a_login_is_never_sent_to_another_host_or_port() {
    for host in ["localhost", "127.0.0.1"] {
        let other = basic();
        let to = format!("http://you:open@{host}:{}/", other.port);
        let location = format!("Location: {to}\r\n");
        let server = Server::new(move |_, stream: &mut TcpStream| {
            respond(stream, "302 Found", &location, b"")
        });
        let error = refusal(&with_login(&server, "me:secret", "/"));
        let expected = format!("redirects to http://{host}:{}/, which asks", other.port);
        assert!(error.contains(&expected), "{error}");
        for head in other.heads.try_iter() {
            assert_eq!(header(&head, "Authorization"), None);
        }
    }
}
