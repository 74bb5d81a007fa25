//! The texts of a page in the reader's language: dates and times in the kiosk's time zone, numbers,
//! probabilities and similarities.

use catalogue::{AnimalFields, Recurrence, Settings, Unit, Visit, Weekdays};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use recognise::metadata::Species;
use recognise::{BreedId, Language};
use screens::Locale;
use screens::frequency::Frequency;
use screens::locale::Message;

use crate::access::AccessError;
use crate::contacts::Contacts;

/// The texts of one page.
pub(super) struct Words {
    locale: &'static Locale,
    zone: TimeZone,
    /// The present day at the kiosk.
    pub(super) today: Date,
    /// How many days before it ends staff are told of a vaccination.
    pub(super) vaccination_days: u32,
    /// Whose contacts the page shows, which is recorded.
    pub(super) contacts: Contacts,
}

impl Words {
    /// The texts of `language`, with the kiosk's time zone and day.
    pub(super) fn new(language: Language) -> Self {
        let zone = catalogue::zone();
        Self {
            locale: Locale::of(language),
            today: Timestamp::now().to_zoned(zone.clone()).date(),
            zone,
            vaccination_days: Settings::default().vaccination_days,
            contacts: Contacts::default(),
        }
    }

    /// The language's BCP 47 tag.
    pub(super) fn tag(&self) -> &'static str {
        self.locale.language().tag()
    }

    /// The text called `key`.
    pub(super) fn t(&self, key: &str) -> String {
        self.locale.text(key)
    }

    /// The text called `key` with one argument.
    pub(super) fn with(
        &self,
        key: &'static str,
        name: &'static str,
        value: impl ToString,
    ) -> String {
        self.message(&Message::new(key).with(name, value))
    }

    /// What a message says.
    pub(super) fn message(&self, message: &Message) -> String {
        self.locale.message(message)
    }

    /// Why a file of passwords, tokens or the webhook cannot be used.
    pub(super) fn access(&self, error: &AccessError) -> String {
        let reason = error.reason().map(|reason| self.message(&reason));
        reason.unwrap_or_else(|| error.to_string())
    }

    /// A breed's name.
    pub(super) fn breed(&self, id: &str) -> String {
        self.locale.breed(&BreedId::from(id))
    }

    /// A breed's name, or the words of staff for one that is in no list.
    pub(super) fn named_breed(&self, id: &str, name: Option<&str>) -> String {
        name.map_or_else(|| self.breed(id), str::to_owned)
    }

    /// An animal's breed.
    pub(super) fn breed_of(&self, fields: &AnimalFields) -> String {
        self.named_breed(&fields.breed, fields.breed_name.as_deref())
    }

    /// A visit's breed; `None` while it is open.
    pub(super) fn breed_of_visit(&self, visit: &Visit) -> Option<String> {
        let name = visit.confirmed_breed_name.as_deref();
        (visit.breed.as_ref()).map(|breed| self.named_breed(breed, name))
    }

    /// Dog or cat.
    pub(super) fn species(&self, species: Species) -> String {
        self.t(match species {
            Species::Cat => "species-cat",
            Species::Dog => "species-dog",
        })
    }

    /// How sure an answer of this probability is, in the words of the screen: `almost certain`.
    pub(super) fn certainty(&self, probability: f32) -> String {
        Frequency::of(probability).words(self.locale)
    }

    /// How often an answer of this probability is right, in the words of the screen: `9 in 10`.
    pub(super) fn frequency(&self, probability: f32) -> String {
        Frequency::of(probability).short(self.locale)
    }

    /// How similar a visit is to an animal, by the similarity of their embeddings. Of the visits of a daycare's dogs,
    /// three in eight look very similar to the dog's earlier ones, and one in fifty to those of another one.
    pub(super) fn similarity(&self, similarity: f32) -> String {
        self.t(match similarity {
            it if it >= 0.45 => "similarity-very",
            it if it >= 0.33 => "similarity-rather",
            it if it >= 0.22 => "similarity-little",
            _ => "similarity-none",
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
        let text = Message::new("date-weekday").with("weekday", weekday);
        self.message(&text.with("date", date))
    }

    /// The days of the week and their numbers, Monday first.
    pub(super) fn week(&self) -> Vec<(i8, String)> {
        let name = |day: i8| (day, self.t(&format!("weekday-{day}")));
        (1..=7).map(name).collect()
    }

    /// `Monday, Wednesday`, or `every day`.
    pub(super) fn weekdays(&self, days: Weekdays) -> String {
        if days == Weekdays::ALL {
            return self.t("every-day");
        }
        let names =
            (days.iter()).map(|day| self.t(&format!("weekday-{}", day.to_monday_one_offset())));
        names.collect::<Vec<_>>().join(", ")
    }

    /// `Monday, Wednesday, every 2 weeks, from 5 January 2026 until 31 March 2026`, or the day if it
    /// is a single one. Days that are left out are not in it.
    pub(super) fn recurrence(&self, days: &Recurrence) -> String {
        if let Some(day) = days.single() {
            return self.day(day);
        }
        let rhythm = match (days.unit, days.every) {
            (_, 1) => None,
            (Unit::Day, every) => Some(self.with("every-days", "count", every)),
            (Unit::Week, every) => Some(self.with("every-weeks", "count", every)),
        };
        let from = Some(self.with("from-day", "date", self.date(days.first)));
        let until = (days.last).map(|last| self.with("until-day", "date", self.date(last)));
        let parts = [Some(self.weekdays(days.weekdays)), rhythm, from, until];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// `23 November 2026`.
    pub(super) fn date(&self, day: Date) -> String {
        let month = self.t(&format!("month-{}", day.month()));
        let text = Message::new("date").with("day", day.day());
        self.message(&text.with("month", month).with("year", day.year()))
    }

    /// `4 May`, for the labels of charts.
    pub(super) fn short_date(&self, day: Date) -> String {
        let month = self.t(&format!("month-short-{}", day.month()));
        let text = Message::new("date-short").with("day", day.day());
        self.message(&text.with("month", month))
    }

    /// The date at the beginning of a network's version; the version itself if it has none.
    pub(super) fn date_of(&self, version: &str) -> String {
        let day = version.get(..10).and_then(|day| day.parse().ok());
        day.map_or_else(|| version.to_owned(), |day| self.date(day))
    }

    /// `09:05`, or `9 h 05`.
    pub(super) fn time(&self, at: Timestamp) -> String {
        let time = at.to_zoned(self.zone.clone()).time();
        let text = Message::new("time")
            .with("hour", time.hour())
            .with("hour-of-two-digits", format!("{:02}", time.hour()))
            .with("minute", format!("{:02}", time.minute()));
        self.message(&text)
    }

    /// `today at 14:05`, `yesterday at 14:05`, or the date with the time.
    pub(super) fn moment(&self, at: Timestamp) -> String {
        let time = self.time(at);
        let day = match self.days_ago(at) {
            0 => self.t("today"),
            1 => self.t("yesterday"),
            _ => self.date(self.day_of(at)),
        };
        let text = Message::new("date-time").with("day", day);
        self.message(&text.with("time", time))
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
        let number = format!("{:.0}", share.clamp(0.0, 1.0) * 100.0);
        self.with("percent", "number", number)
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
        let number = self.number(bytes.div_ceil(1_000_000));
        self.with("megabytes", "number", number)
    }
}
