//! One record explained: what adds to its score, what is usual, what would make it normal.

use models::schema::FeatureKind;
use serde::{Deserialize, Serialize};

use crate::form::Verdict;

/// What a record is judged, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// Of the question.
    pub number: u32,
    /// Position in the file, from 0; `None` of the form's record.
    pub row: Option<u32>,
    /// Line of the file.
    pub line: Option<u32>,
    /// Label, where there is one.
    pub label: Option<String>,
    /// Rows of the file with the same features.
    pub n_copies: u32,
    /// What the models say.
    pub verdict: Verdict,
    /// Every feature, in the view's order.
    pub features: Vec<ExplainedFeature>,
    /// The nearest record that is normal; `None` where the file has none.
    pub nearest: Option<NearestRow>,
    /// The smallest change that would make it normal; `None` where none was found or none is needed.
    pub change: Option<SmallestChange>,
    /// Its place on the map.
    pub position: [f32; 2],
}

/// A feature of an explained record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplainedFeature {
    /// Its name.
    pub name: String,
    /// What it means, without a full stop.
    pub meaning: String,
    /// What it measures.
    pub kind: FeatureKind,
    /// The value as it can be typed.
    pub value: String,
    /// The value with unit.
    pub shown: String,
    /// What is usual.
    pub typical: String,
    /// What it adds to the chosen model's score, in powers of ten, ≥ 0.
    pub evidence: f32,
    /// Where a slider begins and ends; `None` of a category.
    pub range: Option<(f32, f32)>,
    /// Values that a category can have, the commonest first.
    pub words: Vec<String>,
}

/// A normal record near the explained one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearestRow {
    /// Position in the file, from 0.
    pub row: u32,
    /// Line of the file.
    pub line: u32,
    /// Its risk under the chosen model.
    pub risk: f32,
    /// Its values with units, in the view's order.
    pub values: Vec<String>,
    /// The features in which it differs, by position in the view.
    pub differs: Vec<usize>,
}

/// Changes that together make a record normal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SmallestChange {
    /// One per changed feature.
    pub steps: Vec<ChangeStep>,
    /// Risk afterwards.
    pub risk_after: f32,
}

/// A changed feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChangeStep {
    /// By its position in the view.
    pub feature: usize,
    /// Its name.
    pub name: String,
    /// The value with unit that it has.
    pub from: String,
    /// The value with unit that it would have.
    pub to: String,
    /// The same as it can be typed.
    pub to_value: String,
}

/// Asks what a changed record would be judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhatIf {
    /// Rises from question to question.
    pub number: u32,
    /// The record is the form's and not one of the file's.
    pub is_form: bool,
    /// One value per feature of the view, as typed.
    pub values: Vec<String>,
    /// Whose score.
    pub model: usize,
    /// Risk at and above which a record is an anomaly.
    pub threshold: f32,
}

/// What a changed record is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhatIfVerdict {
    /// Of the question.
    pub number: u32,
    /// What is wrong with a value, per feature; all `None` where there is a verdict.
    pub errors: Vec<Option<String>>,
    /// Risk, evidence per feature and place on the map.
    pub judged: Option<Judged>,
}

/// A changed record, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// 0..=100 under the chosen model.
    pub risk: f32,
    /// What each feature adds, in powers of ten.
    pub evidence: Vec<f32>,
    /// Its place on the map.
    pub position: [f32; 2],
}
