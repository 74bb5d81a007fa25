//! Makes a film of a photograph: the frames of a camera before which its animal moves.

use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use recognise::photo;

use super::course::{Course, Limb, Pose};

/// Width and height of a frame in pixels.
const COLUMNS: usize = 640;
const ROWS: usize = 480;
const WIDTH: f32 = COLUMNS as f32;
const HEIGHT: f32 = ROWS as f32;
const FRAME: [u32; 2] = [COLUMNS as u32, ROWS as u32];

/// Frames per second.
const PER_SECOND: f32 = 10.0;

/// Largest movement of the picture's corners between two exposures of a frame, in pixels.
const STEP: f32 = 4.0;
/// Largest number of exposures that a frame averages.
const EXPOSURES: usize = 10;

/// The frames of a camera before which a photograph's animal comes in, sways, shakes itself and drifts out and in
/// again, while hands and leashes pass; with motion blur, changing light and sensor noise.
#[derive(Clone, Debug)]
pub struct Film {
    /// The photograph, reduced to fit a frame.
    photo: RgbImage,
    course: Course,
    /// Colours of wall and floor.
    room: [[f32; 3]; 2],
    /// The row where wall and floor meet.
    skirting: usize,
    /// Time that the shutter is open, in seconds.
    shutter: f32,
    /// Gains of lamp and sensor, by channel.
    cast: [f32; 3],
    /// Standard deviation of the noise, on a scale of 255.
    noise: f32,
    rng: ChaCha8Rng,
}

impl Film {
    /// Number of frames of a film: 1.6 s at ten per second.
    pub const FRAMES: usize = 16;

    /// The film of a photograph. The same seed gives the same film.
    #[must_use]
    pub fn new(photo: &RgbImage, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Self {
            photo: photo::shrink_within(photo, FRAME).into_owned(),
            course: Course::new(&mut rng),
            room: [(); 2].map(|()| {
                let shade = rng.random_range(60.0..220.0);
                [(); 3].map(|()| shade * rng.random_range(0.85..1.15))
            }),
            skirting: rng.random_range(ROWS / 2..ROWS),
            shutter: rng.random_range(0.01..0.06),
            cast: [(); 3].map(|()| rng.random_range(0.9..1.1)),
            noise: rng.random_range(2.0..8.0),
            rng,
        }
    }

    /// The frame of this index, 640 x 480 pixels. Frames may be requested in any order.
    #[must_use]
    pub fn frame(&self, index: usize) -> RgbImage {
        let opens = index as f32 / PER_SECOND;
        let exposures = self.exposures(opens);
        let mut light = vec![[0.0; 3]; COLUMNS * ROWS];
        for exposure in 0..exposures {
            let seconds = opens + self.shutter * exposure as f32 / exposures as f32;
            self.expose(seconds, &mut light);
        }
        let gain = self.course.gain(opens) / exposures as f32;
        let mut rng = self.rng.clone();
        rng.set_stream(1 + index as u64);
        let mut frame = RgbImage::new(COLUMNS as u32, ROWS as u32);
        for (Rgb(pixel), light) in frame.pixels_mut().zip(light) {
            for channel in 0..3 {
                let noise: f32 = StandardNormal.sample(&mut rng);
                let value = light[channel] * gain * self.cast[channel] + noise * self.noise;
                pixel[channel] = value as u8;
            }
        }
        frame
    }

    /// The number of exposures of the frame whose shutter opens at this time.
    fn exposures(&self, opens: f32) -> usize {
        let [before, after] = [opens, opens + self.shutter].map(|at| self.course.pose(at));
        let corner = WIDTH.hypot(HEIGHT) / 2.0;
        let [across, down] = [0, 1].map(|axis| after.centre[axis] - before.centre[axis]);
        let moved = (across * WIDTH).hypot(down * HEIGHT)
            + corner * (after.angle - before.angle).hypot(after.scale - before.scale);
        ((moved / STEP) as usize).clamp(1, EXPOSURES)
    }

