//! Filled outlines with smooth edges, written as SVG writes paths.

use ab_glyph::{GlyphId, Outline, OutlineCurve, OutlinedGlyph, Point, PxScaleFactor, Rect, point};
use embedded_graphics::pixelcolor::Rgb888;

use super::area::Area;
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

    /// A rectangle of pixels with round corners.
    pub(super) fn rounded(area: Area, radius: i32) -> Self {
        let (left, top) = (area.x as f32, area.y as f32);
        let (right, bottom) = (area.right() as f32, area.bottom() as f32);
        let r = (radius.min(area.width / 2).min(area.height / 2)).max(0) as f32;
        // How far the handles of a quarter of a circle lie from its corner.
        let k = r * 0.447_715;
        let line = |x0, y0, x1, y1| OutlineCurve::Line(point(x0, y0), point(x1, y1));
        let turn = |a, b, c, d| OutlineCurve::Cubic(a, b, c, d);
        Self::new(vec![
            line(left + r, top, right - r, top),
            turn(
                point(right - r, top),
                point(right - k, top),
                point(right, top + k),
                point(right, top + r),
            ),
            line(right, top + r, right, bottom - r),
            turn(
                point(right, bottom - r),
                point(right, bottom - k),
                point(right - k, bottom),
                point(right - r, bottom),
            ),
            line(right - r, bottom, left + r, bottom),
            turn(
                point(left + r, bottom),
                point(left + k, bottom),
                point(left, bottom - k),
                point(left, bottom - r),
            ),
            line(left, bottom - r, left, top + r),
            turn(
                point(left, top + r),
                point(left, top + k),
                point(left + k, top),
                point(left + r, top),
            ),
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
        self.paint(canvas, origin, scale, |_, _| colour);
    }

    /// The same, each pixel in the colour that `colour` has for it.
    pub(super) fn paint(
        &self,
        canvas: &mut Canvas,
        origin: Point,
        scale: f32,
        colour: impl Fn(i32, i32) -> Rgb888,
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
    colour: impl Fn(i32, i32) -> Rgb888,
) {
    if outline.curves.is_empty() {
        return;
    }
    // The identity plays no part: the outline is handed over.
    let glyph = GlyphId(0).with_scale_and_position(1.0, origin);
    let outlined = OutlinedGlyph::new(glyph, outline.clone(), scale);
    let corner = outlined.px_bounds().min;
    let (left, top) = (corner.x as i32, corner.y as i32);
    outlined.draw(|x, y, coverage| {
        if coverage > 0.0 {
            let (x, y) = (
                left.saturating_add_unsigned(x),
                top.saturating_add_unsigned(y),
            );
            canvas.blend(x, y, colour(x, y), coverage);
        }
    });
}
