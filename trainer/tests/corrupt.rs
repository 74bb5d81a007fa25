//! Corruptions are those of the benchmark, reproducible, and work on any picture.

use image::{Rgb, RgbImage};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use trainer::corrupt::{Condition, Corruption, Group, LONGEST, SCALE, Severity, to_scale};

const WEAKEST: Severity = Severity::ALL[0];
const STRONGEST: Severity = Severity::ALL[4];

fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn corrupt(corruption: Corruption, picture: &RgbImage, severity: Severity, seed: u64) -> RgbImage {
    corruption.apply(picture, severity, &mut rng(seed))
}

/// A furry disk with eyes on stripes, with light and dark, coarse and fine parts.
fn animal(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let across = x / width as f32 - 0.5;
        let down = y / height as f32 - 0.5;
        let distance = (across * across + down * down).sqrt();
        let waves = |x: f32, y: f32| (x * 1.3 + y * 0.4).sin() * (y * 0.9 - x * 0.2).cos();
        let fur = 8.0 * waves(x, y) + 25.0 * waves(y / 5.0, x / 4.0);
        let eye = (across.abs() - 0.1).hypot(down + 0.05) < 0.03;
        let colour = if distance < 0.33 && eye {
            [10.0, 20.0, 15.0]
        } else if distance < 0.33 {
            [170.0 + fur, 130.0 + fur, 90.0 + fur]
        } else if (x / 23.0 + y / 61.0) % 2.0 < 1.0 {
            [60.0, 80.0 + 40.0 * down, 50.0]
        } else {
            [110.0, 120.0 + 60.0 * across, 140.0]
        };
        Rgb(colour.map(|value| value as u8))
    })
}

fn flat(width: u32, height: u32, value: u8) -> RgbImage {
    RgbImage::from_pixel(width, height, Rgb([value; 3]))
}

fn spot() -> RgbImage {
    let mut spot = flat(101, 101, 0);
    spot[(50, 50)] = Rgb([255; 3]);
    spot
}

fn lit(picture: &RgbImage) -> usize {
    picture.pixels().filter(|pixel| pixel[0] > 0).count()
}

/// Mean of a channel, 0 to 255.
fn mean(picture: &RgbImage, channel: usize) -> f64 {
    let sum: f64 = picture
        .pixels()
        .map(|pixel| f64::from(pixel[channel]))
        .sum();
    sum / f64::from(picture.width() * picture.height())
}

/// Standard deviation of red, 0 to 255.
fn deviation(picture: &RgbImage) -> f64 {
    let mean = mean(picture, 0);
    let squares = picture
        .pixels()
        .map(|pixel| (f64::from(pixel[0]) - mean).powi(2));
    (squares.sum::<f64>() / f64::from(picture.width() * picture.height())).sqrt()
}

/// Mean squared difference.
fn error(one: &RgbImage, other: &RgbImage) -> f64 {
    let differences = one.iter().zip(other.iter());
    let squares = differences.map(|(&one, &other)| (f64::from(one) - f64::from(other)).powi(2));
    squares.sum::<f64>() / one.len() as f64
}

#[test]
fn names_and_groups_are_the_benchmarks() {
    let of_group = |group: Group| -> Vec<&str> {
        let corruptions = Corruption::ALL.into_iter();
        corruptions
            .filter(|corruption| corruption.group() == group)
            .map(Corruption::name)
            .collect()
    };
    let groups = Group::ALL.map(|group| (group.name(), of_group(group).join(" ")));
    let expected = [
        ("noise", "gaussian_noise shot_noise impulse_noise"),
        ("blur", "defocus_blur glass_blur motion_blur zoom_blur"),
        ("weather", "snow frost fog brightness"),
        (
            "digital",
            "contrast elastic_transform pixelate jpeg_compression",
        ),
    ];
    assert_eq!(
        groups,
        expected.map(|(group, names)| (group, names.to_owned()))
    );
}

#[test]
fn severities_go_from_one_to_five() {
    for level in 1..=5 {
        assert_eq!(Severity::new(level).map(Severity::level), Some(level));
    }
    assert_eq!(Severity::new(0), None);
    assert_eq!(Severity::new(6), None);
}

