//! Fitting an LSTM: back-propagation through the rows of a window, Adam, early stopping on a validation sequence.
//!
//! Windows lie side by side, from another offset in each epoch; within a window every row is predicted from those before it, so that
//! short histories are learned too. Sums run in a fixed order and no threads are used: the same rows and seed give the same network on
//! every machine.

use ndarray::Array2;

use super::gate::{logistic, tanh};
use super::sequence::{rows_at_step, window_starts};
use super::{Lstm, MAX_HIDDEN, MAX_INPUTS, MAX_WINDOW, N_GATES, Weights};
use crate::adam::{AdamStep, Moments, half_cosine};
use crate::autoencoder::TrainingCurve;
use crate::random::Random;

/// How an LSTM is fitted.
#[derive(Clone, Debug, PartialEq)]
pub struct LstmParams {
    /// Rows that a score depends on, itself included. Default 8: on development days 4, 8, 16 and 32 gave an AUROC of .991 all, and the
    /// cost of a score rises with it.
    pub window: usize,
    /// Hidden units of the one layer. Default 32.
    pub n_hidden: usize,
    /// Passes over the training rows at most. Default 30.
    pub n_epochs: usize,
    /// Windows per step. Default 16.
    pub batch_size: usize,
    /// Adam's first step size; it falls to a hundredth along a half cosine. Default 0.003.
    pub learning_rate: f32,
    /// Epochs without a better validation error before fitting stops. Default 5.
    pub patience: usize,
    /// Added to each residual variance before a squared residual is divided by it. Default 0.001.
    pub added_residual_variance: f32,
    /// Seed of weights, offsets and order. Default 42.
    pub seed: u64,
}

impl Default for LstmParams {
    fn default() -> Self {
        Self {
            window: 8,
            n_hidden: 32,
            n_epochs: 30,
            batch_size: 16,
            learning_rate: 0.003,
            patience: 5,
            added_residual_variance: 0.001,
            seed: 42,
        }
    }
}

impl Lstm {
    /// Fits on `rows` (rows × inputs, normal ones, in order of time); keeps the network of the best validation epoch and takes the residual
    /// variances from the validation rows, normal ones in order of time from another stretch.
    ///
    /// A constant input is learned like any other; as its residual hardly varies, another value in it later is loud up to the cap.
    ///
    /// # Errors
    /// A sentence where either has fewer rows than a window, their widths differ, a value is not finite, or a parameter is out of range.
    pub fn fit(
        rows: &Array2<f32>,
        validation: &Array2<f32>,
        params: &LstmParams,
    ) -> Result<(Self, TrainingCurve), String> {
        params.check()?;
        check_rows("training", rows, params.window)?;
        check_rows("validation", validation, params.window)?;
        if rows.ncols() != validation.ncols() {
            return Err(format!(
                "lstm: training rows have {} inputs, validation rows {}",
                rows.ncols(),
                validation.ncols()
            ));
        }
        let mut network = Network::new(rows.ncols(), params);
        let mut random = Random::new(params.seed, 1);
        let validation_starts = window_starts(validation.nrows(), params.window, 0);
        let n_steps_by_epoch = (rows.nrows() / params.window).div_ceil(params.batch_size);
        let n_steps = params.n_epochs * n_steps_by_epoch;
        let mut curve = TrainingCurve::default();
        let mut best: Option<(f32, Weights)> = None;
        let mut n_worse = 0;
        for epoch in 0..params.n_epochs {
            // No offset may leave less than one window.
            let n_offsets = params.window.min(rows.nrows() - params.window + 1);
            let offset = random.below(n_offsets);
            let mut starts = window_starts(rows.nrows(), params.window, offset);
            random.shuffle(&mut starts);
            let mut error = 0.0f64;
            for (step, batch) in starts.chunks(params.batch_size).enumerate() {
                let progress = (epoch * n_steps_by_epoch + step) as f32 / n_steps as f32;
                let rate = half_cosine(params.learning_rate, progress);
                error += network.loss_and_gradients(rows, batch);
                network.adam(rate);
            }
            let n_values = (starts.len() * params.window * rows.ncols()) as f64;
            curve.training.push((error / n_values) as f32);
            let validation_error = network.mean_squared_error(validation, &validation_starts);
            curve.validation.push(validation_error);
            if best
                .as_ref()
                .is_none_or(|(least, _)| validation_error < *least)
            {
                best = Some((validation_error, network.weights()));
                n_worse = 0;
            } else {
                n_worse += 1;
                if n_worse >= params.patience {
                    break;
                }
            }
        }
        let weights = best.map_or_else(|| network.weights(), |(_, weights)| weights);
        let n_inputs = rows.ncols();
        let mut lstm = Self::from_parts(params.window, weights, vec![1.0; n_inputs])?;
        lstm.precision = lstm
            .residual_variances(validation)
            .iter()
            .map(|variance| 1.0 / (variance + params.added_residual_variance))
            .collect();
        Ok((lstm, curve))
    }
}

