//! The trained models inside the binary: scoring needs no other file.

use std::sync::Arc;

use anyhow::Context as _;
use models::schema::View;
use models::trained_model::TrainedModel;

/// Name and bytes of every shipped model file.
pub(crate) const FILES: [(View, &[u8]); 3] = [
    (
        View::Kdd41,
        include_bytes!("../models/artifacts/kdd41.oddflow"),
    ),
    (
        View::Kdd28,
        include_bytes!("../models/artifacts/kdd28.oddflow"),
    ),
    (
        View::Kdd5,
        include_bytes!("../models/artifacts/kdd5.oddflow"),
    ),
];

/// The models to score with, one per view.
#[derive(Clone, Debug)]
pub(crate) struct ModelSet {
    models: Vec<Arc<TrainedModel>>,
}

impl ModelSet {
    /// Decodes the shipped models.
    pub(crate) fn shipped() -> anyhow::Result<Self> {
        let models = FILES
            .iter()
            .map(|(view, bytes)| {
                Ok(Arc::new(TrainedModel::from_bytes(bytes).with_context(
                    || format!("shipped model {}", view.name()),
                )?))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self { models })
    }

    /// The shipped models, with the one of the same view replaced by `model`.
    pub(crate) fn with(mut self, model: TrainedModel) -> Self {
        self.models.retain(|other| other.view() != model.view());
        self.models.push(Arc::new(model));
        self
    }

    /// The same models with other weights of detectors in the ensemble.
    ///
    /// # Errors
    /// Where a detector is unknown or a weight is none.
    pub(crate) fn with_weights(self, weights: &[(String, f32)]) -> anyhow::Result<Self> {
        let models = self.models.into_iter().map(|model| {
            TrainedModel::clone(&model)
                .with_weights(weights)
                .map(Arc::new)
                .map_err(anyhow::Error::msg)
        });
        Ok(Self {
            models: models.collect::<anyhow::Result<_>>()?,
        })
    }

    /// The model of a view.
    pub(crate) fn of(&self, view: View) -> Option<&Arc<TrainedModel>> {
        self.models.iter().find(|model| model.view() == view)
    }

    /// All models.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<TrainedModel>> {
        self.models.iter()
    }
}
