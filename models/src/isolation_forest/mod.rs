//! Isolation Forest: records that few random cuts set apart are odd.
//!
//! The picture: cut the data at a random value of a random input, again and again, until every record stands alone. A record far
//! from the others is alone after few cuts. In: the tree encoding and, where wanted, the categories themselves. Out: one score per record.
//!
//! Two recipes:
//! - [`IsolationForestParams::classic`]: Liu, Ting and Zhou, "Isolation Forest" (ICDM 2008). Two things differ: an input that is constant
//!   in a node is not chosen there (as in scikit-learn), and a cut has 16 bits where so many part the node.
//! - [`IsolationForestParams::for_view`]: the variant that wins on these data. Every tree sees all rows and goes deep, and one category can
//!   be cut off from the rest (`single_categ` of the isotree library, Cortes). Cuts guided by the pooled gain (Cortes, "Distance approximation
//!   using Isolation Forests", 2019) are there to be compared with; ARCHITECTURE.md has the figures, also of the scores by density that lost.
//!
//! Fit: O(`n_trees` × `n_samples` × depth); score: O(`n_trees` × depth) a row.
//!
//! # Layout
//! - this file: the forest and its scores; [`grow`]: cuts; [`path_length`]: c(n).
//! - [`trees`]: nodes, as they are stored and as they are walked; [`stored`]: model files.

mod grow;
mod path_length;
mod stored;
mod trees;

use crate::detector::Contributions;
use crate::preprocess::{EncodedBlock, Lanes, N_LANES, Preprocess};
use crate::random::Random;
use crate::schema::View;

use grow::Grower;
pub use path_length::average_path_length;
pub use trees::{LEAF, MAX_TREES};
use trees::{Node, Walkable};

/// How a forest is grown.
#[derive(Clone, Debug, PartialEq)]
pub struct IsolationForestParams {
    /// Number of trees. Default 100, as in section 4 of Liu et al.
    pub n_trees: usize,
    /// Rows drawn for each tree without replacement. Default 256, as in the paper. At most [`MAX_SAMPLES`]; more are cut to it.
    pub n_samples: usize,
    /// Most cuts from root to leaf, at most [`MAX_DEPTH`]. Default `None`: ⌈log₂ `n_samples`⌉, as in the paper.
    pub max_depth: Option<u32>,
    /// Fewest rows that are cut; fewer make a leaf, whose c(n) stands for the cuts not made. Default 2, as in the paper.
    pub min_cut_rows: usize,
    /// Share of the cuts that are not drawn but set where the two sides have the smallest pooled standard deviation. Default 0, as in the
    /// paper.
    pub pooled_gain_share: f64,
    /// How categories are cut. Default by surprise.
    pub category_cuts: CategoryCuts,
    /// Seed of every random choice. Default 42.
    pub seed: u64,
}

/// How a forest cuts categories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CategoryCuts {
    /// Like numbers: the tree encoding orders them by their surprise.
    BySurprise,
    /// Besides, by setting a random one of those in the node apart from the rest.
    OneAgainstRest,
}

impl IsolationForestParams {
    /// As published by Liu, Ting and Zhou.
    pub fn classic() -> Self {
        Self {
            n_trees: 100,
            n_samples: 256,
            max_depth: None,
            min_cut_rows: 2,
            pooled_gain_share: 0.0,
            category_cuts: CategoryCuts::BySurprise,
            seed: 42,
        }
    }

    /// What was found best for a view on validation rows, within the size that a model file may have.
    pub fn for_view(view: View) -> Self {
        let deep = Self {
            n_samples: MAX_SAMPLES,
            category_cuts: CategoryCuts::OneAgainstRest,
            ..Self::classic()
        };
        match view {
            View::Kdd41 | View::Kdd28 => Self {
                n_trees: 30,
                max_depth: Some(24),
                min_cut_rows: 24,
                ..deep
            },
            View::Kdd5 => Self {
                n_trees: 24,
                max_depth: Some(18),
                min_cut_rows: 50,
                ..deep
            },
        }
    }
}

impl Default for IsolationForestParams {
    fn default() -> Self {
        Self::classic()
    }
}

/// Largest number of rows that a tree may be grown on: leaf sizes are stored in 16 bits.
pub const MAX_SAMPLES: usize = u16::MAX as usize;
/// Largest number of cuts from root to leaf.
pub const MAX_DEPTH: u32 = 64;

/// Steps of a walk until it is asked whether all lanes have arrived.
const STEPS_BETWEEN_CHECKS: usize = 8;

/// One column for each number that an input can have, and one for leaves.
const N_COLUMNS: usize = LEAF as usize + 1;

