//! Who gets in, and how: passwords, sessions, login links.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use desk::access::{Access, AccessError, Role};
use serde_json::json;

use crate::description::{OPEN, filled_in};
use crate::{Client, OWNER, STAFF, Served};

#[test]
fn without_a_login_there_is_nothing_but_the_login_and_the_health() {
    let served = Served::new();
    let anonymous = served.anonymous();
    let description = desk::description();
    let mut routes = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            if OPEN.contains(&&**path) {
                continue;
            }
            let path = filled_in(path);
            let body = matches!(&**method, "post" | "put").then_some(&b"{}"[..]);
            let method = method.to_uppercase();
            let answer = anonymous.ask(&method, &path, &[], body);
            assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
            assert_eq!(answer.error(), "log in first");
            routes += 1;
        }
    }
    assert!(routes > 30, "{routes} routes");

    let front = anonymous.get("/");
    assert_eq!(
        (front.status, front.header("location")),
        (303, "/login?next=/")
    );
    let animal = anonymous.get("/animals?query=a&offset=2");
    assert_eq!(
        animal.header("location"),
        "/login?next=/animals%3Fquery%3Da%26offset%3D2"
    );
    assert_eq!(anonymous.get("/login").status, 200);
    let health = anonymous.get("/health");
    assert_eq!((health.status, &*health.text()), (200, "ok\n"));
}

#[test]
fn the_password_decides_the_role() {
    let served = Served::new();
    for (password, role) in [(OWNER, "owner"), (STAFF, "staff")] {
        let client = served.anonymous().logged_in(password);
        let session = client.get("/api/v1/session").json();
        assert_eq!(session, json!({ "role": role, "name": role }));
    }
}

#[test]
fn the_login_form_leads_on_to_the_page_that_was_asked_for() {
    let served = Served::new();
    let client = served.anonymous();
    let kind = [("Content-Type", "application/x-www-form-urlencoded")];
    let form = |password: &str, next: &str| {
        let body = format!("password={}&next={next}", password.replace(' ', "+"));
        client.ask("POST", "/login", &kind, Some(body.as_bytes()))
    };
    let wrong = form("not the password", "/animals");
    assert_eq!(wrong.status, 401);
    assert!(wrong.header("content-type").starts_with("text/html"));
    assert_eq!(wrong.header("set-cookie"), "");

    let right = form(OWNER, "/animals");
    assert_eq!((right.status, right.header("location")), (303, "/animals"));
    let cookie = right.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    assert_eq!(client.get("/api/v1/session").status, 200);
    let elsewhere = form(OWNER, "https://evil.example/");
    assert_eq!(elsewhere.header("location"), "/");
}

