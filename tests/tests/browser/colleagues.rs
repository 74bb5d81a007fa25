//! Two people at work at the same time: the owner at the desk, and a colleague whom the owner invites, on
//! a phone.

use serde_json::{Value, json};
use tests::browser::{Browser, browse_together};
use tests::program::{Program, set_password};

use super::arrival::arrival;
use super::restart::is_said;
use super::sample::fill;
use super::{PHONE, chelsea};

/// The passwords of the owner, and of the colleague at first and later.
pub(super) const OWNER: &str = "a password to remember";
const FIRST: &str = "five quiet geese walk home";
const SECOND: &str = "six loud geese fly away";

/// The colleague's account.
const COLLEAGUE: &str = "Zoé";

/// The buttons that end sessions, on the owner's page.
const ENDS: &str = "form[action='/settings/people/revoke']";

/// The form for an animal that is new to the catalogue.
const NEWCOMER: &str = "form[action$='/newcomer']";

/// The pages that show a viewer what staff could change.
const PAGES_WITH_CHANGES: [&str; 14] = [
    "/",
    "/?visit=2",
    "/queue",
    "/today",
    "/visits/1",
    "/visits/2",
    "/animals",
    "/animals?q=nobody",
    "/animals/1",
    "/in-house",
    "/owners",
    "/owners/1",
    "/expected",
    "/status",
];

#[tokio::test]
async fn of_two_decisions_at_once_the_late_one_is_refused_and_a_session_ends_where_its_owner_says()
{
    browse_together(|owner, colleague| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        set_password(data.path(), "owner", OWNER);
        let kiosk = Program::start(data.path(), &["--camera", "none"]);
        let page = kiosk.page.clone();
        let invitation = invite(&owner, &page, "staff").await;
        colleague.widen(PHONE).await;
        colleague.open(&invitation).await;
        accept(&colleague).await;
        let (status, _) = owner.fetch(&invitation).await;
        assert_eq!(status, 404, "an invitation works once");

        // An animal comes, which both see, and goes. Nobody has said who it was.
        owner.open(&page).await;
        owner
            .fill("#photograph", &chelsea().display().to_string())
            .await;
        let visit = arrival(&owner, "").await;
        assert_eq!(arrival(&colleague, "").await, visit);
        for browser in [&owner, &colleague] {
            browser
                .until("!document.querySelector('#answer').dataset.visit")
                .await;
            browser
                .tap(&format!("#today a[href='/visits/{visit}']"))
                .await;
            browser.find(NEWCOMER).await;
        }

        decide_at_once(&owner, &colleague, &visit).await;
        assert_eq!(colleague.console_errors().await, [""; 0]);
        end_session(&owner, &colleague, &page).await;
        log_in_again(&colleague, FIRST).await;
        set_another_password(&owner, &colleague, &page).await;

        // The record says who did all that.
        log_out(&owner).await;
        log_in(&owner, "", OWNER).await;
        owner.open(&format!("{page}/settings/audit")).await;
        let recorded = recorded(&owner).await;
        for (what, by) in [
            ("Invited somebody", "Owner"),
            ("Made an account", COLLEAGUE),
            ("Ended a session", "Owner"),
            ("Set a password", COLLEAGUE),
            ("Wrong password", "Not logged in"),
        ] {
            assert!(
                recorded.contains(&json!([what, by])),
                "{what}: {recorded:?}"
            );
        }
        drop(kiosk);
    })
    .await;
}

