//! Fills outlines with smooth edges; outlines are given as the data of SVG paths.

use ab_glyph::{GlyphId, Outline, OutlineCurve, OutlinedGlyph, Point, PxScaleFactor, Rect, point};
use embedded_graphics::pixelcolor::Rgb888;
use image::Rgb;

use crate::canvas::Canvas;

/// The side of the square in which icons are designed.
pub(crate) const GRID: f32 = 100.0;

/// A closed outline; x grows to the right, y downwards.
#[derive(Clone, Debug)]
pub(crate) struct Shape(Outline);

impl Shape {
    /// Reads the data of an SVG path that has the absolute commands `M`, `L`, `Q`, `C` and `Z`, with
    /// spaces between its numbers and letters. Anything else is ignored.
    pub(crate) fn path(data: &str) -> Self {
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

    /// A quarter of a disc around `centre`, which lies on the side that `x` and `y` give, each 1 or
    /// -1.
    pub(crate) fn quarter(centre: (i32, i32), radius: i32, (x, y): (i32, i32)) -> Self {
        let (left, top, r) = (centre.0 as f32, centre.1 as f32, radius as f32);
        // The distance of the control points from the centre, for a cubic curve that is a quarter
        // of a circle.
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

    /// Its mirror image within the icons' square.
    pub(crate) fn mirrored(&self) -> Self {
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

    /// Fills it, scaled by `scale`, with its origin at `origin`.
    pub(crate) fn fill(&self, canvas: &mut Canvas, origin: Point, scale: f32, colour: Rgb888) {
        let colour = canvas.shown(colour);
        self.paint(canvas, origin, scale, |_, _| colour);
    }

    /// The same, with the colour that `colour` returns for each pixel.
    pub(crate) fn paint(
        &self,
        canvas: &mut Canvas,
        origin: Point,
        scale: f32,
        colour: impl Fn(i32, i32) -> Rgb<u8>,
    ) {
        let scale = PxScaleFactor {
            horizontal: scale,
            // In the outlines of glyphs y grows upwards.
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

/// The end points and control points of a curve.
fn points(curve: &OutlineCurve) -> Vec<Point> {
    match *curve {
        OutlineCurve::Line(a, b) => vec![a, b],
        OutlineCurve::Quad(a, b, c) => vec![a, b, c],
        OutlineCurve::Cubic(a, b, c, d) => vec![a, b, c, d],
    }
}

/// Fills the outline of a glyph or a shape, with its origin at `origin`, in the colour that `colour`
/// returns for each pixel, across and down.
pub(crate) fn fill(
    canvas: &mut Canvas,
    outline: &Outline,
    origin: Point,
    scale: PxScaleFactor,
    colour: impl Fn(i32, i32) -> Rgb<u8>,
) {
    if outline.curves.is_empty() {
        return;
    }
    // The glyph's id does not matter, because its outline is given.
    let glyph = GlyphId(0).with_scale_and_position(1.0, origin);
    let outlined = OutlinedGlyph::new(glyph, outline.clone(), scale);
    let corner = outlined.px_bounds().min;
    let (left, top) = (corner.x as i32, corner.y as i32);
    outlined.draw(|x, y, coverage| {
        let steps = canvas.steps(coverage);
        // Most pixels around a letter are not covered at all.
        if steps > 0 {
            let (x, y) = (left.wrapping_add_unsigned(x), top.wrapping_add_unsigned(y));
            canvas.blend(x, y, colour(x, y), steps);
        }
    });
}
