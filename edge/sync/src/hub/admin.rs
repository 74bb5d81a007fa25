//! Sets up a hub, reports its state, and publishes model bundles: what an administrator does.

use std::fmt;
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use tokio_postgres::{Row, Transaction};
use uuid::Uuid;

use super::SCHEMA;
use super::connect::connect;
use super::error::HubError;
use super::models::MOST_BYTES;
use super::settings::{Settings, check_site};
use crate::tls::TlsFiles;

/// Tables, functions, roles and views.
const TABLES: &str = include_str!("schema.sql");

/// The oldest PostgreSQL that has all that the tables need.
const OLDEST: i32 = 13;

/// Of two that set the same hub up, the second waits for the first. The statements may take long.
const BEGIN: &str = "
    SET LOCAL statement_timeout = 0;
    SELECT pg_advisory_xact_lock(hashtext('breed_kiosk'))";

/// The most characters of the name of a kiosk or a channel.
const NAME_CHARACTERS: usize = 50;

/// The characters of a password. None of them needs an escape in SQL, a URL or TOML.
const PASSWORD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// How many characters a password has.
const PASSWORD_LENGTH: usize = 32;

/// How many refusals the status shows, the newest first.
const REFUSALS: i64 = 20;

/// How a new kiosk gets into the hub. The hub cannot tell the password again.
///
/// ```no_run
/// use sync::hub::{HubError, admin};
///
/// # async fn example() -> Result<(), HubError> {
/// let url = "postgresql://postgres:secret@hub.example/daycare";
/// for kiosk in admin::init(url, None, "North", &["desk".to_owned()]).await? {
///     println!("{}: put this into kiosk.toml\n{}", kiosk.name, kiosk.toml);
/// }
/// let status = admin::status(url, None).await?;
/// assert!(status.kiosks.iter().any(|kiosk| kiosk.name == "desk"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct KioskAccess {
    /// The kiosk's name.
    pub name: String,
    /// The role that it logs in as.
    pub role: String,
    /// The password of that role.
    pub password: String,
    /// What to put into its kiosk.toml.
    pub toml: String,
}

impl fmt::Debug for KioskAccess {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut access = f.debug_struct("KioskAccess");
        access.field("name", &self.name).field("role", &self.role);
        access.finish_non_exhaustive()
    }
}

/// How a hub is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HubStatus {
    /// Its identity.
    pub hub: Uuid,
    /// The version of its schema.
    pub schema: i32,
    /// Its kiosks, by site and name.
    pub kiosks: Vec<KioskStatus>,
    /// How many guests it knows.
    pub guests: u64,
    /// How many events it has; for the role of a kiosk, how many of that kiosk's own.
    pub events: u64,
    /// How many of them it keeps without knowing their kind: a newer kiosk has sent them.
    pub unknown: u64,
    /// The newest events that were refused; for the role of a kiosk, of that kiosk's own.
    pub refused: Vec<Refusal>,
}

/// How a kiosk is, as far as the hub knows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KioskStatus {
    /// Its name.
    pub name: String,
    /// Its site.
    pub site: String,
    /// The role that it logs in as.
    pub role: String,
    /// Its id, if it was ever heard of. A kiosk whose card was replaced is listed with each of its ids.
    pub kiosk: Option<Uuid>,
    /// Its program and version.
    pub program: Option<String>,
    /// When it was last heard of.
    pub last_seen: Option<Timestamp>,
    /// How many events waited there then.
    pub waiting: Option<u64>,
    /// When its newest event happened that the hub has.
    pub last_event_at: Option<Timestamp>,
    /// How long that event took to the hub, in seconds.
    pub lag_seconds: Option<f64>,
    /// How many of its events were refused.
    pub refused: u64,
}

/// An event that was refused, or that is kept but could not be applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The event.
    pub event: Uuid,
    /// The kiosk that it is of.
    pub kiosk: Uuid,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// Sets the hub up, or brings it up to this program's schema, and admits kiosks of a site. Returns the
