//! Keeps animals apart whose boxes crossed, and tells who comes back, by their embeddings.

use std::time::Duration;

use crate::arrival::{ArrivalId, Place};
use crate::entrance::Entrance;
use crate::track::{Doubt, TrackId};

/// How much more similar an embedding must be to another animal's than to its own, as a cosine, to
/// be that animal's.
const MARGIN: f32 = 0.1;

/// A new arrival whose first embedding is at least this similar to an animal that is hidden, as a cosine, is that
/// animal.
const SAME: f32 = 0.5;

/// An animal that comes back and is less similar than this to the one that went out of sight, as a
/// cosine, is a different animal.
const STRANGER: f32 = 0.2;

impl Entrance {
    /// Whose embedding this is, which the network has just made for `arrival`: say so before
    /// [`Event::Predicted`](crate::Event::Predicted), and keep the picture for the arrival that is
    /// returned.
    ///
    /// That is another one only where the tracker may have taken one animal for another: boxes
    /// crossed, or an animal was out of sight. Then the two arrivals exchange their places, a new
    /// arrival begins, or a new one turns out to be an animal that was hidden, and is gone.
    #[must_use]
    pub fn identify(&mut self, now: Duration, arrival: ArrivalId, embedding: &[f32]) -> ArrivalId {
        let Some(own) = self.position(arrival) else {
            return arrival;
        };
        let place = self.arrivals[own].sighting.place;
        let Place::Track(id) = place else {
            return arrival;
        };
        let is_new = self.arrivals[own].answer.is_none();
        if is_new
            && self.arrivals[own].embeddings.is_empty()
            && let Some(other) = self.hidden_as(now, own, id, embedding)
        {
            return self.give_way(own, other);
        }
        let Some(tracker) = &mut self.tracker else {
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

    /// The hidden animal that a new arrival is, by its first embedding. One that comes out from behind somebody is
    /// often found in parts, or as the other species, and its own track does not go on.
    fn hidden_as(
        &self,
        now: Duration,
        own: usize,
        id: TrackId,
        embedding: &[f32],
    ) -> Option<usize> {
        let tracker = self.tracker.as_ref()?;
        let region = tracker.track(id)?.region;
        let others = self.arrivals.iter().enumerate();
        let similar = others.filter_map(|(index, other)| {
            let Place::Track(id) = other.sighting.place else {
                return None;
            };
            let track = tracker.track(id).filter(|_| index != own)?;
            let similarity = other.embeddings.similarity(embedding)?;
            let is_it = track.may_be_hidden_at(now, region) && similarity >= SAME;
            is_it.then_some((index, similarity))
        });
        let most = similar.max_by(|one, other| one.1.total_cmp(&other.1));
        most.map(|(index, _)| index)
    }

    /// A new arrival is one that was hidden: that one is where the new one was, and the new one never was.
    fn give_way(&mut self, own: usize, other: usize) -> ArrivalId {
        let id = self.arrivals[other].id;
        let Place::Track(former) = self.arrivals[other].sighting.place else {
            return id;
        };
        if let Some(tracker) = &mut self.tracker {
            tracker.forget(former);
        }
        self.arrivals[other].sighting = self.arrivals[own].sighting;
        self.arrivals.remove(own);
        id
    }
}