/// While the owner fills in who the animal is, the colleague confirms its breed. The owner's decision
/// is about a visit that has changed: it is refused, and made again.
async fn decide_at_once(owner: &Browser, colleague: &Browser, visit: &str) {
    owner
        .tap(&format!("details:has(> {NEWCOMER}) > summary"))
        .await;
    let typed = [("name", "Mitzi"), ("contact", "079 000 00 00")];
    for (field, text) in typed {
        owner.fill(&format!("#new-{field}"), text).await;
    }

    let choice = ".choices button[name=breed]";
    let breed = colleague.find(choice).await.attr("value").await;
    let breed = breed.expect("the button").expect("the breed's id");
    colleague.tap(choice).await;
    colleague.find("form[action$='/undo']").await;
    assert_eq!(said(owner, visit).await, json!([breed, null]));

    owner.tap(&format!("{NEWCOMER} button.primary")).await;
    let refused = owner.text("#confirm-wrong").await;
    assert!(refused.contains("has changed in the meantime"), "{refused}");
    assert_eq!(owner.text("h1").await, colleague.text("h1").await);
    assert_eq!(said(owner, visit).await, json!([breed, null]));
    for (field, text) in typed {
        owner
            .until(&format!(
                "document.querySelector('#new-{field}').value === '{text}'"
            ))
            .await;
    }

    owner.tap(&format!("{NEWCOMER} button.primary")).await;
    owner.find("a[href='/animals/1']").await;
    assert_eq!(said(owner, visit).await[1], json!([1, "Mitzi"]));
    let history = owner.text(".history").await;
    for author in ["Owner", COLLEAGUE] {
        assert!(history.contains(author), "{author}: {history}");
    }
}

/// The owner sees both sessions, and ends the colleague's. The colleague's page says so.
async fn end_session(owner: &Browser, colleague: &Browser, page: &str) {
    owner.open(&format!("{page}/settings/people")).await;
    owner
        .until(&format!(
            "document.querySelectorAll(\"{ENDS}\").length === 2"
        ))
        .await;
    let other = format!("li:not(:has(.tag.good)):has({ENDS})");
    assert!(owner.text(&other).await.contains(COLLEAGUE));
    owner.tap(&format!("{other} button")).await;
    is_said(colleague, "ended").await;
    owner
        .until(&format!(
            "document.querySelectorAll(\"{ENDS}\").length === 1"
        ))
        .await;
}

/// The colleague is at the desk too, in the owner's place, and sets another password there. The phone
/// is logged out by that, and only the new password lets it in again.
async fn set_another_password(desk: &Browser, phone: &Browser, page: &str) {
    log_out(desk).await;
    log_in(desk, COLLEAGUE, FIRST).await;
    desk.open(&format!("{page}/account")).await;
    for (field, text) in [("former", FIRST), ("password", SECOND), ("again", SECOND)] {
        desk.fill(&format!("#{field}"), text).await;
    }
    desk.tap("form[action='/account/password'] button").await;
    is_said(phone, "ended").await;
    desk.until("location.search === '?saved=yes'").await;

    phone.tap("#ended a").await;
    phone.fill("#name", COLLEAGUE).await;
    phone.fill("#password", FIRST).await;
    phone.tap("form[action='/login'] button").await;
    phone.find("#problem").await;
    log_in(phone, "", SECOND).await;
}

#[tokio::test]
async fn a_viewer_reads_everything_is_offered_no_change_and_is_refused_one() {
    browse_together(|owner, viewer| async move {
        let data = tempfile::tempdir().expect("a folder for the catalogue");
        fill(data.path());
        set_password(data.path(), "owner", OWNER);
        let kiosk = Program::start(data.path(), &["--camera", "none"]);
        let page = kiosk.page.clone();
        let invitation = invite(&owner, &page, "viewer").await;
        viewer.widen(PHONE).await;
        viewer.open(&invitation).await;
        viewer.tap("button[lang=fr]").await;
        viewer.until("document.documentElement.lang === 'fr'").await;
        assert_eq!(viewer.text("h1").await, "Créez votre compte");
        accept(&viewer).await;

        for address in PAGES_WITH_CHANGES {
            viewer.open(&format!("{page}{address}")).await;
            assert_eq!(offered(&viewer).await, json!([]), "{address}");
        }
        viewer.open(&format!("{page}/today")).await;
        assert!(viewer.text(".visits").await.contains("Éclair"));

        // Sent all the same, as by a page from before the role was changed.
        viewer.open(&format!("{page}/visits/2")).await;
        let form = "form[action='/visits/2/settle']";
        let send = format!("document.querySelector(\"{form}\").submit()");
        viewer.script(&send, vec![]).await;
        viewer
            .until("document.querySelector('h1').textContent.includes('ne permet que la lecture')")
            .await;
        assert_eq!(said(&owner, "2").await, json!([null, null]));

        // The owner lets the viewer do more, which applies at once.
        owner.open(&format!("{page}/settings/people")).await;
        let role = "form[action='/settings/people/role']";
        owner.choose(&format!("{role} select"), "staff").await;
        owner.tap(&format!("{role} button")).await;
        owner.until("location.search === '?saved=yes'").await;
        viewer.open(&format!("{page}/visits/2")).await;
        viewer.tap(".choices button[name=breed]").await;
        viewer.find("form[action$='/undo']").await;
        assert_ne!(said(&owner, "2").await[0], Value::Null);
        drop(kiosk);
    })
    .await;
}

