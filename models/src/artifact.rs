//! Model files: a trained model as one safetensors file, readable by any tool and unable to run code.
//!
//! In and out: bytes. Arrays are tensors named after the detector they belong to (`isolation_forest.thresholds`,
//! `autoencoder.0.weights`); everything else is one JSON text in the file's metadata under `oddflow`. Nothing is trusted: sizes are checked
//! before anything is allocated for them, and every number for being finite.

use std::collections::{BTreeSet, HashMap};

use safetensors::tensor::SafeTensors;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::calibration::Calibration;
use crate::detector::DetectorTypes;
use crate::ensemble::{HeldOut, Hybrid, MAX_WEIGHT, check_weights};
use crate::evaluation::ModelFigures;
use crate::preprocess::{Preprocess, StoredPreprocess};
use crate::profile::FeatureProfile;
use crate::projection::Projection;
use crate::schema::View;
use crate::tensors::{TensorList, Tensors};
use crate::trained_model::{MAX_MODEL_MEMBERS, Member, TrainedModel};

/// Version of the layout of model files.
pub const FORMAT_VERSION: u32 = 2;
/// Largest model file that is read.
pub const MAX_MODEL_BYTES: usize = 16 << 20;
/// Largest part of it that is text: ten times that of our models. Text may take many times its size once it is read.
pub const MAX_HEADER_BYTES: u64 = 1 << 20;

/// Where a model comes from, how it was made and how good it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// The training data.
    pub data: TrainingData,
    /// Seed of the split and of every detector.
    pub seed: u64,
    /// Parameters by detector, in words.
    pub parameters: Vec<(String, String)>,
    /// Figures on the held-out test rows, one entry per model and protocol.
    pub figures: Vec<ProtocolFigures>,
    /// What the model must not be used for.
    pub limits: Vec<String>,
}

/// Figures of one protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProtocolFigures {
    /// `P0`, all rows, or `P1`, distinct rows.
    pub protocol: String,
    /// Figures of one model.
    pub figures: ModelFigures,
}

/// What a model was trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingData {
    /// Name of the file.
    pub name: String,
    /// SHA-256 of the decompressed bytes.
    pub sha256: String,
    /// Rows in the file.
    pub n_rows: usize,
    /// Distinct rows in the file.
    pub n_distinct: usize,
    /// Normal rows that detectors were fitted on, copies included.
    pub n_fit: usize,
    /// Distinct ones among them.
    pub n_fit_distinct: usize,
    /// Distinct normal rows that decided when the autoencoder stopped.
    pub n_validation: usize,
    /// Distinct normal rows that calibrated the scores.
    pub n_calibration: usize,
    /// Distinct attacks that supervised detectors were fitted on.
    pub n_attacks: usize,
    /// Rows, attacks included, that nothing was fitted on.
    pub n_test: usize,
}

/// Why a model file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// Larger than [`MAX_MODEL_BYTES`].
    #[error("model file has {0} bytes, expected at most {MAX_MODEL_BYTES}")]
    TooLarge(usize),
    /// With a header larger than [`MAX_HEADER_BYTES`].
    #[error("model file has a header of {0} bytes, expected at most {MAX_HEADER_BYTES}")]
    HeaderTooLarge(u64),
    /// Not a safetensors file, or a broken one.
    #[error("model file is not readable as safetensors: {0}")]
    Container(String),
    /// Without Oddflow's metadata, or with metadata that does not parse.
    #[error("model file has no Oddflow description: {0}")]
    Description(String),
    /// Written by another version.
    #[error("model file has format version {found}, expected {FORMAT_VERSION}")]
    Version {
        /// The version that stands in the file.
        found: u32,
    },
    /// A tensor is missing, of another type, or its size does not fit.
    #[error("model file: tensor \"{name}\": {problem}")]
    Tensor {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The parts are readable and do not fit together.
    #[error("model file: {0}")]
    Inconsistent(String),
    /// The model cannot be written.
    #[error("model cannot be written: {0}")]
    Write(String),
}

