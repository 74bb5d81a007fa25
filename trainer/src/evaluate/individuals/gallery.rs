//! The gallery of known animals, and how similar a photograph is to each of them, as at the kiosk.
//!
//! A photograph may show several animals, and its folder says whose it is, but not where. At the kiosk each of them is
//! an arrival of its own, and staff say who it is.

use recognise::adaptation::Adaptation;
use recognise::embedding::similarity_to;

use super::protocol::Photograph;

/// Animals of which photographs are known.
pub(super) struct Gallery {
    adaptation: Adaptation,
    /// The embeddings of each, adapted.
    animals: Vec<Vec<Vec<f32>>>,
}

impl Gallery {
    /// The gallery of these animals, each with the embeddings that [`shown`] gives.
    pub(super) fn of(animals: &[&[Vec<f32>]]) -> Self {
        let adaptation = Adaptation::to(animals);
        let adapted = animals.iter().map(|embeddings| {
            let adapted = embeddings.iter().map(|it| adaptation.adapted(it));
            adapted.collect()
        });
        Self {
            animals: adapted.collect(),
            adaptation,
        }
    }

    /// How similar each animal is to the photograph, which shows it if any animal in it is it: so the most similar one
    /// counts. What cannot be compared is not similar at all.
    pub(super) fn similarities(&self, photograph: &Photograph) -> Vec<f32> {
        let probes = photograph.embeddings.iter();
        let probes: Vec<Vec<f32>> = probes.map(|it| self.adaptation.adapted(it)).collect();
        let animals = self.animals.iter().map(|known| {
            let known: Vec<&[f32]> = known.iter().map(Vec::as_slice).collect();
            let of_probes = probes.iter().filter_map(|it| similarity_to(&known, it));
            of_probes.fold(f32::NEG_INFINITY, f32::max)
        });
        animals.collect()
    }
}

/// The embeddings of the one animal that all of these photographs are of: in each of them the animal that is most like
/// those in the others, or the largest where there is no other photograph. Photographs without an embedding have none.
pub(super) fn shown(photographs: &[&Photograph]) -> Vec<Vec<f32>> {
    let of_each = photographs.iter().enumerate();
    let shown = of_each.filter_map(|(index, photograph)| {
        let others = || {
            let others = photographs.iter().enumerate();
            others.filter(move |&(other, _)| other != index)
        };
        let agreement = |embedding: &Vec<f32>| -> f32 {
            let nearest = others().filter_map(|(_, other)| {
                let similar = other.embeddings.iter();
                let similar = similar.filter_map(|it| similarity_to(&[it], embedding));
                similar.max_by(f32::total_cmp)
            });
            nearest.sum()
        };
        let agreeing = photograph.embeddings.iter();
        let agreeing = agreeing.map(|embedding| (embedding, agreement(embedding)));
        // Of equal ones the first, which is the largest.
        let most = agreeing.reduce(|most, it| if it.1 > most.1 { it } else { most });
        most.map(|(embedding, _)| embedding.clone())
    });
    shown.collect()
}
