//! Scores, explanations and cuts on toy data, and what is refused.

use super::*;
use crate::artifact::ArtifactError;
use crate::record::{RecordBatch, Vocabulary};
use crate::tensors::{TensorList, Tensors};

fn columns() -> Vec<Vec<f32>> {
    let mut random = Random::new(11, 0);
    (0..3)
        .map(|_| (0..500).map(|_| random.normal() as f32).collect())
        .collect()
}

fn block(row: &[f32]) -> EncodedBlock {
    EncodedBlock {
        tree: row.iter().map(|&value| [value; N_LANES]).collect(),
        ..EncodedBlock::default()
    }
}

fn deep() -> IsolationForestParams {
    IsolationForestParams {
        n_trees: 20,
        ..IsolationForestParams::for_view(View::Kdd41)
    }
}

#[test]
fn an_outlier_scores_higher_than_the_middle() {
    for params in [IsolationForestParams::classic(), deep()] {
        let forest = IsolationForest::fit(&columns(), &params);
        let (middle, outlier) = (
            forest.score(&block(&[0.0; 3]))[0],
            forest.score(&block(&[6.0, -6.0, 6.0]))[0],
        );
        assert!(middle < 0.5 && outlier > 0.65, "{middle} {outlier}");
    }
}

#[test]
fn base_and_contributions_sum_to_minus_the_path_length() {
    for params in [IsolationForestParams::classic(), deep()] {
        let forest = IsolationForest::fit(&columns(), &params);
        let block = block(&[3.0, 0.0, 0.0]);
        let contributions = forest.contributions(&block, 0);
        let total = forest.base() + contributions.iter().sum::<f32>();
        let explained = forest.explained(forest.score(&block)[0]);
        assert!((total - explained).abs() < 1e-3, "{total} {explained}");
        assert!(contributions[0] > contributions[1]);
    }
}

#[test]
fn lanes_do_not_depend_on_each_other() {
    let forest = IsolationForest::fit(&columns(), &deep());
    let mut mixed = block(&[0.0; 3]);
    for (lane, value) in mixed.tree[0].iter_mut().enumerate() {
        *value = lane as f32 - 8.0;
    }
    let scores = forest.score(&mixed);
    for (lane, score) in scores.into_iter().enumerate() {
        let alone = forest.score(&block(&[lane as f32 - 8.0, 0.0, 0.0]));
        assert_eq!(alone, [score; N_LANES]);
    }
}

#[test]
fn constant_columns_or_one_row_make_one_leaf_and_average_scores() {
    for columns in [vec![vec![1.0; 100]; 2], vec![vec![1.0]; 2], vec![vec![]; 2]] {
        for params in [IsolationForestParams::classic(), deep()] {
            let forest = IsolationForest::fit(&columns, &params);
            assert_eq!(forest.inputs(), vec![LEAF; params.n_trees]);
            assert!((forest.score(&block(&[9.0; 2]))[0] - 0.5).abs() < 1e-6);
            assert_eq!(forest.contributions(&block(&[9.0; 2]), 0), [0.0; 2]);
        }
    }
}

#[test]
fn the_pooled_gain_cuts_between_two_clusters() {
    let mut random = Random::new(5, 0);
    let near = |centre: f32, random: &mut Random| centre + random.normal() as f32;
    let column: Vec<f32> = (0..400)
        .map(|row| near(if row < 100 { 0.0 } else { 100.0 }, &mut random))
        .collect();
    let params = IsolationForestParams {
        n_trees: 20,
        pooled_gain_share: 1.0,
        ..deep()
    };
    let forest = IsolationForest::fit(&[column], &params);
    for &root in &forest.walkable.roots {
        let threshold = forest.walkable.nodes[root].threshold();
        assert!((10.0..90.0).contains(&threshold), "{threshold}");
    }
}

