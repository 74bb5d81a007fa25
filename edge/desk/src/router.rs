//! Every address of the desk, and what each request passes on its way to a handler.

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::map_request_body::MapRequestBodyLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::desk::Desk;
use crate::limits::{FORM_BYTES, STALL};
use crate::{api, audit, drain, guard, headers, health, metrics, pages, render, tls};

/// Pages, API and metrics.
pub(crate) fn router(desk: &Desk) -> Router {
    let routes = Router::new()
        .merge(pages::router())
        .merge(health::router())
        .merge(metrics::router())
        .merge(api::router());
    with_layers(routes, desk)
}

/// Wraps routes in what every request passes; the first layer is the outermost.
fn with_layers(routes: Router<Desk>, desk: &Desk) -> Router {
    // All at once: each call of `layer` would box every route once more.
    let layers = (
        from_fn(headers::add),
        from_fn_with_state(desk.clone(), tls::redirect),
        from_fn_with_state(desk.clone(), metrics::count),
        from_fn_with_state(desk.clone(), render::render),
        CatchPanicLayer::custom(render::caught),
        RequestBodyTimeoutLayer::new(STALL),
        MapRequestBodyLayer::new(Body::new),
        from_fn(drain::drain),
        DefaultBodyLimit::max(FORM_BYTES),
        from_fn_with_state(desk.clone(), guard::guard),
        from_fn_with_state(desk.clone(), audit::record),
    );
    routes.layer(layers).with_state(desk.clone())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::to_bytes;
    use axum::http::{Request, StatusCode};
    use axum::routing::get;
    use catalogue::Catalogue;
    use recognise::Bundle;
    use tokio::sync::watch;
    use tower_service::Service;

    use super::*;
    use crate::Options;
    use crate::access::Access;
    use crate::kiosk::Kiosk;
    use crate::setup::{NoCameras, Setup};

    #[tokio::test]
    async fn a_handler_that_panics_is_an_error_like_any_other() {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::open(folder.path()).unwrap();
        let metadata = Bundle::embedded().unwrap().metadata;
        let (_live, watched) = watch::channel(Arc::default());
        let kiosk = Kiosk::new(catalogue.into(), metadata.into(), watched, Arc::default());
        let access = Access::open(folder.path()).unwrap();
        let options = Options {
            address: ([127, 0, 0, 1], 8080).into(),
            folder: folder.path().to_owned(),
            names: Vec::new(),
            photographs: Default::default(),
            tls: None,
            setup: Setup::default(),
            cameras: Arc::new(NoCameras),
        };
        let desk = Desk::new(kiosk, access, options);
        let panics =
            Router::new().route("/api/v1/panics", get(|| async { panic!("a test") as () }));
        let mut router = with_layers(panics, &desk);
        for _ in 0..2 {
            let request = Request::get("/api/v1/panics").header("Host", "localhost");
            let answer = router
                .call(request.body(Body::empty()).unwrap())
                .await
                .unwrap();
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let body = to_bytes(answer.into_body(), 1000).await.unwrap();
            assert!(body.starts_with(b"{\"error\":"), "{body:?}");
        }
    }
}
