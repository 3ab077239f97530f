//! The density against scikit-learn and SciPy, and what it does at the edges.
//!
//! The numbers come from benches/peers/density_reference.py, whose JSON names the versions.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use models::density::{Density, DensityParams, DensityStructure, Surprise};
use models::preprocess::{EncodedBlock, Lanes, N_LANES, Preprocess};
use models::record::{RecordBatch, UNSEEN, Vocabulary};
use models::schema::{FeatureKind, View};
use serde::Deserialize;

const REFERENCE: &str = include_str!("../../benches/peers/density_reference.json");

#[derive(Deserialize)]
struct Reference {
    back_off_rows: f64,
    rows: Vec<[f32; 5]>,
    probes: Vec<[f32; 5]>,
    parents: Vec<i64>,
    log_likelihood: Vec<f32>,
    tail: Vec<f32>,
    histogram: Vec<f32>,
}

fn form_batch(rows: &[[f32; 5]]) -> RecordBatch {
    let mut batch = RecordBatch::new(View::Kdd5);
    for row in rows {
        for (column, &value) in row.iter().enumerate() {
            batch.push_number(column, value);
        }
    }
    batch
}

struct Fitted {
    preprocess: Preprocess,
    density: Density,
}

impl Fitted {
    fn new(rows: &[[f32; 5]], params: &DensityParams) -> Self {
        let batch = form_batch(rows);
        let all: Vec<usize> = (0..rows.len()).collect();
        let preprocess = Preprocess::fit(&batch, &[], &all);
        let density = Density::fit(&batch, &preprocess, &all, params).unwrap();
        Self {
            preprocess,
            density,
        }
    }

    fn block(&self, rows: &[[f32; 5]]) -> EncodedBlock {
        let indices: Vec<usize> = (0..rows.len()).collect();
        let mut block = EncodedBlock::default();
        self.preprocess
            .encode(&form_batch(rows), &indices, &mut block);
        block
    }

    fn score(&self, rows: &[[f32; 5]]) -> Lanes {
        self.density.score(&self.block(rows))
    }
}

/// Every value a bin of its own, no allowance: what the reference computes.
fn reference_params(structure: DensityStructure, surprise: Surprise) -> DensityParams {
    DensityParams {
        structure,
        surprise,
        allowance: 0.0,
        max_bin_span: 100.0,
        frequent_share: 0.001,
        back_off_rows: reference().back_off_rows,
        ..DensityParams::default()
    }
}

fn reference() -> Reference {
    serde_json::from_str(REFERENCE).unwrap()
}

fn assert_scores(params: &DensityParams, expected: &[f32]) {
    let Reference { rows, probes, .. } = reference();
    assert!(probes.len() <= N_LANES);
    let scores = Fitted::new(&rows, params).score(&probes);
    for (found, expected) in scores.iter().zip(expected) {
        // Five tables, each rounded to 1 / 256 nat.
        assert!(
            (found - expected).abs() <= 5.0 / 512.0 + 1e-4,
            "expected {expected}, found {found}"
        );
    }
}

#[test]
fn the_tree_is_scipys_maximum_spanning_tree_of_scikit_learns_information() {
    let params = reference_params(DensityStructure::ChowLiu, Surprise::Probability);
    let fitted = Fitted::new(&reference().rows, &params);
    let parents: Vec<i64> = fitted
        .density
        .edges()
        .map(|(_, parent)| parent.map_or(-1, |parent| parent as i64))
        .collect();
    assert_eq!(parents, reference().parents);
}

#[test]
fn the_score_of_a_tree_is_the_log_likelihood() {
    let params = reference_params(DensityStructure::ChowLiu, Surprise::Probability);
    assert_scores(&params, &reference().log_likelihood);
}

#[test]
fn marginals_are_a_histogram() {
    let params = reference_params(DensityStructure::Marginals, Surprise::Probability);
    assert_scores(&params, &reference().histogram);
}

/// The reference orders bins by probability, as the density does for rates; bins of counts it also weighs by their width.
#[test]
fn tails_are_those_of_the_reference_where_all_bins_are_as_wide() {
    let Reference {
        rows, probes, tail, ..
    } = reference();
    let view = View::Kdd41;
    let rates: Vec<usize> = (0..41)
        .filter(|&column| view.features().nth(column).unwrap().kind == FeatureKind::Rate)
        .take(5)
        .collect();
    let widen = |rows: &[[f32; 5]]| {
        let mut batch = RecordBatch::new(view);
        for row in rows {
            for (column, feature) in view.features().enumerate() {
                match rates.iter().position(|&rate| rate == column) {
                    Some(position) => batch.push_number(column, row[position]),
                    None if feature.kind == FeatureKind::Category => batch.push_code(column, 0),
                    None => batch.push_number(column, 0.0),
                }
            }
        }
        batch
    };
    let words = vec![Vocabulary::new(vec!["a".into()]); 3];
    let (train, probes) = (widen(&rows), widen(&probes));
    let all: Vec<usize> = (0..train.n_rows()).collect();
    let preprocess = Preprocess::fit(&train, &words, &all);
    let params = reference_params(DensityStructure::ChowLiu, Surprise::Tail);
    let density = Density::fit(&train, &preprocess, &all, &params).unwrap();
    let mut block = EncodedBlock::default();
    let indices: Vec<usize> = (0..probes.n_rows()).collect();
    preprocess.encode(&probes, &indices, &mut block);
    for (found, expected) in density.score(&block).iter().zip(&tail) {
        assert!(
            (found - expected).abs() <= 5.0 / 512.0 + 1e-4,
            "expected {expected}, found {found}"
        );
    }
}

