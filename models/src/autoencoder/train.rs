//! Fitting an autoencoder: mini-batches, Adam, early stopping on a validation split.
//!
//! Sums run in a fixed order and no threads are used: the same rows and seed give the same network on every machine.

use ndarray::{Array1, Array2};

use super::{Activation, Autoencoder, Layer};
use crate::random::Random;

/// How an autoencoder is fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct AutoencoderParams {
    /// The hidden layers; the narrowest is the bottleneck. Default 48, 8 linear, 48.
    pub hidden: Vec<HiddenLayer>,
    /// Passes over the training rows at most. Default 25.
    pub n_epochs: usize,
    /// Rows per step. Default 128.
    pub batch_size: usize,
    /// Adam's first step size; it falls to a hundredth along a half cosine. Default 0.003.
    pub learning_rate: f32,
    /// Standard deviation of the noise added to the inputs (denoising; Vincent et al., 2008); 0 for none.
    pub input_noise: f32,
    /// Epochs without a better validation error before fitting stops. Default 5.
    pub patience: usize,
    /// Added to each residual variance before a squared residual is divided by it. Default 0.001.
    pub added_residual_variance: f32,
    /// Seed of weights, order and noise. Default 42.
    pub seed: u64,
}

impl Default for AutoencoderParams {
    fn default() -> Self {
        Self {
            hidden: vec![
                HiddenLayer::rectified(48),
                HiddenLayer::linear(8),
                HiddenLayer::rectified(48),
            ],
            n_epochs: 25,
            batch_size: 128,
            learning_rate: 0.003,
            input_noise: 0.0,
            patience: 5,
            added_residual_variance: 0.001,
            seed: 42,
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

/// Mean squared error after each epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingCurve {
    /// On the training rows, while they were learned.
    pub training: Vec<f32>,
    /// On the validation rows.
    pub validation: Vec<f32>,
}

/// Adam's decay rates and stabiliser (Kingma and Ba, 2015, algorithm 1).
const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

impl Autoencoder {
    /// Fits on `rows` (rows × inputs); keeps the network of the best validation epoch and takes the residual
    /// variances from the validation rows.
    pub fn fit(
        rows: &Array2<f32>,
        validation: &Array2<f32>,
        params: &AutoencoderParams,
    ) -> (Self, TrainingCurve) {
        let mut network = Network::new(rows.ncols(), params);
        let mut random = Random::new(params.seed, 1);
        let mut order: Vec<usize> = (0..rows.nrows()).collect();
        let n_steps = (params.n_epochs * rows.nrows().div_ceil(params.batch_size)).max(1);
        let mut step = 0;
        let mut curve = TrainingCurve::default();
        let mut best: Option<(f32, Vec<Layer>)> = None;
        let mut n_worse = 0;
        for _ in 0..params.n_epochs {
            random.shuffle(&mut order);
            let mut error = 0.0f64;
            for batch in order.chunks(params.batch_size) {
                let progress = step as f32 / n_steps as f32;
                let rate = params.learning_rate
                    * (0.505 + 0.495 * libm::cosf(core::f32::consts::PI * progress));
                error += network.step(rows, batch, params.input_noise, &mut random, rate);
                step += 1;
            }
            curve
                .training
                .push((error / rows.len().max(1) as f64) as f32);
            let validation_error = network.mean_squared_error(validation);
            curve.validation.push(validation_error);
            if best
                .as_ref()
                .is_none_or(|(least, _)| validation_error < *least)
            {
                best = Some((validation_error, network.layers()));
                n_worse = 0;
            } else {
                n_worse += 1;
                if n_worse >= params.patience {
                    break;
                }
            }
        }
        let layers = best.map_or_else(|| network.layers(), |(_, layers)| layers);
        network.load(&layers);
        let precision = network
            .residual_variances(validation)
            .iter()
            .map(|variance| 1.0 / (variance + params.added_residual_variance))
            .collect();
        (Self { layers, precision }, curve)
    }
}

/// A parameter array with its gradient and Adam's two moments.
struct Trained {
    value: Vec<f32>,
    gradient: Vec<f32>,
    mean: Vec<f32>,
    variance: Vec<f32>,
}

impl Trained {
    fn new(value: Vec<f32>) -> Self {
        let zeros = vec![0.0; value.len()];
        Self {
            value,
            gradient: zeros.clone(),
            mean: zeros.clone(),
            variance: zeros,
        }
    }

    fn adam(&mut self, rate: f32, correction_1: f32, correction_2: f32) {
        for (((value, gradient), mean), variance) in self
            .value
            .iter_mut()
            .zip(&mut self.gradient)
            .zip(&mut self.mean)
            .zip(&mut self.variance)
        {
            *mean = BETA_1 * *mean + (1.0 - BETA_1) * *gradient;
            *variance = BETA_2 * *variance + (1.0 - BETA_2) * *gradient * *gradient;
            *value -= rate * (*mean * correction_1) / ((*variance * correction_2).sqrt() + EPSILON);
            *gradient = 0.0;
        }
    }
}

/// A layer in training; weights are inputs × outputs, so that a zero input skips a whole row.
struct TrainedLayer {
    n_inputs: usize,
    n_outputs: usize,
    weights: Trained,
    bias: Trained,
    activation: Activation,
}

struct Network {
    layers: Vec<TrainedLayer>,
    n_steps: i32,
    /// Output of each layer for the row at hand, the input first.
    activations: Vec<Vec<f32>>,
    /// Gradient of the loss by each layer's output.
    gradients: Vec<Vec<f32>>,
}

impl Network {
    /// He initialisation (He et al., 2015): normal with variance 2 / inputs; the last layer 1 / inputs.
    fn new(n_inputs: usize, params: &AutoencoderParams) -> Self {
        let mut random = Random::new(params.seed, 0);
        let widths: Vec<usize> = [n_inputs]
            .into_iter()
            .chain(params.hidden.iter().map(|hidden| hidden.width))
            .chain([n_inputs])
            .collect();
        let n_layers = widths.len() - 1;
        let layers = widths
            .windows(2)
            .enumerate()
            .map(|(index, pair)| {
                let (n_inputs, n_outputs) = (pair[0], pair[1]);
                let gain = if index + 1 == n_layers { 1.0 } else { 2.0 };
                let deviation = libm::sqrt(gain / n_inputs as f64);
                TrainedLayer {
                    n_inputs,
                    n_outputs,
                    weights: Trained::new(
                        (0..n_inputs * n_outputs)
                            .map(|_| (deviation * random.normal()) as f32)
                            .collect(),
                    ),
                    bias: Trained::new(vec![0.0; n_outputs]),
                    activation: params
                        .hidden
                        .get(index)
                        .map_or(Activation::Linear, |hidden| hidden.activation),
                }
            })
            .collect();
        let buffers: Vec<Vec<f32>> = widths.iter().map(|&width| vec![0.0; width]).collect();
        Self {
            layers,
            n_steps: 0,
            activations: buffers.clone(),
            gradients: buffers,
        }
    }

    fn forward(&mut self) {
        for (index, layer) in self.layers.iter().enumerate() {
            let (inputs, outputs) = self.activations.split_at_mut(index + 1);
            let output = &mut outputs[0];
            output.copy_from_slice(&layer.bias.value);
            for (input, weights) in inputs[index]
                .iter()
                .zip(layer.weights.value.chunks_exact(layer.n_outputs))
            {
                if *input != 0.0 {
                    for (output, weight) in output.iter_mut().zip(weights) {
                        *output += input * weight;
                    }
                }
            }
            if layer.activation == Activation::Rectified {
                for output in output.iter_mut() {
                    *output = output.max(0.0);
                }
            }
        }
    }

    /// Adds this row's gradients, given the loss gradient in the last of `gradients`.
    fn backward(&mut self) {
        for index in (0..self.layers.len()).rev() {
            let is_input_rectified =
                index > 0 && self.layers[index - 1].activation == Activation::Rectified;
            let layer = &mut self.layers[index];
            let (before, after) = self.gradients.split_at_mut(index + 1);
            let (input_gradient, output_gradient) = (&mut before[index], &after[0]);
            for (total, gradient) in layer.bias.gradient.iter_mut().zip(output_gradient) {
                *total += gradient;
            }
            let inputs = &self.activations[index];
            for (i, input) in inputs.iter().enumerate() {
                let span = i * layer.n_outputs..(i + 1) * layer.n_outputs;
                if *input != 0.0 {
                    for (total, gradient) in layer.weights.gradient[span.clone()]
                        .iter_mut()
                        .zip(output_gradient)
                    {
                        *total += input * gradient;
                    }
                }
                // The first layer's input has no gradient; a rectified zero passes none on.
                input_gradient[i] = if index > 0 && (!is_input_rectified || *input > 0.0) {
                    dot(&layer.weights.value[span], output_gradient)
                } else {
                    0.0
                };
            }
        }
    }

    /// One Adam step on a mini-batch; returns the summed squared error.
    fn step(
        &mut self,
        rows: &Array2<f32>,
        batch: &[usize],
        noise: f32,
        random: &mut Random,
        rate: f32,
    ) -> f64 {
        let mut error = 0.0f64;
        let last = self.activations.len() - 1;
        for &row in batch {
            for (activation, value) in self.activations[0].iter_mut().zip(rows.row(row)) {
                *activation = if noise > 0.0 {
                    value + noise * random.normal() as f32
                } else {
                    *value
                };
            }
            self.forward();
            let scale = 2.0 / (batch.len() as f32 * rows.ncols() as f32);
            for ((gradient, output), value) in self.gradients[last]
                .iter_mut()
                .zip(&self.activations[last])
                .zip(rows.row(row))
            {
                let residual = output - value;
                error += f64::from(residual * residual);
                *gradient = scale * residual;
            }
            self.backward();
        }
        self.n_steps += 1;
        let correction_1 = 1.0 / (1.0 - libm::powf(BETA_1, self.n_steps as f32));
        let correction_2 = 1.0 / (1.0 - libm::powf(BETA_2, self.n_steps as f32));
        for layer in &mut self.layers {
            layer.weights.adam(rate, correction_1, correction_2);
            layer.bias.adam(rate, correction_1, correction_2);
        }
        error
    }

    fn mean_squared_error(&mut self, rows: &Array2<f32>) -> f32 {
        let variances = self.residual_variances(rows);
        variances.iter().sum::<f32>() / variances.len().max(1) as f32
    }

    /// Mean squared residual of each input.
    fn residual_variances(&mut self, rows: &Array2<f32>) -> Vec<f32> {
        let mut totals = vec![0.0f64; rows.ncols()];
        let last = self.activations.len() - 1;
        for row in rows.outer_iter() {
            for (activation, value) in self.activations[0].iter_mut().zip(row) {
                *activation = *value;
            }
            self.forward();
            for ((total, output), value) in totals.iter_mut().zip(&self.activations[last]).zip(row)
            {
                *total += f64::from((output - value) * (output - value));
            }
        }
        totals
            .iter()
            .map(|total| (total / rows.nrows().max(1) as f64) as f32)
            .collect()
    }

    fn layers(&self) -> Vec<Layer> {
        self.layers
            .iter()
            .map(|layer| Layer {
                weights: Array2::from_shape_fn((layer.n_outputs, layer.n_inputs), |(o, i)| {
                    layer.weights.value[i * layer.n_outputs + o]
                }),
                bias: Array1::from(layer.bias.value.clone()),
                activation: layer.activation,
            })
            .collect()
    }

    fn load(&mut self, layers: &[Layer]) {
        for (trained, layer) in self.layers.iter_mut().zip(layers) {
            for ((o, i), weight) in layer.weights.indexed_iter() {
                trained.weights.value[i * trained.n_outputs + o] = *weight;
            }
            trained.bias.value.copy_from_slice(&layer.bias.to_vec());
        }
    }
}

/// Dot product in eight lanes, summed pairwise: vectorised, and the same order everywhere.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a_chunks, b_chunks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_chunks
        .remainder()
        .iter()
        .zip(b_chunks.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        for lane in 0..8 {
            lanes[lane] += a[lane] * b[lane];
        }
    }
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6]))
        + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
        + rest
}
