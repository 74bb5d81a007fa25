//! Draws icons: the heads of the animals, and marks of one colour.

use ab_glyph::point;
use embedded_graphics::pixelcolor::Rgb888;

use recognise::metadata::Species;

use crate::area::Area;
use crate::canvas::Canvas;
use crate::shape::{GRID, Shape};
use crate::theme::Theme;

/// An icon of one colour.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mark {
    /// A check mark: confirmed.
    Check,
    /// An arrow: the next one.
    Next,
    /// A plus: a new one.
    New,
    /// A warning sign: something does not work.
    Warning,
    /// A heart: thank you.
    Heart,
    /// A paw: an animal of any species.
    Paw,
}

impl Mark {
    fn paths(self) -> &'static [&'static str] {
        match self {
            Self::Check => &["M 8 54 L 21 41 L 41 60 L 79 19 L 92 32 L 41 86 Z"],
            Self::Next => &["M 28 20 L 42 7 L 84 50 L 42 93 L 28 80 L 57 50 Z"],
            Self::New => &[
                "M 41 10 L 59 10 L 59 41 L 90 41 L 90 59 L 59 59 L 59 90 L 41 90 L 41 59 L 10 59 L 10 41 L 41 41 Z",
            ],
            // The stroke and the dot are drawn in the other direction, which cuts them out.
            Self::Warning => &[
                "M 42 10 Q 50 -2 58 10 L 97 80 Q 103 94 88 94 L 12 94 Q -3 94 3 80 Z \
                 M 43 32 L 46 64 L 54 64 L 57 32 Z \
                 M 43 71 L 43 83 L 57 83 L 57 71 Z",
            ],
            Self::Heart => &[
                "M 50 92 C 20 70 5 53 5 34 C 5 18 17 9 29 9 C 39 9 46 15 50 24 \
                 C 54 15 61 9 71 9 C 83 9 95 18 95 34 C 95 53 80 70 50 92 Z",
            ],
            Self::Paw => &[
                "M 50 46 C 66 46 81 64 81 78 C 81 93 66 93 50 88 C 34 93 19 93 19 78 C 19 64 34 46 50 46 Z",
                "M 15 32 C 22 30 28 38 28 46 C 28 54 22 60 16 58 C 9 56 4 50 4 44 C 4 38 8 33 15 32 Z",
                "M 85 32 C 78 30 72 38 72 46 C 72 54 78 60 84 58 C 91 56 96 50 96 44 C 96 38 92 33 85 32 Z",
                "M 37 8 C 44 8 48 16 48 25 C 48 34 43 40 37 40 C 30 40 25 33 25 24 C 25 15 30 8 37 8 Z",
                "M 63 8 C 56 8 52 16 52 25 C 52 34 57 40 63 40 C 70 40 75 33 75 24 C 75 15 70 8 63 8 Z",
            ],
        }
    }

    /// Draws it into the square in the middle of `area`.
    pub(crate) fn draw(self, canvas: &mut Canvas, area: Area, colour: Rgb888) {
        let square = area.square();
        let origin = point(square.x as f32, square.y as f32);
        let scale = square.width as f32 / GRID;
        for path in self.paths() {
            Shape::path(path).fill(canvas, origin, scale, colour);
        }
    }
}

/// A part of an animal's head.
struct Part {
    colour: Tone,
    /// The smallest icon that has this part, in pixels.
    from: i32,
    /// Whether it is drawn a second time, mirrored.
    twice: bool,
    path: &'static str,
}

/// The colour of a part.
#[derive(Clone, Copy)]
enum Tone {
    Fur,
    Ear,
    Light,
    Features,
    Rose,
    /// The background of the icon.
    Ground,
}

const fn one(colour: Tone, from: i32, path: &'static str) -> Part {
    Part {
        colour,
        from,
        twice: false,
        path,
    }
}

const fn two(colour: Tone, from: i32, path: &'static str) -> Part {
    Part {
        colour,
        from,
        twice: true,
        path,
    }
}

