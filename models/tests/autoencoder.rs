//! The autoencoder: scores as in PyTorch, explanations that add up, fits that repeat.
//!
//! The reference numbers come from benches/peers/autoencoder_reference.py, whose JSON names the version.

use models::autoencoder::{
    Activation, Autoencoder, AutoencoderParams, HiddenLayer, Layer, NetworkScratch, TrainingCurve,
};
use models::preprocess::{EncodedBlock, Lanes, N_LANES};
use models::random::Random;
use ndarray::{Array1, Array2};
use serde::Deserialize;

const REFERENCE: &str = include_str!("../../benches/peers/autoencoder_reference.json");

#[derive(Deserialize)]
struct Reference {
    rows: Vec<Vec<f32>>,
    precision: Vec<f32>,
    plain: Case,
    normalized: Case,
}

#[derive(Deserialize)]
struct Case {
    layers: Vec<ReferenceLayer>,
    scores: Vec<f32>,
}

#[derive(Deserialize)]
struct ReferenceLayer {
    weights: Vec<Vec<f32>>,
    bias: Vec<f32>,
}

impl Case {
    /// The layers, rectified but for the last.
    fn layers(&self) -> Vec<Layer> {
        let last = self.layers.len() - 1;
        self.layers
            .iter()
            .enumerate()
            .map(|(index, layer)| Layer {
                weights: Array2::from_shape_fn(
                    (layer.weights.len(), layer.weights[0].len()),
                    |at| layer.weights[at.0][at.1],
                ),
                bias: Array1::from(layer.bias.clone()),
                activation: if index == last {
                    Activation::Linear
                } else {
                    Activation::Rectified
                },
            })
            .collect()
    }
}

/// A block of up to 16 rows; lanes beyond them are zero.
fn block_of(rows: &[Vec<f32>]) -> EncodedBlock {
    let mut block = EncodedBlock::default();
    for input in 0..rows[0].len() {
        let mut lanes: Lanes = [0.0; N_LANES];
        for (lane, row) in lanes.iter_mut().zip(rows) {
            *lane = row[input];
        }
        block.network.push(lanes);
    }
    block
}

fn score_of(network: &Autoencoder, row: &[f32]) -> f32 {
    network.score(&block_of(&[row.to_vec()]), &mut NetworkScratch::default())[0]
}

/// Rows near a line in three dimensions, and one input that never varies.
fn near_a_line(n: usize, seed: u64) -> Array2<f32> {
    let mut random = Random::new(seed, 0);
    let mut rows = Array2::zeros((n, 4));
    for mut row in rows.outer_iter_mut() {
        let along = random.normal() as f32;
        for (input, slope) in [1.0, -0.5, 2.0].into_iter().enumerate() {
            row[input] = slope * along + 0.05 * random.normal() as f32;
        }
    }
    rows
}

