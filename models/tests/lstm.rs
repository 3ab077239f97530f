//! The LSTM on sequences whose next row can be known, at the ends of files, in chunks, and on what it must refuse.

use std::ops::Range;

use models::lstm::control::{MemberScores, RecordOrder, SequenceRows, sequence_protocol};
use models::lstm::{Lstm, LstmParams};
use models::random::Random;
use ndarray::{Array2, Axis};

/// One of five rows after the other, always in the same order, with a little noise: nothing in a single row is ever odd.
fn cycle(n_rows: usize, seed: u64) -> Array2<f32> {
    let mut random = Random::new(seed, 0);
    Array2::from_shape_fn((n_rows, 5), |(row, input)| {
        let value = if row % 5 == input { 2.0 } else { -0.5 };
        value + 0.05 * random.normal() as f32
    })
}

fn part(rows: &Array2<f32>, range: Range<usize>) -> Array2<f32> {
    rows.select(Axis(0), &range.collect::<Vec<_>>())
}

fn params() -> LstmParams {
    LstmParams {
        window: 8,
        n_hidden: 12,
        n_epochs: 20,
        learning_rate: 0.01,
        ..LstmParams::default()
    }
}

fn fitted() -> Result<Lstm, String> {
    Ok(Lstm::fit(&cycle(2_000, 1), &cycle(500, 2), &params())?.0)
}

#[test]
fn a_row_out_of_turn_is_odd_and_a_row_in_turn_is_not() {
    let lstm = fitted().unwrap();
    let mut rows = cycle(100, 3);
    let swapped = rows.row(52).to_owned();
    rows.row_mut(50).assign(&swapped);
    let scores = lstm.score_sequence(&rows);
    let others = scores[10..50].iter().copied().fold(0.0, f32::max);
    assert!(scores[50] > 2.0 * others, "{} {others}", scores[50]);
}

#[test]
fn chunks_that_overlap_by_a_window_less_one_give_the_bits_of_the_whole() {
    let lstm = fitted().unwrap();
    let rows = cycle(700, 4);
    let whole = lstm.score_sequence(&rows);
    assert_eq!(whole.len(), 700);
    for size in [1, 7, 16, 255, 300, 1_000] {
        let mut joined = Vec::new();
        for start in (0..700).step_by(size) {
            let end = (start + size).min(700);
            let before = start.min(lstm.window() - 1);
            let chunk = part(&rows, start - before..end);
            joined.extend(lstm.score_range(&chunk, before..chunk.nrows()));
        }
        assert!(joined == whole, "chunks of {size}");
    }
}

#[test]
fn a_score_depends_on_the_window_and_on_nothing_before_or_after_it() {
    let lstm = fitted().unwrap();
    let rows = cycle(60, 5);
    let scores = lstm.score_sequence(&rows);
    for changed in [10, 30, 59] {
        let mut other = rows.clone();
        other.row_mut(changed).fill(5.0);
        let others = lstm.score_sequence(&other);
        for row in 0..60 {
            let is_near = (changed..changed + lstm.window()).contains(&row);
            assert_eq!(others[row] != scores[row], is_near, "{row}, {changed}");
        }
    }
}

#[test]
fn first_rows_are_scored_from_what_there_is() {
    let lstm = fitted().unwrap();
    let rows = cycle(20, 6);
    let scores = lstm.score_sequence(&rows);
    for n_rows in [0, 1, 5] {
        let few = part(&rows, 0..n_rows);
        assert_eq!(lstm.score_sequence(&few), scores[..n_rows]);
    }
    assert_eq!(lstm.score_range(&rows, 15..1_000), scores[15..]);
    assert!(lstm.score_range(&rows, 30..40).is_empty());
    assert!(lstm.score_sequence(&Array2::zeros((20, 4))).is_empty());
}

#[test]
fn contributions_sum_to_what_the_score_is_the_logarithm_of() {
    let lstm = fitted().unwrap();
    let rows = cycle(40, 7);
    let scores = lstm.score_sequence(&rows);
    for row in [0, 3, 39] {
        let contributions = lstm.contributions(&rows, row);
        assert_eq!(contributions.len(), 5);
        let sum: f32 = contributions.iter().sum();
        assert!((sum.ln_1p() - scores[row]).abs() < 1e-5);
    }
    assert!(lstm.contributions(&rows, 40).is_empty());
}

