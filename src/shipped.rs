//! The trained models inside the binary: scoring needs no other file.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use models::digest::sha256_hex;
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
    models: Vec<Listed>,
    /// Why the model of a view does not take the weights that were asked for; it is not among the models then.
    refusals: Vec<(View, String)>,
}

/// A model and where it comes from.
#[derive(Clone, Debug)]
struct Listed {
    model: Arc<TrainedModel>,
    /// The file that it is; `None` once its weights were changed, as it is no file's then.
    file: Option<Cow<'static, [u8]>>,
    /// The hash of the file, once somebody wanted it.
    sha256: OnceLock<String>,
}

impl Listed {
    fn new(model: TrainedModel, file: Option<Cow<'static, [u8]>>) -> Self {
        Self {
            model: Arc::new(model),
            file,
            sha256: OnceLock::new(),
        }
    }
}

impl ModelSet {
    /// Decodes the shipped models.
    pub(crate) fn shipped() -> anyhow::Result<Self> {
        let models = FILES
            .iter()
            .map(|&(view, bytes)| {
                let model = TrainedModel::from_bytes(bytes)
                    .with_context(|| format!("shipped model {}", view.name()))?;
                Ok(Listed::new(model, Some(Cow::Borrowed(bytes))))
            })
            .collect::<anyhow::Result<_>>()?;
        Ok(Self {
            models,
            refusals: Vec::new(),
        })
    }

    /// The shipped models, with the one of the same view replaced by `model`, which is this file where it is given.
    pub(crate) fn with(mut self, model: TrainedModel, file: Option<Vec<u8>>) -> Self {
        self.models
            .retain(|other| other.model.view() != model.view());
        self.models.push(Listed::new(model, file.map(Cow::Owned)));
        self
    }

    /// The same models with other weights of detectors in the ensemble. Which view a file has is not known yet, so a model that does not
    /// take them is an error only where it is needed: [`ModelSet::absence`] says why it is not there.
    pub(crate) fn with_weights(mut self, weights: &[(String, f32)]) -> Self {
        for Listed { model, .. } in std::mem::take(&mut self.models) {
            match TrainedModel::clone(&model).with_weights(weights) {
                Ok(weighted) => self.models.push(Listed::new(weighted, None)),
                Err(reason) => self.refusals.push((model.view(), reason)),
            }
        }
        self
    }

    /// The model of a view.
    pub(crate) fn of(&self, view: View) -> Option<&Arc<TrainedModel>> {
        self.iter().find(|model| model.view() == view)
    }

    /// SHA-256 of the file that the model of a view is; `None` where its weights were changed.
    pub(crate) fn sha256(&self, view: View) -> Option<&str> {
        let mut models = self.models.iter();
        let listed = models.find(|listed| listed.model.view() == view)?;
        let file = listed.file.as_ref()?;
        Some(listed.sha256.get_or_init(|| sha256_hex(file)))
    }

    /// Why there is no model of a view.
    pub(crate) fn absence(&self, view: View) -> String {
        let refusal = self.refusals.iter().find(|(refused, _)| *refused == view);
        refusal.map_or_else(
            || format!("there is no model for view {}", view.name()),
            |(_, reason)| format!("--weight, view {}: {reason}", view.name()),
        )
    }

    /// All models.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<TrainedModel>> {
        self.models.iter().map(|listed| &listed.model)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_checked_against_the_view_in_use() {
        let shipped = ModelSet::shipped().unwrap();
        let mut form = TrainedModel::clone(shipped.of(View::Kdd5).unwrap());
        form.members
            .retain(|member| member.detector.kind().name != "density");
        let models = shipped
            .with(form, None)
            .with_weights(&[("density".to_owned(), 2.0)]);
        assert!(models.of(View::Kdd41).is_some());
        assert!(models.of(View::Kdd5).is_none());
        let absence = models.absence(View::Kdd5);
        assert!(
            absence
                .starts_with("--weight, view kdd5: expected one of the detectors isolation_forest"),
            "{absence}"
        );
    }
}
