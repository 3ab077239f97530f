//! Grows one tree: best split first, each split found in histograms.
//!
//! In: binned rows, the rows drawn for the tree, a seeded generator. Out: a [`Tree`] and how much each feature lowered the impurity.
//! A split is sought among a few features drawn for the node (Breiman, 2001); for each, one pass over the node's rows sums the
//! weights by bin and class, and one over the bins finds the best cut by Gini impurity. Sums are of integers, hence exact. The node
//! whose split lowers the impurity of the whole tree most is split next, until there are enough leaves.
//! O(rows × drawn features) a level.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::RandomForestParams;
use super::bins::MAX_BINS;
use super::tree::{LEAF, Tree, WHOLE};
use crate::random::Random;

/// Weights are counted in these units, so that sums are exact.
const UNITS_PER_WEIGHT: f32 = 64.0;

/// A weight in units; a positive one is at least one unit.
pub(super) fn weight_in_units(weight: f32) -> u64 {
    (weight * UNITS_PER_WEIGHT).ceil() as u64
}

/// Training rows as bins.
pub(super) struct BinnedRows {
    /// By feature, the bin of each row.
    pub(super) columns: Vec<Vec<u8>>,
    /// Bins of each feature.
    pub(super) n_bins: Vec<usize>,
}

/// A row of a tree's sample.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Drawn {
    row: u32,
    /// Twice the weight, and 1 for an attack: eight bytes a row are half the memory to move.
    weight_and_class: u32,
}

impl Drawn {
    /// A row that was drawn `n_times`, or not at all.
    pub(super) fn new(row: usize, is_attack: bool, weight: f32, n_times: u16) -> Self {
        let weight = weight_in_units(weight).saturating_mul(u64::from(n_times));
        Self {
            row: row as u32,
            weight_and_class: weight.min(MAX_WEIGHT) as u32 * 2 + u32::from(is_attack),
        }
    }

    fn class(self) -> usize {
        (self.weight_and_class & 1) as usize
    }

    fn weight(self) -> u64 {
        u64::from(self.weight_and_class >> 1)
    }
}

/// Largest weight of a drawn row, in units.
const MAX_WEIGHT: u64 = (u32::MAX >> 1) as u64;

/// A tree and what its splits did.
pub(super) struct Grown {
    pub(super) tree: Tree,
    /// By feature: sum over its splits of the decrease in Gini impurity, as a share of the tree's weight.
    pub(super) importance: Vec<f64>,
}

/// Weight of normal rows and of attacks.
type Weights = [u64; 2];
type Histogram = [Weights; MAX_BINS + 1];

/// The best cut of a node.
#[derive(Clone, Debug)]
struct Split {
    feature: usize,
    /// Last bin that goes left.
    bin: u8,
    /// Decrease in Gini impurity times the node's weight.
    decrease: f64,
    left: Weights,
}

/// A node while the tree grows.
struct Node {
    weights: Weights,
    /// Feature, bin, left child; the right child comes after it.
    split: Option<(usize, u8, usize)>,
}

/// A leaf that can be split.
struct Open {
    split: Split,
    node: usize,
    depth: usize,
    rows: std::ops::Range<usize>,
    /// Features that do not vary among its rows, as far as known.
    is_constant: Vec<bool>,
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_decrease = self.split.decrease.total_cmp(&other.split.decrease);
        by_decrease.then(other.node.cmp(&self.node))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Open {}

/// Grows a tree on the drawn rows.
pub(super) fn grow(
    rows: &BinnedRows,
    drawn: Vec<Drawn>,
    random: Random,
    params: &RandomForestParams,
) -> Grown {
    let n_features = rows.n_bins.len();
    let mut grower = Grower {
        rows,
        right: vec![Drawn::default(); drawn.len()],
        drawn,
        random,
        n_candidates: params.candidates_of(n_features),
        min_leaf_weight: weight_in_units(params.min_leaf_weight),
        max_depth: params.max_depth,
        histograms: vec![[[0; 2]; MAX_BINS + 1]; n_features],
        nodes: Vec::new(),
        open: BinaryHeap::new(),
    };
    grower.grow(params.max_leaves);
    grower.finish()
}

struct Grower<'a> {
    rows: &'a BinnedRows,
    /// The rows of a node are next to each other.
    drawn: Vec<Drawn>,
    /// Rows on their way to the right.
    right: Vec<Drawn>,
    random: Random,
    n_candidates: usize,
    min_leaf_weight: u64,
    max_depth: usize,
    histograms: Vec<Histogram>,
    nodes: Vec<Node>,
    open: BinaryHeap<Open>,
}

