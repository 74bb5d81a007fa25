//! An HTTP client that keeps its connections open, as a browser does.

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use hyper::{Method, Request, Response};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use thiserror::Error;

/// What the requests of the API have as their body.
const JSON: &str = "application/json";

/// Somebody who has the page open. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: legacy::Client<HttpConnector, Full<Bytes>>,
    page: String,
    cookie: String,
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// The body.
    pub body: Bytes,
}

/// There was no whole answer: the kiosk has ended, or the connection has.
#[derive(Debug, Error)]
#[error("{address}: {reason}")]
pub struct NoAnswer {
    address: String,
    reason: String,
}

/// A request's body, and its type.
type Content<'a> = Option<(&'a str, Bytes)>;

impl Client {
    /// Somebody who is not logged in. `page` is the page's address, such as `http://127.0.0.1:8080`.
    #[must_use]
    pub fn logged_out(page: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            http: legacy::Client::builder(TokioExecutor::new()).build(connector),
            page: page.to_owned(),
            cookie: String::new(),
        }
    }

    /// The owner, who logs in by the link that the kiosk printed.
    ///
    /// # Panics
    /// If there is no session.
    pub async fn log_in(link: &str) -> Self {
        let (page, token) = link.split_once("/login").expect("a login link");
        let address = format!("/login{token}");
        let client = Self::logged_out(page);
        client.begin_session(Method::GET, &address, None).await
    }

    /// The person who has this password, the owner or the staff, in a session of their own.
    ///
    /// # Panics
    /// If there is no session.
    pub async fn log_in_by_password(page: &str, password: &str) -> Self {
        let body = Bytes::from(json!({ "password": password }).to_string());
        let client = Self::logged_out(page);
        let content = Some((JSON, body));
        client
            .begin_session(Method::POST, "/api/v1/login", content)
            .await
    }

    /// The same person, on connections of their own.
    #[must_use]
    pub fn reconnected(&self) -> Self {
        Self {
            cookie: self.cookie.clone(),
            ..Self::logged_out(&self.page)
        }
    }

    /// What its requests have in the header `Cookie`.
    #[must_use]
    pub fn cookie(&self) -> &str {
        &self.cookie
    }

    /// What is at an address.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn get(&self, address: &str) -> Answer {
        let answer = self.try_get(address).await;
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Sends JSON to an address.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn post(&self, address: &str, body: &Value) -> Answer {
        let answer = self.try_post(address, body).await;
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Puts JSON in place of what is at an address.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn put(&self, address: &str, body: &Value) -> Answer {
        let content = Bytes::from(body.to_string());
        let answer = self.ask(Method::PUT, address, Some((JSON, content))).await;
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// What is at an address of a kiosk that may end at any moment.
    ///
    /// # Errors
    /// If there is no whole answer.
    pub async fn try_get(&self, address: &str) -> Result<Answer, NoAnswer> {
        self.ask(Method::GET, address, None).await
    }

    /// Sends JSON to an address of a kiosk that may end at any moment.
    ///
    /// # Errors
    /// If there is no whole answer.
    pub async fn try_post(&self, address: &str, body: &Value) -> Result<Answer, NoAnswer> {
        let content = Bytes::from(body.to_string());
        self.ask(Method::POST, address, Some((JSON, content))).await
    }

    /// Removes what is at an address of a kiosk that may end at any moment.
    ///
    /// # Errors
    /// If there is no whole answer.
    pub async fn try_delete(&self, address: &str) -> Result<Answer, NoAnswer> {
        self.ask(Method::DELETE, address, None).await
    }

    /// Sends a file of some type, such as `image/png`, as [`Client::try_post`] sends JSON.
    ///
    /// # Errors
    /// If there is no whole answer.
    pub async fn try_send_file(
        &self,
        address: &str,
        kind: &str,
        file: Bytes,
    ) -> Result<Answer, NoAnswer> {
        self.ask(Method::POST, address, Some((kind, file))).await
    }

    /// Receives the events of the live page until they end.
    ///
    /// # Panics
    /// If there is no answer.
    pub async fn follow(&self) {
        let events = self.send(Method::GET, "/api/v1/live/events", None).await;
        let mut events = events.unwrap_or_else(|error| panic!("{error}"));
        while let Some(Ok(_)) = events.body_mut().frame().await {}
    }

    /// The addresses of the page's style sheet, script and icon.
    pub async fn assets(&self) -> Vec<String> {
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
    pub async fn counts(&self) -> Value {
        self.get("/api/v1/live").await.json()["counts"].take()
    }

    /// Keeps the cookies that the answer to a request sets.
    async fn begin_session(mut self, method: Method, address: &str, content: Content<'_>) -> Self {
        let answer = self.send(method, address, content).await;
        let answer = answer.expect("an answer to the login");
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        self.cookie = cookies.collect::<Vec<_>>().join("; ");
        assert!(!self.cookie.is_empty(), "no session's cookie");
        self
    }

    async fn ask(
        &self,
        method: Method,
        address: &str,
        content: Content<'_>,
    ) -> Result<Answer, NoAnswer> {
        let answer = self.send(method, address, content).await?;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await;
        let body = body.map_err(|error| no_answer(address, &error))?;
        Ok(Answer {
            status,
            body: body.to_bytes(),
        })
    }

    async fn send(
        &self,
        method: Method,
        address: &str,
        content: Content<'_>,
    ) -> Result<Response<Incoming>, NoAnswer> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{address}", self.page))
            .header(COOKIE, &self.cookie);
        let mut body = Bytes::new();
        if let Some((kind, content)) = content {
            request = request.header(CONTENT_TYPE, kind);
            body = content;
        }
        let request = request.body(Full::new(body)).expect("a request");
        let answer = self.http.request(request).await;
        answer.map_err(|error| no_answer(address, &error))
    }
}

fn no_answer(address: &str, error: &dyn std::fmt::Debug) -> NoAnswer {
    NoAnswer {
        address: address.to_owned(),
        reason: format!("{error:?}"),
    }
}

impl Answer {
    /// Whether what was asked for is done: a status from 200 to 299.
    #[must_use]
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}
