//! `trainer train` and `trainer average`, the real program, on drawn photographs.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use candle_core::{Device, Tensor};
use recognise::{Bundle, Recogniser};
use tempfile::TempDir;
use trainer::dataset::Dataset;
use trainer::net::{Architecture, Init, Network};

use crate::common::{QUICK, draw, draw_breeds, say_species};
use crate::tensorboard;
use crate::weights::lite1_weights;

#[test]
fn a_network_learns_to_tell_two_colours_apart_and_the_kiosk_runs_it() {
    let bench = Bench::new();
    bench.train("run", &["--epochs", "6"]).succeeds();

    let bundle = Bundle::read(&bench.path("run/breeds.onnx")).expect("a sound bundle");
    let recogniser = Recogniser::new(bundle).expect("a network that runs");
    let ids: Vec<&str> = recogniser
        .metadata()
        .breeds
        .iter()
        .map(|breed| breed.id.as_str())
        .collect();
    assert_eq!(ids, ["blue", "red"]);
    for (colour, breed) in [([60, 60, 190], 0), ([190, 70, 60], 1)] {
        for seed in 1000..1010 {
            let prediction = recogniser.predict(&draw(colour, seed)).expect("an answer");
            let (best, probability) = recognise::verdict::top(&prediction.probabilities, 1)[0];
            assert_eq!(best, breed, "{colour:?} {seed}: {prediction:?}");
            assert!(probability > 0.5);
        }
    }
    for file in [
        "recipe.toml",
        "augmented.jpg",
        "metrics.csv",
        "curves.svg",
        "checkpoint.safetensors",
    ] {
        assert!(
            bench.path("run").join(file).is_file(),
            "{file} is missing from the run folder"
        );
    }
    let table = fs::read_to_string(bench.path("run/metrics.csv")).expect("a table");
    assert_eq!(table.lines().count(), 7, "a header and six epochs: {table}");

    let sheet = image::open(bench.path("run/augmented.jpg")).expect("a sheet");
    let sheet = sheet.into_rgb8();
    // The right half has views alone.
    let views = |shows: fn([u8; 3]) -> bool| {
        let pixels = sheet.enumerate_pixels();
        let of_views = pixels.filter(|(x, _, pixel)| *x > sheet.width() / 2 && shows(pixel.0));
        of_views.count()
    };
    let (red, blue) = (
        views(|[red, _, blue]| red.saturating_sub(blue) > 80),
        views(|[red, _, blue]| blue.saturating_sub(red) > 80),
    );
    assert!(
        red > 5000 && blue > 5000,
        "{red} red and {blue} blue pixels"
    );
}

#[test]
fn an_interrupted_run_is_resumed_to_the_same_bundle() {
    let bench = Bench::new();
    bench.train("whole", &["--epochs", "4"]).succeeds();

    let curves = ["--tensorboard", "curves"];
    let args = [&["--epochs", "4"][..], &curves].concat();
    let mut command = bench.command("stopped", &args);
    let child = command
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the trainer starts");
    wait_for(&bench.path("stopped/metrics.csv"));
    interrupt(child.id());
    let output = child.wait_with_output().expect("the trainer ends");
    Ended(output).fails_with("continue with --resume");

    let args = [&["--resume"][..], &curves].concat();
    bench.train("stopped", &args).succeeds();
    for file in ["breeds.onnx", "augmented.jpg"] {
        let [whole, stopped] =
            ["whole", "stopped"].map(|run| bench.bytes(&format!("{run}/{file}")));
        assert!(whole == stopped, "the resumed run has another {file}");
    }
    let files = tensorboard::read(&bench.path("curves"));
    let steps: Vec<Vec<i64>> = files.iter().map(|file| file.steps()).collect();
    assert_eq!(steps.len(), 2, "{steps:?}");
    assert_eq!(steps.concat(), [1, 2, 3, 4]);
}

#[test]
fn ctrl_c_stops_the_end_of_a_run_and_the_run_is_resumed_to_its_bundle() {
    let bench = Bench::new();
    let child = bench
        .command("run", &["--epochs", "1"])
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the trainer starts");
    // Written after the only epoch.
    wait_for(&bench.path("run/metrics.csv"));
    interrupt(child.id());
    let output = child.wait_with_output().expect("the trainer ends");
    Ended(output).fails_with("stopped before the bundle was written; run keeps all epochs");
    assert!(!bench.path("run/breeds.onnx").exists());

    bench.train("run", &["--resume"]).succeeds();
    assert!(bench.path("run/breeds.onnx").is_file());
}

