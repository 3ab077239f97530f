//! Two models on the same records: figures as of one model, differences that are there, and none that are not.

use std::collections::BTreeSet;

use models::evaluation::measure::{Measurement, ModelName, Resamples, TestLabels};
use models::evaluation::paired::{
    MAX_RESAMPLES, PairedBootstrap, PairedComparison, PairedObservation,
};
use models::evaluation::{LabelledScore, Ranking};
use models::random::Random;

/// Made-up records with coarse scores, so that there are ties; A is better than B by less noise. Every seventh has copies, and every
/// eleventh is like the one before it but for the label.
fn observations(n: usize, noise: [f64; 2], seed: u64) -> Vec<PairedObservation> {
    let mut random = Random::new(seed, 0);
    let mut made: Vec<PairedObservation> = Vec::new();
    for index in 0..n {
        if let Some(twin) = made.last().copied().filter(|_| index % 11 == 10) {
            made.push(PairedObservation {
                is_attack: !twin.is_attack,
                ..twin
            });
            continue;
        }
        let is_attack = random.below(3) == 0;
        let mut raw = |noise: f64| {
            let score = f64::from(u8::from(is_attack)) + noise * random.normal();
            (score * 50.0).round() as f32 / 50.0
        };
        made.push(PairedObservation {
            raw_a: raw(noise[0]),
            raw_b: raw(noise[1]),
            is_attack,
            group: index,
            n: if index % 7 == 0 { 5 } else { 1 },
        });
    }
    made
}

fn compare(observations: &[PairedObservation], n_resamples: usize) -> PairedComparison {
    let mut bootstrap = PairedBootstrap::new(observations, 1);
    bootstrap.step(n_resamples);
    bootstrap.result()
}

/// One entry per record, copies and all.
fn rows(observations: &[PairedObservation]) -> impl Iterator<Item = &PairedObservation> {
    observations
        .iter()
        .flat_map(|seen| std::iter::repeat_n(seen, seen.n as usize))
}

#[test]
fn values_are_those_of_the_ranking_of_all_rows() {
    let observations = observations(500, [0.5, 0.8], 1);
    let comparison = compare(&observations, 0);
    let ranking = |raw: fn(&PairedObservation) -> f32| {
        Ranking::new(
            rows(&observations)
                .map(|seen| (raw(seen), seen.is_attack))
                .collect(),
        )
    };
    let (a, b) = (ranking(|seen| seen.raw_a), ranking(|seen| seen.raw_b));
    for (found, ranking) in [(&comparison.a, &a), (&comparison.b, &b)] {
        assert!((found.roc_auc.value - ranking.roc_auc()).abs() < 1e-12);
        assert!((found.average_precision.value - ranking.average_precision()).abs() < 1e-12);
        for point in &found.roc {
            let expected = ranking.recall_at(f64::from(point.x)) as f32;
            assert!((point.value - expected).abs() < 1e-4, "{point:?}");
        }
        assert!(found.roc.windows(2).all(|pair| pair[0].x < pair[1].x));
        let last = found.roc.last().unwrap();
        assert_eq!((found.roc[0].x, last.x, last.value), (0.0, 1.0, 1.0));
        for (point, recall) in found
            .precision_recall
            .iter()
            .zip((1..50).map(|step| f64::from(step) / 50.0))
        {
            assert_eq!(
                point.value,
                ranking.precision_at(recall) as f32,
                "{point:?}"
            );
        }
        assert_eq!(found.precision_recall.last().unwrap().x, 1.0);
    }
}

/// The same groups, seed and number of resamples: the same weights, and so the same bits.
#[test]
fn intervals_are_those_of_the_evaluation() {
    let observations = observations(400, [0.5, 0.8], 2);
    let comparison = compare(&observations, 1000);
    let groups: Vec<usize> = rows(&observations).map(|seen| seen.group).collect();
    let resamples = Resamples::draw(&groups, 1);
    let labels = TestLabels {
        names: &["normal", "neptune"].map(str::to_owned),
        known: &BTreeSet::new(),
    };
    for (found, is_a) in [(&comparison.a, true), (&comparison.b, false)] {
        let scores: Vec<LabelledScore> = rows(&observations)
            .map(|seen| LabelledScore {
                raw: if is_a { seen.raw_a } else { seen.raw_b },
                risk: 0.0,
                label: u32::from(seen.is_attack),
            })
            .collect();
        let mut measurement = Measurement::new(ModelName {
            name: "x".into(),
            title: "X".into(),
            is_baseline: false,
        });
        measurement.add(&scores, &labels, Some(&resamples));
        let figures = measurement.finish().figures;
        assert_eq!(figures["roc_auc"].interval, Some(found.roc_auc.interval));
        assert_eq!(
            figures["average_precision"].interval,
            Some(found.average_precision.interval)
        );
    }
}

#[test]
fn a_few_resamples_at_a_time_are_the_same_as_all_at_once() {
    let observations = observations(200, [0.5, 0.8], 3);
    let mut bootstrap = PairedBootstrap::new(&observations, 1);
    for (n, n_done) in [(1, 1), (0, 1), (30, 31), (69, 100)] {
        bootstrap.step(n);
        assert_eq!(bootstrap.n_done(), n_done);
    }
    assert_eq!(bootstrap.result(), compare(&observations, 100));
    let mut other = PairedBootstrap::new(&observations, 2);
    other.step(100);
    assert_ne!(other.result(), bootstrap.result());
}

#[test]
fn stops_at_the_most_that_are_kept() {
    let mut bootstrap = PairedBootstrap::new(&observations(10, [0.5, 0.5], 1), 1);
    bootstrap.step(usize::MAX);
    bootstrap.step(1);
    assert_eq!(bootstrap.n_done(), MAX_RESAMPLES);
}

