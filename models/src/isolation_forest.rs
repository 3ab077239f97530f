//! Isolation Forest: records that few random cuts set apart are odd.
//!
//! The picture: cut the data at a random value of a random input, again and again, until every record stands alone. A record far
//! from the others is alone after few cuts. The method: Liu, Ting and Zhou, "Isolation Forest" (ICDM 2008). Input: the tree
//! encoding. Fit: O(`n_trees` × `n_samples` × log `n_samples`); score: O(`n_trees` × log `n_samples`) a row.
//!
//! Differs from the paper in one thing: an input that is constant in a node is not chosen there (as in scikit-learn).
//!
//! Trees are stored as perfect binary trees, so that a descent is the same number of steps for every row and 16 rows go down side by
//! side without a branch. A branch that ends early continues to the left by cuts at +∞.

use crate::preprocess::{EncodedBlock, Lanes, N_LANES};
use crate::random::Random;

/// How a forest is grown.
#[derive(Clone, Debug, PartialEq)]
pub struct IsolationForestParams {
    /// Number of trees. Default 100, as in section 4 of the paper.
    pub n_trees: usize,
    /// Rows drawn for each tree without replacement. Default 256, as in the paper. At most 4,096; more are cut to it.
    pub n_samples: usize,
    /// Seed of every random choice. Default 42.
    pub seed: u64,
}

impl Default for IsolationForestParams {
    fn default() -> Self {
        Self {
            n_trees: 100,
            n_samples: 256,
            seed: 42,
        }
    }
}

/// A fitted forest.
#[derive(Clone, Debug, PartialEq)]
pub struct IsolationForest {
    n_inputs: usize,
    n_trees: usize,
    n_samples: usize,
    /// Cuts on the way from root to leaf: ⌈log₂ `n_samples`⌉.
    height: u32,
    /// `n_trees` × (2^height − 1) positions of tree inputs, level by level.
    inputs: Vec<u8>,
    /// `n_trees` × (2^height − 1) cuts; a value above the cut goes right; +∞ where the branch has ended.
    thresholds: Vec<f32>,
    /// `n_trees` × 2^height training rows per leaf.
    leaf_sizes: Vec<u16>,
    /// `n_trees` × 2^height path lengths: cuts above the leaf plus c(size).
    leaf_lengths: Vec<f32>,
    /// `n_trees` × (2^(height + 1) − 1) path lengths expected of the training rows that reach a node.
    node_lengths: Vec<f32>,
    /// c(`n_samples`), equation 1.
    expected_length: f32,
}

/// Largest number of trees and of samples a tree that a forest may have.
pub const MAX_TREES: usize = 1000;
const MAX_HEIGHT: u32 = 12;

impl IsolationForest {
    /// Grows a forest on rows given input by input (`columns[input][row]`, finite numbers, at most 256 inputs).
    ///
    /// Fewer rows than `n_samples` are all used by every tree.
    pub fn fit(columns: &[Vec<f32>], params: &IsolationForestParams) -> Self {
        let n_rows = columns.first().map_or(0, Vec::len);
        let n_samples = params.n_samples.min(n_rows).clamp(2, 1 << MAX_HEIGHT);
        let height = n_samples
            .next_power_of_two()
            .trailing_zeros()
            .min(MAX_HEIGHT);
        let (n_cuts, n_leaves) = ((1 << height) - 1, 1 << height);
        let mut forest = Self {
            n_inputs: columns.len(),
            n_trees: params.n_trees,
            n_samples,
            height,
            inputs: vec![0; params.n_trees * n_cuts],
            thresholds: vec![f32::INFINITY; params.n_trees * n_cuts],
            leaf_sizes: vec![0; params.n_trees * n_leaves],
            leaf_lengths: Vec::new(),
            node_lengths: Vec::new(),
            expected_length: average_path_length(n_samples) as f32,
        };
        for tree in 0..params.n_trees {
            let mut random = Random::new(params.seed, tree as u64);
            let rows = random.sample_without_replacement(n_samples, n_rows);
            let mut grower = Grower {
                columns,
                random,
                height,
                inputs: &mut forest.inputs[tree * n_cuts..][..n_cuts],
                thresholds: &mut forest.thresholds[tree * n_cuts..][..n_cuts],
                leaf_sizes: &mut forest.leaf_sizes[tree * n_leaves..][..n_leaves],
            };
            grower.grow(0, 0, rows);
        }
        forest.leaf_lengths = forest.compute_leaf_lengths();
        forest.node_lengths = (0..forest.n_trees)
            .flat_map(|tree| forest.expected_lengths(tree))
            .collect();
        forest
    }