/// The JSON text in the metadata.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    format_version: u32,
    view: View,
    preprocess: StoredPreprocess,
    members: Vec<MemberDescription>,
    ensemble: Calibration,
    hybrid: Option<HybridDescription>,
    projection_explained: [f32; 2],
    profile: Vec<FeatureProfile>,
    card: ModelCard,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberDescription {
    /// Name of the kind of detector.
    kind: String,
    /// What the detector says of itself.
    settings: Value,
    weight: f32,
    calibration: Calibration,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct HybridDescription {
    member: usize,
    novelty_weight: f32,
    calibration: Calibration,
}

const METADATA_KEY: &str = "oddflow";

impl TrainedModel {
    /// Writes the model as bytes of a safetensors file.
    ///
    /// # Errors
    /// [`ArtifactError::Write`] where the container refuses a tensor.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let mut tensors = TensorList::default();
        let mut members = Vec::new();
        for member in &self.members {
            let kind = member.detector.kind();
            tensors.set_prefix(kind.name);
            members.push(MemberDescription {
                kind: kind.name.to_owned(),
                settings: member.detector.store(&mut tensors)?,
                weight: member.weight,
                calibration: member.calibration.clone(),
            });
        }
        tensors.set_prefix("");
        let projection = &self.projection;
        let rows = [&projection.mean, &projection.axes[0], &projection.axes[1]];
        tensors.f32s(
            "projection",
            &[3, projection.mean.len()],
            rows.into_iter().flatten().copied(),
        );
        let steps = self.held_out.steps();
        let n_members = self.members.len();
        tensors.u16s(
            "held_out",
            &[steps.len() / n_members.max(1), n_members],
            steps.iter().copied(),
        );
        let description = Description {
            format_version: FORMAT_VERSION,
            view: self.view(),
            preprocess: self.preprocess.to_stored(),
            members,
            ensemble: self.ensemble.clone(),
            hybrid: self.hybrid.as_ref().map(|hybrid| HybridDescription {
                member: hybrid.member,
                novelty_weight: hybrid.novelty_weight,
                calibration: hybrid.calibration.clone(),
            }),
            projection_explained: projection.explained,
            profile: self.profile.clone(),
            card: self.card.clone(),
        };
        let text = serde_json::to_string(&description)
            .map_err(|error| ArtifactError::Write(error.to_string()))?;
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), text)]);
        safetensors::serialize(tensors.iter(), Some(metadata))
            .map_err(|error| ArtifactError::Write(error.to_string()))
    }

    /// Reads a model of Oddflow's own detectors; see [`TrainedModel::from_bytes_with`].
    ///
    /// # Errors
    /// What is wrong with the file; see [`ArtifactError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        Self::from_bytes_with(bytes, &DetectorTypes::shipped())
    }

    /// Reads a model from the bytes of a file, whose detectors may be any of `types`.
    ///
    /// # Errors
    /// What is wrong with the file; see [`ArtifactError`]. Nothing in it can make this panic or run code; what it
    /// allocates is bounded by the file's size, and by a multiple of [`MAX_HEADER_BYTES`] for the text.
    pub fn from_bytes_with(bytes: &[u8], types: &DetectorTypes) -> Result<Self, ArtifactError> {
        if bytes.len() > MAX_MODEL_BYTES {
            return Err(ArtifactError::TooLarge(bytes.len()));
        }
        // A safetensors file starts with the size of its header; what is wrong with a shorter one the container says.
        if let Some(size) = bytes.first_chunk().map(|size| u64::from_le_bytes(*size))
            && (MAX_HEADER_BYTES + 1..bytes.len() as u64).contains(&size)
        {
            return Err(ArtifactError::HeaderTooLarge(size));
        }
        let (_, metadata) = SafeTensors::read_metadata(bytes)
            .map_err(|error| ArtifactError::Container(error.to_string()))?;
        let text = metadata
            .metadata()
            .as_ref()
            .and_then(|metadata| metadata.get(METADATA_KEY));
        let text = text.ok_or_else(|| {
            ArtifactError::Description(format!("expected metadata named \"{METADATA_KEY}\""))
        })?;
        check_version(text)?;
        let description: Description = serde_json::from_str(text)
            .map_err(|error| ArtifactError::Description(error.to_string()))?;
        let file = SafeTensors::deserialize(bytes)
            .map_err(|error| ArtifactError::Container(error.to_string()))?;
        description.assemble(&Tensors::new(&file), types)
    }
}

