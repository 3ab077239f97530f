//! Grows trees, one after the other, level by level.

use std::collections::VecDeque;

use super::trees::{LEAF, MAX_NODES, MAX_TREES};
use super::{CategoryColumn, IsolationForestParams};
use crate::random::Random;

/// The nodes of a tree do not exceed this, so that those of all trees fit.
const MAX_NODES_OF_TREE: usize = MAX_NODES / MAX_TREES;

/// Where the trees grow.
pub(super) struct Grower<'a> {
    columns: &'a [Vec<f32>],
    categories: &'a [CategoryColumn],
    min_cut_rows: usize,
    pooled_gain_share: f64,
    /// The nodes so far, in the order that `trees` describes.
    pub(super) inputs: Vec<u8>,
    pub(super) thresholds: Vec<f32>,
    pub(super) leaf_sizes: Vec<u16>,
    /// Room for the inputs that a cut can still take.
    candidates: Vec<usize>,
    /// Room for the rows that go right.
    right: Vec<u32>,
}

/// Rows of a node that is not placed yet: a range of the tree's rows.
struct Pending {
    first: usize,
    end: usize,
    depth: u32,
    constant: InputSet,
}

/// Inputs that are known to have one value in a node, and so in all nodes below it: most inputs are constant in most deep nodes, and finding that
/// out anew for each takes most of the time.
#[derive(Clone, Copy, Default)]
struct InputSet([u64; 4]);

impl InputSet {
    fn contains(&self, input: usize) -> bool {
        self.0[input / 64] & (1 << (input % 64)) != 0
    }

    fn insert(&mut self, input: usize) {
        self.0[input / 64] |= 1 << (input % 64);
    }
}

struct Cut {
    input: usize,
    threshold: f32,
}

impl<'a> Grower<'a> {
    pub(super) fn new(
        columns: &'a [Vec<f32>],
        categories: &'a [CategoryColumn],
        params: &IsolationForestParams,
    ) -> Self {
        Self {
            columns,
            categories,
            min_cut_rows: params.min_cut_rows.max(2),
            pooled_gain_share: params.pooled_gain_share,
            inputs: Vec::new(),
            thresholds: Vec::new(),
            leaf_sizes: Vec::new(),
            candidates: Vec::new(),
            right: Vec::new(),
        }
    }

    /// Grows one more tree on some rows, whose order does not matter. A tree of fewer than two rows is one leaf that claims `n_samples`.
    pub(super) fn grow(
        &mut self,
        rows: &[usize],
        n_samples: usize,
        max_depth: u32,
        random: &mut Random,
    ) {
        if rows.len() < 2 {
            self.push_leaf(n_samples);
            return;
        }
        // In order, and kept so by every cut: columns are then read from front to back.
        let mut rows: Vec<u32> = rows.iter().map(|&row| row as u32).collect();
        rows.sort_unstable();
        self.right.resize(rows.len(), 0);
        let mut n_nodes = 1;
        let mut queue = VecDeque::from([Pending {
            first: 0,
            end: rows.len(),
            depth: 0,
            constant: InputSet::default(),
        }]);
        while let Some(Pending {
            first,
            end,
            depth,
            mut constant,
        }) = queue.pop_front()
        {
            let rows = &mut rows[first..end];
            let may_cut = rows.len() >= self.min_cut_rows
                && depth < max_depth
                && n_nodes + 2 <= MAX_NODES_OF_TREE;
            let cut = may_cut
                .then(|| self.cut(rows, &mut constant, random))
                .flatten();
            let Some(cut) = cut else {
                self.push_leaf(rows.len());
                continue;
            };
            let middle = first + self.partition(rows, &cut);
            self.inputs.push(cut.input as u8);
            self.thresholds.push(cut.threshold);
            n_nodes += 2;
            for (first, end) in [(first, middle), (middle, end)] {
                queue.push_back(Pending {
                    first,
                    end,
                    depth: depth + 1,
                    constant,
                });
            }
        }
    }

    fn push_leaf(&mut self, size: usize) {
        self.inputs.push(LEAF);
        self.leaf_sizes.push(size as u16);
    }

    /// A random input that varies among the rows, and where it is cut; those that turn out to be constant are added to `constant`.
    fn cut(&mut self, rows: &[u32], constant: &mut InputSet, random: &mut Random) -> Option<Cut> {
        let is_pooled = self.pooled_gain_share > 0.0 && random.uniform() < self.pooled_gain_share;
        self.candidates.clear();
        self.candidates
            .extend((0..self.columns.len() + self.categories.len()).take(usize::from(LEAF)));
        while !self.candidates.is_empty() {
            let input = self
                .candidates
                .swap_remove(random.below(self.candidates.len()));
            if constant.contains(input) {
                continue;
            }
            let threshold = match self.columns.get(input) {
                Some(column) if is_pooled => pooled_cut(column, rows),
                Some(column) => random_cut(column, rows, random),
                None => random_category(
                    &self.categories[input - self.columns.len()].codes,
                    rows,
                    random,
                ),
            };
            if let Some(threshold) = threshold {
                return Some(Cut { input, threshold });
            }
            constant.insert(input);
        }
        None
    }