/// The codes of one categorical feature, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct CategoryColumn {
    /// Position of the feature in the view.
    pub feature: usize,
    /// Codes, ≥ 0: the rows of a fit have no unseen category.
    pub codes: Vec<f32>,
}

/// A fitted forest.
#[derive(Clone, Debug, PartialEq)]
pub struct IsolationForest {
    /// Inputs of the tree encoding; the categories come after them.
    n_ordered: usize,
    /// Features that are cut one category against the rest.
    category_features: Vec<u16>,
    n_samples: usize,
    /// See [`IsolationForest::inputs`].
    inputs: Vec<u8>,
    /// See [`IsolationForest::thresholds`].
    thresholds: Vec<f32>,
    /// See [`IsolationForest::leaf_sizes`].
    leaf_sizes: Vec<u16>,
    walkable: Walkable,
    /// c(`n_samples`), equation 1.
    expected_length: f32,
}

impl IsolationForest {
    /// Grows a forest on rows given input by input (`columns[input][row]`, finite numbers, at most 255 inputs), without category columns.
    pub fn fit(columns: &[Vec<f32>], params: &IsolationForestParams) -> Self {
        Self::fit_with_categories(columns, &[], params)
    }

    /// Grows a forest on the tree encoding and the categories of the same rows; the two have at most 255 columns.
    ///
    /// Fewer rows than `n_samples` are all used by every tree. Where nothing varies, or there are fewer than two rows, every tree is one leaf
    /// and every record scores 0.5.
    pub fn fit_with_categories(
        columns: &[Vec<f32>],
        categories: &[CategoryColumn],
        params: &IsolationForestParams,
    ) -> Self {
        let categories = match params.category_cuts {
            CategoryCuts::BySurprise => &[],
            CategoryCuts::OneAgainstRest => categories,
        };
        let n_rows = columns.first().map_or(0, Vec::len);
        let n_samples = params.n_samples.min(n_rows).clamp(2, MAX_SAMPLES);
        let paper_depth = n_samples.next_power_of_two().trailing_zeros();
        let mut grower = Grower::new(columns, categories, params);
        for tree in 0..params.n_trees.clamp(1, MAX_TREES) {
            let mut random = Random::new(params.seed, tree as u64);
            let rows = random.sample_without_replacement(n_samples, n_rows);
            let max_depth = params.max_depth.unwrap_or(paper_depth).min(MAX_DEPTH);
            grower.grow(&rows, n_samples, max_depth, &mut random);
        }
        let Grower {
            inputs,
            thresholds,
            leaf_sizes,
            ..
        } = grower;
        let walkable = Walkable::new(&inputs, &thresholds, &leaf_sizes, n_samples);
        Self {
            n_ordered: columns.len(),
            category_features: categories
                .iter()
                .map(|column| column.feature as u16)
                .collect(),
            n_samples,
            inputs,
            thresholds,
            leaf_sizes,
            walkable,
            expected_length: average_path_length(n_samples) as f32,
        }
    }