fn small() -> AutoencoderParams {
    AutoencoderParams {
        hidden: vec![
            HiddenLayer::rectified(12),
            HiddenLayer::linear(1),
            HiddenLayer::rectified(12),
        ],
        n_epochs: 20,
        batch_size: 32,
        learning_rate: 0.01,
        n_networks: 1,
        input_noise: 0.0,
        ..AutoencoderParams::default()
    }
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn fit(params: &AutoencoderParams) -> (Autoencoder, TrainingCurve) {
    Autoencoder::fit(&near_a_line(800, 1), &near_a_line(200, 2), params).unwrap()
}

#[test]
fn scores_as_pytorch_does() {
    let reference: Reference = serde_json::from_str(REFERENCE).unwrap();
    for case in [&reference.plain, &reference.normalized] {
        let network = Autoencoder::from_parts(case.layers(), reference.precision.clone()).unwrap();
        let scores = network.score(&block_of(&reference.rows), &mut NetworkScratch::default());
        for (score, expected) in scores.iter().zip(&case.scores) {
            assert!((score - expected).abs() < 1e-5, "{score} {expected}");
        }
    }
}

#[test]
fn averages_the_weighted_squares_of_several_networks() {
    let reference: Reference = serde_json::from_str(REFERENCE).unwrap();
    let precision = [&reference.precision[..], &reference.precision[..]].concat();
    let mut layers = reference.plain.layers();
    layers.extend(reference.normalized.layers());
    let both = Autoencoder::from_parts(layers, precision).unwrap();
    assert_eq!((both.n_networks(), both.n_inputs()), (2, 3));
    let scores = both.score(&block_of(&reference.rows), &mut NetworkScratch::default());
    for (lane, score) in scores[..reference.rows.len()].iter().enumerate() {
        let mean = f32::midpoint(
            reference.plain.scores[lane].exp(),
            reference.normalized.scores[lane].exp(),
        );
        assert!((score - mean.ln()).abs() < 1e-5, "{score} {}", mean.ln());
    }
}

#[test]
fn contributions_sum_to_the_exponential_of_the_score_less_one() {
    let params = AutoencoderParams {
        n_networks: 3,
        n_epochs: 2,
        ..small()
    };
    let (network, _) = fit(&params);
    let block = block_of(&[vec![1.0, -0.5, 2.0, 0.0], vec![3.0, 3.0, -1.0, 0.5]]);
    let mut scratch = NetworkScratch::default();
    let scores = network.score(&block, &mut scratch);
    for (lane, score) in scores[..2].iter().enumerate() {
        let shares = network.contributions(&block, lane, &mut scratch);
        assert_eq!(shares.len(), 4);
        let total: f32 = shares.iter().sum();
        assert!((total - score.exp_m1()).abs() < 1e-4 * (1.0 + total));
    }
}

#[test]
fn what_lies_off_the_learned_line_is_odd() {
    let (network, curve) = fit(&small());
    assert!(curve.validation[curve.validation.len() - 1] < 0.05 * curve.training[0].max(0.2));
    let normal = score_of(&network, &[1.0, -0.5, 2.0, 0.0]);
    assert!(normal < score_of(&network, &[1.0, 0.5, 2.0, 0.0]));
    assert!(
        normal < score_of(&network, &[1.0, -0.5, 2.0, 0.5]),
        "an input that never varied now does"
    );
}

#[test]
fn each_kind_of_noise_still_learns_and_repeats_bit_by_bit() {
    let variants = [
        AutoencoderParams {
            input_noise: 0.1,
            ..small()
        },
        AutoencoderParams {
            swapped_inputs: 0.05,
            ..small()
        },
        AutoencoderParams {
            dropout: 0.05,
            ..small()
        },
        AutoencoderParams {
            batch_normalization: true,
            ..small()
        },
        AutoencoderParams {
            n_networks: 2,
            ..small()
        },
    ];
    let (plain, _) = fit(&small());
    for params in &variants {
        let (network, curve) = fit(params);
        let least = curve.validation.iter().copied().fold(f32::MAX, f32::min);
        // Copying nothing costs 1.31 an input.
        assert!(least < 0.3, "{params:?}: {least}");
        assert_eq!(network, fit(params).0, "{params:?}");
        assert_ne!(network, plain, "{params:?}");
    }
}

#[test]
fn another_seed_gives_another_network() {
    let params = AutoencoderParams {
        n_epochs: 1,
        ..small()
    };
    let other = AutoencoderParams {
        seed: 43,
        ..params.clone()
    };
    assert_ne!(fit(&params).0, fit(&other).0);
}

#[test]
fn constant_inputs_and_a_single_row_give_finite_scores() {
    let constant = Array2::from_elem((40, 3), 0.0);
    let one = Array2::from_elem((1, 3), 1.5);
    for rows in [&constant, &one] {
        for batch_normalization in [false, true] {
            let params = AutoencoderParams {
                batch_normalization,
                ..small()
            };
            let (network, _) = Autoencoder::fit(rows, rows, &params).unwrap();
            let usual = score_of(&network, &rows.row(0).to_vec());
            let odd = score_of(&network, &[8.0, -8.0, 8.0]);
            assert!(usual.is_finite() && odd.is_finite() && usual < odd);
        }
    }
}

#[test]
fn a_lane_does_not_depend_on_its_neighbours() {
    let (network, _) = fit(&small());
    let row = vec![0.3, 0.1, -0.7, 0.0];
    let alone = score_of(&network, &row);
    let mut rows = vec![vec![8.0, -8.0, 8.0, 8.0]; N_LANES];
    rows[5] = row;
    let beside = network.score(&block_of(&rows), &mut NetworkScratch::default())[5];
    assert_eq!(alone.to_bits(), beside.to_bits());
}

#[test]
fn refuses_parts_that_do_not_fit() {
    let reference: Reference = serde_json::from_str(REFERENCE).unwrap();
    let layers = reference.plain.layers();
    let precision = reference.precision.clone();
    let with = |change: &dyn Fn(&mut Vec<Layer>, &mut Vec<f32>)| {
        let (mut layers, mut precision) = (layers.clone(), precision.clone());
        change(&mut layers, &mut precision);
        Autoencoder::from_parts(layers, precision)
    };
    assert!(with(&|_, _| ()).is_ok());
    assert!(with(&|layers, _| layers.clear()).is_err(), "no layers");
    assert!(with(&|_, precision| precision.clear()).is_err());
    assert!(with(&|_, precision| precision.truncate(2)).is_err());
    assert!(with(&|_, precision| precision[1] = -1.0).is_err());
    assert!(with(&|_, precision| precision[1] = f32::NAN).is_err());
    assert!(with(&|layers, _| layers[0].weights[(1, 2)] = f32::INFINITY).is_err());
    assert!(with(&|layers, _| layers[1].bias = Array1::zeros(2)).is_err());
    assert!(
        with(&|layers, _| layers.truncate(1)).is_err(),
        "two outputs"
    );
    assert!(
        with(&|layers, precision| {
            layers.extend(layers.clone());
            layers.truncate(3);
            precision.extend(precision.clone());
        })
        .is_err(),
        "a network and a half"
    );
    assert!(
        with(&|layers, precision| {
            layers[0].weights = Array2::zeros((2, 0));
            precision.clear();
        })
        .is_err(),
        "no inputs"
    );
}

#[test]
fn parameters_out_of_range_missing_rows_and_divergence_are_refused() {
    let refused = |params: &AutoencoderParams, rows: &Array2<f32>, validation: &Array2<f32>| {
        Autoencoder::fit(rows, validation, params).unwrap_err()
    };
    let (rows, none) = (near_a_line(100, 1), Array2::zeros((0, 4)));
    let no_batch = AutoencoderParams {
        batch_size: 0,
        ..small()
    };
    let too_many = AutoencoderParams {
        n_networks: 17,
        ..small()
    };
    let too_fast = AutoencoderParams {
        learning_rate: 1e30,
        ..small()
    };
    assert!(refused(&no_batch, &rows, &rows).contains("batch_size"));
    assert!(refused(&too_many, &rows, &rows).contains("n_networks"));
    assert!(refused(&small(), &none, &rows).contains("0 × 4"));
    assert!(refused(&small(), &rows, &none).contains("0 × 4"));
    assert!(refused(&too_fast, &rows, &rows).contains("learning rate"));
}