/// access of those that are new. Kiosks that are there already keep their passwords. `ca` is a file as
/// [`Settings::ca`] is.
///
/// # Errors
/// If the hub cannot be reached or refuses it, if a name cannot be used, or if a kiosk is one of another
/// site. Then nothing has changed.
pub async fn init(
    url: &str,
    ca: Option<&Path>,
    site: &str,
    kiosks: &[String],
) -> Result<Vec<KioskAccess>, HubError> {
    check_site(site)?;
    if let Some(name) = kiosks.iter().find(|name| !is_name(name)) {
        return Err(HubError::Name(name.clone()));
    }
    let mut connection = connect(url, trusting(ca)).await?;
    let transaction = connection.client.transaction().await?;
    transaction.batch_execute(BEGIN).await?;
    check_versions(&transaction).await?;
    transaction.batch_execute(TABLES).await?;
    let database = transaction
        .query_one("SELECT current_database()::text", &[])
        .await?;
    let database: String = database.try_get(0)?;
    let mut admitted = Vec::new();
    for name in kiosks {
        let role = format!("kiosk_{name}");
        let Some(password) = admit(&transaction, site, name, &role).await? else {
            continue;
        };
        let url = access_url(url, &role, &password, &database);
        admitted.push(KioskAccess {
            name: name.clone(),
            toml: toml(&url, site),
            role,
            password,
        });
    }
    transaction.commit().await?;
    Ok(admitted)
}

/// Refuses a server that is too old, and a hub that a newer program has set up.
async fn check_versions(transaction: &Transaction<'_>) -> Result<(), HubError> {
    let versions = "
        SELECT current_setting('server_version_num')::int / 10000 AS server,
            to_regclass('breed_kiosk.version') IS NOT NULL AS has_schema";
    let row = transaction.query_one(versions, &[]).await?;
    let server: i32 = row.try_get("server")?;
    if server < OLDEST {
        return Err(HubError::TooOld(server));
    }
    if row.try_get("has_schema")? {
        let schema = "SELECT schema FROM breed_kiosk.version";
        if let Some(row) = transaction.query_opt(schema, &[]).await? {
            check_schema(row.try_get("schema")?)?;
        }
    }
    Ok(())
}

/// Admits a kiosk. Returns its password if it is new.
async fn admit(
    transaction: &Transaction<'_>,
    site: &str,
    name: &str,
    role: &str,
) -> Result<Option<String>, HubError> {
    let known = "
        SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1::text) AS has_role,
            (SELECT site FROM breed_kiosk.account WHERE role = $1::text) AS site";
    let known = transaction.query_one(known, &[&role]).await?;
    let has_role: bool = known.try_get("has_role")?;
    let known_site: Option<String> = known.try_get("site")?;
    match known_site {
        Some(known) if known != site => {
            return Err(HubError::OtherSite {
                kiosk: name.to_owned(),
                known,
                given: site.to_owned(),
            });
        }
        None if has_role => return Err(HubError::RoleTaken(role.to_owned())),
        _ => {}
    }
    let mut new = None;
    if !has_role {
        let (role, password) = (quoted(role), password()?);
        let create =
            format!("CREATE ROLE {role} LOGIN PASSWORD '{password}' IN ROLE breed_kiosk_kiosk");
        transaction.batch_execute(&create).await?;
        new = Some(password);
    }
    let account = "
        INSERT INTO breed_kiosk.account (role, name, site) VALUES ($1::text, $2, $3)
        ON CONFLICT (role) DO NOTHING";
    transaction.execute(account, &[&role, &name, &site]).await?;
    Ok(new)
}

/// Asks a hub how it is, as an administrator or as a kiosk, which sees less. `ca` is a file as
/// [`Settings::ca`] is.
///
/// # Errors
/// If the hub cannot be reached, is none, or is newer than this program.
pub async fn status(url: &str, ca: Option<&Path>) -> Result<HubStatus, HubError> {
    status_with(url, trusting(ca)).await
}

/// Asks the hub of a kiosk's settings how it is.
///
/// # Errors
/// As [`status`].
pub async fn status_of(settings: &Settings) -> Result<HubStatus, HubError> {
    status_with(&settings.url, settings.tls()).await
}