/// A cat: pointed ears, whiskers, three stripes.
const CAT: [Part; 10] = [
    one(
        Tone::Fur,
        0,
        "M 11 11 C 11 5 17 3 21 6 L 42 22 Q 50 20 58 22 L 79 6 C 83 3 89 5 89 11 L 92 40 \
         C 95 46 97 52 97 60 C 97 82 76 96 50 96 C 24 96 3 82 3 60 C 3 52 5 46 8 40 Z",
    ),
    two(Tone::Ear, 20, "M 16 16 L 33 28.5 C 25 31 18 36 14 43 Z"),
    one(
        Tone::Features,
        48,
        "M 47.8 25 Q 50 23.5 52.2 25 L 50.8 40 Q 50 41.5 49.2 40 Z",
    ),
    two(
        Tone::Features,
        48,
        "M 40 26.5 Q 42 25 44 26 L 45 36 Q 44 37.5 43 36 Z",
    ),
    one(
        Tone::Light,
        24,
        "M 50 66 C 60 66 71 72 71 80 C 71 88 62 92 50 92 C 38 92 29 88 29 80 C 29 72 40 66 50 66 Z",
    ),
    two(
        Tone::Features,
        0,
        "M 31 45.5 C 36 45.5 39.5 50 39.5 55 C 39.5 60 36 64.5 31 64.5 C 26 64.5 22.5 60 22.5 55 \
         C 22.5 50 26 45.5 31 45.5 Z",
    ),
    two(
        Tone::Light,
        40,
        "M 33.5 48.5 C 35 48.5 36.3 49.8 36.3 51.5 C 36.3 53.2 35 54.5 33.5 54.5 \
         C 32 54.5 30.7 53.2 30.7 51.5 C 30.7 49.8 32 48.5 33.5 48.5 Z",
    ),
    one(
        Tone::Features,
        0,
        "M 43 69 Q 50 66 57 69 Q 56 75 50 78 Q 44 75 43 69 Z",
    ),
    two(
        Tone::Features,
        24,
        "M 50 76 L 51.4 76 L 51.4 79.5 C 53 85 60 86 63.5 81.5 L 66 83.5 C 61 90.5 53 89.5 50 84 Z",
    ),
    two(
        Tone::Features,
        40,
        "M 0 66 L 24 73 L 24 75 L 0 68.8 Z M 1 82.5 L 24 79 L 24 81 L 2 85.3 Z",
    ),
];

/// A dog: hanging ears, a long muzzle with a large nose, a tongue.
const DOG: [Part; 8] = [
    two(
        Tone::Ear,
        0,
        "M 34 9 C 18 3 3 18 1 42 C 0 60 5 78 14 79 C 25 80 30 62 32 44 Z",
    ),
    one(
        Tone::Ground,
        0,
        "M 50 0 C 74 0 86 16 87 40 C 88 52 84 60 83 68 C 81 90 68 101 50 101 C 32 101 19 90 17 68 \
         C 16 60 12 52 13 40 C 14 16 26 0 50 0 Z",
    ),
    one(
        Tone::Fur,
        0,
        "M 50 5 C 70 5 80 19 81 40 C 82 52 78 60 77 68 C 75 86 65 96 50 96 C 35 96 25 86 23 68 \
         C 22 60 18 52 19 40 C 20 19 30 5 50 5 Z",
    ),
    one(
        Tone::Light,
        0,
        "M 50 18 C 55 18 54 48 64 55 C 74 62 75 80 67 88 C 60 94 40 94 33 88 C 25 80 26 62 36 55 \
         C 46 48 45 18 50 18 Z",
    ),
    two(
        Tone::Features,
        0,
        "M 29 42 C 29 34 40 34 40 42 C 40 50 29 50 29 42 Z",
    ),
    one(
        Tone::Rose,
        24,
        "M 42 80 L 58 80 L 58 88 C 58 98 42 98 42 88 Z",
    ),
    one(
        Tone::Features,
        0,
        "M 36 61 C 36 54 64 54 64 61 C 64 69 56 74 50 74 C 44 74 36 69 36 61 Z",
    ),
    two(
        Tone::Features,
        24,
        "M 50 72 L 51.5 72 L 51.5 76 C 53 83 61 84 66 78 L 68.5 80 C 62 88 53 87 50 81 Z",
    ),
];

/// Draws the head of a cat or a dog into the square in the middle of `area`, on a background of the
/// colour `ground`.
pub(crate) fn animal(
    canvas: &mut Canvas,
    species: Species,
    area: Area,
    theme: &Theme,
    ground: Rgb888,
) {
    let square = area.square();
    let origin = point(square.x as f32, square.y as f32);
    let scale = square.width as f32 / GRID;
    let (parts, [fur, ear, light]) = match species {
        Species::Cat => (&CAT[..], theme.cat),
        Species::Dog => (&DOG[..], theme.dog),
    };
    for part in parts.iter().filter(|part| square.width >= part.from) {
        let colour = match part.colour {
            Tone::Fur => fur,
            Tone::Ear => ear,
            Tone::Light => light,
            Tone::Features => theme.features,
            Tone::Rose => theme.rose,
            Tone::Ground => ground,
        };
        let shape = Shape::path(part.path);
        shape.fill(canvas, origin, scale, colour);
        if part.twice {
            shape.mirrored().fill(canvas, origin, scale, colour);
        }
    }
}
