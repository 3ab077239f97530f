//! Fitting an autoencoder: mini-batches, Adam, early stopping on a validation split.
//!
//! Sums run in a fixed order and no threads are used: the same rows and seed give the same network on every machine.

use ndarray::Array2;

use super::matrix::Matrix;
use super::network::Network;
use super::{Autoencoder, AutoencoderParams, Layer, MAX_WIDTH};
use crate::adam::half_cosine;
use crate::random::Random;

/// Mean squared error after each epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrainingCurve {
    /// On the training rows, while they were learned.
    pub training: Vec<f32>,
    /// On the validation rows.
    pub validation: Vec<f32>,
}

/// Rows that are copied at a time where nothing is learned.
const CHUNK: usize = 256;

/// A fitted network, its validation error and the variance of its residuals there.
struct Fitted {
    error: f32,
    layers: Vec<Layer>,
    variances: Vec<f32>,
}

impl Autoencoder {
    /// Fits on `rows` (rows × inputs); keeps each network as it was in its best validation epoch and takes the residual
    /// variances from the validation rows.
    ///
    /// The curve is that of the first network.
    ///
    /// # Errors
    /// A sentence where there are no rows, their widths differ, a parameter is out of range, or fitting does not converge.
    pub fn fit(
        rows: &Array2<f32>,
        validation: &Array2<f32>,
        params: &AutoencoderParams,
    ) -> Result<(Self, TrainingCurve), String> {
        params.validate()?;
        check_rows(rows, validation)?;
        let mut curve = TrainingCurve::default();
        let (mut layers, mut precision) = (Vec::new(), Vec::new());
        for network in 0..params.n_networks {
            let (fitted, its_curve) = fit_network(rows, validation, params, network as u64)?;
            layers.extend(fitted.layers);
            precision.extend(
                fitted
                    .variances
                    .iter()
                    .map(|variance| 1.0 / (variance + params.added_residual_variance)),
            );
            if network == 0 {
                curve = its_curve;
            }
        }
        let autoencoder = Self {
            n_inputs: rows.ncols(),
            layers,
            precision,
        };
        Ok((autoencoder, curve))
    }
}

fn check_rows(rows: &Array2<f32>, validation: &Array2<f32>) -> Result<(), String> {
    let is_right = rows.nrows() > 0
        && validation.nrows() > 0
        && (1..=MAX_WIDTH).contains(&rows.ncols())
        && rows.ncols() == validation.ncols();
    if is_right {
        Ok(())
    } else {
        Err(format!(
            "autoencoder: expected training and validation rows of equally many inputs, 1 to {MAX_WIDTH}, found {} × {} and {} × {}",
            rows.nrows(),
            rows.ncols(),
            validation.nrows(),
            validation.ncols()
        ))
    }
}

/// Fits one of the networks.
fn fit_network(
    rows: &Array2<f32>,
    validation: &Array2<f32>,
    params: &AutoencoderParams,
    index: u64,
) -> Result<(Fitted, TrainingCurve), String> {
    let mut network = Network::new(rows.ncols(), params, Random::new(params.seed, 2 * index));
    let mut random = Random::new(params.seed, 2 * index + 1);
    let mut order: Vec<usize> = (0..rows.nrows()).collect();
    let n_steps = (params.n_epochs * rows.nrows().div_ceil(params.batch_size)).max(1);
    let mut step = 0;
    let mut curve = TrainingCurve::default();
    let mut best = measure(&mut network, validation);
    let mut n_worse = 0;
    let mut targets = Matrix::zeros(0, rows.ncols());
    let mut inputs = targets.clone();
    for _ in 0..params.n_epochs {
        random.shuffle(&mut order);
        let mut error = 0.0f64;
        for batch in order.chunks(params.batch_size) {
            let progress = step as f32 / n_steps as f32;
            let rate = half_cosine(params.learning_rate, progress);
            gather(rows, batch, &mut targets);
            inputs.clone_from(&targets);
            spoil(&mut inputs, rows, params, &mut random);
            error += network.step(&inputs, &targets, rate, &mut random);
            step += 1;
        }
        curve
            .training
            .push((error / rows.len().max(1) as f64) as f32);
        let now = measure(&mut network, validation);
        curve.validation.push(now.error);
        if now.error < best.error {
            best = now;
            n_worse = 0;
        } else {
            n_worse += 1;
            if n_worse >= params.patience {
                break;
            }
        }
    }
    if curve.validation.iter().any(|error| error.is_finite()) && best.error.is_finite() {
        Ok((best, curve))
    } else {
        Err(format!(
            "autoencoder: no epoch gave a finite validation error; a learning rate of {} may be too large",
            params.learning_rate
        ))
    }
}

