//! Lists where people are logged in.

use super::changes;
use super::words::Words;
use crate::access::{Listed, SessionId};

/// The systems and browsers that are named, by what browsers call themselves, the most telling first:
/// each of them claims to be several others too.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];
const BROWSERS: [(&str, &str); 6] = [
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Chrom", "Chrome"),
    ("Safari/", "Safari"),
];

/// The most characters that are shown of a program that is no known browser.
const LONGEST: usize = 40;

/// A session in a list.
pub(super) struct SessionRow {
    pub(super) id: String,
    /// `Firefox, Windows`.
    pub(super) device: String,
    /// Whose it is.
    pub(super) account: String,
    /// Since when, from where, and when it was used last.
    pub(super) detail: String,
    /// Whether it is the reader's present one.
    pub(super) is_this: bool,
}

impl SessionRow {
    pub(super) fn new(words: &Words, listed: Listed, present: SessionId) -> Self {
        let used = words.with("session-used", "moment", words.moment(listed.used));
        let began = words.with("session-began", "moment", words.moment(listed.began));
        let mut detail = vec![used, began, listed.address];
        detail.retain(|part| !part.is_empty());
        Self {
            id: listed.session.id(),
            device: device(&listed.agent).unwrap_or_else(|| words.t("session-unknown")),
            account: changes::author(words, &listed.account),
            detail: detail.join(" · "),
            is_this: listed.session == present,
        }
    }
}

/// What a browser and its system are called; `None` if it does not say.
fn device(agent: &str) -> Option<String> {
    let named = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(part, _)| agent.contains(part));
        found.map(|(_, name)| *name)
    };
    match (named(&BROWSERS), named(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser}, {system}")),
        (Some(one), None) | (None, Some(one)) => Some(one.to_owned()),
        (None, None) if agent.is_empty() => None,
        (None, None) => Some(agent.chars().take(LONGEST).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_browser_is_named_whatever_else_it_claims_to_be() {
        for (agent, name) in [
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                Some("Safari, iPhone"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                Some("Edge, Windows"),
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
                Some("Firefox, Linux"),
            ),
            ("curl/8.5.0", Some("curl/8.5.0")),
            ("", None),
        ] {
            assert_eq!(device(agent).as_deref(), name, "{agent}");
        }
    }
}
