//! Checks the trainer's report of a bundle, opened from the disk.

use std::fs;
use std::path::Path;

use image::{Rgb, RgbImage};
use indicatif::ProgressBar;
use serde_json::{Value, json};
use tests::browser::{Browser, browse};
use trainer::dataset::{Dataset, Split, open_kinds};
use trainer::evaluate::report::{Against, Report};
use trainer::evaluate::{Difference, Evaluation, Model, evaluate, robustness};

use super::chelsea;

/// The widths of a phone and of a desktop screen, in pixels.
const WIDTHS: [u32; 2] = [390, 1280];

#[tokio::test]
async fn the_trainers_report_can_be_read_on_a_phone_and_on_a_desktop() {
    browse(|browser| async move {
        let folder = tempfile::tempdir().expect("a folder");
        let page = folder.path().join("report.html");
        write(folder.path(), &page);
        for width in WIDTHS {
            browser.widen(width).await;
            browser.open(&format!("file://{}", page.display())).await;
            let problems = problems(&browser, width).await;
            assert!(problems.is_empty(), "at {width} pixels: {problems:#?}");
        }
    })
    .await;
}

/// Finds pictures that do not load, and elements that overflow the screen without a way to scroll.
async fn problems(browser: &Browser, width: u32) -> Vec<String> {
    let script = "
        const width = arguments[0];
        const problems = [];
        const pictures = [...document.images];
        if (pictures.length < 10) problems.push(`${pictures.length} pictures`);
        for (const picture of pictures) {
            if (!picture.complete || picture.naturalWidth === 0) problems.push(`no picture: ${picture.alt}`);
            if (!picture.alt) problems.push('a picture without an alternative');
        }
        if (document.documentElement.scrollWidth > width) {
            problems.push(`the page is ${document.documentElement.scrollWidth} wide`);
        }
        for (const element of document.querySelectorAll('body *')) {
            const box = element.getBoundingClientRect();
            const scrolls = element.closest('.scroll, pre, svg');
            if (!scrolls && box.width > 0 && (box.right > width + 1 || box.left < -1)) {
                problems.push(`${element.tagName}.${element.className} ends at ${box.right}`);
            }
        }
        return problems;
    ";
    let found = browser.script(script, vec![json!(width)]).await;
    let found = found.as_array().expect("a list of problems").iter();
    let mut problems: Vec<String> = found.map(Value::to_string).collect();
    problems.extend(browser.console_errors().await);
    problems
}

/// Writes a report on a few pictures with every section: errors, outliers, corruptions, a comparison.
fn write(folder: &Path, page: &Path) {
    let [data, outliers] = ["data", "outliers"].map(|name| folder.join(name));
    for (kind, number) in [
        ("bengal", 0),
        ("egyptian_mau", 1),
        ("staffordshire_bull_terrier", 2),
    ] {
        let breed = data.join(kind);
        fs::create_dir_all(&breed).expect("a folder");
        fs::copy(chelsea(), breed.join(format!("chelsea_{number}.png"))).expect("a photograph");
        let drawn = RgbImage::from_pixel(300 + 40 * number, 200, Rgb([180, 120, 60]));
        drawn.save(breed.join("drawn.png")).expect("a picture");
    }
    let kind = outliers.join("plain colours");
    fs::create_dir_all(&kind).expect("a folder");
    for value in [0, 128, 255] {
        let drawn = RgbImage::from_pixel(64, 64, Rgb([value; 3]));
        drawn
            .save(kind.join(format!("{value}.png")))
            .expect("a picture");
    }
    let mut data = Dataset::open(&data).expect("a data set");
    data.test.append(&mut data.trainval);
    let outliers = open_kinds(&outliers).expect("outliers");

    let model = Model::open(None).expect("the embedded bundle");
    let measure = |model: &Model| -> Evaluation {
        let bar = ProgressBar::hidden();
        let recogniser = &model.recogniser;
        let evaluation = evaluate(recogniser, &data, Split::Test, Some(&outliers), &bar);
        let mut evaluation = evaluation.expect("known breeds");
        let corrupted = robustness(&[recogniser], &data, Split::Test, &bar);
        evaluation.figures.robustness = corrupted.expect("a network that runs").pop();
        evaluation
    };
    let evaluation = measure(&model);
    let difference = Difference::of(&evaluation, &evaluation);
    let report = Report {
        data: &data.root,
        model: &model,
        evaluation: &evaluation,
        against: Some(Against {
            model: &model,
            evaluation: &evaluation,
            difference: &difference,
        }),
    };
    report.write(page).expect("a report");
}
