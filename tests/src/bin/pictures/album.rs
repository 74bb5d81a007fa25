//! Writes pictures of the page that is open: in every width and colour scheme, at its full height.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::browser::Browser;

/// The languages, each with the widths in which pages are taken: a phone's, a laptop's and a large
/// screen's, in pixels.
pub(crate) const LANGUAGES: [(&str, &[u32]); 2] = [("en", &[390, 1280, 1920]), ("fr", &[390])];

/// The least and the greatest height of a picture, in pixels. Chromium draws none that is higher.
const LEAST: u64 = 844;
const MOST: u64 = 16_000;

/// Stops what renews the page, and opens its folds.
const STAND_STILL: &str = "
    dispatchEvent(new Event('pagehide'));
    for (const fold of document.querySelectorAll('details.fold')) fold.open = true;";

/// All pictures that can be seen are there or have failed, and nothing moves.
const IS_COMPLETE: &str = "
    [...document.images].every((image) => !image.checkVisibility() || image.complete)
    && document.getAnimations().length === 0";

/// The pictures in one language.
pub(crate) struct Album {
    /// Shows the page that is taken.
    pub(crate) browser: Browser,
    /// The tag of the language.
    pub(crate) language: &'static str,
    widths: &'static [u32],
    folder: PathBuf,
    /// The pages that are wider than their window.
    too_wide: Vec<String>,
}

impl Album {
    /// An empty one, whose pictures go to `folder`.
    pub(crate) fn new(
        browser: &Browser,
        folder: &Path,
        (language, widths): (&'static str, &'static [u32]),
    ) -> Self {
        let made = fs::create_dir_all(folder);
        made.unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        Self {
            browser: browser.clone(),
            language,
            widths,
            folder: folder.to_owned(),
            too_wide: Vec::new(),
        }
    }

    /// Opens a page and takes it.
    pub(crate) async fn take_page(&mut self, name: &str, address: &str) {
        self.browser.open(address).await;
        self.take(name).await;
    }

    /// Takes the page that is open.
    pub(crate) async fn take(&mut self, name: &str) {
        self.browser.script(STAND_STILL, vec![]).await;
        for width in self.widths {
            for scheme in ["light", "dark"] {
                let file = format!("{name}-{}-{width}-{scheme}.png", self.language);
                self.take_as(&file, *width, scheme).await;
            }
        }
    }

    async fn take_as(&mut self, file: &str, width: u32, scheme: &str) {
        let browser = &self.browser;
        browser.prefer(scheme).await;
        browser.resize(width, LEAST as u32).await;
        // What is loaded once it can be seen may change the height.
        for _ in 0..2 {
            let height = self.size("document.scrollingElement.scrollHeight").await;
            browser
                .resize(width, height.clamp(LEAST, MOST) as u32)
                .await;
            browser.until(IS_COMPLETE).await;
        }
        let taken = self
            .size("Math.max(document.scrollingElement.scrollWidth, innerWidth)")
            .await;
        let path = self.folder.join(file);
        let written = fs::write(&path, browser.screenshot().await);
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("{}", path.display());
        if taken > u64::from(width) {
            self.too_wide.push(format!("{file}: {taken} pixels wide"));
        }
    }

    /// A length on the page, in pixels.
    async fn size(&self, expression: &str) -> u64 {
        let script = format!("return {expression}");
        let size = self.browser.script(&script, vec![]);
        size.await.as_f64().unwrap_or_default().ceil() as u64
    }

    /// Sends a form of the page's kiosk, as a page would that the kiosk has changed since. The page that
    /// answers is open then.
    pub(crate) async fn send(&self, address: &str, fields: Value) {
        let script = "
            const [action, fields] = arguments;
            const form = document.createElement('form');
            Object.assign(form, { method: 'post', action });
            for (const [name, value] of Object.entries(fields)) {
                form.append(Object.assign(document.createElement('input'), { name, value }));
            }
            window.isBefore = true;
            document.body.append(form);
            form.submit();";
        let sent = vec![json!(address), fields];
        self.browser.script(script, sent).await;
        self.browser
            .until("!window.isBefore && document.readyState === 'complete'")
            .await;
    }

    /// Chooses the language of the pages; some page of the kiosk is open.
    pub(crate) async fn choose_language(&self) {
        let script = "const [language, done] = arguments;
            const body = new URLSearchParams({ language, next: '/health' });
            fetch('/language', { method: 'POST', body }).then((answer) => done(answer.ok));";
        let chosen = self
            .browser
            .script_to_end(script, vec![json!(self.language)])
            .await;
        assert_eq!(chosen, true, "the language cannot be chosen");
    }

    /// The pages that are wider than their window.
    pub(crate) fn too_wide(self) -> Vec<String> {
        self.too_wide
    }
}
