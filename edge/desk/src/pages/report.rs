//! A report of a day, or of some days: when animals came, of which breeds, and how often the kiosk was
//! right. Each chart has its numbers in a table.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use catalogue::{CatalogueError, Report};
use jiff::civil::Date;
use serde::Deserialize;

use super::charts::{self, Figure};
use super::day::parse;
use super::page::{Page, show};
use super::words::Words;
use crate::desk::Desk;
use crate::error::DeskError;

/// The most breeds that the chart shows; the table has all.
const BREEDS: usize = 15;

/// A chart with its numbers.
struct Chart {
    /// The id of its heading.
    id: &'static str,
    title: String,
    svg: String,
    /// The names of the table's columns.
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    page: Page,
    title: String,
    from: Date,
    to: Date,
    /// Figures under their names.
    tiles: Vec<(String, String)>,
    /// None where nobody came.
    charts: Vec<Chart>,
    wrong: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ReportQuery {
    day: String,
    from: String,
    to: String,
}

impl ReportQuery {
    /// The first and the last day.
    fn days(&self, today: Date) -> (Date, Date) {
        if self.from.trim().is_empty() && self.to.trim().is_empty() {
            let day = parse(&self.day, today);
            return (day, day);
        }
        let to = parse(&self.to, today);
        (parse(&self.from, to), to)
    }
}

pub(super) async fn report(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<ReportQuery>,
) -> Result<Html<String>, DeskError> {
    let today = page.words.today;
    let (from, to) = query.days(today);
    let template = desk.catalogue(move |catalogue| {
        let (report, wrong) = match catalogue.report(from, to) {
            Ok(report) => (report, None),
            // Days that make no sense are no reason to refuse the page.
            Err(CatalogueError::Invalid { .. }) => {
                let wrong = page.t("report-wrong");
                (catalogue.report(today, today)?, Some(wrong))
            }
            Err(error) => return Err(error),
        };
        Ok(ReportPage::new(page, &report, wrong))
    });
    show(&template.await?)
}

impl ReportPage {
    fn new(page: Page, report: &Report, wrong: Option<String>) -> Self {
        let words = &page.words;
        let is_one_day = report.from == report.to;
        let mut charts = Vec::new();
        if report.arrivals() > 0 {
            charts.extend((!is_one_day).then(|| days(words, report)));
            charts.extend([hours, breeds, answers].map(|chart| chart(words, report)));
        }
        Self {
            title: if is_one_day {
                words.day(report.from)
            } else {
                format!("{} – {}", words.date(report.from), words.date(report.to))
            },
            from: report.from,
            to: report.to,
            tiles: vec![
                (words.t("report-arrivals"), number(words, report.arrivals())),
                (words.t("report-right"), number(words, report.right)),
                (words.t("report-wrong-answers"), number(words, report.wrong)),
                (
                    words.t("report-unnamed"),
                    number(words, report.unnamed.total()),
                ),
                (
                    words.t("report-unconfirmed"),
                    number(words, report.unconfirmed),
                ),
                (words.t("report-accuracy"), accuracy(words, report)),
            ],
            charts,
            wrong,
            page,
        }
    }
}

fn number(words: &Words, count: u32) -> String {
    words.number(count.into())
}

/// How many of the breeds that the kiosk named and staff judged were right, as a share.
fn accuracy(words: &Words, report: &Report) -> String {
    match report.right + report.wrong {
        0 => words.t("report-none-judged"),
        judged => words.share(f64::from(report.right) / f64::from(judged)),
    }
}

fn days(words: &Words, report: &Report) -> Chart {
    let figures: Vec<Figure> = (report.days.iter())
        .map(|(day, count)| Figure {
            name: words.short_date(*day),
            count: *count,
        })
        .collect();
    Chart {
        id: "days",
        title: words.t("report-by-day"),
        svg: charts::columns(&figures),
        heading: vec![words.t("day"), words.t("report-arrivals")],
        rows: (report.days.iter())
            .map(|(day, count)| vec![words.day(*day), number(words, *count)])
            .collect(),
    }
}

fn hours(words: &Words, report: &Report) -> Chart {
    let figures: Vec<Figure> = (report.hours.iter().enumerate())
        .map(|(hour, count)| Figure {
            name: hour.to_string(),
            count: *count,
        })
        .collect();
    Chart {
        id: "hours",
        title: words.t("report-by-hour"),
        svg: charts::columns(&figures),
        heading: vec![words.t("report-hour"), words.t("report-arrivals")],
        rows: (figures.iter())
            .filter(|figure| figure.count > 0)
            .map(|figure| {
                let hour = words.with("report-hour-of", "hour", &figure.name);
                vec![hour, number(words, figure.count)]
            })
            .collect(),
    }
}

fn breeds(words: &Words, report: &Report) -> Chart {
    let name = |breed: Option<&str>, name: Option<&str>| match breed {
        Some(breed) => words.named_breed(breed, name),
        None => words.t("breed-open"),
    };
    let figures: Vec<Figure> = (report.breeds.iter().take(BREEDS))
        .map(|count| Figure {
            name: name(count.breed.as_deref(), count.breed_name.as_deref()),
            count: count.arrivals,
        })
        .collect();
    Chart {
        id: "breeds",
        title: words.t("report-by-breed"),
        svg: charts::bars(&figures),
        heading: vec![
            words.t("field-breed"),
            words.t("report-arrivals"),
            words.t("report-right"),
            words.t("report-wrong-answers"),
            words.t("report-unnamed"),
        ],
        rows: (report.breeds.iter())
            .map(|count| {
                vec![
                    name(count.breed.as_deref(), count.breed_name.as_deref()),
                    number(words, count.arrivals),
                    number(words, count.right),
                    number(words, count.wrong),
                    number(words, count.unnamed),
                ]
            })
            .collect(),
    }
}

fn answers(words: &Words, report: &Report) -> Chart {
    let figures: Vec<Figure> = [
        ("report-right", report.right),
        ("report-wrong-answers", report.wrong),
        ("report-unnamed-unsure", report.unnamed.unsure),
        ("report-unnamed-species", report.unnamed.species),
        ("report-unnamed-not-ours", report.unnamed.not_ours),
        ("report-unconfirmed", report.unconfirmed),
    ]
    .into_iter()
    .map(|(key, count)| Figure {
        name: words.t(key),
        count,
    })
    .collect();
    Chart {
        id: "answers",
        title: words.t("report-answers"),
        svg: charts::bars(&figures),
        heading: vec![words.t("report-answer"), words.t("report-arrivals")],
        rows: (figures.iter())
            .map(|figure| vec![figure.name.clone(), number(words, figure.count)])
            .collect(),
    }
}
