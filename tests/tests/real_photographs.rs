//! The embedded network on real photographs, found through PETS_DATA: it is as good as its card says.

use std::path::PathBuf;

use recognise::{Bundle, Recogniser};
use indicatif::ProgressBar;
use trainer::dataset::{Dataset, Split};
use trainer::evaluate::evaluate;

/// A hair below the figures of edge/models/MODEL_CARD.md, for processors that round otherwise.
const LEAST_TOP1: f64 = 0.89;
const LEAST_MEAN_PER_CLASS: f64 = 0.90;
const LEAST_TOP3: f64 = 0.98;

#[test]
fn the_embedded_network_is_as_good_as_its_card_says() {
    let Some(pets) = std::env::var_os("PETS_DATA").map(PathBuf::from) else {
        assert!(std::env::var_os("CI").is_none(), "CI must set PETS_DATA");
        eprintln!("skipped: PETS_DATA is not set");
        return;
    };
    let dataset = Dataset::open(&pets.join("oxford-iiit-pet")).expect("the data set");
    let bundle = Bundle::embedded().expect("a sound bundle");
    let recogniser = Recogniser::new(bundle).expect("a network that runs");
    let evaluation = evaluate(
        &recogniser,
        &dataset,
        Split::Test,
        None,
        &ProgressBar::hidden(),
    )
    .expect("known breeds");
    let figures = &evaluation.figures;
    assert!(evaluation.unreadable.is_empty());
    assert!(figures.images > 1000, "{} photographs", figures.images);
    assert!(
        figures.summary.top1 >= LEAST_TOP1,
        "top-1 {}",
        figures.summary.top1
    );
    assert!(
        figures.summary.top3 >= LEAST_TOP3,
        "top-3 {}",
        figures.summary.top3
    );
    assert!(
        figures.summary.mean_per_class >= LEAST_MEAN_PER_CLASS,
        "mean per class {}",
        figures.summary.mean_per_class
    );
}