impl Grower<'_> {
    fn grow(&mut self, max_leaves: usize) {
        let weights = self.drawn.iter().fold([0; 2], |mut sum: Weights, drawn| {
            sum[drawn.class()] += drawn.weight();
            sum
        });
        let is_constant = self.rows.n_bins.iter().map(|&n_bins| n_bins < 2).collect();
        self.add(weights, 0, 0..self.drawn.len(), is_constant);
        let mut n_leaves = 1;
        while n_leaves < max_leaves
            && let Some(open) = self.open.pop()
        {
            self.split(open);
            n_leaves += 1;
        }
    }

    /// Adds a leaf, and its best split to those that can be made.
    fn add(
        &mut self,
        weights: Weights,
        depth: usize,
        rows: std::ops::Range<usize>,
        mut is_constant: Vec<bool>,
    ) {
        let node = self.nodes.len();
        self.nodes.push(Node {
            weights,
            split: None,
        });
        if weights[0] == 0 || weights[1] == 0 || depth >= self.max_depth {
            return;
        }
        if let Some(split) = self.best_split(weights, rows.clone(), &mut is_constant) {
            self.open.push(Open {
                split,
                node,
                depth,
                rows,
                is_constant,
            });
        }
    }

    fn split(&mut self, open: Open) {
        let Open { split, rows, .. } = open;
        let middle = rows.start + self.partition(rows.clone(), split.feature, split.bin);
        let weights = self.nodes[open.node].weights;
        self.nodes[open.node].split = Some((split.feature, split.bin, self.nodes.len()));
        let right = [weights[0] - split.left[0], weights[1] - split.left[1]];
        let (constant, depth) = (open.is_constant, open.depth + 1);
        self.add(split.left, depth, rows.start..middle, constant.clone());
        self.add(right, depth, middle..rows.end, constant);
    }

    /// Moves the rows that go left before the others, both in their order; returns how many go left.
    fn partition(&mut self, rows: std::ops::Range<usize>, feature: usize, bin: u8) -> usize {
        let column = &self.rows.columns[feature];
        let drawn = &mut self.drawn[rows];
        let (mut n_left, mut n_right) = (0, 0);
        // Each row is written to both sides and counted on one: no branch to guess wrong.
        for index in 0..drawn.len() {
            let item = drawn[index];
            let is_left = column[item.row as usize] <= bin;
            drawn[n_left] = item;
            self.right[n_right] = item;
            n_left += usize::from(is_left);
            n_right += usize::from(!is_left);
        }
        drawn[n_left..].copy_from_slice(&self.right[..n_right]);
        n_left
    }

    /// The best split by features drawn one after the other, until enough of them vary or none is left.
    fn best_split(
        &mut self,
        weights: Weights,
        rows: std::ops::Range<usize>,
        is_constant: &mut [bool],
    ) -> Option<Split> {
        let mut left: Vec<usize> = (0..is_constant.len())
            .filter(|&feature| !is_constant[feature])
            .collect();
        let mut n_wanted = self.n_candidates;
        let mut best: Option<Split> = None;
        while n_wanted > 0 && !left.is_empty() {
            let candidates: Vec<usize> = (0..n_wanted.min(left.len()))
                .map(|_| left.swap_remove(self.random.below(left.len())))
                .collect();
            self.sum(&candidates, rows.clone());
            for (&feature, histogram) in candidates.iter().zip(&self.histograms) {
                let histogram = &histogram[..self.rows.n_bins[feature]];
                match best_cut(histogram, weights, self.min_leaf_weight) {
                    Cut::Constant => is_constant[feature] = true,
                    Cut::TooSmall => n_wanted -= 1,
                    Cut::Best(bin, decrease, left) => {
                        n_wanted -= 1;
                        if best.as_ref().is_none_or(|best| decrease > best.decrease) {
                            best = Some(Split {
                                feature,
                                bin,
                                decrease,
                                left,
                            });
                        }
                    }
                }
            }
        }
        // A decrease of nothing but rounding is none.
        best.filter(|best| best.decrease > 1e-9)
    }

    /// Fills one histogram for each candidate.
    fn sum(&mut self, candidates: &[usize], rows: std::ops::Range<usize>) {
        for (&feature, histogram) in candidates.iter().zip(&mut self.histograms) {
            histogram[..self.rows.n_bins[feature]].fill([0; 2]);
        }
        // Three at a time: their additions do not wait for each other.
        let drawn = &self.drawn[rows];
        let columns = &self.rows.columns;
        let (threes, ones) = candidates.as_chunks::<3>();
        let (three_histograms, one_histograms) =
            self.histograms[..candidates.len()].as_chunks_mut::<3>();
        for (features, histograms) in threes.iter().zip(three_histograms) {
            sum_columns(
                drawn,
                features.map(|feature| &columns[feature][..]),
                histograms,
            );
        }
        for (&feature, histogram) in ones.iter().zip(one_histograms) {
            sum_columns(
                drawn,
                [&columns[feature][..]],
                std::array::from_mut(histogram),
            );
        }
    }

    /// Puts the nodes into the order of [`Tree`].
    fn finish(self) -> Grown {
        let mut tree = Tree {
            features: Vec::with_capacity(self.nodes.len()),
            bins: Vec::with_capacity(self.nodes.len()),
            shares: Vec::with_capacity(self.nodes.len()),
        };
        let mut importance = vec![0.0; self.rows.n_bins.len()];
        let whole = total(self.nodes[0].weights);
        let mut order = vec![0];
        let mut next = 0;
        while next < order.len() {
            let node = &self.nodes[order[next]];
            next += 1;
            let share = node.weights[1] as f64 / total(node.weights);
            tree.shares.push((share * f64::from(WHOLE)).round() as u16);
            let Some((feature, bin, left)) = node.split else {
                tree.features.push(LEAF);
                tree.bins.push(0);
                continue;
            };
            tree.features.push(feature as u8);
            tree.bins.push(bin);
            order.extend([left, left + 1]);
            let children =
                impurity(self.nodes[left].weights) + impurity(self.nodes[left + 1].weights);
            importance[feature] += (impurity(node.weights) - children) / whole;
        }
        Grown { tree, importance }
    }
}

