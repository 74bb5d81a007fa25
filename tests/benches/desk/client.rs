//! An HTTP client that keeps its connections open, as a browser does.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use hyper::{Method, Request, Response};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// Somebody who has the page open. Clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: legacy::Client<HttpConnector, Full<Bytes>>,
    page: String,
    cookie: String,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    body: Bytes,
}

impl Client {
    /// Somebody who is not logged in. `page` is the page's address, such as `http://127.0.0.1:8080`.
    pub(crate) fn logged_out(page: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            http: legacy::Client::builder(TokioExecutor::new()).build(connector),
            page: page.to_owned(),
            cookie: String::new(),
        }
    }

    /// The owner, who logs in by the link that the kiosk printed.
    pub(crate) async fn log_in(link: &str) -> Self {
        let (page, token) = link.split_once("/login").expect("a login link");
        let mut client = Self::logged_out(page);
        let answer = client
            .send(Method::GET, &format!("/login{token}"), None)
            .await;
        let cookie = answer
            .headers()
            .get(SET_COOKIE)
            .expect("a session's cookie");
        let cookie = cookie.to_str().expect("a cookie").split(';').next();
        client.cookie = cookie.unwrap_or_default().to_owned();
        client
    }

    pub(crate) async fn get(&self, address: &str) -> Answer {
        Answer::of(self.send(Method::GET, address, None).await).await
    }

    pub(crate) async fn post(&self, address: &str, body: &Value) -> Answer {
        Answer::of(self.send(Method::POST, address, Some(body)).await).await
    }

    /// Receives the events of the live page until they end.
    pub(crate) async fn follow(&self) {
        let mut events = self.send(Method::GET, "/api/v1/live/events", None).await;
        while let Some(Ok(_)) = events.body_mut().frame().await {}
    }

    /// The addresses of the page's style sheet, script and icon.
    pub(crate) async fn assets(&self) -> Vec<String> {
        let page = self.get("/").await.text();
        let quoted = page.split('"');
        let mut assets: Vec<String> = quoted
            .filter(|part| part.starts_with("/static/"))
            .map(str::to_owned)
            .collect();
        assets.sort();
        assets.dedup();
        assets
    }

    /// The kiosk's counters.
    pub(crate) async fn counts(&self) -> Value {
        self.get("/api/v1/live").await.json()["counts"].take()
    }

    async fn send(
        &self,
        method: Method,
        address: &str,
        body: Option<&Value>,
    ) -> Response<Incoming> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{address}", self.page))
            .header(COOKIE, &self.cookie);
        let mut content = Bytes::new();
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json");
            content = body.to_string().into();
        }
        let request = request.body(Full::new(content)).expect("a request");
        let answer = self.http.request(request).await;
        answer.unwrap_or_else(|error| panic!("{address}: {error:?}"))
    }
}

impl Answer {
    async fn of(answer: Response<Incoming>) -> Self {
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.expect("a whole answer");
        Self {
            status,
            body: body.to_bytes(),
        }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}
