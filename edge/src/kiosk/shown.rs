//! Collects what screen and page show of the arrivals.

use std::sync::Arc;

use catalogue::{OTHER_BREED, PossibleGuest};
use checkin::Stage;
use desk::kiosk::{self, Greeting, Notice, Part};
use recognise::Region;
use screens::Framed;

use super::capture::CameraState;
use super::drawing::{Beside, Drawing, Familiar, Pictured, Progress, Who};
use super::guest::{Guest, Observation};
use super::offers::Choice;
use super::worker::Worker;

/// The steps in which the page hears of an animal that moves, as a share of the picture's side.
const STEP: f32 = 0.02;

impl Worker {
    /// An arrival as the page shows it.
    pub(super) fn shown(&self, arrival: &checkin::Arrival) -> kiosk::Arrival {
        let id = arrival.id();
        let mut shown = kiosk::Arrival {
            id: id.0,
            number: number(arrival),
            region: in_steps(arrival.region()),
            stage: arrival.stage(),
            ..kiosk::Arrival::default()
        };
        let Some(guest) = self.guests.get(&id) else {
            return shown;
        };
        (shown.visit, shown.revision) = (guest.visit, guest.revision);
        shown.guess.clone_from(&guest.guess);
        if let Some(offers) = &guest.offers {
            shown.verdict = Some(offers.kind);
            shown.candidates.clone_from(&offers.candidates);
            shown.learnt.clone_from(&offers.learnt);
            match offers.choice() {
                Some(Choice::Guest(place)) => shown.selected_guest = Some(place),
                Some(Choice::Breed(place)) => shown.selected = place,
                None => {}
            }
        }
        shown
    }

    /// What the screen shows.
    pub(super) fn drawing(&self, notices: &[Notice]) -> Drawing {
        let nobody = Guest::default();
        let focus = self.entrance.focus();
        let guest = focus.and_then(|arrival| self.guests.get(&arrival.id()));
        let guest = guest.unwrap_or(&nobody);
        let stage = focus.map_or(Stage::Empty, checkin::Arrival::stage);
        let seen = guest.seen.as_deref();
        Drawing {
            stage,
            offers: guest.offers.clone(),
            tenths: match focus {
                Some(arrival) if stage == Stage::Predicting => (arrival.progress() * 10.0) as u8,
                _ => 0,
            },
            picture: seen.map(Observation::pictured),
            who: who(guest),
            number: focus.map_or(0, number),
            others: self.others(),
            framed: match (focus, seen) {
                (Some(arrival), Some(seen)) => self.framed(arrival, seen),
                _ => Vec::new(),
            },
            guest: guest.name.clone(),
            care: guest.care.clone(),
            confirmed: guest.confirmed.clone(),
            notice: most_urgent(notices).cloned(),
            tag: self.tag.read(self.now()),
            address: self.machine.address.clone(),
            numeric: self.machine.numeric.clone(),
            setup: self.shown_setup(stage),
            camera: self.capture.camera() != CameraState::Absent,
            night: self.is_night(),
            language: self.settings.language,
            screen: self.display.screen(),
        }
    }

    /// The figures of the set-up, where the screen shows them: always before the kiosk is set up for
    /// the first time, since the person who does that stands in front of the camera; afterwards in place of
    /// the empty desk.
    fn shown_setup(&self, stage: Stage) -> Option<String> {
        let is_shown = stage == Stage::Empty || self.setup.is_first();
        self.setup.code().filter(|_| is_shown)
    }

    /// The arrivals that the buttons do not mean, oldest first.
    pub(super) fn beside(&self) -> impl Iterator<Item = &checkin::Arrival> {
        let focus = self.entrance.focus().map(checkin::Arrival::id);
        let arrivals = self.entrance.arrivals();
        arrivals.filter(move |arrival| Some(arrival.id()) != focus)
    }

    /// The same as the screen shows them, in the order of their numbers.
    fn others(&self) -> Vec<Beside> {
        let mut others: Vec<Beside> = (self.beside())
            .map(|arrival| {
                let guest = self.guests.get(&arrival.id());
                let seen = guest.and_then(|guest| guest.seen.as_deref());
                Beside {
                    number: number(arrival),
                    picture: seen.map(Observation::pictured),
                    progress: guest.map_or(Progress::Predicting, |guest| {
                        Progress::of(arrival.stage(), guest)
                    }),
                }
            })
            .collect();
        others.sort_by_key(|other| other.number);
        others
    }

    /// The animals in the picture of an arrival that are still there.
    fn framed(&self, arrival: &checkin::Arrival, seen: &Observation) -> Vec<Framed> {
        let others = seen.others.iter().filter_map(|(id, region)| {
            let number = number(self.entrance.arrival(*id)?);
            let region = *region;
            Some(Framed { number, region })
        });
        let own = Framed {
            number: number(arrival),
            region: seen.region,
        };
        std::iter::once(own).chain(others).collect()
    }
}

