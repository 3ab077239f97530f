//! The network while it is fitted: a mini-batch forward, its gradients back, a step of Adam.
//!
//! In: a batch of rows. Out: smaller errors. Batch normalisation and dropout exist only here: [`Network::layers`] folds the former into the
//! weights, so that a fitted network is plain layers and is scored as such.

use ndarray::{Array1, Array2};

use super::matrix::{Matrix, Panels};
use super::{Activation, AutoencoderParams, Layer};
use crate::adam::{AdamStep, Moments};
use crate::random::Random;

/// Stabiliser of batch normalisation and the weight of a batch in its running moments, as PyTorch has them.
const NORMALIZATION_EPSILON: f32 = 1e-5;
const MOMENTUM: f32 = 0.1;

/// A parameter array with its gradient and Adam's two moments.
#[derive(Clone)]
struct Trained {
    value: Matrix,
    gradient: Matrix,
    moments: Moments,
}

impl Trained {
    fn new(value: Matrix) -> Self {
        Self {
            gradient: Matrix::zeros(value.n_rows, value.n_columns),
            moments: Moments::new(value.values.len()),
            value,
        }
    }

    fn constant(n: usize, start: f32) -> Self {
        let mut value = Matrix::zeros(1, n);
        value.values[..n].fill(start);
        Self::new(value)
    }

    fn adam(&mut self, step: AdamStep) {
        let values = &mut self.value.values;
        self.moments.step(step, values, &self.gradient.values);
    }
}

/// Batch normalisation of a layer's sums (Ioffe and Szegedy, 2015, algorithm 1); the layer's bias is its shift.
#[derive(Clone)]
struct Normalization {
    gain: Trained,
    running_mean: Vec<f32>,
    running_variance: Vec<f32>,
    /// Of the batch at hand.
    inverse_deviation: Vec<f32>,
    /// The batch's sums at mean 0 and variance 1.
    standardised: Matrix,
}

/// A layer in training; weights are inputs × outputs.
#[derive(Clone)]
struct TrainedLayer {
    weights: Trained,
    bias: Trained,
    normalization: Option<Normalization>,
    activation: Activation,
    /// Share of the outputs that a batch goes without.
    dropout: f32,
    /// What dropout multiplied the outputs of the batch at hand with.
    kept: Matrix,
}

/// The layers with the working memory of a batch.
pub(super) struct Network {
    layers: Vec<TrainedLayer>,
    n_steps: i32,
    /// Output of each layer, the input first.
    outputs: Vec<Matrix>,
    /// Gradient of the loss by each of them.
    gradients: Vec<Matrix>,
    panels: Panels,
}

