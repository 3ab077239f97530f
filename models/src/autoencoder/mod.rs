//! Autoencoder: a network that learned to copy normal records through a narrow layer; what it cannot copy is odd.
//!
//! The picture: normal traffic lies near a low-dimensional surface; the network projects on it, and the distance to the projection is
//! the anomaly. The method: Hawkins, He, Williams and Baxter, "Outlier Detection Using Replicator Neural Networks" (2002), with ReLU
//! layers trained by Adam on the mean squared error of copies made from noisy inputs (Vincent et al., 2008). Input: the network encoding. The
//! score weights each squared residual by the inverse of its variance on normal records (the Mahalanobis distance with a diagonal
//! covariance), so that an input which is always copied well speaks louder than one that never is. Score: O(number of weights) a row.
//!
//! # Layout
//! - this file: the fitted networks, scores and contributions.
//! - `params`: how they are fitted; `train`: fitting; `network`: a network while it learns; `matrix`: products of matrices.

mod matrix;
mod network;
mod params;
mod train;

pub use params::{AutoencoderParams, HiddenLayer};
pub use train::TrainingCurve;

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};

use crate::preprocess::{EncodedBlock, Lanes, N_LANES};

/// A fully connected layer: `weights` is outputs × inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Outputs × inputs.
    pub weights: Array2<f32>,
    /// One per output.
    pub bias: Array1<f32>,
    /// What is done to each output.
    pub activation: Activation,
}

/// What a layer does to each weighted sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// max(0, x): ReLU.
    Rectified,
    /// Nothing.
    Linear,
}

/// A squared residual counts at most this many times its variance: one input cannot drown the others.
///
/// On validation rows (distinct) the AUROC was .9993 with 25, 100 or 400. With rows that came later in the file than the fitted ones 25
/// found half of each attack type on average and 400 two fifths.
const MAX_WEIGHTED_SQUARE: f32 = 25.0;

/// A fitted autoencoder: one network, or several of the same inputs whose weighted squares are averaged.
#[derive(Clone, Debug, PartialEq)]
pub struct Autoencoder {
    n_inputs: usize,
    /// The layers of the first network, then those of the next, as many each.
    layers: Vec<Layer>,
    /// Inverse variance of each input's residual on normal records, network by network.
    precision: Vec<f32>,
}

/// Widest layer, largest number of layers, and of networks, that a stored autoencoder may have.
pub const MAX_WIDTH: usize = 4096;
const MAX_LAYERS: usize = 16;
const MAX_NETWORKS: usize = 16;

impl Autoencoder {
    /// Puts networks together: the layers of the first, then those of the next, and so the precision of each input.
    ///
    /// There are as many networks as the first layer's inputs go into `precision`; each has the same share of the layers.
    ///
    /// # Errors
    /// A sentence that says which shape does not fit or which weight is not a finite number.
    pub fn from_parts(layers: Vec<Layer>, precision: Vec<f32>) -> Result<Self, String> {
        let n_inputs = layers.first().map_or(0, |layer| layer.weights.ncols());
        let n_networks = precision.len().checked_div(n_inputs).unwrap_or(0);
        if n_inputs > MAX_WIDTH
            || n_networks == 0
            || n_networks > MAX_NETWORKS
            || n_networks * n_inputs != precision.len()
        {
            return Err(format!(
                "autoencoder: expected 1 to {MAX_NETWORKS} networks of 1 to {MAX_WIDTH} inputs, found {n_inputs} inputs and {} precisions",
                precision.len()
            ));
        }
        let n_layers = layers.len() / n_networks;
        if n_layers == 0 || n_layers > MAX_LAYERS || n_layers * n_networks != layers.len() {
            return Err(format!(
                "autoencoder: expected 1 to {MAX_LAYERS} layers in each of {n_networks} networks, found {} in all",
                layers.len()
            ));
        }
        for (index, network) in layers.chunks(n_layers).enumerate() {
            check_network(index, network, n_inputs)?;
        }
        if precision
            .iter()
            .any(|precision| !precision.is_finite() || *precision < 0.0)
        {
            return Err("autoencoder: a residual precision is not a finite number ≥ 0".into());
        }
        Ok(Self {
            n_inputs,
            layers,
            precision,
        })
    }

