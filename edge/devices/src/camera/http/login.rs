//! Answers a camera that asks for a login: basic (RFC 7617) or digest (RFC 7616, and RFC 2069, which
//! has no `qop`).

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use percent_encoding::percent_decode_str;
use ring::digest::SHA256;
use ring::rand::{SecureRandom, SystemRandom};
use url::Url;

/// A user and a password. It is never printed.
pub(super) struct Login {
    user: String,
    password: String,
}

impl Login {
    /// The login in an address; `None` where it has none.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let password = url.password();
        if url.username().is_empty() && password.is_none() {
            return None;
        }
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        Some(Self {
            user: decoded(url.username()),
            password: decoded(password.unwrap_or_default()),
        })
    }
}

/// How a camera wants to be logged in to.
pub(super) enum Challenge {
    Basic,
    Digest(Digest),
}

impl Challenge {
    /// The best of those in `WWW-Authenticate` headers that can be answered.
    pub(super) fn best<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let offered = headers.flat_map(parse);
        let known = offered.filter_map(|(scheme, parameters)| match scheme.as_str() {
            "basic" => Some(Self::Basic),
            "digest" => Digest::of(&parameters).map(Self::Digest),
            _ => None,
        });
        known.max_by_key(|challenge| match challenge {
            Self::Basic => 0,
            Self::Digest(digest) if digest.hash == Hash::Md5 => 1,
            Self::Digest(_) => 2,
        })
    }

    /// The `Authorization` header of a request for `path`, which has the query too. `None` where the
    /// system has no random numbers.
    pub(super) fn answer(&mut self, login: &Login, path: &str) -> Option<String> {
        match self {
            Self::Basic => {
                let pair = format!("{}:{}", login.user, login.password);
                Some(format!("Basic {}", STANDARD.encode(pair)))
            }
            Self::Digest(digest) => {
                let mut random = [0u8; 16];
                SystemRandom::new().fill(&mut random).ok()?;
                Some(digest.answer(login, path, &hex(&random)))
            }
        }
    }
}

/// The hash of a digest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha256,
}

impl Hash {
    /// The hash of a text, in hexadecimal digits.
    fn of(self, text: &str) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(text)),
            Self::Sha256 => hex(ring::digest::digest(&SHA256, text.as_bytes()).as_ref()),
        }
    }
}

/// A challenge of a digest login.
pub(super) struct Digest {
    hash: Hash,
    /// The hash as the camera names it, if it does.
    algorithm: Option<String>,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    /// Whether answers are counted and hold a number of ours: `qop=auth`.
    is_counted: bool,
    /// How many answers there have been.
    count: u32,
}

impl Digest {
    /// `None` where it cannot be answered.
    fn of(parameters: &[(String, String)]) -> Option<Self> {
        let algorithm = parameter(parameters, "algorithm");
        let hash = match algorithm.map(str::to_ascii_lowercase).as_deref() {
            None | Some("md5") => Hash::Md5,
            Some("sha-256") => Hash::Sha256,
            Some(_) => return None,
        };
        let protections = parameter(parameters, "qop");
        let has_auth = |list: &str| {
            let mut list = list.split(',');
            list.any(|protection| protection.trim().eq_ignore_ascii_case("auth"))
        };
        if protections.is_some_and(|list| !has_auth(list)) {
            return None;
        }
        Some(Self {
            hash,
            algorithm: algorithm.map(str::to_owned),
            realm: parameter(parameters, "realm")
                .unwrap_or_default()
                .to_owned(),
            nonce: parameter(parameters, "nonce")?.to_owned(),
            opaque: parameter(parameters, "opaque").map(str::to_owned),
            is_counted: protections.is_some(),
            count: 0,
        })
    }

    fn answer(&mut self, login: &Login, path: &str, random: &str) -> String {
        self.count += 1;
        let Self {
            hash, realm, nonce, ..
        } = &*self;
        let count = format!("{:08x}", self.count);
        let secret = hash.of(&format!("{}:{realm}:{}", login.user, login.password));
        let request = hash.of(&format!("GET:{path}"));
        let response = if self.is_counted {
            hash.of(&format!("{secret}:{nonce}:{count}:{random}:auth:{request}"))
        } else {
            hash.of(&format!("{secret}:{nonce}:{request}"))
        };
        let mut answer = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
            quoted(&login.user),
            quoted(realm),
            quoted(nonce),
            quoted(path),
        );
        if self.is_counted {
            answer += &format!(", qop=auth, nc={count}, cnonce=\"{random}\"");
        }
        if let Some(opaque) = &self.opaque {
            answer += &format!(", opaque={}", quoted(opaque));
        }
        if let Some(algorithm) = &self.algorithm {
            answer += &format!(", algorithm={algorithm}");
        }
        answer
    }
}

/// The value of a parameter.
fn parameter<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut parameters = parameters.iter();
    let (_, value) = parameters.find(|(key, _)| key.as_str() == name)?;
    Some(value)
}