#[test]
fn what_few_photographs_are_worth_is_said_and_the_network_does_not_become_certain() {
    let bench = Bench::new();
    draw_breeds(&bench.path("few"), 5);
    let run = bench.train("run", &["--data", "few", "--epochs", "4"]);
    run.succeeds();
    let warnings = run.warnings().join("\n");
    for expected in [
        "fewer than 5 photographs to train on: blue (",
        "photographs to validate on: even if the network is right on all of them",
    ] {
        assert!(warnings.contains(expected), "{warnings}");
    }
    let said = String::from_utf8_lossy(&run.0.stdout);
    assert!(said.contains("photographs (95 % intervals)"), "{said}");
    assert!(
        said.contains(" to 100.0)") || said.contains("(0.0 to "),
        "{said}"
    );

    let bundle = Bundle::read(&bench.path("run/breeds.onnx")).expect("a sound bundle");
    let recogniser = Recogniser::new(bundle).expect("a network that runs");
    let threshold = recogniser.metadata().unknown.threshold;
    assert!((0.5..=0.95).contains(&threshold), "{threshold}");
    // At most eight photographs calibrate it. By the rule of succession, the next is right nine times in ten.
    let probability = |seed| {
        let prediction = recogniser.predict(&draw([200, 60, 50], seed));
        prediction.expect("an answer").greatest_probability()
    };
    let mean = (1000..1010).map(probability).sum::<f32>() / 10.0;
    assert!(mean < 0.98, "{mean}");
}

#[test]
fn with_boxes_a_bundle_embeds_animals_and_a_resumed_run_ends_the_same() {
    let bench = Bench::new();
    bench.boxes("boxes.csv", 20);
    // The head learns ten times as fast.
    let slower = QUICK.replace("rate = 0.002", "rate = 0.0002");
    let recipe = format!("box_views = 0.5\ncontrast = 0.3\ndistillation = 1.0\n{slower}");
    fs::write(bench.path("contrast.toml"), recipe).expect("a temporary file");
    let args = ["--boxes", "boxes.csv", "--recipe", "contrast.toml"];
    let args = [&args[..], &["--epochs", "4"]].concat();
    let whole = bench.train("whole", &args);
    whole.succeeds();
    let warnings = whole.warnings().join("\n");
    assert!(
        warnings.contains("boxes.csv has no animal for"),
        "{warnings}"
    );
    let table = fs::read_to_string(bench.path("whole/metrics.csv")).expect("a table");
    assert!(table.contains(",crop_top1,"), "{table}");

    let child = bench
        .command("stopped", &args)
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the trainer starts");
    wait_for(&bench.path("stopped/metrics.csv"));
    interrupt(child.id());
    let output = child.wait_with_output().expect("the trainer ends");
    Ended(output).fails_with("continue with --resume");
    bench.boxes("other.csv", 10);
    let resume = |boxes: &[&str]| {
        // The result does not depend on the number of threads either.
        let mut command = bench.command("stopped", &[&["--resume"][..], boxes].concat());
        let output = command.env("RAYON_NUM_THREADS", "1").output();
        Ended(output.expect("the trainer starts"))
    };
    resume(&[]).fails_with("name their table with --boxes");
    resume(&["--boxes", "other.csv"]).fails_with("give the same --data, --extra and --boxes");
    resume(&["--boxes", "boxes.csv"]).succeeds();
    assert!(
        bench.bytes("whole/breeds.onnx") == bench.bytes("stopped/breeds.onnx"),
        "the resumed run has the same bundle"
    );

    bench
        .average("mean", &["whole", "stopped"])
        .fails_with("name their table with --boxes");
    let averaged = ["whole", "stopped", "--boxes", "boxes.csv"];
    bench.average("mean", &averaged).succeeds();
    for run in ["whole", "mean"] {
        let bundle = Bundle::read(&bench.path(run).join("breeds.onnx")).expect("a sound bundle");
        let recogniser = Recogniser::new(bundle).expect("a network that runs");
        let output = recogniser.output(&draw([60, 60, 190], 1000));
        let embedding = output.expect("an answer").embedding;
        assert_eq!(embedding.len(), 192);
        let squares = embedding.iter().map(|value| value * value);
        assert!((squares.sum::<f32>() - 1.0).abs() < 1e-3);
    }
}

