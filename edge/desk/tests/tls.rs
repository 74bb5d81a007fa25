//! HTTPS: the certificate that the kiosk makes, the owner's own files, and plain HTTP beside it. The
//! client trusts one authority and nothing else.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use desk::access::{Access, Role};
use desk::tls::{self, Hosts, Tls};
use jiff::{SignedDuration, Timestamp};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tempfile::TempDir;

use crate::{OWNER, Served};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn hosts(names: &[&str], addresses: &[&str]) -> Hosts {
    Hosts {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        addresses: addresses.iter().map(|it| it.parse().unwrap()).collect(),
    }
}

/// TLS with a certificate that the kiosk made for `kiosk.local`, in this data folder.
fn made(data: &Path, now: Timestamp) -> Tls {
    let find_hosts = || hosts(&["kiosk.local"], &["192.168.1.5"]);
    Tls::made(data, Box::new(find_hosts), now).unwrap()
}

/// The certificate of its authority.
fn authority(tls: &Tls) -> Vec<u8> {
    tls.view().authority.unwrap().certificate
}

/// A desk with this data folder and TLS, and the owner's password.
fn served(folder: TempDir, tls: &Tls) -> Served {
    let access = Access::open(folder.path()).unwrap();
    access.set_password(Role::Owner, OWNER).unwrap();
    Served::with_tls(folder.into(), Some(tls.clone()))
}

/// Connects as a browser does that knows this authority alone and opened the kiosk by this name.
fn connect(
    address: SocketAddr,
    name: &str,
    authority: &[u8],
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(authority.to_vec()))
        .map_err(io::Error::other)?;
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let client = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut stream = StreamOwned::new(client, stream);
    stream.flush()?;
    Ok(stream)
}

