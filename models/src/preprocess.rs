//! From records to the numbers that detectors read; fitted on normal training rows and stored with the model.
//!
//! In: a [`RecordBatch`]. Out: an [`EncodedBlock`] of [`N_LANES`] rows, input by input, in two encodings, each made of [`Transform`]s of
//! single features (which ones: [`recipe`]):
//! - *tree inputs*: how surprising a value is, and a few magnitudes;
//! - *network inputs*: logarithms, magnitudes, zero flags and one-hot categories, standardised and clipped to ±[`CLIP`].
//!
//! Duplicates: a preprocessing is fitted on distinct rows, so that floods of copies do not own it.
//!
//! # Layout
//! - this file: transforms, encoding, what is stored.
//! - [`recipe`]: which transforms a view gets; [`fit`]: their numbers.

mod fit;
mod recipe;

use serde::{Deserialize, Serialize};

use crate::record::{Column, RecordBatch, UNSEEN, Vocabulary};
use crate::schema::{FeatureKind, View};

/// Rows scored side by side: four registers of 128 bits.
pub const N_LANES: usize = 16;

/// One number for each of [`N_LANES`] rows.
pub type Lanes = [f32; N_LANES];

/// Standardised values are clipped to ± this many standard deviations, so that one wild value does not own every weight.
pub const CLIP: f32 = 8.0;

/// What is made of a feature, of two features by some.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Transform {
    /// The number itself.
    Magnitude,
    /// ln(1 + x).
    Log,
    /// 1 where the number is 0, else 0.
    IsZero,
    /// ln(1 + x) less that of another numeric feature.
    LogRatio {
        /// Position of the other feature in the view.
        other: usize,
    },
    /// 1 where another numeric feature has the same number, else 0.
    Equals {
        /// Position of the other feature in the view.
        other: usize,
    },
    /// −ln of the share of normal rows with at least this number: a step function.
    TailSurprise {
        /// Ends of the steps, ascending; a number belongs to the first that is not below it.
        ends: Vec<f32>,
        /// Surprise of each step, and one more for numbers beyond the last end.
        surprise: Vec<f32>,
    },
    /// −ln of the share of normal rows with this category.
    CategorySurprise {
        /// By code.
        surprise: Vec<f32>,
        /// Of a value that no normal row had.
        unseen: f32,
    },
    /// 1 where the category has this code, else 0.
    OneHot {
        /// The code.
        code: u32,
    },
    /// 1 where no normal row had the category, else 0.
    IsUnseen,
}

/// One input of a detector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Position of its feature in the view.
    pub feature: usize,
    /// What is made of the feature.
    pub transform: Transform,
    /// Subtracted from the transformed value; 0 for tree inputs.
    pub mean: f32,
    /// Multiplied after that; 1 for tree inputs.
    pub scale: f32,
}

/// The fitted encodings of a view.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocess {
    view: View,
    /// One per categorical feature: the values that normal training rows had.
    vocabularies: Vec<Vocabulary>,
    tree_inputs: Vec<Input>,
    network_inputs: Vec<Input>,
}

/// [`N_LANES`] encoded rows; lanes beyond the last row repeat it.
#[derive(Clone, Debug, Default)]
pub struct EncodedBlock {
    /// One entry per tree input.
    pub tree: Vec<Lanes>,
    /// One entry per network input.
    pub network: Vec<Lanes>,
    /// The features themselves: numbers, or codes (as numbers, [`UNSEEN`] as −1).
    pub features: Vec<Lanes>,
    /// ln(1 + x) of the numeric features.
    pub(crate) logs: Vec<Lanes>,
}

/// What is written to a model file.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct StoredPreprocess {
    vocabularies: Vec<Vec<String>>,
    tree_inputs: Vec<Input>,
    network_inputs: Vec<Input>,
}

/// Most inputs that a stored preprocessing may have.
const MAX_INPUTS: usize = 4096;

impl Preprocess {
    /// The view whose records this encodes.
    pub fn view(&self) -> View {
        self.view
    }

    /// The inputs of trees.
    pub fn tree_inputs(&self) -> &[Input] {
        &self.tree_inputs
    }

    /// The inputs of networks.
    pub fn network_inputs(&self) -> &[Input] {
        &self.network_inputs
    }

    /// The vocabularies that batches must be read with, one per categorical feature in order.
    pub fn vocabularies(&self) -> &[Vocabulary] {
        &self.vocabularies
    }

    /// Translates a batch whose codes refer to other vocabularies to the codes of this preprocessing.
    pub fn recode(&self, batch: &RecordBatch, vocabularies: &[Vocabulary]) -> RecordBatch {
        let mut recoded = batch.clone();
        recoded.map_codes(|column, code| {
            let position = category_position(self.view, column);
            match (
                self.vocabularies.get(position),
                vocabularies.get(position).and_then(|from| from.value(code)),
            ) {
                (Some(to), Some(value)) => to.code(value.as_bytes()),
                _ => UNSEEN,
            }
        });
        recoded
    }

    /// Encodes up to [`N_LANES`] rows. `rows` must not be empty; lanes beyond them repeat the last.
    pub fn encode(&self, batch: &RecordBatch, rows: &[usize], block: &mut EncodedBlock) {
        let EncodedBlock {
            tree,
            network,
            features,
            logs,
        } = block;
        features.clear();
        logs.clear();
        let last = rows.len().saturating_sub(1);
        for column in batch.columns() {
            let lanes = match column {
                Column::Numeric(values) => std::array::from_fn(|lane| values[rows[lane.min(last)]]),
                Column::Category(codes) => {
                    std::array::from_fn(|lane| code_as_number(codes[rows[lane.min(last)]]))
                }
            };
            features.push(lanes);
            logs.push(match column {
                Column::Numeric(_) => lanes.map(log1p),
                Column::Category(_) => lanes,
            });
        }
        tree.clear();
        tree.extend(
            self.tree_inputs
                .iter()
                .map(|input| input.transform.apply(input.feature, features, logs)),
        );
        network.clear();
        network.extend(self.network_inputs.iter().map(|input| {
            let lanes = input.transform.apply(input.feature, features, logs);
            lanes.map(|value| ((value - input.mean) * input.scale).clamp(-CLIP, CLIP))
        }));
    }