    /// Rebuilds a forest from its stored parts, level by level as in the fields of the same names.
    ///
    /// # Errors
    /// A sentence that says which part has an unexpected size or value.
    pub fn from_parts(
        n_inputs: usize,
        n_samples: usize,
        inputs: Vec<u8>,
        thresholds: Vec<f32>,
        leaf_sizes: Vec<u16>,
    ) -> Result<Self, String> {
        if !(2..=1 << MAX_HEIGHT).contains(&n_samples) {
            return Err(format!(
                "isolation forest: expected 2 to {} samples, found {n_samples}",
                1 << MAX_HEIGHT
            ));
        }
        let height = n_samples.next_power_of_two().trailing_zeros();
        let n_leaves = 1usize << height;
        let n_trees = leaf_sizes.len() / n_leaves;
        if n_trees == 0 || n_trees > MAX_TREES || leaf_sizes.len() != n_trees * n_leaves {
            return Err(format!(
                "isolation forest: expected 1 to {MAX_TREES} trees of {n_leaves} leaves, found {} leaves",
                leaf_sizes.len()
            ));
        }
        let n_cuts = n_trees * (n_leaves - 1);
        if inputs.len() != n_cuts || thresholds.len() != n_cuts {
            return Err(format!(
                "isolation forest: expected {n_cuts} cuts, found {} and {}",
                inputs.len(),
                thresholds.len()
            ));
        }
        if inputs.iter().any(|&input| usize::from(input) >= n_inputs) {
            return Err(format!(
                "isolation forest: a cut names an input beyond the {n_inputs} there are"
            ));
        }
        if leaf_sizes.iter().any(|&size| usize::from(size) > n_samples) {
            return Err(format!(
                "isolation forest: a leaf holds more than the {n_samples} samples of its tree"
            ));
        }
        if thresholds.iter().any(|threshold| threshold.is_nan()) {
            return Err("isolation forest: a cut is not a number".into());
        }
        let expected_length = average_path_length(n_samples) as f32;
        let mut forest = Self {
            n_inputs,
            n_trees,
            n_samples,
            height,
            inputs,
            thresholds,
            leaf_sizes,
            leaf_lengths: Vec::new(),
            node_lengths: Vec::new(),
            expected_length,
        };
        forest.leaf_lengths = forest.compute_leaf_lengths();
        forest.node_lengths = (0..forest.n_trees)
            .flat_map(|tree| forest.expected_lengths(tree))
            .collect();
        Ok(forest)
    }

    /// Number of tree inputs that the forest was grown on.
    pub fn n_inputs(&self) -> usize {
        self.n_inputs
    }

    /// Number of trees.
    pub fn n_trees(&self) -> usize {
        self.n_trees
    }

    /// Rows drawn for each tree.
    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// Tree inputs of all cuts, tree by tree, level by level.
    pub fn inputs(&self) -> &[u8] {
        &self.inputs
    }

    /// Values of all cuts, in the same order.
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// Training rows of all leaves, tree by tree, left to right.
    pub fn leaf_sizes(&self) -> &[u16] {
        &self.leaf_sizes
    }

    fn n_cuts(&self) -> usize {
        (1 << self.height) - 1
    }

    fn n_leaves(&self) -> usize {
        1 << self.height
    }

    /// Anomaly score of each lane: 2^(−E[h] / c(n)), equation 2; 0.5 is average, towards 1 is odd.
    pub fn score(&self, block: &EncodedBlock) -> Lanes {
        let (n_cuts, n_leaves) = (self.n_cuts(), self.n_leaves());
        let mut total: Lanes = [0.0; N_LANES];
        for tree in 0..self.n_trees {
            let inputs = &self.inputs[tree * n_cuts..][..n_cuts];
            let thresholds = &self.thresholds[tree * n_cuts..][..n_cuts];
            let lengths = &self.leaf_lengths[tree * n_leaves..][..n_leaves];
            let mut node = [0usize; N_LANES];
            for _ in 0..self.height {
                for (lane, node) in node.iter_mut().enumerate() {
                    let is_right = block.tree[usize::from(inputs[*node])][lane] > thresholds[*node];
                    *node = 2 * *node + 1 + usize::from(is_right);
                }
            }
            for (total, node) in total.iter_mut().zip(node) {
                *total += lengths[node - n_cuts];
            }
        }
        total.map(|total| libm::exp2f(-total / (self.n_trees as f32 * self.expected_length)))
    }

