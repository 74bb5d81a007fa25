//! A probability in words and as a frequency: the same ones on the screen and on the page.
//!
//! Most people understand "9 times in 10" better than "93 %" (Gigerenzer and Hoffrage, "How to
//! Improve Bayesian Reasoning Without Instruction: Frequency Formats", Psychological Review, 1995).

use crate::locale::Locale;

/// How many times out of ten an answer is right.
///
/// It is rounded down and never ten, so that it never promises more than the probability does.
///
/// ```
/// use recognise::Language;
/// use screens::Locale;
/// use screens::frequency::Frequency;
///
/// let (frequency, english) = (Frequency::of(0.94), Locale::of(Language::English));
/// assert_eq!(frequency.words(english), "almost certain");
/// assert_eq!(frequency.short(english), "9 in 10");
/// assert_eq!(frequency.long(english), "right 9 times in 10");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frequency(u8);

impl Frequency {
    /// The frequency of a probability, 0 to 1; NaN counts as 0.
    #[must_use]
    pub fn of(probability: f32) -> Self {
        // A cast from a float to an integer rounds towards 0, saturates, and turns NaN into 0.
        Self(((probability * 10.0) as u8).min(9))
    }

    /// How many times out of ten, 0 to 9.
    #[must_use]
    pub fn times(self) -> u8 {
        self.0
    }

    /// Whether the answer can be relied on: it is at least likely.
    #[must_use]
    pub fn is_high(self) -> bool {
        self.0 >= 7
    }

    /// `almost certain`, `likely`, `perhaps` or `a mere guess`, as it stands within a sentence.
    #[must_use]
    pub fn words(self, locale: &Locale) -> String {
        locale.text(match self.0 {
            9.. => "frequency-almost-certain",
            7.. => "frequency-likely",
            4.. => "frequency-perhaps",
            _ => "frequency-hardly",
        })
    }

    /// `9/10`, for where there is no room for words.
    #[must_use]
    pub fn fraction(self) -> String {
        match self.0 {
            0 => "<1/10".to_owned(),
            times => format!("{times}/10"),
        }
    }

    /// `9 in 10`
    #[must_use]
    pub fn short(self, locale: &Locale) -> String {
        match self.0 {
            0 => locale.text("frequency-short-none"),
            times => locale.with("frequency-short", &[("times", times.into())]),
        }
    }

    /// `right 9 times in 10`
    #[must_use]
    pub fn long(self, locale: &Locale) -> String {
        match self.0 {
            0 => locale.text("frequency-long-none"),
            times => locale.with("frequency-long", &[("times", times.into())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frequency_never_promises_more_than_the_probability() {
        let check = |probability: f32, times: u8| {
            assert_eq!(Frequency::of(probability).times(), times, "{probability}");
        };
        check(1.0, 9);
        check(0.999, 9);
        check(0.9, 9);
        check(0.899, 8);
        check(0.7, 7);
        check(0.099, 0);
        check(0.0, 0);
        check(-1.0, 0);
        check(7.0, 9);
        check(f32::NAN, 0);
        check(f32::INFINITY, 9);
    }
}
