//! The network that finds animals: what it should answer, what it learns from, and how it is trained.

mod loss;
mod run;
mod scenes;
mod targets;

use recognise::Region;
use recognise::metadata::Species;
use trainer::detect::scenes::Animal;

/// A sure animal with these corners.
fn animal(species: Species, [left, top, right, bottom]: [f32; 4]) -> Animal {
    Animal {
        region: Region::new(left, top, right, bottom).expect("a box with an area"),
        species,
        is_sure: true,
    }
}
