//! Boxes stay where their animals are, whatever is done to a photograph.

use image::{Rgb, RgbImage, imageops};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use recognise::Region;
use recognise::metadata::Species;
use trainer::detect::scenes::{Scene, background, composed, placed, zoomed};

use super::animal;

const RED: Rgb<u8> = Rgb([220, 20, 20]);
const GREY: Rgb<u8> = Rgb([120, 120, 120]);

/// A red animal in a grey photograph.
fn photo() -> Scene {
    let picture = RgbImage::from_fn(90, 60, |x, y| {
        let inside = (30..60).contains(&x) && (24..42).contains(&y);
        if inside { RED } else { GREY }
    });
    Scene {
        picture,
        animals: vec![animal(Species::Cat, [30.0 / 90.0, 0.4, 60.0 / 90.0, 0.7])],
    }
}

fn is_red(pixel: &Rgb<u8>) -> bool {
    i32::from(pixel[0]) - i32::from(pixel[1]) > 100
}

/// The box around all that is red.
fn red(picture: &RgbImage) -> Option<Region> {
    let reds = picture.enumerate_pixels().filter(|it| is_red(it.2));
    let reds: Vec<(u32, u32)> = reds.map(|(x, y, _)| (x, y)).collect();
    let (left, right) = (
        reds.iter().map(|it| it.0).min()?,
        reds.iter().map(|it| it.0).max()?,
    );
    let (top, bottom) = (
        reds.iter().map(|it| it.1).min()?,
        reds.iter().map(|it| it.1).max()?,
    );
    let [across, down] = [picture.width(), picture.height()].map(|side| side as f32);
    Region::new(
        left as f32 / across,
        top as f32 / down,
        (right + 1) as f32 / across,
        (bottom + 1) as f32 / down,
    )
}

/// The only box is around what is red, to within so many pixels.
fn check(scene: &Scene, pixels: f32, what: &str) {
    let red = red(&scene.picture);
    let [animal] = scene.animals[..] else {
        panic!("{what}: {:?} for {red:?}", scene.animals);
    };
    let red = red.unwrap_or_else(|| panic!("{what}: nothing is red"));
    let sides = [scene.picture.width(), scene.picture.height()].map(|side| side as f32);
    let corners = animal.region.corners().into_iter().zip(red.corners());
    for (index, (said, seen)) in corners.enumerate() {
        let off = (said - seen).abs() * sides[index % 2];
        assert!(
            off <= pixels,
            "{what}: {animal:?} but {red:?}, {off} pixels off"
        );
    }
}

fn ground() -> RgbImage {
    RgbImage::from_pixel(160, 120, GREY)
}

#[test]
fn a_closer_view_keeps_the_box_around_the_animal() {
    for seed in 0..200 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let scene = zoomed(&photo(), (128, 96), 0.2, &mut rng);
        assert_eq!(scene.picture.dimensions(), (128, 96));
        // Of an animal outside of the view nothing is left, and a sliver may be too thin to see.
        if scene.animals.iter().any(|animal| animal.is_sure) {
            check(&scene, 2.5, &format!("seed {seed}"));
        }
    }
}

#[test]
fn an_animal_that_can_hardly_be_seen_is_not_sure() {
    let part = |left: u32| photo().part([left, 0, 90 - left, 60], (64, 64));
    let sure = |scene: Scene| -> Vec<bool> { scene.animals.iter().map(|it| it.is_sure).collect() };
    assert_eq!(sure(part(30)), [true]);
    assert_eq!(sure(part(50)), [true], "a third is left");
    assert_eq!(sure(part(54)), [false], "a fifth is left");
    assert!(sure(part(62)).is_empty(), "nothing is left");
}

#[test]
fn a_mirrored_picture_has_mirrored_boxes() {
    let cut = photo().part([24, 0, 66, 60], (66, 60));
    let mirrored = cut.clone().mirrored();
    check(&mirrored, 0.5, "mirrored");
    assert_ne!(mirrored.animals, cut.animals);
}

#[test]
fn a_pasted_animal_is_where_its_box_says() {
    let mut heights = Vec::new();
    for seed in 0..200 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let scene = composed(ground(), &[], &[photo()], &mut rng);
        check(&scene, 2.5, &format!("seed {seed}"));
        heights.push(scene.animals[0].region.height());
    }
    heights.sort_by(f32::total_cmp);
    assert!(
        heights[0] < 0.15 && heights[199] > 0.3,
        "small and large: {heights:?}"
    );
}

#[test]
fn a_photograph_is_placed_at_the_height_that_is_asked_for() {
    for height in [1.0, 0.5, 0.25] {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let scene = placed(ground(), &photo(), height, &mut rng);
        check(&scene, 1.5, "placed");
        let expected = 0.3 * height.min(160.0 * 60.0 / (90.0 * 120.0));
        let found = f64::from(scene.animals[0].region.height());
        assert!(
            (found - expected).abs() < 0.02,
            "{found} instead of {expected}"
        );
    }
}

#[test]
fn of_several_animals_the_sure_ones_can_be_seen() {
    let mut several = 0;
    for seed in 0..100 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let scene = composed(ground(), &[], &[photo(), photo(), photo()], &mut rng);
        let sure = scene.animals.iter().filter(|animal| animal.is_sure);
        let sure: Vec<Region> = sure.map(|animal| animal.region).collect();
        several += usize::from(sure.len() > 1);
        for region in sure {
            let [left, top, width, height] = region.pixels(160, 120);
            let inside = imageops::crop_imm(&scene.picture, left, top, width, height).to_image();
            let reds = inside.pixels().filter(|pixel| is_red(pixel)).count();
            let share = reds as f32 / (width * height) as f32;
            assert!(share > 0.3, "seed {seed}: {share} of {region:?}");
        }
    }
    assert!(several > 50, "only {several} scenes have several animals");
}

#[test]
fn what_is_pasted_as_a_thing_and_backgrounds_have_no_box() {
    let thing = Scene {
        animals: vec![],
        ..photo()
    };
    for seed in 0..30 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let ground = background(&photo(), (80, 60), &mut rng);
        assert_eq!(ground.dimensions(), (80, 60));
        let scene = composed(ground, std::slice::from_ref(&thing), &[], &mut rng);
        assert!(scene.animals.is_empty(), "seed {seed}");
        assert!(red(&scene.picture).is_some(), "seed {seed}");
    }
}

#[test]
fn the_same_seed_gives_the_same_scene() {
    let scene = |seed| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let ground = background(&photo(), (80, 60), &mut rng);
        composed(ground, &[], &[photo(), photo()], &mut rng)
    };
    assert_eq!(scene(5), scene(5));
    assert_ne!(scene(5), scene(6));
}