/// Sends a request over a connection, and reads the whole answer.
fn ask(stream: &mut (impl Read + Write), request: &str) -> io::Result<String> {
    let head = format!("{request}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// Asks over HTTPS, by this name.
fn ask_securely(served: &Served, name: &str, authority: &[u8], path: &str) -> io::Result<String> {
    let mut stream = connect(served.address, name, authority)?;
    ask(&mut stream, &format!("GET {path} HTTP/1.1\r\nHost: {name}"))
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_page_is_served_by_name_and_address_to_whoever_trusts_the_authority() {
    let folder = tempfile::tempdir().unwrap();
    let tls = made(folder.path(), Timestamp::now());
    let own = authority(&tls);
    let path = folder.path().join("tls");
    for (path, expected) in [
        (path.clone(), 0o700),
        (path.join("authority.pem"), 0o600),
        (path.join("certificate.pem"), 0o600),
    ] {
        assert_eq!(mode(&path), expected, "{}", path.display());
    }
    let served = served(folder, &tls);
    for name in ["kiosk.local", "localhost", "127.0.0.1", "192.168.1.5"] {
        let answer = ask_securely(&served, name, &own, "/login").unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{name}: {answer}");
        let answer = answer.to_ascii_lowercase();
        assert!(!answer.contains("strict-transport-security"), "{answer}");
    }
    // Another name, and somebody who trusts another authority.
    ask_securely(&served, "other.local", &own, "/login").unwrap_err();
    let other = tempfile::tempdir().unwrap();
    let other = authority(&made(other.path(), Timestamp::now()));
    ask_securely(&served, "kiosk.local", &other, "/login").unwrap_err();
    assert!(tls.notices().is_empty(), "{:?}", tls.notices());
}

#[test]
fn cookies_are_secure_over_https_and_work_on_this_machine_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let tls = made(folder.path(), Timestamp::now());
    let own = authority(&tls);
    let served = served(folder, &tls);
    let body = format!("password={}", OWNER.replace(' ', "+").replace('\'', "%27"));
    let log_in = |origin: &str| {
        format!(
            "POST /login HTTP/1.1\r\nHost: kiosk.local\r\nOrigin: {origin}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\
             Connection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let send = |origin: &str| {
        let mut stream = connect(served.address, "kiosk.local", &own).unwrap();
        stream.write_all(log_in(origin).as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let answer = send("https://kiosk.local");
    assert!(answer.starts_with("HTTP/1.1 303"), "{answer}");
    assert!(answer.contains("__Host-kiosk_session="), "{answer}");
    assert!(answer.contains("; Secure"), "{answer}");
    // A page that was loaded without encryption may have been changed on its way.
    let answer = send("http://kiosk.local");
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");

    let owner = served.owner();
    assert_eq!(owner.get("/status").status, 200);
    let text = owner.get("/status").text();
    let fingerprint = tls.view().authority.unwrap().fingerprint;
    assert!(text.contains(&fingerprint), "{text}");
}

#[test]
fn plain_http_of_other_machines_is_sent_on_and_that_of_this_one_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let tls = made(folder.path(), Timestamp::now());
    let served = served(folder, &tls);
    let anonymous = served.anonymous();
    // What a proxy on this machine says of its client makes it another machine's.
    let from = ("X-Forwarded-For", "192.168.1.77");
    let host = ("Host", "kiosk.local:8080");
    for (method, path) in [("GET", "/"), ("GET", "/visits/7?a=b"), ("POST", "/login")] {
        let answer = anonymous.ask(method, path, &[from, host], None);
        assert_eq!(answer.status, 308, "{path}");
        let expected = format!("https://kiosk.local:8080{path}");
        assert_eq!(answer.header("location"), expected);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("strict-transport-security"), "");
    }
    let foreign = [from, ("Host", "evil.example")];
    assert_eq!(anonymous.ask("GET", "/", &foreign, None).status, 421);

    for path in [
        "/health/live",
        "/authority",
        "/authority.crt",
        "/favicon.ico",
    ] {
        let answer = anonymous.ask("GET", path, &[from, host], None);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    }
    let page = anonymous.ask("GET", "/authority", &[from, host], None);
    let view = tls.view().authority.unwrap();
    let page = page.text();
    for part in [
        view.name.as_str(),
        view.fingerprint.as_str(),
        "https://kiosk.local:8080/",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let file = anonymous.ask("GET", "/authority.crt", &[from], None);
    assert_eq!(file.header("content-type"), "application/x-x509-ca-cert");
    assert_eq!(file.body, view.certificate);

    let behind_tls = [from, ("X-Forwarded-Proto", "https")];
    assert_eq!(
        anonymous.ask("GET", "/login", &behind_tls, None).status,
        200
    );
    assert_eq!(anonymous.get("/login").status, 200);
    let without = Served::new();
    assert_eq!(without.anonymous().get("/authority").status, 404);
}

#[test]
fn a_certificate_is_made_anew_before_its_end_and_for_a_new_address() {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::now();
    let addresses = Arc::new(Mutex::new(vec!["192.168.1.5"]));
    let found = Arc::clone(&addresses);
    let find_hosts = move || hosts(&["kiosk"], &found.lock().unwrap());
    let tls = Tls::made(folder.path(), Box::new(find_hosts), now).unwrap();
    let first = tls.view();
    let days = |view: &tls::View| view.until.duration_since(now).as_hours() / 24;
    assert_eq!(days(&first), 395, "of 397, one of them in the past");
    let file = folder.path().join("tls/certificate.pem");
    let stored = fs::read(&file).unwrap();

    let later = |days: i32| now.checked_add(DAY * days).unwrap();
    tls.renew(later(365));
    assert_eq!(tls.view(), first);
    assert_eq!(fs::read(&file).unwrap(), stored, "nothing is written");
    tls.renew(later(367));
    assert_eq!(days(&tls.view()), 395 + 367);
    assert_eq!(tls.view().authority, first.authority);

    addresses.lock().unwrap().push("10.0.0.7");
    tls.renew(later(367));
    assert!(tls.view().names.contains(&"10.0.0.7".to_owned()));
    // An address that is gone may come back.
    addresses.lock().unwrap().clear();
    tls.renew(later(367));
    assert!(tls.view().names.contains(&"10.0.0.7".to_owned()));
    // A clock that was ahead has been set right.
    tls.renew(now);
    assert_eq!(days(&tls.view()), 395);
    assert!(tls.notices().is_empty(), "{:?}", tls.notices());

    // The authority lasts for ten years, and the next one has to be installed.
    tls.renew(later(3600));
    assert_eq!(tls.view().authority, first.authority);
    tls.renew(later(3640));
    assert_ne!(tls.view().authority, first.authority);
    assert_eq!(tls.notices()[0].key, "notice-tls-replaced");
    // That is said for a month, and the former one stays.
    tls.renew(later(3669));
    assert_eq!(tls.notices().len(), 1);
    tls.renew(later(3671));
    assert!(tls.notices().is_empty(), "{:?}", tls.notices());
    assert!(folder.path().join("tls/former-authority.pem").exists());
}

#[test]
fn an_authority_that_a_wrong_clock_retired_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::now();
    let tls = made(folder.path(), now);
    let first = authority(&tls);
    let ahead = now.checked_add(DAY * 5000).unwrap();
    tls.renew(ahead);
    let second = authority(&tls);
    assert_ne!(second, first);

    // The clock is set right: devices know the first one.
    tls.renew(now);
    assert_eq!(authority(&tls), first);
    assert_eq!(
        authority(&made(folder.path(), now)),
        first,
        "after a start too"
    );
    let served = connect_to(tls.clone());
    assert!(served.starts_with("HTTP/1.1 200"), "{served}");
    // However often it is wrong, there are no more than these two.
    for _ in 0..2 {
        tls.renew(ahead);
        assert_eq!(authority(&tls), second);
        tls.renew(now);
        assert_eq!(authority(&tls), first);
    }
    let files = fs::read_dir(folder.path().join("tls")).unwrap().count();
    assert_eq!(files, 3, "two authorities and a certificate");
}

#[test]
fn renewals_do_not_queue_behind_one_that_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::now();
    let asked = Arc::new(AtomicUsize::new(0));
    let (entered, hangs) = mpsc::channel();
    let (let_go, gate) = mpsc::channel();
    let (counted, gate) = (Arc::clone(&asked), Mutex::new(gate));
    let find_hosts = move || {
        // The first time is the start.
        if counted.fetch_add(1, Ordering::SeqCst) > 0 {
            entered.send(()).unwrap();
            gate.lock().unwrap().recv().unwrap();
        }
        Hosts::default()
    };
    let tls = Tls::made(folder.path(), Box::new(find_hosts), now).unwrap();
    let (returned, has_returned) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| tls.renew(now));
        hangs.recv().unwrap();
        scope.spawn(|| {
            tls.renew(now);
            returned.send(()).unwrap();
        });
        let waited = has_returned.recv_timeout(Duration::from_secs(10));
        // One for each, so that the test ends in any case.
        for _ in 0..2 {
            let_go.send(()).unwrap();
        }
        assert_eq!(waited, Ok(()));
    });
    assert_eq!(asked.load(Ordering::SeqCst), 2, "the start and one renewal");
}

