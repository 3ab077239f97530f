//! Calibrated rates on fresh normal records: what conformal p values promise.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use models::calibration::{Calibration, DEFAULT_THRESHOLD, p_of_risk, risk};
use models::random::Random;
use proptest::prelude::{any, prop_assert, proptest};

#[derive(Clone, Copy, Debug)]
enum Scores {
    Exponential,
    Normal,
}

impl Scores {
    fn draw(self, n: usize, random: &mut Random) -> Vec<f32> {
        let one = |random: &mut Random| match self {
            Self::Exponential => -libm::log(1.0 - random.uniform()),
            Self::Normal => random.normal(),
        };
        (0..n).map(|_| one(random) as f32).collect()
    }
}

const N_SAMPLE: usize = 10_000;
const N_FRESH: usize = 10_000;
const N_REPEATS: usize = 20;

/// Share of fresh records at or above the risk of a nominal rate, over several calibrations.
fn realised_rate(scores: Scores, nominal: f64) -> f64 {
    let mut random = Random::new(17, 0);
    let threshold = risk(nominal);
    let mut n_above = 0;
    for _ in 0..N_REPEATS {
        let calibration = Calibration::fit(&scores.draw(N_SAMPLE, &mut random)).unwrap();
        n_above += scores
            .draw(N_FRESH, &mut random)
            .into_iter()
            .filter(|&score| risk(calibration.p_value(score)) >= threshold)
            .count();
    }
    n_above as f64 / (N_REPEATS * N_FRESH) as f64
}

/// Four standard deviations: the binomial one of the fresh records, and that of the sample the threshold came from.
fn tolerance(nominal: f64) -> f64 {
    let n = N_REPEATS as f64 / (1.0 / N_SAMPLE as f64 + 1.0 / N_FRESH as f64);
    4.0 * (nominal * (1.0 - nominal) / n).sqrt()
}

#[test]
fn one_in_a_hundred_fresh_records_is_called_an_anomaly() {
    assert!((p_of_risk(DEFAULT_THRESHOLD) - 0.01).abs() < 1e-9);
    for scores in [Scores::Exponential, Scores::Normal] {
        let realised = realised_rate(scores, 0.01);
        assert!(
            (realised - 0.01).abs() < tolerance(0.01),
            "{scores:?}: {realised} is not 0.01 ± {}",
            tolerance(0.01)
        );
    }
}

#[test]
fn one_in_ten_fresh_records_is_at_least_elevated() {
    for scores in [Scores::Exponential, Scores::Normal] {
        let realised = realised_rate(scores, 0.1);
        assert!(
            (realised - 0.1).abs() < tolerance(0.1),
            "{scores:?}: {realised} is not 0.1 ± {}",
            tolerance(0.1)
        );
    }
}

/// The fitted tail is kept from being lighter than exponential: on normal scores it may only be cautious.
#[test]
fn the_tail_calls_no_more_than_nominal() {
    for scores in [Scores::Exponential, Scores::Normal] {
        let realised = realised_rate(scores, 0.001);
        let most = 0.001 + tolerance(0.001);
        assert!(realised < most, "{scores:?}: {realised} is above {most}");
        assert!(realised > 0.0004, "{scores:?}: {realised} finds nothing");
    }
}

proptest! {
    #[test]
    fn p_is_a_probability_that_never_rises_with_the_score(
        seed in any::<u64>(),
        n in 200usize..2_000,
        // Coarse scores have ties.
        step in 0.001f32..2.0,
        probes in proptest::collection::vec(-1e6f32..1e6, 2..50),
    ) {
        let mut random = Random::new(seed, 0);
        let scores: Vec<f32> = Scores::Normal
            .draw(n, &mut random)
            .into_iter()
            .map(|score| (score / step).round() * step)
            .collect();
        let calibration = Calibration::fit(&scores).unwrap();
        prop_assert!(calibration.validate().is_ok());
        let mut probes = probes;
        probes.extend_from_slice(&scores);
        probes.sort_unstable_by(f32::total_cmp);
        let p: Vec<f64> = probes.iter().map(|&score| calibration.p_value(score)).collect();
        prop_assert!(p.iter().all(|p| *p > 0.0 && *p <= 1.0));
        prop_assert!(p.windows(2).all(|pair| pair[1] <= pair[0] + 1e-12));
        prop_assert!(p.iter().all(|&p| (0.0..=100.0).contains(&risk(p))));
    }
}

#[test]
fn the_largest_score_of_a_sample_is_not_impossible() {
    let mut random = Random::new(5, 0);
    for n in [200, 201, 399, 400, 1_000, 5_000] {
        let scores = Scores::Exponential.draw(n, &mut random);
        let calibration = Calibration::fit(&scores).unwrap();
        let largest = scores.iter().copied().fold(f32::MIN, f32::max);
        let p = calibration.p_value(largest) * (n as f64 + 1.0);
        assert!((0.05..20.0).contains(&p), "{n}: {p} expected records");
    }
}

#[test]
fn refuses_scores_that_are_not_finite() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut scores = vec![1.0; 300];
        scores[17] = bad;
        assert!(Calibration::fit(&scores).is_err());
    }
}

#[test]
fn odd_scores_have_a_p_value() {
    let mut random = Random::new(5, 0);
    let calibration = Calibration::fit(&Scores::Normal.draw(1_000, &mut random)).unwrap();
    for score in [f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX] {
        let p = calibration.p_value(score);
        assert!(p > 0.0 && p <= 1.0, "{score}: {p}");
    }
}
