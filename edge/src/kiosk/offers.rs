//! Collects what the kiosk says about an arrival, and what staff choose from at the screen.

use catalogue::AnimalId;
use recognise::learnt::Learnt;
use recognise::metadata::Species;
use recognise::verdict::Finding;
use recognise::{BreedId, Candidate, Metadata, Verdict, VerdictKind};

/// How many of the likeliest breeds staff choose from.
const BREEDS: usize = 3;

/// The answer to an arrival, and what staff choose from: first the animals that it may be, then the
/// likeliest breeds, those that were learnt at this kiosk among them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Offers {
    /// The kind of the answer.
    pub(super) kind: VerdictKind,
    /// The probability of what it says, 0 to 1.
    pub(super) confidence: f32,
    /// The species, where the answer is no more than that.
    pub(super) species: Option<Species>,
    /// The likeliest breeds, at most [`BREEDS`], likeliest first.
    pub(super) candidates: Vec<Candidate>,
    /// Those of them that were learnt, and from how many pictures.
    pub(super) learnt: Vec<(BreedId, usize)>,
    /// The animals that are offered before the breeds.
    guests: Vec<AnimalId>,
    /// The place of what is selected, among the animals and then the breeds.
    selected: usize,
}

/// What is selected, which the confirm button would confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// The animal of this place.
    Guest(usize),
    /// The breed of this place.
    Breed(usize),
}

impl Offers {
    /// What the network and the breeds that were learnt come to. `embedding` is the animal's.
    pub(super) fn new(
        answer: &Finding,
        embedding: &[f32],
        learnt: &Learnt,
        metadata: &Metadata,
    ) -> Self {
        let mut candidates = learnt.candidates_for(&answer.prediction, embedding, metadata);
        candidates.truncate(BREEDS);
        let (kind, confidence) = answered(&answer.verdict, &candidates, learnt, metadata);
        let is_known = |id: &BreedId| metadata.breeds.iter().any(|breed| breed.id == *id);
        let learnt = candidates.iter().filter_map(|candidate| {
            let pictures = learnt.pictures(&candidate.breed)?;
            (!is_known(&candidate.breed)).then(|| (candidate.breed.clone(), pictures))
        });
        Self {
            kind,
            confidence,
            species: match answer.verdict {
                Verdict::Species { species, .. } => Some(species),
                _ => None,
            },
            learnt: learnt.collect(),
            candidates,
            guests: Vec::new(),
            selected: 0,
        }
    }

    /// What the confirm button would confirm; `None` if there is nothing to confirm.
    pub(super) fn choice(&self) -> Option<Choice> {
        match self.selected.checked_sub(self.guests.len()) {
            None => Some(Choice::Guest(self.selected)),
            Some(breed) => (breed < self.offered_breeds()).then_some(Choice::Breed(breed)),
        }
    }

    /// Selects what comes next, and after the last one the first again. Returns whether all have been
    /// gone through.
    pub(super) fn select_next(&mut self) -> bool {
        let count = self.guests.len() + self.offered_breeds();
        self.selected = (self.selected + 1).checked_rem(count).unwrap_or(0);
        self.selected == 0
    }

    /// Offers these animals before the breeds.
    pub(super) fn offer_guests(&mut self, guests: Vec<AnimalId>) {
        let former = self.clone();
        self.guests = guests;
        self.keep_selection(&former);
    }

    /// Takes the place of what was offered for the same arrival before.
    pub(super) fn follow(&mut self, former: &Self) {
        self.guests.clone_from(&former.guests);
        self.keep_selection(former);
    }

    /// Keeps what staff selected, where that is still offered.
    fn keep_selection(&mut self, former: &Self) {
        let selected = former.choice().filter(|_| former.selected > 0);
        let place = match selected {
            Some(Choice::Guest(place)) => {
                let guest = former.guests[place];
                self.guests.iter().position(|other| *other == guest)
            }
            Some(Choice::Breed(place)) => {
                let breed = &former.candidates[place].breed;
                let mut candidates = self.candidates.iter();
                let place = candidates.position(|other| other.breed == *breed);
                place.map(|place| self.guests.len() + place)
            }
            None => None,
        };
        self.selected = place.unwrap_or(0);
    }

    /// How many breeds are offered: none for what is not ours.
    fn offered_breeds(&self) -> usize {
        if self.kind == VerdictKind::NotOurs {
            0
        } else {
            self.candidates.len()
        }
    }
}

/// The kind of the answer and its probability, where learnt breeds are among the candidates.
fn answered(
    verdict: &Verdict,
    candidates: &[Candidate],
    learnt: &Learnt,
    metadata: &Metadata,
) -> (VerdictKind, f32) {
    if let Some(named) = learnt.named(candidates, metadata) {
        return (VerdictKind::Breed, named.probability);
    }
    let named = verdict.breed().and_then(|breed| metadata.breeds.get(breed));
    match (named, candidates.first()) {
        // A learnt breed is at least as probable as the network's, but not certain.
        (Some(named), Some(first)) if first.breed != named.id => {
            (VerdictKind::Unsure, first.probability)
        }
        _ => (verdict.kind(), verdict.confidence()),
    }
}