#[test]
fn the_authority_outlives_the_kiosk_and_a_damaged_one_is_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let now = Timestamp::now();
    let own = authority(&made(folder.path(), now));
    assert_eq!(authority(&made(folder.path(), now)), own);
    let stored = tls::stored(folder.path()).unwrap();
    assert_eq!(stored.authority.unwrap().certificate, own);

    let file = folder.path().join("tls/authority.pem");
    let aside = folder.path().join("tls/former-authority.pem");
    let whole = fs::read_to_string(&file).unwrap();
    let flipped = {
        // One letter in the middle of the certificate.
        let at = whole.find("-----END CERTIFICATE").unwrap() / 2;
        let other = if whole[at..].starts_with('A') {
            "B"
        } else {
            "A"
        };
        format!("{}{other}{}", &whole[..at], &whole[at + 1..])
    };
    for damaged in ["", "no PEM", &whole[..whole.len() / 2], &flipped] {
        fs::write(&file, damaged).unwrap();
        let tls = made(folder.path(), now);
        assert_ne!(authority(&tls), own);
        assert_eq!(tls.notices()[0].key, "notice-tls-replaced");
        assert_eq!(fs::read_to_string(&aside).unwrap(), damaged);
        let served = connect_to(tls);
        assert!(served.starts_with("HTTP/1.1 200"), "{served}");
        // The notice goes with the file.
        fs::remove_file(&aside).unwrap();
        assert!(made(folder.path(), now).notices().is_empty());
    }
    let certificate = folder.path().join("tls/certificate.pem");
    let own = authority(&made(folder.path(), now));
    fs::write(&certificate, "no PEM").unwrap();
    let tls = made(folder.path(), now);
    assert_eq!((authority(&tls), tls.notices()), (own, vec![]));
}

/// What a desk with this TLS, which the kiosk made, answers.
fn connect_to(tls: Tls) -> String {
    let own = authority(&tls);
    let served = served(tempfile::tempdir().unwrap(), &tls);
    ask_securely(&served, "kiosk.local", &own, "/login").unwrap()
}

#[test]
fn what_cannot_be_written_is_said_and_the_page_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    // A file where the folder should be.
    let place = folder.path().join("tls");
    fs::write(&place, "").unwrap();
    let now = Timestamp::now();
    let tls = made(folder.path(), now);
    assert_eq!(tls.notices().len(), 1);
    let view = tls.view();
    assert!(!view.authority.as_ref().unwrap().is_kept);
    let answer = connect_to(tls.clone());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");

    // What was in use is stored once that works.
    fs::remove_file(&place).unwrap();
    tls.renew(now);
    assert!(tls.notices().is_empty(), "{:?}", tls.notices());
    let kept = tls.view().authority.unwrap();
    assert!(kept.is_kept);
    assert_eq!(kept.certificate, view.authority.unwrap().certificate);
    assert_eq!(authority(&made(folder.path(), now)), kept.certificate);
}

