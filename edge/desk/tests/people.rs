//! People with accounts of their own: invitations, roles, sessions, passwords, and the record of what
//! they did.

use std::thread;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::description::{OPEN, filled_in};
use crate::{Answer, Client, OWNER, STAFF, Served};

const ANNAS: &str = "four words of Anna";

/// The code of an invitation of the owner's.
fn invitation(served: &Served, role: &str) -> String {
    let made = served
        .owner()
        .post("/api/v1/invitations", &json!({ "role": role }));
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["code"].as_str().unwrap().to_owned()
}

/// Somebody who made an account with an invitation.
pub(crate) fn invited(served: &Served, role: &str, name: &str) -> Client {
    let client = served.anonymous();
    let chosen = json!({ "code": invitation(served, role), "name": name, "password": ANNAS });
    let made = client.post("/api/v1/invitation", &chosen);
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json(), json!({ "role": role, "name": name }));
    client
}

fn log_in(served: &Served, name: &str, password: &str) -> Answer {
    let sent = json!({ "name": name, "password": password });
    served.anonymous().post("/api/v1/login", &sent)
}

fn array(value: Value) -> Vec<Value> {
    value.as_array().expect("an array").clone()
}

#[test]
fn who_is_invited_makes_an_account_and_the_history_has_its_name() {
    let served = Served::new();
    let anna = invited(&served, "staff", "Anna");
    let visit = served.unsure_visit();
    let path = format!("/api/v1/visits/{visit}");
    let confirmed = anna.post(&format!("{path}/settle"), &json!({ "breed": "pug" }));
    assert_eq!(confirmed.json()["settled_by"], "Anna");
    let history = anna.get(&format!("{path}/history")).json();
    assert_eq!(history[0]["by"], "Anna");

    assert_eq!(log_in(&served, " anna ", ANNAS).json()["name"], "Anna");
    let without_name = json!({ "password": ANNAS });
    let refused = served.anonymous().post("/api/v1/login", &without_name);
    assert_eq!(refused.status, 401);
    assert_eq!(log_in(&served, "Anna", STAFF).status, 401);
    assert_eq!(log_in(&served, "Staff", STAFF).status, 200);
}

#[test]
fn an_invitation_works_once_and_for_nobody_who_has_another_code() {
    let served = Served::new();
    let owner = served.owner();
    let code = invitation(&served, "staff");
    let accept = |code: &str, name: &str, password: &str| {
        let chosen = json!({ "code": code, "name": name, "password": password });
        served.anonymous().post("/api/v1/invitation", &chosen)
    };
    assert_eq!(accept("guessed", "Anna", ANNAS).status, 404);
    for (name, password, says) in [
        ("", ANNAS, "name of 1 to 40"),
        ("Owner", ANNAS, "the name is taken"),
        ("Anna", "short", "5 characters"),
        ("Anna", "anna-password-1", "easy to guess"),
    ] {
        let refused = accept(&code, name, password);
        assert_eq!(refused.status, 422, "{name} {password}");
        assert!(refused.error().contains(says), "{}", refused.text());
    }
    assert_eq!(accept(&code, "Anna", ANNAS).status, 201);
    let again = accept(&code, "Berta", ANNAS);
    assert_eq!(again.status, 404);
    assert!(again.error().contains("was used or has expired"));

    let code = invitation(&served, "viewer");
    let open = array(owner.get("/api/v1/invitations").json());
    assert_eq!((open.len(), &open[0]["role"]), (1, &json!("viewer")));
    let id = open[0]["id"].as_str().unwrap();
    let path = format!("/api/v1/invitations/{id}");
    assert_eq!(owner.say("DELETE", &path, &json!(null)).status, 204);
    assert_eq!(accept(&code, "Berta", ANNAS).status, 404);
    let staff = served.staff().get("/api/v1/invitations");
    assert_eq!(staff.status, 403);
}

