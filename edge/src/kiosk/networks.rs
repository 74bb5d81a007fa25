//! Runs the networks on the camera's frames, and tells the arrivals what they found.

use std::sync::Arc;
use std::time::{Duration, Instant};

use checkin::{ArrivalId, Event, Stage, Turn};
use desk::kiosk::Order;
use devices::camera::Frame;
use devices::camera::clip::{Clip, FRAMES};
use image::RgbImage;
use recognise::locate::CERTAIN;
use recognise::{EngineError, Region, Source};

use super::guest::Observation;
use super::notices;
use super::worker::Worker;

/// How long frames have between two photographs that are dropped on the page, once the networks have
/// rested: longer than from one frame to the next at an empty desk.
const PHOTOGRAPH_INTERVAL: Duration = Duration::from_millis(600);

impl Worker {
    /// Takes in a frame. All that happens meanwhile happens at its time.
    pub(super) fn see(&mut self, mut frame: Frame) {
        self.counts.frames += 1;
        let now = self.now();
        self.frame_time = Some(now);
        let presence = &mut self.presence[usize::from(frame.source() == Source::Page)];
        let sight = presence.see(now, &frame.small());
        self.advance(now, Event::Seen(sight));
        if let Err(error) = self.examine(now, &mut frame) {
            self.network_failed(&error);
        }
        self.frame_time = None;
    }

    /// Runs the networks on a frame for as long as there is something to be learnt from it. Commands
    /// go before each run: what they change decides which one it is.
    fn examine(&mut self, now: Duration, frame: &mut Frame) -> Result<(), EngineError> {
        loop {
            let orders = self.inbox.take();
            self.obey_all(orders);
            match self.entrance.turn(now) {
                Turn::Skip => return Ok(()),
                Turn::Rest => {
                    self.counts.deferred += 1;
                    if frame.source() == Source::Page {
                        self.capture.pause(self.entrance.rest(now));
                    }
                    return Ok(());
                }
                Turn::Locate => {
                    let Some(picture) = whole(frame) else {
                        return Ok(());
                    };
                    self.locate(now, &picture)?;
                }
                Turn::Recognise(arrival, region) => {
                    let Some(picture) = whole(frame) else {
                        return Ok(());
                    };
                    self.recognise(now, arrival, &picture, region, frame.source())?;
                }
            }
        }
    }

    /// Finds the animals in a frame.
    fn locate(&mut self, now: Duration, picture: &RgbImage) -> Result<(), EngineError> {
        let start = Instant::now();
        let located = self.recogniser.locate(picture);
        let took = start.elapsed();
        self.predicting += took;
        let detections = located?;
        self.counts.located(took);
        tracing::debug!(?took, found = detections.len(), "the detector ran");
        self.advance(now, Event::Located { detections, took });
        Ok(())
    }

    /// Recognises the animal of an arrival in a frame.
    fn recognise(
        &mut self,
        now: Duration,
        arrival: ArrivalId,
        picture: &Arc<RgbImage>,
        region: Region,
        source: Source,
    ) -> Result<(), EngineError> {
        let start = Instant::now();
        let recognition = match source {
            Source::Camera => self.recogniser.recognise_in(picture, region),
            Source::Page => (self.recogniser).recognise_photographed(picture, Some(region)),
        };
        let took = start.elapsed();
        self.predicting += took;
        let recognition = recognition?;
        self.counts.predicted(took);
        tracing::debug!(?took, "a prediction is made");
        if let Some(watch) = &self.model_watch {
            watch.recognised();
        }
        let embedding = recognition.embedding();
        // The tracker may have taken one animal for another.
        let arrival = self.entrance.identify(now, arrival, &embedding);
        self.keep(arrival, picture, region, source);
        self.advance(
            now,
            Event::Predicted {
                arrival,
                prediction: recognition.prediction,
                embedding,
                took,
            },
        );
        Ok(())
    }

    /// Keeps a picture in which an arrival was recognised.
    fn keep(&mut self, id: ArrivalId, picture: &Arc<RgbImage>, region: Region, source: Source) {
        let Some(arrival) = self.entrance.arrival(id) else {
            return;
        };
        let waits = matches!(arrival.stage(), Stage::Somebody | Stage::Predicting);
        let others = self.entrance.arrivals().filter(|other| other.id() != id);
        let observation = Arc::new(Observation {
            picture: Arc::clone(picture),
            region,
            others: others.map(|other| (other.id(), other.region())).collect(),
            source,
        });
        let guest = self.guests.entry(id).or_default();
        if waits {
            guest.seen = Some(Arc::clone(&observation));
        }
        guest.latest = Some(observation);
    }

    /// Takes the photograph that has waited longest, if it is a photograph's turn: the networks run on
    /// one at a time, rest from it as from a frame, and have frames before the next one.
    pub(super) fn take_photograph(&self) -> Option<Order> {
        let now = self.now();
        let is_due = self.entrance.rest(now).is_zero() && now >= self.photograph_due;
        is_due.then(|| self.inbox.photograph()).flatten()
    }

    /// Whether an animal will be found in a photograph that is played in place of the camera's frames.
    /// Without a detector nobody knows.
    pub(super) fn shows_animal(&mut self, photo: &RgbImage) -> bool {
        if !self.recogniser.can_locate() {
            return true;
        }
        let Some(frame) = Clip::new(photo, 0).frame(FRAMES / 2) else {
            return true;
        };
        let start = Instant::now();
        let located = self.recogniser.locate(&frame);
        let took = start.elapsed();
        self.predicting += took;
        let now = self.now();
        self.advance(now, Event::Ran(took));
        self.photograph_due = now + self.entrance.rest(now) + PHOTOGRAPH_INTERVAL;
        match located {
            Ok(found) => {
                self.counts.located(took);
                found.iter().any(|animal| animal.score >= CERTAIN)
            }
            Err(error) => {
                self.network_failed(&error);
                true
            }
        }
    }

    fn network_failed(&mut self, error: &EngineError) {
        tracing::error!(%error, "the network failed on a frame");
        if let Some(watch) = &self.model_watch {
            watch.failed(error.to_string());
        }
        self.failure = Some(notices::of_network(error));
    }
}

/// The whole picture of a frame; `None` if it is damaged, which is logged.
fn whole(frame: &mut Frame) -> Option<Arc<RgbImage>> {
    let picture = frame.picture();
    if let Err(error) = &picture {
        tracing::debug!(%error, "a damaged picture is passed over");
    }
    picture.ok()
}
