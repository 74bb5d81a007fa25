//! A photograph as the frames of a camera before which its animal moves.

use image::{Rgb, RgbImage, imageops};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::course::{Course, Limb, Pose};

/// Pixels of a frame's row, and rows.
const COLUMNS: usize = 640;
const ROWS: usize = 480;
const WIDTH: f32 = COLUMNS as f32;
const HEIGHT: f32 = ROWS as f32;

/// Frames a second.
const PER_SECOND: f32 = 10.0;

/// A frame is exposed as often as it takes for a corner to move by no more than so many pixels in
/// between, and not more often than that.
const STEP: f32 = 4.0;
const EXPOSURES: usize = 10;

/// Frames of a camera before which a photograph's animal comes in, sways, shakes itself, drifts out
/// and in again, while hands and leashes pass: with the blur of movement, light that changes, and
/// the noise of the sensor.
#[derive(Clone, Debug)]
pub struct Film {
    /// Of no more pixels than a frame.
    photo: RgbImage,
    course: Course,
    /// Wall and floor, and the row where they meet.
    room: [[f32; 3]; 2],
    skirting: usize,
    /// How much of a frame's tenth of a second the shutter is open, in seconds.
    shutter: f32,
    /// The cast of lamp and sensor, by channel.
    cast: [f32; 3],
    /// The noise's deviation, of 255.
    noise: f32,
    rng: ChaCha8Rng,
}

impl Film {
    /// Frames of a film: 1.6 s at ten a second.
    pub const FRAMES: usize = 16;

    /// The film of a photograph; `seed` decides all that happens.
    #[must_use]
    pub fn new(photo: &RgbImage, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let [width, height] = fit(photo).map(|side| (side as u32).max(1));
        let photo = match width < photo.width() {
            true => imageops::thumbnail(photo, width, height),
            false => photo.clone(),
        };
        Self {
            photo,
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

    /// A frame of 640 x 480 pixels; any may be asked for, in any order.
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

    /// How often the frame whose shutter opens then is exposed.
    fn exposures(&self, opens: f32) -> usize {
        let [before, after] = [opens, opens + self.shutter].map(|at| self.course.pose(at));
        let corner = WIDTH.hypot(HEIGHT) / 2.0;
        let [across, down] = [0, 1].map(|axis| after.centre[axis] - before.centre[axis]);
        let moved = (across * WIDTH).hypot(down * HEIGHT)
            + corner * (after.angle - before.angle).hypot(after.scale - before.scale);
        ((moved / STEP) as usize).clamp(1, EXPOSURES)
    }

    /// Adds what the sensor sees at a moment.
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

/// A photograph in its place.
struct View<'a> {
    photo: &'a RgbImage,
    centre: [f32; 2],
    /// What a step across the frame and one down it are on the photograph, in its pixels.
    steps: [[f32; 2]; 2],
}

impl<'a> View<'a> {
    fn new(photo: &'a RgbImage, pose: Pose) -> Self {
        let [width, _] = fit(photo);
        let zoom = photo.width() as f32 / (width * pose.scale).max(1.0);
        let (sin, cos) = pose.angle.sin_cos();
        Self {
            photo,
            centre: [pose.centre[0] * WIDTH, pose.centre[1] * HEIGHT],
            steps: [[cos * zoom, -sin * zoom], [sin * zoom, cos * zoom]],
        }
    }

    /// What it shows at a point of the frame, blended from the four nearest pixels; `None` beside
    /// it.
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

/// Whether an arm or a leash is before a point of the frame, in pixels.
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

/// Width and height of the largest picture of the photograph's proportions that fits a frame.
fn fit(photo: &RgbImage) -> [f32; 2] {
    let [width, height] = [photo.width(), photo.height()].map(|side| side.max(1) as f32);
    let scale = (WIDTH / width).min(HEIGHT / height);
    [width * scale, height * scale]
}
