//! Draws plots as SVG that is part of the page and uses its fonts.

use std::ops::Range;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::FontFamily;

use super::ReportError;

/// Width of a plot: twice the size at which it is shown, since plotters rounds to whole units.
const WIDTH: u32 = 1040;
const HEIGHT: u32 = 760;
const FONT: f64 = 34.0;

const INK: RGBColor = RGBColor(0x1b, 0x24, 0x21);
const QUIET: RGBColor = RGBColor(0x55, 0x61, 0x5b);
const LINE: RGBColor = RGBColor(0xe4, 0xe0, 0xd5);
const EDGE: RGBColor = RGBColor(0x9a, 0xa0, 0x99);

/// Colours that differ for colour-blind readers and in print. The first is the main colour of the report.
const COLOURS: [RGBColor; 6] = [
    RGBColor(0x0e, 0x5e, 0x54),
    RGBColor(0xc4, 0x5a, 0x11),
    RGBColor(0x3f, 0x63, 0xb5),
    RGBColor(0x96, 0x3d, 0x7e),
    RGBColor(0x8a, 0x79, 0x12),
    RGBColor(0x4c, 0x4c, 0x4c),
];

/// The style of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pen {
    /// Index of the colour; the six colours repeat.
    pub(super) colour: usize,
    /// Whether the line is dashed.
    pub(super) dashed: bool,
}

impl Pen {
    /// The colour in CSS.
    pub(super) fn css(self) -> String {
        let RGBColor(red, green, blue) = self.rgb();
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    fn rgb(self) -> RGBColor {
        COLOURS[self.colour % COLOURS.len()]
    }
}

/// An entry of the legend.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) pen: Pen,
    pub(super) name: String,
}

/// A plot with its legend.
#[derive(Clone, Debug)]
pub(super) struct Plot {
    /// The SVG element.
    pub(super) svg: String,
    /// The legend.
    pub(super) keys: Vec<Key>,
    /// The caption.
    pub(super) caption: String,
}

/// An axis of a plot.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    pub(super) name: &'static str,
    pub(super) range: Range<f64>,
    /// Whether values are written as percentages.
    pub(super) percent: bool,
}

impl Axis {
    /// An axis of shares, written as percentages, from `from` to 100 %.
    pub(super) fn shares(name: &'static str, from: f64) -> Self {
        Self {
            name,
            range: from..1.0,
            percent: true,
        }
    }

    fn label(&self, value: f64) -> String {
        if self.percent {
            format!("{:.0} %", value * 100.0)
        } else {
            format!("{value:.1}")
        }
    }
}

type Area<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawing = DrawingAreaErrorKind<std::io::Error>;

/// The area that lines and points are drawn on.
pub(super) struct Canvas<'a, 'b> {
    area: &'b mut Area<'a>,
}

/// Draws a plot. Screen readers read `about` instead.
pub(super) fn plot(
    about: &str,
    [x, y]: [&Axis; 2],
    draw: impl FnOnce(&mut Canvas<'_, '_>) -> Result<(), Drawing>,
) -> Result<String, ReportError> {
    let mut svg = String::new();
    drawn(&mut svg, [x, y], draw).map_err(|error| ReportError::Plot(error.to_string()))?;
    // The page sets the size and needs no namespace.
    let (_, content) = svg.split_once('>').unwrap_or_default();
    let mut label = String::new();
    for letter in about.chars() {
        match letter {
            '"' | '<' | '>' | '&' => label.push(' '),
            letter => label.push(letter),
        }
    }
    Ok(format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{label}\">{content}"
    ))
}

fn drawn(
    svg: &mut String,
    [x, y]: [&Axis; 2],
    draw: impl FnOnce(&mut Canvas<'_, '_>) -> Result<(), Drawing>,
) -> Result<(), Drawing> {
    let root = SVGBackend::with_string(svg, (WIDTH, HEIGHT)).into_drawing_area();
    let mut area = ChartBuilder::on(&root)
        .margin_top(20)
        .margin_right(60)
        .x_label_area_size(88)
        .y_label_area_size(124)
        .build_cartesian_2d(x.range.clone(), y.range.clone())?;
    (area.configure_mesh())
        .light_line_style(TRANSPARENT)
        .bold_line_style(LINE.stroke_width(2))
        .axis_style(EDGE.stroke_width(2))
        .x_desc(x.name)
        .y_desc(y.name)
        .x_labels(6)
        .y_labels(6)
        .x_label_formatter(&|value| x.label(*value))
        .y_label_formatter(&|value| y.label(*value))
        .label_style(font(&QUIET))
        .axis_desc_style(font(&INK))
        .draw()?;
    draw(&mut Canvas { area: &mut area })?;
    root.present()
}

fn font(colour: &RGBColor) -> TextStyle<'static> {
    (FontFamily::Name("inherit"), FONT)
        .into_font()
        .color(colour)
}

impl Canvas<'_, '_> {
    /// Draws a line through points.
    pub(super) fn line(&mut self, points: Vec<(f64, f64)>, pen: Pen) -> Result<(), Drawing> {
        let style = pen.rgb().stroke_width(5);
        if pen.dashed {
            let dashes = DashedLineSeries::new(points, 16, 10, style);
            self.area.draw_series(dashes)?;
        } else {
            self.area.draw_series(LineSeries::new(points, style))?;
        }
        Ok(())
    }

    /// Draws a thin grey line for reference.
    pub(super) fn guide(&mut self, from: (f64, f64), to: (f64, f64)) -> Result<(), Drawing> {
        let style = EDGE.stroke_width(3);
        let guide = DashedLineSeries::new([from, to], 8, 8, style);
        self.area.draw_series(guide)?;
        Ok(())
    }

    /// Draws a point. `radius` is in hundredths of the plot's width.
    pub(super) fn point(&mut self, at: (f64, f64), radius: f64, pen: Pen) -> Result<(), Drawing> {
        let radius = (radius * f64::from(WIDTH) / 100.0).round().max(1.0) as u32;
        let style = pen.rgb().filled();
        self.area.draw_series([Circle::new(at, radius, style)])?;
        Ok(())
    }

    /// Draws a thin vertical line from one value to another.
    pub(super) fn whisker(
        &mut self,
        x: f64,
        [low, high]: [f64; 2],
        pen: Pen,
    ) -> Result<(), Drawing> {
        let style = pen.rgb().mix(0.6).stroke_width(3);
        self.area
            .draw_series([PathElement::new([(x, low), (x, high)], style)])?;
        Ok(())
    }

    /// Fills the area below a line.
    pub(super) fn below(&mut self, points: &[(f64, f64)], pen: Pen) -> Result<(), Drawing> {
        let (Some(first), Some(last)) = (points.first(), points.last()) else {
            return Ok(());
        };
        let mut corners = vec![(first.0, 0.0)];
        corners.extend(points);
        corners.push((last.0, 0.0));
        let style = pen.rgb().mix(0.15).filled();
        self.area.draw_series([Polygon::new(corners, style)])?;
        Ok(())
    }

    /// Writes a text that ends at a point and stands above it.
    pub(super) fn text(&mut self, text: &str, at: (f64, f64)) -> Result<(), Drawing> {
        use plotters::style::text_anchor::{HPos, Pos, VPos};
        let style = font(&QUIET).pos(Pos::new(HPos::Right, VPos::Bottom));
        self.area
            .draw_series([Text::new(text.to_owned(), at, style)])?;
        Ok(())
    }
}
