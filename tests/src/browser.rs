//! Headless Chromium, driven through WebDriver (<https://www.w3.org/TR/webdriver2/>).

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::time::sleep;
use url::Url;

use crate::can_run;

/// How long the page may take: an arrival takes six seconds, and a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a driver is started until one has a port.
const ATTEMPTS: usize = 5;

/// The pause between two polls of the page.
const PAUSE: Duration = Duration::from_millis(100);

/// Runs a test's scenario in a fresh browser. Skipped if there is no browser, except in CI.
///
/// # Panics
/// If the scenario does, or the browser does not start.
pub async fn browse<S>(scenario: impl FnOnce(Browser) -> S)
where
    S: Future<Output = ()> + Send + 'static,
{
    if can_run(is_there(), "chromium and chromedriver") {
        run(scenario).await;
    }
}

/// Runs a test's scenario in two fresh browsers at once, which know nothing of each other, as those of
/// two people do. Skipped if there is no browser, except in CI.
///
/// # Panics
/// If the scenario does, or a browser does not start.
pub async fn browse_together<S>(scenario: impl FnOnce(Browser, Browser) -> S)
where
    S: Future<Output = ()> + Send + 'static,
{
    if can_run(is_there(), "chromium and chromedriver") {
        let (one, other) = (Started::new().await, Started::new().await);
        let scenario = scenario(one.browser.clone(), other.browser.clone());
        play(scenario, [one, other]).await;
    }
}

/// Runs a scenario in a fresh browser.
///
/// # Panics
/// If the scenario does, or the browser does not start.
pub async fn run<S>(scenario: impl FnOnce(Browser) -> S)
where
    S: Future<Output = ()> + Send + 'static,
{
    let started = Started::new().await;
    play(scenario(started.browser.clone()), [started]).await;
}

/// Runs a scenario to its end, and closes its browsers.
async fn play<const N: usize>(
    scenario: impl Future<Output = ()> + Send + 'static,
    browsers: [Started; N],
) {
    // In a task of its own, so that the browsers are closed even if the scenario panics.
    let done = tokio::spawn(scenario).await;
    for browser in browsers {
        browser.close().await;
    }
    if let Err(failed) = done {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// A browser, and the driver that started it.
struct Started {
    driver: Child,
    browser: Browser,
}

impl Started {
    async fn new() -> Self {
        let (driver, address) = start_driver();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities())
            .connect(&address)
            .await
            .expect("a session with the browser");
        Self {
            driver,
            browser: Browser(client),
        }
    }

    /// Closes both. Errors here would only hide that of the scenario.
    async fn close(mut self) {
        let _ = self.browser.0.close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Whether a browser and its driver are installed.
#[must_use]
pub fn is_there() -> bool {
    let answers = |program: &&str| {
        let run = Command::new(program).arg("--version").output();
        run.is_ok_and(|run| run.status.success())
    };
    ["chromium", "chromedriver"].iter().all(answers)
}

/// Starts a driver on a free port; returns its address too.
fn start_driver() -> (Child, String) {
    // It chooses the port, and another program may be sooner to listen on it.
    let started = (0..ATTEMPTS).find_map(|_| try_driver());
    started.expect("chromedriver says its port")
}

/// Starts a driver; `None` if it gives up.
fn try_driver() -> Option<(Child, String)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdout(Stdio::piped())
        .spawn()
        .expect("chromedriver starts");
    let stdout = driver.stdout.take().expect("its stdout is a pipe");
    let port = BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(port.trim_end_matches('.').to_owned())
        });
    let Some(port) = port else {
        let _ = driver.kill();
        let _ = driver.wait();
        return None;
    };
    Some((driver, format!("http://127.0.0.1:{port}")))
}