    /// What is written to a model file.
    pub fn to_stored(&self) -> StoredPreprocess {
        StoredPreprocess {
            vocabularies: self
                .vocabularies
                .iter()
                .map(|vocabulary| vocabulary.values().to_vec())
                .collect(),
            tree_inputs: self.tree_inputs.clone(),
            network_inputs: self.network_inputs.clone(),
        }
    }

    /// Reads back what [`Preprocess::to_stored`] wrote.
    ///
    /// # Errors
    /// A sentence that says what does not fit the view or itself.
    pub fn from_stored(view: View, stored: StoredPreprocess) -> Result<Self, String> {
        let n_categories = view
            .features()
            .filter(|feature| feature.kind == FeatureKind::Category)
            .count();
        if stored.vocabularies.len() != n_categories {
            return Err(format!(
                "expected {n_categories} vocabularies of view {}, found {}",
                view.name(),
                stored.vocabularies.len()
            ));
        }
        let vocabularies: Vec<Vocabulary> = stored
            .vocabularies
            .iter()
            .map(|values| Vocabulary::new(values.clone()))
            .collect();
        if vocabularies
            .iter()
            .zip(&stored.vocabularies)
            .any(|(sorted, values)| sorted.values() != values)
        {
            return Err("expected each vocabulary sorted and without repeats".into());
        }
        for (name, inputs) in [
            ("tree", &stored.tree_inputs),
            ("network", &stored.network_inputs),
        ] {
            if inputs.is_empty() || inputs.len() > MAX_INPUTS {
                return Err(format!(
                    "expected 1 to {MAX_INPUTS} {name} inputs, found {}",
                    inputs.len()
                ));
            }
            for (index, input) in inputs.iter().enumerate() {
                input
                    .check(view)
                    .map_err(|problem| format!("{name} input {index}: {problem}"))?;
            }
        }
        Ok(Self {
            view,
            vocabularies,
            tree_inputs: stored.tree_inputs,
            network_inputs: stored.network_inputs,
        })
    }
}

impl Input {
    fn check(&self, view: View) -> Result<(), String> {
        let feature = view
            .features()
            .nth(self.feature)
            .ok_or_else(|| format!("view {} has no feature {}", view.name(), self.feature))?;
        let is_category = feature.kind == FeatureKind::Category;
        let fits = match &self.transform {
            Transform::Magnitude | Transform::Log | Transform::IsZero => !is_category,
            Transform::LogRatio { other } | Transform::Equals { other } => {
                !is_category
                    && view
                        .features()
                        .nth(*other)
                        .is_some_and(|other| other.kind != FeatureKind::Category)
            }
            Transform::TailSurprise { ends, surprise } => {
                !is_category
                    && !ends.is_empty()
                    && surprise.len() == ends.len() + 1
                    && ends.windows(2).all(|pair| pair[0] < pair[1])
                    && ends.iter().chain(surprise).all(|value| value.is_finite())
            }
            Transform::CategorySurprise { surprise, unseen } => {
                is_category
                    && surprise
                        .iter()
                        .chain([unseen])
                        .all(|value| value.is_finite())
            }
            Transform::OneHot { .. } | Transform::IsUnseen => is_category,
        };
        if fits && self.mean.is_finite() && self.scale.is_finite() {
            Ok(())
        } else {
            Err(format!(
                "the transform does not fit feature \"{}\"",
                feature.name
            ))
        }
    }
}

impl Transform {
    fn apply(&self, feature: usize, features: &[Lanes], logs: &[Lanes]) -> Lanes {
        let (log, feature) = (&logs[feature], &features[feature]);
        match self {
            Self::Magnitude => *feature,
            Self::Log => *log,
            Self::LogRatio { other } => std::array::from_fn(|lane| log[lane] - logs[*other][lane]),
            Self::Equals { other } => {
                std::array::from_fn(|lane| f32::from(feature[lane] == features[*other][lane]))
            }
            Self::IsZero => feature.map(|value| f32::from(value == 0.0)),
            Self::TailSurprise { ends, surprise } => feature.map(|value| {
                let step = if value <= ends[0] {
                    0
                } else {
                    ends.partition_point(|&end| end < value)
                };
                surprise[step]
            }),
            Self::CategorySurprise { surprise, unseen } => feature.map(|code| {
                surprise
                    .get(code as usize)
                    .filter(|_| code >= 0.0)
                    .copied()
                    .unwrap_or(*unseen)
            }),
            Self::OneHot { code } => feature.map(|other| f32::from(other == *code as f32)),
            Self::IsUnseen => feature.map(|code| f32::from(code < 0.0)),
        }
    }
}

fn code_as_number(code: u32) -> f32 {
    if code == UNSEEN { -1.0 } else { code as f32 }
}

/// ln(1 + x) in f32, by libm, so that every target gives the same bits.
fn log1p(x: f32) -> f32 {
    if x == 0.0 { 0.0 } else { libm::log1pf(x) }
}

/// Position of a view's column among its categorical columns.
fn category_position(view: View, column: usize) -> usize {
    view.features()
        .take(column)
        .filter(|feature| feature.kind == FeatureKind::Category)
        .count()
}
