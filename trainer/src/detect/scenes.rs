//! Pictures to train a detector on, made of photographs whose animals have boxes: closer views, and scenes in which
//! photographs are pasted onto a background (as in Dwibedi et al., "Cut, Paste and Learn: Surprisingly Easy Synthesis for
//! Instance Detection", ICCV 2017). A kiosk's camera sees animals small, at the side and several at once, which portraits
//! do not show. Some pasted edges are soft, so that a detector does not learn edges instead of animals.

use image::{Rgb, RgbImage, imageops};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use recognise::Region;
use recognise::metadata::Species;

use crate::augment::{cloud, resized};

/// An animal of which less than this share of its box can be seen is no longer sure.
const LEAST_SHOWN: f32 = 0.3;
/// The largest aspect ratio of a view, wide or high.
const ASPECT: f64 = 4.0 / 3.0;
/// The largest change of a pasted photograph's aspect ratio, wide or high.
const STRETCH: f64 = 1.15;
/// The smallest height of what is pasted, as a share of the scene's.
const SMALLEST: f64 = 0.2;
/// The largest height if more than one photograph is pasted.
const LARGEST_OF_SEVERAL: f64 = 0.7;
/// Two pasted photographs may have at most this intersection over union.
const MOST_OVERLAP: f32 = 0.1;
/// An animal is no longer sure if more than this share of its box is covered by one other photograph.
const MOST_COVERED: f32 = 0.3;
/// It is no longer there from this share on.
const WHOLLY_COVERED: f32 = 0.95;
/// How often a place is tried for a photograph before it is left out.
const TRIES: usize = 10;
/// Margins of an animal that is cut out of its photograph, as shares of the box's sides.
const MARGIN: std::ops::RangeInclusive<f32> = 0.15..=0.5;
/// Widths of a soft edge, as shares of the pasted sides: less than the smallest margin.
const SOFT: std::ops::RangeInclusive<f32> = 0.02..=0.1;
/// How far what is pasted may reach beyond the scene, as a share of its sides.
const BEYOND: f64 = 0.15;
/// How many pieces a jumbled animal has across and down.
const PIECES: std::ops::RangeInclusive<u32> = 4..=6;
/// The smallest area beside the animals of a photograph that makes a background, as a share of the photograph.
const LEAST_BESIDE: f32 = 0.08;

/// An animal in a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Animal {
    /// Its box.
    pub region: Region,
    /// Its species.
    pub species: Species,
    /// Whether it is surely there and can be seen. Others count neither as an animal nor as none.
    pub is_sure: bool,
}

impl Animal {
    /// The animal in a box whose sides are moved out by this share of its width or height, as far as the picture goes.
    #[must_use]
    pub fn widened(self, share: f32) -> Self {
        Self {
            region: self.region.with_margin(share),
            ..self
        }
    }

    /// The animal after each of its coordinates (across and down) was multiplied by `scale` and moved by `offset`;
    /// `None` if it is outside of the picture then.
    fn moved(self, scale: [f32; 2], offset: [f32; 2]) -> Option<Self> {
        let [left, top, right, bottom] = self.region.corners();
        let [left, right] = [left, right].map(|x| x * scale[0] + offset[0]);
        let [top, bottom] = [top, bottom].map(|y| y * scale[1] + offset[1]);
        let region = Region::new(left, top, right, bottom)?;
        let shown = region.area() / ((right - left) * (bottom - top));
        Some(Self {
            region,
            is_sure: self.is_sure && shown >= LEAST_SHOWN,
            ..self
        })
    }
}

/// A picture with the animals in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Scene {
    /// The picture, which has at least one pixel.
    pub picture: RgbImage,
    /// The animals.
    pub animals: Vec<Animal>,
}

impl Scene {
    /// All of the picture: left, top, width and height in pixels.
    #[must_use]
    pub fn whole(&self) -> [u32; 4] {
        [0, 0, self.picture.width(), self.picture.height()]
    }

    /// A part of the picture (left, top, width and height in pixels, within the picture), resized.
    #[must_use]
    pub fn part(&self, window: [u32; 4], size: (u32, u32)) -> Self {
        let [_, _, whole_width, whole_height] = self.whole().map(|side| side as f32);
        let [left, top, width, height] = window.map(|side| side as f32);
        let scale = [whole_width / width, whole_height / height];
        let offset = [-left / width, -top / height];
        let animals = self.animals.iter();
        Self {
            picture: resized(&self.picture, window.map(f64::from), size),
            animals: animals
                .filter_map(|animal| animal.moved(scale, offset))
                .collect(),
        }
    }

