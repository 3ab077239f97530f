//! Scores of rows: for each the network reads the rows before it from a state of zero, and what it predicts is compared with the row.
//!
//! What a row alone adds to the gates is worked out once per row; the windows of [`N_LANES`] rows in a row then run side by side. Sums run
//! in the order of the inputs and of the hidden units, whatever rows stand beside: a score has the same bits in every chunk.

use std::ops::Range;

use ndarray::Array2;

use super::gate::{logistic, tanh};
use super::{Lstm, MAX_WEIGHTED_SQUARE, N_GATES};
use crate::preprocess::{Lanes, N_LANES};

/// Rows whose gates are kept at a time, beside their history: 128 KB for 32 hidden units.
const STRETCH: usize = 16 * N_LANES;

impl Lstm {
    /// Anomaly score of each row of a file in order of time: ln(1 + mean of min(precision × residual², 400)) over the inputs.
    ///
    /// The first rows have a shorter history than the others. No scores where the rows have another width than the network.
    pub fn score_sequence(&self, rows: &Array2<f32>) -> Vec<f32> {
        self.score_range(rows, 0..rows.nrows())
    }

    /// Scores of the rows in `range`; the rows before it serve as history, of which at most [`Lstm::window`] − 1 are looked at.
    ///
    /// A chunk of a file that brings that many rows of its predecessor gets the scores it has in the whole file, bit for bit.
    pub fn score_range(&self, rows: &Array2<f32>, range: Range<usize>) -> Vec<f32> {
        let n_inputs = self.n_inputs();
        self.weighted_squares(rows, range)
            .chunks_exact(n_inputs)
            .map(|squares| libm::log1pf(squares.iter().sum::<f32>() / n_inputs as f32))
            .collect()
    }

    /// min(precision × residual², 400) of each row in `range` and each of its inputs.
    pub(super) fn weighted_squares(&self, rows: &Array2<f32>, range: Range<usize>) -> Vec<f32> {
        let mut squares = Vec::new();
        self.for_each_residual(rows, range, |input, residual| {
            squares.push((self.precision[input] * (residual * residual)).min(MAX_WEIGHTED_SQUARE));
        });
        squares
    }

    /// Mean squared residual of each input over all rows.
    pub(super) fn residual_variances(&self, rows: &Array2<f32>) -> Vec<f32> {
        let mut totals = vec![0.0f64; self.n_inputs()];
        self.for_each_residual(rows, 0..rows.nrows(), |input, residual| {
            totals[input] += f64::from(residual * residual);
        });
        totals
            .iter()
            .map(|total| (total / rows.nrows().max(1) as f64) as f32)
            .collect()
    }

    /// Calls `visit(input, predicted − found)` row by row.
    fn for_each_residual(
        &self,
        rows: &Array2<f32>,
        range: Range<usize>,
        mut visit: impl FnMut(usize, f32),
    ) {
        let range = range.start..range.end.min(rows.nrows());
        if rows.ncols() != self.n_inputs() {
            return;
        }
        let mut gates = RowGates::default();
        let mut state = State::new(self.n_hidden());
        for start in range.clone().step_by(STRETCH) {
            let end = range.end.min(start + STRETCH);
            gates.fill(self, rows, start.saturating_sub(self.window - 1)..end);
            for first in (start..end).step_by(N_LANES) {
                self.read_history(&gates, first, &mut state);
                let predicted = self.predict(&state);
                for row in first..end.min(first + N_LANES) {
                    for (input, (lanes, found)) in predicted.iter().zip(rows.row(row)).enumerate() {
                        visit(input, lanes[row - first] - found);
                    }
                }
            }
        }
    }

    /// Runs the cell over the histories of the rows from `first` on, one in each lane. Where a file has no rows before, the state stays zero.
    fn read_history(&self, gates: &RowGates, first: usize, state: &mut State) {
        state.clear();
        let n_hidden = self.n_hidden();
        for back in (1..self.window).rev() {
            // Lanes below it would read a row before the first.
            let n_without = back.saturating_sub(first).min(N_LANES);
            if n_without == N_LANES {
                continue;
            }
            for unit in 0..N_GATES * n_hidden {
                let mut sum = gates.lanes(unit, first, back);
                let weights = self.weights.recurrent.row(unit);
                for (weight, hidden) in weights.iter().zip(&state.hidden) {
                    for lane in 0..N_LANES {
                        sum[lane] += weight * hidden[lane];
                    }
                }
                state.gates[unit] = sum;
            }
            state.step(n_without);
        }
    }

