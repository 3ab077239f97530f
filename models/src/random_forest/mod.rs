//! Random Forest: many trees of yes-or-no questions, each grown on a sample of labelled records; the share of attacks at their leaves.
//!
//! The picture: every tree asks its own questions, errs in its own way, and the mean errs least. The method: Breiman, "Random
//! Forests" (2001), with cuts sought in histograms of at most 255 bins. Input: the features themselves; a category is replaced by its
//! place among the categories ordered by attack share. Supervised: it knows the attacks that it was shown, and says little about
//! others. Fit: O(`n_trees` × rows × candidates × depth); score: O(`n_trees` × depth) a row.
//!
//! Differs from the paper: the best split of all leaves comes first and the number of leaves is bounded, so that a forest is small
//! and quick; trees give shares, not votes; a node draws further features until enough of them vary.
//!
//! # Layout
//! - this file: parameters, score, contributions, probability.
//! - `fit`: samples, out-of-bag scores; `grow`: one tree; `bins`: steps and category order; `tree`: a tree as arrays.
//! - `isotonic`: from score to probability; `importance`: permutation importance; `stored`: the model file.

mod bins;
mod fit;
mod grow;
mod importance;
mod isotonic;
mod stored;
mod tree;

pub use fit::OutOfBag;

use crate::detector::Contributions;
use crate::preprocess::{EncodedBlock, Lanes, N_LANES};
use crate::schema::View;
use bins::FeatureBins;
use isotonic::Isotonic;
use tree::{LEAF, MAX_LEAVES, Tree, WHOLE};

/// How a forest is grown.
#[derive(Clone, Debug, PartialEq)]
pub struct RandomForestParams {
    /// Number of trees. Default 64: out of bag, 48 and 100 of them were right on as many distinct rows (.9995).
    pub n_trees: usize,
    /// Most leaves of a tree; the splits that lower its impurity most come first. Default 256, where 1,024 gained nothing.
    pub max_leaves: usize,
    /// Most splits on the way to a leaf. Default 24; out of bag, 12 cost .0004 of the accuracy.
    pub max_depth: usize,
    /// Least weight of the drawn rows at a leaf. Default 2: out of bag it costs .0001 of the accuracy, and with one attack family left out
    /// of the fit the mean AUROC on that family rose with each of three seeds, on average from .944 to .975.
    pub min_leaf_weight: f32,
    /// Features tried at a node. Default `None`: the square root of their number, rounded, as is usual for two classes.
    pub n_candidates: Option<usize>,
    /// Seed of every random choice. Default 42.
    pub seed: u64,
}

impl Default for RandomForestParams {
    fn default() -> Self {
        Self {
            n_trees: 64,
            max_leaves: 256,
            max_depth: 24,
            min_leaf_weight: 2.0,
            n_candidates: None,
            seed: 42,
        }
    }
}

/// Most trees, features, and splits on a way that a forest may have.
const MAX_TREES: usize = 1000;
const MAX_FEATURES: usize = 64;
const MAX_DEPTH: usize = 64;

impl RandomForestParams {
    /// What was found best for a view, out of bag; five features overlap more, so their trees would grow without end.
    pub fn for_view(view: View) -> Self {
        match view {
            View::Kdd41 | View::Kdd28 => Self::default(),
            View::Kdd5 => Self {
                n_trees: 48,
                max_leaves: 192,
                min_leaf_weight: 3.0,
                ..Self::default()
            },
        }
    }

    fn validate(&self) -> Result<(), String> {
        let is_sound = (1..=MAX_TREES).contains(&self.n_trees)
            && (2..=MAX_LEAVES).contains(&self.max_leaves)
            && (1..=MAX_DEPTH).contains(&self.max_depth)
            && (0.0..1e8).contains(&self.min_leaf_weight)
            && self.n_candidates != Some(0);
        if is_sound {
            Ok(())
        } else {
            Err(format!(
                "random forest: expected 1 to {MAX_TREES} trees, 2 to {MAX_LEAVES} leaves, depth 1 to {MAX_DEPTH}, leaf weight from 0, 1 or more candidates, found {self:?}"
            ))
        }
    }

    fn candidates_of(&self, n_features: usize) -> usize {
        let root = (n_features as f64).sqrt().round() as usize;
        self.n_candidates.unwrap_or(root).clamp(1, n_features)
    }
}

/// A fitted forest.
#[derive(Clone, Debug, PartialEq)]
pub struct RandomForest {
    bins: Vec<FeatureBins>,
    trees: Vec<Tree>,
    /// The trees as they are walked, in the same order.
    walks: Vec<Walk>,
    importance: Vec<f32>,
    calibration: Isotonic,
}

/// A tree ready to be walked by [`N_LANES`] rows side by side.
#[derive(Clone, Debug, PartialEq)]
struct Walk {
    nodes: Vec<Step>,
    height: usize,
}

