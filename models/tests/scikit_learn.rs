//! Comparison with scikit-learn: path lengths and scores of its trees, and its evaluation figures.
//!
//! The numbers come from benches/peers/isolation_forest_reference.py and metrics_reference.py, whose JSON names the versions.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::VecDeque;

use models::evaluation::{Confusion, Ranking};
use models::isolation_forest::{IsolationForest, LEAF, average_path_length};
use models::preprocess::{EncodedBlock, Lanes, N_LANES};
use serde::Deserialize;

const FOREST: &str = include_str!("../../benches/peers/isolation_forest_reference.json");
const METRICS: &str = include_str!("../../benches/peers/metrics_reference.json");

#[derive(Deserialize)]
struct ForestReference {
    average_path_length: Vec<PathLength>,
    forest: Forest,
}

#[derive(Deserialize)]
struct PathLength {
    n: usize,
    sklearn: f64,
    exact: f64,
}

#[derive(Deserialize)]
struct Forest {
    subsample: usize,
    n_train_points: usize,
    points: Vec<[f32; 2]>,
    trees: Vec<Tree>,
    score_exact: Vec<f64>,
    score_sklearn: Vec<f64>,
}

#[derive(Deserialize)]
struct Tree {
    feature: Vec<i64>,
    threshold: Vec<f64>,
    children_left: Vec<i64>,
    children_right: Vec<i64>,
    n_node_samples: Vec<u16>,
    path_length_exact: Vec<f64>,
}

fn forest_reference() -> ForestReference {
    serde_json::from_str(FOREST).unwrap()
}

/// The parts of [`IsolationForest::from_parts`], tree after tree, level by level.
#[derive(Default)]
struct Parts {
    inputs: Vec<u8>,
    thresholds: Vec<f32>,
    leaf_sizes: Vec<u16>,
}

impl Parts {
    fn of(trees: &[Tree]) -> Self {
        let mut parts = Self::default();
        for tree in trees {
            let mut nodes = VecDeque::from([0]);
            while let Some(node) = nodes.pop_front() {
                if tree.children_left[node] < 0 {
                    parts.inputs.push(LEAF);
                    parts.leaf_sizes.push(tree.n_node_samples[node]);
                } else {
                    parts.inputs.push(tree.feature[node] as u8);
                    parts.thresholds.push(tree.threshold[node] as f32);
                    nodes.push_back(tree.children_left[node] as usize);
                    nodes.push_back(tree.children_right[node] as usize);
                }
            }
        }
        parts
    }

    fn forest(self, n_samples: usize) -> IsolationForest {
        IsolationForest::from_parts(2, n_samples, self.inputs, self.thresholds, self.leaf_sizes)
            .unwrap()
    }
}

fn block(points: &[[f32; 2]]) -> EncodedBlock {
    let mut block = EncodedBlock::default();
    block.tree.extend((0..2).map(|input| -> Lanes {
        std::array::from_fn(|lane| points[lane.min(points.len() - 1)][input])
    }));
    block
}

fn assert_close(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!(
        (found - expected).abs() <= tolerance,
        "{what}: expected {expected}, found {found}"
    );
}

#[test]
fn average_path_length_is_exact_and_near_scikit_learns_approximation() {
    for PathLength { n, sklearn, exact } in forest_reference().average_path_length {
        let found = average_path_length(n);
        assert_close(found, exact, 1e-12, &format!("c({n})"));
        // scikit-learn takes H(k) = ln k + γ, which is short by less than 1 / 2k; c(n) holds it twice.
        if n > 2 {
            let error = found - sklearn;
            assert!(
                (0.0..1.0 / (n - 1) as f64).contains(&error),
                "c({n}) exceeds scikit-learn's by {error}"
            );
        } else {
            assert_eq!(found, sklearn, "c({n})");
        }
    }
}

#[test]
fn path_lengths_of_scikit_learns_trees() {
    let Forest {
        subsample,
        points,
        trees,
        ..
    } = forest_reference().forest;
    assert!(points.len() <= N_LANES);
    for (index, tree) in trees.iter().enumerate() {
        let forest = Parts::of(std::slice::from_ref(tree)).forest(subsample);
        let scores = forest.score(&block(&points));
        for (lane, expected) in tree.path_length_exact.iter().enumerate() {
            let path = -f64::from(scores[lane]).log2() * average_path_length(subsample);
            assert_close(
                path,
                *expected,
                1e-5,
                &format!("tree {index}, point {lane}"),
            );
        }
    }
}

