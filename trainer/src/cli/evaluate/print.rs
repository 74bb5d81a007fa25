//! Prints the figures: one JSON object, or tables.

use anyhow::Result;
use serde::Serialize;

use super::Args;
use crate::evaluate::report::Against;
use crate::evaluate::{BreedFigures, Confused, Difference, Evaluation, Figures, SideBySide};

/// The object that `--json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    figures: &'a Figures,
    breeds: Vec<BreedFigures>,
    confusion: Vec<Confused>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<Compared<'a>>,
}

/// The figures of the other bundle.
#[derive(Serialize)]
struct Compared<'a> {
    model: &'a str,
    #[serde(flatten)]
    figures: &'a Figures,
    difference: &'a Difference,
}

/// Prints the figures on stdout.
pub(super) fn print(args: &Args, evaluation: &Evaluation, against: Option<Against>) -> Result<()> {
    if args.json {
        let printed = Printed {
            figures: &evaluation.figures,
            breeds: evaluation.breed_figures(),
            confusion: evaluation.confused(),
            against: against.as_ref().map(|against| Compared {
                model: &against.model.name,
                figures: &against.evaluation.figures,
                difference: against.difference,
            }),
        };
        println!("{}", serde_json::to_string(&printed)?);
        return Ok(());
    }
    print!("{evaluation}");
    if let Some(against) = against {
        let side_by_side = SideBySide {
            name: &against.model.name,
            one: evaluation,
            other: against.evaluation,
            difference: against.difference,
        };
        print!("{side_by_side}");
    }
    if let Some(path) = &args.report {
        println!("\nreport: {}", path.display());
    }
    Ok(())
}