#[test]
fn a_category_is_cut_off_from_the_rest() {
    // Every number is usual; the middle code is rare.
    let codes: Vec<f32> = (0..300).map(|row| [0.0, 2.0][row % 2]).collect();
    let codes = [&codes[..], &[1.0]].concat();
    let categories = [CategoryColumn { feature: 1, codes }];
    let forest = IsolationForest::fit_with_categories(&[vec![0.0; 301]], &categories, &deep());
    let score = |code: f32| {
        let mut block = block(&[0.0]);
        block.features = vec![[0.0; N_LANES], [code; N_LANES]];
        let contributions = forest.contributions(&block, 0);
        assert_eq!(contributions[0], 0.0, "a constant input is not cut");
        forest.score(&block)[0]
    };
    assert!(score(1.0) > 0.6, "{}", score(1.0));
    assert!(score(0.0) < 0.5 && score(2.0) < 0.5);
    let classic = IsolationForest::fit_with_categories(
        &[vec![0.0; 301]],
        &categories,
        &IsolationForestParams::classic(),
    );
    assert_eq!(classic.n_inputs(), 1, "categories are left out");
}

#[test]
fn same_seed_same_forest() {
    let fit = |seed| IsolationForest::fit(&columns(), &IsolationForestParams { seed, ..deep() });
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1), fit(2));
}

#[test]
fn all_cuts_have_rows_on_both_sides_when_values_are_close() {
    let column: Vec<f32> = (0..64).map(|row| 1.0 + row as f32 * f32::EPSILON).collect();
    let params = IsolationForestParams {
        min_cut_rows: 2,
        max_depth: Some(MAX_DEPTH),
        ..deep()
    };
    let forest = IsolationForest::fit(&[column], &params);
    assert!(forest.leaf_sizes().iter().all(|&size| size == 1));
}

/// Inputs, cuts and leaf sizes.
type Parts = (Vec<u8>, Vec<f32>, Vec<u16>);

fn parts(forest: &IsolationForest) -> Parts {
    (
        forest.inputs.clone(),
        forest.thresholds.clone(),
        forest.leaf_sizes.clone(),
    )
}

#[test]
fn parts_rebuild_the_forest() {
    for params in [IsolationForestParams::classic(), deep()] {
        let forest = IsolationForest::fit(&columns(), &params);
        let (inputs, thresholds, leaf_sizes) = parts(&forest);
        let n_samples = forest.n_samples();
        let rebuilt = IsolationForest::from_parts(3, n_samples, inputs, thresholds, leaf_sizes);
        assert_eq!(rebuilt, Ok(forest));
    }
}

#[test]
fn refuses_parts_that_are_no_trees() {
    let forest = IsolationForest::fit(&columns(), &deep());
    let refuses = |change: &dyn Fn(&mut Parts), why: &str| {
        let mut parts = parts(&forest);
        change(&mut parts);
        let (inputs, thresholds, leaf_sizes) = parts;
        let n_samples = forest.n_samples();
        let read = IsolationForest::from_parts(3, n_samples, inputs, thresholds, leaf_sizes);
        assert!(read.is_err(), "{why}");
    };
    refuses(&|parts| parts.0[0] = 3, "an input beyond the view");
    refuses(&|parts| parts.1[0] = f32::NAN, "a cut that is not a number");
    refuses(&|parts| parts.1[0] = f32::INFINITY, "an infinite cut");
    refuses(&|parts| parts.1.truncate(1), "missing cuts");
    refuses(&|parts| parts.2[0] += 1, "a leaf of one row too many");
    refuses(&|parts| parts.2.fill(u16::MAX), "overfull leaves");
    refuses(&|parts| parts.2.fill(0), "empty leaves");
    refuses(
        &|parts| {
            parts.0.pop();
            parts.2.pop();
        },
        "a missing leaf",
    );
    refuses(
        &|parts| {
            let root_of_second = forest.walkable.roots[1];
            parts.0.swap(root_of_second - 1, 0);
        },
        "a leaf at the root",
    );
    refuses(&|parts| *parts = Default::default(), "no trees");
    let chain = |n_cuts: usize| {
        let mut inputs = vec![0];
        inputs.extend([LEAF, 0].repeat(n_cuts - 1));
        inputs.extend([LEAF; 2]);
        let mut sizes = vec![1; n_cuts + 1];
        sizes[0] = 1000 - n_cuts as u16;
        IsolationForest::from_parts(1, 1000, inputs, vec![0.0; n_cuts], sizes)
    };
    assert!(chain(64).is_ok());
    assert!(chain(65).is_err(), "too many cuts one after another");
}

