//! The animals of the catalogue: the list with its search.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Html;
use catalogue::Catalogue;

use super::listing::{List, ListQuery, Paging};
use super::page::{Page, show};
use super::rows::AnimalRow;
use crate::desk::Desk;
use crate::error::DeskError;

const LIST: List = List {
    address: "/animals",
    count: "animals-count",
};

#[derive(Template)]
#[template(path = "animals.html")]
struct AnimalsPage {
    page: Page,
    animals: Vec<AnimalRow>,
    paging: Paging,
    /// Whether there is a former catalogue to look guests up in.
    has_former: bool,
    /// The message that an animal was just forgotten.
    gone: Option<String>,
}

pub(super) async fn animals(
    page: Page,
    State(desk): State<Desk>,
    Query(query): Query<ListQuery>,
) -> Result<Html<String>, DeskError> {
    let has_former = desk.kiosk().former.is_some();
    let template = desk.catalogue(move |catalogue| {
        let words = &page.words;
        let (found, paging) = LIST.read(&query, catalogue, words, Catalogue::search)?;
        Ok(AnimalsPage {
            animals: (found.iter())
                .map(|animal| AnimalRow::new(words, animal))
                .collect(),
            paging,
            has_former,
            gone: query.gone.map(|_| words.t("animal-gone")),
            page,
        })
    });
    show(&template.await?)
}