impl Network {
    /// He initialisation (He et al., 2015): normal with variance 2 / inputs; the last layer 1 / inputs.
    pub(super) fn new(n_inputs: usize, params: &AutoencoderParams, mut random: Random) -> Self {
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
                let hidden = params.hidden.get(index);
                let gain = if index + 1 == n_layers { 1.0 } else { 2.0 };
                let deviation = libm::sqrt(gain / pair[0] as f64);
                let mut weights = Matrix::zeros(pair[0], pair[1]);
                for row in weights.rows_mut() {
                    for weight in &mut row[..pair[1]] {
                        *weight = (deviation * random.normal()) as f32;
                    }
                }
                let activation = hidden.map_or(Activation::Linear, |hidden| hidden.activation);
                // The bottleneck keeps its few units: dropout there takes away what the network is made of.
                let is_wide = hidden.is_some() && activation == Activation::Rectified;
                TrainedLayer {
                    weights: Trained::new(weights),
                    bias: Trained::constant(pair[1], 0.0),
                    normalization: (is_wide && params.batch_normalization)
                        .then(|| Normalization::new(pair[1])),
                    activation,
                    dropout: if is_wide { params.dropout } else { 0.0 },
                    kept: Matrix::zeros(0, pair[1]),
                }
            })
            .collect();
        let buffers: Vec<Matrix> = widths
            .iter()
            .map(|&width| Matrix::zeros(0, width))
            .collect();
        Self {
            layers,
            n_steps: 0,
            outputs: buffers.clone(),
            gradients: buffers,
            panels: Panels::default(),
        }
    }

    /// One step of Adam on a batch that shall be turned into `targets`; returns the sum of squared errors.
    ///
    /// `inputs` are the targets themselves or what noise has made of them.
    pub(super) fn step(
        &mut self,
        inputs: &Matrix,
        targets: &Matrix,
        rate: f32,
        random: &mut Random,
    ) -> f64 {
        self.outputs[0].clone_from(inputs);
        for index in 0..self.layers.len() {
            self.forward(index, true, random);
        }
        let error = self.loss_gradient(targets);
        for index in (0..self.layers.len()).rev() {
            self.backward(index);
        }
        self.n_steps += 1;
        let step = AdamStep::new(rate, self.n_steps);
        for layer in &mut self.layers {
            layer.weights.adam(step);
            layer.bias.adam(step);
            if let Some(normalization) = &mut layer.normalization {
                normalization.gain.adam(step);
            }
        }
        error
    }

    /// What the network makes of the rows, without dropout and with the running moments.
    pub(super) fn copy_of(&mut self, inputs: &Matrix) -> &Matrix {
        self.outputs[0].clone_from(inputs);
        let mut random = Random::new(0, 0);
        for index in 0..self.layers.len() {
            self.forward(index, false, &mut random);
        }
        &self.outputs[self.layers.len()]
    }

    /// The fitted layers, batch normalisation folded into weights and biases.
    pub(super) fn layers(&self) -> Vec<Layer> {
        self.layers.iter().map(TrainedLayer::folded).collect()
    }

    fn forward(&mut self, index: usize, is_training: bool, random: &mut Random) {
        let layer = &mut self.layers[index];
        let (before, after) = self.outputs.split_at_mut(index + 1);
        let (inputs, outputs) = (&before[index], &mut after[0]);
        outputs.set_rows(inputs.n_rows);
        self.panels.product(inputs, &layer.weights.value, outputs);
        if let Some(normalization) = &mut layer.normalization {
            normalization.forward(outputs, is_training);
        }
        let is_rectified = layer.activation == Activation::Rectified;
        for row in outputs.rows_mut() {
            for (output, bias) in row.iter_mut().zip(&layer.bias.value.values) {
                let sum = *output + bias;
                *output = if is_rectified { sum.max(0.0) } else { sum };
            }
        }
        if is_training && layer.dropout > 0.0 {
            layer.drop_outputs(outputs, random);
        }
    }

    /// The gradient of the mean squared error by the last outputs; returns the sum of squared errors.
    fn loss_gradient(&mut self, targets: &Matrix) -> f64 {
        let last = self.layers.len();
        let (outputs, gradient) = (&self.outputs[last], &mut self.gradients[last]);
        gradient.set_rows(targets.n_rows);
        let scale = 2.0 / (targets.n_rows * targets.n_columns) as f32;
        let mut error = 0.0f64;
        for ((gradients, outputs), targets) in
            gradient.rows_mut().zip(outputs.rows()).zip(targets.rows())
        {
            let mut of_row = 0.0f32;
            for ((gradient, output), target) in gradients.iter_mut().zip(outputs).zip(targets) {
                let residual = output - target;
                of_row += residual * residual;
                *gradient = scale * residual;
            }
            error += f64::from(of_row);
        }
        error
    }

    /// Gradients of a layer's parameters and of its inputs, given that of its outputs.
    fn backward(&mut self, index: usize) {
        let layer = &mut self.layers[index];
        let (before, after) = self.gradients.split_at_mut(index + 1);
        let (input_gradient, gradient) = (&mut before[index], &mut after[0]);
        if layer.dropout > 0.0 {
            for (gradient, kept) in gradient.values.iter_mut().zip(&layer.kept.values) {
                *gradient *= kept;
            }
        }
        if layer.activation == Activation::Rectified {
            for (gradient, output) in gradient
                .values
                .iter_mut()
                .zip(&self.outputs[index + 1].values)
            {
                // A rectified zero passes nothing on; nor does a dropped output, whose gradient is zero already.
                *gradient = if *output > 0.0 { *gradient } else { 0.0 };
            }
        }
        sum_rows(gradient, &mut layer.bias.gradient.values);
        if let Some(normalization) = &mut layer.normalization {
            normalization.backward(gradient);
        }
        self.panels.product_of_transposed(
            &self.outputs[index],
            gradient,
            &mut layer.weights.gradient,
        );
        // Nobody asks for the gradient of the first layer's inputs.
        if index > 0 {
            input_gradient.set_rows(gradient.n_rows);
            self.panels
                .product_with_transposed(gradient, &layer.weights.value, input_gradient);
        }
    }
}

