//! The known animals that a guest may be, likeliest first.

use catalogue::{AnimalId, Catalogue, CatalogueError, Guess, Visit};
use recognise::Metadata;
use screens::locale::Message;

use super::rows::{self, AnimalRow};
use super::words::Words;
use crate::kiosk::Greeting;

/// Whom the kiosk takes a guest for, for staff to confirm.
pub(super) struct GuessPanel {
    /// `Bella, 9 in 10`, `Bella or Max?` or `New here`.
    pub(super) title: String,
    /// What the press of a button does; where there is none, why.
    pub(super) what: String,
    /// The likeliest comes first.
    pub(super) guests: Vec<Guessed>,
    /// Whether the page has the title above, in larger letters.
    pub(super) is_titled: bool,
}

/// An animal that the guest may be.
pub(super) struct Guessed {
    pub(super) animal: AnimalRow,
    /// Its name, with the site where it is known if it was never here.
    name: String,
    /// How often such an answer is right, as a text.
    pub(super) frequency: String,
    /// Whether the confirm button of the screen would confirm it.
    pub(super) is_selected: bool,
}

impl GuessPanel {
    /// Whom the kiosk takes the guest of a visit for. `None` where staff have said who it is, where the
    /// network cannot tell, or where there is nobody to name.
    pub(super) fn new(
        catalogue: &Catalogue,
        words: &Words,
        metadata: &Metadata,
        visit: &Visit,
    ) -> Result<Option<Self>, CatalogueError> {
        let embedding = metadata.embedding.as_ref();
        let calibration = embedding.and_then(|embedding| embedding.guests.as_ref());
        match (calibration, &visit.animal) {
            (Some(calibration), None) => match catalogue.guess(visit.id, calibration)? {
                Some(guess) => Self::of(catalogue, words, &guess),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn of(
        catalogue: &Catalogue,
        words: &Words,
        guess: &Guess,
    ) -> Result<Option<Self>, CatalogueError> {
        let greeting = Greeting::of(guess);
        let named = match greeting {
            Greeting::Unknown => return Ok(None),
            Greeting::Perhaps => 1,
            Greeting::New | Greeting::OneOf(_) | Greeting::Sure => greeting.offered(),
        };
        let guests = (guess.guests.iter().take(named))
            .map(|guest| {
                let animal = &guest.animal;
                Ok(Guessed {
                    name: rows::known_name(words, animal),
                    animal: AnimalRow {
                        photograph: rows::photograph(catalogue, animal.id, guest.visit)?,
                        ..AnimalRow::new(words, animal)
                    },
                    frequency: words.frequency(guest.probability),
                    is_selected: false,
                })
            })
            .collect::<Result<Vec<Guessed>, CatalogueError>>()?;
        Ok(Some(Self {
            title: title(words, &guests, greeting == Greeting::Perhaps),
            what: words.t(if guests.is_empty() {
                "guess-new-what"
            } else {
                "guess-what"
            }),
            guests,
            is_titled: false,
        }))
    }

    /// Whether this animal is among those that are named.
    pub(super) fn names(&self, animal: AnimalId) -> bool {
        self.guests.iter().any(|guest| guest.animal.id == animal)
    }

    /// Marks the animal that the confirm button of the screen would confirm.
    pub(super) fn select(&mut self, animal: Option<AnimalId>) {
        for guest in &mut self.guests {
            guest.is_selected = Some(guest.animal.id) == animal;
        }
    }
}

fn title(words: &Words, guests: &[Guessed], may_be_new: bool) -> String {
    let names: Vec<&str> = (guests.iter())
        .map(|guest| guest.animal.name.as_str())
        .collect();
    let text = match (&names[..], may_be_new) {
        ([], _) => Message::new("guess-new"),
        ([name, ..], true) => Message::new("guess-new-or-one").with("name", name),
        ([_], false) => Message::new("guess-sure")
            .with("name", &guests[0].name)
            .with("frequency", &guests[0].frequency),
        ([first, second], false) => Message::new("guess-two")
            .with("first", first)
            .with("second", second),
        ([first, second, third, ..], false) => Message::new("guess-three")
            .with("first", first)
            .with("second", second)
            .with("third", third),
    };
    words.message(&text)
}