/// Files of an owner's own certificate.
struct Files {
    folder: TempDir,
    certificate: PathBuf,
    key: PathBuf,
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            certificate: folder.path().join("own.pem"),
            key: folder.path().join("own.key"),
            folder,
        }
    }

    /// Writes a certificate for `desk.example.org`, valid until the beginning of a year, and its key.
    /// Returns the certificate.
    fn write(&self, year: i32) -> Vec<u8> {
        let key = KeyPair::generate().unwrap();
        let mut about = CertificateParams::new(["desk.example.org".to_owned()]).unwrap();
        about.not_before = date_time_ymd(2020, 1, 1);
        about.not_after = date_time_ymd(year, 1, 1);
        let certificate = about.self_signed(&key).unwrap();
        fs::write(&self.certificate, certificate.pem()).unwrap();
        fs::write(&self.key, key.serialize_pem()).unwrap();
        certificate.der().to_vec()
    }

    fn tls(&self, now: Timestamp) -> Tls {
        let find_hosts = || hosts(&["kiosk.local"], &[]);
        Tls::files(&self.certificate, &self.key, Box::new(find_hosts), now).unwrap()
    }

    fn check(&self, now: Timestamp) -> String {
        let checked = tls::check(&self.certificate, &self.key, now);
        checked.map_or_else(|error| error.to_string(), |_| String::new())
    }
}

#[test]
fn own_files_are_shown_and_read_again_when_they_change() {
    let files = Files::new();
    let now = Timestamp::now();
    let first = files.write(2100);
    assert_eq!(files.check(now), "");
    let tls = files.tls(now);
    assert!(tls.notices().is_empty(), "{:?}", tls.notices());
    assert_eq!(tls.view().authority, None);
    assert_eq!(tls.view().names, ["desk.example.org"]);
    let served = served(tempfile::tempdir().unwrap(), &tls);
    let ask = |root: &[u8]| ask_securely(&served, "desk.example.org", root, "/login");
    assert!(ask(&first).unwrap().starts_with("HTTP/1.1 200"));
    assert_eq!(served.anonymous().get("/authority").status, 404);

    let second = files.write(2101);
    tls.renew(now);
    assert!(ask(&second).unwrap().starts_with("HTTP/1.1 200"));
    ask(&first).unwrap_err();

    // What is broken later does not end what works.
    fs::remove_file(&files.key).unwrap();
    tls.renew(now);
    assert_eq!(tls.notices()[0].key, "notice-tls-missing");
    assert!(!tls.view().is_passing);
    assert!(ask(&second).unwrap().starts_with("HTTP/1.1 200"));
}

