//! The state of the kiosk: what does not work, what it has done, what it stores, its network.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{Html, Redirect};
use catalogue::{GalleryState, Settings, Totals};
use jiff::Timestamp;
use recognise::Metadata;
use screens::locale::Message;
use serde::Deserialize;

use super::learnt::LearntRow;
use super::live::{NoticeRow, notices};
use super::page::{Page, if_readable, show};
use super::words::Words;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::{Backups, ClockSource, Counts, LinkView, Machine};
use crate::learnt;
use crate::session::Owner;
use crate::webhook::{Failure, Progress};

/// Facts about one subject.
struct Group {
    id: &'static str,
    title: String,
    facts: Vec<(String, String)>,
    hint: Option<String>,
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage {
    page: Page,
    notices: Vec<NoticeRow>,
    clock: Option<ClockPanel>,
    groups: Vec<Group>,
    /// The breeds that were learnt; `None` if the network learns none.
    learnt: Option<Vec<LearntRow>>,
}

/// What is said about a clock that has jumped.
struct ClockPanel {
    what: String,
    /// The time that is shown, for the form that confirms it.
    now: Timestamp,
}

pub(super) async fn status(
    page: Page,
    State(desk): State<Desk>,
) -> Result<Html<String>, DeskError> {
    let live = Arc::clone(&desk.kiosk().live().borrow());
    let now = Timestamp::now();
    let metadata = desk.kiosk().metadata();
    let embeds = metadata.embedding.is_some();
    let (totals, settings, jumped_from, breeds, gallery) = desk
        .catalogue(move |catalogue| {
            let jumped_from = if_readable(catalogue.clock_jumped_from(now))?.flatten();
            let breeds = if_readable(learnt::breeds(catalogue, &metadata))?.unwrap_or_default();
            let gallery = if_readable(catalogue.gallery_state(&metadata.trained.when))?;
            let totals = if_readable(catalogue.totals())?;
            let settings = if_readable(catalogue.settings())?.unwrap_or_default();
            Ok((totals, settings, jumped_from, breeds, gallery))
        })
        .await?;
    let words = &page.words;
    let mut groups = vec![work(words, &live.counts)];
    groups.extend(totals.map(|totals| stored(words, &totals, &settings)));
    groups.extend([
        machine(words, &live.machine),
        backups(words, live.backups.as_ref()),
        network(words, &desk.kiosk().metadata(), live.model.as_ref()),
    ]);
    groups.extend(https(words, &desk));
    groups.extend(
        gallery
            .filter(|_| embeds)
            .map(|gallery| guests(words, gallery)),
    );
    if let Some(hub) = &live.links.hub {
        groups.push(link(words, "hub", words.t("status-hub"), hub));
    }
    if let Some(mqtt) = &live.links.mqtt {
        groups.push(link(words, "mqtt", words.t("status-mqtt"), mqtt));
    }
    let mut progress = desk.0.webhook.progress();
    match desk.0.webhook.target() {
        Ok(None) => {}
        Ok(Some(target)) => groups.push(webhook(words, target.host(), &progress)),
        Err(error) => {
            progress.failure = Some(Failure::Unknown(words.access(&error)));
            groups.push(webhook(words, String::new(), &progress));
        }
    }
    let rows = breeds.iter().map(|breed| LearntRow::new(words, breed));
    show(&StatusPage {
        notices: notices(words, &live.notices),
        clock: jumped_from.map(|from| clock(words, from, now)),
        groups,
        learnt: embeds.then(|| rows.collect()),
        page,
    })
}

/// The time that the owner was shown.
#[derive(Debug, Deserialize)]
pub(super) struct ClockForm {
    now: Timestamp,
}

/// The owner says that the clock is right.
pub(super) async fn confirm_clock(
    Owner(session): Owner,
    State(desk): State<Desk>,
    Form(form): Form<ClockForm>,
) -> Result<Redirect, DeskError> {
    desk.confirm_clock(form.now, session.author()).await?;
    Ok(Redirect::to("/status"))
}

fn clock(words: &Words, from: Timestamp, now: Timestamp) -> ClockPanel {
    // With its date, even if that is today's: it is what has to be confirmed.
    let moment = |at: Timestamp| {
        let text = Message::new("date-time").with("day", words.date(words.day_of(at)));
        words.message(&text.with("time", words.time(at)))
    };
    let what = Message::new("status-clock-jumped").with("from", moment(from));
    ClockPanel {
        what: words.message(&what.with("now", moment(now))),
        now,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an uptime is a positive number of seconds, far below 2^64"
)]
fn work(words: &Words, counts: &Counts) -> Group {
    let minutes = (counts.uptime_s / 60.0) as u64;
    let uptime = format!("{}:{:02}", minutes / 60, minutes % 60);
    let prediction_ms = words.decimal(counts.prediction_ms);
    let prediction_ms = words.with("milliseconds", "number", prediction_ms);
    Group {
        id: "work",
        title: words.t("status-work"),
        facts: vec![
            (words.t("status-uptime"), uptime),
            (words.t("status-frames"), words.number(counts.frames)),
            (
                words.t("status-predictions"),
                words.number(counts.predictions),
            ),
            (words.t("status-answers"), words.number(counts.answers)),
            (words.t("status-prediction-ms"), prediction_ms),
            (
                words.t("status-searches"),
                words.number(counts.detector_runs),
            ),
        ],
        hint: None,
    }
}

fn stored(words: &Words, totals: &Totals, settings: &Settings) -> Group {
    Group {
        id: "stored",
        title: words.t("status-stored"),
        facts: vec![
            (words.t("status-animals"), words.number(totals.animals)),
            (words.t("status-visits"), words.number(totals.visits)),
            (
                words.t("status-unconfirmed"),
                words.number(totals.unconfirmed),
            ),
            (
                words.t("status-photographs"),
                words.size(totals.photograph_bytes),
            ),
            (
                words.t("status-quota"),
                words.size(u64::from(settings.quota_mb) * 1_000_000),
            ),
        ],
        hint: Some(if settings.keep_photographs {
            words.with("status-keep", "days", settings.keep_days)
        } else {
            words.t("status-keep-none")
        }),
    }
}

/// Where the kiosk is found, where its time comes from, and how it wears its disk.
fn machine(words: &Words, machine: &Machine) -> Group {
    let address = (machine.address.clone()).unwrap_or_else(|| words.t("status-where-nowhere"));
    let clock = words.t(match machine.clock {
        ClockSource::Network => "status-where-clock-network",
        ClockSource::Hardware => "status-where-clock-hardware",
        ClockSource::Neither => "status-where-clock-neither",
    });
    let zone = catalogue::zone();
    let zone = (zone.iana_name()).map_or_else(
        || format!("UTC{}", catalogue::now().offset()),
        str::to_owned,
    );
    let mut facts = vec![
        (words.t("status-where-address"), address),
        (words.t("status-where-zone"), zone),
        (words.t("status-where-clock"), clock),
    ];
    if let Some(written) = machine.written {
        facts.push((words.t("status-where-today"), words.size(written.today)));
        if let Some(daily) = written.daily {
            facts.push((words.t("status-where-daily"), words.size(daily)));
        }
    }
    Group {
        id: "machine",
        title: words.t("status-where"),
        facts,
        hint: (machine.hint.as_ref()).map(|hint| words.message(hint)),
    }
}

fn backups(words: &Words, backups: Option<&Backups>) -> Group {
    let facts = backups.map_or_else(Vec::new, |backups| {
        let newest = match backups.newest {
            Some(newest) => words.moment(newest),
            None => words.t("status-backup-none"),
        };
        let count = words.number(backups.count as u64);
        let encryption = words.t(if backups.is_encrypted {
            "status-backup-encrypted"
        } else {
            "status-backup-plain"
        });
        vec![
            (words.t("status-backup-newest"), newest),
            (words.t("status-backup-count"), count),
            (words.t("status-backup-encryption"), encryption),
        ]
    });
    let hint = match backups {
        Some(backups) => (backups.failure.clone())
            .or_else(|| backups.lacking())
            .map(|message| words.message(&message)),
        None => Some(words.t("status-backup-off")),
    };
    Group {
        id: "backups",
        title: words.t("status-backup"),
        facts,
        hint,
    }
}

fn network(words: &Words, metadata: &Metadata, model: Option<&Message>) -> Group {
    let mut facts = vec![
        (
            words.t("status-breeds"),
            words.number(metadata.breeds.len() as u64),
        ),
        (
            words.t("status-trained"),
            words.date_of(&metadata.trained.when),
        ),
        (
            words.t("status-images"),
            words.number(metadata.trained.images as u64),
        ),
    ];
    if let Some(model) = model {
        facts.insert(0, (words.t("status-model"), words.message(model)));
    }
    if let Some(measured) = &metadata.measured {
        facts.push((words.t("status-top1"), words.share(measured.top1)));
        facts.push((words.t("status-top3"), words.share(measured.top3)));
    }
    Group {
        id: "network",
        title: words.t("status-network"),
        facts,
        hint: Some(words.with(
            "status-threshold",
            "percent",
            words.percent(metadata.unknown.threshold),
        )),
    }
}

/// Which certificate the page has; without TLS, what that means where others can open it.
fn https(words: &Words, desk: &Desk) -> Option<Group> {
    let options = &desk.0.options;
    let Some(tls) = &options.tls else {
        return (!options.address.ip().is_loopback()).then(|| Group {
            id: "https",
            title: words.t("status-tls"),
            facts: Vec::new(),
            hint: Some(words.t("status-tls-none")),
        });
    };
    let view = tls.view();
    let until = words.date(words.day_of(view.until));
    let names = view.names.join(", ");
    let (issuer, hint) = match view.authority {
        Some(authority) => {
            let hint = Message::new("status-tls-made").with("names", names);
            let hint = hint.with("fingerprint", authority.fingerprint);
            (authority.name, words.message(&hint))
        }
        None if view.is_passing => {
            let hint = words.with("status-tls-passing-what", "names", names);
            (words.t("status-tls-passing"), hint)
        }
        None => {
            let hint = words.with("status-tls-files", "names", names);
            (words.t("status-tls-own"), hint)
        }
    };
    Some(Group {
        id: "https",
        title: words.t("status-tls"),
        facts: vec![
            (words.t("status-tls-until"), until),
            (words.t("status-tls-issuer"), issuer),
        ],
        hint: Some(hint),
    })
}

/// How many animals the network knows again. After an update, their embeddings are recomputed.
fn guests(words: &Words, gallery: GalleryState) -> Group {
    let count = |animals: usize| words.number(animals as u64);
    Group {
        id: "guests",
        title: words.t("status-guests"),
        facts: vec![
            (words.t("status-guests-known"), count(gallery.comparable)),
            (words.t("status-guests-waiting"), count(gallery.waiting)),
            (words.t("status-guests-lost"), count(gallery.lost)),
        ],
        hint: Some(words.t("status-guests-what")),
    }
}

/// How a link is: since when, how far it lags behind, and what the other side did not get.
fn link(words: &Words, id: &'static str, title: String, link: &LinkView) -> Group {
    let state = if link.is_connected {
        "status-link-connected"
    } else {
        "status-link-broken"
    };
    let mut facts = vec![
        (words.t("status-link-host"), link.name.clone()),
        (words.t(state), words.moment(link.since)),
        (words.t("status-link-waiting"), words.number(link.waiting)),
    ];
    if let Some(oldest) = link.oldest {
        facts.push((words.t("status-link-oldest"), words.moment(oldest)));
    }
    facts.extend([
        (words.t("status-link-sent"), words.number(link.sent)),
        (words.t("status-link-refused"), words.number(link.refused)),
        (words.t("status-link-dropped"), words.number(link.dropped)),
    ]);
    if id == "hub" {
        facts.push((words.t("status-link-guests"), words.number(link.guests)));
    }
    let wrong = link.message.as_ref().map(|message| words.message(message));
    let dropped = (link.dropped > 0).then(|| words.t("status-link-dropped-why"));
    let hints: Vec<String> = wrong.into_iter().chain(dropped).collect();
    Group {
        id,
        title,
        facts,
        hint: (!hints.is_empty()).then(|| hints.join(" ")),
    }
}

fn webhook(words: &Words, host: String, progress: &Progress) -> Group {
    let waiting = words.number(progress.waiting as u64);
    Group {
        id: "webhook",
        title: words.t("status-webhook"),
        facts: vec![
            (words.t("status-webhook-host"), host),
            (
                words.t("status-webhook-delivered"),
                words.number(progress.delivered),
            ),
            (words.t("status-webhook-waiting"), waiting),
            (
                words.t("status-webhook-given-up"),
                words.number(progress.given_up),
            ),
        ],
        hint: (progress.failure.as_ref()).map(|failure| words.message(&failure.message())),
    }
}
