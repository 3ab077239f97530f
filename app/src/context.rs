//! What the server puts into the reactive context before it renders a page, and the facts that go to the browser with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use analysis::statistics::FileStatistics;
use leptos::prelude::*;
use models::artifact::ModelCard;
use models::evaluation::report::{EvaluationReport, ProtocolReport};
use models::schema::View;
use models::trained_model::TrainedModel;
use serde::{Deserialize, Serialize};

use crate::form::{FormState, N_FIELDS};

/// The models, on the server.
#[derive(Clone, Debug)]
pub struct Models(pub Vec<Arc<TrainedModel>>);

/// Addresses of the model files by view, on the server.
#[derive(Clone, Debug, Default)]
pub struct ModelFiles(pub BTreeMap<String, String>);

/// What `make evaluate` measured, on the server.
#[derive(Clone, Debug, Default)]
pub struct Evaluation(pub Arc<EvaluationReport>);

impl Evaluation {
    /// The protocol shown where none is asked for.
    const USUAL: &str = "P1";

    /// The protocol of an address such as `/models?protocol=P1-lit-KDDCUP`.
    pub fn find(&self, address: &str) -> Option<&ProtocolReport> {
        let mut protocols = self.0.protocols.iter();
        protocols.find(|protocol| protocol_address(protocol).eq_ignore_ascii_case(address))
    }

    /// The protocol asked for, or the usual one where that is not known or none is asked for.
    pub fn pick(&self, address: Option<&str>) -> Option<&ProtocolReport> {
        address
            .and_then(|address| self.find(address))
            .or_else(|| self.find(Self::USUAL))
            .or_else(|| self.0.protocols.first())
    }
}

/// How a protocol is named in addresses: letters, digits, and one hyphen for what is between them.
pub fn protocol_address(protocol: &ProtocolReport) -> String {
    let words = protocol.name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-")
}

/// The protocol that the address asks for, on the server.
#[derive(Clone, Debug, Default)]
pub struct AskedProtocol(pub Option<String>);

/// What the training data is made of, on the server.
#[derive(Clone, Debug, Default)]
pub struct TrainingData(pub Arc<FileStatistics>);

/// What the address of the page about the data asks for, as pairs of name and value, on the server.
#[derive(Clone, Debug, Default)]
pub struct AskedData(pub Vec<(String, String)>);

/// The fields of a form that was sent without JavaScript, on the server.
#[derive(Clone, Debug, Default)]
pub struct SubmittedForm(pub Vec<(String, String)>);

/// What the pages say about the models; rendered by the server and handed to the browser with the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// Addresses of the model files.
    pub files: Vec<String>,
    /// The range that nine in ten normal records fall into, per form field.
    pub typical: [String; N_FIELDS],
    /// The form model's accuracy, with the data it was measured on.
    pub accuracy: String,
}

/// A model on the page about models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Its view.
    pub view: String,
    /// Names of its features.
    pub features: Vec<String>,
    /// Address of its file.
    pub file: String,
    /// Its card.
    pub card: ModelCard,
}

/// The facts, from the server's context.
pub fn model_facts() -> ModelFacts {
    let Some(Models(models)) = use_context() else {
        return ModelFacts::default();
    };
    let ModelFiles(files) = use_context().unwrap_or_default();
    let Some(model) = models.iter().find(|model| model.view() == View::Kdd5) else {
        return ModelFacts::default();
    };
    ModelFacts {
        files: files.into_values().map(|path| format!("/{path}")).collect(),
        typical: crate::form::typical_ranges(model),
        accuracy: crate::form::accuracy(model),
    }
}

/// The models for the page about them, from the server's context.
pub fn model_summaries() -> Vec<ModelSummary> {
    let Some(Models(models)) = use_context() else {
        return Vec::new();
    };
    let ModelFiles(files) = use_context().unwrap_or_default();
    let summaries = models.iter().map(|model| ModelSummary {
        view: model.view().name().to_owned(),
        features: model
            .view()
            .features()
            .map(|feature| feature.name.to_owned())
            .collect(),
        file: files
            .get(model.view().name())
            .map_or(String::new(), |path| format!("/{path}")),
        card: model.card.clone(),
    });
    summaries.collect()
}

/// The form as the server was sent it, scored; empty where nothing was sent.
pub fn submitted_form() -> FormState {
    let Some(SubmittedForm(fields)) = use_context() else {
        return FormState::default();
    };
    let model = use_context::<Models>()
        .and_then(|Models(models)| models.into_iter().find(|model| model.view() == View::Kdd5));
    match model {
        Some(model) => FormState::submitted(&fields, model),
        None => FormState::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::specimen;

    #[test]
    fn protocols_are_found_by_their_address() {
        let evaluation = Evaluation(Arc::new(specimen::report()));
        let name = |asked| {
            evaluation
                .pick(asked)
                .map(|protocol| protocol.name.as_str())
        };
        assert_eq!(name(Some("p1-lit-kddcup")), Some("P1-lit KDDCUP"));
        let part = ProtocolReport {
            name: "P3 20 %".into(),
            ..ProtocolReport::default()
        };
        assert_eq!(protocol_address(&part), "P3-20");
        assert_eq!([name(None), name(Some("P9"))], [Some("P1"); 2]);
        assert!(evaluation.find("P9").is_none());
        assert!(Evaluation::default().pick(None).is_none());
    }
}