fn capabilities() -> serde_json::Map<String, Value> {
    let capabilities = json!({
        "goog:chromeOptions": {
            "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--window-size=1280,900",
                "--accept-lang=en",
            ],
        },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    match capabilities {
        Value::Object(capabilities) => capabilities,
        _ => unreachable!("the literal is an object"),
    }
}

/// A browser with one page open. Every method panics if the browser does not answer, or if what it
/// waits for does not come within a minute.
#[derive(Clone, Debug)]
pub struct Browser(Client);

impl Browser {
    /// Opens a page.
    pub async fn open(&self, address: &str) {
        let opened = self.0.goto(address).await;
        opened.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// Shows pages on a screen of this width and a phone's height. A narrow one is a phone's.
    pub async fn widen(&self, width: u32) {
        self.resize(width, 844).await;
    }

    /// Shows pages on a screen of this width and height in pixels. A narrow one is a phone's.
    pub async fn resize(&self, width: u32, height: u32) {
        let mobile = width < 1000;
        let screen =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile });
        self.devtools("Emulation.setDeviceMetricsOverride", screen)
            .await;
    }

    /// Shows pages in the colours of a scheme, `light` or `dark`.
    pub async fn prefer(&self, scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": scheme });
        let media = json!({ "features": [feature] });
        self.devtools("Emulation.setEmulatedMedia", media).await;
    }

    /// What the screen shows of the page, as a PNG file.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.0.screenshot().await.expect("a picture of the page")
    }

    /// The path and query of the page's address.
    pub async fn address(&self) -> String {
        let url = self.0.current_url().await.expect("an address");
        url[url::Position::BeforePath..].to_owned()
    }

    /// Waits for an element, by a CSS selector.
    pub async fn find(&self, selector: &str) -> Element {
        let waits = self.0.wait().at_most(PATIENCE).every(PAUSE);
        match waits.for_element(Locator::Css(selector)).await {
            Ok(element) => element,
            Err(error) => panic!("{selector}: {error}\n{}", self.page_text().await),
        }
    }

    /// Taps an element, scrolled to the middle of the screen: on a phone, bars cover what is at the
    /// edges. If the page replaces it at that moment, taps the new one.
    pub async fn tap(&self, selector: &str) {
        let end = Instant::now() + PATIENCE;
        while let Err(error) = self.scroll_to(selector).await.click().await {
            assert!(
                Instant::now() < end && matches!(error, CmdError::Standard(_)),
                "{selector}: {error}\n{}",
                self.page_text().await
            );
            sleep(PAUSE).await;
        }
    }

    async fn scroll_to(&self, selector: &str) -> Element {
        let element = self.find(selector).await;
        let script = "document.querySelector(arguments[0])?.scrollIntoView({ block: 'center' })";
        // Where it fails, the page is being replaced.
        let _ = self.0.execute(script, vec![json!(selector)]).await;
        element
    }

    /// Types into a field, or chooses a file.
    pub async fn fill(&self, selector: &str, text: &str) {
        let typed = self.find(selector).await.send_keys(text).await;
        typed.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Chooses what a list offers, by its value.
    pub async fn choose(&self, selector: &str, value: &str) {
        let chosen = self.find(selector).await.select_by_value(value).await;
        chosen.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// The text of an element.
    pub async fn text(&self, selector: &str) -> String {
        self.find(selector).await;
        // In one step, because the page may replace the element at any moment.
        let script = "return document.querySelector(arguments[0])?.innerText ?? ''";
        let text = self.script(script, vec![json!(selector)]).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Presses a key; the focused element receives it.
    pub async fn press(&self, key: impl Into<char>) {
        let value = key.into();
        let actions = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        let pressed = self.0.perform_actions(actions).await;
        pressed.unwrap_or_else(|error| panic!("{value:?}: {error}"));
    }

    /// Runs a script on the page and returns its result.
    pub async fn script(&self, script: &str, arguments: Vec<Value>) -> Value {
        let done = self.0.execute(script, arguments).await;
        done.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Runs a script that ends by calling its last argument with its result.
    pub async fn script_to_end(&self, script: &str, arguments: Vec<Value>) -> Value {
        let done = self.0.execute_async(script, arguments).await;
        done.unwrap_or_else(|error| panic!("{script}: {error}"))
    }

    /// Fetches an address of the kiosk in the page's session; returns the status and the body.
    pub async fn fetch(&self, address: &str) -> (u64, String) {
        let script = "const [address, done] = arguments;
            fetch(address).then(async (answer) => done([answer.status, await answer.text()]));";
        let answer = self.script_to_end(script, vec![json!(address)]).await;
        let (status, body) = (&answer[0], &answer[1]);
        (
            status.as_u64().unwrap_or(0),
            body.as_str().unwrap_or("").to_owned(),
        )
    }

    /// Waits until an expression is true on the page.
    pub async fn until(&self, expression: &str) {
        let end = Instant::now() + PATIENCE;
        let script = format!("return Boolean({expression})");
        // No script runs while the browser loads the next page.
        while !matches!(self.0.execute(&script, vec![]).await, Ok(Value::Bool(true))) {
            assert!(
                Instant::now() < end,
                "it never became true: {expression}\n{}",
                self.page_text().await
            );
            sleep(PAUSE).await;
        }
    }

    /// Drops files on the middle of the page.
    pub async fn drop_files(&self, paths: &[&str]) {
        let data = json!({ "items": [], "files": paths, "dragOperationsMask": 1 });
        for kind in ["dragEnter", "dragOver", "drop"] {
            let event = json!({ "type": kind, "x": 400, "y": 400, "data": data });
            self.devtools("Input.dispatchDragEvent", event).await;
        }
    }

    /// Sends a command of Chromium's own protocol (<https://chromedevtools.github.io/devtools-protocol/>).
    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters });
        self.own("goog/cdp/execute", body).await
    }

    /// The errors in the browser's console since the last call.
    pub async fn console_errors(&self) -> Vec<String> {
        let log = self.own("se/log", json!({ "type": "browser" })).await;
        let entries = log.as_array().expect("a list of entries").iter();
        let severe = entries.filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].to_string()).collect()
    }

    /// Deletes the session's cookie.
    pub async fn forget_cookies(&self) {
        self.0.delete_all_cookies().await.expect("no more cookies");
    }

    async fn own(&self, path: &'static str, body: Value) -> Value {
        let answer = self.0.issue_cmd(Own { path, body }).await;
        answer.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The page's address and text, for the message of a failed test.
    async fn page_text(&self) -> String {
        let script = "return location.href + '\\n' + document.body.innerText";
        match self.0.execute(script, vec![]).await {
            Ok(text) => text.as_str().unwrap_or_default().to_owned(),
            Err(error) => error.to_string(),
        }
    }
}

/// A command of Chromium's driver that the standard does not have.
#[derive(Debug)]
struct Own {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Own {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!(
            "session/{}/{}",
            session.unwrap_or_default(),
            self.path
        ))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