/// The challenges in a header (RFC 9110, section 11.6.1): each a scheme, in lower case, and the names,
/// in lower case, and values of its parameters.
fn parse(header: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut challenges: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for item in items(header) {
        let item = item.trim();
        let (first, rest) = item.split_once([' ', '\t']).unwrap_or((item, ""));
        let is_parameter = first.contains('=') || rest.trim_start().starts_with('=');
        if !is_parameter && !first.is_empty() {
            challenges.push((first.to_ascii_lowercase(), Vec::new()));
        }
        let parameter = if is_parameter { item } else { rest };
        if let Some((name, value)) = parameter.split_once('=')
            && let Some((_, parameters)) = challenges.last_mut()
        {
            parameters.push((name.trim().to_ascii_lowercase(), unquoted(value.trim())));
        }
    }
    challenges
}

/// The parts of a header between the commas that are outside of quotes.
fn items(header: &str) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    header.split(move |character: char| {
        let is_literal = is_escaped;
        is_escaped = is_quoted && character == '\\' && !is_literal;
        if character == '"' && !is_literal {
            is_quoted = !is_quoted;
        }
        character == ',' && !is_quoted
    })
}

/// A value without its quotes.
fn unquoted(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"') else {
        return value.to_owned();
    };
    let mut characters = inner.strip_suffix('"').unwrap_or(inner).chars();
    let mut text = String::new();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            _ => text.push(character),
        }
    }
    text
}

/// A value in quotes.
fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

/// Bytes in hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(text: &str) -> Login {
        Login::of(&text.parse().unwrap()).unwrap()
    }

    fn digest(header: &str) -> Digest {
        match Challenge::best([header].into_iter()) {
            Some(Challenge::Digest(digest)) => digest,
            _ => panic!("no digest: {header}"),
        }
    }

    #[test]
    fn the_examples_of_the_standard_are_answered_as_it_says() {
        let login = login("http://Mufasa:Circle%20of%20Life@localhost/");
        let random = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        for (algorithm, response) in [
            ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
            (
                "SHA-256",
                "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
            ),
        ] {
            let mut digest = digest(&format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
                 algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            ));
            let answer = digest.answer(&login, "/dir/index.html", random);
            for part in [
                "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", ",
                "uri=\"/dir/index.html\"",
                &format!("response=\"{response}\""),
                "qop=auth, nc=00000001, cnonce=\"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ\"",
                "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
                &format!("algorithm={algorithm}"),
            ] {
                assert!(answer.contains(part), "{part} in {answer}");
            }
            let next = digest.answer(&login, "/dir/index.html", random);
            assert!(next.contains("nc=00000002"), "{next}");
        }
    }

    #[test]
    fn a_challenge_without_protection_is_answered_as_before_it_existed() {
        let mut digest = digest(
            "Digest realm=\"testrealm@host.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"",
        );
        let login = login("http://Mufasa:CircleOfLife@localhost/");
        let answer = digest.answer(&login, "/dir/index.html", "unused");
        let response = "response=\"1949323746fe6a43ef61f9606e7febea\"";
        assert!(answer.ends_with(response), "{answer}");
    }

    #[test]
    fn the_best_challenge_is_found_among_others_commas_and_quotes() {
        let md5 = r#"Digest realm="a, b=\"c\"", nonce=n1"#;
        let sha = r#"digest realm=x,nonce = "n2" , algorithm=SHA-256"#;
        let basic_and_md5 = format!("Basic realm=x, {md5}");
        let sha_and_md5 = format!("{sha}, {md5}");
        let name = |headers: &[&str]| match Challenge::best(headers.iter().copied()) {
            None => "none".to_owned(),
            Some(Challenge::Basic) => "basic".to_owned(),
            Some(Challenge::Digest(digest)) => format!("{} in {}", digest.nonce, digest.realm),
        };
        let cases: [(&[&str], &str); 8] = [
            (&[r#"Basic realm="a, Digest b""#], "basic"),
            (&["Negotiate, BASIC"], "basic"),
            (&[&basic_and_md5], r#"n1 in a, b="c""#),
            (&[md5, sha], "n2 in x"),
            (&[&sha_and_md5], "n2 in x"),
            (&["Digest realm=x, nonce=n, algorithm=SHA-512-256"], "none"),
            (&[r#"Digest realm=x, nonce=n, qop="auth-int""#], "none"),
            (&["Digest realm=x", "Bearer", "", ",,=,"], "none"),
        ];
        for (headers, expected) in cases {
            assert_eq!(name(headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn an_address_has_a_login_with_any_characters() {
        let mut basic = Challenge::Basic;
        for (url, expected) in [
            ("http://me:p%40ss%3Aw%C3%B6rd@localhost/", "me:p@ss:wörd"),
            ("http://me@localhost/", "me:"),
            ("http://:secret@localhost/", ":secret"),
        ] {
            let answer = basic.answer(&login(url), "/").unwrap();
            assert_eq!(answer, format!("Basic {}", STANDARD.encode(expected)));
        }
        assert!(Login::of(&"http://localhost/".parse().unwrap()).is_none());
    }
}
