//! Plays a film as the kiosk does: its frames go to the detector, the network and [`Entrance`].

use std::sync::Arc;
use std::time::Duration;

use checkin::{ArrivalId, Effect, Entrance, Event, Pace, Presence, Turn};
use recognise::{EngineError, Recogniser};

use super::film::EntranceFilm;
use super::visit::Visit;

/// How long a run of a network takes. It is a constant, so that films have the same course on every machine: about as
/// long as on a Raspberry Pi 5.
const TOOK: Duration = Duration::from_millis(20);

/// The visits that are opened during a film.
///
/// # Errors
/// When a network fails.
pub(super) fn play(
    recogniser: &Recogniser,
    film: &EntranceFilm,
) -> Result<Vec<Visit>, EngineError> {
    let metadata = Arc::new(recogniser.metadata().clone());
    let mut entrance = Entrance::new(metadata, Pace::default(), recogniser.can_locate());
    let mut presence = Presence::default();
    let mut arrivals = Vec::new();
    for index in 0..film.frames() {
        let (now, picture) = (film.time(index), film.frame(index));
        entrance.on(now, Event::Seen(presence.see(now, &picture)));
        loop {
            let event = match entrance.turn(now) {
                Turn::Skip | Turn::Rest => break,
                Turn::Locate => Event::Located {
                    detections: recogniser.locate(&picture)?,
                    took: TOOK,
                },
                Turn::Recognise(arrival, region) => {
                    let recognition = recogniser.recognise_in(&picture, region)?;
                    let embedding = recognition.embedding();
                    Event::Predicted {
                        arrival: entrance.identify(now, arrival, &embedding),
                        prediction: recognition.prediction,
                        embedding,
                        took: TOOK,
                    }
                }
            };
            let effect = entrance.on(now, event);
            note_new(&mut arrivals, &entrance, film, index);
            if let Some(Effect::Record { arrival, answer } | Effect::Revise { arrival, answer }) =
                effect
            {
                let named = answer.verdict.breed();
                let of_arrival = arrivals.iter_mut().filter(|it| it.id == arrival);
                of_arrival.for_each(|it| it.named = Some(named));
            }
        }
    }
    let last = film.frames().saturating_sub(1);
    let visit = |arrival: Followed| {
        let followed = entrance.arrival(arrival.id).filter(|it| !it.has_left());
        Some(Visit {
            begins_with: arrival.begins_with,
            ends_with: followed.and_then(|it| film.animal_at(it.region(), last)),
            named: arrival.named?,
        })
    };
    Ok(arrivals.into_iter().filter_map(visit).collect())
}

/// An arrival during a film.
struct Followed {
    id: ArrivalId,
    begins_with: Option<usize>,
    /// What the visit names, once there is one.
    named: Option<Option<usize>>,
}

/// Notes the arrivals that have begun in this frame.
fn note_new(arrivals: &mut Vec<Followed>, entrance: &Entrance, film: &EntranceFilm, index: usize) {
    for arrival in entrance.arrivals() {
        if arrivals.iter().all(|it| it.id != arrival.id()) {
            arrivals.push(Followed {
                id: arrival.id(),
                begins_with: film.animal_at(arrival.region(), index),
                named: None,
            });
        }
    }
}