/// Logs the owner in, who invites somebody to an account of this role. Returns the invitation's
/// address.
pub(super) async fn invite(owner: &Browser, page: &str, role: &str) -> String {
    owner.open(&format!("{page}/settings/people")).await;
    owner.fill("#password", OWNER).await;
    owner.tap("form[action='/login'] button").await;
    owner.choose("#role", role).await;
    owner
        .tap("form[action='/settings/people/invite'] button")
        .await;
    owner.find("#invitation").await;
    let address = "return document.querySelector('#invitation').value";
    let address = owner.script(address, vec![]).await;
    address.as_str().expect("an address").to_owned()
}

/// Makes the colleague's account on the page of an invitation.
async fn accept(colleague: &Browser) {
    for (field, text) in [("name", COLLEAGUE), ("password", FIRST), ("again", FIRST)] {
        colleague.fill(&format!("#{field}"), text).await;
    }
    colleague.tap("form[action='/invitation'] button").await;
    colleague.find("#live").await;
}

/// Logs in on the login page. Without a name, the one that is in its field counts.
async fn log_in(browser: &Browser, name: &str, password: &str) {
    if !name.is_empty() {
        browser.fill("#name", name).await;
    }
    browser.fill("#password", password).await;
    browser.tap("form[action='/login'] button").await;
    browser.find("header.head").await;
}

async fn log_out(browser: &Browser) {
    browser.tap("details.more > summary").await;
    browser.tap("form[action='/logout'] button").await;
    browser.until("location.pathname === '/login'").await;
}

/// Follows the link of a page whose session has ended, and is back on that page.
async fn log_in_again(browser: &Browser, password: &str) {
    let before = browser.address().await;
    browser.tap("#ended a").await;
    log_in(browser, COLLEAGUE, password).await;
    assert_eq!(browser.address().await, before);
}

/// The breed and the animal that staff have confirmed for a visit.
async fn said(browser: &Browser, visit: &str) -> Value {
    let (_, visit) = browser.fetch(&format!("/api/v1/visits/{visit}")).await;
    let visit: Value = serde_json::from_str(&visit).expect("a visit");
    json!([visit["said"], visit["animal"]])
}

/// What was recorded, and by whom, on the page of what people did.
async fn recorded(browser: &Browser) -> Vec<Value> {
    let script = "return [...document.querySelectorAll('main .lines .top')]
        .map((entry) => [...entry.children].map((part) => part.textContent))";
    let recorded = browser.script(script, vec![]).await;
    recorded.as_array().expect("a list of entries").clone()
}

/// What can be seen on a page that changes something, or leads to where something is changed.
async fn offered(browser: &Browser) -> Value {
    let script = "
        for (const fold of document.querySelectorAll('details')) fold.open = true;
        const changes = \"main form[method=post], main [href*='/new'], main [href$='/edit'],\"
            + \" main [href*='/merge'], main [href$='/import']\";
        const others = ['/language', '/logout', '/account'];
        return [...document.querySelectorAll(changes)]
            .filter((element) => element.checkVisibility())
            .map((element) => element.getAttribute('action') ?? element.getAttribute('href'))
            .filter((address) => !others.some((other) => address.startsWith(other)))";
    browser.script(script, vec![]).await
}