#[test]
fn a_better_model_is_better_by_more_than_chance() {
    let comparison = compare(&observations(2_000, [0.4, 0.9], 4), 500);
    for difference in [comparison.roc_auc, comparison.average_precision] {
        let [low, high] = difference.estimate.interval;
        assert!(0.0 < low && low < difference.estimate.value && difference.estimate.value < high);
        assert_eq!(difference.p_value, 1.0 / 501.0);
    }
}

#[test]
fn the_difference_changes_its_sign_with_the_models_places() {
    let observations = observations(300, [0.5, 0.7], 5);
    let swapped: Vec<PairedObservation> = observations
        .iter()
        .map(|seen| PairedObservation {
            raw_a: seen.raw_b,
            raw_b: seen.raw_a,
            ..*seen
        })
        .collect();
    let (one, other) = (compare(&observations, 201), compare(&swapped, 201));
    assert_eq!((&one.a, &one.b), (&other.b, &other.a));
    assert_eq!(one.roc_auc.p_value, other.roc_auc.p_value);
    let [low, high] = one.roc_auc.estimate.interval;
    assert_eq!(other.roc_auc.estimate.interval, [-high, -low]);
}

#[test]
fn equal_models_do_not_differ() {
    let mut observations = observations(300, [0.5, 0.5], 6);
    // Another scale, and the other zero, are the same ranking.
    for seen in &mut observations {
        seen.raw_a = if seen.raw_a.abs() < 0.1 {
            0.0
        } else {
            seen.raw_a
        };
        let sign = if seen.group % 2 == 0 { 1.0 } else { -1.0 };
        seen.raw_b = if seen.raw_a == 0.0 {
            0.0 * sign
        } else {
            2.0 * seen.raw_a
        };
    }
    let comparison = compare(&observations, 100);
    assert_eq!(comparison.a, comparison.b);
    for difference in [comparison.roc_auc, comparison.average_precision] {
        assert_eq!(difference.estimate.value, 0.0);
        assert_eq!(difference.estimate.interval, [0.0, 0.0]);
        assert_eq!(difference.p_value, 1.0);
    }
}

/// Under equally good models a p value below 0.1 comes in one of ten, and in 12 of 200 to 28 of 200 with a probability of 95 %.
#[test]
fn p_values_of_equally_good_models_are_evenly_spread() {
    let n_small = (0..200)
        .map(|seed| compare(&observations(200, [0.7, 0.7], 100 + seed), 200))
        .filter(|comparison| comparison.roc_auc.p_value < 0.1)
        .count();
    assert!((12..=28).contains(&n_small), "{n_small}");
}

#[test]
fn copies_do_not_narrow_an_interval() {
    let once = observations(300, [0.5, 0.8], 7);
    let often: Vec<PairedObservation> = once
        .iter()
        .map(|seen| PairedObservation {
            n: 1000 * seen.n,
            ..*seen
        })
        .collect();
    let (once, often) = (compare(&once, 200), compare(&often, 200));
    let width = |comparison: &PairedComparison| {
        let [low, high] = comparison.roc_auc.estimate.interval;
        high - low
    };
    assert!((width(&once) - width(&often)).abs() < 1e-9);
    assert_eq!(once.roc_auc.p_value, often.roc_auc.p_value);
}

#[test]
fn bands_hold_the_curve_and_have_a_width() {
    let comparison = compare(&observations(500, [0.5, 0.8], 8), 500);
    let a = &comparison.a;
    for points in [&a.roc, &a.precision_recall] {
        let n_inside = points
            .iter()
            .filter(|point| point.low <= point.value && point.value <= point.high)
            .count();
        assert!(
            n_inside * 10 >= points.len() * 9,
            "{n_inside} of {}",
            points.len()
        );
        assert!(points.iter().any(|point| point.high - point.low > 0.01));
        for point in points {
            assert!(0.0 <= point.low && point.low <= point.high && point.high <= 1.0);
        }
    }
}

/// A single attack is in two of three resamples alone; those without it have no curve, and do not count.
#[test]
fn a_class_of_one_record_is_in_every_resample() {
    let one = |index: usize| PairedObservation {
        raw_a: index as f32,
        raw_b: -(index as f32),
        is_attack: index == 9,
        group: index,
        n: 1,
    };
    let observations: Vec<PairedObservation> = (0..10).map(one).collect();
    let comparison = compare(&observations, 300);
    assert_eq!(comparison.a.roc_auc.interval, [1.0, 1.0]);
    assert_eq!(comparison.b.roc_auc.interval, [0.0, 0.0]);
    assert_eq!(comparison.roc_auc.p_value, 1.0 / 301.0);
}

#[test]
fn no_records_and_one_class_are_compared_all_the_same() {
    for n_attacks in [None, Some(0), Some(3)] {
        let observations: Vec<PairedObservation> = n_attacks.map_or_else(Vec::new, |n| {
            let one = |index: usize| PairedObservation {
                raw_a: index as f32,
                raw_b: 1.0,
                is_attack: index < n,
                group: 1_000_000 * index,
                n: 2,
            };
            (0..3).map(one).collect()
        });
        let comparison = compare(&observations, 20);
        assert_eq!(comparison.n_resamples, 20);
        assert_eq!(comparison.a.roc_auc.interval, [0.5, 0.5]);
        assert_eq!(comparison.roc_auc.p_value, 1.0);
        let points = comparison
            .a
            .roc
            .iter()
            .chain(&comparison.a.precision_recall);
        for point in points {
            assert!((0.0..=1.0).contains(&point.value) && point.low <= point.high);
        }
    }
}
