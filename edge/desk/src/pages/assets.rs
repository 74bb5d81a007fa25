//! The style sheet, the script and the icon, built into the program. Their addresses contain a hash
//! of their content, so that a browser caches them for good and still gets new ones at once.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::desk::Desk;

struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static str,
}

const STYLE: Asset = Asset {
    name: "desk.css",
    kind: "text/css; charset=utf-8",
    content: include_str!("../../static/desk.css"),
};

const SCRIPT: Asset = Asset {
    name: "desk.js",
    kind: "text/javascript; charset=utf-8",
    content: include_str!("../../static/desk.js"),
};

const ICON: Asset = Asset {
    name: "icon.svg",
    kind: "image/svg+xml",
    content: include_str!("../../static/icon.svg"),
};

/// The addresses that pages link to.
pub(super) struct Addresses {
    pub(super) style: String,
    pub(super) script: String,
    pub(super) icon: String,
}

/// The addresses of this program's files.
pub(super) static ADDRESSES: LazyLock<Addresses> = LazyLock::new(|| Addresses {
    style: STYLE.address(),
    script: SCRIPT.address(),
    icon: ICON.address(),
});

impl Asset {
    fn address(&self) -> String {
        let mut hasher = DefaultHasher::new();
        self.content.hash(&mut hasher);
        format!("/static/{:016x}/{}", hasher.finish(), self.name)
    }
}

pub(super) fn router() -> Router<Desk> {
    Router::new()
        .route("/static/{hash}/{name}", get(asset))
        .route("/favicon.ico", get(|| async { serve(&ICON) }))
}

/// A page of a former version, with other hashes, gets the present files.
async fn asset(Path((_, name)): Path<(String, String)>) -> Response {
    match [STYLE, SCRIPT, ICON]
        .iter()
        .find(|asset| asset.name == name)
    {
        Some(asset) => serve(asset),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn serve(asset: &Asset) -> Response {
    let headers = [
        (header::CONTENT_TYPE, asset.kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.content).into_response()
}