#[test]
fn boxes_that_cannot_be_used_are_refused() {
    let bench = Bench::new();
    bench.boxes("boxes.csv", 20);
    let write = |name: &str, content: &str| {
        fs::write(bench.path(name), content).expect("a temporary file");
    };
    let elsewhere = "file,kind,score,x1,y1,x2,y2\na.png,dog,1,0,0,1,1\n";
    write("elsewhere.csv", elsewhere);
    write("views.toml", &format!("box_views = 0.5\n{QUICK}"));
    write("contrast.toml", &format!("contrast = 0.3\n{QUICK}"));
    write("blended.toml", "contrast = 0.3\n[augment]\nmixup = 0.2\n");
    let cases: [(&[&str], &str); 5] = [
        (&["--recipe", "views.toml"], "name their table with --boxes"),
        (
            &["--recipe", "contrast.toml"],
            "name their table with --boxes",
        ),
        (
            &["--recipe", "blended.toml", "--boxes", "boxes.csv"],
            "augment.mixup must be 0",
        ),
        (&["--boxes", "nowhere.csv"], "nowhere.csv"),
        (
            &["--boxes", "elsewhere.csv"],
            "elsewhere.csv has no box of an animal",
        ),
    ];
    for (args, message) in cases {
        bench.train("new", args).fails_with(message);
        assert!(!bench.path("new").exists());
    }
}

#[test]
fn a_full_disk_leaves_the_former_checkpoint() {
    let bench = Bench::new();
    let mut command = bench.command("run", &["--epochs", "4"]);
    let child = command
        .stderr(Stdio::null())
        .spawn()
        .expect("the trainer starts");
    wait_for(&bench.path("run/metrics.csv"));
    interrupt(child.id());
    child.wait_with_output().expect("the trainer ends");
    let former = bench.bytes("run/checkpoint.safetensors");

    // No file may grow beyond a megabyte, which fails like a full disk.
    let mut limited = Command::new("sh");
    limited.current_dir(bench.0.path());
    limited.args([
        "-c",
        "trap '' XFSZ; ulimit -f 2000; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_trainer"),
    ]);
    limited.args(bench.command("run", &["--resume"]).get_args());
    Ended(limited.output().expect("a shell")).fails_with("cannot write the checkpoint");
    assert_eq!(bench.bytes("run/checkpoint.safetensors"), former);
    assert!(
        !bench.path("run/checkpoint.part").exists(),
        "the failed attempt is removed"
    );
}

