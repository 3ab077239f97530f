//! Model files: a trained model as one safetensors file, readable by any tool and unable to run code.
//!
//! In and out: bytes. Arrays are tensors named after the member they belong to (`isolation_forest.thresholds`,
//! `autoencoder.0.weights`); everything else is one JSON text in the file's metadata under `oddflow`. Nothing is trusted: sizes are checked
//! before anything is allocated for them, and every number for being finite.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use ndarray::{Array1, Array2};
use safetensors::tensor::{Dtype, SafeTensors, TensorView, View as TensorSource};
use serde::{Deserialize, Serialize};

use crate::autoencoder::{Activation, Autoencoder, Layer};
use crate::calibration::Calibration;
use crate::detector::{Detector, DetectorKind};
use crate::evaluation::ModelFigures;
use crate::isolation_forest::IsolationForest;
use crate::preprocess::{Preprocess, StoredPreprocess};
use crate::profile::FeatureProfile;
use crate::projection::Projection;
use crate::schema::View;
use crate::trained_model::{MAX_MODEL_MEMBERS, Member, TrainedModel};

/// Version of the layout of model files.
pub const FORMAT_VERSION: u32 = 1;
/// Largest model file that is read.
pub const MAX_MODEL_BYTES: usize = 16 << 20;

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
    /// Normal rows that decided when the autoencoder stopped.
    pub n_validation: usize,
    /// Normal rows that calibrated the scores.
    pub n_calibration: usize,
    /// Rows, attacks included, that nothing was fitted on.
    pub n_test: usize,
}

/// Why a model file is refused.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    /// Larger than [`MAX_MODEL_BYTES`].
    #[error("model file has {0} bytes, expected at most {MAX_MODEL_BYTES}")]
    TooLarge(usize),
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
    projection_explained: [f32; 2],
    profile: Vec<FeatureProfile>,
    card: ModelCard,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberDescription {
    kind: DetectorKind,
    /// Samples per tree of a forest; 0 for others.
    n_samples: usize,
    /// Activations of a network's layers; empty for others.
    activations: Vec<Activation>,
    weight: f32,
    calibration: Calibration,
}

const METADATA_KEY: &str = "oddflow";