/// The network as it is, with its error on the validation rows.
fn measure(network: &mut Network, validation: &Array2<f32>) -> Fitted {
    let variances = residual_variances(network, validation);
    Fitted {
        error: variances.iter().sum::<f32>() / variances.len().max(1) as f32,
        layers: network.layers(),
        variances,
    }
}

/// Copies rows into a batch.
fn gather(rows: &Array2<f32>, batch: &[usize], into: &mut Matrix) {
    into.set_rows(batch.len());
    for (to, &row) in into.rows_mut().zip(batch) {
        for (to, from) in to.iter_mut().zip(rows.row(row)) {
            *to = *from;
        }
    }
}

/// Adds the noise of a denoising autoencoder.
fn spoil(inputs: &mut Matrix, rows: &Array2<f32>, params: &AutoencoderParams, random: &mut Random) {
    let n_inputs = inputs.n_columns;
    if params.input_noise > 0.0 {
        for row in inputs.rows_mut() {
            for value in &mut row[..n_inputs] {
                *value += params.input_noise * nearly_normal(random);
            }
        }
    }
    if params.swapped_inputs > 0.0 {
        for row in inputs.rows_mut() {
            for (input, value) in row[..n_inputs].iter_mut().enumerate() {
                if random.uniform() < f64::from(params.swapped_inputs) {
                    *value = rows[(random.below(rows.nrows()), input)];
                }
            }
        }
    }
}

/// A number of mean 0 and variance 1: the sum of three uniform ones, near enough to normal for noise and made from one draw.
fn nearly_normal(random: &mut Random) -> f32 {
    const BITS: u32 = 17;
    let drawn = (random.uniform() * (1u64 << (3 * BITS)) as f64) as u64;
    let part = |index: u32| ((drawn >> (index * BITS)) & ((1 << BITS) - 1)) as f32;
    let sum = (part(0) + part(1) + part(2)) / (1u32 << BITS) as f32;
    2.0 * (sum - 1.5)
}

/// Mean squared residual of each input.
fn residual_variances(network: &mut Network, rows: &Array2<f32>) -> Vec<f32> {
    let mut totals = vec![0.0f64; rows.ncols()];
    let mut inputs = Matrix::zeros(0, rows.ncols());
    let order: Vec<usize> = (0..rows.nrows()).collect();
    for chunk in order.chunks(CHUNK) {
        gather(rows, chunk, &mut inputs);
        let outputs = network.copy_of(&inputs);
        for (outputs, inputs) in outputs.rows().zip(inputs.rows()) {
            for ((total, output), input) in totals.iter_mut().zip(outputs).zip(inputs) {
                *total += f64::from((output - input) * (output - input));
            }
        }
    }
    totals
        .iter()
        .map(|total| (total / rows.nrows().max(1) as f64) as f32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_mean_zero_and_variance_one() {
        let mut random = Random::new(1, 0);
        let drawn: Vec<f32> = (0..20_000).map(|_| nearly_normal(&mut random)).collect();
        let mean = drawn.iter().sum::<f32>() / 20_000.0;
        let variance = drawn.iter().map(|value| value * value).sum::<f32>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.03);
    }
}
