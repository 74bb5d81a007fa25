//! Routes, and their descriptions for when somebody asks: to describe all of them takes a fifteenth of a kiosk's start.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::MethodRouter;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

use crate::desk::Desk;

/// Routes of the API.
#[derive(Default)]
pub(super) struct Api {
    router: Router<Desk>,
    descriptions: Vec<Description>,
}

/// Describes the handlers of a path.
pub(super) type Description = fn() -> UtoipaMethodRouter<Desk>;

impl Api {
    /// Adds what [`routes!`] makes of the handlers of a path.
    pub(super) fn routes(
        mut self,
        (path, handlers, description): (String, MethodRouter<Desk>, Description),
    ) -> Self {
        self.router = self.router.route(&path, handlers);
        self.descriptions.push(description);
        self
    }

    /// Limits the bodies of all routes so far.
    pub(super) fn limited(mut self, limit: DefaultBodyLimit) -> Self {
        self.router = self.router.layer(limit);
        self
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.descriptions.extend(other.descriptions);
        self
    }

    pub(super) fn router(self) -> Router<Desk> {
        self.router
    }

    pub(super) fn description(self) -> OpenApi {
        let descriptions = self.descriptions.into_iter();
        let described = descriptions.fold(OpenApiRouter::new(), |all, description| {
            all.routes(description())
        });
        described.into_openapi()
    }
}

/// The handlers `module::name` of a path: where they are served, and what they say about themselves.
macro_rules! routes {
    ($($module:ident::$handler:ident),+) => { pastey::paste! {{
        let [path, ..] = [$(<$module::[<__path_ $handler>] as utoipa::Path>::path()),+];
        let mut handlers = axum::routing::MethodRouter::new();
        $(
            for method in <$module::[<__path_ $handler>] as utoipa::Path>::methods() {
                let method = utoipa_axum::PathItemExt::to_method_filter(&method);
                handlers = handlers.on(method, $module::$handler);
            }
        )+
        let description: $crate::api::routes::Description =
            || utoipa_axum::routes!($($module::$handler),+);
        (path, handlers, description)
    }}};
}

pub(super) use routes;