    /// The mirror image.
    #[must_use]
    pub fn mirrored(mut self) -> Self {
        imageops::flip_horizontal_in_place(&mut self.picture);
        let mirrored = self.animals.iter().filter_map(|animal| {
            let [left, top, right, bottom] = animal.region.corners();
            let region = Region::new(1.0 - right, top, 1.0 - left, bottom)?;
            Some(Animal { region, ..*animal })
        });
        self.animals = mirrored.collect();
        self
    }
}

/// A random part of a photograph, resized: at least `least_area` of its area, 0 to 1.
#[must_use]
pub fn zoomed(photo: &Scene, size: (u32, u32), least_area: f64, rng: &mut ChaCha8Rng) -> Scene {
    let [_, _, width, height] = photo.whole();
    let area = rng.random_range(least_area..=1.0);
    let aspect = ASPECT.powf(rng.random_range(-1.0..=1.0));
    let side = |whole: u32, share: f64| {
        let pixels = (f64::from(whole) * share.min(1.0)).round() as u32;
        pixels.clamp(1, whole)
    };
    let across = side(width, (area * aspect).sqrt());
    let down = side(height, (area / aspect).sqrt());
    let left = rng.random_range(0..=width - across);
    let top = rng.random_range(0..=height - down);
    photo.part([left, top, across, down], size)
}

/// Photographs, or their animals with a margin, pasted onto a background at a random size and place. The `things`, which
/// have no animals, come first, so that an animal may stand before them. What finds no place is left out.
#[must_use]
pub fn composed(
    background: RgbImage,
    things: &[Scene],
    photos: &[Scene],
    rng: &mut ChaCha8Rng,
) -> Scene {
    let mut canvas = Canvas::new(background);
    for thing in things {
        let height = between(SMALLEST, 1.0, rng);
        canvas.place(thing, thing.whole(), &Pasting::random(height, rng), rng);
    }
    canvas.taken.clear();
    let largest = if photos.len() > 1 {
        LARGEST_OF_SEVERAL
    } else {
        1.0
    };
    let heights = photos.iter().map(|_| between(SMALLEST, largest, rng));
    let mut heights: Vec<f64> = heights.collect();
    // The largest first: it could hide a smaller one wholly.
    heights.sort_by(|a, b| b.total_cmp(a));
    for (photo, height) in photos.iter().zip(heights) {
        let window = window(photo, rng);
        canvas.place(photo, window, &Pasting::random(height, rng), rng);
    }
    canvas.scene
}

/// A whole photograph pasted onto a background with hard edges, at this share of its height and a random place.
#[must_use]
pub fn placed(background: RgbImage, photo: &Scene, height: f64, rng: &mut ChaCha8Rng) -> Scene {
    let mut canvas = Canvas::new(background);
    canvas.place(photo, photo.whole(), &Pasting::plain(height), rng);
    canvas.scene
}

/// A number between two others, each factor between them as likely as another.
fn between(least: f64, most: f64, rng: &mut ChaCha8Rng) -> f64 {
    least * (most / least).powf(rng.random_range(0.0..=1.0))
}

/// The whole photograph or, as often, its largest sure animal with a margin, in pixels.
fn window(photo: &Scene, rng: &mut ChaCha8Rng) -> [u32; 4] {
    let whole_is_used = rng.random_bool(0.5);
    let margin = rng.random_range(MARGIN);
    let sure = photo.animals.iter().filter(|animal| animal.is_sure);
    let largest = sure.max_by(|a, b| a.region.area().total_cmp(&b.region.area()));
    let Some(animal) = largest.filter(|_| !whole_is_used) else {
        return photo.whole();
    };
    let [left, top, right, bottom] = animal.region.corners();
    let across = margin * animal.region.width();
    let down = margin * animal.region.height();
    let region = Region::new(left - across, top - down, right + across, bottom + down);
    let [_, _, width, height] = photo.whole();
    region.unwrap_or(Region::WHOLE).pixels(width, height)
}