/// Looks at the version alone, so that a file of another version is called that and not broken.
fn check_version(text: &str) -> Result<(), ArtifactError> {
    #[derive(Deserialize)]
    struct Version {
        format_version: u32,
    }
    let version: Version = serde_json::from_str(text)
        .map_err(|error| ArtifactError::Description(error.to_string()))?;
    if version.format_version == FORMAT_VERSION {
        Ok(())
    } else {
        Err(ArtifactError::Version {
            found: version.format_version,
        })
    }
}

impl Description {
    fn assemble(
        self,
        tensors: &Tensors<'_>,
        types: &DetectorTypes,
    ) -> Result<TrainedModel, ArtifactError> {
        let inconsistent = ArtifactError::Inconsistent;
        let preprocess =
            Preprocess::from_stored(self.view, self.preprocess).map_err(inconsistent)?;
        if self.members.is_empty() || self.members.len() > MAX_MODEL_MEMBERS {
            return Err(inconsistent(format!(
                "expected 1 to {MAX_MODEL_MEMBERS} detectors, found {}",
                self.members.len()
            )));
        }
        if self.profile.len() != self.view.n_features() {
            return Err(inconsistent(format!(
                "expected {} feature profiles, found {}",
                self.view.n_features(),
                self.profile.len()
            )));
        }
        let kinds: BTreeSet<&String> = self.members.iter().map(|member| &member.kind).collect();
        if kinds.len() != self.members.len() {
            return Err(inconsistent("expected each detector once".into()));
        }
        if !self.profile.iter().all(FeatureProfile::is_finite)
            || !self
                .projection_explained
                .iter()
                .all(|share| share.is_finite())
        {
            return Err(inconsistent(
                "expected finite quantiles, shares and variances".into(),
            ));
        }
        self.ensemble.validate().map_err(inconsistent)?;
        let mut members = Vec::new();
        for member in self.members {
            member.calibration.validate().map_err(inconsistent)?;
            let load = types.find(&member.kind).ok_or_else(|| {
                inconsistent(format!(
                    "expected detectors among {}, found \"{}\"",
                    types.names().join(", "),
                    member.kind
                ))
            })?;
            members.push(Member {
                detector: load(
                    member.settings,
                    &tensors.with_prefix(&member.kind),
                    &preprocess,
                )?,
                calibration: member.calibration,
                weight: member.weight,
            });
        }
        check_weights(&members).map_err(inconsistent)?;
        let hybrid = self
            .hybrid
            .map(|hybrid| hybrid.assemble(&members))
            .transpose()?;
        // The ensemble was calibrated on them.
        let n_held_out = self.ensemble.n_sample();
        let held_out = HeldOut::from_steps(n_held_out, members.len(), tensors.u16s("held_out")?)
            .map_err(inconsistent)?;
        let n_inputs = preprocess.network_inputs().len();
        let rows = tensors.f32s("projection")?;
        if rows.len() != 3 * n_inputs || rows.iter().any(|weight| !weight.is_finite()) {
            return Err(inconsistent(format!(
                "projection: expected {} finite numbers, found {}",
                3 * n_inputs,
                rows.len()
            )));
        }
        let row = |index: usize| rows[index * n_inputs..][..n_inputs].to_vec();
        let projection = Projection {
            mean: row(0),
            axes: [row(1), row(2)],
            explained: self.projection_explained,
        };
        Ok(TrainedModel {
            preprocess,
            members,
            ensemble: self.ensemble,
            hybrid,
            held_out,
            projection,
            profile: self.profile,
            card: self.card,
        })
    }
}

impl HybridDescription {
    fn assemble(self, members: &[Member]) -> Result<Hybrid, ArtifactError> {
        self.calibration
            .validate()
            .map_err(ArtifactError::Inconsistent)?;
        let is_supervised = members
            .get(self.member)
            .is_some_and(|member| member.detector.is_supervised());
        if !is_supervised || !(0.0..=MAX_WEIGHT).contains(&self.novelty_weight) {
            return Err(ArtifactError::Inconsistent(
                "hybrid: expected a supervised detector and a weight of 0 to 1000".into(),
            ));
        }
        Ok(Hybrid {
            member: self.member,
            novelty_weight: self.novelty_weight,
            calibration: self.calibration,
        })
    }
}