/// Adds the rows' weights to one histogram per column.
fn sum_columns<const N: usize>(
    drawn: &[Drawn],
    columns: [&[u8]; N],
    histograms: &mut [Histogram; N],
) {
    for drawn in drawn {
        let (row, class, weight) = (drawn.row as usize, drawn.class(), drawn.weight());
        for (column, histogram) in columns.iter().zip(histograms.iter_mut()) {
            histogram[usize::from(column[row])][class] += weight;
        }
    }
}

/// What the bins of one feature offer.
enum Cut {
    /// All rows are in one bin.
    Constant,
    /// Every cut leaves too little on one side.
    TooSmall,
    /// Last bin of the left side, decrease in impurity, weights of the left side.
    Best(u8, f64, Weights),
}

/// The cut with the largest decrease; where empty bins make several equal, the one in their middle.
fn best_cut(histogram: &[Weights], weights: Weights, min_leaf_weight: u64) -> Cut {
    let mut left = [0; 2];
    let mut best: Option<(usize, usize, f64, Weights)> = None;
    let before = impurity(weights);
    // Whether the cuts seen last are equal to the best.
    let mut is_gap = false;
    let mut varies = false;
    for (bin, sums) in histogram.iter().enumerate() {
        if *sums != [0; 2] {
            left = [left[0] + sums[0], left[1] + sums[1]];
            if left == weights {
                break;
            }
            let right = [weights[0] - left[0], weights[1] - left[1]];
            varies = true;
            is_gap = false;
            if left[0] + left[1] < min_leaf_weight || right[0] + right[1] < min_leaf_weight {
                continue;
            }
            let decrease = before - impurity(left) - impurity(right);
            is_gap = best.is_none_or(|(_, _, best, _)| decrease > best);
            if is_gap {
                best = Some((bin, bin, decrease, left));
            }
        } else if is_gap && let Some((_, last, ..)) = &mut best {
            *last = bin;
        }
    }
    match best {
        Some((first, last, decrease, left)) => {
            Cut::Best(((first + last) / 2) as u8, decrease, left)
        }
        None if varies => Cut::TooSmall,
        None => Cut::Constant,
    }
}

fn total(weights: Weights) -> f64 {
    (weights[0] + weights[1]) as f64
}