/// Fitted on a small table of all features.
fn preprocess() -> Preprocess {
    let mut batch = RecordBatch::new(View::Kdd41);
    let words = Vocabulary::new(["a", "b"].map(str::to_owned).to_vec());
    for row in 0..40 {
        for (column, feature) in View::Kdd41.features().enumerate() {
            match feature.kind {
                crate::schema::FeatureKind::Category => batch.push_code(column, row % 2),
                _ => batch.push_number(column, row as f32),
            }
        }
    }
    Preprocess::fit(
        &batch,
        &[words.clone(), words.clone(), words],
        &(0..40).collect::<Vec<_>>(),
    )
}

fn forest_of(preprocess: &Preprocess) -> IsolationForest {
    let mut random = Random::new(3, 0);
    let n_inputs = preprocess.tree_inputs().len();
    let columns: Vec<Vec<f32>> = (0..n_inputs)
        .map(|_| (0..300).map(|_| random.normal() as f32).collect())
        .collect();
    let categories = [1, 3].map(|feature| CategoryColumn {
        feature,
        codes: (0..300).map(|row| (row % 2) as f32).collect(),
    });
    let params = IsolationForestParams {
        min_cut_rows: 2,
        ..deep()
    };
    IsolationForest::fit_with_categories(&columns, &categories, &params)
}

fn store_and_load(
    forest: &IsolationForest,
    preprocess: &Preprocess,
    change: impl Fn(&mut serde_json::Value),
) -> Result<IsolationForest, ArtifactError> {
    let mut tensors = TensorList::default();
    let mut settings = serde_json::to_value(forest.store(&mut tensors)).expect("written");
    change(&mut settings);
    let bytes = safetensors::serialize(tensors.iter(), None).expect("written");
    let file = safetensors::SafeTensors::deserialize(&bytes).expect("read");
    let stored = serde_json::from_value(settings).expect("settings of the right types");
    IsolationForest::load(stored, &Tensors::new(&file), preprocess)
}

#[test]
fn what_was_stored_is_loaded() {
    let preprocess = preprocess();
    let forest = forest_of(&preprocess);
    let loaded = store_and_load(&forest, &preprocess, |_| ()).expect("whole");
    assert_eq!(loaded, forest);
}

#[test]
fn refuses_category_features_that_are_not() {
    let preprocess = preprocess();
    let forest = forest_of(&preprocess);
    for features in [vec![0, 3], vec![1, 41], vec![1; 100], vec![1]] {
        let loaded = store_and_load(&forest, &preprocess, |settings| {
            settings["category_features"] = features.clone().into();
        });
        assert!(loaded.is_err(), "{features:?}");
    }
}

#[test]
fn contributions_by_feature_sum_to_what_is_explained() {
    let preprocess = preprocess();
    let forest = forest_of(&preprocess);
    let n_features = preprocess.view().n_features();
    let mut block = block(&vec![1.5; preprocess.tree_inputs().len()]);
    block.features = vec![[1.0; N_LANES]; n_features];
    let contributions = forest.contributions_by_feature(&preprocess, &block, 0);
    assert_eq!(contributions.by_feature.len(), n_features);
    let explained = forest.explained(forest.score(&block)[0]);
    let total = contributions.total();
    assert!((total - explained).abs() < 1e-3, "{total} {explained}");
}
