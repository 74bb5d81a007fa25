//! The course of a film: the movements of animal, hands and light before the camera, continuous in time.

use std::f32::consts::{PI, TAU};
use std::ops::Range;

use rand::{Rng, RngExt};

/// Time after which the animal has arrived, in seconds.
const ARRIVAL: f32 = 0.5;
/// Its distance from the centre in the first frame, as a share of the frame's width: about half of it is visible.
const FIRST: f32 = 0.55;

/// When the animal may begin to shake itself, in seconds.
const SHAKES: Range<f32> = 0.5..1.3;
/// When it may begin to drift out of the frame, in seconds.
const DRIFTS: Range<f32> = 0.5..1.1;
/// Duration of a drift, in seconds.
const DRIFT: f32 = 0.6;
/// When a hand may begin to reach for it, in seconds.
const REACHES: Range<f32> = 0.2..1.0;
/// Duration of that, in seconds.
const REACH: f32 = 0.8;

/// Frequency of shaking.
const SHAKE_HERTZ: f32 = 4.0;
/// Decay rate of shaking, per second.
const SHAKE_DECAY: f32 = 4.0;

/// The course of one film, drawn at random.
#[derive(Clone, Debug)]
pub(super) struct Course {
    /// -1 if the animal comes from the left, 1 if it comes from the right.
    side: f32,
    /// Sideways and vertical sway as shares of the frame, relative change of size, and rotation in radians.
    sway: [Wave; 4],
    size: f32,
    /// When it shakes itself.
    shakes: Option<f32>,
    /// When and how far it drifts, as shares of the frame.
    drifts: Option<(f32, [f32; 2])>,
    /// When an arm reaches for it.
    reaches: Option<(f32, Limb)>,
    /// The leash: its upper end, its swing and its colour.
    leash: Option<(f32, Wave, [f32; 3])>,
    light: Wave,
}

/// The place of the photograph in a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pose {
    /// Its centre, as shares of the frame's width and height.
    pub(super) centre: [f32; 2],
    /// Its size, relative to the largest that fits the frame.
    pub(super) scale: f32,
    /// Its rotation in radians.
    pub(super) angle: f32,
}

/// An arm or a leash between two points, as shares of the frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limb {
    pub(super) from: [f32; 2],
    pub(super) to: [f32; 2],
    /// Half of its width, as a share of the frame's width.
    pub(super) radius: f32,
    pub(super) colour: [f32; 3],
}

/// A sine wave about 0.
#[derive(Clone, Copy, Debug)]
struct Wave {
    amplitude: f32,
    hertz: f32,
    /// Share of a period, 0 to 1.
    phase: f32,
}

impl Course {
    /// Draws a course.
    pub(super) fn new(rng: &mut impl Rng) -> Self {
        let mut wave = |amplitude, hertz: Range<f32>| Wave {
            amplitude,
            hertz: rng.random_range(hertz),
            phase: rng.random_range(0.0..1.0),
        };
        let sway = [
            wave(0.08, 0.3..0.9),
            wave(0.05, 0.3..0.9),
            wave(0.2, 0.2..0.6),
            wave(0.1, 0.2..0.7),
        ];
        let (light, swing) = (wave(0.4, 0.2..0.7), wave(0.15, 0.4..1.0));
        let shakes = rng.random_bool(0.5).then(|| rng.random_range(SHAKES));
        let drifts = rng.random_bool(0.5).then(|| {
            let (sin, cos) = rng.random_range(0.0..TAU).sin_cos();
            let far = rng.random_range(0.2..0.45);
            (rng.random_range(DRIFTS), [cos * far, sin * far])
        });
        let reaches = rng.random_bool(0.5).then(|| {
            let shade = rng.random_range(0.5..1.1);
            let arm = Limb {
                from: [rng.random_range(0.0..1.0), -0.1],
                to: [rng.random_range(0.3..0.7), rng.random_range(0.4..0.7)],
                radius: rng.random_range(0.05..0.09),
                colour: [200.0, 150.0, 120.0].map(|value| value * shade),
            };
            (rng.random_range(REACHES), arm)
        });
        let leash = rng.random_bool(0.5).then(|| {
            let colour = [(); 3].map(|()| rng.random_range(10.0..200.0));
            (rng.random_range(0.0..1.0), swing, colour)
        });
        Self {
            side: if rng.random_bool(0.5) { -1.0 } else { 1.0 },
            size: rng.random_range(0.75..1.25),
            sway,
            shakes,
            drifts,
            reaches,
            leash,
            light,
        }
    }

    /// The place of the photograph at this time.
    pub(super) fn pose(&self, seconds: f32) -> Pose {
        let [aside, up, closer, turn] = self.sway.map(|wave| wave.at(seconds));
        let left = (1.0 - seconds / ARRIVAL).clamp(0.0, 1.0);
        let mut pose = Pose {
            centre: [
                0.5 + aside + self.side * FIRST * left * left * (3.0 - 2.0 * left),
                0.5 + up,
            ],
            scale: self.size * (1.0 + closer),
            angle: turn,
        };
        if let Some(since) = self
            .shakes
            .map(|from| seconds - from)
            .filter(|&it| it > 0.0)
        {
            let shake = (TAU * SHAKE_HERTZ * since).sin() * (-SHAKE_DECAY * since).exp();
            pose.centre[0] += 0.03 * shake;
            pose.angle += 0.15 * shake;
        }
        if let Some((from, distance)) = self.drifts {
            let out = swell((seconds - from) / DRIFT);
            pose.centre[0] += distance[0] * out;
            pose.centre[1] += distance[1] * out;
        }
        pose
    }

    /// The arm and the leash in front of the animal at this time.
    pub(super) fn limbs(&self, seconds: f32) -> Vec<Limb> {
        let leash = self.leash.map(|(hand, swing, colour)| Limb {
            from: [hand + swing.at(seconds), -0.1],
            to: self.pose(seconds).centre,
            radius: 0.008,
            colour,
        });
        let arm = self.reaches.map(|(from, arm)| {
            let reach = swell((seconds - from) / REACH);
            let to = [0, 1].map(|axis| arm.from[axis] + (arm.to[axis] - arm.from[axis]) * reach);
            Limb { to, ..arm }
        });
        leash.into_iter().chain(arm).collect()
    }

    /// The gain of a frame's brightness at this time.
    pub(super) fn gain(&self, seconds: f32) -> f32 {
        self.light.at(seconds).exp2()
    }
}

impl Wave {
    fn at(self, seconds: f32) -> f32 {
        self.amplitude * (TAU * (self.hertz * seconds + self.phase)).sin()
    }
}

/// Rises from 0 to 1 and falls back to 0 while `share` goes from 0 to 1.
fn swell(share: f32) -> f32 {
    (PI * share.clamp(0.0, 1.0)).sin().powi(2)
}