#[test]
fn a_run_that_cannot_start_is_refused_in_one_line() {
    let bench = Bench::new();
    let write = |name: &str, content: &str| {
        fs::write(bench.path(name), content).expect("a temporary file");
        bench.path(name).display().to_string()
    };
    let text = write("text.safetensors", "these are no weights");
    let typo = write("typo.toml", "learning_speed = 1");
    let range = write("range.toml", "batch = 0");
    let missing = bench.weights("missing.safetensors", |weights| {
        weights.remove("blocks.1.0.conv_dw.bias");
    });
    let misshaped = bench.weights("misshaped.safetensors", |weights| {
        weights.insert("conv_head.weight".into(), zeros(&[1280, 3, 1, 1]));
    });
    let damaged = bench.weights("damaged.safetensors", |weights| {
        let nan = Tensor::full(f32::NAN, 32, &Device::Cpu).expect("a tensor");
        weights.insert("conv_stem.bias".into(), nan);
    });
    let lite1 = bench.path("lite1.safetensors").display().to_string();
    candle_core::safetensors::save(&lite1_weights(), &lite1).expect("a temporary file");
    fs::create_dir_all(bench.path("old")).expect("a temporary folder");
    write("old/checkpoint.safetensors", "an older run");
    // Photographs that cannot be used as they lie there.
    for folder in [
        "halved/train/Red",
        "halved/val",
        "torn/cat/yeti",
        "torn/dog/yeti",
        "aside/train/pug",
        "aside/more/pug",
    ] {
        fs::create_dir_all(bench.path(folder)).expect("a temporary folder");
    }
    for photo in [
        "halved/train/Red/1.jpg",
        "torn/cat/yeti/1.jpg",
        "torn/dog/yeti/2.jpg",
        "aside/train/pug/1.jpg",
        "aside/more/pug/2.jpg",
    ] {
        write(photo, "a photograph");
    }
    let columns = write("columns.csv", "file,split\n1.jpg,train\n");
    let cases: [(&[&str], &str); 15] = [
        (&["--init", "nowhere.safetensors"], "nowhere.safetensors"),
        (&["--init", &text], "cannot read the weights"),
        (&["--init", &missing], "blocks.1.0"),
        (
            &["--init", &misshaped],
            "conv_head.weight of shape [1280, 3, 1, 1]",
        ),
        (&["--init", &damaged], "conv_stem.bias"),
        (&["--recipe", &typo], "learning_speed"),
        (&["--recipe", &range], "batch must be 1 to 1024"),
        (&["--extra", "nowhere"], "nowhere"),
        (&["--data", "nowhere"], "nowhere"),
        (
            &["--data", "halved"],
            "val holds no folder of photographs of a breed",
        ),
        (&["--data", "torn"], "yeti is a cat by "),
        (&["--data", "aside"], "rename it to train, val or test"),
        (&["--data", &columns], "there is no column breed"),
        (
            &["--init", &lite1, "--network", "efficientnet_lite0"],
            "are of efficientnet_lite1, not of efficientnet_lite0: give weights of efficientnet_lite0",
        ),
        (&["--out", "old"], "--resume"),
    ];
    for (args, message) in cases {
        // A later argument replaces an earlier one.
        bench.train("new", args).fails_with(message);
        assert!(!bench.path("new/breeds.onnx").exists());
    }
    assert_eq!(bench.bytes("old/checkpoint.safetensors"), b"an older run");
    bench
        .train("nothing", &["--resume"])
        .fails_with("recipe.toml");
}

#[test]
fn what_the_owner_of_the_photographs_may_not_expect_is_said_at_the_start() {
    let bench = Bench::new();
    let write = |name: &str, content: &[u8]| {
        let path = bench.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a temporary folder");
        fs::write(path, content).expect("a temporary file");
    };
    write("data/blue/31.heic", b"a photograph of another kind");
    write("extra/blue/notes.txt", b"no photograph");
    write("extra/labrador_retriever/1.jpg", b"of another breed");
    let dataset = Dataset::open(&bench.path("data")).expect("a dataset");
    let tested = dataset.test.first().expect("a photograph to test on");
    assert!(tested.path.starts_with(bench.path("data/blue")));
    write("extra/blue/copy.png", &fs::read(&tested.path).expect("it"));

    let run = bench.train("run", &["--epochs", "1", "--extra", "extra"]);
    run.succeeds();
    let read = "JPEG, PNG, WebP and GIF are read";
    let expected = [
        format!("data/blue: skipped 1 .heic; {read}"),
        format!("extra/blue: skipped 1 .txt; {read}"),
        "extra: these folders are of no breed of the dataset and are not used: labrador_retriever (1 photograph)"
            .to_owned(),
    ];
    let mut warnings = run.warnings();
    // Of few photographs, and of drawn ones.
    let of_any = [
        "to validate on: even if the network is right",
        "look nearly like another one",
    ];
    warnings.retain(|warning| !of_any.iter().any(|part| warning.contains(part)));
    // Drawn photographs look like several others.
    let left_out = warnings.pop().expect("the copy is left out");
    let start = "warning: not trained on, since they look nearly like photographs to validate or to test on: \
                 extra/blue/copy.png ~ data/blue/";
    assert!(left_out.starts_with(start), "{left_out}");
    assert_eq!(warnings, expected.map(|note| format!("warning: {note}")));
}

#[test]
fn photographs_to_train_on_and_to_validate_on_are_warned_of_and_those_passed_over_are_named() {
    let bench = Bench::new();
    // The same photographs on both sides.
    for side in ["train", "valid"] {
        draw_breeds(&bench.path("split").join(side), 6);
    }
    let mut table = "file,breed,species,split\n".to_owned();
    for (breed, species) in [("Red", "cat"), ("blue", "dog")] {
        for number in 0..5 {
            for side in ["train", "valid"] {
                table += &format!("{side}/{breed}/{number}.png,{breed},{species},{side}\n");
            }
        }
    }
    fs::write(bench.path("split/photos.csv"), table).expect("a temporary file");
    let run = bench.train("run", &["--data", "split/photos.csv", "--epochs", "1"]);
    run.succeeds();
    let warnings = run.warnings().join("\n");
    for expected in [
        "nearly the same photograph to train on and to validate on, which makes the figures of the latter too good",
        "split/photos.csv: 4 photographs that it does not name, not used: train/Red/5.png, train/blue/5.png, valid/Red/5.png and 1 more",
    ] {
        assert!(warnings.contains(expected), "{warnings}");
    }
}

