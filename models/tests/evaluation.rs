//! From labelled scores to the report that `make evaluate` writes: figures, recall by attack, bands over the seeds.
//!
//! The single figures are compared with scikit-learn in scikit_learn.rs.

use std::collections::BTreeSet;

use models::calibration::DEFAULT_THRESHOLD;
use models::evaluation::measure::{Measurement, ModelName, Resamples, TestLabels};
use models::evaluation::report::{ModelReport, Spread};
use models::evaluation::{Confusion, LabelledScore, ModelFigures, Ranking};
use models::random::Random;

fn names() -> Vec<String> {
    ["normal", "neptune", "guess_passwd", "rootkit"]
        .map(str::to_owned)
        .to_vec()
}

/// Made-up scores: normal rows about 1, attacks about 3, those of guess_passwd in between; every tenth is a copy.
fn test_of(seed: u64, n_rows: usize) -> (Vec<LabelledScore>, Vec<usize>) {
    let mut random = Random::new(seed, 0);
    let mut scores: Vec<LabelledScore> = Vec::new();
    let mut groups: Vec<usize> = Vec::new();
    for row in 0..n_rows {
        if row % 10 == 9 {
            scores.push(scores[row - 1]);
            groups.push(groups[row - 1]);
            continue;
        }
        // No rootkit: what is not in the test has no row in the report.
        let label = [0, 0, 0, 1, 2][random.below(5)];
        let raw = ([1.0, 3.0, 2.0][label as usize] + random.normal()) as f32;
        let risk = (25.0 * raw).clamp(0.0, 100.0);
        scores.push(LabelledScore { raw, risk, label });
        groups.push(row);
    }
    (scores, groups)
}

fn report_of(seeds: &[u64]) -> ModelReport {
    let known = BTreeSet::from(["neptune".to_owned()]);
    let mut measurement = Measurement::new(ModelName {
        name: "density".to_owned(),
        title: "Density".to_owned(),
        is_baseline: false,
    });
    for &seed in seeds {
        let (scores, groups) = test_of(seed, 500);
        let labels = TestLabels {
            names: &names(),
            known: &known,
        };
        let resamples = (seed == seeds[0]).then(|| Resamples::draw(&groups, seed));
        measurement.add(&scores, &labels, resamples.as_ref());
    }
    measurement.finish()
}

/// Points and shares are written with about five digits.
const ROUNDING: f32 = 2e-5;

fn assert_written(found: f32, expected: f32) {
    assert!(
        (found - expected).abs() < ROUNDING,
        "{found} instead of {expected}"
    );
}

#[test]
fn figures_of_one_seed_are_those_of_the_model_card() {
    let report = report_of(&[1]);
    let (scores, _) = test_of(1, 500);
    let card = ModelFigures::compute("density", &scores, &names(), DEFAULT_THRESHOLD);
    assert_eq!(
        (report.name.as_str(), report.title.as_str()),
        ("density", "Density")
    );
    assert_eq!(report.confusion, card.confusion);
    let [at_10_percent, _, at_0_1_percent] = card.at_calibrated_rates[..] else {
        panic!("three rates");
    };
    for (name, expected) in [
        ("roc_auc", card.roc_auc),
        ("average_precision", card.average_precision),
        ("best_f1", card.best_f1),
        ("accuracy", card.accuracy),
        ("balanced_accuracy", card.confusion.balanced_accuracy()),
        ("mcc", card.confusion.matthews_correlation()),
        ("precision", card.precision),
        ("recall", card.recall),
        ("f1", card.f1),
        ("false_alarm_rate", card.false_alarm_rate),
        ("recall_at_10_percent", at_10_percent.recall),
        ("false_alarm_rate_at_10_percent", at_10_percent.realised),
        ("recall_at_0.1_percent", at_0_1_percent.recall),
        ("false_alarm_rate_at_0.1_percent", at_0_1_percent.realised),
    ] {
        let figure = report.figures[name];
        assert_eq!((figure.mean, figure.sd), (expected, 0.0), "{name}");
    }
}

