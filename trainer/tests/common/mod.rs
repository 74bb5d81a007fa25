//! A drawn dataset: a red cat and a blue dog, which differ only in colour.

use std::path::Path;

use image::{Rgb, RgbImage};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Settings with which a network learns colours from scratch within seconds.
pub(crate) const QUICK: &str = "\
train_size = 32
size = 32
batch = 8
head_epochs = 0
rate = 0.002
warmup = 0.5
average = 0.0
dropout = 0.0
[augment]
crop = 0.5
distance = 0.0
corruption = 0.0
upside_down = 0.0
colour = 0.1
erasing = 0.0
mixup = 0.0
";

/// Draws `count` photographs of each breed into `root/<breed>/`, and says the species of the breeds.
pub(crate) fn draw_breeds(root: &Path, count: u64) {
    for (breed, colour) in [("Red", [200, 60, 50]), ("blue", [50, 70, 200])] {
        let folder = root.join(breed);
        std::fs::create_dir_all(&folder).expect("a temporary folder");
        for number in 0..count {
            let picture = draw(colour, number);
            picture
                .save(folder.join(format!("{number}.png")))
                .expect("a temporary file");
        }
    }
    say_species(root, &[("red", "cat"), ("blue", "dog")]);
}

/// Writes the `breeds.toml` of a data folder.
pub(crate) fn say_species(root: &Path, breeds: &[(&str, &str)]) {
    let breeds = breeds.iter();
    let text: String = breeds
        .map(|(id, species)| format!("[[breed]]\nid = \"{id}\"\nspecies = \"{species}\"\n\n"))
        .collect();
    std::fs::write(root.join("breeds.toml"), text).expect("a temporary file");
}

/// A disk of the colour on grey, with noise.
pub(crate) fn draw(colour: [u8; 3], seed: u64) -> RgbImage {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (x0, y0) = (
        rng.random_range(12.0..28.0f32),
        rng.random_range(12.0..28.0f32),
    );
    RgbImage::from_fn(40, 40, |x, y| {
        let inside = (x as f32 - x0).hypot(y as f32 - y0) < 12.0;
        let base = if inside { colour } else { [128; 3] };
        Rgb(base.map(|value: u8| value.saturating_add_signed(rng.random_range(-20..=20))))
    })
}