#[test]
fn a_breed_without_a_photograph_to_train_on_is_refused() {
    let bench = Bench::new();
    let folder = bench.path("data/green");
    fs::create_dir_all(&folder).expect("a temporary folder");
    let breeds = [("red", "cat"), ("blue", "dog"), ("green", "dog")];
    say_species(&bench.path("data"), &breeds);
    let refused = |run: &Ended| {
        run.fails_with("green has no photograph to train on in data, or none that can be read");
        assert!(!bench.path("run").exists());
    };
    for number in 0..20 {
        fs::write(folder.join(format!("{number}.png")), "no picture").expect("a temporary file");
    }
    refused(&bench.train("run", &[]));

    // Photographs to test on alone.
    let dataset = Dataset::open(&bench.path("data")).expect("a dataset");
    for photo in dataset
        .trainval
        .iter()
        .filter(|photo| photo.path.starts_with(&folder))
    {
        fs::remove_file(&photo.path).expect("a temporary file");
    }
    let tested = dataset
        .test
        .iter()
        .filter(|photo| photo.path.starts_with(&folder));
    for photo in tested {
        draw([60, 200, 60], 1)
            .save(&photo.path)
            .expect("a temporary file");
    }
    fs::write(folder.join("broken.png"), "no picture").expect("a temporary file");
    refused(&bench.train("run", &[]));

    // Additional photographs make no prototype.
    draw_breeds(&bench.path("extra"), 3);
    fs::rename(bench.path("extra/Red"), bench.path("extra/green")).expect("a temporary folder");
    refused(&bench.train("run", &["--extra", "extra"]));
}

#[test]
fn runs_from_one_start_are_averaged_to_a_bundle_that_the_kiosk_runs() {
    let bench = Bench::new();
    let start = bench.weights("start.safetensors", |_| ());
    for (run, seed) in [("one", "1"), ("two", "2")] {
        let args = ["--init", &start, "--epochs", "2", "--seed", seed];
        bench.train(run, &args).succeeds();
    }
    bench.average("mean", &["one", "two"]).succeeds();
    bench.average("itself", &["one", "one"]).succeeds();

    let answers = |run: &str| {
        let bundle = Bundle::read(&bench.path(run).join("breeds.onnx")).expect("a sound bundle");
        let recogniser = Recogniser::new(bundle).expect("a network that runs");
        let output = recogniser.output(&draw([60, 60, 190], 1000));
        (
            recogniser.metadata().trained.recipe.clone(),
            output.expect("an answer"),
        )
    };
    let (recipe, own) = answers("one");
    let (recipes, mean) = answers("mean");
    assert_eq!(
        recipes[0], recipe,
        "the metadata has the recipe of each run in order"
    );
    assert_eq!(recipes[1]["seed"], 2);
    assert_ne!(mean.features, own.features);
    let (_, itself) = answers("itself");
    for (own, itself) in own.features.iter().zip(&itself.features) {
        assert!(
            (own - itself).abs() < 1e-5,
            "a run averaged with itself is the same network"
        );
    }
}

