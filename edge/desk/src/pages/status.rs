//! The state of the kiosk: what does not work, what it has done, what it stores, its network.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use catalogue::{Settings, Totals};
use recognise::Metadata;

use super::live::{NoticeRow, notices};
use super::page::{Page, show};
use super::words::Words;
use crate::desk::Desk;
use crate::error::DeskError;
use crate::kiosk::Counts;

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
    groups: Vec<Group>,
}

pub(super) async fn status(
    page: Page,
    State(desk): State<Desk>,
) -> Result<Html<String>, DeskError> {
    let live = Arc::clone(&desk.kiosk().live().borrow());
    let (totals, settings) = desk
        .catalogue(|catalogue| Ok((catalogue.totals()?, catalogue.settings()?)))
        .await?;
    let words = &page.words;
    show(&StatusPage {
        notices: notices(words, &live.notices),
        groups: vec![
            work(words, &live.counts),
            stored(words, &totals, &settings),
            network(words, &desk.kiosk().metadata),
        ],
        page,
    })
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

fn network(words: &Words, metadata: &Metadata) -> Group {
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