#[test]
fn a_viewer_sees_what_staff_see_and_changes_nothing() {
    let served = Served::new();
    let viewer = invited(&served, "viewer", "Vera");
    for path in [
        "/",
        "/today",
        "/unconfirmed",
        "/animals",
        "/owners",
        "/account",
        "/api/v1/animals",
    ] {
        assert_eq!(viewer.get(path).status, 200, "{path}");
    }
    let description = desk::description();
    let mut refused = 0;
    for (path, operations) in description["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let own = path.starts_with("/api/v1/sessions/")
                || ["/api/v1/logout", "/api/v1/account/password"].contains(&&**path);
            let owners = operation["security"][0]["session"] == json!(["owner"]);
            if OPEN.contains(&&**path) || own || (method == "get" && !owners) {
                continue;
            }
            let headers = [("Content-Type", "application/json")];
            let body = (method != "get").then_some(&b"{}"[..]);
            let (method, path) = (method.to_uppercase(), filled_in(path));
            let answer = viewer.ask(&method, &path, &headers, body);
            assert_eq!(answer.status, 403, "{method} {path}: {}", answer.text());
            refused += 1;
        }
    }
    assert!(refused > 40, "{refused}");
    let form = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept-Language", "en"),
    ];
    let answer = viewer.ask("POST", "/animals/new", &form, Some(b"name=Rex&breed=Pug"));
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("may only look"), "{}", answer.text());
    assert_eq!(served.catalogue.totals().unwrap().animals, 0);
    let chosen = viewer.ask("POST", "/language", &form, Some(b"language=fr"));
    assert_eq!(chosen.status, 303, "{}", chosen.text());
    assert_eq!(viewer.post("/api/v1/logout", &json!({})).status, 204);
}

#[test]
fn another_role_applies_at_once_and_a_removed_account_is_out() {
    let served = Served::new();
    let owner = served.owner();
    let anna = invited(&served, "viewer", "Anna Müller");
    let path = "/api/v1/accounts/anna%20m%C3%BCller";
    assert_eq!(anna.get("/api/v1/settings").status, 403);
    let changed = owner.say("PUT", path, &json!({ "role": "owner" }));
    assert_eq!(changed.json()["role"], "owner");
    assert_eq!(anna.get("/api/v1/settings").status, 200);
    let names: Vec<Value> = (array(owner.get("/api/v1/accounts").json()).iter())
        .map(|account| account["name"].clone())
        .collect();
    assert_eq!(names, ["owner", "staff", "Anna Müller"]);
    let last = &array(owner.get("/api/v1/audit").json())[0];
    let field = |name: &str| last[name].as_str().unwrap();
    assert_eq!(
        [field("event"), field("about")],
        ["role", "Anna Müller: owner"]
    );

    assert_eq!(owner.say("DELETE", path, &json!(null)).status, 204);
    assert_eq!(anna.get("/api/v1/session").status, 401);
    assert_eq!(log_in(&served, "Anna Müller", ANNAS).status, 401);
    assert_eq!(owner.say("DELETE", path, &json!(null)).status, 404);
    let shared = owner.say("DELETE", "/api/v1/accounts/owner", &json!(null));
    assert_eq!(shared.status, 422);
}

#[test]
fn sessions_are_listed_and_ended_by_their_owner_and_by_the_daycares() {
    let served = Served::new();
    let owner = served.owner();
    let (here, lost) = (served.staff(), served.staff());
    let other = invited(&served, "staff", "Anna");
    let listed = array(here.get("/api/v1/sessions").json());
    assert_eq!(listed.len(), 2, "{listed:?}");
    let is_present = |session: &Value| session["present"] == true;
    assert_eq!(listed.iter().filter(|one| is_present(one)).count(), 1);
    assert_eq!(listed[0]["account"], "staff");
    assert_eq!(listed[0]["address"], "127.0.0.1");
    assert!(listed[0]["agent"].as_str().unwrap().contains("ureq"));

    let end = |client: &Client, session: &Value| {
        let path = format!("/api/v1/sessions/{}", session["id"].as_str().unwrap());
        client.say("DELETE", &path, &json!(null)).status
    };
    let there = listed.iter().find(|session| !is_present(session)).unwrap();
    assert_eq!(end(&other, there), 404, "it is somebody else's");
    assert_eq!(end(&here, there), 204);
    assert_eq!(lost.get("/api/v1/session").status, 401);
    assert_eq!(here.get("/api/v1/session").status, 200);

    let all = array(owner.get("/api/v1/sessions").json());
    let annas = all.iter().find(|session| session["account"] == "Anna");
    assert_eq!(end(&owner, annas.unwrap()), 204);
    assert_eq!(other.get("/api/v1/session").status, 401);
}