#[test]
fn the_same_seed_gives_the_same_bytes_of_the_same_size() {
    let picture = animal(90, 70);
    for corruption in Corruption::ALL {
        for severity in Severity::ALL {
            let corrupted = corrupt(corruption, &picture, severity, 5);
            assert_eq!(corrupted.dimensions(), picture.dimensions());
            assert_ne!(corrupted, picture, "{corruption:?} changes nothing");
            assert_eq!(corrupted, corrupt(corruption, &picture, severity, 5));
            let chance = !matches!(
                corruption,
                Corruption::DefocusBlur
                    | Corruption::ZoomBlur
                    | Corruption::Brightness
                    | Corruption::Contrast
                    | Corruption::Pixelate
                    | Corruption::JpegCompression
            );
            let differs = corrupted != corrupt(corruption, &picture, severity, 6);
            assert_eq!(differs, chance, "{corruption:?} with another seed");
        }
    }
    for condition in Condition::ALL {
        let corrupted = condition.apply(&picture, &mut rng(5));
        assert_eq!(corrupted, condition.apply(&picture, &mut rng(5)));
        let wide = condition == Condition::FarAway;
        let size = if wide {
            (640, 360)
        } else {
            picture.dimensions()
        };
        assert_eq!(corrupted.dimensions(), size, "{condition:?}");
    }
}

#[test]
fn the_error_grows_with_severity() {
    // Steps at which the published strengths change the kind of damage.
    let other_damage = [
        (Corruption::GlassBlur, 2),
        (Corruption::Snow, 3),
        (Corruption::Frost, 4),
        (Corruption::Fog, 4),
        (Corruption::ElasticTransform, 3),
    ];
    let picture = animal(340, 256);
    for corruption in Corruption::ALL {
        let errors = Severity::ALL.map(|severity| {
            let seeds = 0..6;
            let errors =
                seeds.map(|seed| error(&picture, &corrupt(corruption, &picture, severity, seed)));
            errors.sum::<f64>() / 6.0
        });
        for (level, step) in (2..).zip(errors.windows(2)) {
            let grows = step[0] < step[1] || other_damage.contains(&(corruption, level));
            assert!(grows, "{corruption:?} at {level}: {errors:?}");
        }
    }
}

#[test]
fn any_picture_can_be_corrupted() {
    let sizes = [
        (1, 1),
        (2, 1),
        (1, 3),
        (3, 2000),
        (700, 2),
        (9, 8),
        (40, 30),
    ];
    let pictures = sizes.into_iter().flat_map(|(width, height)| {
        [
            flat(width, height, 0),
            flat(width, height, 255),
            animal(width, height),
        ]
    });
    for picture in pictures {
        for severity in Severity::ALL {
            for corruption in Corruption::ALL {
                let corrupted = corrupt(corruption, &picture, severity, 1);
                assert_eq!(
                    corrupted.dimensions(),
                    picture.dimensions(),
                    "{corruption:?}"
                );
            }
        }
        for condition in Condition::ALL {
            assert!(!condition.apply(&picture, &mut rng(1)).is_empty());
        }
        assert!(!to_scale(&picture).is_empty());
    }
    let nothing = RgbImage::new(0, 7);
    for corruption in Corruption::ALL {
        assert_eq!(corrupt(corruption, &nothing, STRONGEST, 1), nothing);
    }
    for condition in Condition::ALL {
        assert_eq!(condition.apply(&nothing, &mut rng(1)), nothing);
    }
    assert_eq!(to_scale(&nothing), nothing);
}

#[test]
fn pictures_are_brought_to_the_scale_of_the_severities() {
    assert_eq!(
        to_scale(&animal(1000, 500)).dimensions(),
        (2 * SCALE, SCALE)
    );
    assert_eq!(
        to_scale(&animal(64, 96)).dimensions(),
        (SCALE, SCALE * 3 / 2)
    );
    assert_eq!(to_scale(&animal(5000, 20)).dimensions(), (LONGEST, 4));
    let right = animal(300, SCALE);
    assert_eq!(to_scale(&right), right);
}

#[test]
fn noise_is_as_strong_as_published() {
    let grey = flat(200, 200, 128);
    let gaussian = corrupt(Corruption::GaussianNoise, &grey, WEAKEST, 1);
    assert!((mean(&gaussian, 0) - 128.0).abs() < 1.0);
    assert!((deviation(&gaussian) - 0.08 * 255.0).abs() < 0.5);

    // The standard deviation of a count with mean n is the root of n.
    for value in [30, 128] {
        let shot = corrupt(Corruption::ShotNoise, &flat(200, 200, value), WEAKEST, 1);
        let value = f64::from(value);
        let expected = (value / 255.0 * 60.0).sqrt() / 60.0 * 255.0;
        assert!((mean(&shot, 0) - value).abs() < 1.0);
        assert!((deviation(&shot) - expected).abs() < 0.5);
    }

    let impulse = corrupt(Corruption::ImpulseNoise, &grey, STRONGEST, 1);
    let share = |value: u8| {
        let count = impulse.iter().filter(|&&other| other == value).count();
        count as f64 / impulse.len() as f64
    };
    assert!((share(0) - 0.135).abs() < 0.01);
    assert!((share(255) - 0.135).abs() < 0.01);
    assert!((share(128) - 0.73).abs() < 0.01);
}