    /// How much each input shortened the path of one lane, in cuts, averaged over the trees.
    ///
    /// Going down a cut changes the path length expected of a training row by E\[h | parent\] − E\[h | child\]; the change is the cut's
    /// input's. The contributions sum to E\[h\] of a training row minus E\[h\] of this row, exactly up to rounding.
    pub fn contributions(&self, block: &EncodedBlock, lane: usize) -> Vec<f32> {
        let mut contributions = vec![0.0; self.n_inputs];
        let n_cuts = self.n_cuts();
        for tree in 0..self.n_trees {
            let expected = &self.node_lengths[tree * (2 * n_cuts + 1)..];
            let mut node = 0;
            while node < n_cuts {
                let input = usize::from(self.inputs[tree * n_cuts + node]);
                let is_right = block.tree[input][lane] > self.thresholds[tree * n_cuts + node];
                let child = 2 * node + 1 + usize::from(is_right);
                contributions[input] += (expected[node] - expected[child]) / self.n_trees as f32;
                node = child;
            }
        }
        contributions
    }

    /// Path length expected of the training rows that reach each node of a tree; of an empty leaf, its own length.
    fn expected_lengths(&self, tree: usize) -> Vec<f32> {
        let (n_cuts, n_leaves) = (self.n_cuts(), self.n_leaves());
        let mut sizes = vec![0.0f32; n_cuts + n_leaves];
        let mut expected = vec![0.0f32; n_cuts + n_leaves];
        for leaf in 0..n_leaves {
            sizes[n_cuts + leaf] = f32::from(self.leaf_sizes[tree * n_leaves + leaf]);
            expected[n_cuts + leaf] = self.leaf_lengths[tree * n_leaves + leaf];
        }
        for node in (0..n_cuts).rev() {
            let (left, right) = (2 * node + 1, 2 * node + 2);
            sizes[node] = sizes[left] + sizes[right];
            expected[node] = if sizes[node] > 0.0 {
                (sizes[left] * expected[left] + sizes[right] * expected[right]) / sizes[node]
            } else {
                expected[left]
            };
        }
        expected
    }

    fn compute_leaf_lengths(&self) -> Vec<f32> {
        let (n_cuts, n_leaves) = (self.n_cuts(), self.n_leaves());
        let leaf_length = |tree: usize, leaf: usize| {
            let mut n_cuts_above = 0u32;
            let mut node = n_cuts + leaf;
            while node > 0 {
                node = (node - 1) / 2;
                n_cuts_above += u32::from(self.thresholds[tree * n_cuts + node] < f32::INFINITY);
            }
            (f64::from(n_cuts_above)
                + average_path_length(usize::from(self.leaf_sizes[tree * n_leaves + leaf])))
                as f32
        };
        (0..self.n_trees)
            .flat_map(|tree| (0..n_leaves).map(move |leaf| (tree, leaf)))
            .map(|(tree, leaf)| leaf_length(tree, leaf))
            .collect()
    }
}

/// Grows one tree in place.
struct Grower<'a> {
    columns: &'a [Vec<f32>],
    random: Random,
    height: u32,
    inputs: &'a mut [u8],
    thresholds: &'a mut [f32],
    leaf_sizes: &'a mut [u16],
}

impl Grower<'_> {
    fn grow(&mut self, node: usize, depth: u32, rows: Vec<usize>) {
        if depth == self.height {
            self.leaf_sizes[node - self.inputs.len()] =
                rows.len().min(usize::from(u16::MAX)) as u16;
            return;
        }
        let (left, right) = match self.cut(&rows) {
            Some((input, threshold)) => {
                self.inputs[node] = input as u8;
                self.thresholds[node] = threshold;
                rows.into_iter()
                    .partition(|&row| self.columns[input][row] <= threshold)
            }
            None => (rows, Vec::new()),
        };
        self.grow(2 * node + 1, depth + 1, left);
        if !right.is_empty() {
            self.grow(2 * node + 2, depth + 1, right);
        }
    }

    /// A random input that varies among the rows and a uniform cut between its extremes.
    fn cut(&mut self, rows: &[usize]) -> Option<(usize, f32)> {
        if rows.len() < 2 {
            return None;
        }
        let mut candidates: Vec<usize> = (0..self.columns.len()).collect();
        while !candidates.is_empty() {
            let input = candidates.swap_remove(self.random.below(candidates.len()));
            let column = &self.columns[input];
            let (min, max) = rows
                .iter()
                .fold((f32::INFINITY, f32::NEG_INFINITY), |(min, max), &row| {
                    (min.min(column[row]), max.max(column[row]))
                });
            if min < max {
                let threshold = (f64::from(min)
                    + self.random.uniform() * (f64::from(max) - f64::from(min)))
                    as f32;
                // Rounding may reach the maximum, which would leave nothing on the right.
                return Some((input, if threshold < max { threshold } else { min }));
            }
        }
        None
    }
}