impl TrainedLayer {
    /// Drops outputs at random and scales the others up (Srivastava et al., 2014, "inverted").
    fn drop_outputs(&mut self, outputs: &mut Matrix, random: &mut Random) {
        self.kept.set_rows(outputs.n_rows);
        let scale = 1.0 / (1.0 - self.dropout);
        for (output, kept) in outputs.values.iter_mut().zip(&mut self.kept.values) {
            *kept = if random.uniform() < f64::from(self.dropout) {
                0.0
            } else {
                scale
            };
            *output *= *kept;
        }
    }

    fn folded(&self) -> Layer {
        let (n_inputs, n_outputs) = (self.weights.value.n_rows, self.weights.value.n_columns);
        let stride = self.weights.value.stride;
        let factor = |output: usize| {
            self.normalization
                .as_ref()
                .map_or(1.0, |normalization| normalization.factor(output))
        };
        let centre = |output: usize| {
            self.normalization
                .as_ref()
                .map_or(0.0, |normalization| normalization.running_mean[output])
        };
        Layer {
            weights: Array2::from_shape_fn((n_outputs, n_inputs), |(output, input)| {
                self.weights.value.values[input * stride + output] * factor(output)
            }),
            bias: Array1::from_shape_fn(n_outputs, |output| {
                self.bias.value.values[output] - centre(output) * factor(output)
            }),
            activation: self.activation,
        }
    }
}

impl Normalization {
    fn new(n: usize) -> Self {
        let gain = Trained::constant(n, 1.0);
        let width = gain.value.stride;
        Self {
            gain,
            running_mean: vec![0.0; width],
            running_variance: vec![1.0; width],
            inverse_deviation: vec![0.0; width],
            standardised: Matrix::zeros(0, n),
        }
    }

    /// What a sum less its running mean is multiplied by.
    fn factor(&self, output: usize) -> f32 {
        self.gain.value.values[output]
            / (self.running_variance[output] + NORMALIZATION_EPSILON).sqrt()
    }

    fn forward(&mut self, sums: &mut Matrix, is_training: bool) {
        if !is_training {
            for row in sums.rows_mut() {
                for (output, sum) in row.iter_mut().enumerate() {
                    *sum = (*sum - self.running_mean[output]) * self.factor(output);
                }
            }
            return;
        }
        let n = sums.n_rows as f32;
        let width = sums.stride;
        let (mut mean, mut variance) = (vec![0.0; width], vec![0.0; width]);
        sum_rows(sums, &mut mean);
        mean.iter_mut().for_each(|mean| *mean /= n);
        for row in sums.rows() {
            for ((total, sum), mean) in variance.iter_mut().zip(row).zip(&mean) {
                *total += (sum - mean) * (sum - mean);
            }
        }
        variance.iter_mut().for_each(|variance| *variance /= n);
        for output in 0..width {
            self.running_mean[output] += MOMENTUM * (mean[output] - self.running_mean[output]);
            self.running_variance[output] +=
                MOMENTUM * (variance[output] - self.running_variance[output]);
            self.inverse_deviation[output] =
                1.0 / (variance[output] + NORMALIZATION_EPSILON).sqrt();
        }
        self.standardised.set_rows(sums.n_rows);
        for (row, standardised) in sums.rows_mut().zip(self.standardised.rows_mut()) {
            for output in 0..width {
                standardised[output] =
                    (row[output] - mean[output]) * self.inverse_deviation[output];
                row[output] = standardised[output] * self.gain.value.values[output];
            }
        }
    }