impl LstmParams {
    fn check(&self) -> Result<(), String> {
        let is_right = (2..=MAX_WINDOW).contains(&self.window)
            && (1..=MAX_HIDDEN).contains(&self.n_hidden)
            && self.batch_size > 0
            && self.learning_rate > 0.0
            && self.learning_rate.is_finite()
            && self.added_residual_variance > 0.0
            && self.added_residual_variance.is_finite();
        if is_right {
            Ok(())
        } else {
            Err(format!(
                "lstm: expected a window of 2 to {MAX_WINDOW} rows, 1 to {MAX_HIDDEN} hidden units, a batch, a learning rate and an added variance above 0"
            ))
        }
    }
}

fn check_rows(name: &str, rows: &Array2<f32>, window: usize) -> Result<(), String> {
    let (n_rows, n_inputs) = rows.dim();
    if !(1..=MAX_INPUTS).contains(&n_inputs) {
        return Err(format!(
            "lstm: expected 1 to {MAX_INPUTS} inputs, the {name} rows have {n_inputs}"
        ));
    }
    if n_rows < window {
        return Err(format!(
            "lstm: expected at least {window} {name} rows, a window, found {n_rows}"
        ));
    }
    if rows.iter().any(|value| !value.is_finite()) {
        return Err(format!("lstm: a value of the {name} rows is not finite"));
    }
    Ok(())
}

/// A parameter array with its gradient and Adam's two moments.
struct Trained {
    value: Vec<f32>,
    gradient: Vec<f32>,
    moments: Moments,
}

impl Trained {
    fn new(value: Vec<f32>) -> Self {
        Self {
            gradient: vec![0.0; value.len()],
            moments: Moments::new(value.len()),
            value,
        }
    }

    fn adam(&mut self, step: AdamStep) {
        self.moments.step(step, &mut self.value, &self.gradient);
        self.gradient.fill(0.0);
    }
}

/// Weights from one vector to another, inputs × outputs, so that a whole output is updated by each input.
struct Map {
    n_inputs: usize,
    n_outputs: usize,
    weights: Trained,
}

impl Map {
    /// Normal weights with variance 1 / inputs (LeCun et al., 1998).
    fn new(n_inputs: usize, n_outputs: usize, random: &mut Random) -> Self {
        let deviation = libm::sqrt(1.0 / n_inputs as f64);
        let weights = (0..n_inputs * n_outputs)
            .map(|_| (deviation * random.normal()) as f32)
            .collect();
        Self {
            n_inputs,
            n_outputs,
            weights: Trained::new(weights),
        }
    }