/// A node. A leaf leads to itself: nothing is above +∞.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Step {
    /// A value above it goes right.
    threshold: f32,
    /// The left child; the right one comes after it.
    left: u16,
    feature: u8,
}

impl RandomForest {
    /// Puts a forest together.
    ///
    /// # Errors
    /// A sentence where a tree is none, too high, or names a feature or bin that there is not.
    fn from_parts(
        bins: Vec<FeatureBins>,
        trees: Vec<Tree>,
        importance: Vec<f32>,
        calibration: Isotonic,
    ) -> Result<Self, String> {
        let walks = trees
            .iter()
            .enumerate()
            .map(|(index, tree)| {
                Walk::new(tree, &bins)
                    .map_err(|problem| format!("random forest: tree {index}: {problem}"))
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            bins,
            trees,
            walks,
            importance,
            calibration,
        })
    }

    /// Number of features that the forest was grown on.
    pub fn n_features(&self) -> usize {
        self.bins.len()
    }

    /// Number of trees.
    pub fn n_trees(&self) -> usize {
        self.trees.len()
    }

    /// How much each feature's splits lowered the Gini impurity of the training rows, as shares that sum to 1.
    ///
    /// Favours features with many values; see [`RandomForest::permutation_importance`] for what held-out rows say.
    pub fn importance(&self) -> &[f32] {
        &self.importance
    }

    /// Score of each lane: mean over the trees of the attack share at the row's leaf, 0 to 1.
    pub fn score(&self, block: &EncodedBlock) -> Lanes {
        let mut values = [[0.0; N_LANES]; MAX_FEATURES];
        for ((values, bins), lanes) in values.iter_mut().zip(&self.bins).zip(&block.features) {
            *values = match bins.order {
                Some(_) => lanes.map(|code| bins.value(code)),
                None => *lanes,
            };
        }
        let mut sums = [0u32; N_LANES];
        for (walk, tree) in self.walks.iter().zip(&self.trees) {
            for (sum, leaf) in sums.iter_mut().zip(walk.leaves(&values)) {
                *sum += u32::from(tree.shares[usize::from(leaf)]);
            }
        }
        sums.map(|sum| self.mean_share(sum))
    }

    /// Scores of rows given by feature, as in [`RandomForest::fit`].
    ///
    /// # Errors
    /// A sentence where the number of features is another or the columns differ in length.
    pub fn scores(&self, features: &[Vec<f32>]) -> Result<Vec<f32>, String> {
        let n_rows = features.first().map_or(0, Vec::len);
        if features.len() != self.n_features()
            || features.iter().any(|column| column.len() != n_rows)
        {
            return Err(format!(
                "random forest: expected {} features of equal length, found {}",
                self.n_features(),
                features.len()
            ));
        }
        let mut scores = Vec::with_capacity(n_rows);
        let mut block = EncodedBlock::default();
        for first in (0..n_rows).step_by(N_LANES) {
            let n_lanes = N_LANES.min(n_rows - first);
            block.features.clear();
            block
                .features
                .extend(features.iter().map(|column| -> Lanes {
                    std::array::from_fn(|lane| column[first + lane.min(n_lanes - 1)])
                }));
            scores.extend_from_slice(&self.score(&block)[..n_lanes]);
        }
        Ok(scores)
    }

    /// Probability that a record with this score is an attack, if attacks were as frequent as in the training; never 0 or 1.
    ///
    /// Fitted on out-of-bag scores, which come from a third of the trees and so are a little less sure than the whole forest's.
    pub fn probability(&self, score: f32) -> f32 {
        self.calibration.probability(score)
    }

    /// How much each feature changed the score of one lane.
    ///
    /// On its way down a tree a row passes nodes with an attack share each; what a split changes is its feature's (Saabas, 2014). The
    /// base is the mean share at the roots; base and contributions sum to the score, exactly up to rounding of the sum.
    pub fn contributions(&self, block: &EncodedBlock, lane: usize) -> Contributions {
        let values: Vec<f32> = self
            .bins
            .iter()
            .zip(&block.features)
            .map(|(bins, lanes)| bins.value(lanes[lane]))
            .collect();
        let mut base = 0;
        let mut sums = vec![0i32; self.n_features()];
        for (walk, tree) in self.walks.iter().zip(&self.trees) {
            base += u32::from(tree.shares[0]);
            let mut node = 0;
            while tree.features[node] != LEAF {
                let step = walk.nodes[node];
                let feature = usize::from(step.feature);
                let child = usize::from(step.left) + usize::from(values[feature] > step.threshold);
                sums[feature] += i32::from(tree.shares[child]) - i32::from(tree.shares[node]);
                node = child;
            }
        }
        let whole = self.n_trees() as f32 * f32::from(WHOLE);
        Contributions {
            base: self.mean_share(base),
            by_feature: sums.iter().map(|&sum| sum as f32 / whole).collect(),
        }
    }