    /// The prediction of every input from the state.
    fn predict(&self, state: &State) -> Vec<Lanes> {
        self.weights
            .output
            .outer_iter()
            .zip(&self.weights.output_bias)
            .map(|(weights, bias)| {
                let mut sum: Lanes = [*bias; N_LANES];
                for (weight, hidden) in weights.iter().zip(&state.hidden) {
                    for lane in 0..N_LANES {
                        sum[lane] += weight * hidden[lane];
                    }
                }
                sum
            })
            .collect()
    }
}

/// What each row alone adds to the gates: bias and weighted inputs, unit by unit.
#[derive(Default)]
struct RowGates {
    first: usize,
    n_rows: usize,
    /// Units × rows.
    sums: Vec<f32>,
    /// Inputs × rows: the rows, turned.
    inputs: Vec<f32>,
}

impl RowGates {
    fn fill(&mut self, lstm: &Lstm, rows: &Array2<f32>, range: Range<usize>) {
        (self.first, self.n_rows) = (range.start, range.len());
        self.inputs.clear();
        for input in 0..lstm.n_inputs() {
            let column = range.clone().map(|row| rows[(row, input)]);
            self.inputs.extend(column);
        }
        self.sums.clear();
        let weights = &lstm.weights;
        for (weights, bias) in weights.input.outer_iter().zip(&weights.gate_bias) {
            let start = self.sums.len();
            self.sums.resize(start + self.n_rows, *bias);
            let sums = &mut self.sums[start..];
            for (weight, column) in weights.iter().zip(self.inputs.chunks_exact(self.n_rows)) {
                for (sum, value) in sums.iter_mut().zip(column) {
                    *sum += weight * value;
                }
            }
        }
    }

    /// The sums of one unit for the rows `back` before those from `first` on; 0 for rows that are not there.
    fn lanes(&self, unit: usize, first: usize, back: usize) -> Lanes {
        let sums = &self.sums[unit * self.n_rows..(unit + 1) * self.n_rows];
        let start = (first as isize) - (back as isize) - (self.first as isize);
        if let Some(lanes) = usize::try_from(start)
            .ok()
            .and_then(|start| sums.get(start..)?.first_chunk::<N_LANES>())
        {
            return *lanes;
        }
        std::array::from_fn(|lane| {
            usize::try_from(start + lane as isize)
                .ok()
                .and_then(|row| sums.get(row).copied())
                .unwrap_or(0.0)
        })
    }
}

/// State of the cell in each lane.
struct State {
    hidden: Vec<Lanes>,
    cell: Vec<Lanes>,
    /// Input, forget, cell, output of all units.
    gates: Vec<Lanes>,
}

impl State {
    fn new(n_hidden: usize) -> Self {
        let zeros = vec![[0.0; N_LANES]; n_hidden];
        Self {
            hidden: zeros.clone(),
            cell: zeros,
            gates: vec![[0.0; N_LANES]; N_GATES * n_hidden],
        }
    }

    fn clear(&mut self) {
        self.hidden.fill([0.0; N_LANES]);
        self.cell.fill([0.0; N_LANES]);
    }

    /// One step of the cell from the sums in `gates`; the first `n_without` lanes keep a state of zero.
    fn step(&mut self, n_without: usize) {
        let n_hidden = self.hidden.len();
        let (input, rest) = self.gates.split_at(n_hidden);
        let (forget, rest) = rest.split_at(n_hidden);
        let (new, output) = rest.split_at(n_hidden);
        let gates = input.iter().zip(forget).zip(new).zip(output);
        for ((cell, hidden), (((input, forget), new), output)) in
            self.cell.iter_mut().zip(&mut self.hidden).zip(gates)
        {
            for lane in 0..N_LANES {
                cell[lane] =
                    logistic(forget[lane]) * cell[lane] + logistic(input[lane]) * tanh(new[lane]);
                hidden[lane] = logistic(output[lane]) * tanh(cell[lane]);
            }
            cell[..n_without].fill(0.0);
            hidden[..n_without].fill(0.0);
        }
    }
}