impl Observation {
    /// The picture, and where in it the animal is.
    fn pictured(&self) -> Pictured {
        Pictured {
            picture: Arc::clone(&self.picture),
            region: self.region,
        }
    }
}

impl Progress {
    fn of(stage: Stage, guest: &Guest) -> Self {
        match stage {
            Stage::Empty | Stage::Somebody | Stage::Predicting => Self::Predicting,
            Stage::Answered => match (&guest.offers, selected_guest(guest)) {
                (_, Some(animal)) => Self::Named(animal.animal.fields.name.clone()),
                (Some(offers), None) => Self::Answered(offers.clone()),
                (None, None) => Self::Predicting,
            },
            Stage::Confirmed | Stage::Thanks => Self::Confirmed {
                name: guest.name.clone(),
                breed: guest.confirmed.clone(),
            },
        }
    }
}

/// Which known animal the screen says that it may be. Once staff have gone on to the breeds, it says
/// nothing.
fn who(guest: &Guest) -> Who {
    let Some(guess) = &guest.guess else {
        return Who::Unknown;
    };
    let first = guess.guests.first();
    match (Greeting::of(guess), first, selected_place(guest)) {
        (Greeting::New, ..) => Who::NewHere,
        (Greeting::Perhaps, Some(first), _) => Who::Perhaps(first.animal.fields.name.clone()),
        (Greeting::Sure, Some(first), Some(_)) => {
            let fields = &first.animal.fields;
            Who::Sure {
                name: fields.name.clone(),
                probability: first.probability,
                breed: Some(fields.breed.clone()).filter(|breed| *breed != OTHER_BREED),
                known_at: first.animal.known_at.clone(),
            }
        }
        (Greeting::OneOf(count), _, Some(selected)) => Who::OneOf {
            guests: (guess.guests.iter().take(count))
                .map(|possible| familiar(possible, guest))
                .collect(),
            selected,
        },
        _ => Who::Unknown,
    }
}

fn familiar(possible: &PossibleGuest, guest: &Guest) -> Familiar {
    let mut portraits = guest.portraits.iter();
    let portrait = portraits.find(|(visit, _)| Some(*visit) == possible.visit);
    Familiar {
        name: possible.animal.fields.name.clone(),
        probability: possible.probability,
        portrait: portrait.map(|(_, portrait)| Arc::clone(portrait)),
        known_at: possible.animal.known_at.clone(),
    }
}

/// The place of the animal that is selected, if it is one, in the guess.
fn selected_place(guest: &Guest) -> Option<usize> {
    match guest.offers.as_ref()?.choice()? {
        Choice::Guest(place) => Some(place),
        Choice::Breed(_) => None,
    }
}

/// That animal.
fn selected_guest(guest: &Guest) -> Option<&PossibleGuest> {
    guest.guess.as_ref()?.guests.get(selected_place(guest)?)
}

/// The notice that the screen has room for. Who scans a tag looks at the screen now; whatever else is wrong
/// has time, and an update that was taken back most of all.
fn most_urgent(notices: &[Notice]) -> Option<&Notice> {
    let find = |is: fn(Part) -> bool| notices.iter().find(|notice| is(notice.part));
    find(|part| part == Part::Tag)
        .or_else(|| find(|part| part != Part::Update))
        .or(notices.first())
}

fn number(arrival: &checkin::Arrival) -> u8 {
    u8::try_from(arrival.number()).unwrap_or(u8::MAX)
}

fn in_steps(region: Region) -> Region {
    let corners = region.corners();
    let [left, top, right, bottom] = corners.map(|side| (side / STEP).round() * STEP);
    Region::new(left, top, right, bottom).unwrap_or(region)
}

#[cfg(test)]
mod tests {
    use screens::locale::Message;

    use super::*;

    #[test]
    fn a_tag_comes_first_on_the_screen_and_an_update_last() {
        let of = |part| Notice {
            part,
            message: Message::new("notice-link-defect"),
        };
        for (parts, expected) in [
            (&[Part::Update, Part::Camera, Part::Tag][..], Part::Tag),
            (&[Part::Update, Part::Camera, Part::Hub][..], Part::Camera),
            (&[Part::Update][..], Part::Update),
        ] {
            let notices: Vec<Notice> = parts.iter().copied().map(of).collect();
            let shown = most_urgent(&notices).map(|notice| notice.part);
            assert_eq!(shown, Some(expected), "{parts:?}");
        }
        assert_eq!(most_urgent(&[]), None);
    }
}