fn shipped_params() -> [DensityParams; 3] {
    [
        DensityParams::for_view(View::Kdd41),
        DensityParams::for_view(View::Kdd5),
        DensityParams::histogram(),
    ]
}

#[test]
fn contributions_sum_to_the_score_exactly() {
    let Reference { rows, probes, .. } = reference();
    for params in shipped_params() {
        let fitted = Fitted::new(&rows, &params);
        let block = fitted.block(&probes);
        let scores = fitted.density.score(&block);
        for (lane, score) in scores.iter().enumerate() {
            let contributions = fitted.density.contributions(&block, lane);
            assert_eq!(contributions.base, 0.0);
            assert_eq!(contributions.by_feature.len(), 5);
            assert_eq!(contributions.by_feature.iter().sum::<f32>(), *score);
        }
    }
}

#[test]
fn a_value_beyond_all_others_and_a_new_combination_are_surprising() {
    // Duration and src_bytes go together; the others are constant.
    let rows: Vec<[f32; 5]> = (0..400)
        .map(|row| [[0.0, 10.0, 0.0, 1.0, 1.0], [9.0, 90.0, 0.0, 1.0, 1.0]][row % 2])
        .collect();
    let fitted = Fitted::new(&rows, &DensityParams::default());
    let probes = [
        [0.0, 10.0, 0.0, 1.0, 1.0],
        [0.0, 90.0, 0.0, 1.0, 1.0],
        [0.0, 10.0, 0.0, 511.0, 1.0],
    ];
    let block = fitted.block(&probes);
    let scores = fitted.density.score(&block);
    assert_eq!(scores[0], 0.0);
    assert!(scores[1] > 2.0, "{}", scores[1]);
    assert!(scores[2] > 2.0, "{}", scores[2]);
    let contributions = fitted.density.contributions(&block, 2);
    assert_eq!(contributions.by_feature[3], scores[2]);
}

#[test]
fn an_unseen_category_is_surprising() {
    let mut batch = RecordBatch::new(View::Kdd41);
    let mut push = |code: u32| {
        for (column, feature) in View::Kdd41.features().enumerate() {
            match feature.kind {
                FeatureKind::Category => {
                    batch.push_code(column, if column == 2 { code } else { 0 })
                }
                _ => batch.push_number(column, 0.0),
            }
        }
    };
    (0..100).for_each(|row| push(row % 2));
    push(UNSEEN);
    let words = vec![Vocabulary::new(vec!["a".into(), "b".into()]); 3];
    let all: Vec<usize> = (0..100).collect();
    let preprocess = Preprocess::fit(&batch, &words, &all);
    let recoded = preprocess.recode(&batch, &words);
    let params = DensityParams::default();
    let density = Density::fit(&recoded, &preprocess, &all, &params).unwrap();
    let mut block = EncodedBlock::default();
    preprocess.encode(&recoded, &[0, 100], &mut block);
    let scores = density.score(&block);
    assert_eq!(scores[0], 0.0);
    assert!(scores[1] > 1.0, "{}", scores[1]);
    assert_eq!(density.contributions(&block, 1).by_feature[2], scores[1]);
}

#[test]
fn one_row_and_constant_rows_are_ordinary_and_all_else_is_not() {
    for params in shipped_params() {
        for n_rows in [1, 50] {
            let usual = [1.0, 20.0, 300.0, 4.0, 5.0];
            let fitted = Fitted::new(&vec![usual; n_rows], &params);
            let scores = fitted.score(&[usual, [7.0, 0.0, 1e9, 511.0, 511.0]]);
            assert!(scores.iter().all(|score| score.is_finite()));
            assert!(scores[1] >= scores[0], "{scores:?}");
        }
    }
}

#[test]
fn same_rows_same_density() {
    let rows = reference().rows;
    for params in shipped_params() {
        assert_eq!(
            Fitted::new(&rows, &params).density,
            Fitted::new(&rows, &params).density
        );
    }
}

#[test]
fn says_what_is_wrong_with_rows_and_parameters() {
    let batch = form_batch(&reference().rows);
    let preprocess = Preprocess::fit(&batch, &[], &[0, 1]);
    let params = DensityParams::default();
    let error = Density::fit(&batch, &preprocess, &[], &params).unwrap_err();
    assert_eq!(
        error,
        "density: expected at least 1 normal record to fit, found 0"
    );
    let wide = RecordBatch::new(View::Kdd41);
    let error = Density::fit(&wide, &preprocess, &[0], &params).unwrap_err();
    assert_eq!(error, "density: expected records of view kdd5, found kdd41");
    for params in [
        DensityParams {
            n_bins: 1,
            ..DensityParams::default()
        },
        DensityParams {
            back_off_rows: f64::NAN,
            ..DensityParams::default()
        },
    ] {
        assert!(Density::fit(&batch, &preprocess, &[0], &params).is_err());
    }
}