    /// Adds what `inputs` (windows × inputs) give to `outputs` (windows × outputs).
    fn add_to(&self, inputs: &[f32], outputs: &mut [f32]) {
        let weights = self.weights.value.chunks_exact(self.n_outputs);
        for (index, weights) in weights.enumerate() {
            let inputs = inputs.iter().skip(index).step_by(self.n_inputs);
            for (input, outputs) in inputs.zip(outputs.chunks_exact_mut(self.n_outputs)) {
                for (output, weight) in outputs.iter_mut().zip(weights) {
                    *output += input * weight;
                }
            }
        }
    }

    /// Adds to the gradients of the weights, given those of the outputs.
    fn add_gradients(&mut self, inputs: &[f32], output_gradients: &[f32]) {
        let gradients = self.weights.gradient.chunks_exact_mut(self.n_outputs);
        for (index, gradients) in gradients.enumerate() {
            let inputs = inputs.iter().skip(index).step_by(self.n_inputs);
            for (input, outputs) in inputs.zip(output_gradients.chunks_exact(self.n_outputs)) {
                for (total, gradient) in gradients.iter_mut().zip(outputs) {
                    *total += input * gradient;
                }
            }
        }
    }

    /// Adds to the gradients of the inputs, given those of the outputs.
    fn add_input_gradients(&self, output_gradients: &[f32], input_gradients: &mut [f32]) {
        let outputs = output_gradients.chunks_exact(self.n_outputs);
        for (outputs, inputs) in outputs.zip(input_gradients.chunks_exact_mut(self.n_inputs)) {
            let weights = self.weights.value.chunks_exact(self.n_outputs);
            for (total, weights) in inputs.iter_mut().zip(weights) {
                *total += dot(weights, outputs);
            }
        }
    }

    /// Outputs × inputs.
    fn turned(&self) -> Array2<f32> {
        Array2::from_shape_fn((self.n_outputs, self.n_inputs), |(output, input)| {
            self.weights.value[input * self.n_outputs + output]
        })
    }
}

/// What one step of all windows of a batch left behind for the way back; windows × units each.
#[derive(Default)]
struct Step {
    /// The rows read and predicted at this step.
    rows: Vec<f32>,
    /// State before the step.
    hidden: Vec<f32>,
    cell: Vec<f32>,
    /// After the curves: input, forget, cell, output of each window one behind the other.
    gates: Vec<f32>,
    /// tanh of the cell after the step.
    squashed: Vec<f32>,
    /// Prediction − row.
    residuals: Vec<f32>,
}

struct Network {
    n_hidden: usize,
    input: Map,
    recurrent: Map,
    gate_bias: Trained,
    output: Map,
    output_bias: Trained,
    n_steps: i32,
    steps: Vec<Step>,
}

impl Network {
    fn new(n_inputs: usize, params: &LstmParams) -> Self {
        let n_hidden = params.n_hidden;
        let mut random = Random::new(params.seed, 0);
        let mut gate_bias = vec![0.0; N_GATES * n_hidden];
        // A cell that starts by remembering learns long histories (Gers et al., 2000; Jozefowicz et al., 2015).
        gate_bias[n_hidden..2 * n_hidden].fill(1.0);
        Self {
            n_hidden,
            input: Map::new(n_inputs, N_GATES * n_hidden, &mut random),
            recurrent: Map::new(n_hidden, N_GATES * n_hidden, &mut random),
            gate_bias: Trained::new(gate_bias),
            output: Map::new(n_hidden, n_inputs, &mut random),
            output_bias: Trained::new(vec![0.0; n_inputs]),
            n_steps: 0,
            steps: (0..params.window).map(|_| Step::default()).collect(),
        }
    }