#[test]
fn behind_a_proxy_with_tls_the_cookie_is_bound_to_it() {
    let served = Served::new();
    let body = json!({ "password": OWNER }).to_string();
    let answer = served.anonymous().ask(
        "POST",
        "/api/v1/login",
        &[
            ("Content-Type", "application/json"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-For", "192.168.1.9"),
        ],
        Some(body.as_bytes()),
    );
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-"), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
}

#[test]
fn wrong_passwords_are_slowed_by_address() {
    let served = Served::new();
    let client = served.anonymous();
    let attempt = |from: &str, password: &str| {
        let headers = [
            ("Content-Type", "application/json"),
            ("X-Forwarded-For", from),
        ];
        let body = json!({ "password": password }).to_string();
        client.ask("POST", "/api/v1/login", &headers, Some(body.as_bytes()))
    };
    for _ in 0..3 {
        assert_eq!(attempt("192.168.1.66", "wrong password").status, 401);
    }
    for password in ["wrong password", OWNER] {
        let slowed = attempt("192.168.1.66", password);
        assert_eq!((slowed.status, slowed.header("retry-after")), (429, "1"));
        assert_eq!(slowed.error(), "too many attempts; wait 1 s");
    }
    assert_eq!(attempt("192.168.1.7", OWNER).status, 200, "another address");
}

#[test]
fn staff_may_not_delete_export_restore_or_change_settings() {
    let served = Served::new();
    let staff = served.staff();
    for (method, path) in [
        ("DELETE", "/api/v1/animals/1"),
        ("GET", "/api/v1/export/animals.csv"),
        ("GET", "/api/v1/export/visits.csv"),
        ("GET", "/api/v1/export/catalogue.json"),
        ("GET", "/api/v1/animals/1/family.tar"),
        ("GET", "/api/v1/backup"),
        ("POST", "/api/v1/restore"),
        ("POST", "/api/v1/clock/confirm"),
        ("GET", "/api/v1/settings"),
        ("PUT", "/api/v1/settings"),
    ] {
        let body = matches!(method, "POST" | "PUT").then_some(&b"{}"[..]);
        let headers = [("Content-Type", "application/json")];
        let answer = staff.ask(method, path, &headers, body);
        assert_eq!(answer.status, 403, "{method} {path}");
        assert_eq!(answer.error(), "only the owner may do this");
    }
}

#[test]
fn logging_out_ends_the_session() {
    let served = Served::new();
    let staff = served.staff();
    assert_eq!(staff.get("/api/v1/live").status, 200);
    assert_eq!(staff.post("/api/v1/logout", &json!({})).status, 204);
    assert_eq!(staff.get("/api/v1/live").status, 401);
}

#[test]
fn whoever_is_logged_in_stays_so_when_the_kiosk_starts_again() {
    let served = Served::new();
    let sessions = served.folder.path().join("sessions.toml");
    let clients = [served.owner(), served.staff(), served.staff()];
    let statuses = |served: &Served| {
        let session = |client: &Client| client.at(served).get("/api/v1/session").status;
        clients.each_ref().map(session)
    };
    assert_eq!(clients[2].post("/api/v1/logout", &json!({})).status, 204);
    let mode = fs::metadata(&sessions).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let served = served.restarted();
    assert_eq!(statuses(&served), [200, 200, 401]);
    let access = Access::open(served.folder.path()).unwrap();
    access
        .set_password(Role::Staff, "a second secret to keep")
        .unwrap();
    let served = served.restarted();
    assert_eq!(statuses(&served), [200, 401, 401]);

    // A damaged file means to log in again.
    fs::write(&sessions, [0_u8; 100]).unwrap();
    let served = served.restarted();
    assert_eq!(statuses(&served), [401; 3]);
    let owner = served.owner();
    let served = served.restarted();
    assert_eq!(owner.at(&served).get("/api/v1/session").status, 200);
}

#[test]
fn a_new_password_ends_the_sessions_of_the_former_one() {
    let served = Served::new();
    let (owner, staff) = (served.owner(), served.staff());
    // As `kiosk password staff` does in another process.
    let access = Access::open(served.folder.path()).unwrap();
    access
        .set_password(Role::Staff, "a second secret to keep")
        .unwrap();
    assert_eq!(staff.get("/api/v1/live").status, 401);
    assert_eq!(owner.get("/api/v1/live").status, 200);
    served.anonymous().logged_in("a second secret to keep");
}

#[test]
fn the_login_link_works_once_and_a_fresh_one_is_logged() {
    let served = Served::with_passwords(&[]);
    let path = |link: &str| {
        let at = link.find("/login?token=").unwrap();
        link[at..].to_owned()
    };
    let link = path(&served.desk.login_link().unwrap());
    let first = served.anonymous();
    assert_eq!(first.get("/api/v1/live").status, 401);
    let opened = first.get(&link);
    assert_eq!((opened.status, opened.header("location")), (303, "/"));
    assert_eq!(first.get("/api/v1/session").json()["role"], "owner");

    let second = served.anonymous();
    for link in [&*link, "/login?token=guessed", &*link] {
        let used = second.get(link);
        assert_eq!(used.status, 403, "{}", used.text());
        assert!(used.header("content-type").starts_with("text/html"));
        assert_eq!(second.get("/api/v1/session").status, 401);
    }
    let logged = served.logged_links();
    assert_eq!(logged.len(), 1, "one fresh link in ten seconds: {logged:?}");
    assert_eq!(second.get(&path(&logged[0])).status, 303);
    assert_eq!(second.get("/api/v1/session").json()["role"], "owner");
}

#[test]
fn a_password_voids_the_login_link() {
    let served = Served::with_passwords(&[]);
    let client = served.anonymous();
    let link = served.desk.login_link().unwrap();
    let path = &link[link.find("/login").unwrap()..];
    Access::open(served.folder.path())
        .unwrap()
        .set_password(Role::Owner, OWNER)
        .unwrap();
    client.get(path);
    assert_eq!(client.get("/api/v1/session").status, 401);
    assert_eq!(served.desk.login_link(), None);
    client.logged_in(OWNER);
}

#[test]
fn no_password_is_right_if_none_is_set() {
    let served = Served::with_passwords(&[]);
    for password in ["", "owner", "a password of some length"] {
        let answer = served
            .anonymous()
            .post("/api/v1/login", &json!({ "password": password }));
        assert_eq!(answer.status, 401);
    }
}

#[test]
fn a_kiosk_that_others_reach_is_set_up_before_the_owner_has_a_password() {
    let folder = tempfile::tempdir().unwrap();
    let access = Access::open(folder.path()).unwrap();
    let needs = |address: &str| access.needs_setup(address.parse().unwrap()).unwrap();
    let check = |is_needed: bool| {
        for loopback in ["127.0.0.1", "127.8.8.8", "::1"] {
            assert!(!needs(loopback), "{loopback}");
        }
        for open in ["0.0.0.0", "192.168.1.5", "::"] {
            assert_eq!(needs(open), is_needed, "{open}");
        }
    };
    check(true);
    access.set_password(Role::Staff, STAFF).unwrap();
    check(true);
    access.set_password(Role::Owner, OWNER).unwrap();
    check(false);
}

#[test]
fn passwords_are_kept_as_hashes_that_only_the_kiosk_reads() {
    let folder = tempfile::tempdir().unwrap();
    let access = Access::open(folder.path()).unwrap();
    access.set_password(Role::Owner, OWNER).unwrap();
    let path = folder.path().join("access.toml");
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("$argon2id$") && !text.contains(OWNER),
        "{text}"
    );
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(access.verify(OWNER).unwrap(), Some(Role::Owner));
    assert_eq!(access.verify("something else").unwrap(), None);
}

#[test]
fn bad_passwords_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let access = Access::open(folder.path()).unwrap();
    access.set_password(Role::Owner, OWNER).unwrap();
    for length in [0, 9, 201] {
        let refused = access.set_password(Role::Owner, &"é".repeat(length));
        assert!(matches!(refused, Err(AccessError::Length(n)) if n == length));
    }
    for common in ["1234567890", "Password2026!", "motdepasse1", "azertyuiop"] {
        let refused = access.set_password(Role::Owner, common);
        assert!(matches!(refused, Err(AccessError::Common)), "{common}");
    }
    let refused = access.set_password(Role::Staff, OWNER);
    assert!(matches!(refused, Err(AccessError::Taken(Role::Owner))));
    assert_eq!(
        access.verify(OWNER).unwrap(),
        Some(Role::Owner),
        "as before"
    );
}

#[test]
fn a_damaged_file_of_passwords_lets_nobody_in() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["owner = 7", "owner = \"secret\"", "guest = \"x\"", "\u{0}"] {
        fs::write(folder.path().join("access.toml"), text).unwrap();
        let error = Access::open(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("access.toml") && !error.contains('\n'),
            "{error}"
        );
    }
}