/// How something is pasted.
struct Pasting {
    /// Its height as a share of the scene's.
    height: f64,
    /// The change of its width.
    stretch: f64,
    /// The width of its soft edge, as a share of its sides.
    soft: f32,
    /// How far it may reach beyond the scene, as a share of its sides.
    beyond: f64,
}

impl Pasting {
    fn plain(height: f64) -> Self {
        Self {
            height,
            stretch: 1.0,
            soft: 0.0,
            beyond: 0.0,
        }
    }

    fn random(height: f64, rng: &mut ChaCha8Rng) -> Self {
        let soft = rng.random_range(SOFT);
        Self {
            height,
            stretch: STRETCH.powf(rng.random_range(-1.0..=1.0)),
            soft: if rng.random_bool(0.5) { soft } else { 0.0 },
            beyond: if rng.random_bool(0.2) { BEYOND } else { 0.0 },
        }
    }
}

/// A scene in the making.
struct Canvas {
    scene: Scene,
    /// Where something was pasted.
    taken: Vec<Region>,
}

impl Canvas {
    fn new(background: RgbImage) -> Self {
        Self {
            scene: Scene {
                picture: background,
                animals: Vec::new(),
            },
            taken: Vec::new(),
        }
    }

    /// Takes into account that a region is covered by something new.
    fn cover(&mut self, region: Region) {
        self.scene.animals.retain_mut(|animal| {
            let share = covered(animal.region, region);
            animal.is_sure &= share <= MOST_COVERED;
            share < WHOLLY_COVERED
        });
    }

    /// Pastes a part of a photograph where little of what is there is covered, if such a place is found.
    fn place(&mut self, photo: &Scene, window: [u32; 4], pasting: &Pasting, rng: &mut ChaCha8Rng) {
        let [_, _, width, height] = self.scene.whole().map(f64::from);
        let [_, _, part_width, part_height] = window.map(f64::from);
        let down = pasting.height * height;
        let across = down * part_width / part_height * pasting.stretch;
        let reduced = (width / across).min(1.0);
        let [across, down] = [across, down].map(|side| ((side * reduced).round() as u32).max(1));
        for _ in 0..TRIES {
            let left = place(self.scene.picture.width(), across, pasting.beyond, rng);
            let top = place(self.scene.picture.height(), down, pasting.beyond, rng);
            let scale = [f64::from(across) / width, f64::from(down) / height];
            let offset = [left as f64 / width, top as f64 / height];
            let (scale, offset) = (
                scale.map(|share| share as f32),
                offset.map(|share| share as f32),
            );
            let region = Region::new(
                offset[0],
                offset[1],
                offset[0] + scale[0],
                offset[1] + scale[1],
            );
            let free = region.filter(|region| {
                let mut taken = self.taken.iter();
                taken.all(|other| other.iou(*region) <= MOST_OVERLAP)
            });
            if let Some(region) = free {
                let piece = photo.part(window, (across, down));
                paste(
                    &mut self.scene.picture,
                    &piece.picture,
                    [left, top],
                    pasting.soft,
                );
                self.cover(region);
                let animals = piece.animals.iter();
                let moved = animals.filter_map(|animal| animal.moved(scale, offset));
                self.scene.animals.extend(moved);
                self.taken.push(region);
                return;
            }
        }
    }
}

/// The share of a region that another one covers, 0 to 1.
fn covered(region: Region, by: Region) -> f32 {
    let (one, other) = (region.corners(), by.corners());
    let width = one[2].min(other[2]) - one[0].max(other[0]);
    let height = one[3].min(other[3]) - one[1].max(other[1]);
    width.max(0.0) * height.max(0.0) / region.area()
}

/// The first pixel of something `length` pixels long on a line of `whole` pixels: it lies on the line but for `beyond` of
/// its length at most.
fn place(whole: u32, length: u32, beyond: f64, rng: &mut ChaCha8Rng) -> i64 {
    let reach = (f64::from(length) * beyond) as i64;
    let room = (i64::from(whole) - i64::from(length)).max(0);
    rng.random_range(-reach..=room + reach)
}