    /// Runs over the windows that begin at `starts`; returns the summed squared error.
    fn forward(&mut self, rows: &Array2<f32>, starts: &[usize]) -> f64 {
        let n_hidden = self.n_hidden;
        let mut hidden = vec![0.0; starts.len() * n_hidden];
        let mut cell = hidden.clone();
        let mut error = 0.0f64;
        let mut steps = std::mem::take(&mut self.steps);
        for (index, step) in steps.iter_mut().enumerate() {
            rows_at_step(rows, starts, index, &mut step.rows);
            step.hidden.clone_from(&hidden);
            step.cell.clone_from(&cell);
            step.residuals = self.output_bias.value.repeat(starts.len());
            self.output.add_to(&step.hidden, &mut step.residuals);
            for (residual, value) in step.residuals.iter_mut().zip(&step.rows) {
                *residual -= value;
                error += f64::from(*residual * *residual);
            }
            step.gates = self.gate_bias.value.repeat(starts.len());
            self.input.add_to(&step.rows, &mut step.gates);
            self.recurrent.add_to(&step.hidden, &mut step.gates);
            step.squashed.clear();
            for ((gates, cell), hidden) in step
                .gates
                .chunks_exact_mut(N_GATES * n_hidden)
                .zip(cell.chunks_exact_mut(n_hidden))
                .zip(hidden.chunks_exact_mut(n_hidden))
            {
                for (gate, value) in gates.iter_mut().enumerate() {
                    let is_new_cell = gate / n_hidden == 2;
                    *value = if is_new_cell {
                        tanh(*value)
                    } else {
                        logistic(*value)
                    };
                }
                for unit in 0..n_hidden {
                    let [input, forget, new, output] = parts(gates, unit, n_hidden);
                    cell[unit] = forget * cell[unit] + input * new;
                    let squashed = tanh(cell[unit]);
                    hidden[unit] = output * squashed;
                    step.squashed.push(squashed);
                }
            }
        }
        self.steps = steps;
        error
    }

    /// Adds the gradients of the mean squared error over these windows; returns the summed squared error.
    fn loss_and_gradients(&mut self, rows: &Array2<f32>, starts: &[usize]) -> f64 {
        let error = self.forward(rows, starts);
        let n_hidden = self.n_hidden;
        let scale = 2.0 / (starts.len() * self.steps.len() * rows.ncols()) as f32;
        // By the state after the step at hand; nothing is predicted from the last one.
        let mut hidden = vec![0.0; starts.len() * n_hidden];
        let mut cell = hidden.clone();
        let mut gates = vec![0.0; starts.len() * N_GATES * n_hidden];
        let mut steps = std::mem::take(&mut self.steps);
        for step in steps.iter_mut().rev() {
            for window in 0..starts.len() {
                let span = window * N_GATES * n_hidden..(window + 1) * N_GATES * n_hidden;
                let (values, gradients) = (&step.gates[span.clone()], &mut gates[span]);
                for unit in 0..n_hidden {
                    let at = window * n_hidden + unit;
                    let [input, forget, new, output] = parts(values, unit, n_hidden);
                    let squashed = step.squashed[at];
                    let by_cell = cell[at] + hidden[at] * output * (1.0 - squashed * squashed);
                    gradients[unit] = by_cell * new * input * (1.0 - input);
                    gradients[n_hidden + unit] = by_cell * step.cell[at] * forget * (1.0 - forget);
                    gradients[2 * n_hidden + unit] = by_cell * input * (1.0 - new * new);
                    gradients[3 * n_hidden + unit] =
                        hidden[at] * squashed * output * (1.0 - output);
                    cell[at] = by_cell * forget;
                }
            }
            self.input.add_gradients(&step.rows, &gates);
            self.recurrent.add_gradients(&step.hidden, &gates);
            add_bias_gradients(&mut self.gate_bias.gradient, &gates);
            hidden.fill(0.0);
            self.recurrent.add_input_gradients(&gates, &mut hidden);

            let residuals = &mut step.residuals;
            residuals.iter_mut().for_each(|residual| *residual *= scale);
            self.output.add_gradients(&step.hidden, residuals);
            add_bias_gradients(&mut self.output_bias.gradient, residuals);
            self.output.add_input_gradients(residuals, &mut hidden);
        }
        self.steps = steps;
        error
    }