#[test]
fn same_seed_same_network() {
    let fit = |seed| {
        let params = LstmParams {
            seed,
            n_epochs: 2,
            ..params()
        };
        Lstm::fit(&cycle(300, 1), &cycle(100, 2), &params).unwrap()
    };
    assert_eq!(fit(1), fit(1));
    assert_ne!(fit(1).0, fit(2).0);
}

#[test]
fn constant_inputs_are_learned_and_another_value_is_loud() {
    let constant = Array2::from_elem((200, 3), 0.5);
    let (lstm, _) = Lstm::fit(&constant, &constant, &params()).unwrap();
    let mut rows = Array2::from_elem((30, 3), 0.5);
    rows[(20, 1)] = 8.0;
    let scores = lstm.score_sequence(&rows);
    assert!(scores.iter().all(|score| score.is_finite()));
    let before = scores[10..20].iter().copied().fold(0.0, f32::max);
    assert!(scores[20] > 3.0 && scores[20] > 3.0 * before, "{before}");
}

#[test]
fn wild_values_give_finite_scores() {
    let mut rows = cycle(40, 8);
    rows.row_mut(20).fill(1e30);
    let scores = fitted().unwrap().score_sequence(&rows);
    assert!(scores.iter().all(|score| score.is_finite()), "{scores:?}");
}

#[test]
fn refuses_what_it_cannot_be_fitted_on() {
    let good = cycle(100, 1);
    let message = |rows: &Array2<f32>, validation: &Array2<f32>, params: &LstmParams| {
        Lstm::fit(rows, validation, params).unwrap_err()
    };
    let few = part(&good, 0..7);
    assert_eq!(
        message(&few, &good, &params()),
        "lstm: expected at least 8 training rows, a window, found 7"
    );
    assert_eq!(
        message(&good, &few, &params()),
        "lstm: expected at least 8 validation rows, a window, found 7"
    );
    assert!(message(&Array2::zeros((0, 5)), &good, &params()).contains("found 0"));
    assert!(message(&Array2::zeros((50, 0)), &good, &params()).contains("have 0"));
    let narrow = good.select(Axis(1), &[0, 1]);
    assert_eq!(
        message(&good, &narrow, &params()),
        "lstm: training rows have 5 inputs, validation rows 2"
    );
    let mut broken = good.clone();
    broken[(3, 3)] = f32::NAN;
    assert!(message(&broken, &good, &params()).contains("not finite"));
    let no_history = LstmParams {
        window: 1,
        ..params()
    };
    assert!(message(&good, &good, &no_history).contains("window"));
}

#[test]
fn shuffled_control_shows_whether_order_was_used() {
    let (fit, validation, calibration) = (cycle(2_000, 1), cycle(500, 2), cycle(1_000, 3));
    let mut test = cycle(1_000, 4);
    let mut is_attack = vec![false; 1_000];
    for row in (50..1_000).step_by(50) {
        let other = test.row(row - 3).to_owned();
        test.row_mut(row).assign(&other);
        is_attack[row] = true;
    }
    let blind = MemberScores {
        name: "blind".into(),
        weight: 1.0,
        calibration: (0..1_000).map(|row| row as f32).collect(),
        test: vec![0.5; 1_000],
    };
    let rows = SequenceRows {
        fit: &fit,
        validation: &validation,
        calibration: &calibration,
        test: &test,
        is_attack: &is_attack,
    };
    let report = sequence_protocol(&rows, &[blind], 1.0, &params()).unwrap();
    let auc = |model: &str, order| {
        let figures = report.figures.iter();
        let mut found = figures.filter(|f| f.model == model && f.order == order);
        found.next().unwrap().roc_auc
    };
    assert!(auc("lstm", RecordOrder::Time) > 0.95, "{report:?}");
    assert!((auc("lstm", RecordOrder::Shuffled) - 0.5).abs() < 0.2);
    assert_eq!(auc("ensemble", RecordOrder::Time), 0.5);
    assert!(auc("ensemble_with_lstm", RecordOrder::Time) > 0.95);
    assert_eq!(report.label_runs, 39);
    let wrong = SequenceRows {
        is_attack: &is_attack[1..],
        ..rows
    };
    assert!(sequence_protocol(&wrong, &[], 1.0, &params()).is_err());
}