#[test]
fn each_network_is_trained_and_stays_what_it_is() {
    let bench = Bench::new();
    let networks = [
        ("mobilenetv2_140", 1792, [0.485, 0.456, 0.406]),
        ("efficientnet_lite0", 1280, [0.485, 0.456, 0.406]),
        ("tf_efficientnet_lite0", 1280, [0.5; 3]),
    ];
    for (network, features, mean) in networks {
        let args = ["--network", network, "--epochs", "1"];
        bench.train(network, &args).succeeds();
        let bundle = Bundle::read(&bench.path(network).join("breeds.onnx"));
        let recogniser = Recogniser::new(bundle.expect("a sound bundle")).expect("it runs");
        let metadata = recogniser.metadata();
        assert_eq!(metadata.trained.recipe["network"], network);
        assert_eq!(metadata.input.mean, mean);
        let output = recogniser.output(&draw([60, 60, 190], 1000));
        assert_eq!(output.expect("an answer").features.len(), features);
    }
    bench
        .train(
            "efficientnet_lite0",
            &["--resume", "--network", "mobilenetv2_140"],
        )
        .fails_with("was started with --network efficientnet_lite0");
    bench.train("efficientnet_lite0", &["--resume"]).succeeds();
    bench
        .average("mean", &["efficientnet_lite0", "tf_efficientnet_lite0"])
        .fails_with("is of tf_efficientnet_lite0, not of efficientnet_lite0");
    // A checkpoint that was copied from a run of another network.
    let checkpoint = bench.bytes("tf_efficientnet_lite0/checkpoint.safetensors");
    let path = bench.path("efficientnet_lite0/checkpoint.safetensors");
    fs::write(path, checkpoint).expect("a temporary file");
    bench
        .train("efficientnet_lite0", &["--resume"])
        .fails_with("is of tf_efficientnet_lite0, not of efficientnet_lite0");
}

#[test]
fn runs_that_do_not_belong_together_are_not_averaged() {
    let bench = Bench::new();
    let start = bench.weights("start.safetensors", |_| ());
    let other = bench.weights("other.safetensors", |_| ());
    let short = ["--epochs", "1"];
    bench
        .train("one", &[&short[..], &["--init", &start]].concat())
        .succeeds();
    bench
        .train("elsewhere", &[&short[..], &["--init", &other]].concat())
        .succeeds();
    draw_breeds(&bench.path("more"), 31);
    bench
        .train(
            "more",
            &[&short[..], &["--init", &start, "--data", "more"]].concat(),
        )
        .succeeds();
    bench
        .train("halfway", &[&short[..], &["--init", &start]].concat())
        .succeeds();
    let recipe = fs::read_to_string(bench.path("halfway/recipe.toml")).expect("a recipe");
    let longer = recipe.replace("epochs = 1\npatience", "epochs = 2\npatience");
    assert_ne!(longer, recipe);
    fs::write(bench.path("halfway/recipe.toml"), longer).expect("a temporary file");

    let cases: [(&[&str], &str); 4] = [
        (
            &["one", "elsewhere"],
            "the run in elsewhere started from other weights",
        ),
        (
            &["one", "more"],
            "the photographs are not those that the run in more started with",
        ),
        (&["one", "halfway"], "the run in halfway is not finished"),
        (&["one", "nowhere"], "nowhere/recipe.toml"),
    ];
    for (runs, message) in cases {
        bench.average("new", runs).fails_with(message);
        assert!(!bench.path("new/breeds.onnx").exists());
    }
    bench
        .average("one", &["one"])
        .fails_with("one already holds a run");
}

#[test]
fn norms_are_folded_if_the_file_has_them() {
    let bench = Bench::new();
    let plain = bench.weights("plain.safetensors", |_| ());
    let normed = bench.weights("normed.safetensors", |weights| {
        // gamma 3, beta 1, mean 2, variance 4: y = (x - 2) * 1.5 + 1 = 1.5 x - 2.
        let variance = 4.0 - 1e-5;
        weights.remove("conv_stem.bias");
        for (part, value) in [
            ("weight", 3.0),
            ("bias", 1.0),
            ("running_mean", 2.0),
            ("running_var", variance),
        ] {
            let values = Tensor::full(value as f32, 32, &Device::Cpu).expect("a tensor");
            weights.insert(format!("bn1.{part}"), values);
        }
    });
    let folded = |file: String| {
        let network = Network::new(Architecture::MobileNetV2, 2, &Init::File(file.into()))
            .expect("weights that fit");
        let named: HashMap<_, _> = network.variables().iter().cloned().collect();
        let values = |name: &str| {
            named[name]
                .flatten_all()
                .and_then(|t| t.to_vec1::<f32>())
                .expect("values")
        };
        (values("conv_stem.weight"), values("conv_stem.bias"))
    };
    let ((plain, _), (weight, bias)) = (folded(plain), folded(normed));
    for (plain, folded) in plain.iter().zip(&weight) {
        assert!(
            (plain * 1.5 - folded).abs() < 1e-5,
            "{plain} became {folded}"
        );
    }
    assert!(
        bias.iter().all(|bias| (bias + 2.0).abs() < 1e-5),
        "{bias:?}"
    );
}

