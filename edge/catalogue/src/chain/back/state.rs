//! Reads the state of a visit that an event has, and refuses what cannot be stored.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use recognise::{Source, VerdictKind};
use serde::Deserialize;

use crate::arrivals::CANDIDATES;
use crate::chain::fields::Refusal;
use crate::embedding::Embedding;
use crate::values::{NAME_CHARACTERS, breed_name, check_breed, check_line};
use crate::{CatalogueError, FieldError};

#[derive(Deserialize)]
pub(super) struct VisitBody {
    pub(super) visit: VisitState,
}

/// What an event of a visit has.
#[derive(Deserialize)]
pub(super) struct VisitState {
    #[serde(default)]
    pub(super) number: Option<i64>,
    pub(super) arrived: Timestamp,
    verdict: String,
    pub(super) confidence: f32,
    candidates: Vec<CandidateState>,
    pub(super) confirmed: Option<ConfirmedState>,
    pub(super) checked_out: Option<Timestamp>,
    pub(super) model: String,
    source: String,
    #[serde(default)]
    embedding: Option<EmbeddingState>,
}

#[derive(Deserialize)]
struct CandidateState {
    breed: String,
    probability: f32,
}

#[derive(Deserialize)]
pub(super) struct ConfirmedState {
    pub(super) breed: String,
    pub(super) breed_name: Option<String>,
    animal: Option<AnimalState>,
    pub(super) at: Timestamp,
    pub(super) by: String,
}

#[derive(Deserialize)]
pub(super) struct AnimalState {
    pub(super) id: String,
}

#[derive(Deserialize)]
struct EmbeddingState {
    network: String,
    bytes: String,
}

/// An answer as it is stored.
pub(super) struct Answer {
    pub(super) verdict: VerdictKind,
    pub(super) candidates: String,
    pub(super) source: Source,
    pub(super) embedding: Option<Embedding>,
}

impl VisitState {
    /// The animal that staff have confirmed.
    pub(super) fn animal(&self) -> Option<&AnimalState> {
        (self.confirmed.as_ref()).and_then(|confirmed| confirmed.animal.as_ref())
    }

    /// Refuses what cannot be stored.
    pub(super) fn checked(&self) -> Result<Answer, Refusal> {
        check_line("model", &self.model, NAME_CHARACTERS)?;
        let verdict = self.verdict.parse::<VerdictKind>();
        let source = self.source.parse::<Source>();
        let mut candidates = Vec::new();
        for candidate in self.candidates.iter().take(CANDIDATES) {
            check_breed("candidates", &candidate.breed)?;
            candidates.push((&candidate.breed, candidate.probability));
        }
        let probabilities = candidates.iter().map(|(_, probability)| *probability);
        if !(probabilities.chain([self.confidence])).all(|p| (0.0..=1.0).contains(&p)) {
            let reason = FieldError::NotAProbability;
            return Err(CatalogueError::invalid("confidence", reason).into());
        }
        if let Some(confirmed) = &self.confirmed {
            check_breed("confirmed", &confirmed.breed)?;
            breed_name(&confirmed.breed, confirmed.breed_name.as_deref())?;
            check_line("by", &confirmed.by, NAME_CHARACTERS)?;
        }
        let embedding = self.embedding.as_ref().map(EmbeddingState::checked);
        Ok(Answer {
            verdict: verdict.map_err(|_| Refusal::NotReadable("verdict"))?,
            candidates: serde_json::json!(candidates).to_string(),
            source: source.map_err(|_| Refusal::NotReadable("source"))?,
            embedding: embedding.transpose()?,
        })
    }
}

impl EmbeddingState {
    fn checked(&self) -> Result<Embedding, Refusal> {
        check_line("embedding", &self.network, NAME_CHARACTERS)?;
        (STANDARD.decode(&self.bytes).ok())
            .and_then(|bytes| Embedding::new(self.network.clone(), bytes))
            .ok_or(Refusal::NotReadable("embedding"))
    }
}