    /// Turns the gradient by what came out into the gradient by what went in (the paper, section 3).
    fn backward(&mut self, gradient: &mut Matrix) {
        let n = gradient.n_rows as f32;
        let mut total = vec![0.0; gradient.stride];
        sum_rows(gradient, &mut total);
        self.gain.gradient.values.fill(0.0);
        for (row, standardised) in gradient.rows().zip(self.standardised.rows()) {
            for ((of_gain, gradient), standardised) in self
                .gain
                .gradient
                .values
                .iter_mut()
                .zip(row)
                .zip(standardised)
            {
                *of_gain += gradient * standardised;
            }
        }
        for (row, standardised) in gradient.rows_mut().zip(self.standardised.rows()) {
            for output in 0..row.len() {
                let of_gain = self.gain.gradient.values[output];
                row[output] = self.gain.value.values[output] * self.inverse_deviation[output] / n
                    * (n * row[output] - total[output] - standardised[output] * of_gain);
            }
        }
    }
}

/// Sum of the rows, first to last.
fn sum_rows(matrix: &Matrix, sums: &mut [f32]) {
    sums.fill(0.0);
    for row in matrix.rows() {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::HiddenLayer;
    use super::*;

    fn batch(seed: u64) -> Matrix {
        let mut random = Random::new(seed, 9);
        let mut rows = Matrix::zeros(7, 3);
        for row in rows.rows_mut() {
            for value in &mut row[..3] {
                *value = random.normal() as f32;
            }
        }
        rows
    }

    fn network(batch_normalization: bool) -> Network {
        let params = AutoencoderParams {
            hidden: vec![HiddenLayer::rectified(9), HiddenLayer::linear(2)],
            batch_normalization,
            dropout: 0.0,
            ..AutoencoderParams::default()
        };
        Network::new(3, &params, Random::new(5, 0))
    }

    /// Mean squared error of a batch, with the moments of the batch.
    fn loss(network: &mut Network, rows: &Matrix) -> f64 {
        network.outputs[0].clone_from(rows);
        for index in 0..network.layers.len() {
            network.forward(index, true, &mut Random::new(0, 0));
        }
        network.loss_gradient(rows) / (rows.n_rows * rows.n_columns) as f64
    }

    #[test]
    fn gradients_are_what_a_small_change_does() {
        for batch_normalization in [false, true] {
            let rows = batch(1);
            let mut network = network(batch_normalization);
            loss(&mut network, &rows);
            for index in (0..network.layers.len()).rev() {
                network.backward(index);
            }
            let mut check = |part: fn(&mut TrainedLayer) -> Option<&mut Trained>, name: &str| {
                for layer in 0..network.layers.len() {
                    for place in [0, 1, 10] {
                        let Some(trained) = part(&mut network.layers[layer]) else {
                            continue;
                        };
                        let Some(&gradient) = trained.gradient.values.get(place) else {
                            continue;
                        };
                        let step = 1e-2f32;
                        let start = trained.value.values[place];
                        trained.value.values[place] = start + step;
                        let above = loss(&mut network, &rows);
                        if let Some(trained) = part(&mut network.layers[layer]) {
                            trained.value.values[place] = start - step;
                        }
                        let below = loss(&mut network, &rows);
                        if let Some(trained) = part(&mut network.layers[layer]) {
                            trained.value.values[place] = start;
                        }
                        let slope = (above - below) / (2.0 * f64::from(step));
                        assert!(
                            (slope - f64::from(gradient)).abs() < 5e-3 * (1.0 + slope.abs()),
                            "{name} {place} of layer {layer}: {gradient}, by differences {slope}"
                        );
                    }
                }
            };
            check(|layer| Some(&mut layer.weights), "weight");
            check(|layer| Some(&mut layer.bias), "bias");
            check(
                |layer| Some(&mut layer.normalization.as_mut()?.gain),
                "gain",
            );
        }
    }

    #[test]
    fn folding_a_normalisation_changes_nothing() {
        let mut network = network(true);
        for seed in 0..20 {
            let rows = batch(seed);
            network.step(&rows, &rows, 0.01, &mut Random::new(seed, 0));
        }
        let rows = batch(30);
        let copies = network.copy_of(&rows).clone();
        let layers = network.layers();
        for (row, copy) in rows.rows().zip(copies.rows()) {
            let mut values = Array1::from(row[..3].to_vec());
            for layer in &layers {
                values = layer.weights.dot(&values) + &layer.bias;
                if layer.activation == Activation::Rectified {
                    values.mapv_inplace(|value| value.max(0.0));
                }
            }
            for (value, copy) in values.iter().zip(copy) {
                assert!((value - copy).abs() < 1e-4, "{value} {copy}");
            }
        }
    }
}