/// Expected path length of an unsuccessful search in a binary tree of `n` points.
///
/// c(n) = 2 H(n − 1) − 2 (n − 1) / n, equation 1 of Liu, Ting and Zhou (2008), with exact harmonic numbers. Returns 0 for `n` < 2.
pub fn average_path_length(n: usize) -> f64 {
    if n < 2 {
        return 0.0;
    }
    let harmonic: f64 = (1..n).rev().map(|k| 1.0 / k as f64).sum();
    2.0 * harmonic - 2.0 * (n - 1) as f64 / n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of `_average_path_length` differ from ours for small n, because scikit-learn approximates H(n − 1) by ln(n − 1) + γ; these
    /// are exact, from benches/peers/isolation_forest_reference.py.
    #[test]
    fn average_path_length_has_its_closed_form() {
        assert_eq!(average_path_length(0), 0.0);
        assert_eq!(average_path_length(1), 0.0);
        assert!((average_path_length(2) - 1.0).abs() < 1e-12);
        assert!((average_path_length(3) - 5.0 / 3.0).abs() < 1e-12);
        assert!((average_path_length(256) - 10.2487).abs() < 1e-4);
    }

    fn columns() -> Vec<Vec<f32>> {
        let mut random = Random::new(11, 0);
        (0..3)
            .map(|_| (0..500).map(|_| random.normal() as f32).collect())
            .collect()
    }

    fn block(row: [f32; 3]) -> EncodedBlock {
        EncodedBlock {
            tree: row.iter().map(|&value| [value; N_LANES]).collect(),
            ..EncodedBlock::default()
        }
    }

    #[test]
    fn an_outlier_scores_higher_than_the_middle() {
        let forest = IsolationForest::fit(&columns(), &IsolationForestParams::default());
        let (middle, outlier) = (
            forest.score(&block([0.0; 3]))[0],
            forest.score(&block([6.0, -6.0, 6.0]))[0],
        );
        assert!(middle < 0.5 && outlier > 0.65, "{middle} {outlier}");
    }

    #[test]
    fn contributions_sum_to_the_shortening_of_the_path() {
        let forest = IsolationForest::fit(&columns(), &IsolationForestParams::default());
        let block = block([3.0, 0.0, 0.0]);
        let contributions = forest.contributions(&block, 0);
        let path = -libm::log2f(forest.score(&block)[0]) * forest.expected_length;
        let mean_root = (0..forest.n_trees)
            .map(|tree| forest.expected_lengths(tree)[0])
            .sum::<f32>()
            / forest.n_trees as f32;
        assert!((contributions.iter().sum::<f32>() - (mean_root - path)).abs() < 1e-3);
        assert!(contributions[0] > contributions[1]);
    }

    #[test]
    fn constant_columns_make_one_leaf_and_average_scores() {
        let forest =
            IsolationForest::fit(&vec![vec![1.0; 100]; 2], &IsolationForestParams::default());
        assert!(
            (forest.score(&EncodedBlock {
                tree: vec![[9.0; N_LANES]; 2],
                ..EncodedBlock::default()
            })[0]
                - 0.5)
                .abs()
                < 1e-6
        );
    }

    #[test]
    fn same_seed_same_forest_and_parts_rebuild_it() {
        let params = IsolationForestParams {
            n_trees: 5,
            ..IsolationForestParams::default()
        };
        let forest = IsolationForest::fit(&columns(), &params);
        assert_eq!(forest, IsolationForest::fit(&columns(), &params));
        let parts = (
            forest.inputs.clone(),
            forest.thresholds.clone(),
            forest.leaf_sizes.clone(),
        );
        assert_eq!(
            forest,
            IsolationForest::from_parts(3, 256, parts.0.clone(), parts.1.clone(), parts.2.clone())
                .expect("whole")
        );
        assert!(
            IsolationForest::from_parts(2, 256, parts.0.clone(), parts.1.clone(), parts.2.clone())
                .is_err(),
            "an input beyond the view"
        );
        assert!(
            IsolationForest::from_parts(3, 256, parts.0, parts.1[1..].to_vec(), parts.2).is_err(),
            "a missing cut"
        );
    }
}