/// Pastes a picture with its upper left corner at `at`. Over the share `soft` of its sides it becomes transparent.
fn paste(canvas: &mut RgbImage, piece: &RgbImage, [left, top]: [i64; 2], soft: f32) {
    let (width, height) = (piece.width() as f32, piece.height() as f32);
    // How much is seen at this share of a side: without a soft edge, all.
    let ramp = |share: f32| (share.min(1.0 - share) / soft).min(1.0);
    for (x, y, Rgb(above)) in piece.enumerate_pixels() {
        let opaque = ramp((x as f32 + 0.5) / width).min(ramp((y as f32 + 0.5) / height));
        let at = (
            u32::try_from(left + i64::from(x)),
            u32::try_from(top + i64::from(y)),
        );
        if let (Ok(x), Ok(y)) = at
            && let Some(Rgb(below)) = canvas.get_pixel_mut_checked(x, y)
        {
            for (below, above) in below.iter_mut().zip(above) {
                let mixed = f32::from(*above) * opaque + f32::from(*below) * (1.0 - opaque);
                *below = mixed.round() as u8;
            }
        }
    }
}

/// The largest sure animal of a photograph, or all of it, cut into pieces that are put together in a wrong order: fur and
/// colours of an animal, but no animal.
#[must_use]
pub fn jumbled(photo: &Scene, rng: &mut ChaCha8Rng) -> RgbImage {
    let window = window(photo, rng);
    let piece = photo.part(window, (window[2], window[3])).picture;
    let tiles = rng.random_range(PIECES);
    let (width, height) = (
        piece.width().div_ceil(tiles),
        piece.height().div_ceil(tiles),
    );
    let mut order: Vec<u32> = (0..tiles * tiles).collect();
    order.shuffle(rng);
    RgbImage::from_fn(piece.width(), piece.height(), |x, y| {
        let from = order[(y / height * tiles + x / width) as usize];
        let x = (from % tiles * width + x % width).min(piece.width() - 1);
        let y = (from / tiles * height + y % height).min(piece.height() - 1);
        *piece.get_pixel(x, y)
    })
}

/// A background for a scene in the surroundings of a photograph: clouds of colour, the photograph's own colours, or what
/// is beside its animals.
#[must_use]
pub fn background(photo: &Scene, size: (u32, u32), rng: &mut ChaCha8Rng) -> RgbImage {
    match rng.random_range(0..3) {
        0 => clouds(size, rng),
        1 => smeared(photo, size, rng),
        _ => beside(photo, size).unwrap_or_else(|| smeared(photo, size, rng)),
    }
}

/// Smooth colours around a random one.
fn clouds(size: (u32, u32), rng: &mut ChaCha8Rng) -> RgbImage {
    let colour: [f32; 3] = std::array::from_fn(|_| rng.random_range(0.0..=0.7));
    let cells = rng.random_range(2..=8);
    let smooth = cloud(size, cells, rng);
    RgbImage::from_fn(size.0, size.1, |x, y| {
        let Rgb(values) = *smooth.get_pixel(x, y);
        Rgb(std::array::from_fn(|channel| {
            (255.0 * (colour[channel] + 0.3 * values[channel])) as u8
        }))
    })
}

/// The photograph reduced to a few pixels and enlarged again.
fn smeared(photo: &Scene, size: (u32, u32), rng: &mut ChaCha8Rng) -> RgbImage {
    let few = rng.random_range(2..=5);
    let reduced = resized(&photo.picture, photo.whole().map(f64::from), (few, few));
    let few = f64::from(few);
    resized(&reduced, [0.0, 0.0, few, few], size)
}

/// The largest strip of the photograph beside its animals, resized; `None` if they fill it.
#[must_use]
pub fn beside(photo: &Scene, size: (u32, u32)) -> Option<RgbImage> {
    let mut around = [1.0f32, 1.0, 0.0, 0.0];
    for animal in &photo.animals {
        let [left, top, right, bottom] = animal.region.corners();
        around = [
            around[0].min(left),
            around[1].min(top),
            around[2].max(right),
            around[3].max(bottom),
        ];
    }
    let [left, top, right, bottom] = around;
    let strips = [
        Region::new(0.0, 0.0, left, 1.0),
        Region::new(right, 0.0, 1.0, 1.0),
        Region::new(0.0, 0.0, 1.0, top),
        Region::new(0.0, bottom, 1.0, 1.0),
    ];
    let strips = strips.into_iter().flatten();
    let largest = strips.max_by(|a, b| a.area().total_cmp(&b.area()))?;
    let [_, _, width, height] = photo.whole();
    let window = largest.pixels(width, height).map(f64::from);
    (largest.area() >= LEAST_BESIDE).then(|| resized(&photo.picture, window, size))
}
