//! The arrivals of all days that nobody confirmed: the list behind the figure of the status page.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;

use super::listing::{List, ListQuery, Paging};
use super::page::{Page, show};
use super::rows::{self, VisitRow};
use crate::desk::Desk;
use crate::error::DeskError;

const LIST: List = List {
    address: "/unconfirmed",
    count: "unconfirmed-count",
};

#[derive(Template)]
#[template(path = "unconfirmed.html")]
struct UnconfirmedPage {
    page: Page,
    visits: Vec<VisitRow>,
    paging: Paging,
}

pub(super) async fn unconfirmed(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<ListQuery>,
) -> Result<Html<String>, DeskError> {
    let template = desk.catalogue(move |catalogue| {
        let words = &page.words;
        let (visits, paging) =
            LIST.read(&query, catalogue, words, |catalogue, _, limit, offset| {
                catalogue.unconfirmed(limit, offset)
            })?;
        Ok(UnconfirmedPage {
            visits: rows::visits(catalogue, words, &visits)?,
            paging,
            page,
        })
    });
    show(&template.await?)
}
