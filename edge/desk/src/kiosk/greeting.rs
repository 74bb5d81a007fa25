//! Decides what screen and page say about who an arrival is.

use catalogue::Guess;

/// "New here" is said from this probability on.
const NEW: f32 = 0.8;

/// Up to this probability that the animal is new, those that it may be are offered to choose from.
const OFFERED: f32 = 0.5;

/// An animal that is less probable than this is not mentioned.
const LIKELY: f32 = 0.1;

/// What screen and page say about who an arrival is. Animals are the first ones of
/// [`Guess::guests`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Greeting {
    /// Nothing.
    #[default]
    Unknown,
    /// It was never here before.
    New,
    /// It may be the first animal; what is offered are breeds nevertheless.
    Perhaps,
    /// It is one of this many animals, which are offered to choose from.
    OneOf(usize),
    /// It is the first animal: it is greeted by name, and offered alone.
    Sure,
}

impl Greeting {
    /// What is said about a guess.
    #[must_use]
    pub fn of(guess: &Guess) -> Self {
        if guess.new >= NEW {
            return Self::New;
        }
        let likely = guess.guests.iter();
        let likely = likely.take_while(|guest| guest.probability >= LIKELY);
        match likely.count() {
            0 => Self::Unknown,
            _ if guess.is_sure() => Self::Sure,
            count if guess.new <= OFFERED => Self::OneOf(count),
            _ => Self::Perhaps,
        }
    }

    /// How many animals are offered to choose from, before the breeds.
    #[must_use]
    pub fn offered(self) -> usize {
        match self {
            Self::Unknown | Self::New | Self::Perhaps => 0,
            Self::Sure => 1,
            Self::OneOf(count) => count,
        }
    }
}

#[cfg(test)]
mod tests {
    use catalogue::{Animal, AnimalFields, AnimalId, PossibleGuest};
    use jiff::Timestamp;
    use recognise::metadata::Species;

    use super::*;

    /// A guess with animals of these probabilities. The rest is the probability of a new one.
    fn guess(probabilities: &[f32]) -> Guess {
        let guest = |(id, probability): (i64, &f32)| PossibleGuest {
            animal: Animal {
                id: AnimalId(id),
                fields: AnimalFields::new("Bella", Species::Dog, "beagle"),
                owners: Vec::new(),
                created: Timestamp::UNIX_EPOCH,
                visits: 1,
                last_visit: None,
                known_at: None,
            },
            probability: *probability,
            visit: None,
        };
        Guess {
            guests: (1..).zip(probabilities).map(guest).collect(),
            new: 1.0 - probabilities.iter().sum::<f32>(),
        }
    }

    #[test]
    fn what_is_said_depends_on_how_probable_animals_are() {
        let cases: [(&[f32], Greeting); 7] = [
            (&[0.97, 0.02], Greeting::Sure),
            (&[0.9, 0.05], Greeting::OneOf(1)),
            (&[0.5, 0.3, 0.15], Greeting::OneOf(3)),
            (&[0.5, 0.3, 0.05], Greeting::OneOf(2)),
            (&[0.3, 0.1], Greeting::Perhaps),
            (&[0.08, 0.08, 0.08], Greeting::Unknown),
            (&[0.1, 0.02], Greeting::New),
        ];
        for (probabilities, expected) in cases {
            let greeting = Greeting::of(&guess(probabilities));
            assert_eq!(greeting, expected, "{probabilities:?}");
            assert!(greeting.offered() <= probabilities.len());
        }
    }
}
