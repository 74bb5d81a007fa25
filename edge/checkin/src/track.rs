//! One animal that is followed from frame to frame.

use std::array;
use std::time::Duration;

use recognise::locate::CERTAIN;
use recognise::metadata::Species;
use recognise::{Detection, Region};

use crate::pace::Pace;
use crate::presence::Sight;

/// A track begins once the detector was certain of it in this many of its first runs ...
const FOUND: u32 = 2;
/// ... of which there are this many.
const TRIAL: u32 = 3;

/// The least IoU of a detection with where the track's box should be.
const OVERLAP: f32 = 0.2;

/// The share that the newest displacement has in the velocity.
const NEWEST: f32 = 0.5;

/// Over a shorter time a displacement says nothing about the velocity, in seconds.
const SHORTEST: f32 = 0.01;

/// An animal out of sight is taken to go on as before for this long at most, in seconds.
const COAST: f32 = 0.5;

/// An animal that is missed in more runs in succession than this is out of sight; until then the
/// detector only failed to find it.
const FLICKER: u32 = 2;

/// What continues a track for longer than this, in seconds, and is never certain to be an animal, may
/// be a bed that the animal has left.
const FAINT: f32 = 2.0;

/// An animal moves if its centre goes farther than this in a second. This, as all lengths below, is
/// a share of the animal's size, which is the square root of the area of its box.
const MOVING: f32 = 0.5;

/// The least speed at which an animal at an edge of the picture walks out of it that way, in sizes of the
/// animal a second.
const LEAVING: f32 = 0.2;

/// What is at least so near to an edge of the picture touches it, as a share of the picture.
const EDGE: f32 = 0.02;

/// How far from its former place an animal may be found again at once ...
const REACH: f32 = 0.5;
/// ... how much farther for each second that it was out of sight ...
const REACH_PER_SECOND: f32 = 1.0;
/// ... and at most.
const REACH_AT_MOST: f32 = 2.5;

/// It is not the same animal if its size has changed by a larger factor.
const SIZE_CHANGE: f32 = 2.0;

/// Tells tracks apart; never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrackId(pub(crate) u64);

/// Why a track may have gone over to another animal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Its box crossed another animal's.
    Crossed,
    /// It was out of sight or hardly found, or in another place than expected.
    Returned,
}

/// One animal that is followed from frame to frame.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    pub(crate) id: TrackId,
    /// Where it was found last.
    pub(crate) region: Region,
    /// The score that it was found with.
    pub(crate) score: f32,
    /// When it was found last.
    pub(crate) seen: Duration,
    /// When the detector was last certain of it.
    sure: Duration,
    /// Whether its box overlaps that of another animal that was found a moment ago.
    pub(crate) overlaps: bool,
    pub(crate) doubt: Option<Doubt>,
    /// Whether there never was a doubt.
    pub(crate) is_unbroken: bool,
    /// The sums of the scores with which it was found to be a cat and a dog.
    scores: [f32; 2],
    /// The velocity of the centre, in shares of the picture a second.
    velocity: [f32; 2],
    /// The time of the first run that missed it, if the last one did.
    lost: Option<Duration>,
    /// How many runs in succession have missed it.
    misses: u32,
    /// How many runs there were, and how many of them were certain; up to the beginning.
    runs: u32,
    certain: u32,
}

impl Track {
    /// What may be a new animal.
    pub(crate) fn new(id: TrackId, now: Duration, detection: &Detection) -> Self {
        let mut track = Self {
            id,
            region: detection.region,
            score: detection.score,
            seen: now,
            sure: now,
            overlaps: false,
            doubt: None,
            is_unbroken: true,
            scores: [0.0; 2],
            velocity: [0.0; 2],
            lost: None,
            misses: 0,
            runs: 0,
            certain: 0,
        };
        track.count(detection);
        track
    }

    /// It was found again.
    pub(crate) fn follow(&mut self, now: Duration, detection: &Detection) {
        let returns = self.misses > FLICKER || self.overlap(now, detection).is_none();
        let passed = now.saturating_sub(self.seen).as_secs_f32();
        let is_certain = detection.score >= CERTAIN;
        let was_faint = is_certain && now.saturating_sub(self.sure).as_secs_f32() > FAINT;
        if returns || was_faint {
            self.doubt = Some(Doubt::Returned);
            self.is_unbroken = false;
        }
        if returns {
            self.velocity = [0.0; 2];
        } else if passed >= SHORTEST {
            let (from, to) = (self.region.centre(), detection.region.centre());
            let former = self.velocity;
            self.velocity = array::from_fn(|axis| {
                let newest = (to[axis] - from[axis]) / passed;
                former[axis] + NEWEST * (newest - former[axis])
            });
        }
        self.region = detection.region;
        self.score = detection.score;
        self.seen = now;
        if is_certain {
            self.sure = now;
        }
        self.lost = None;
        self.misses = 0;
        self.count(detection);
    }

