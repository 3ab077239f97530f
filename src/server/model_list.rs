//! `GET /api/v1/models`: what there is to score with, on what it was trained, and how good it is.

use models::artifact::ModelCard;
use models::digest::sha256_hex;
use models::profile::FeatureProfile;
use models::schema::{FeatureKind, MAX_WINDOW_COUNT, View};
use models::trained_model::TrainedModel;
use serde::Serialize;

use super::record_json::is_window_count;
use crate::shipped::{FILES, ModelSet};

/// Most frequent values given of a category.
const N_TYPICAL_VALUES: usize = 5;

#[derive(Serialize)]
struct ModelList<'a> {
    models: Vec<ModelDescription<'a>>,
}

#[derive(Serialize)]
struct ModelDescription<'a> {
    view: &'static str,
    /// SHA-256 of the model file.
    sha256: String,
    features: Vec<FeatureDescription<'a>>,
    detectors: Vec<DetectorDescription>,
    card: &'a ModelCard,
}

#[derive(Serialize)]
struct DetectorDescription {
    name: &'static str,
    title: &'static str,
    weight: f32,
}

#[derive(Serialize)]
struct FeatureDescription<'a> {
    name: &'static str,
    kind: FeatureKind,
    meaning: &'static str,
    /// Largest value that is taken, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<f32>,
    /// The range of nine in ten normal records.
    #[serde(skip_serializing_if = "Option::is_none")]
    typical_range: Option<[f32; 2]>,
    /// The commonest values among normal records.
    #[serde(skip_serializing_if = "Option::is_none")]
    typical_values: Option<Vec<&'a str>>,
}

/// The answer as JSON.
///
/// # Errors
/// Where a shipped model has no decoded counterpart, which would be a mistake of ours.
pub(crate) fn describe(models: &ModelSet) -> anyhow::Result<Vec<u8>> {
    let descriptions = FILES
        .iter()
        .filter_map(|(view, bytes)| Some(describe_model(models.of(*view)?, bytes)));
    Ok(serde_json::to_vec(&ModelList {
        models: descriptions.collect(),
    })?)
}

fn describe_model<'a>(model: &'a TrainedModel, bytes: &[u8]) -> ModelDescription<'a> {
    let view = model.view();
    let detectors = model.members.iter().map(|member| {
        let kind = member.detector.kind();
        DetectorDescription {
            name: kind.name,
            title: kind.title,
            weight: member.weight,
        }
    });
    ModelDescription {
        view: view.name(),
        sha256: sha256_hex(bytes),
        features: describe_features(view, &model.profile),
        detectors: detectors.collect(),
        card: &model.card,
    }
}

fn describe_features(view: View, profiles: &[FeatureProfile]) -> Vec<FeatureDescription<'_>> {
    let features = view
        .features()
        .zip(profiles)
        .map(|(feature, profile)| FeatureDescription {
            name: feature.name,
            kind: feature.kind,
            meaning: feature.meaning,
            max: match feature.kind {
                FeatureKind::Rate => Some(1.0),
                _ => is_window_count(view, feature.name).then_some(MAX_WINDOW_COUNT),
            },
            typical_range: profile.typical_range().map(|(low, high)| [low, high]),
            typical_values: match profile {
                FeatureProfile::Category { shares } => Some(
                    shares
                        .iter()
                        .take(N_TYPICAL_VALUES)
                        .map(|(value, _)| value.as_str())
                        .collect(),
                ),
                FeatureProfile::Numeric { .. } => None,
            },
        });
    features.collect()
}
