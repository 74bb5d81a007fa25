//! What pages say, in the reader's language: texts, dates and times of the kiosk's own time zone,
//! numbers, and how sure or how alike something is.

use fluent_bundle::FluentValue;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use screens::locale::{Language, Locale};
use recognise::metadata::Species;

/// The texts of one page.
pub(super) struct Words {
    locale: &'static Locale,
    zone: TimeZone,
    /// The day at the kiosk.
    pub(super) today: Date,
}

/// Something that stands in a text.
pub(super) trait Argument {
    /// Its form in Fluent: numbers decide between singular and plural.
    fn value(&self) -> FluentValue<'_>;
}

impl Argument for str {
    fn value(&self) -> FluentValue<'_> {
        self.into()
    }
}

impl Argument for String {
    fn value(&self) -> FluentValue<'_> {
        self.as_str().into()
    }
}

impl Argument for usize {
    fn value(&self) -> FluentValue<'_> {
        (*self).into()
    }
}

impl Argument for u32 {
    fn value(&self) -> FluentValue<'_> {
        (*self).into()
    }
}

impl Argument for i32 {
    fn value(&self) -> FluentValue<'_> {
        (*self).into()
    }
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Words {
    /// The texts of `language`, with the kiosk's time zone and day.
    pub(super) fn new(language: Language) -> Self {
        let zone = TimeZone::system();
        Self {
            locale: language.locale(),
            today: Timestamp::now().to_zoned(zone.clone()).date(),
            zone,
        }
    }

    /// The language's tag.
    pub(super) fn tag(&self) -> &'static str {
        self.locale.language().tag()
    }

    /// The text called `key`.
    pub(super) fn t(&self, key: &str) -> String {
        self.locale.text(key)
    }

    /// The text called `key` with one thing filled in.
    pub(super) fn with(&self, key: &str, name: &str, value: impl Argument) -> String {
        self.locale.with(key, &[(name, value.value())])
    }

    /// A breed's name.
    pub(super) fn breed(&self, id: &str) -> String {
        self.locale.breed(id)
    }

    /// Dog or cat.
    pub(super) fn species(&self, species: Species) -> String {
        self.t(match species {
            Species::Cat => "species-cat",
            Species::Dog => "species-dog",
        })
    }

    /// The local day of a moment.
    pub(super) fn day_of(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// `Monday 23 November 2026`.
    pub(super) fn day(&self, day: Date) -> String {
        let weekday = self.t(&format!("weekday-{}", day.weekday().to_monday_one_offset()));
        let date = self.date(day);
        (self.locale).with(
            "date-weekday",
            &[("weekday", weekday.into()), ("date", date.into())],
        )
    }

    /// `23 November 2026`.
    pub(super) fn date(&self, day: Date) -> String {
        let month = self.t(&format!("month-{}", day.month()));
        let arguments = [
            ("day", i32::from(day.day()).into()),
            ("month", month.into()),
            ("year", day.year().to_string().into()),
        ];
        self.locale.with("date", &arguments)
    }

    /// The date at the beginning of a network's version; the version itself where there is none.
    pub(super) fn date_of(&self, version: &str) -> String {
        let day = version.get(..10).and_then(|day| day.parse().ok());
        day.map_or_else(|| version.to_owned(), |day| self.date(day))
    }

    /// `09:05`, or `9 h 05`.
    pub(super) fn time(&self, at: Timestamp) -> String {
        let time = at.to_zoned(self.zone.clone()).time();
        let arguments = [
            ("hour", time.hour().to_string().into()),
            ("hour-of-two-digits", format!("{:02}", time.hour()).into()),
            ("minute", format!("{:02}", time.minute()).into()),
        ];
        self.locale.with("time", &arguments)
    }

    /// `today at 14:05`, `yesterday at 14:05`, or the date with the time.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        let time = self.time(at);
        let day = match self.days_ago(at) {
            0 => self.t("today"),
            1 => self.t("yesterday"),
            _ => self.date(self.day_of(at)),
        };
        (self.locale).with("date-time", &[("day", day.into()), ("time", time.into())])
    }

    /// `today`, `yesterday`, `5 days ago`, or the date.
    pub(super) fn since(&self, at: Timestamp) -> String {
        match self.days_ago(at) {
            0 => self.t("today"),
            1 => self.t("yesterday"),
            days @ 2..=30 => self.with("days-ago", "days", days),
            _ => self.date(self.day_of(at)),
        }
    }

    /// For the attribute `datetime` of `<time>`.
    pub(super) fn machine(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone())
            .strftime("%Y-%m-%dT%H:%M:%S%:z")
            .to_string()
    }

    fn days_ago(&self, at: Timestamp) -> i32 {
        (self.today - self.day_of(at)).get_days()
    }

    /// `94%`.
    pub(super) fn percent(&self, share: f32) -> String {
        self.with(
            "percent",
            "number",
            format!("{:.0}", share.clamp(0.0, 1.0) * 100.0),
        )
    }

    /// The same for a figure that was measured: `86.2%`.
    pub(super) fn share(&self, share: f64) -> String {
        self.with("percent", "number", self.decimal(share * 100.0))
    }

    /// `12.3`, or `12,3`.
    pub(super) fn decimal(&self, number: f64) -> String {
        let text = format!("{number:.1}");
        match self.locale.language() {
            Language::English => text,
            Language::French => text.replace('.', ","),
        }
    }

    /// How sure an answer of this probability is.
    pub(super) fn sure(&self, probability: f32) -> String {
        self.t(match probability {
            p if p >= 0.95 => "sure-certain",
            p if p >= 0.8 => "sure-very-likely",
            p if p >= 0.55 => "sure-likely",
            p if p >= 0.25 => "sure-possible",
            _ => "sure-unlikely",
        })
    }

    /// How alike two looks of this cosine are.
    pub(super) fn alike(&self, cosine: f32) -> String {
        self.t(match cosine {
            c if c >= 0.85 => "alike-very",
            c if c >= 0.65 => "alike-rather",
            c if c >= 0.4 => "alike-little",
            _ => "alike-not",
        })
    }

    /// `20,000`.
    pub(super) fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let groups: Vec<&str> = (digits.as_bytes().rchunks(3).rev())
            .filter_map(|group| std::str::from_utf8(group).ok())
            .collect();
        groups.join(match self.locale.language() {
            Language::English => ",",
            Language::French => "\u{202f}",
        })
    }

    /// `12 MB`.
    pub(super) fn size(&self, bytes: u64) -> String {
        self.with(
            "megabytes",
            "number",
            self.number(bytes.div_ceil(1_000_000)),
        )
    }
}