    /// A run of the detector missed it.
    pub(crate) fn miss(&mut self, now: Duration) {
        self.lost = self.lost.or(Some(now));
        self.misses += 1;
        if !self.has_begun() {
            self.runs += 1;
        }
    }

    /// Counts a detection.
    fn count(&mut self, detection: &Detection) {
        let species = match detection.species {
            Species::Cat => 0,
            Species::Dog => 1,
        };
        self.scores[species] += detection.score;
        if !self.has_begun() {
            self.runs += 1;
            self.certain += u32::from(detection.score >= CERTAIN);
        }
    }

    /// Whether it was found often enough to be an animal.
    pub(crate) fn has_begun(&self) -> bool {
        self.certain >= FOUND
    }

    /// Whether the last run of the detector found it.
    pub(crate) fn is_seen(&self) -> bool {
        self.lost.is_none()
    }

    /// Whether it was found a moment ago.
    pub(crate) fn is_recent(&self, now: Duration) -> bool {
        now.saturating_sub(self.seen).as_secs_f32() <= COAST
    }

    /// Whether it may still come back. An animal is hidden only while somebody is there who hides it,
    /// and not if it walked out of the picture.
    pub(crate) fn is_kept(&self, now: Duration, sight: Sight, pace: &Pace) -> bool {
        if !self.has_begun() {
            return self.runs < TRIAL;
        }
        let kept = if sight == Sight::Empty || self.leaves() {
            pace.away
        } else {
            pace.hidden
        };
        (self.lost).is_none_or(|since| now.saturating_sub(since) < kept)
    }

    /// What it was found to be, more often and with higher scores.
    pub(crate) fn species(&self) -> Species {
        let [cat, dog] = self.scores;
        if cat > dog {
            Species::Cat
        } else {
            Species::Dog
        }
    }

    /// Where it should be.
    pub(crate) fn at(&self, now: Duration) -> Region {
        let passed = now.saturating_sub(self.seen).as_secs_f32().min(COAST);
        let [x, y] = self.velocity.map(|speed| speed * passed);
        let [left, top, right, bottom] = self.region.corners();
        Region::new(left + x, top + y, right + x, bottom + y).unwrap_or(self.region)
    }

    /// The IoU of a detection with where this track should be, if that is enough.
    pub(crate) fn overlap(&self, now: Duration, detection: &Detection) -> Option<f32> {
        let overlap = self.at(now).iou(detection.region);
        (overlap >= OVERLAP).then_some(overlap)
    }

    /// How well a detection that does not overlap fits an animal that was out of sight, or moved
    /// faster than the detector runs: by its species, its size and its distance. 0 is best.
    pub(crate) fn reach(&self, now: Duration, detection: &Detection) -> Option<f32> {
        if detection.species != self.species() {
            return None;
        }
        self.reach_region(now, detection.region)
    }

    /// Whether this animal is out of sight, or hardly found, and may be in a region now.
    pub(crate) fn may_be_hidden_at(&self, now: Duration, region: Region) -> bool {
        let is_found = self.is_seen() && self.score >= CERTAIN;
        !is_found && self.reach_region(now, region).is_some()
    }

    /// How well a region fits by its size and its distance: 0 is best.
    fn reach_region(&self, now: Duration, region: Region) -> Option<f32> {
        let has_left = !self.is_seen() && self.leaves();
        if !self.has_begun() || has_left {
            return None;
        }
        let (former, new) = (size(self.region), size(region));
        let larger = former.max(new);
        let (from, to) = (self.region.centre(), region.centre());
        let distance = length([to[0] - from[0], to[1] - from[1]]) / larger;
        let passed = now.saturating_sub(self.seen).as_secs_f32();
        let reach = (REACH + REACH_PER_SECOND * passed).min(REACH_AT_MOST);
        let fits = larger <= SIZE_CHANGE * former.min(new) && distance <= reach;
        fits.then_some(-distance)
    }

    /// Whether it moves so much that a prediction would be poor.
    pub(crate) fn moves(&self) -> bool {
        let [x, y] = self.velocity;
        self.is_seen() && length([x, y]) > MOVING * size(self.region)
    }

    /// Whether it moves or was just missed.
    pub(crate) fn needs_detection(&self) -> bool {
        self.moves() || (1..=FLICKER).contains(&self.misses)
    }

    /// Whether it walked out of the picture when it was last seen.
    fn leaves(&self) -> bool {
        let [left, top, right, bottom] = self.region.corners();
        let [x, y] = self.velocity;
        let speed = LEAVING * size(self.region);
        let sides = [(left, -x), (top, -y), (1.0 - right, x), (1.0 - bottom, y)];
        sides
            .iter()
            .any(|&(distance, outward)| distance <= EDGE && outward > speed)
    }
}

/// The size of an animal: the square root of the area of its box.
fn size(region: Region) -> f32 {
    region.area().sqrt()
}

/// The length of a vector. `hypot` would need a newer C library than the package declares.
fn length([x, y]: [f32; 2]) -> f32 {
    (x * x + y * y).sqrt()
}