async fn status_with(url: &str, files: TlsFiles<'_>) -> Result<HubStatus, HubError> {
    let connection = connect(url, files).await?;
    let client = &connection.client;
    let version = client
        .query_one("SELECT hub, schema FROM breed_kiosk.version", &[])
        .await?;
    let schema: i32 = version.try_get("schema")?;
    check_schema(schema)?;
    let counts = client.query_one(COUNTS, &[]).await?;
    let kiosks = client.query(KIOSKS, &[]).await?;
    let refused = client.query(REFUSED, &[&REFUSALS]).await?;
    Ok(HubStatus {
        hub: version.try_get("hub")?,
        schema,
        kiosks: kiosks.iter().map(kiosk).collect::<Result<_, _>>()?,
        guests: count(&counts, "guests")?,
        events: count(&counts, "events")?,
        unknown: count(&counts, "unknown")?,
        refused: refused.iter().map(refusal).collect::<Result<_, _>>()?,
    })
}

const COUNTS: &str = "
    SELECT
        (SELECT count(*) FROM breed_kiosk.guest WHERE NOT deleted) AS guests,
        count(*) AS events,
        count(*) FILTER (WHERE schema <> 1 OR kind NOT IN (
            'arrival', 'answer', 'decision', 'check_out', 'visit_deleted', 'animal', 'merge', 'split',
            'animal_deleted'
        )) AS unknown
    FROM breed_kiosk.event";

const KIOSKS: &str = "
    SELECT name, site, role::text AS role, kiosk, program, last_seen, waiting, last_event_at,
        lag_seconds, refused
    FROM breed_kiosk.kiosks ORDER BY site, name, last_seen DESC";

const REFUSED: &str = "
    SELECT event, kiosk, at, reason FROM breed_kiosk.refused ORDER BY at DESC LIMIT $1";

fn kiosk(row: &Row) -> Result<KioskStatus, tokio_postgres::Error> {
    let waiting: Option<i64> = row.try_get("waiting")?;
    Ok(KioskStatus {
        name: row.try_get("name")?,
        site: row.try_get("site")?,
        role: row.try_get("role")?,
        kiosk: row.try_get("kiosk")?,
        program: row.try_get("program")?,
        last_seen: row.try_get("last_seen")?,
        waiting: waiting.map(|waiting| u64::try_from(waiting).unwrap_or_default()),
        last_event_at: row.try_get("last_event_at")?,
        lag_seconds: row.try_get("lag_seconds")?,
        refused: count(row, "refused")?,
    })
}

fn refusal(row: &Row) -> Result<Refusal, tokio_postgres::Error> {
    Ok(Refusal {
        event: row.try_get("event")?,
        kiosk: row.try_get("kiosk")?,
        at: row.try_get("at")?,
        reason: row.try_get("reason")?,
    })
}

/// PostgreSQL counts in signed numbers.
fn count(row: &Row, column: &str) -> Result<u64, tokio_postgres::Error> {
    let count: i64 = row.try_get(column)?;
    Ok(u64::try_from(count).unwrap_or_default())
}

/// Puts a signed model bundle into the hub, as the newest of its channel, and returns the version that
/// it has there: the same bundle has the same one. Kiosks that follow the channel check the signature,
/// not the hub. `ca` is a file as [`Settings::ca`] is.
///
/// # Errors
/// If the hub cannot be reached or refuses it, or if the bundle is empty or larger than 64 MiB.
pub async fn publish(
    url: &str,
    ca: Option<&Path>,
    channel: &str,
    bundle: &[u8],
    signature: &str,
) -> Result<String, HubError> {
    if !is_name(channel) {
        return Err(HubError::Channel(channel.to_owned()));
    }
    if bundle.is_empty() || bundle.len() > MOST_BYTES {
        return Err(HubError::Size(bundle.len()));
    }
    let connection = connect(url, trusting(ca)).await?;
    let client = &connection.client;
    client.batch_execute("SET statement_timeout = 0").await?;
    let insert = "
        INSERT INTO breed_kiosk.model AS known (channel, version, bytes, signature)
        VALUES ($1, left(encode(sha256($2), 'hex'), 16), $2, $3)
        ON CONFLICT (channel, version) DO UPDATE
        SET signature = excluded.signature, added = excluded.added
        RETURNING version";
    let row = client
        .query_one(insert, &[&channel, &bundle, &signature])
        .await?;
    Ok(row.try_get("version")?)
}