/// A tensor about to be written.
struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl TensorSource for &Tensor {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        &self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

fn f32_tensor(shape: &[usize], values: impl Iterator<Item = f32>) -> Tensor {
    Tensor {
        dtype: Dtype::F32,
        shape: shape.to_vec(),
        bytes: values.flat_map(f32::to_le_bytes).collect(),
    }
}

impl TrainedModel {
    /// Writes the model as bytes of a safetensors file.
    ///
    /// # Errors
    /// [`ArtifactError::Write`] where the container refuses a tensor.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ArtifactError> {
        let mut tensors: Vec<(String, Tensor)> = Vec::new();
        let mut members = Vec::new();
        for member in &self.members {
            let name = member.detector.kind().name();
            let (n_samples, activations) = match &member.detector {
                Detector::IsolationForest(forest) => {
                    let shape = |values: usize| [forest.n_trees(), values / forest.n_trees()];
                    let n_cuts = forest.inputs().len();
                    tensors.push((
                        format!("{name}.inputs"),
                        Tensor {
                            dtype: Dtype::U8,
                            shape: shape(n_cuts).to_vec(),
                            bytes: forest.inputs().to_vec(),
                        },
                    ));
                    tensors.push((
                        format!("{name}.thresholds"),
                        f32_tensor(&shape(n_cuts), forest.thresholds().iter().copied()),
                    ));
                    let sizes = forest.leaf_sizes();
                    let bytes = sizes.iter().flat_map(|size| size.to_le_bytes()).collect();
                    tensors.push((
                        format!("{name}.leaf_sizes"),
                        Tensor {
                            dtype: Dtype::U16,
                            shape: shape(sizes.len()).to_vec(),
                            bytes,
                        },
                    ));
                    (forest.n_samples(), Vec::new())
                }
                Detector::Autoencoder(network) => {
                    for (index, layer) in network.layers().iter().enumerate() {
                        let (n_outputs, n_inputs) = layer.weights.dim();
                        tensors.push((
                            format!("{name}.{index}.weights"),
                            f32_tensor(&[n_outputs, n_inputs], layer.weights.iter().copied()),
                        ));
                        tensors.push((
                            format!("{name}.{index}.bias"),
                            f32_tensor(&[n_outputs], layer.bias.iter().copied()),
                        ));
                    }
                    tensors.push((
                        format!("{name}.precision"),
                        f32_tensor(&[network.n_inputs()], network.precision().iter().copied()),
                    ));
                    (
                        0,
                        network
                            .layers()
                            .iter()
                            .map(|layer| layer.activation)
                            .collect(),
                    )
                }
            };
            members.push(MemberDescription {
                kind: member.detector.kind(),
                n_samples,
                activations,
                weight: member.weight,
                calibration: member.calibration.clone(),
            });
        }
        let projection = &self.projection;
        let n_inputs = projection.mean.len();
        let rows = projection
            .mean
            .iter()
            .chain(&projection.axes[0])
            .chain(&projection.axes[1])
            .copied();
        tensors.push(("projection".into(), f32_tensor(&[3, n_inputs], rows)));
        let description = Description {
            format_version: FORMAT_VERSION,
            view: self.view(),
            preprocess: self.preprocess.to_stored(),
            members,
            ensemble: self.ensemble.clone(),
            projection_explained: projection.explained,
            profile: self.profile.clone(),
            card: self.card.clone(),
        };
        let text = serde_json::to_string(&description)
            .map_err(|error| ArtifactError::Write(error.to_string()))?;
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), text)]);
        safetensors::serialize(
            tensors.iter().map(|(name, tensor)| (name, tensor)),
            Some(metadata),
        )
        .map_err(|error| ArtifactError::Write(error.to_string()))
    }

    /// Reads a model from the bytes of a file.
    ///
    /// # Errors
    /// What is wrong with the file; see [`ArtifactError`]. Nothing in it can make this panic, run code or allocate more than the file's size.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArtifactError> {
        if bytes.len() > MAX_MODEL_BYTES {
            return Err(ArtifactError::TooLarge(bytes.len()));
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
        let tensors = Tensors(
            SafeTensors::deserialize(bytes)
                .map_err(|error| ArtifactError::Container(error.to_string()))?,
        );
        description.assemble(&tensors)
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
    fn assemble(self, tensors: &Tensors<'_>) -> Result<TrainedModel, ArtifactError> {
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
        let kinds: BTreeSet<DetectorKind> = self.members.iter().map(|member| member.kind).collect();
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
            let name = member.kind.name();
            let detector = match member.kind {
                DetectorKind::IsolationForest => Detector::IsolationForest(
                    IsolationForest::from_parts(
                        preprocess.tree_inputs().len(),
                        member.n_samples,
                        tensors
                            .bytes(&format!("{name}.inputs"), Dtype::U8)?
                            .to_vec(),
                        tensors.f32s(&format!("{name}.thresholds"))?,
                        tensors
                            .bytes(&format!("{name}.leaf_sizes"), Dtype::U16)?
                            .as_chunks()
                            .0
                            .iter()
                            .map(|pair| u16::from_le_bytes(*pair))
                            .collect(),
                    )
                    .map_err(inconsistent)?,
                ),
                DetectorKind::Autoencoder => {
                    let layers = member
                        .activations
                        .iter()
                        .enumerate()
                        .map(|(index, &activation)| tensors.layer(name, index, activation))
                        .collect::<Result<_, _>>()?;
                    Detector::Autoencoder(
                        Autoencoder::from_parts(
                            layers,
                            tensors.f32s(&format!("{name}.precision"))?,
                        )
                        .map_err(inconsistent)?,
                    )
                }
            };
            detector.check_width(&preprocess).map_err(inconsistent)?;
            if !(member.weight > 0.0 && member.weight <= 1000.0) {
                return Err(inconsistent(format!(
                    "{name}: expected a weight above 0, found {}",
                    member.weight
                )));
            }
            members.push(Member {
                detector,
                calibration: member.calibration,
                weight: member.weight,
            });
        }
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
            projection,
            profile: self.profile,
            card: self.card,
        })
    }
}

/// Tensors by name, checked for type and shape.
struct Tensors<'a>(SafeTensors<'a>);

impl<'a> Tensors<'a> {
    fn view(&self, name: &str, dtype: Dtype) -> Result<TensorView<'a>, ArtifactError> {
        let error = |problem: String| ArtifactError::Tensor {
            name: name.to_owned(),
            problem,
        };
        let view = self
            .0
            .tensor(name)
            .map_err(|problem| error(problem.to_string()))?;
        if view.dtype() == dtype {
            Ok(view)
        } else {
            Err(error(format!(
                "expected {dtype:?}, found {:?}",
                view.dtype()
            )))
        }
    }

    fn bytes(&self, name: &str, dtype: Dtype) -> Result<&'a [u8], ArtifactError> {
        Ok(self.view(name, dtype)?.data())
    }

    fn f32s(&self, name: &str) -> Result<Vec<f32>, ArtifactError> {
        Ok(self
            .bytes(name, Dtype::F32)?
            .as_chunks()
            .0
            .iter()
            .map(|word| f32::from_le_bytes(*word))
            .collect())
    }

    fn layer(
        &self,
        member: &str,
        index: usize,
        activation: Activation,
    ) -> Result<Layer, ArtifactError> {
        let name = format!("{member}.{index}.weights");
        let shape = self.view(&name, Dtype::F32)?.shape().to_vec();
        let error = |problem: String| ArtifactError::Tensor {
            name: name.clone(),
            problem,
        };
        let [n_outputs, n_inputs] = shape[..] else {
            return Err(error(format!(
                "expected two dimensions, found {}",
                shape.len()
            )));
        };
        let weights = Array2::from_shape_vec((n_outputs, n_inputs), self.f32s(&name)?)
            .map_err(|problem| error(problem.to_string()))?;
        Ok(Layer {
            weights,
            bias: Array1::from(self.f32s(&format!("{member}.{index}.bias"))?),
            activation,
        })
    }
}