/// Gini impurity times weight: w (1 − p₀² − p₁²) = 2 w₀ w₁ / w.
fn impurity(weights: Weights) -> f64 {
    let [normal, attack] = weights.map(|weight| weight as f64);
    2.0 * normal * attack / (normal + attack)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::random_forest::bins::FeatureBins;

    /// From benches/peers/random_forest_reference.py.
    const REFERENCE: &str = include_str!("../../../benches/peers/random_forest_reference.json");

    #[derive(Deserialize)]
    struct Reference {
        features: Vec<Vec<f32>>,
        is_attack: Vec<bool>,
        tree: ReferenceTree,
        tree_importance: Vec<f64>,
    }

    #[derive(Deserialize)]
    struct ReferenceTree {
        max_leaves: usize,
        shares: Vec<f32>,
    }

    fn grow_on(
        features: &[Vec<f32>],
        is_attack: &[bool],
        params: &RandomForestParams,
    ) -> (BinnedRows, Grown) {
        let bins: Vec<FeatureBins> = features
            .iter()
            .map(|column| FeatureBins::of_numbers(column))
            .collect();
        let rows = BinnedRows {
            columns: features
                .iter()
                .zip(&bins)
                .map(|(column, bins)| column.iter().map(|&value| bins.bin(value)).collect())
                .collect(),
            n_bins: bins.iter().map(FeatureBins::n_bins).collect(),
        };
        let drawn = is_attack.iter().enumerate();
        let drawn = drawn
            .map(|(row, &is_attack)| Drawn::new(row, is_attack, 1.0, 1))
            .collect();
        let grown = grow(&rows, drawn, Random::new(1, 0), params);
        (rows, grown)
    }

    fn share_of(tree: &Tree, rows: &BinnedRows, row: usize) -> f32 {
        let left = tree.left_children().unwrap();
        let mut node = 0;
        while tree.features[node] != LEAF {
            let bin = rows.columns[usize::from(tree.features[node])][row];
            node = usize::from(left[node]) + usize::from(bin > tree.bins[node]);
        }
        f32::from(tree.shares[node]) / f32::from(WHOLE)
    }

    #[test]
    fn grows_the_tree_of_scikit_learn() {
        let reference: Reference = serde_json::from_str(REFERENCE).unwrap();
        let params = RandomForestParams {
            max_leaves: reference.tree.max_leaves,
            n_candidates: Some(reference.features.len()),
            ..RandomForestParams::default()
        };
        let (rows, grown) = grow_on(&reference.features, &reference.is_attack, &params);
        assert_eq!(grown.tree.shares.len(), 2 * reference.tree.max_leaves - 1);
        for (row, expected) in reference.tree.shares.iter().enumerate() {
            let share = share_of(&grown.tree, &rows, row);
            assert!(
                (share - expected).abs() < 1e-5,
                "row {row}: {share}, expected {expected}"
            );
        }
        let whole: f64 = grown.importance.iter().sum();
        for (found, expected) in grown.importance.iter().zip(reference.tree_importance) {
            assert!(
                (found / whole - expected).abs() < 1e-9,
                "{found} of {whole}, expected {expected}"
            );
        }
    }

    #[test]
    fn cuts_in_the_middle_of_an_empty_range() {
        let histogram = [[3, 0], [0, 0], [0, 0], [0, 0], [0, 2], [0, 1]];
        let Cut::Best(bin, decrease, left) = best_cut(&histogram, [3, 3], 0) else {
            panic!("expected a cut");
        };
        assert_eq!((bin, decrease, left), (1, 3.0, [3, 0]));
    }

    #[test]
    fn keeps_the_least_weight_on_both_sides() {
        let histogram = [[3, 0], [0, 2], [4, 3]];
        assert!(matches!(
            best_cut(&histogram, [7, 5], 5),
            Cut::Best(1, _, [3, 2])
        ));
        assert!(matches!(best_cut(&histogram, [7, 5], 6), Cut::TooSmall));
        assert!(matches!(
            best_cut(&[[0, 0], [7, 5]], [7, 5], 0),
            Cut::Constant
        ));
    }

    #[test]
    fn depth_is_bounded() {
        let features = vec![(0..64).map(|row| row as f32).collect()];
        let is_attack: Vec<bool> = (0..64).map(|row| row % 2 == 1).collect();
        for max_depth in [1, 3] {
            let params = RandomForestParams {
                max_depth,
                ..RandomForestParams::default()
            };
            let (_, grown) = grow_on(&features, &is_attack, &params);
            assert_eq!(
                Tree::height(&grown.tree.left_children().unwrap()),
                max_depth
            );
        }
    }
}
