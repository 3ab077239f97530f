//! The supervised forest from outside: reproducible, as good as scikit-learn's out of bag, clear about what cannot be learnt.

use models::random::Random;
use models::random_forest::{RandomForest, RandomForestParams};
use models::schema::FeatureKind;
use serde::Deserialize;

/// From benches/peers/random_forest_reference.py, with the versions used.
const REFERENCE: &str = include_str!("../../benches/peers/random_forest_reference.json");

#[derive(Deserialize)]
struct Reference {
    features: Vec<Vec<f32>>,
    is_attack: Vec<bool>,
    out_of_bag: OutOfBagReference,
}

#[derive(Deserialize)]
struct OutOfBagReference {
    n_trees: usize,
    accuracy: f64,
    roc_auc: f64,
}

fn params() -> RandomForestParams {
    RandomForestParams {
        n_trees: 20,
        min_leaf_weight: 0.0,
        ..RandomForestParams::default()
    }
}

/// Counts and a category; the third column is constant, the last noise.
fn table(n_rows: usize) -> (Vec<Vec<f32>>, Vec<bool>) {
    let mut random = Random::new(8, 0);
    let is_attack: Vec<bool> = (0..n_rows).map(|row| row % 2 == 1).collect();
    let mut column = |value: &dyn Fn(&mut Random, bool) -> f32| -> Vec<f32> {
        let values = is_attack.iter();
        values
            .map(|&is_attack| value(&mut random, is_attack))
            .collect()
    };
    let features = vec![
        column(&|random, is_attack| random.below(if is_attack { 500 } else { 60 }) as f32),
        column(&|random, is_attack| (random.below(5) + 2 * usize::from(is_attack)) as f32 - 1.0),
        column(&|_, _| 7.0),
        column(&|random, _| random.below(100) as f32),
    ];
    (features, is_attack)
}

const KINDS: [FeatureKind; 4] = [
    FeatureKind::Count,
    FeatureKind::Category,
    FeatureKind::Flag,
    FeatureKind::Count,
];

fn fit(
    features: &[Vec<f32>],
    is_attack: &[bool],
    params: &RandomForestParams,
) -> Result<RandomForest, String> {
    let weights = vec![1.0; is_attack.len()];
    RandomForest::fit(
        features,
        &KINDS[..features.len()],
        is_attack,
        &weights,
        params,
    )
    .map(|(forest, _)| forest)
}

#[test]
fn out_of_bag_figures_are_near_those_of_scikit_learn() {
    let reference: Reference = serde_json::from_str(REFERENCE).unwrap();
    let expected = reference.out_of_bag;
    let params = RandomForestParams {
        n_trees: expected.n_trees,
        ..params()
    };
    let n_rows = reference.is_attack.len();
    let kinds = vec![FeatureKind::Count; reference.features.len()];
    let (_, out_of_bag) = RandomForest::fit(
        &reference.features,
        &kinds,
        &reference.is_attack,
        &vec![1.0; n_rows],
        &params,
    )
    .unwrap();
    assert!(out_of_bag.scores.iter().all(Option::is_some));
    let ranking = out_of_bag.ranking(&reference.is_attack);
    let (area, accuracy) = (ranking.roc_auc(), ranking.confusion_at(0.5).accuracy());
    assert!(
        (area - expected.roc_auc).abs() < 0.02,
        "AUROC {area}, scikit-learn {}",
        expected.roc_auc
    );
    assert!(
        (accuracy - expected.accuracy).abs() < 0.03,
        "accuracy {accuracy}, scikit-learn {}",
        expected.accuracy
    );
}

#[test]
fn same_seed_same_forest() {
    let (features, is_attack) = table(400);
    let forest = fit(&features, &is_attack, &params()).unwrap();
    assert_eq!(fit(&features, &is_attack, &params()).unwrap(), forest);
    let other = RandomForestParams {
        seed: 43,
        ..params()
    };
    assert_ne!(fit(&features, &is_attack, &other).unwrap(), forest);
}

#[test]
fn a_weight_counts_like_that_many_copies_in_the_shares() {
    let (features, is_attack) = table(200);
    let weights: Vec<f32> = is_attack
        .iter()
        .map(|&is_attack| if is_attack { 9.0 } else { 1.0 })
        .collect();
    let stump = RandomForestParams {
        n_trees: 200,
        max_depth: 1,
        ..params()
    };
    let (weighted, _) = RandomForest::fit(&features, &KINDS, &is_attack, &weights, &stump).unwrap();
    let plain = fit(&features, &is_attack, &stump).unwrap();
    let row: Vec<Vec<f32>> = [30.0, 2.0, 7.0, 50.0].map(|value| vec![value]).to_vec();
    assert!(weighted.scores(&row).unwrap()[0] > plain.scores(&row).unwrap()[0] + 0.1);
}