    /// The layers from input to output, network by network.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Inverse variance of each input's residual on normal records, network by network.
    pub fn precision(&self) -> &[f32] {
        &self.precision
    }

    /// Number of inputs, which is the number of outputs.
    pub fn n_inputs(&self) -> usize {
        self.n_inputs
    }

    /// Number of networks.
    pub fn n_networks(&self) -> usize {
        self.precision.len() / self.n_inputs
    }

    /// Anomaly score of each lane: ln(1 + mean of min(precision × residual², 25)) over inputs and networks.
    ///
    /// The logarithm changes no order; it makes the tail of the scores light enough to extrapolate.
    pub fn score(&self, block: &EncodedBlock, scratch: &mut NetworkScratch) -> Lanes {
        let mut total: Lanes = [0.0; N_LANES];
        for (layers, precision) in self.networks() {
            reconstruct(layers, block, scratch);
            for ((copied, original), precision) in
                scratch.output.iter().zip(&block.network).zip(precision)
            {
                for lane in 0..N_LANES {
                    total[lane] += weighted_square(copied[lane] - original[lane], *precision);
                }
            }
        }
        total.map(|total| libm::log1pf(total / self.precision.len() as f32))
    }

    /// Share of each input in the mean that [`Autoencoder::score`] takes the logarithm of; from a base of 0 they sum to exp(score) − 1.
    pub fn contributions(
        &self,
        block: &EncodedBlock,
        lane: usize,
        scratch: &mut NetworkScratch,
    ) -> Vec<f32> {
        let mut shares = vec![0.0; self.n_inputs];
        for (layers, precision) in self.networks() {
            let (input, output) = (&mut scratch.row_input, &mut scratch.row_output);
            output.clear();
            output.extend(block.network.iter().map(|lanes| lanes[lane]));
            for layer in layers {
                std::mem::swap(input, output);
                layer.forward_row(input, output);
            }
            for (((share, copied), original), precision) in shares
                .iter_mut()
                .zip(output.iter())
                .zip(&block.network)
                .zip(precision)
            {
                *share += weighted_square(copied - original[lane], *precision)
                    / self.precision.len() as f32;
            }
        }
        shares
    }

    /// Layers and precisions of each network.
    fn networks(&self) -> impl Iterator<Item = (&[Layer], &[f32])> {
        let n_layers = self.layers.len() / self.n_networks();
        self.layers
            .chunks(n_layers)
            .zip(self.precision.chunks(self.n_inputs))
    }
}

fn weighted_square(residual: f32, precision: f32) -> f32 {
    (precision * (residual * residual)).min(MAX_WEIGHTED_SQUARE)
}

/// Runs a network; the copy is left in `scratch.output`.
fn reconstruct(layers: &[Layer], block: &EncodedBlock, scratch: &mut NetworkScratch) {
    scratch.output.clone_from(&block.network);
    for layer in layers {
        std::mem::swap(&mut scratch.input, &mut scratch.output);
        layer.forward(&scratch.input, &mut scratch.output);
    }
}