/// The files for TLS of somebody who shows no certificate.
fn trusting(ca: Option<&Path>) -> TlsFiles<'_> {
    TlsFiles {
        ca,
        ..TlsFiles::default()
    }
}

fn check_schema(found: i32) -> Result<(), HubError> {
    if found > SCHEMA {
        return Err(HubError::Newer { found });
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=NAME_CHARACTERS).contains(&name.len()) && name.bytes().all(is_plain)
}

fn password() -> Result<String, HubError> {
    let mut random = [0; PASSWORD_LENGTH];
    getrandom::fill(&mut random).map_err(HubError::NoRandom)?;
    let characters = random
        .iter()
        .map(|byte| char::from(PASSWORD[usize::from(byte % 64)]));
    Ok(characters.collect())
}

/// A name as PostgreSQL reads it whatever is in it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The URL by which a kiosk gets to the database that another role's URL leads to.
fn access_url(url: &str, role: &str, password: &str, database: &str) -> String {
    let (_, rest) = url.split_once("://").unwrap_or(("", url));
    // User and password end at the first @, wherever that is: so tokio-postgres reads a URL, and a
    // password may have an unescaped / or ? in it.
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let hosts = place.split_once('/').map_or(place, |(hosts, _)| hosts);
    let is_others = |parameter: &&str| {
        let name = parameter.split('=').next().unwrap_or_default();
        ["", "user", "password", "dbname"].contains(&name)
    };
    let kept = parameters
        .split('&')
        .filter(|parameter| !is_others(parameter));
    let kept: Vec<&str> = kept.collect();
    let mark = if kept.is_empty() { "" } else { "?" };
    let (database, kept) = (percent_encoded(database), kept.join("&"));
    format!("postgresql://{role}:{password}@{hosts}/{database}{mark}{kept}")
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn toml(url: &str, site: &str) -> String {
    // JSON's strings are strings of TOML too, but for a character that no site has.
    let string = |text: &str| serde_json::Value::from(text).to_string();
    format!("[hub]\nurl = {}\nsite = {}\n", string(url), string(site))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kiosk_gets_to_the_same_hosts_and_database_with_the_same_parameters() {
        let cases = [
            (
                "postgresql://postgres:pw@one:5432,two:5433/daycare?sslmode=verify-full&user=x",
                "postgresql://kiosk_a:secret@one:5432,two:5433/day%20care?sslmode=verify-full",
            ),
            (
                "postgresql://postgres:p/w?d@one:5432/daycare?sslmode=require",
                "postgresql://kiosk_a:secret@one:5432/day%20care?sslmode=require",
            ),
            (
                "postgres://admin@hub.example",
                "postgresql://kiosk_a:secret@hub.example/day%20care",
            ),
            (
                "postgresql:///daycare?host=/run/postgresql&password=pw",
                "postgresql://kiosk_a:secret@/day%20care?host=/run/postgresql",
            ),
        ];
        for (url, expected) in cases {
            assert_eq!(access_url(url, "kiosk_a", "secret", "day care"), expected);
        }
    }

    #[test]
    fn names_go_into_sql_and_urls_as_they_are() {
        for name in ["desk", "Front-desk_2", "9"] {
            assert!(is_name(name), "{name}");
        }
        let long = "n".repeat(NAME_CHARACTERS + 1);
        for name in ["", "front desk", "a\"b", "a'b", "empfang-ä", "a/b", &long] {
            assert!(!is_name(name), "{name}");
        }
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
    }

    #[test]
    fn passwords_differ_and_need_no_escape() {
        let (one, other) = (password().unwrap(), password().unwrap());
        assert_eq!(one.len(), PASSWORD_LENGTH);
        assert!(one.bytes().all(|byte| PASSWORD.contains(&byte)), "{one}");
        assert_ne!(one, other);
    }

    #[test]
    fn a_site_is_quoted_for_toml() {
        let toml = toml("postgresql://a:b@c/d", "Rex \"n\" Co");
        let expected = "[hub]\nurl = \"postgresql://a:b@c/d\"\nsite = \"Rex \\\"n\\\" Co\"\n";
        assert_eq!(toml, expected);
    }
}