#[test]
fn recall_by_attack_is_that_of_the_model_card_and_macro_recall_its_mean() {
    let report = report_of(&[1]);
    let (scores, _) = test_of(1, 500);
    let card = ModelFigures::compute("density", &scores, &names(), DEFAULT_THRESHOLD);
    assert_eq!(report.recall_by_attack.len(), 2);
    assert!(report.recall_by_attack[0].n >= report.recall_by_attack[1].n);
    let mut recalls = Vec::new();
    for row in &report.recall_by_attack {
        let expected = card.recall_by_attack[&row.attack];
        assert_eq!(row.n, expected.n as f64);
        assert_eq!(row.recall.mean, expected.found as f64 / expected.n as f64);
        assert_eq!(row.is_known, row.attack == "neptune");
        let family = if row.is_known { "dos" } else { "r2l" };
        assert_eq!(row.family, family);
        recalls.push(row.recall.mean);
    }
    let mean = recalls.iter().sum::<f64>() / 2.0;
    assert!((report.figures["macro_recall"].mean - mean).abs() < 1e-12);
}

#[test]
fn figures_of_several_seeds_are_their_mean_spread_and_range() {
    let seeds = [1, 2, 3];
    let report = report_of(&seeds);
    let aucs = seeds.map(|seed| report_of(&[seed]).figures["roc_auc"].mean);
    let spread = Spread {
        interval: None,
        ..report.figures["roc_auc"]
    };
    assert_eq!(spread, Spread::of(&aucs));
    assert!(spread.min < spread.mean && spread.mean < spread.max);
    // Counts and interval are those of the first seed.
    let first = report_of(&seeds[..1]);
    assert_eq!(report.confusion, first.confusion);
    assert_eq!(report.score_histogram, first.score_histogram);
    assert_eq!(
        report.figures["roc_auc"].interval,
        first.figures["roc_auc"].interval
    );
}

#[test]
fn intervals_hold_the_figure_and_are_wider_than_nothing() {
    let report = report_of(&[1]);
    for name in [
        "roc_auc",
        "average_precision",
        "recall",
        "false_alarm_rate",
        "precision",
        "f1",
    ] {
        let figure = report.figures[name];
        let [low, high] = figure.interval.unwrap();
        assert!(
            low < figure.mean && figure.mean < high,
            "{name}: {figure:?}"
        );
        assert!(high - low < 0.2, "{name}: {figure:?}");
    }
    assert_eq!(report.figures["mcc"].interval, None);
}

#[test]
fn spread_is_that_of_a_sample() {
    let spread = Spread::of(&[1.0, 2.0, 4.0]);
    assert!((spread.mean - 7.0 / 3.0).abs() < 1e-12);
    // The root of ((4/3)² + (1/3)² + (5/3)²) / 2.
    assert!((spread.sd - libm::sqrt(7.0 / 3.0)).abs() < 1e-12);
    assert_eq!((spread.min, spread.max), (1.0, 4.0));
    assert_eq!(Spread::of(&[5.0]).sd, 0.0);
    assert_eq!(Spread::of(&[]), Spread::default());
}

#[test]
fn bands_hold_the_curves_of_all_seeds() {
    let seeds = [1, 2, 3];
    let report = report_of(&seeds);
    let single = seeds.map(|seed| report_of(&[seed]));
    for (curve, n_points) in [
        (
            (|report: &ModelReport| report.roc.clone()) as fn(&ModelReport) -> Vec<_>,
            62,
        ),
        (|report| report.precision_recall.clone(), 52),
        (|report| report.threshold_f1.clone(), 51),
        (|report| report.calibration.clone(), 9),
    ] {
        let band = curve(&report);
        assert_eq!(band.len(), n_points);
        assert!(band.windows(2).all(|pair| pair[0].x < pair[1].x));
        for (index, point) in band.iter().enumerate() {
            let values = single.each_ref().map(|report| curve(report)[index].mean);
            let [a, b, c] = values;
            assert_written(point.low, a.min(b).min(c));
            assert_written(point.high, a.max(b).max(c));
            assert_written(point.mean, (a + b + c) / 3.0);
        }
    }
}