#[cfg(test)]
mod tests {
    use recognise::learnt::Example;
    use recognise::metadata::EmbeddingSpec;
    use recognise::{Bundle, Prediction};

    use super::*;

    const OWN: [f32; 2] = [1.0, 0.0];
    const LEARNT: [f32; 2] = [0.0, 1.0];

    /// The embedded bundle's breeds, whose pictures all look the same.
    fn metadata() -> Metadata {
        let mut metadata = Bundle::embedded().unwrap().metadata;
        let prototypes = vec![OWN.to_vec(); metadata.breeds.len()];
        let guests = None;
        metadata.embedding = Some(EmbeddingSpec { prototypes, guests });
        metadata
    }

    fn whippets() -> Learnt {
        let example = Example {
            breed: "whippet".into(),
            species: Species::Dog,
            embedding: LEARNT.to_vec(),
        };
        Learnt::of(&[example])
    }

    /// A finding whose likeliest breeds are 7, 5 and 6.
    fn finding(verdict: Verdict, metadata: &Metadata) -> Finding {
        let mut probabilities = vec![0.0; metadata.breeds.len()];
        (probabilities[7], probabilities[5], probabilities[6]) = (0.6, 0.3, 0.1);
        let similarity = Vec::new();
        Finding {
            verdict,
            prediction: Prediction {
                probabilities,
                similarity,
            },
        }
    }

    fn unsure() -> Verdict {
        Verdict::Unsure {
            best: 7,
            confidence: 0.6,
        }
    }

    #[test]
    fn a_learnt_breed_is_named_like_the_networks_own() {
        let metadata = metadata();
        let breed = Verdict::Breed {
            breed: 7,
            confidence: 0.6,
        };
        for verdict in [unsure(), breed] {
            let answer = finding(verdict, &metadata);
            let offers = Offers::new(&answer, &LEARNT, &whippets(), &metadata);
            assert_eq!(offers.kind, VerdictKind::Breed);
            assert_eq!(offers.candidates[0].breed, "whippet");
            assert!(offers.confidence > 0.9, "{offers:?}");
            assert_eq!(offers.learnt, vec![(BreedId::from("whippet"), 1)]);
            assert_eq!(offers.candidates.len(), BREEDS);

            // It looks like one of the network's, or nothing was learnt.
            for (embedding, learnt) in [(OWN, whippets()), (LEARNT, Learnt::default())] {
                let offers = Offers::new(&answer, &embedding, &learnt, &metadata);
                assert_eq!(offers.kind, verdict.kind());
                assert_eq!(offers.candidates[0].breed, metadata.breeds[7].id);
                assert!(offers.learnt.is_empty());
            }
        }
    }

    #[test]
    fn animals_are_offered_before_breeds_and_all_are_gone_through() {
        let metadata = metadata();
        let answer = finding(unsure(), &metadata);
        let mut offers = Offers::new(&answer, &[], &Learnt::default(), &metadata);
        offers.offer_guests(vec![AnimalId(4), AnimalId(9)]);
        let mut seen = Vec::new();
        for _ in 0..5 {
            seen.push(offers.choice().unwrap());
            assert_eq!(offers.select_next(), seen.len() == 5);
        }
        let expected = [
            Choice::Guest(0),
            Choice::Guest(1),
            Choice::Breed(0),
            Choice::Breed(1),
            Choice::Breed(2),
        ];
        assert_eq!(seen, expected);
        assert_eq!(offers.choice(), Some(Choice::Guest(0)));
    }

    #[test]
    fn what_staff_selected_stays_selected() {
        let metadata = metadata();
        let answer = finding(unsure(), &metadata);
        let new = || Offers::new(&answer, &[], &Learnt::default(), &metadata);
        let mut offers = new();
        offers.select_next();
        assert_eq!(offers.choice(), Some(Choice::Breed(1)));
        // The animals are known only now.
        offers.offer_guests(vec![AnimalId(4), AnimalId(9)]);
        assert_eq!(offers.choice(), Some(Choice::Breed(1)));
        // Back to the first, and on to the second animal.
        for _ in 0..3 {
            offers.select_next();
        }
        assert_eq!(offers.choice(), Some(Choice::Guest(1)));
        let mut better = new();
        better.follow(&offers);
        assert_eq!(better.choice(), Some(Choice::Guest(1)));
        // The other one is in the house meanwhile.
        better.offer_guests(vec![AnimalId(9)]);
        assert_eq!(better.choice(), Some(Choice::Guest(0)));
        better.offer_guests(Vec::new());
        assert_eq!(better.choice(), Some(Choice::Breed(0)));
    }

    #[test]
    fn what_is_not_ours_offers_no_breed() {
        let metadata = metadata();
        let answer = finding(Verdict::NotOurs { confidence: 0.6 }, &metadata);
        let mut offers = Offers::new(&answer, &[], &Learnt::default(), &metadata);
        assert_eq!(offers.choice(), None);
        assert!(offers.select_next());
        assert_eq!(offers.choice(), None);
        offers.offer_guests(vec![AnimalId(4)]);
        assert_eq!(offers.choice(), Some(Choice::Guest(0)));
    }
}