/// A folder with a dataset, in which the trainer runs.
pub(crate) struct Bench(TempDir);

impl Bench {
    pub(crate) fn new() -> Self {
        let bench = Self(TempDir::new().expect("a temporary folder"));
        draw_breeds(&bench.path("data"), 30);
        fs::write(bench.path("quick.toml"), QUICK).expect("a temporary file");
        bench
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a table of boxes for the first photographs of each breed.
    fn boxes(&self, name: &str, count: usize) {
        let mut table = "file,kind,score,x1,y1,x2,y2\n".to_owned();
        for breed in ["Red", "blue"] {
            for number in 0..count {
                table += &format!("data/{breed}/{number}.png,dog,0.9,0.1,0.1,0.9,0.8\n");
            }
        }
        fs::write(self.path(name), table).expect("a temporary file");
    }

    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).expect("a file of the run")
    }

    pub(crate) fn command(&self, run: &str, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
        command.current_dir(self.0.path()).arg("train");
        for (name, value) in [
            ("--data", "data"),
            ("--out", run),
            ("--init", "none"),
            ("--recipe", "quick.toml"),
        ] {
            let resumed = args.contains(&"--resume") && name == "--recipe";
            if !args.contains(&name) && !resumed {
                command.args([name, value]);
            }
        }
        command.args(args);
        command
    }

    pub(crate) fn train(&self, run: &str, args: &[&str]) -> Ended {
        Ended(
            self.command(run, args)
                .output()
                .expect("the trainer starts"),
        )
    }

    fn average(&self, out: &str, runs: &[&str]) -> Ended {
        let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
        command.current_dir(self.0.path()).arg("average").args(runs);
        command.args(["--data", "data", "--out", out]);
        Ended(command.output().expect("the trainer starts"))
    }

    /// Writes a file of random weights after a change; gives its path.
    fn weights(&self, name: &str, change: impl Fn(&mut HashMap<String, Tensor>)) -> String {
        let network = Network::new(Architecture::MobileNetV2, 2, &Init::Random(1))
            .expect("random weights fit");
        let named = network.variables().iter();
        let mut weights = named
            .map(|(name, variable)| (name.clone(), variable.as_tensor().clone()))
            .collect();
        change(&mut weights);
        candle_core::safetensors::save(&weights, self.path(name)).expect("a temporary file");
        self.path(name).display().to_string()
    }
}

pub(crate) struct Ended(pub(crate) Output);

impl Ended {
    pub(crate) fn succeeds(&self) {
        assert!(
            self.0.status.success(),
            "{}",
            String::from_utf8_lossy(&self.0.stderr)
        );
    }

    /// The lines on stderr that begin with `warning:`.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let errors = String::from_utf8_lossy(&self.0.stderr);
        let warnings = errors.lines().filter(|line| line.starts_with("warning:"));
        warnings.map(str::to_owned).collect()
    }

    /// Exit code 1, and one line with `message` on stderr besides warnings and those of folds and epochs.
    pub(crate) fn fails_with(&self, message: &str) {
        let errors = String::from_utf8_lossy(&self.0.stderr);
        assert_eq!(self.0.status.code(), Some(1), "{message}: {errors}");
        let other: Vec<&str> = errors
            .lines()
            .filter(|line| {
                let usual = [
                    "augmented:",
                    "averaging:",
                    "epoch",
                    "fold-",
                    "training:",
                    "warning:",
                ];
                !usual.iter().any(|start| line.starts_with(start))
            })
            .collect();
        assert_eq!(other.len(), 1, "one line: {errors}");
        assert!(other[0].contains(message), "{message} is not in: {errors}");
    }
}

fn zeros(shape: &[usize]) -> Tensor {
    Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu).expect("a tensor")
}

pub(crate) fn wait_for(file: &Path) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !file.exists() {
        assert!(
            Instant::now() < deadline,
            "{} never appeared",
            file.display()
        );
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(crate) fn interrupt(process: u32) {
    // The shell's own `kill`: a minimal system has no program of that name.
    let killed = Command::new("sh")
        .args(["-c", &format!("kill -INT {process}")])
        .status();
    assert!(killed.expect("a shell").success());
}
