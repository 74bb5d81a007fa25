//! Follows animals from frame to frame.
//!
//! The plan is that of SORT: boxes are associated by their overlap (IoU) with where each track's
//! box should be by now, if its animal goes on as before (Bewley et al., "Simple Online and Realtime
//! Tracking", ICIP 2016). With at most eight animals the best pair first is good enough, and instead
//! of a Kalman filter the velocity is a running mean. What the detector is less sure of continues a
//! track, but begins none (Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every
//! Detection Box", ECCV 2022).

use std::time::Duration;

use recognise::locate::{CERTAIN, MOST};
use recognise::{Detection, Region};

use crate::pace::Pace;
use crate::presence::Sight;
use crate::track::{Doubt, Track, TrackId};

/// The least score of a detection that continues a track.
const POSSIBLE: f32 = 0.2;

/// The least IoU of two animals whose boxes cross: from there on, one may be taken for the other.
const CROSSING: f32 = 0.1;

/// The animals that are followed, oldest first; at most [`MOST`].
#[derive(Clone, Debug)]
pub(crate) struct Tracker {
    pace: Pace,
    tracks: Vec<Track>,
    /// The id of the newest track.
    newest: u64,
}

impl Tracker {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            tracks: Vec::new(),
            newest: 0,
        }
    }

    /// Takes in what the detector found in the frame of the time `now`. Detections without a score
    /// (NaN) do not count.
    pub(crate) fn see(&mut self, now: Duration, detections: &[Detection], sight: Sight) {
        let found = self.associate(now, detections);
        for (track, found) in self.tracks.iter_mut().zip(&found) {
            match found {
                Some(index) => track.follow(now, &detections[*index]),
                None => track.miss(now),
            }
        }
        let pace = self.pace;
        self.tracks.retain(|track| track.is_kept(now, sight, &pace));
        for (index, detection) in detections.iter().enumerate() {
            let is_new = detection.score >= CERTAIN && !found.contains(&Some(index));
            if is_new && self.tracks.len() < MOST {
                self.newest += 1;
                let id = TrackId(self.newest);
                self.tracks.push(Track::new(id, now, detection));
            }
        }
        self.mark_crossings(now);
    }

    /// Which detection each track goes on with.
    fn associate(&self, now: Duration, detections: &[Detection]) -> Vec<Option<usize>> {
        let mut found = vec![None; self.tracks.len()];
        let is_certain = |detection: &Detection| detection.score >= CERTAIN;
        let is_possible = |detection: &Detection| (POSSIBLE..CERTAIN).contains(&detection.score);
        self.assign(&mut found, detections, |track, detection| {
            track
                .overlap(now, detection)
                .filter(|_| is_certain(detection))
        });
        // A doubtful animal in the place of a hidden one may be the person who stands in front of it.
        self.assign(&mut found, detections, |track, detection| {
            let counts = is_possible(detection) && track.is_seen();
            track.overlap(now, detection).filter(|_| counts)
        });
        self.assign(&mut found, detections, |track, detection| {
            track
                .reach(now, detection)
                .filter(|_| is_certain(detection))
        });
        found
    }

    /// Assigns detections that are free to tracks that have none, the pair that fits best first.
    fn assign(
        &self,
        found: &mut [Option<usize>],
        detections: &[Detection],
        fit: impl Fn(&Track, &Detection) -> Option<f32>,
    ) {
        loop {
            let mut best: Option<(f32, usize, usize)> = None;
            for (place, track) in self.tracks.iter().enumerate() {
                if found[place].is_some() {
                    continue;
                }
                for (index, detection) in detections.iter().enumerate() {
                    if found.contains(&Some(index)) {
                        continue;
                    }
                    let Some(value) = fit(track, detection) else {
                        continue;
                    };
                    if best.is_none_or(|(best, ..)| value > best) {
                        best = Some((value, place, index));
                    }
                }
            }
            let Some((_, place, index)) = best else {
                return;
            };
            found[place] = Some(index);
        }
    }

    /// Notes whose boxes cross.
    fn mark_crossings(&mut self, now: Duration) {
        for track in &mut self.tracks {
            track.overlaps = false;
        }
        let begun = self.tracks.iter().enumerate();
        let begun: Vec<(usize, Region)> = begun
            .filter(|(_, track)| track.has_begun())
            .map(|(place, track)| (place, track.at(now)))
            .collect();
        for (after, &(first, region)) in (1..).zip(&begun) {
            for &(second, other) in &begun[after..] {
                if region.iou(other) <= CROSSING {
                    continue;
                }
                // One that is not found at the moment may be in the picture of the other.
                let are_recent = [first, second].map(|place| self.tracks[place].is_recent(now));
                for place in [first, second] {
                    let track = &mut self.tracks[place];
                    track.overlaps |= are_recent == [true; 2];
                    track.doubt = track.doubt.or(Some(Doubt::Crossed));
                    track.is_unbroken = false;
                }
            }
        }
    }

    /// The animals that were found often enough to be there, oldest first.
    pub(crate) fn tracks(&self) -> impl Iterator<Item = &Track> {
        self.tracks.iter().filter(|track| track.has_begun())
    }

    /// A track, as long as it is kept.
    pub(crate) fn track(&self, id: TrackId) -> Option<&Track> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// No doubt is left about whose track this is.
    pub(crate) fn trust(&mut self, id: TrackId) {
        for track in self.tracks.iter_mut().filter(|track| track.id == id) {
            track.doubt = None;
        }
    }

    /// The animal is followed by another track.
    pub(crate) fn forget(&mut self, id: TrackId) {
        self.tracks.retain(|track| track.id != id);
    }

    /// Whether nothing is followed, not even what was found only once.
    pub(crate) fn is_empty(&self) -> bool {
        self.tracks.is_empty()
    }

    /// Whether something was found that may turn out to be no animal.
    pub(crate) fn has_new(&self) -> bool {
        self.tracks.iter().any(|track| !track.has_begun())
    }

    /// Whether the detector has to run on every frame: something is new, moves or was just missed.
    pub(crate) fn needs_detection(&self) -> bool {
        self.has_new() || self.tracks.iter().any(Track::needs_detection)
    }
}