/// Checks that the layers of one network fit each other and hold finite numbers.
fn check_network(index: usize, layers: &[Layer], n_inputs: usize) -> Result<(), String> {
    let mut width = n_inputs;
    for (place, layer) in layers.iter().enumerate() {
        let (n_outputs, found) = layer.weights.dim();
        if found != width
            || layer.bias.len() != n_outputs
            || n_outputs == 0
            || n_outputs > MAX_WIDTH
        {
            return Err(format!(
                "autoencoder: layer {place} of network {index} expects {found} inputs and has {n_outputs} outputs, {} biases; it is given {width} inputs",
                layer.bias.len()
            ));
        }
        if layer
            .weights
            .iter()
            .chain(&layer.bias)
            .any(|weight| !weight.is_finite())
        {
            return Err(format!(
                "autoencoder: layer {place} of network {index} has a weight that is not a finite number"
            ));
        }
        width = n_outputs;
    }
    if width == n_inputs {
        Ok(())
    } else {
        Err(format!(
            "autoencoder: expected {n_inputs} outputs of network {index}, found {width}"
        ))
    }
}

/// Working memory of a network, reused from block to block.
#[derive(Clone, Debug, Default)]
pub struct NetworkScratch {
    input: Vec<Lanes>,
    output: Vec<Lanes>,
    row_input: Vec<f32>,
    row_output: Vec<f32>,
}

impl Layer {
    /// One row alone, to the same bits as [`Layer::forward`]; eight sums are under way at a time.
    fn forward_row(&self, inputs: &[f32], outputs: &mut Vec<f32>) {
        outputs.clear();
        let weights = self.weights.as_slice().unwrap_or_default();
        let bias = self.bias.as_slice().unwrap_or_default();
        let n_inputs = inputs.len().max(1);
        for (weights, bias) in weights.chunks(8 * n_inputs).zip(bias.chunks(8)) {
            let mut sums = [0.0; 8];
            sums[..bias.len()].copy_from_slice(bias);
            // Fewer than eight outputs: the last stands in for those that are not there.
            let last = weights
                .chunks_exact(n_inputs)
                .next_back()
                .unwrap_or_default();
            let mut rows = [last; 8];
            for (row, weights) in rows.iter_mut().zip(weights.chunks_exact(n_inputs)) {
                *row = weights;
            }
            for (index, input) in inputs.iter().enumerate() {
                for (sum, row) in sums.iter_mut().zip(rows) {
                    *sum += row[index] * input;
                }
            }
            outputs.extend(sums[..bias.len()].iter().map(|&sum| match self.activation {
                Activation::Rectified => sum.max(0.0),
                Activation::Linear => sum,
            }));
        }
    }

    /// Each output is summed over the inputs in order, so that a row's result does not depend on the rows beside it.
    fn forward(&self, inputs: &[Lanes], outputs: &mut Vec<Lanes>) {
        outputs.clear();
        let weights = self.weights.as_slice().unwrap_or_default();
        let bias = self.bias.as_slice().unwrap_or_default();
        for (weights, bias) in weights.chunks(2 * inputs.len().max(1)).zip(bias.chunks(2)) {
            let (first, second) = weights.split_at(inputs.len().min(weights.len()));
            // The last output may be alone: it stands in for its neighbour, whose sum is dropped.
            let second = if second.is_empty() { first } else { second };
            let sums = weighted_sums([bias[0], bias[bias.len() - 1]], first, second, inputs);
            for sum in &sums[..bias.len()] {
                outputs.push(match self.activation {
                    Activation::Rectified => sum.map(|sum| if sum > 0.0 { sum } else { 0.0 }),
                    Activation::Linear => *sum,
                });
            }
        }
    }
}

/// The sums of two outputs: twice as many are under way, and an input is read once for both.
///
/// Inlined into a caller that does more, the 32 sums were kept as scalars by LLVM 21, at a tenth of the speed.
#[inline(never)]
fn weighted_sums(bias: [f32; 2], first: &[f32], second: &[f32], inputs: &[Lanes]) -> [Lanes; 2] {
    let mut sums = bias.map(|bias| [bias; N_LANES]);
    for ((input, first), second) in inputs.iter().zip(first).zip(second) {
        for lane in 0..N_LANES {
            sums[0][lane] += first * input[lane];
            sums[1][lane] += second * input[lane];
        }
    }
    sums
}