#[test]
fn constant_features_are_never_used() {
    let (features, is_attack) = table(400);
    let forest = fit(&features, &is_attack, &params()).unwrap();
    assert_eq!(forest.importance()[2], 0.0);
    let sum: f32 = forest.importance().iter().sum();
    assert!((sum - 1.0).abs() < 1e-5, "{sum}");
}

#[test]
fn permutation_finds_what_matters() {
    let (features, is_attack) = table(1_000);
    let forest = fit(&features, &is_attack, &params()).unwrap();
    let importance = forest
        .permutation_importance(&features, &is_attack, 1, 3)
        .unwrap();
    assert!(
        importance[0] > 0.1 && importance[1] > 0.01,
        "{importance:?}"
    );
    assert!(importance[0] > importance[1], "{importance:?}");
    assert_eq!(importance[2], 0.0);
    assert!(
        forest
            .permutation_importance(&features, &is_attack[1..], 1, 3)
            .is_err()
    );
    assert!(
        forest
            .permutation_importance(&features[1..], &is_attack, 1, 3)
            .is_err()
    );
}

#[test]
fn probability_rises_with_the_score_and_is_never_certain() {
    let (features, is_attack) = table(2_000);
    let forest = fit(&features, &is_attack, &params()).unwrap();
    let along: Vec<f32> = (0..=1_000)
        .map(|i| forest.probability(i as f32 / 1_000.0))
        .collect();
    assert!(along.windows(2).all(|pair| pair[0] <= pair[1]));
    assert!(along[0] > 0.0 && along[0] < 0.1 && along[1_000] > 0.9 && along[1_000] < 1.0);
}

#[test]
fn scores_one_row_and_none() {
    let (features, is_attack) = table(400);
    let forest = fit(&features, &is_attack, &params()).unwrap();
    let row: Vec<Vec<f32>> = [400.0, 5.0, 7.0, 1.0].map(|value| vec![value]).to_vec();
    assert!(forest.scores(&row).unwrap()[0] > 0.9);
    assert!(forest.scores(&vec![Vec::new(); 4]).unwrap().is_empty());
    assert!(
        forest
            .scores(&row[1..])
            .unwrap_err()
            .contains("expected 4 features")
    );
}

#[test]
fn says_what_cannot_be_learnt_from() {
    let (features, is_attack) = table(100);
    let problem = |features: &[Vec<f32>], is_attack: &[bool], params: &RandomForestParams| {
        fit(features, is_attack, params).unwrap_err()
    };
    let first = |n: usize| -> Vec<Vec<f32>> {
        features.iter().map(|column| column[..n].to_vec()).collect()
    };
    assert!(problem(&first(3), &is_attack[..3], &params()).contains("at least 16 rows"));
    assert!(problem(&first(0), &[], &params()).contains("at least 16 rows"));
    assert!(problem(&features, &[true; 100], &params()).contains("found 0 and 100"));
    assert!(
        problem(&vec![vec![1.0; 100]; 4], &is_attack, &params()).contains("same value in all rows")
    );
    assert!(problem(&first(99), &is_attack, &params()).contains("100 values of every feature"));
    let mut hole = features.clone();
    hole[3][5] = f32::NAN;
    assert!(problem(&hole, &is_attack, &params()).contains("row 5, feature 3"));
    hole[3][5] = 0.0;
    hole[1][6] = 1e30;
    assert!(problem(&hole, &is_attack, &params()).contains("row 6, feature 1"));
    for wrong in [
        RandomForestParams {
            n_trees: 0,
            ..params()
        },
        RandomForestParams {
            max_leaves: 1,
            ..params()
        },
        RandomForestParams {
            max_depth: 0,
            ..params()
        },
        RandomForestParams {
            n_candidates: Some(0),
            ..params()
        },
        RandomForestParams {
            min_leaf_weight: f32::NAN,
            ..params()
        },
    ] {
        assert!(problem(&features, &is_attack, &wrong).contains("expected 1 to 1000 trees"));
    }
    let weights = vec![0.0; 100];
    let refused = RandomForest::fit(&features, &KINDS, &is_attack, &weights, &params());
    assert!(refused.unwrap_err().contains("weights above 0"));
}
