//! Draws charts as SVG (<https://www.w3.org/TR/SVG2/>), in the colours of the style sheet. The numbers
//! stand in a table beside each chart: the picture itself is hidden from screen readers.

use std::fmt::Write;

/// The width of a chart, in its own units.
const WIDTH: f64 = 640.0;

/// The height of a chart of columns.
const HEIGHT: f64 = 200.0;

/// The room for the labels below the columns, and above the highest one for its number.
const BELOW: f64 = 24.0;
const ABOVE: f64 = 18.0;

/// The room beside the first and the last column: a label may be wider than its column.
const SIDE: f64 = 30.0;

/// The most labels below the columns.
const LABELS: usize = 12;

/// The height of a bar with its label.
const BAR: f64 = 30.0;

/// The room for the labels of bars, on the left.
const LEFT: f64 = 220.0;

/// The most characters of a bar's label.
const CHARACTERS: usize = 28;

/// A number under its name.
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) count: u32,
}

/// Columns from left to right, such as the hours of a day.
pub(super) fn columns(figures: &[Figure]) -> String {
    let mut svg = begin(HEIGHT);
    let most = most(figures);
    let width = (WIDTH - 2.0 * SIDE) / figures.len().max(1) as f64;
    let every = figures.len().div_ceil(LABELS).max(1);
    for (place, figure) in figures.iter().enumerate() {
        let height = share(figure.count, most) * (HEIGHT - BELOW - ABOVE);
        let left = SIDE + width * place as f64;
        let top = HEIGHT - BELOW - height;
        let middle = left + width / 2.0;
        rect(
            &mut svg,
            "chart-bar",
            left + width * 0.1,
            top,
            width * 0.8,
            height,
        );
        if figure.count > 0 && figure.count == most {
            let number = figure.count.to_string();
            text(&mut svg, "chart-number", middle, top - 5.0, &number);
        }
        if place.is_multiple_of(every) {
            text(&mut svg, "chart-label", middle, HEIGHT - 6.0, &figure.name);
        }
    }
    end(svg)
}

/// Bars from top to bottom, such as breeds.
pub(super) fn bars(figures: &[Figure]) -> String {
    let mut svg = begin(BAR * figures.len().max(1) as f64);
    let most = most(figures);
    for (place, figure) in figures.iter().enumerate() {
        let top = BAR * place as f64;
        let width = share(figure.count, most) * (WIDTH - LEFT - 60.0);
        let baseline = top + BAR * 0.65;
        text(
            &mut svg,
            "chart-name",
            LEFT - 10.0,
            baseline,
            &short(&figure.name),
        );
        rect(&mut svg, "chart-bar", LEFT, top + 4.0, width, BAR - 8.0);
        let number = figure.count.to_string();
        text(
            &mut svg,
            "chart-value",
            LEFT + width + 8.0,
            baseline,
            &number,
        );
    }
    end(svg)
}

fn begin(height: f64) -> String {
    format!(
        "<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {height}\" aria-hidden=\"true\" \
         focusable=\"false\">"
    )
}

fn end(mut svg: String) -> String {
    svg.push_str("</svg>");
    svg
}

fn rect(svg: &mut String, class: &str, x: f64, y: f64, width: f64, height: f64) {
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
         height=\"{height:.1}\"></rect>"
    );
}

fn text(svg: &mut String, class: &str, x: f64, y: f64, text: &str) {
    let text = escaped(text);
    let _ = write!(
        svg,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
    );
}

/// The text as it may stand in markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

fn short(name: &str) -> String {
    if name.chars().count() <= CHARACTERS {
        return name.to_owned();
    }
    name.chars().take(CHARACTERS - 1).chain(['…']).collect()
}

fn most(figures: &[Figure]) -> u32 {
    figures.iter().map(|figure| figure.count).max().unwrap_or(0)
}

/// The share of the largest number, 0 to 1.
fn share(count: u32, most: u32) -> f64 {
    f64::from(count) / f64::from(most.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(name: &str, count: u32) -> Figure {
        let name = name.to_owned();
        Figure { name, count }
    }

    #[test]
    fn the_longest_bar_has_the_largest_number_and_names_are_escaped() {
        let svg = bars(&[figure("<b>&\"Pug\"", 4), figure("Beagle", 2)]);
        assert!(
            svg.contains("width=\"360.0\"") && svg.contains("width=\"180.0\""),
            "{svg}"
        );
        assert!(svg.contains("&lt;b&gt;&amp;&quot;Pug&quot;"), "{svg}");
        assert!(!svg.contains("<b>"));
    }

    #[test]
    fn a_chart_of_nothing_and_of_a_year_is_whole() {
        for count in [0, 1, 24, 366] {
            let figures: Vec<Figure> = (0..count).map(|day| figure(&day.to_string(), 0)).collect();
            for svg in [columns(&figures), bars(&figures)] {
                assert!(svg.starts_with("<svg") && svg.ends_with("</svg>"));
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            }
            let labels = columns(&figures).matches("chart-label").count();
            assert!(labels <= LABELS, "{labels}");
        }
    }

    #[test]
    fn no_label_is_cut_off_at_the_side() {
        for count in [1, 24, 366] {
            let figures: Vec<Figure> = (0..count).map(|day| figure(&day.to_string(), 1)).collect();
            let svg = columns(&figures);
            for label in svg.split("class=\"chart-label\" x=\"").skip(1) {
                let middle = label.split('"').next().unwrap();
                let middle: f64 = middle.parse().unwrap();
                assert!((SIDE..=WIDTH - SIDE).contains(&middle), "{count}: {middle}");
            }
        }
    }
}