#[test]
fn scores_of_scikit_learns_forest() {
    let reference = forest_reference().forest;
    let forest = Parts::of(&reference.trees).forest(reference.subsample);
    let scores = forest.score(&block(&reference.points));
    for (lane, expected) in reference.score_exact.iter().enumerate() {
        let found = f64::from(scores[lane]);
        assert_close(found, *expected, 1e-5, &format!("point {lane}"));
        // The harmonic numbers are the only difference, and at 8 points a small one.
        let sklearn = reference.score_sklearn[lane];
        assert_close(found, sklearn, 0.015, &format!("point {lane}, sklearn"));
    }
}

#[test]
fn contributions_sum_to_the_path_of_the_training_points_minus_the_points_own() {
    let reference = forest_reference().forest;
    let forest = Parts::of(&reference.trees).forest(reference.subsample);
    let block = block(&reference.points);
    let mean_path = |point: usize| {
        let paths = reference.trees.iter();
        paths.map(|tree| tree.path_length_exact[point]).sum::<f64>() / reference.trees.len() as f64
    };
    let of_training_points =
        (0..reference.n_train_points).map(mean_path).sum::<f64>() / reference.n_train_points as f64;
    for point in 0..reference.points.len() {
        let sum: f32 = forest.contributions(&block, point).iter().sum();
        assert_close(
            f64::from(sum),
            of_training_points - mean_path(point),
            1e-5,
            &format!("point {point}"),
        );
    }
}

#[derive(Deserialize)]
struct MetricsReference {
    scores: Vec<f32>,
    labels: Vec<u8>,
    roc_auc: f64,
    average_precision: f64,
    roc_curve: RocCurve,
    precision_recall_curve: PrecisionRecallCurve,
    best_f1: BestF1,
    at_threshold: AtThreshold,
}

#[derive(Deserialize)]
struct RocCurve {
    fpr: Vec<f64>,
    tpr: Vec<f64>,
    threshold: Vec<Option<f32>>,
}

#[derive(Deserialize)]
struct PrecisionRecallCurve {
    precision: Vec<f64>,
    recall: Vec<f64>,
    threshold: Vec<f32>,
}

#[derive(Deserialize)]
struct BestF1 {
    threshold: f32,
    f1: f64,
}

#[derive(Deserialize)]
struct AtThreshold {
    threshold: f32,
    precision: f64,
    recall: f64,
    f1: f64,
    accuracy: f64,
    balanced_accuracy: f64,
    matthews_correlation: f64,
    true_positive: u64,
    false_positive: u64,
    true_negative: u64,
    false_negative: u64,
}

const EXACT: f64 = 1e-12;

fn metrics() -> (Ranking, MetricsReference) {
    let reference: MetricsReference = serde_json::from_str(METRICS).unwrap();
    let labels = reference.labels.iter().map(|&label| label == 1);
    let scored = reference.scores.iter().copied().zip(labels).collect();
    (Ranking::new(scored), reference)
}

#[test]
fn areas_under_both_curves() {
    let (ranking, reference) = metrics();
    assert_close(ranking.roc_auc(), reference.roc_auc, EXACT, "ROC AUC");
    assert_close(
        ranking.average_precision(),
        reference.average_precision,
        EXACT,
        "average precision",
    );
}