    /// One step of Adam along the gradients.
    fn adam(&mut self, rate: f32) {
        self.n_steps += 1;
        let step = AdamStep::new(rate, self.n_steps);
        for trained in self.all_trained() {
            trained.adam(step);
        }
    }

    fn all_trained(&mut self) -> [&mut Trained; 5] {
        [
            &mut self.input.weights,
            &mut self.recurrent.weights,
            &mut self.gate_bias,
            &mut self.output.weights,
            &mut self.output_bias,
        ]
    }

    fn mean_squared_error(&mut self, rows: &Array2<f32>, starts: &[usize]) -> f32 {
        // A few windows at a time: the memory of a batch, whatever the length of the sequence.
        let total: f64 = starts
            .chunks(64)
            .map(|starts| self.forward(rows, starts))
            .sum();
        (total / (starts.len() * self.steps.len() * rows.ncols()) as f64) as f32
    }

    fn weights(&self) -> Weights {
        Weights {
            input: self.input.turned(),
            recurrent: self.recurrent.turned(),
            gate_bias: self.gate_bias.value.clone(),
            output: self.output.turned(),
            output_bias: self.output_bias.value.clone(),
        }
    }
}

/// Input, forget, cell and output gate of a unit.
fn parts(gates: &[f32], unit: usize, n_hidden: usize) -> [f32; N_GATES] {
    std::array::from_fn(|gate| gates[gate * n_hidden + unit])
}

fn add_bias_gradients(totals: &mut [f32], gradients: &[f32]) {
    for gradients in gradients.chunks_exact(totals.len()) {
        for (total, gradient) in totals.iter_mut().zip(gradients) {
            *total += gradient;
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

#[cfg(test)]
mod tests {
    use super::*;

    fn waves(n_rows: usize, n_inputs: usize) -> Array2<f32> {
        let mut random = Random::new(3, 0);
        Array2::from_shape_fn((n_rows, n_inputs), |(row, input)| {
            libm::sinf(0.4 * (row * (input + 1)) as f32) + 0.3 * random.normal() as f32
        })
    }

    #[test]
    fn gradients_are_those_of_finite_differences() {
        let rows = waves(40, 5);
        let params = LstmParams {
            window: 6,
            n_hidden: 4,
            ..LstmParams::default()
        };
        let starts = [0, 7, 20];
        let n_values = (starts.len() * params.window * rows.ncols()) as f64;
        let mut network = Network::new(rows.ncols(), &params);
        network.loss_and_gradients(&rows, &starts);
        for array in 0..5 {
            let gradients = network.all_trained()[array].gradient.clone();
            assert!(gradients.iter().any(|gradient| gradient.abs() > 1e-3));
            for (position, gradient) in gradients.into_iter().enumerate() {
                let mut loss_at = |shift: f32| {
                    network.all_trained()[array].value[position] += shift;
                    let error = network.forward(&rows, &starts) / n_values;
                    network.all_trained()[array].value[position] -= shift;
                    error
                };
                let expected = ((loss_at(1e-2) - loss_at(-1e-2)) / 2e-2) as f32;
                assert!(
                    (gradient - expected).abs() < 1e-4 + 1e-2 * expected.abs(),
                    "array {array}, {position}: {gradient}, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn scoring_runs_the_network_that_was_fitted() {
        let rows = waves(9, 3);
        let params = LstmParams {
            window: 9,
            n_hidden: 5,
            ..LstmParams::default()
        };
        let mut network = Network::new(3, &params);
        network.forward(&rows, &[0]);
        let lstm = Lstm::from_parts(9, network.weights(), vec![1.0; 3]).unwrap();
        let squares = lstm.weighted_squares(&rows, 0..9);
        for (step, squares) in network.steps.iter().zip(squares.chunks_exact(3)) {
            for (residual, square) in step.residuals.iter().zip(squares) {
                assert!((residual * residual - square).abs() < 1e-5);
            }
        }
    }
}
