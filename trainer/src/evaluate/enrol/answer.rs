//! Learns breeds and names the most probable one with the kiosk's own code.

use recognise::learnt::{Example, Learnt};
use recognise::metadata::Breed;
use recognise::{BreedId, Metadata, Recognition};

/// Learns breeds from photographs, each with its breed. Photographs without an embedding do not count.
pub(super) fn learn<'a>(photographs: impl Iterator<Item = (&'a Breed, &'a Recognition)>) -> Learnt {
    let examples = photographs.filter_map(|(breed, recognition)| {
        let embedding = recognition.embedding();
        (!embedding.is_empty()).then(|| Example {
            breed: breed.id.clone(),
            species: breed.species,
            embedding,
        })
    });
    let examples: Vec<Example> = examples.collect();
    Learnt::of(&examples)
}

/// The most probable of the network's breeds and the learnt ones.
pub(super) fn answer(
    learnt: &Learnt,
    recognition: &Recognition,
    metadata: &Metadata,
) -> Option<BreedId> {
    let candidates = learnt.candidates(recognition, metadata);
    let first = candidates.into_iter().next();
    first.map(|candidate| candidate.breed)
}