    fn mean_share(&self, sum: u32) -> f32 {
        sum as f32 / (self.n_trees() as f32 * f32::from(WHOLE))
    }
}

impl Walk {
    fn new(tree: &Tree, bins: &[FeatureBins]) -> Result<Self, String> {
        let left = tree.left_children()?;
        let height = Tree::height(&left);
        if height > MAX_DEPTH {
            return Err(format!(
                "expected at most {MAX_DEPTH} splits on a way, found {height}"
            ));
        }
        let nodes = left
            .iter()
            .zip(tree.features.iter().zip(&tree.bins))
            .map(|(&left, (&feature, &bin))| {
                if feature == LEAF {
                    return Some(Step {
                        threshold: f32::INFINITY,
                        left,
                        feature: 0,
                    });
                }
                let edges = &bins.get(usize::from(feature))?.edges;
                Some(Step {
                    threshold: *edges.get(usize::from(bin))?,
                    left,
                    feature,
                })
            })
            .collect::<Option<_>>()
            .ok_or("a split names a feature or bin that there is not")?;
        Ok(Self { nodes, height })
    }

    /// The leaf of each row: as many steps for every row as the longest way has, without a branch.
    fn leaves(&self, values: &[Lanes; MAX_FEATURES]) -> [u16; N_LANES] {
        let mut at = [0u16; N_LANES];
        for _ in 0..self.height {
            let before = at;
            for (lane, at) in at.iter_mut().enumerate() {
                let step = self.nodes[usize::from(*at)];
                let value = values[usize::from(step.feature) % MAX_FEATURES][lane];
                *at = step.left + u16::from(value > step.threshold);
            }
            if at == before {
                break;
            }
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::schema::FeatureKind;

    /// Made-up rows of a view: attacks have larger numbers and other categories.
    pub(super) fn table(kinds: &[FeatureKind], n_rows: usize) -> (Vec<Vec<f32>>, Vec<bool>) {
        let mut random = Random::new(3, 0);
        let is_attack: Vec<bool> = (0..n_rows).map(|row| row % 3 == 0).collect();
        let features = kinds
            .iter()
            .map(|kind| {
                let value = |&is_attack: &bool| match kind {
                    FeatureKind::Category => random.below(4) as f32 + f32::from(is_attack) - 1.0,
                    _ => (random.normal() * 20.0 + 15.0 * f64::from(is_attack)).round() as f32,
                };
                is_attack.iter().map(value).collect()
            })
            .collect();
        (features, is_attack)
    }

    fn block(features: &[Vec<f32>], first: usize) -> EncodedBlock {
        EncodedBlock {
            features: features
                .iter()
                .map(|column| std::array::from_fn(|lane| column[first + lane]))
                .collect(),
            ..EncodedBlock::default()
        }
    }

    const KINDS: [FeatureKind; 4] = [
        FeatureKind::Count,
        FeatureKind::Category,
        FeatureKind::Bytes,
        FeatureKind::Rate,
    ];

    fn forest() -> (RandomForest, Vec<Vec<f32>>) {
        let (features, is_attack) = table(&KINDS, 600);
        let params = RandomForestParams {
            n_trees: 12,
            ..RandomForestParams::default()
        };
        let fitted = RandomForest::fit(&features, &KINDS, &is_attack, &vec![1.0; 600], &params);
        (fitted.unwrap().0, features)
    }

    #[test]
    fn contributions_and_base_sum_to_the_score() {
        let (forest, features) = forest();
        for first in (0..592).step_by(N_LANES) {
            let block = block(&features, first);
            for (lane, score) in forest.score(&block).into_iter().enumerate() {
                let Contributions { base, by_feature } = forest.contributions(&block, lane);
                assert_eq!(by_feature.len(), KINDS.len());
                let sum = base + by_feature.iter().sum::<f32>();
                assert!((sum - score).abs() < 1e-6, "{sum}, score {score}");
            }
        }
    }

    #[test]
    fn score_does_not_depend_on_the_neighbours() {
        let (forest, features) = forest();
        let all = forest.scores(&features).unwrap();
        for row in [0, 17, 599] {
            let alone: Vec<Vec<f32>> = features.iter().map(|column| vec![column[row]]).collect();
            assert_eq!(forest.scores(&alone).unwrap(), [all[row]]);
        }
    }

    #[test]
    fn any_value_has_a_score() {
        let (forest, _) = forest();
        for value in [
            f32::MAX,
            f32::MIN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            1e9,
        ] {
            let row = vec![vec![value]; KINDS.len()];
            let score = forest.scores(&row).unwrap()[0];
            assert!((0.0..=1.0).contains(&score), "{value}: {score}");
        }
    }
}
