//! A probability in words and in numbers that people read rightly.
//!
//! Most people grasp "9 times in 10" better than "93 %" (Gigerenzer and Hoffrage, "How to Improve
//! Bayesian Reasoning Without Instruction: Frequency Formats", Psychological Review, 1995).

use crate::locale::Locale;

/// How often out of ten an answer is right, rounded down: it never promises more than it keeps, so
/// never ten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Odds(u8);

impl Odds {
    /// Of a probability, 0 to 1; what is no number counts as 0.
    pub(super) fn of(probability: f32) -> Self {
        // From a float to an integer Rust rounds towards 0, and what is no number becomes 0.
        Self(((probability * 10.0) as u8).min(9))
    }

    /// Out of ten.
    pub(super) fn times(self) -> i32 {
        self.0.into()
    }

    /// Whether it may be relied on.
    pub(super) fn is_good(self) -> bool {
        self.0 >= 7
    }

    /// `almost certain`, `likely`, ...
    pub(super) fn words(self, locale: &Locale) -> String {
        locale.text(match self.0 {
            9.. => "screen-almost-certain",
            7.. => "screen-likely",
            4.. => "screen-perhaps",
            _ => "screen-hardly",
        })
    }

    /// `9 in 10`
    pub(super) fn short(self, locale: &Locale) -> String {
        match self.0 {
            0 => locale.text("screen-odds-none"),
            times => locale.with("screen-odds", &[("times", times.into())]),
        }
    }

    /// `right 9 times in 10`
    pub(super) fn long(self, locale: &Locale) -> String {
        match self.0 {
            0 => locale.text("screen-right-none"),
            times => locale.with("screen-right", &[("times", times.into())]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_never_made_to_look_better_than_it_is() {
        let check = |probability: f32, times: i32| {
            assert_eq!(Odds::of(probability).times(), times, "{probability}");
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
