//! Names the law by which a measured cost grows with the amount of work.

use std::fmt::{self, Display, Formatter};

/// The residual up to which a line fits well.
const GOOD: f64 = 0.05;

/// A cost that grows by the same amount with each unit of work.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    /// What no work at all would cost.
    pub constant: f64,
    /// What each unit adds.
    pub slope: f64,
    /// The root mean square of the deviations, each as a share of the cost that was measured.
    pub residual: f64,
}

/// A cost that grows with a power of the work.
#[derive(Clone, Copy, Debug)]
struct Power {
    /// The power: 1 for twice the cost of twice the work, 0 for a cost that stays the same.
    exponent: f64,
    /// The root mean square of the deviations of the cost's natural logarithm: nearly shares of the cost.
    residual: f64,
}

/// Both laws, fitted to the same costs.
#[derive(Clone, Copy, Debug)]
pub struct Law<'a> {
    line: Line,
    power: Power,
    unit: &'a str,
    each: &'a str,
}

impl Line {
    /// The line through the `costs`, each an amount of work above 0 and its cost above 0, by least squares of the
    /// deviations as shares of the costs: small costs count as much as large ones. `None` where there are not two
    /// amounts.
    #[must_use]
    pub fn fit(costs: &[(f64, f64)]) -> Option<Self> {
        let weighted = costs
            .iter()
            .map(|&(work, cost)| (work, cost, cost.powi(-2)));
        let (constant, slope) = least_squares(weighted)?;
        let deviations = (costs.iter()).map(|&(work, cost)| (constant + slope * work) / cost - 1.0);
        Some(Self {
            constant,
            slope,
            residual: root_mean_square(deviations),
        })
    }
}

impl Power {
    /// The power law of the `costs`, by least squares of their logarithms. `None` where there are not two amounts, or a
    /// cost is not above 0.
    fn fit(costs: &[(f64, f64)]) -> Option<Self> {
        let logarithms = costs.iter().map(|&(work, cost)| (work.ln(), cost.ln()));
        let weighted = logarithms.clone().map(|(work, cost)| (work, cost, 1.0));
        let (constant, exponent) = least_squares(weighted)?;
        let deviations = logarithms.map(|(work, cost)| constant + exponent * work - cost);
        Some(Self {
            exponent,
            residual: root_mean_square(deviations),
        })
    }
}

impl<'a> Law<'a> {
    /// The laws of the `costs`, which are in `unit`, such as `ms`. `each` is a unit of work, with its article.
    /// `None` where there are not two amounts, or a cost is not above 0.
    #[must_use]
    pub fn fit(costs: &[(f64, f64)], unit: &'a str, each: &'a str) -> Option<Self> {
        Some(Self {
            line: Line::fit(costs)?,
            power: Power::fit(costs)?,
            unit,
            each,
        })
    }
}

/// First the law that fits better; the line, if it fits well.
impl Display for Law<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            power,
            unit,
            each,
        } = self;
        let sign = if line.constant < 0.0 { '-' } else { '+' };
        let as_line = format!(
            "{} {unit} {each} {sign} {} {unit} (residual {:.1} %)",
            significant(line.slope),
            significant(line.constant.abs()),
            line.residual * 100.0
        );
        let as_power = format!(
            "exponent {:.2} (residual {:.1} %)",
            power.exponent,
            power.residual * 100.0
        );
        if line.residual <= power.residual.max(GOOD) {
            write!(f, "linear: {as_line}; {as_power}")
        } else {
            write!(f, "{as_power}; as a line {as_line}")
        }
    }
}

/// A number with three significant digits, and no more places than those of a thousandth.
fn significant(value: f64) -> String {
    let places = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{value:.places$}")
}

/// Constant and slope of the line through points `(x, y, weight)` that has the least sum of weighted squares of
/// deviations. `None` where there are not two different x.
fn least_squares(points: impl Iterator<Item = (f64, f64, f64)> + Clone) -> Option<(f64, f64)> {
    let total: f64 = points.clone().map(|(_, _, weight)| weight).sum();
    let mean = |value: fn((f64, f64, f64)) -> f64| {
        let weighted = points.clone().map(|point| value(point) * point.2);
        weighted.sum::<f64>() / total
    };
    let (x_mean, y_mean) = (mean(|(x, _, _)| x), mean(|(_, y, _)| y));
    let (mut products, mut squares) = (0.0, 0.0);
    for (x, y, weight) in points {
        products += weight * (x - x_mean) * (y - y_mean);
        squares += weight * (x - x_mean).powi(2);
    }
    let slope = products / squares;
    slope
        .is_finite()
        .then_some((y_mean - slope * x_mean, slope))
}

fn root_mean_square(deviations: impl Iterator<Item = f64>) -> f64 {
    let (mut squares, mut count) = (0.0, 0.0);
    for deviation in deviations {
        squares += deviation * deviation;
        count += 1.0;
    }
    f64::sqrt(squares / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK: [f64; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];

    #[test]
    fn a_line_is_found_with_its_constant() {
        let costs = WORK.map(|work| (work, 0.25 * work + 40.0));
        let law = Law::fit(&costs, "ms", "an animal").expect("five amounts");
        assert!(law.line.residual < 1e-9, "{law:?}");
        let said = law.to_string();
        assert!(
            said.starts_with("linear: 0.250 ms an animal + 40.0 ms (residual 0.0 %); exponent 0."),
            "{said}"
        );
    }

    #[test]
    fn a_power_is_found() {
        let costs = WORK.map(|work| (work, 7.0 * work * work));
        let law = Law::fit(&costs, "ms", "an animal").expect("five amounts");
        assert!(law.power.residual < 1e-9, "{law:?}");
        let said = law.to_string();
        assert!(
            said.starts_with("exponent 2.00 (residual 0.0 %); as a line "),
            "{said}"
        );
    }

    #[test]
    fn a_line_that_fits_well_is_named_first_although_a_power_fits_better() {
        let costs = WORK.map(|work: f64| (work, work.powf(0.97)));
        let law = Law::fit(&costs, "ms", "an animal").expect("five amounts");
        assert!(law.power.residual < 1e-9, "{law:?}");
        assert!((0.02..GOOD).contains(&law.line.residual), "{law:?}");
        let said = law.to_string();
        assert!(said.starts_with("linear: "), "{said}");
        assert!(said.ends_with("; exponent 0.97 (residual 0.0 %)"), "{said}");
    }

    #[test]
    fn a_cost_of_nothing_follows_no_law() {
        for cost in [0.0, -1.0] {
            let costs = [(1.0, 2.0), (2.0, cost), (3.0, 4.0)];
            assert!(Law::fit(&costs, "ms", "an animal").is_none(), "{cost}");
        }
    }

    #[test]
    fn one_amount_follows_no_law() {
        for costs in [&[][..], &[(3.0, 4.0)], &[(3.0, 4.0), (3.0, 5.0)]] {
            assert!(Law::fit(costs, "ms", "an animal").is_none(), "{costs:?}");
        }
    }
}
