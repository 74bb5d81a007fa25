//! The record of what people did, page by page.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use screens::locale::Message;
use serde::Deserialize;

use super::changes;
use super::page::{Page, show};
use super::words::Words;
use crate::access::{Entry, Event, Role};
use crate::contacts;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::Owner;

/// How many entries a page has.
const ROWS: usize = 50;

/// The last page that can be asked for.
const LAST: usize = 100_000;

/// An entry in the list.
struct EntryRow {
    what: String,
    by: String,
    detail: String,
    moment: String,
    machine: String,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Page,
    entries: Vec<EntryRow>,
    paging: Addresses,
}

/// The addresses of the pages before and after.
struct Addresses {
    earlier: Option<String>,
    later: Option<String>,
}

impl EntryRow {
    fn new(words: &Words, entry: &Entry) -> Self {
        let event = entry.event.name().replace('_', "-");
        let detail = [about(words, entry), entry.from.clone()];
        let detail: Vec<String> = detail.into_iter().filter(|part| !part.is_empty()).collect();
        Self {
            what: words.t(&format!("audit-event-{event}")),
            by: by(words, entry),
            detail: detail.join(" · "),
            moment: words.moment(entry.at),
            machine: words.machine(entry.at),
        }
    }
}

/// Who did it, in the reader's language.
fn by(words: &Words, entry: &Entry) -> String {
    match (&*entry.by, &*entry.from) {
        ("", "") => words.t("audit-at-kiosk"),
        ("", _) => words.t("audit-nobody"),
        (account, _) => changes::author(words, account),
    }
}

/// What an entry is about, in the reader's language.
fn about(words: &Words, entry: &Entry) -> String {
    let about = &*entry.about;
    match entry.event {
        Event::Invitation | Event::InvitationWithdrawn | Event::Account => role(words, about),
        Event::Role => match about.rsplit_once(": ") {
            Some((account, of)) => format!("{account} · {}", role(words, of)),
            None => about.to_owned(),
        },
        Event::Login if about == "link" => words.t("audit-by-link"),
        Event::LoginFailed | Event::Password | Event::SessionRevoked => {
            changes::author(words, about)
        }
        Event::Contacts | Event::AnimalForgotten | Event::OwnerErased => numbered(words, about),
        Event::Settings => settings(words, about),
        Event::BreedForgotten | Event::BreedAllowed => words.breed(about),
        Event::Setup => words.t(&format!("audit-setup-{about}")),
        _ => about.to_owned(),
    }
}

/// The settings that were changed, in the reader's language.
fn settings(words: &Words, about: &str) -> String {
    let names = about.split(", ").filter(|name| !name.is_empty());
    let names = names.map(|name| changes::field(words, name));
    names.collect::<Vec<_>>().join(", ")
}

/// Animals and owners, as [`contacts::numbers`] names them, in the reader's language.
fn numbered(words: &Words, about: &str) -> String {
    let parts = about.split("; ").map(|part| {
        let former = part.strip_prefix(contacts::FORMER);
        let numbers = match former.unwrap_or(part).split_once(' ') {
            Some(("animals", numbers)) => {
                words.with("audit-animals", "numbers", listed(words, numbers))
            }
            Some(("owners", numbers)) => {
                words.with("audit-owners", "numbers", listed(words, numbers))
            }
            _ => return part.to_owned(),
        };
        match former {
            Some(_) => words.with("audit-former", "numbers", numbers),
            None => numbers,
        }
    });
    parts.collect::<Vec<_>>().join(" · ")
}

/// A list of numbers, which may end with how many are left out.
fn listed(words: &Words, numbers: &str) -> String {
    let [and, more] = contacts::MORE;
    let cut = numbers.strip_suffix(more);
    match cut.and_then(|cut| cut.split_once(and)) {
        Some((numbers, count)) => {
            let text = Message::new("audit-more").with("numbers", numbers);
            words.message(&text.with("count", count))
        }
        None => numbers.to_owned(),
    }
}

/// What a role is called, and what it may do.
fn role(words: &Words, name: &str) -> String {
    match Role::ALL.into_iter().find(|role| role.name() == name) {
        Some(role) => words.t(&format!("account-role-{role}")),
        None => name.to_owned(),
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AuditQuery {
    page: usize,
}

pub(super) async fn audit(
    _: Owner,
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<AuditQuery>,
) -> Result<Html<String>, DeskError> {
    let number = query.page.min(LAST);
    let mut entries = desk.recorded(number * ROWS, ROWS + 1).await?;
    let address = |number: usize| format!("/settings/audit?page={number}");
    let later = (entries.len() > ROWS).then(|| address(number + 1));
    entries.truncate(ROWS);
    show(&AuditPage {
        entries: (entries.iter())
            .map(|entry| EntryRow::new(&page.words, entry))
            .collect(),
        paging: Addresses {
            earlier: number.checked_sub(1).map(address),
            later,
        },
        page,
    })
}