#[test]
fn corruptions_that_only_mix_or_move_pixels_leave_a_flat_picture_unchanged() {
    let grey = flat(120, 90, 128);
    for corruption in Corruption::ALL {
        let mixes = corruption.group() == Group::Blur || corruption.group() == Group::Digital;
        for severity in Severity::ALL.into_iter().filter(|_| mixes) {
            let corrupted = corrupt(corruption, &grey, severity, 3);
            let unchanged = corrupted.iter().all(|value| value.abs_diff(128) <= 1);
            assert!(unchanged, "{corruption:?} {severity:?}");
        }
    }
}

#[test]
fn defocus_turns_a_spot_into_a_disk() {
    // There are 29 whole pixels within 3 pixels of one.
    let disk = corrupt(Corruption::DefocusBlur, &spot(), WEAKEST, 1);
    assert_eq!(lit(&disk), 29);
    assert_eq!(disk[(53, 50)][0], (255.0f64 / 29.0).round() as u8);
    assert_eq!(disk[(53, 51)][0], 0);
}

#[test]
fn motion_turns_a_spot_into_a_line_that_is_rather_horizontal() {
    for seed in 0..20 {
        let line = corrupt(Corruption::MotionBlur, &spot(), WEAKEST, seed);
        assert!(
            (5..=21).contains(&lit(&line)),
            "seed {seed}: {}",
            lit(&line)
        );
        let ends = |at: fn(u32, u32) -> u32| {
            let lit = line.enumerate_pixels().filter(|(_, _, pixel)| pixel[0] > 0);
            let places: Vec<u32> = lit.map(|(x, y, _)| at(x, y)).collect();
            places
                .iter()
                .max()
                .zip(places.iter().min())
                .map(|(most, least)| most - least)
        };
        assert!(ends(|x, _| x) >= ends(|_, y| y), "seed {seed}");
        let light: u32 = line.pixels().map(|pixel| u32::from(pixel[0])).sum();
        assert!((245..=265).contains(&light), "seed {seed}: {light}");
    }
}

#[test]
fn a_zoom_leaves_the_centre_sharper_than_the_edges() {
    let stripes = RgbImage::from_fn(256, 256, |x, _| {
        Rgb([if x / 4 % 2 == 0 { 255 } else { 0 }; 3])
    });
    let zoomed = corrupt(Corruption::ZoomBlur, &stripes, WEAKEST, 1);
    let part = |left| deviation(&image::imageops::crop_imm(&zoomed, left, 0, 32, 256).to_image());
    assert!(part(112) > 3.0 * part(0), "{} and {}", part(112), part(0));
}

#[test]
fn glass_moves_pixels_no_further_than_its_strength() {
    let glass = corrupt(Corruption::GlassBlur, &spot(), WEAKEST, 2);
    for (x, y, pixel) in glass.enumerate_pixels() {
        // Two passes, in which a pixel may move several times, and two Gaussians that reach 3 pixels.
        let near = x.abs_diff(50) < 20 && y.abs_diff(50) < 20;
        assert!(near || pixel[0] == 0, "lit at {x}, {y}");
    }
}

#[test]
fn snow_and_frost_cover_and_fog_flattens() {
    let picture = animal(256, 256);
    let black = flat(256, 256, 0);
    for severity in Severity::ALL {
        let snow = corrupt(Corruption::Snow, &picture, severity, 1);
        assert!(mean(&snow, 0) > mean(&picture, 0));
        let frost = corrupt(Corruption::Frost, &black, severity, 1);
        assert!(mean(&frost, 0) > 25.0 && deviation(&frost) > 10.0);
        assert!(mean(&frost, 2) > mean(&frost, 0), "ice is bluish");
        // Fog keeps the brightness of the brightest pixel, so a black picture stays black.
        assert_eq!(corrupt(Corruption::Fog, &black, severity, 1), black);
        let fog = corrupt(Corruption::Fog, &flat(256, 256, 200), severity, 1);
        assert!(fog.iter().all(|&value| value <= 200) && deviation(&fog) > 10.0);
    }
}

#[test]
fn brightness_raises_the_value_and_keeps_the_hue() {
    let colours = RgbImage::from_fn(3, 1, |x, _| {
        Rgb([[100, 50, 25], [0, 0, 0], [250, 125, 0]][x as usize])
    });
    let brighter = corrupt(Corruption::Brightness, &colours, STRONGEST, 1);
    // 100 of 255 plus one half is 227.5, about 2.28 times as much.
    assert_eq!(brighter[(0, 0)], Rgb([228, 114, 57]));
    assert_eq!(brighter[(1, 0)], Rgb([128; 3]));
    assert_eq!(brighter[(2, 0)], Rgb([255, 128, 0]));
}