#[test]
fn a_new_password_needs_the_present_one_and_ends_all_other_sessions() {
    let served = Served::new();
    let (owner, anna) = (served.owner(), invited(&served, "staff", "Anna"));
    let elsewhere = served.anonymous();
    let login = json!({ "name": "Anna", "password": ANNAS });
    assert_eq!(elsewhere.post("/api/v1/login", &login).status, 200);
    let set = |former: &str, password: &str| {
        let sent = json!({ "former": former, "password": password });
        anna.say("PUT", "/api/v1/account/password", &sent)
    };
    let wrong = set("a wild guess", "five words of somebody");
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.error(), "the present password is wrong");
    assert_eq!(set(ANNAS, "Password2026").status, 422);
    assert_eq!(set(ANNAS, "five words of somebody").status, 204);
    assert_eq!(elsewhere.get("/api/v1/session").status, 401);
    assert_eq!(anna.get("/api/v1/session").status, 200);

    // The owner sets the password of somebody who forgot it.
    let path = "/api/v1/accounts/Anna/password";
    let of_another = json!({ "former": OWNER, "password": ANNAS });
    assert_eq!(anna.say("PUT", path, &of_another).status, 403);
    assert_eq!(owner.say("PUT", path, &of_another).status, 204);
    assert_eq!(anna.get("/api/v1/session").status, 401);
    assert_eq!(log_in(&served, "Anna", ANNAS).status, 200);
    assert_eq!(owner.get("/api/v1/session").status, 200);
}

#[test]
fn a_browser_that_logged_in_before_waits_for_no_crowd_of_strangers() {
    let served = Served::new();
    let known = served.owner();
    let attempt = |client: &Client, from: &str, password: &str| {
        let headers = [
            ("Content-Type", "application/json"),
            ("X-Forwarded-For", from),
        ];
        let body = json!({ "password": password }).to_string();
        let answer = client.ask("POST", "/api/v1/login", &headers, Some(body.as_bytes()));
        answer.status
    };
    let crowd = served.anonymous();
    let refused = (0..100).find(|n| {
        let from = format!("2001:db8:0:{n:x}::1");
        attempt(&crowd, &from, "a wild guess") == 429
    });
    assert!(refused.is_some(), "strangers wait for one another");
    assert_eq!(attempt(&known, "192.168.1.7", OWNER), 200);
}

#[test]
fn however_many_strangers_guess_at_once_a_browser_that_logged_in_before_has_its_turn() {
    let served = Served::new();
    let known = served.owner();
    let crowd: Vec<_> = (0..20)
        .map(|n| {
            let stranger = served.anonymous();
            thread::spawn(move || {
                let from = [("X-Forwarded-For", &*format!("2001:db8:0:{n:x}::1"))];
                let body = json!({ "password": "a wild guess" }).to_string();
                let headers = [from[0], ("Content-Type", "application/json")];
                let answer = stranger.ask("POST", "/api/v1/login", &headers, Some(body.as_bytes()));
                answer.status
            })
        })
        .collect();
    while crowd.iter().any(|stranger| !stranger.is_finished()) {
        let login = known.post("/api/v1/login", &json!({ "password": OWNER }));
        assert_eq!(login.status, 200, "{}", login.text());
    }
    for stranger in crowd {
        let status = stranger.join().unwrap();
        assert!([401, 503].contains(&status), "{status}");
    }
}