    /// Puts the rows that go left first, keeping their order, and returns their number.
    fn partition(&mut self, rows: &mut [u32], cut: &Cut) -> usize {
        match self.columns.get(cut.input) {
            Some(column) => partition(rows, &mut self.right, |row| column[row] <= cut.threshold),
            None => {
                let codes = &self.categories[cut.input - self.columns.len()].codes;
                partition(rows, &mut self.right, |row| codes[row] != cut.threshold)
            }
        }
    }
}

/// Without a branch on where a row goes, which nobody could foretell; `right` has room for all rows.
fn partition(rows: &mut [u32], right: &mut [u32], is_left: impl Fn(usize) -> bool) -> usize {
    let mut n_left = 0;
    for index in 0..rows.len() {
        let row = rows[index];
        right[index - n_left] = row;
        rows[n_left] = row;
        n_left += usize::from(is_left(row as usize));
    }
    let n_right = rows.len() - n_left;
    rows[n_left..].copy_from_slice(&right[..n_right]);
    n_left
}

/// A uniform cut between the extremes; `None` where there is only one value.
fn random_cut(column: &[f32], rows: &[u32], random: &mut Random) -> Option<f32> {
    let (min, max) = rows
        .iter()
        .fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), &row| {
            let value = column[row as usize];
            (min.min(value), max.max(value))
        });
    if min >= max {
        return None;
    }
    let threshold = (f64::from(min) + random.uniform() * (f64::from(max) - f64::from(min))) as f32;
    Some(shortened(threshold, min, max))
}

/// The cut with the smallest pooled standard deviation of both sides, halfway between two values; `None` where there is only one value.
///
/// Maximises the gain (σ − (n_l σ_l + n_r σ_r) / n) / σ of Cortes (2019), equation 4; σ and n are the same for all cuts of a node.
fn pooled_cut(column: &[f32], rows: &[u32]) -> Option<f32> {
    let mut values: Vec<f32> = rows.iter().map(|&row| column[row as usize]).collect();
    values.sort_unstable_by(f32::total_cmp);
    // Differences from the first value keep the sums of squares small.
    let origin = f64::from(*values.first()?);
    let offsets = || values.iter().map(|&value| f64::from(value) - origin);
    let (sum, squares) = offsets().fold((0.0, 0.0), |(sum, squares), offset| {
        (sum + offset, squares + offset * offset)
    });
    let (mut left_sum, mut left_squares) = (0.0, 0.0);
    let mut best: Option<(f64, usize)> = None;
    for (index, offset) in offsets().enumerate().take(values.len() - 1) {
        left_sum += offset;
        left_squares += offset * offset;
        if values[index] == values[index + 1] {
            continue;
        }
        let (n_left, n_right) = ((index + 1) as f64, (values.len() - index - 1) as f64);
        let pooled = n_times_deviation(n_left, left_sum, left_squares)
            + n_times_deviation(n_right, sum - left_sum, squares - left_squares);
        if best.is_none_or(|(least, _)| pooled < least) {
            best = Some((pooled, index));
        }
    }
    let (_, index) = best?;
    let (below, above) = (values[index], values[index + 1]);
    let halfway = (0.5 * (f64::from(below) + f64::from(above))) as f32;
    Some(shortened(halfway, below, above))
}

/// n σ = √(n Σx² − (Σx)²).
fn n_times_deviation(n: f64, sum: f64, squares: f64) -> f64 {
    libm::sqrt((n * squares - sum * sum).max(0.0))
}

/// A random one of the categories among the rows; `None` where there is only one.
fn random_category(codes: &[f32], rows: &[u32], random: &mut Random) -> Option<f32> {
    let mut is_present = Vec::new();
    for &row in rows {
        let code = codes[row as usize] as usize;
        if code >= is_present.len() {
            is_present.resize(code + 1, false);
        }
        is_present[code] = true;
    }
    let present = || (0..is_present.len()).filter(|&code| is_present[code]);
    let n_present = present().count();
    if n_present < 2 {
        return None;
    }
    present()
        .nth(random.below(n_present))
        .map(|code| code as f32)
}

/// The cut with half of its bits gone, where it still parts `min` from `max`: model files get a third smaller.
fn shortened(threshold: f32, min: f32, max: f32) -> f32 {
    let short = f32::from_bits(threshold.to_bits() & 0xffff_0000);
    if (min..max).contains(&short) {
        short
    } else if threshold < max {
        threshold
    } else {
        // Rounding may reach the maximum, which would leave nothing on the right.
        min
    }
}
