//! Filled outlines with smooth edges, written as SVG writes paths.

use ab_glyph::{GlyphId, Outline, OutlineCurve, OutlinedGlyph, Point, PxScaleFactor, Rect, point};
use embedded_graphics::pixelcolor::Rgb888;
use image::Rgb;
use kernels::screen;

use super::canvas::Canvas;

/// The side of the square that icons are drawn in.
pub(super) const GRID: f32 = 100.0;

/// A closed outline; x goes right, y down.
#[derive(Clone, Debug)]
pub(super) struct Shape(Outline);

impl Shape {
    /// Reads the data of an SVG path with the absolute commands `M`, `L`, `Q`, `C` and `Z`, its
    /// numbers and letters apart by spaces. What is no such data is left out.
    pub(super) fn path(data: &str) -> Self {
        let mut curves = Vec::new();
        let (mut start, mut at) = (point(0.0, 0.0), point(0.0, 0.0));
        let mut words = data.split_ascii_whitespace();
        while let Some(command) = words.next() {
            let mut next = || {
                let mut number = || words.next()?.parse().ok();
                Some(point(number()?, number()?))
            };
            let curve = match command {
                "M" => {
                    start = next().unwrap_or(start);
                    at = start;
                    continue;
                }
                "L" => next().map(|to| (OutlineCurve::Line(at, to), to)),
                "Q" => next()
                    .zip(next())
                    .map(|(a, to)| (OutlineCurve::Quad(at, a, to), to)),
                "C" => next()
                    .zip(next())
                    .zip(next())
                    .map(|((a, b), to)| (OutlineCurve::Cubic(at, a, b, to), to)),
                "Z" => Some((OutlineCurve::Line(at, start), start)),
                _ => None,
            };
            if let Some((curve, to)) = curve {
                curves.push(curve);
                at = to;
            }
        }
        Self::new(curves)
    }

    /// A quarter of a disc: `centre` is the disc's, `x` and `y` say to which side of it the quarter
    /// lies, each by 1 or -1.
    pub(super) fn quarter(centre: (i32, i32), radius: i32, (x, y): (i32, i32)) -> Self {
        let (left, top, r) = (centre.0 as f32, centre.1 as f32, radius as f32);
        // How far the handles of a quarter of a circle lie from its centre.
        let k = r * 0.552_285;
        let at = |across: f32, down: f32| point(left + across * x as f32, top + down * y as f32);
        let arc = OutlineCurve::Cubic(at(r, 0.0), at(r, k), at(k, r), at(0.0, r));
        let line = |a, b| OutlineCurve::Line(a, b);
        Self::new(vec![
            line(at(0.0, 0.0), at(r, 0.0)),
            arc,
            line(at(0.0, r), at(0.0, 0.0)),
        ])
    }

    /// The same, the other way round within the grid of icons.
    pub(super) fn mirrored(&self) -> Self {
        let flip = |p: &Point| point(GRID - p.x, p.y);
        let curves = self.0.curves.iter().map(|curve| match curve {
            OutlineCurve::Line(a, b) => OutlineCurve::Line(flip(a), flip(b)),
            OutlineCurve::Quad(a, b, c) => OutlineCurve::Quad(flip(a), flip(b), flip(c)),
            OutlineCurve::Cubic(a, b, c, d) => {
                OutlineCurve::Cubic(flip(a), flip(b), flip(c), flip(d))
            }
        });
        Self::new(curves.collect())
    }

    /// Fills it, enlarged by `scale`, its origin at `origin`.
    pub(super) fn fill(&self, canvas: &mut Canvas, origin: Point, scale: f32, colour: Rgb888) {
        let colour = canvas.shown(colour);
        self.paint(canvas, origin, scale, |_, _| colour);
    }

    /// The same, each pixel in the colour that `colour` has for it.
    pub(super) fn paint(
        &self,
        canvas: &mut Canvas,
        origin: Point,
        scale: f32,
        colour: impl Fn(i32, i32) -> Rgb<u8>,
    ) {
        let scale = PxScaleFactor {
            horizontal: scale,
            // Outlines of glyphs have their y upwards.
            vertical: -scale,
        };
        fill(canvas, &self.0, origin, scale, colour);
    }

    fn new(curves: Vec<OutlineCurve>) -> Self {
        let mut bounds = Rect {
            min: point(f32::MAX, f32::MAX),
            max: point(f32::MIN, f32::MIN),
        };
        for p in curves.iter().flat_map(points) {
            bounds.min = point(bounds.min.x.min(p.x), bounds.min.y.min(p.y));
            bounds.max = point(bounds.max.x.max(p.x), bounds.max.y.max(p.y));
        }
        Self(Outline { bounds, curves })
    }
}

/// The points that a curve lies between.
fn points(curve: &OutlineCurve) -> Vec<Point> {
    match *curve {
        OutlineCurve::Line(a, b) => vec![a, b],
        OutlineCurve::Quad(a, b, c) => vec![a, b, c],
        OutlineCurve::Cubic(a, b, c, d) => vec![a, b, c, d],
    }
}

/// Fills an outline of a glyph or a shape, its origin at `origin`.
pub(super) fn fill(
    canvas: &mut Canvas,
    outline: &Outline,
    origin: Point,
    scale: PxScaleFactor,
    colour: impl Fn(i32, i32) -> Rgb<u8>,
) {
    if outline.curves.is_empty() {
        return;
    }
    // The identity plays no part: the outline is handed over.
    let glyph = GlyphId(0).with_scale_and_position(1.0, origin);
    let outlined = OutlinedGlyph::new(glyph, outline.clone(), scale);
    screen::fill(&mut canvas.frame(), &outlined, &|x, y| colour(x, y).0);
}