#[test]
fn what_people_did_is_recorded_and_a_restored_backup_does_not_change_it() {
    let served = Served::new();
    let owner = served.owner();
    let secret = "a password in the wrong field";
    assert_eq!(log_in(&served, secret, "a wild guess").status, 401);
    assert_eq!(log_in(&served, "Staff", "a wild guess").status, 401);
    let mut settings = owner.get("/api/v1/settings").json();
    let backup = owner.get("/api/v1/backup");
    assert_eq!(owner.say("PUT", "/api/v1/settings", &settings).status, 200);
    settings["keep_days"] = json!(30);
    settings["name"] = json!("The Kennel");
    assert_eq!(owner.say("PUT", "/api/v1/settings", &settings).status, 200);
    assert_eq!(owner.get("/api/v1/export/animals.csv").status, 200);
    let tar = [("Content-Type", "application/x-tar")];
    let restored = owner.ask("POST", "/api/v1/restore", &tar, Some(&backup.body));
    assert_eq!(restored.status, 200, "{}", restored.text());
    let wrong = owner.ask("POST", "/api/v1/restore", &tar, Some(b"no tar"));
    assert!(wrong.status >= 400, "and it is not recorded");
    let rex = json!({ "name": "Rex", "species": "dog", "breed": "pug" });
    let rex = owner.post("/api/v1/animals", &rex);
    let family = format!("/api/v1/animals/{}/family.tar", rex.json()["id"]);
    assert_eq!(owner.get(&family).status, 200);
    let anna = json!({ "name": "Anna" });
    let anna = owner.post("/api/v1/owners", &anna).json();
    for gone in [
        format!("/api/v1/owners/{}", anna["id"]),
        family.trim_end_matches("/family.tar").to_owned(),
    ] {
        assert_eq!(owner.say("DELETE", &gone, &json!(null)).status, 204);
        assert_eq!(owner.say("DELETE", &gone, &json!(null)).status, 404);
    }
    let till = json!({ "name": "=till", "scope": "read" });
    let till = owner.post("/api/v1/tokens", &till).json();
    let token = format!("/api/v1/tokens/{}", till["id"].as_str().unwrap());
    assert_eq!(owner.say("DELETE", &token, &json!(null)).status, 204);

    let recorded = array(owner.get("/api/v1/audit").json());
    let of = |entry: &Value| {
        let field = |name: &str| entry[name].as_str().unwrap().to_owned();
        [field("event"), field("by"), field("about")]
    };
    let read: Vec<[String; 3]> = recorded.iter().map(of).collect();
    let family = family.trim_start_matches("/api/v1/");
    let expect = [
        ["token_revoked", "owner", "=till"],
        ["token", "owner", "=till"],
        ["animal_forgotten", "owner", "animals 1"],
        ["owner_erased", "owner", "owners 1"],
        ["export", "owner", family],
        ["restore", "owner", ""],
        ["export", "owner", "animals.csv"],
        // Those that were sent and did not change are not recorded.
        ["settings", "owner", "keep_days, name"],
        ["backup", "owner", ""],
        ["login_failed", "", "staff"],
        ["login_failed", "", ""],
        ["login", "owner", ""],
    ];
    assert_eq!(read, expect.map(|entry| entry.map(str::to_owned)));
    assert_eq!(recorded[0]["from"], "127.0.0.1");
    let paged = owner.get("/api/v1/audit?offset=1&limit=1").json();
    assert_eq!(array(paged), [recorded[1].clone()]);

    let served = served.restarted();
    let owner = owner.at(&served);
    let csv = owner.get("/api/v1/audit.csv");
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    let table = csv.text();
    assert!(
        table.starts_with("\u{feff}at,at_local,event,by,from,about\n"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 1 + expect.len(), "{table}");
    for row in table.lines().skip(1) {
        let (at, rest) = row.split_once(',').unwrap();
        let at = at.parse::<Timestamp>().unwrap().to_zoned(catalogue::zone());
        let local = at.strftime("%Y-%m-%d %H:%M:%S,").to_string();
        assert!(rest.starts_with(&local), "{row}");
    }
    assert!(!table.contains(secret));
    assert!(table.contains(",'=till\n"), "no formula: {table}");
    assert_eq!(served.staff().get("/api/v1/audit").status, 403);
}

/// Whose contacts were read, and by whom, the oldest first.
fn contacts_read(owner: &Client) -> Vec<[String; 2]> {
    let recorded = array(owner.get("/api/v1/audit?limit=500").json());
    let read = recorded.iter().rev().filter(|it| it["event"] == "contacts");
    let field = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    read.map(|entry| [field(entry, "by"), field(entry, "about")])
        .collect()
}

#[test]
fn who_read_which_contacts_is_recorded_by_number_and_once_an_hour() {
    let served = Served::new();
    let owner = served.owner();
    let anna = json!({ "name": "Anna Dupont", "phones": ["079 123"], "email": "anna@example.org" });
    let ben = json!({ "name": "Ben Roux" });
    let add = |path: &str, body: &Value| owner.post(path, body).json()["id"].as_i64().unwrap();
    let (anna, ben) = (add("/api/v1/owners", &anna), add("/api/v1/owners", &ben));
    let animal = |name: &str, contact: &str, owners: &[i64]| {
        let fields = json!({
            "name": name, "species": "dog", "breed": "pug", "contact": contact, "owner_ids": owners
        });
        add("/api/v1/animals", &fields)
    };
    let rex = animal("Rex", "", &[anna]);
    let bello = animal("Bello", "021 555", &[]);
    let plain = animal("Rocky", "", &[ben]);
    let mut before = contacts_read(&owner).len();
    let mut reads = |client: &Client, path: &str| {
        let answer = client.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let all = contacts_read(&owner);
        let new = all[before..].to_vec();
        before = all.len();
        new.concat().join(" ")
    };

    let staff = served.staff();
    assert_eq!(
        reads(&staff, &format!("/animals/{plain}")),
        "",
        "no contact"
    );
    assert_eq!(reads(&staff, &format!("/owners/{ben}")), "");
    let first = reads(&staff, &format!("/animals/{rex}"));
    assert_eq!(first, format!("staff owners {anna}"));
    for again in [
        format!("/owners/{anna}"),
        format!("/owners/{anna}/edit"),
        format!("/animals/{rex}/card"),
        format!("/api/v1/animals/{rex}"),
        "/owners?q=dupont".to_owned(),
    ] {
        assert_eq!(reads(&staff, &again), "", "{again}");
    }
    // A search by the other one, and another account.
    let found = reads(&staff, "/api/v1/animals?query=bello");
    assert_eq!(found, format!("staff animals {bello}"));
    let viewer = invited(&served, "viewer", "Vera");
    let listed = reads(&viewer, "/animals");
    assert_eq!(listed, format!("Vera animals {bello}; owners {anna}"));

    let page = owner.get("/settings/audit").text();
    assert!(page.contains("Read contacts"), "{page}");
    assert!(page.contains(&format!("animals {bello} · owners {anna}")));
    let csv = owner.get("/api/v1/audit.csv").text();
    for secret in ["079 123", "021 555", "Dupont", "Bello"] {
        assert!(!csv.contains(secret), "{csv}");
    }
}

#[test]
fn every_way_to_a_contact_is_recorded() {
    let served = Served::new();
    let owner = served.owner();
    let anna = json!({ "name": "Anna Dupont", "phones": ["079 123"] });
    let anna = owner.post("/api/v1/owners", &anna).json()["id"].clone();
    let rex = json!({ "name": "Rex", "species": "dog", "breed": "pug", "owner_ids": [anna] });
    assert_eq!(owner.post("/api/v1/animals", &rex).status, 201);
    let rex = served.catalogue.search("rex", 1, 0).unwrap()[0].id;
    let day = catalogue::now().date();
    served.catalogue.expect(rex, day).unwrap();
    let visit = served.unsure_visit();
    let settle = json!({ "breed": "pug", "animal": rex });
    let settled = owner.post(&format!("/api/v1/visits/{visit}/settle"), &settle);
    assert_eq!(settled.status, 200, "{}", settled.text());
    let mut shown = 0;
    for (number, path) in [
        "/".to_owned(),
        "/today".to_owned(),
        format!("/visits/{visit}"),
        "/animals".to_owned(),
        format!("/animals/{rex}"),
        format!("/animals/{rex}/card"),
        format!("/animals/{rex}/edit"),
        format!("/animals/{rex}/merge"),
        "/animals/new".to_owned(),
        "/in-house".to_owned(),
        "/expected".to_owned(),
        "/owners".to_owned(),
        format!("/owners/{anna}"),
        format!("/owners/{anna}/edit"),
        "/api/v1/animals".to_owned(),
        format!("/api/v1/animals/{rex}"),
        "/api/v1/owners".to_owned(),
        format!("/api/v1/owners/{anna}"),
        format!("/api/v1/owners/{anna}/animals"),
        "/api/v1/in-house".to_owned(),
        "/api/v1/expected".to_owned(),
        format!("/api/v1/visits/{visit}/suggestions"),
    ]
    .into_iter()
    .enumerate()
    {
        // Each by somebody who has read nothing yet.
        let name = format!("Viewer {number}");
        let viewer = invited(&served, "viewer", &name);
        let answer = viewer.get(&path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let shows = answer.text().contains("079 123");
        let read = contacts_read(&owner);
        let is_recorded = read.contains(&[name, format!("owners {anna}")]);
        assert!(is_recorded || !shows, "{path}");
        shown += usize::from(shows);
    }
    assert!(shown > 15, "{shown} of them show a contact");
}