#[test]
fn contrast_shrinks_about_the_mean() {
    let picture = animal(200, 150);
    let flattened = corrupt(Corruption::Contrast, &picture, WEAKEST, 1);
    for channel in 0..3 {
        assert!((mean(&flattened, channel) - mean(&picture, channel)).abs() < 0.5);
    }
    assert!((deviation(&flattened) / deviation(&picture) - 0.4).abs() < 0.01);
}

#[test]
fn the_elastic_transform_moves_pixels_but_adds_no_colours() {
    let picture = RgbImage::from_fn(256, 256, |x, _| Rgb([if x < 128 { 50 } else { 200 }; 3]));
    for severity in Severity::ALL {
        let bent = corrupt(Corruption::ElasticTransform, &picture, severity, 4);
        assert!(bent.iter().all(|value| (50..=200).contains(value)));
        let edge = |y: u32| (0..256).find(|&x| bent[(x, y)][0] > 125);
        let edges: Vec<_> = (0..256).map(edge).collect();
        assert!(
            edges.iter().any(|&edge| edge != edges[0]),
            "{severity:?}: still straight"
        );
    }
}

#[test]
fn pixelation_makes_blocks_of_four_by_four_pixels() {
    let coarse = corrupt(Corruption::Pixelate, &animal(64, 48), STRONGEST, 1);
    for (x, y, pixel) in coarse.enumerate_pixels() {
        assert_eq!(pixel, &coarse[(x / 4 * 4, y / 4 * 4)], "at {x}, {y}");
    }
}

#[test]
fn a_small_jpeg_shows_its_blocks() {
    // The differences of neighbouring pixels on a smooth slope: at the edges of blocks of 8, and elsewhere.
    let slope = RgbImage::from_fn(256, 256, |x, y| Rgb([(x / 4 + y / 3 + 40) as u8; 3]));
    let blocky = corrupt(Corruption::JpegCompression, &slope, STRONGEST, 1);
    let mut steps = [0.0, 0.0];
    for (x, y, pixel) in blocky.enumerate_pixels().filter(|(x, ..)| *x > 0) {
        let step = pixel[0].abs_diff(blocky[(x - 1, y)][0]);
        if x % 8 == 0 {
            steps[0] += f64::from(step);
        } else {
            steps[1] += f64::from(step) / 7.0;
        }
    }
    assert!(steps[0] > 3.0 * steps[1], "{steps:?}");
}

#[test]
fn the_error_shrinks_with_the_quality_of_the_camera() {
    let picture = animal(340, 256);
    let qualities = [
        Condition::Jpeg95,
        Condition::Jpeg70,
        Condition::Jpeg50,
        Condition::Jpeg30,
    ];
    let errors = qualities.map(|quality| error(&picture, &quality.apply(&picture, &mut rng(1))));
    assert!(errors.is_sorted() && errors[0] > 0.0, "{errors:?}");
}

#[test]
fn lamps_cast_their_colour_and_leave_black() {
    let grey = flat(1, 1, 128);
    let under = |light: Condition| light.apply(&grey, &mut rng(1))[(0, 0)].0;
    let [red, green, blue] = under(Condition::WarmLight);
    assert!(red > green && green > blue);
    let [red, green, blue] = under(Condition::ColdLight);
    assert!(red < green && green < blue);
    let [red, green, blue] = under(Condition::GreenLight);
    assert!(green > red && green > blue);
    for light in [
        Condition::WarmLight,
        Condition::ColdLight,
        Condition::GreenLight,
    ] {
        let black = flat(2, 2, 0);
        assert_eq!(light.apply(&black, &mut rng(1)), black);
    }
}

#[test]
fn far_away_an_animal_takes_a_third_of_the_frame() {
    let red = RgbImage::from_pixel(400, 300, Rgb([255, 0, 0]));
    for seed in 0..20 {
        let frame = Condition::FarAway.apply(&red, &mut rng(seed));
        let columns: Vec<u32> = (0..640)
            .filter(|&x| (0..360).any(|y| frame[(x, y)].0 == [255, 0, 0]))
            .collect();
        let (first, last) = (columns[0], columns[columns.len() - 1]);
        // The columns that are pure red, without the seam that blends into the room.
        assert!(
            (175..=213).contains(&(last - first)),
            "seed {seed}: {first} to {last}"
        );
        // A square crop sees all of it.
        assert!(first >= 140 && last < 500, "seed {seed}: {first} to {last}");
    }
}

#[test]
fn upside_down_twice_is_upright() {
    let picture = animal(31, 20);
    let turned = Condition::UpsideDown.apply(&picture, &mut rng(1));
    assert_eq!(turned[(0, 0)], picture[(30, 19)]);
    assert_eq!(Condition::UpsideDown.apply(&turned, &mut rng(1)), picture);
}
