//! Records what people do: one line for each request that exports, restores or changes what is the
//! owner's, for each login, and for contacts that somebody reads.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::panic;
use std::path::Path;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use catalogue::Table;
use recognise::Language;
use tokio::task;

use crate::access::{Entry, Event};
use crate::contacts::{self, Contacts};
use crate::desk::Desk;
use crate::error::DeskError;
use crate::session::{Client, Session};
use crate::transfer::download;
use crate::visitor::Visitor;
use crate::work::blocking;

/// What is recorded once it was done, by method and route. Whom or what the others are about is known
/// to their handlers alone, which record it themselves: accounts, invitations, passwords, sessions,
/// tokens, settings, breeds, and who is forgotten.
const RECORDED: [(&str, &str, Event); 18] = [
    ("GET", "/api/v1/export/animals.csv", Event::Export),
    ("GET", "/api/v1/export/visits.csv", Event::Export),
    ("GET", "/api/v1/export/owners.csv", Event::Export),
    ("GET", "/api/v1/export/catalogue.json", Event::Export),
    ("GET", "/api/v1/animals/{id}/family.tar", Event::Export),
    ("GET", "/api/v1/audit.csv", Event::Export),
    ("GET", "/former/{file}", Event::Export),
    ("GET", "/former/backup.tar", Event::Backup),
    ("GET", "/api/v1/backup", Event::Backup),
    ("POST", "/api/v1/restore", Event::Restore),
    ("POST", "/export", Event::Restore),
    ("POST", "/api/v1/clock/confirm", Event::Clock),
    ("POST", "/status/clock", Event::Clock),
    ("PUT", "/api/v1/webhook", Event::Webhook),
    ("DELETE", "/api/v1/webhook", Event::Webhook),
    ("POST", "/settings/programs/webhook", Event::Webhook),
    ("POST", "/api/v1/logout", Event::Logout),
    ("POST", "/logout", Event::Logout),
];

/// Records a request of somebody who is logged in, if it did what it asked for. One that changes
/// something goes on to its end: nobody who hangs up before the answer is left out of the record.
pub(crate) async fn record(State(desk): State<Desk>, request: Request, next: Next) -> Response {
    let session: Option<Session> = request.extensions().get().cloned();
    let Some(session) = session else {
        return next.run(request).await;
    };
    let is_safe = request.method().is_safe();
    let answered = answer(desk, session, request, next);
    if is_safe {
        return answered.await;
    }
    let done = task::spawn(answered).await;
    done.unwrap_or_else(|error| match error.try_into_panic() {
        Ok(panic) => panic::resume_unwind(panic),
        Err(error) => DeskError::internal("a request did not end", error).into_response(),
    })
}

async fn answer(desk: Desk, session: Session, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let entry = entry_of(&parts, &session);
    let visitor = Visitor::of(&parts);
    let contacts = Contacts::default();
    parts.extensions.insert(contacts.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    let status = response.status();
    // A page that refuses a form shows what it showed before. One that leads elsewhere shows nothing.
    if !status.is_redirection() && !status.is_server_error() {
        desk.note_contacts(&contacts, &session.author(), visitor)
            .await;
    }
    if let Some(entry) = entry
        && (status.is_success() || status.is_redirection())
    {
        desk.write_down(entry).await;
    }
    response
}

/// What is recorded about a request, if anything.
fn entry_of(parts: &Parts, session: &Session) -> Option<Entry> {
    let route = parts.extensions.get::<MatchedPath>()?.as_str();
    let mut recorded = RECORDED.iter();
    let (_, _, event) =
        recorded.find(|(method, path, _)| *method == parts.method.as_str() && *path == route)?;
    let path = parts.uri.path();
    let file = path.strip_prefix("/api/v1/").unwrap_or(path);
    let about = match event {
        Event::Export => file.strip_prefix("export/").unwrap_or(file),
        Event::Backup if file.starts_with("/former/") => file,
        _ => "",
    };
    let from = Visitor::of(parts).address.to_string();
    Some(Entry::now(*event, &session.author(), from, about))
}

impl Desk {
    /// Records what somebody did who sends from here.
    pub(crate) async fn note(&self, event: Event, by: &str, client: &Client, about: &str) {
        let entry = Entry::now(event, by, client.address(), about);
        self.write_down(entry).await;
    }

    /// Records whose contacts an answer shows, unless that was recorded of its reader within the hour.
    async fn note_contacts(&self, contacts: &Contacts, reader: &str, visitor: Visitor) {
        let news = self.0.readers.news(reader, contacts.take(), Instant::now());
        if !news.is_empty() {
            let about = contacts::numbers(&news);
            let from = visitor.address.to_string();
            self.write_down(Entry::now(Event::Contacts, reader, from, &about))
                .await;
        }
    }

    /// Records an entry. What was done is done, so that a full disk is no error of the request.
    async fn write_down(&self, entry: Entry) {
        let desk = self.clone();
        let written = blocking(move || desk.0.access.audit().append(&entry)).await;
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(%error, "what somebody did cannot be recorded"),
            Err(error) => tracing::error!(%error, "what somebody did cannot be recorded"),
        }
    }

    /// The newest entries of the record, the newest first: at most `most`, after `skip` of them.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) async fn recorded(&self, skip: usize, most: usize) -> Result<Vec<Entry>, DeskError> {
        let desk = self.clone();
        Ok(blocking(move || desk.0.access.audit().latest(skip, most)).await??)
    }

    /// The whole record as a table, the oldest entry first.
    ///
    /// # Errors
    /// If a file cannot be read or written, or [`DeskError::Busy`].
    pub(crate) async fn export_record(&self) -> Result<Response, DeskError> {
        let desk = self.clone();
        let kind = "text/csv; charset=utf-8";
        download(self, "audit.csv", kind, move |catalogue, path| {
            let language = catalogue.settings()?.language;
            desk.write_table(language, path)
        })
        .await
    }

    fn write_table(&self, language: Language, path: &Path) -> Result<(), DeskError> {
        let mut file = BufWriter::new(File::create(path)?);
        let heading = ["at", "at_local", "event", "by", "from", "about"];
        let mut table = Table::new(&mut file, language, heading)?;
        self.0.access.audit().each(|entry| {
            let cells = [
                entry.at.to_string(),
                table.local(entry.at),
                entry.event.name().to_owned(),
                entry.by,
                entry.from,
                entry.about,
            ];
            Ok::<(), DeskError>(table.row(cells)?)
        })?;
        table.finish()?;
        Ok(file.flush()?)
    }
}