#[test]
fn what_is_wrong_with_own_files_is_said_with_the_file() {
    let now = Timestamp::now();
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBvTBXBgkq\n\
                     -----END ENCRYPTED PRIVATE KEY-----\n";
    let older = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\
                 DEK-Info: AES-128-CBC,00\n\nMIIBvTBXBgkq\n-----END RSA PRIVATE KEY-----\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nMIIBvTBXBgkq\n-----END CERTIFICATE-----\n";
    let no_key = "-----BEGIN PRIVATE KEY-----\nMIIBvTBXBgkq\n-----END PRIVATE KEY-----\n";
    let other_key = KeyPair::generate().unwrap().serialize_pem();
    // The file that is replaced, by what, and what is said of which file.
    for (file, text, expected) in [
        (
            "own.pem",
            Some("\0\x01\x02"),
            "own.pem: there is no certificate",
        ),
        (
            "own.pem",
            Some(no_certificate),
            "own.pem: the certificate is damaged",
        ),
        ("own.pem", None, "own.pem: there is no such file"),
        (
            "own.key",
            Some("no PEM"),
            "own.key: there is no private key",
        ),
        (
            "own.key",
            Some(no_key),
            "own.key: the private key cannot be used",
        ),
        (
            "own.key",
            Some(encrypted),
            "own.key: the key has a passphrase",
        ),
        ("own.key", Some(older), "own.key: the key has a passphrase"),
        (
            "own.key",
            Some(other_key.as_str()),
            "own.key: this key does not belong",
        ),
        ("own.key", None, "own.key: there is no such file"),
    ] {
        let files = Files::new();
        files.write(2100);
        let path = files.folder.path().join(file);
        match text {
            Some(text) => fs::write(&path, text).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let said = files.check(now);
        assert!(said.contains(expected), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        // The kiosk starts all the same, and stays encrypted.
        let tls = files.tls(now);
        let notices = tls.notices();
        assert_eq!(notices.len(), 1, "{notices:?}");
        let about = &notices[0].arguments[0].1;
        assert!(about.ends_with(file), "{about}");
        assert!(tls.view().names.contains(&"kiosk.local".to_owned()));
        assert!(tls.view().is_passing);
        files.write(2100);
        tls.renew(now);
        assert_eq!((tls.notices(), tls.view().is_passing), (vec![], false));
    }

    let files = Files::new();
    files.write(2021);
    assert!(
        files
            .check(now)
            .contains("own.pem: the certificate expired on 2021-01-01")
    );
    let tls = files.tls(now);
    assert_eq!(tls.notices()[0].key, "notice-tls-expired");
    assert_eq!(
        tls.view().names,
        ["desk.example.org"],
        "it is shown all the same"
    );
    let early = Timestamp::from_second(1_000_000_000).unwrap();
    assert!(
        files
            .check(early)
            .contains("own.pem: the certificate is valid only from")
    );
}

#[test]
fn status_says_who_issued_the_certificate_in_place_of_files_that_cannot_be_used() {
    let files = Files::new();
    let tls = files.tls(Timestamp::now());
    let served = served(tempfile::tempdir().unwrap(), &tls);
    let owner = served.owner();
    let text = owner.get("/status").text();
    assert!(text.contains("the kiosk, for now"), "{text}");
    files.write(2100);
    tls.renew(Timestamp::now());
    let text = owner.get("/status").text();
    assert!(text.contains("your own files"), "{text}");
    assert!(!text.contains("the kiosk, for now"), "{text}");
}

#[test]
fn handshakes_that_stall_keep_nobody_away() {
    let folder = tempfile::tempdir().unwrap();
    let tls = made(folder.path(), Timestamp::now());
    let own = authority(&tls);
    let served = served(folder, &tls);
    let start = Instant::now();
    // The beginning of a handshake, and nothing at all.
    let begun: &[u8] = &[0x16, 3, 1, 2, 0, 1];
    let _stalled: Vec<TcpStream> = (0..200)
        .map(|n| {
            let mut stream = TcpStream::connect(served.address).unwrap();
            if n % 2 == 0 {
                stream.write_all(begun).unwrap();
            }
            stream
        })
        .collect();
    for _ in 0..5 {
        let answer = ask_securely(&served, "localhost", &own, "/login").unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "long before 15 s"
    );
}

#[test]
fn on_port_80_the_address_of_https_names_the_port() {
    let folder = tempfile::tempdir().unwrap();
    let tls = made(folder.path(), Timestamp::now());
    let served = Served::with(folder.into(), |options| {
        options.tls = Some(tls.clone());
        options.address.set_port(80);
    });
    let anonymous = served.anonymous();
    let host = ("Host", "kiosk.local");
    let direct = anonymous.ask("GET", "/authority", &[host], None).text();
    assert!(direct.contains("https://kiosk.local:80/"), "{direct}");
    // A proxy on this machine has a port of its own.
    let headers = [host, ("X-Forwarded-For", "192.168.1.77")];
    let proxied = anonymous.ask("GET", "/authority", &headers, None).text();
    assert!(proxied.contains("https://kiosk.local/"), "{proxied}");
    let answer = anonymous.ask("GET", "/visits", &headers, None);
    assert_eq!(answer.header("location"), "https://kiosk.local/visits");
}

#[test]
fn a_desk_that_closes_waits_for_no_handshake() {
    let folder = tempfile::tempdir().unwrap();
    let tls = made(folder.path(), Timestamp::now());
    let mut served = served(folder, &tls);
    let silent = TcpStream::connect(served.address).unwrap();
    // Served after the silent one, which therefore is accepted.
    assert_eq!(served.anonymous().get("/health/live").status, 200);
    let start = Instant::now();
    served.close();
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "not the whole time"
    );
    drop(silent);
}

#[test]
fn whatever_is_sent_in_place_of_a_handshake_harms_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let tls = made(folder.path(), Timestamp::now());
    let own = authority(&tls);
    let served = served(folder, &tls);
    for bytes in [
        &[0x16][..],
        &[0x16, 3, 1, 0xff, 0xff],
        &[0x16; 4096],
        &[0x80, 0x2e, 1, 0, 2],
        &[0; 64],
        b"SSH-2.0-x\r\n",
    ] {
        let mut stream = TcpStream::connect(served.address).unwrap();
        stream.write_all(bytes).unwrap();
    }
    let answer = ask_securely(&served, "localhost", &own, "/login").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}
