//! How an autoencoder is fitted: its layers, Adam, noise.

use super::{Activation, MAX_LAYERS, MAX_NETWORKS};
use crate::schema::View;

/// How an autoencoder is fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoencoderParams {
    /// The hidden layers; the narrowest is the bottleneck. Default 48, 24 linear, 48.
    pub hidden: Vec<HiddenLayer>,
    /// Networks fitted from different starts whose weighted squares are averaged, 1 to 16. Default 1.
    pub n_networks: usize,
    /// Passes over the training rows at most. Default 25.
    pub n_epochs: usize,
    /// Rows per step. Default 256.
    pub batch_size: usize,
    /// Adam's first step size; it falls to a hundredth along a half cosine. Default 0.003.
    pub learning_rate: f32,
    /// Standard deviation of the noise added to the inputs (denoising; Vincent et al., 2008); 0 for none. Default 0.1.
    pub input_noise: f32,
    /// Share of the inputs that are replaced by those of another row (denoising by swaps); 0 for none. Default 0.
    pub swapped_inputs: f32,
    /// Share of the outputs of rectified hidden layers that a batch goes without (Srivastava et al., 2014); 0 for none. Default 0.
    pub dropout: f32,
    /// Whether the rectified hidden layers are normalised batch by batch (Ioffe and Szegedy, 2015). Default no.
    pub batch_normalization: bool,
    /// Epochs without a better validation error before fitting stops. Default 5.
    pub patience: usize,
    /// Added to each residual variance before a squared residual is divided by it. Default 0.01.
    pub added_residual_variance: f32,
    /// Seed of weights, order and noise. Default 42.
    pub seed: u64,
}

impl Default for AutoencoderParams {
    fn default() -> Self {
        Self {
            hidden: vec![
                HiddenLayer::rectified(48),
                HiddenLayer::linear(24),
                HiddenLayer::rectified(48),
            ],
            n_networks: 1,
            n_epochs: 25,
            batch_size: 256,
            learning_rate: 0.003,
            input_noise: 0.1,
            swapped_inputs: 0.0,
            dropout: 0.0,
            batch_normalization: false,
            patience: 5,
            added_residual_variance: 0.01,
            seed: 42,
        }
    }
}

impl AutoencoderParams {
    /// What was found best for a view on validation rows; see ARCHITECTURE.md, "Detectors".
    pub fn for_view(view: View) -> Self {
        match view {
            View::Kdd41 | View::Kdd28 => Self {
                n_networks: 2,
                ..Self::default()
            },
            // Few inputs: one small network is a matter of luck, four are not.
            View::Kdd5 => Self {
                hidden: vec![
                    HiddenLayer::rectified(32),
                    HiddenLayer::rectified(3),
                    HiddenLayer::rectified(32),
                ],
                n_networks: 4,
                n_epochs: 15,
                input_noise: 0.0,
                ..Self::default()
            },
        }
    }

    pub(super) fn validate(&self) -> Result<(), String> {
        let widths = self.hidden.iter().map(|hidden| hidden.width);
        let checks = [
            (
                (1..=MAX_NETWORKS).contains(&self.n_networks),
                "n_networks must be 1 to 16",
            ),
            (
                self.hidden.len() < MAX_LAYERS,
                "there must be at most 15 hidden layers",
            ),
            (
                widths.min().unwrap_or(1) > 0,
                "a hidden layer must have outputs",
            ),
            (self.n_epochs > 0, "n_epochs must be at least 1"),
            (self.batch_size > 0, "batch_size must be at least 1"),
            (
                self.learning_rate > 0.0 && self.learning_rate.is_finite(),
                "learning_rate must be above 0",
            ),
            (
                self.input_noise >= 0.0 && self.input_noise.is_finite(),
                "input_noise must be at least 0",
            ),
            (
                (0.0..1.0).contains(&self.dropout) && (0.0..1.0).contains(&self.swapped_inputs),
                "dropout and swapped_inputs must be 0 to below 1",
            ),
            (
                self.added_residual_variance > 0.0 && self.added_residual_variance.is_finite(),
                "added_residual_variance must be above 0",
            ),
        ];
        match checks.iter().find(|(holds, _)| !holds) {
            Some((_, problem)) => Err(format!("autoencoder: {problem}")),
            None => Ok(()),
        }
    }
}

/// Width and activation of one hidden layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HiddenLayer {
    /// Number of outputs.
    pub width: usize,
    /// What is done to them.
    pub activation: Activation,
}

impl HiddenLayer {
    /// A layer with ReLU.
    pub fn rectified(width: usize) -> Self {
        Self {
            width,
            activation: Activation::Rectified,
        }
    }

    /// A layer without.
    pub fn linear(width: usize) -> Self {
        Self {
            width,
            activation: Activation::Linear,
        }
    }
}
