//! Autoencoder as a detector: fitted on the network encoding of normal rows, stopped by other normal rows.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{AUTOENCODER, read_settings, settings_of};
use crate::artifact::ArtifactError;
use crate::autoencoder::{Activation, Autoencoder, AutoencoderParams, Layer, NetworkScratch};
use crate::detector::{Contributions, Detector, DetectorKind, DetectorParams};
use crate::preprocess::{EncodedBlock, Lanes, Preprocess};
use crate::tensors::{TensorList, Tensors};
use crate::training::FitData;

impl DetectorParams for AutoencoderParams {
    fn kind(&self) -> DetectorKind {
        AUTOENCODER
    }

    fn fit(&self, data: &FitData<'_>, seed: u64) -> Result<Arc<dyn Detector>, String> {
        let params = Self {
            seed,
            ..self.clone()
        };
        let rows = data.network_rows(&data.fit.rows);
        let validation = data.network_rows(data.validation);
        let (autoencoder, _) = Autoencoder::fit(&rows, &validation, &params)?;
        Ok(Arc::new(autoencoder))
    }

    fn describe(&self) -> String {
        let hidden: Vec<String> = self
            .hidden
            .iter()
            .map(|hidden| match hidden.activation {
                Activation::Rectified => format!("{} ReLU", hidden.width),
                Activation::Linear => format!("{} linear", hidden.width),
            })
            .collect();
        format!(
            "{} networks of hidden layers {}; Adam {}, batch {}, at most {} epochs, {} without gain; noise {}, swaps {}, dropout {}, batch normalisation {}; residual variance + {}",
            self.n_networks,
            hidden.join(", "),
            self.learning_rate,
            self.batch_size,
            self.n_epochs,
            self.patience,
            self.input_noise,
            self.swapped_inputs,
            self.dropout,
            if self.batch_normalization {
                "on"
            } else {
                "off"
            },
            self.added_residual_variance
        )
    }
}

impl Detector for Autoencoder {
    fn kind(&self) -> DetectorKind {
        AUTOENCODER
    }

    fn score(&self, block: &EncodedBlock, scratch: &mut NetworkScratch) -> Lanes {
        self.score(block, scratch)
    }

    fn contributions(
        &self,
        preprocess: &Preprocess,
        block: &EncodedBlock,
        lane: usize,
        scratch: &mut NetworkScratch,
    ) -> Contributions {
        let by_input = self.contributions(block, lane, scratch);
        Contributions::of_inputs(preprocess, preprocess.network_inputs(), 0.0, &by_input)
    }

    fn explained(&self, score: f32) -> f32 {
        libm::expm1f(score)
    }

    fn store(&self, tensors: &mut TensorList) -> Result<Value, ArtifactError> {
        for (index, layer) in self.layers().iter().enumerate() {
            let (n_outputs, n_inputs) = layer.weights.dim();
            tensors.f32s(
                &format!("{index}.weights"),
                &[n_outputs, n_inputs],
                layer.weights.iter().copied(),
            );
            tensors.f32s(
                &format!("{index}.bias"),
                &[n_outputs],
                layer.bias.iter().copied(),
            );
        }
        tensors.f32s(
            "precision",
            &[self.n_networks(), self.n_inputs()],
            self.precision().to_vec(),
        );
        settings_of(&StoredAutoencoder {
            activations: self.layers().iter().map(|layer| layer.activation).collect(),
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredAutoencoder {
    activations: Vec<Activation>,
}

pub(super) fn load(
    settings: Value,
    tensors: &Tensors<'_>,
    preprocess: &Preprocess,
) -> Result<Arc<dyn Detector>, ArtifactError> {
    let stored: StoredAutoencoder = read_settings(AUTOENCODER, settings)?;
    let layers = stored
        .activations
        .into_iter()
        .enumerate()
        .map(|(index, activation)| {
            Ok(Layer {
                weights: tensors.matrix(&format!("{index}.weights"))?,
                bias: tensors.f32s(&format!("{index}.bias"))?.into(),
                activation,
            })
        })
        .collect::<Result<Vec<_>, ArtifactError>>()?;
    let network = Autoencoder::from_parts(layers, tensors.f32s("precision")?)
        .map_err(ArtifactError::Inconsistent)?;
    let expected = preprocess.network_inputs().len();
    if network.n_inputs() == expected {
        Ok(Arc::new(network))
    } else {
        Err(ArtifactError::Inconsistent(format!(
            "autoencoder: view {} gives {expected} inputs, the network has {}",
            preprocess.view().name(),
            network.n_inputs()
        )))
    }
}