    /// Rebuilds a forest without category columns from its stored parts, which are as the methods of the same names give them.
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
        Self::assemble(
            n_inputs,
            Vec::new(),
            n_samples,
            inputs,
            thresholds,
            leaf_sizes,
        )
    }

    fn assemble(
        n_ordered: usize,
        category_features: Vec<u16>,
        n_samples: usize,
        inputs: Vec<u8>,
        thresholds: Vec<f32>,
        leaf_sizes: Vec<u16>,
    ) -> Result<Self, String> {
        let n_inputs = n_ordered + category_features.len();
        trees::check(n_inputs, n_samples, &inputs, &thresholds, &leaf_sizes)
            .map_err(|problem| format!("isolation forest: {problem}"))?;
        let walkable = Walkable::new(&inputs, &thresholds, &leaf_sizes, n_samples);
        Ok(Self {
            n_ordered,
            category_features,
            n_samples,
            inputs,
            thresholds,
            leaf_sizes,
            walkable,
            expected_length: average_path_length(n_samples) as f32,
        })
    }

    /// Number of inputs that the forest was grown on: those of the tree encoding, then the categories.
    pub fn n_inputs(&self) -> usize {
        self.n_ordered + self.category_features.len()
    }

    /// Number of trees.
    pub fn n_trees(&self) -> usize {
        self.walkable.roots.len()
    }

    /// Rows drawn for each tree.
    pub fn n_samples(&self) -> usize {
        self.n_samples
    }

    /// Input that each node is cut by, [`LEAF`] where it is not; tree by tree, level by level, left to right.
    pub fn inputs(&self) -> &[u8] {
        &self.inputs
    }

    /// Value of each cut, in the same order: a number above it, or the category itself, goes right.
    pub fn thresholds(&self) -> &[f32] {
        &self.thresholds
    }

    /// Training rows of each leaf, in the same order.
    pub fn leaf_sizes(&self) -> &[u16] {
        &self.leaf_sizes
    }

    /// Anomaly score of each lane: 2^(−E\[h\] / c(n)), equation 2; 0.5 is average, towards 1 is odd.
    pub fn score(&self, block: &EncodedBlock) -> Lanes {
        let columns = self.columns(block);
        let (nodes, end) = (&self.walkable.nodes, self.walkable.end());
        let mut total: Lanes = [0.0; N_LANES];
        let mut places = [0; N_LANES];
        // Every lane goes through all trees at its own pace: a leaf leads to the next root, and the last to the end, which leads to itself.
        while places.iter().any(|&place| place != end) {
            for _ in 0..STEPS_BETWEEN_CHECKS {
                for lane in 0..N_LANES {
                    let node = nodes[places[lane] as usize];
                    total[lane] += node.length();
                    places[lane] = self.next(node, columns[usize::from(node.input())][lane]);
                }
            }
        }
        total.map(|total| libm::exp2f(-total / (self.n_trees() as f32 * self.expected_length)))
    }

    /// What [`IsolationForest::contributions`] and [`IsolationForest::base`] sum to, of a record with this score: −E\[h\], the mean path
    /// length with its sign turned, in cuts.
    pub fn explained(&self, score: f32) -> f32 {
        libm::log2f(score) * self.expected_length
    }

    /// −E\[h\] of a training row.
    pub fn base(&self) -> f32 {
        let roots = self.walkable.roots.iter();
        let total: f32 = roots.map(|&root| self.walkable.lengths[root]).sum();
        -total / self.n_trees() as f32
    }

    /// How much each input shortened the path of one lane, in cuts, averaged over the trees.
    ///
    /// Going down a cut changes the path length expected of a training row by E\[h | parent\] − E\[h | child\]; the change is the cut's
    /// input's. The contributions sum to E\[h\] of a training row minus E\[h\] of this row, exactly up to rounding.
    pub fn contributions(&self, block: &EncodedBlock, lane: usize) -> Vec<f32> {
        let columns = self.columns(block);
        let Walkable { nodes, lengths, .. } = &self.walkable;
        let n_trees = self.n_trees() as f32;
        let mut contributions = vec![0.0; self.n_inputs()];
        let mut place = 0;
        while place != self.walkable.end() {
            let node = nodes[place as usize];
            let input = usize::from(node.input());
            let next = self.next(node, columns[input][lane]);
            if node.input() != LEAF {
                let change = lengths[place as usize] - lengths[next as usize];
                contributions[input] += change / n_trees;
            }
            place = next;
        }
        contributions
    }

    /// The same by feature of the view; base and features sum to [`IsolationForest::explained`] of the lane's score.
    pub fn contributions_by_feature(
        &self,
        preprocess: &Preprocess,
        block: &EncodedBlock,
        lane: usize,
    ) -> Contributions {
        let by_input = self.contributions(block, lane);
        let (ordered, of_categories) = by_input.split_at(self.n_ordered);
        let inputs = preprocess.tree_inputs();
        let mut contributions = Contributions::of_inputs(preprocess, inputs, self.base(), ordered);
        for (&feature, share) in self.category_features.iter().zip(of_categories) {
            contributions.by_feature[usize::from(feature)] += share;
        }
        contributions
    }

    /// Where a record with this value of the node's input goes on.
    fn next(&self, node: Node, value: f32) -> u32 {
        let is_category = usize::from(node.input()) >= self.n_ordered;
        let is_right = (is_category & (value == node.threshold()))
            | (!is_category & (value > node.threshold()));
        node.left() + u32::from(is_right)
    }

    /// The inputs by their number, so that a walk finds them without a second look-up; leaves go left.
    fn columns(&self, block: &EncodedBlock) -> [Lanes; N_COLUMNS] {
        let mut columns = [[f32::NEG_INFINITY; N_LANES]; N_COLUMNS];
        let categories = self.category_features.iter();
        let inputs = block.tree[..self.n_ordered]
            .iter()
            .chain(categories.map(|&feature| &block.features[usize::from(feature)]));
        for (column, input) in columns.iter_mut().zip(inputs) {
            *column = *input;
        }
        columns
    }
}

#[cfg(test)]
mod tests;
