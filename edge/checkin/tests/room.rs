//! A room in which a detector finds the animals that a test puts there.

use std::time::Duration;

use checkin::{Arrival, ArrivalId, Effect, Entrance, Event, Sight, Stage, Turn};
use recognise::metadata::Species;
use recognise::verdict::{self, Finding};
use recognise::{Detection, Region};

use crate::{BALL, FRAME, entrance, prediction};

/// An animal, and what the networks make of it.
#[derive(Clone, Debug)]
pub(crate) struct Animal {
    /// The centre of its box, which is square.
    pub(crate) at: [f32; 2],
    pub(crate) side: f32,
    pub(crate) score: f32,
    pub(crate) species: Species,
    pub(crate) probabilities: [f32; 3],
    pub(crate) embedding: [f32; 3],
}

/// A dog that is well seen, at this place across the picture.
pub(crate) fn dog(x: f32, probabilities: [f32; 3], embedding: [f32; 3]) -> Animal {
    Animal {
        at: [x, 0.6],
        side: 0.3,
        score: 0.9,
        species: Species::Dog,
        probabilities,
        embedding,
    }
}

impl Animal {
    /// What is seen of it; `None` outside the picture.
    pub(crate) fn region(&self) -> Option<Region> {
        let ([x, y], half) = (self.at, self.side / 2.0);
        Region::new(x - half, y - half, x + half, y + half)
    }
}

/// A desk with a clock that stands still while a network runs, and ten frames a second.
pub(crate) struct Room {
    pub(crate) entrance: Entrance,
    pub(crate) now: Duration,
    /// What [`checkin::Presence`] makes of each frame.
    pub(crate) sight: Sight,
    pub(crate) effects: Vec<Effect>,
    /// How long each run of a network takes, and what that comes to.
    pub(crate) took: Duration,
    pub(crate) spent: Duration,
    /// How often the detector ran.
    pub(crate) located: usize,
    /// For whom the network ran.
    pub(crate) recognised: Vec<ArrivalId>,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self {
            entrance: entrance(true),
            now: Duration::ZERO,
            sight: Sight::Still,
            effects: Vec::new(),
            took: Duration::ZERO,
            spent: Duration::ZERO,
            located: 0,
            recognised: Vec::new(),
        }
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.effects.extend(self.entrance.on(self.now, event));
    }

    /// Frames of these animals.
    pub(crate) fn frames(&mut self, animals: &[Animal], frames: usize) {
        for _ in 0..frames {
            self.now += FRAME;
            self.frame(animals);
        }
    }

    /// One frame at the present time.
    pub(crate) fn frame(&mut self, animals: &[Animal]) {
        self.event(Event::Seen(self.sight));
        for _ in 0..10 {
            let event = match self.entrance.turn(self.now) {
                Turn::Skip | Turn::Rest => return,
                Turn::Locate => self.locate(animals),
                Turn::Recognise(arrival, region) => self.recognise(arrival, region, animals),
            };
            self.spent += self.took;
            self.event(event);
        }
        panic!("the networks run on one frame again and again");
    }

    fn locate(&mut self, animals: &[Animal]) -> Event {
        self.located += 1;
        let mut detections: Vec<Detection> = Vec::new();
        for animal in animals {
            let Some(region) = animal.region() else {
                continue;
            };
            // One that is mostly hidden by another is not found.
            if detections
                .iter()
                .all(|other| other.region.iou(region) < 0.5)
            {
                detections.push(Detection {
                    region,
                    species: animal.species,
                    score: animal.score,
                });
            }
        }
        Event::Located {
            detections,
            took: self.took,
        }
    }

    fn recognise(&mut self, arrival: ArrivalId, region: Region, animals: &[Animal]) -> Event {
        let overlap = |animal: &Animal| animal.region().map_or(0.0, |it| it.iou(region));
        let shown = animals.iter().filter(|animal| overlap(animal) > 0.3);
        let shown = shown.max_by(|a, b| overlap(a).total_cmp(&overlap(b)));
        let probabilities = shown.map_or(BALL, |animal| animal.probabilities);
        let embedding = shown.map_or_else(Vec::new, |animal| animal.embedding.to_vec());
        let arrival = self.entrance.identify(self.now, arrival, &embedding);
        self.recognised.push(arrival);
        Event::Predicted {
            arrival,
            prediction: prediction(probabilities),
            embedding,
            took: self.took,
        }
    }

    /// The ids of the arrivals that are shown, by number.
    pub(crate) fn arrivals(&self) -> Vec<(usize, ArrivalId)> {
        let arrivals = self.entrance.arrivals();
        arrivals.map(|it| (it.number(), it.id())).collect()
    }

    /// The arrival with this number.
    pub(crate) fn arrival(&self, number: usize) -> &Arrival {
        let mut arrivals = self.entrance.arrivals();
        arrivals
            .find(|arrival| arrival.number() == number)
            .expect("an arrival with this number")
    }

    /// The number of the arrival that the buttons mean.
    pub(crate) fn focus(&self) -> Option<usize> {
        self.entrance.focus().map(Arrival::number)
    }

    /// Staff confirm the answer of the arrival that the buttons mean, and that is on disk.
    pub(crate) fn confirm(&mut self) {
        let arrival = self.entrance.focus().expect("an arrival").id();
        self.event(Event::Confirmed(arrival));
        let confirmed = self.entrance.arrival(arrival).map(Arrival::stage);
        assert_eq!(confirmed, Some(Stage::Confirmed));
    }

    /// The effects so far, by the number of the arrival's id, name and breed.
    pub(crate) fn story(&self) -> Vec<String> {
        let effects = self.effects.iter().map(|effect| match effect {
            Effect::Record { arrival, answer } => format!("{} record {}", arrival.0, told(answer)),
            Effect::Revise { arrival, answer } => format!("{} revise {}", arrival.0, told(answer)),
        });
        effects.collect()
    }
}

/// The kind of an answer, and its most probable breed.
fn told(answer: &Finding) -> String {
    let first = verdict::top(&answer.prediction.probabilities, 1)[0].0;
    format!("{} {first}", answer.verdict.kind())
}
