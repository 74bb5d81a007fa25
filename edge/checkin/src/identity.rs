//! Keeps animals apart whose boxes crossed, and tells who comes back, by their embeddings.

use std::time::Duration;

use crate::arrival::{ArrivalId, Place};
use crate::entrance::Entrance;
use crate::track::Doubt;

/// How much more similar an embedding must be to another animal's than to its own, as a cosine, to
/// be that animal's.
const MARGIN: f32 = 0.1;

/// An animal that comes back and is less similar than this to the one that went out of sight, as a
/// cosine, is a different animal.
const STRANGER: f32 = 0.2;

impl Entrance {
    /// Whose embedding this is, which the network has just made for `arrival`: say so before
    /// [`Event::Predicted`](crate::Event::Predicted), and keep the picture for the arrival that is
    /// returned.
    ///
    /// That is another one only where the tracker may have taken one animal for another: boxes
    /// crossed, or an animal was out of sight. Then the two arrivals exchange their places, or a
    /// new arrival begins.
    #[must_use]
    pub fn identify(&mut self, now: Duration, arrival: ArrivalId, embedding: &[f32]) -> ArrivalId {
        let Some(own) = self.position(arrival) else {
            return arrival;
        };
        let place = self.arrivals[own].sighting.place;
        let (Some(tracker), Place::Track(id)) = (&mut self.tracker, place) else {
            return arrival;
        };
        // While two animals are in the picture, it is not the time to decide.
        let track = tracker.track(id).filter(|track| !track.overlaps);
        let Some(doubt) = track.and_then(|track| track.doubt) else {
            return arrival;
        };
        let Some(similarity) = self.arrivals[own].embeddings.similarity(embedding) else {
            return arrival;
        };
        let mut nearest: Option<(usize, f32)> = None;
        for (index, other) in self.arrivals.iter().enumerate() {
            let Place::Track(id) = other.sighting.place else {
                continue;
            };
            let is_doubtful =
                (tracker.track(id)).is_some_and(|track| track.doubt.is_some() || !track.is_seen());
            let Some(value) = other.embeddings.similarity(embedding) else {
                continue;
            };
            let is_nearer = nearest.is_none_or(|(_, nearest)| value > nearest);
            if index != own && is_doubtful && is_nearer {
                nearest = Some((index, value));
            }
        }
        match nearest {
            Some((other, value)) if value > similarity + MARGIN => {
                tracker.trust(id);
                let sighting = self.arrivals[own].sighting;
                self.arrivals[own].sighting = self.arrivals[other].sighting;
                self.arrivals[other].sighting = sighting;
                self.arrivals[other].id
            }
            // It may be either of them: the next picture will show it.
            Some((_, value)) if value > similarity - MARGIN => arrival,
            _ if doubt == Doubt::Returned && similarity < STRANGER => {
                tracker.trust(id);
                self.replace(now, own)
            }
            _ => {
                tracker.trust(id);
                arrival
            }
        }
    }
}