#[test]
fn every_point_of_both_curves() {
    let (ranking, reference) = metrics();
    // More steps than records: no point is left out.
    let curve = ranking.curve(1000);
    let roc = &reference.roc_curve;
    assert_eq!(curve.len() + 1, roc.threshold.len());
    for (index, point) in curve.iter().enumerate() {
        // scikit-learn starts with a point above every score.
        assert_eq!(Some(point.threshold), roc.threshold[index + 1]);
        let fpr = point.false_positives as f64 / ranking.n_normal() as f64;
        let tpr = point.true_positives as f64 / ranking.n_attacks() as f64;
        assert_close(fpr, roc.fpr[index + 1], EXACT, "false alarms");
        assert_close(tpr, roc.tpr[index + 1], EXACT, "recall");
    }
    let expected = &reference.precision_recall_curve;
    assert_eq!(curve.len(), expected.threshold.len());
    for (index, point) in curve.iter().rev().enumerate() {
        assert_eq!(point.threshold, expected.threshold[index]);
        let confusion = ranking.confusion_at(point.threshold);
        let what = format!("threshold {}", point.threshold);
        assert_close(
            confusion.precision(),
            expected.precision[index],
            EXACT,
            &what,
        );
        assert_close(confusion.recall(), expected.recall[index], EXACT, &what);
    }
}

#[test]
fn best_f1_and_its_threshold() {
    let (ranking, reference) = metrics();
    let (threshold, confusion) = ranking.best_f1().unwrap();
    assert_eq!(threshold, reference.best_f1.threshold);
    assert_close(confusion.f1(), reference.best_f1.f1, EXACT, "best F1");
}

#[test]
fn confusion_at_a_threshold_that_is_a_score() {
    let (ranking, reference) = metrics();
    let expected = reference.at_threshold;
    let confusion = ranking.confusion_at(expected.threshold);
    assert_eq!(
        confusion,
        Confusion {
            true_positives: expected.true_positive,
            false_positives: expected.false_positive,
            true_negatives: expected.true_negative,
            false_negatives: expected.false_negative,
        }
    );
    for (what, found, expected) in [
        ("precision", confusion.precision(), expected.precision),
        ("recall", confusion.recall(), expected.recall),
        ("F1", confusion.f1(), expected.f1),
        ("accuracy", confusion.accuracy(), expected.accuracy),
        (
            "balanced accuracy",
            confusion.balanced_accuracy(),
            expected.balanced_accuracy,
        ),
        (
            "Matthews' correlation",
            confusion.matthews_correlation(),
            expected.matthews_correlation,
        ),
    ] {
        assert_close(found, expected, EXACT, what);
    }
}

/// Between two of scikit-learn's points recall lies on the straight line, at one of them it is the highest there.
#[test]
fn recall_at_false_alarm_rates() {
    let (ranking, reference) = metrics();
    let roc = &reference.roc_curve;
    for step in 0..=1040 {
        let rate = f64::from(step) / 1040.0;
        let last = roc.fpr.partition_point(|&fpr| fpr <= rate + 1e-12) - 1;
        let expected = match roc.fpr.get(last + 1) {
            None => 1.0,
            Some(next) => {
                let share = (rate - roc.fpr[last]) / (next - roc.fpr[last]);
                roc.tpr[last] + share * (roc.tpr[last + 1] - roc.tpr[last])
            }
        };
        let what = format!("recall at {rate}");
        assert_close(ranking.recall_at(rate), expected, 1e-9, &what);
    }
}

#[test]
fn precision_at_recalls() {
    let (ranking, reference) = metrics();
    let curve = &reference.precision_recall_curve;
    for step in 1..=100 {
        let recall = f64::from(step) / 100.0;
        // scikit-learn's recalls fall while its thresholds rise.
        let highest = (0..curve.threshold.len())
            .rfind(|&index| curve.recall[index] + 1e-12 >= recall)
            .unwrap();
        let what = format!("precision at {recall}");
        assert_close(
            ranking.precision_at(recall),
            curve.precision[highest],
            EXACT,
            &what,
        );
    }
}

#[test]
fn confusion_at_the_share_of_attacks() {
    let (ranking, reference) = metrics();
    let mut descending = reference.scores.clone();
    descending.sort_unstable_by(|a, b| b.total_cmp(a));
    let threshold = descending[ranking.n_attacks() as usize - 1];
    let curve = &reference.precision_recall_curve;
    let index = curve
        .threshold
        .iter()
        .position(|&other| other == threshold)
        .unwrap();
    let confusion = ranking.confusion_at_ratio();
    assert_close(
        confusion.precision(),
        curve.precision[index],
        EXACT,
        "precision",
    );
    assert_close(confusion.recall(), curve.recall[index], EXACT, "recall");
}
