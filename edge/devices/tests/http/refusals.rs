//! Servers that give no pictures, and too big ones.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use devices::camera::http::HttpError;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection};

use super::server::{Server, begin, end, respond};
use super::{MULTIPART, PART, refusal};

#[test]
fn what_is_no_picture_is_refused_with_the_reason() {
    for (status, headers, expected) in [
        (
            "200 OK",
            "Content-Type: text/html; charset=utf-8\r\n",
            "answers with text/html, not with pictures; is this the address of the camera's page?",
        ),
        ("200 OK", "", "answers with application/octet-stream, not"),
        ("200 OK", "Content-Type: image/jpeg\r\n", "cannot be read"),
        ("200 OK", "Content-Type: image/png\r\n", "cannot be read"),
        ("404 Not Found", "", "has nothing at this path"),
        ("503 Busy", "", "answers with status 503"),
        (
            "302 Found",
            "Location: file:///etc/passwd\r\n",
            "redirects to file:///etc/passwd, which is no usable http or https address",
        ),
        (
            "302 Found",
            "Location: http://\r\n",
            "redirects to http://,",
        ),
        (
            "307 Again",
            "Location: /again\r\n",
            "redirects again and again",
        ),
        ("302 Found", "", "redirects again and again"),
        (
            "401 Unauthorized",
            "WWW-Authenticate: Basic realm=\"camera\"\r\n",
            "asks for a login; put user and password into the address",
        ),
    ] {
        let server = Server::new(move |_, stream: &mut TcpStream| {
            respond(stream, status, headers, b"<html>hello</html>")
        });
        let error = refusal(&server.url("/page?user=me&loginpas=secret"));
        assert!(
            error.starts_with(&server.url("/page?user=me&loginpas=***: ")),
            "{error}"
        );
        assert!(error.contains(expected), "{error}, not {expected}");
        assert!(!error.contains("secret"), "{error}");
        assert!(server.heads.try_iter().count() <= 4);
    }
}

#[test]
fn what_is_no_http_is_refused() {
    let server = Server::new(|_, stream: &mut TcpStream| {
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")?;
        end()
    });
    let error = refusal(&server.url("/"));
    assert!(error.contains("the camera is tried again"), "{error}");
}

/// Sends the same for ever.
fn flood(stream: &mut TcpStream) -> io::Result<()> {
    loop {
        stream.write_all(&[0; 1 << 16])?;
    }
}

#[test]
fn a_picture_of_ten_gigabytes_is_refused_at_eight_megabytes() {
    let cases: [fn(&mut TcpStream) -> io::Result<()>; 3] = [
        |stream| {
            begin(stream, MULTIPART)?;
            stream.write_all(PART)?;
            stream.write_all(b"Content-Length: 10737418240\r\n\r\n\xff\xd8\xff\xda\x00\x02")?;
            flood(stream)
        },
        |stream| {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\
                        Content-Length: 10737418240\r\n\r\n";
            stream.write_all(head.as_bytes())?;
            flood(stream)
        },
        |stream| {
            begin(stream, "image/jpeg")?;
            flood(stream)
        },
    ];
    for answer in cases {
        let server = Server::new(move |_, stream: &mut TcpStream| answer(stream));
        let error = refusal(&server.url("/"));
        assert!(error.contains("more than 8 MB"), "{error}");
    }
}

#[test]
fn a_host_that_is_not_there_is_told_from_a_port_that_is_not() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = refusal(&format!("http://127.0.0.1:{port}/"));
    assert!(error.contains("the host refuses the connection"), "{error}");
    let error = refusal("http://no-such-camera.invalid/stream");
    assert!(error.contains("there is no host of this name"), "{error}");
}

#[test]
fn a_system_that_forbids_the_connection_is_named() {
    // As systemd's filter of addresses does, which tests have not.
    let error = HttpError::from(io::Error::from(io::ErrorKind::PermissionDenied));
    assert!(error.to_string().contains("IPAddressAllow"), "{error}");
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_not_trusted() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            // The camera's side breaks it off.
            let _ = connection.complete_io(&mut stream);
        }
    });
    let error = refusal(&format!("https://localhost:{port}/"));
    assert!(error.contains("its certificate is not trusted"), "{error}");
}
