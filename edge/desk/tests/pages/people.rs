//! The pages of accounts and invitations, as people use them.

use super::house::{House, OWNER, STAFF};
use super::html::check_page;

#[test]
fn the_owner_invites_somebody_who_chooses_name_and_password() {
    let house = House::open();
    let owner = house.enter(OWNER, "en");
    let page = "/settings/people";
    let made = owner.fill(page, "/settings/people/invite", &[("role", "staff")]);
    assert_eq!(made.status, 200, "{}", made.html);
    check_page(page, "en", &made.html);
    let after = made.html.split("/invitation?code=").nth(1).unwrap();
    let code = after.split('"').next().unwrap();
    let address = format!("/invitation?code={code}");
    assert!(!owner.get(page).html.contains(code), "it is shown once");

    let guest = house.stranger("fr");
    let asked = guest.get(&address);
    assert_eq!(asked.status, 200);
    check_page(&address, "fr", &asked.html);
    let form = |name, password, again| {
        let form = [
            ("code", code),
            ("name", name),
            ("password", password),
            ("again", again),
        ];
        guest.post("/invitation", &form)
    };
    let words = "quatre mots de Zoé";
    for (name, password, again) in [
        ("Zoé", words, "trois mots"),
        ("staff", words, words),
        ("Zoé", "motdepasse2026", "motdepasse2026"),
    ] {
        let refused = form(name, password, again);
        assert_eq!(refused.status, 422, "{name} {password}");
        check_page(&address, "fr", &refused.html);
        assert!(refused.html.contains(&format!("value=\"{name}\"")));
        assert!(!refused.html.contains(words), "a password is never shown");
    }
    let made = form("Zoé", words, words);
    assert_eq!((made.status, &*made.to), (303, "/"), "{}", made.html);
    let account = guest.get("/account");
    check_page("/account", "fr", &account.html);
    assert!(account.html.contains("<h1>Zoé</h1>"));
    let used = house.stranger("fr").get(&address);
    assert_eq!(used.status, 404);
    check_page(&address, "fr", &used.html);

    let people = owner.get(page).html;
    check_page(page, "en", &people);
    assert!(people.contains("value=\"Zoé\""), "{people}");
    let form = [("name", "Zoé"), ("role", "viewer")];
    let changed = owner.fill(page, "/settings/people/role", &form);
    assert_eq!(changed.status, 303, "{}", changed.html);
    assert!(guest.get("/").html.contains("class=\"viewer\""));
    let form = [("name", "Zoé")];
    let removed = owner.fill(page, "/settings/people/remove", &form);
    assert_eq!(removed.status, 303, "{}", removed.html);
    assert!(guest.get("/").to.starts_with("/login"));
    let gone = owner.post("/settings/people/remove", &form);
    assert_eq!(gone.status, 422);
    check_page(page, "en", &gone.html);
}

#[test]
fn people_set_their_password_and_see_where_they_are_logged_in() {
    let house = House::open();
    let (here, there) = (house.enter(STAFF, "en"), house.enter(STAFF, "en"));
    let form = |former, password, again| {
        let form = [("former", former), ("password", password), ("again", again)];
        here.fill("/account", "/account/password", &form)
    };
    let words = "five words of somebody";
    for (former, password, again) in [
        ("a wild guess", words, words),
        (STAFF, words, "others"),
        (STAFF, "short", "short"),
        (STAFF, OWNER, OWNER),
    ] {
        let refused = form(former, password, again);
        assert_eq!(refused.status, 422, "{former} {password}");
        check_page("/account", "en", &refused.html);
        assert!(refused.html.contains("role=\"alert\""));
    }
    let page = here.get("/account").html;
    assert_eq!(page.matches("action=\"/account/revoke\"").count(), 2);
    let done = form(STAFF, words, words);
    assert_eq!((done.status, &*done.to), (303, "/account?saved=yes"));
    assert!(there.get("/").to.starts_with("/login"));
    let page = here.get("/account").html;
    assert_eq!(page.matches("action=\"/account/revoke\"").count(), 1);
    let after = page.split("name=\"id\" value=\"").nth(1).unwrap();
    let id = after.split('"').next().unwrap();
    let ended = here.fill("/account", "/account/revoke", &[("id", id)]);
    assert_eq!(ended.status, 303, "{}", ended.html);
    assert!(here.get("/").to.starts_with("/login"));
}

#[test]
fn the_owner_reads_what_people_did_page_by_page() {
    let house = House::open();
    let owner = house.enter(OWNER, "en");
    for _ in 0..55 {
        assert_eq!(owner.get("/api/v1/audit.csv").status, 200);
    }
    let first = owner.get("/settings/audit").html;
    check_page("/settings/audit", "en", &first);
    assert_eq!(first.matches("audit.csv · ").count(), 50);
    assert!(first.contains("href=\"/settings/audit?page=1\""));
    let last = owner.get("/settings/audit?page=1").html;
    assert_eq!(last.matches("audit.csv · ").count(), 5);
    assert!(last.contains("Logged in") && !last.contains("page=2"));
}