#[test]
fn curves_say_what_the_ranking_says() {
    let report = report_of(&[1]);
    let (scores, _) = test_of(1, 500);
    let ranking = Ranking::new(
        scores
            .iter()
            .map(|score| (score.raw, score.label > 0))
            .collect(),
    );
    let (first, last) = (report.roc[0], report.roc[61]);
    assert_eq!((first.x, last.x, last.mean), (0.0, 1.0, 1.0));
    assert_written(first.mean, ranking.recall_at(0.0) as f32);
    let whole = report.precision_recall[51];
    assert_eq!(whole.x, 1.0);
    assert_written(whole.mean, ranking.precision_at(1.0) as f32);
    let at_default = report.threshold_f1[25];
    assert_eq!(at_default.x, DEFAULT_THRESHOLD);
    assert_written(at_default.mean, report.confusion.f1() as f32);
    // One in a hundred is the default threshold.
    let nominal = report
        .calibration
        .iter()
        .find(|point| point.x == 0.01)
        .unwrap();
    assert_written(nominal.mean, report.confusion.false_alarm_rate() as f32);
}

#[test]
fn histograms_sum_to_one_for_each_class() {
    let report = report_of(&[1, 2]);
    for histogram in [&report.risk_histogram, &report.score_histogram] {
        assert_eq!(histogram.edges.len(), 51);
        for shares in [&histogram.normal, &histogram.attack] {
            assert_eq!(shares.len(), 50);
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 50.0 * ROUNDING);
        }
    }
}

#[test]
fn a_test_of_nothing_and_one_of_a_single_class_are_measured_all_the_same() {
    for label in [None, Some(0), Some(1)] {
        let scores: Vec<LabelledScore> = label
            .into_iter()
            .map(|label| LabelledScore {
                raw: 1.0,
                risk: 60.0,
                label,
            })
            .collect();
        let mut measurement = Measurement::new(ModelName {
            name: "x".to_owned(),
            title: "X".to_owned(),
            is_baseline: true,
        });
        let labels = TestLabels {
            names: &names(),
            known: &BTreeSet::new(),
        };
        measurement.add(&scores, &labels, None);
        let report = measurement.finish();
        assert_eq!(report.figures["roc_auc"].mean, 0.5);
        assert!(
            report
                .figures
                .values()
                .all(|figure| figure.mean.is_finite() && figure.sd.is_finite())
        );
        let curves = [&report.roc, &report.precision_recall, &report.threshold_f1];
        for point in curves.into_iter().flatten() {
            assert!((0.0..=1.0).contains(&point.mean), "{label:?}: {point:?}");
        }
    }
}

/// By hand: of 2 attacks 1 is found, of 3 normal records 1 is a false alarm.
#[test]
fn balanced_accuracy_and_matthews_correlation_by_hand() {
    let confusion = Confusion {
        true_positives: 1,
        false_negatives: 1,
        false_positives: 1,
        true_negatives: 2,
    };
    assert!((confusion.balanced_accuracy() - (0.5 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
    assert!((confusion.matthews_correlation() - 1.0 / 6.0).abs() < 1e-12);
    let all_called = Confusion {
        true_positives: 5,
        false_positives: 5,
        ..Confusion::default()
    };
    assert_eq!(all_called.balanced_accuracy(), 0.5);
    assert_eq!(all_called.matthews_correlation(), 0.0);
    // Products of real counts are beyond 64 bits.
    let huge = Confusion {
        true_positives: 5_000_000,
        true_negatives: 5_000_000,
        ..Confusion::default()
    };
    assert!((huge.matthews_correlation() - 1.0).abs() < 1e-12);
}

#[test]
fn without_attacks_there_is_nothing_to_find() {
    let ranking = Ranking::new(vec![(2.0, false), (1.0, false)]);
    assert_eq!(ranking.recall_at(0.5), 0.0);
    assert_eq!(ranking.precision_at(0.5), 0.0);
    assert_eq!(ranking.confusion_at_ratio().total(), 2);
    assert_eq!(ranking.confusion_at_ratio().false_positives, 0);
    let empty = Ranking::new(Vec::new());
    assert_eq!(empty.recall_at(0.5), 0.0);
    assert_eq!(empty.confusion_at_ratio(), Confusion::default());
}