    /// Adds one exposure at this time.
    fn expose(&self, seconds: f32, light: &mut [[f32; 3]]) {
        let view = View::new(&self.photo, self.course.pose(seconds));
        let limbs = self.course.limbs(seconds);
        for (y, row) in light.chunks_exact_mut(COLUMNS).enumerate() {
            let room = self.room[usize::from(y >= self.skirting)];
            for (x, sum) in row.iter_mut().enumerate() {
                let at = [x as f32 + 0.5, y as f32 + 0.5];
                let limb = limbs.iter().rev().find(|limb| covers(limb, at));
                let seen = limb.map(|limb| limb.colour);
                let seen = seen.or_else(|| view.at(at)).unwrap_or(room);
                sum.iter_mut()
                    .zip(seen)
                    .for_each(|(sum, seen)| *sum += seen);
            }
        }
    }
}

/// A photograph, placed in a frame.
struct View<'a> {
    photo: &'a RgbImage,
    centre: [f32; 2],
    /// The steps on the photograph, in its pixels, for a step to the right and a step down in the frame.
    steps: [[f32; 2]; 2],
}

impl<'a> View<'a> {
    fn new(photo: &'a RgbImage, pose: Pose) -> Self {
        let [width, _] = fitted(photo);
        let zoom = photo.width() as f32 / (width as f32 * pose.scale).max(1.0);
        let (sin, cos) = pose.angle.sin_cos();
        Self {
            photo,
            centre: [pose.centre[0] * WIDTH, pose.centre[1] * HEIGHT],
            steps: [[cos * zoom, -sin * zoom], [sin * zoom, cos * zoom]],
        }
    }

    /// The colour at a point of the frame, interpolated bilinearly; `None` outside of the photograph.
    fn at(&self, point: [f32; 2]) -> Option<[f32; 3]> {
        let [dx, dy] = [0, 1].map(|axis| point[axis] - self.centre[axis]);
        let size = [self.photo.width(), self.photo.height()];
        let [u, v] = [0, 1].map(|axis| {
            size[axis] as f32 / 2.0 + dx * self.steps[0][axis] + dy * self.steps[1][axis]
        });
        if !(0.0..size[0] as f32).contains(&u) || !(0.0..size[1] as f32).contains(&v) {
            return None;
        }
        let [u, v] = [u - 0.5, v - 0.5].map(|at| at.max(0.0));
        let (x, y) = (u as u32, v as u32);
        let [next_x, next_y] = [(x + 1).min(size[0] - 1), (y + 1).min(size[1] - 1)];
        let (right, below) = (u.fract(), v.fract());
        let pixel = |x, y, share: f32| {
            let Rgb(pixel) = *self.photo.get_pixel(x, y);
            pixel.map(|value| f32::from(value) * share)
        };
        let corners = [
            pixel(x, y, (1.0 - right) * (1.0 - below)),
            pixel(next_x, y, right * (1.0 - below)),
            pixel(x, next_y, (1.0 - right) * below),
            pixel(next_x, next_y, right * below),
        ];
        Some([0, 1, 2].map(|channel| corners.iter().map(|corner| corner[channel]).sum()))
    }
}

/// Whether an arm or a leash covers a point of the frame, in pixels.
fn covers(limb: &Limb, point: [f32; 2]) -> bool {
    let pixels = |share: [f32; 2]| [share[0] * WIDTH, share[1] * HEIGHT];
    let (from, to) = (pixels(limb.from), pixels(limb.to));
    let along = [to[0] - from[0], to[1] - from[1]];
    let away = [point[0] - from[0], point[1] - from[1]];
    let length = along[0].powi(2) + along[1].powi(2);
    let share = (along[0] * away[0] + along[1] * away[1]) / length.max(1.0);
    let share = share.clamp(0.0, 1.0);
    let apart = [0, 1].map(|axis| (away[axis] - share * along[axis]).powi(2));
    apart[0] + apart[1] <= (limb.radius * WIDTH).powi(2)
}

/// Width and height of the photograph at the largest scale that fits a frame.
fn fitted(photo: &RgbImage) -> [u32; 2] {
    photo::fit([photo.width(), photo.height()], FRAME)
}
