//! Whether the order of time helps: figures of an LSTM on a sequence, of the same one on the shuffled sequence, and of an ensemble with it.
//!
//! In: encoded rows in order of time (several normal days to fit, one to stop, one to calibrate, one with attacks to test) and what
//! detectors that look at one row at a time said of the last two. Out: [`SequenceFigures`]. If the shuffled figures are as good as those in
//! order of time, the model has learned rows, not their order. If the order gives away the labels, the gap is a leak and no merit. Two
//! things tell: [`SequenceReport::label_runs`], and the figures of `history_only`, the mean score of the rows *before* a row, which
//! never looks at the row it judges.

use ndarray::Array2;

use super::sequence::{in_order, shuffled_order};
use super::{Lstm, LstmParams};
use crate::calibration::Calibration;
use crate::evaluation::Ranking;

/// The false-alarm rate that thresholds are calibrated for.
const NOMINAL_RATE: f64 = 0.01;

/// Rows × inputs in order of time, network encoding.
#[derive(Clone, Copy, Debug)]
pub struct SequenceRows<'a> {
    /// Normal rows to fit on.
    pub fit: &'a Array2<f32>,
    /// Normal rows that stop the fit.
    pub validation: &'a Array2<f32>,
    /// Normal rows that calibrate.
    pub calibration: &'a Array2<f32>,
    /// Rows to measure on.
    pub test: &'a Array2<f32>,
    /// Which of the test rows are attacks.
    pub is_attack: &'a [bool],
}

/// Raw scores that a detector without history gives to the same rows.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberScores {
    /// Its name.
    pub name: String,
    /// Its weight in the ensemble.
    pub weight: f64,
    /// One score per calibration row.
    pub calibration: Vec<f32>,
    /// One score per test row.
    pub test: Vec<f32>,
}

/// In which order the calibration and test rows were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordOrder {
    /// As they happened.
    Time,
    /// At random: the control.
    Shuffled,
}

/// How well a model does in one order.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceFigures {
    /// `lstm`, `history_only`, a member's name, `ensemble` (the members without history) or `ensemble_with_lstm`.
    pub model: String,
    /// The order of the rows; a model without history has the same figures in both.
    pub order: RecordOrder,
    /// Area under the ROC curve.
    pub roc_auc: f64,
    /// Share of the attacks found at the threshold that 1 % of the calibration rows pass.
    pub recall_at_1_percent: f64,
    /// Share of the normal test rows that pass it.
    pub realised: f64,
}

/// What [`sequence_protocol`] measures.
#[derive(Clone, Debug, PartialEq)]
pub struct SequenceReport {
    /// One entry per model and order.
    pub figures: Vec<SequenceFigures>,
    /// Runs of rows that are all attacks or all normal: few runs in many rows mean that the order gives away the labels.
    pub label_runs: usize,
}

/// Fits an LSTM and measures it in order of time, shuffled, and in an ensemble with `members`.
///
/// The shuffled control reads calibration and test rows in a random order with the same network; `params.seed` draws the order.
///
/// # Errors
/// A sentence where the network cannot be fitted, there are fewer than 200 calibration rows, or lengths differ.
pub fn sequence_protocol(
    rows: &SequenceRows<'_>,
    members: &[MemberScores],
    lstm_weight: f64,
    params: &LstmParams,
) -> Result<SequenceReport, String> {
    let (n_calibration, n_test) = (rows.calibration.nrows(), rows.test.nrows());
    let fits = |member: &MemberScores| {
        member.calibration.len() == n_calibration && member.test.len() == n_test
    };
    if rows.is_attack.len() != n_test || !members.iter().all(fits) {
        return Err(format!(
            "expected labels of {n_test} test rows, and scores of them and {n_calibration} calibration rows"
        ));
    }
    let (lstm, _) = Lstm::fit(rows.fit, rows.validation, params)?;
    let [in_time, history] = scores_in(RecordOrder::Time, &lstm, rows, lstm_weight, params.seed);
    let [shuffled, shuffled_history] =
        scores_in(RecordOrder::Shuffled, &lstm, rows, lstm_weight, params.seed);
    let mut with_lstm = members.to_vec();
    with_lstm.push(in_time.clone());
    let mut with_shuffled = members.to_vec();
    with_shuffled.push(shuffled.clone());

    let mut figures = vec![
        measure(&in_time, RecordOrder::Time, rows.is_attack)?,
        measure(&shuffled, RecordOrder::Shuffled, rows.is_attack)?,
        measure(&history, RecordOrder::Time, rows.is_attack)?,
        measure(&shuffled_history, RecordOrder::Shuffled, rows.is_attack)?,
    ];
    for member in members {
        figures.push(measure(member, RecordOrder::Time, rows.is_attack)?);
    }
    if !members.is_empty() {
        for (name, members, order) in [
            ("ensemble", members, RecordOrder::Time),
            ("ensemble_with_lstm", &with_lstm[..], RecordOrder::Time),
            (
                "ensemble_with_lstm",
                &with_shuffled[..],
                RecordOrder::Shuffled,
            ),
        ] {
            figures.push(measure(&combined(name, members)?, order, rows.is_attack)?);
        }
    }
    let changes = rows.is_attack.windows(2).filter(|pair| pair[0] != pair[1]);
    Ok(SequenceReport {
        figures,
        label_runs: changes.count() + usize::from(n_test > 0),
    })
}

/// Scores of calibration and test rows read in an order: of the network, and of `history_only`.
fn scores_in(
    order: RecordOrder,
    lstm: &Lstm,
    rows: &SequenceRows<'_>,
    weight: f64,
    seed: u64,
) -> [MemberScores; 2] {
    let read = |rows: &Array2<f32>| {
        let order = match order {
            RecordOrder::Time => (0..rows.nrows()).collect(),
            RecordOrder::Shuffled => shuffled_order(rows.nrows(), seed),
        };
        let scores = lstm.score_sequence(&in_order(rows, &order));
        let history = means_before(&scores, lstm.window() - 1);
        [put_back(&order, &scores), put_back(&order, &history)]
    };
    let [calibration, history_of_calibration] = read(rows.calibration);
    let [test, history_of_test] = read(rows.test);
    [
        MemberScores {
            name: "lstm".into(),
            weight,
            calibration,
            test,
        },
        MemberScores {
            name: "history_only".into(),
            weight,
            calibration: history_of_calibration,
            test: history_of_test,
        },
    ]
}

/// For each position the mean of the at most `n` scores before it; 0 for the first.
fn means_before(scores: &[f32], n: usize) -> Vec<f32> {
    (0..scores.len())
        .map(|position| {
            let before = &scores[position.saturating_sub(n)..position];
            before.iter().sum::<f32>() / before.len().max(1) as f32
        })
        .collect()
}

/// Values in the order they were read, put back to where their rows stand.
fn put_back(order: &[usize], values: &[f32]) -> Vec<f32> {
    let mut back = vec![0.0; values.len()];
    for (row, value) in order.iter().zip(values) {
        back[*row] = *value;
    }
    back
}

/// Weighted mean of −log₁₀ p of the members, as in the ensemble that is shipped.
fn combined(name: &str, members: &[MemberScores]) -> Result<MemberScores, String> {
    let calibrations = members
        .iter()
        .map(|member| Calibration::fit(&member.calibration))
        .collect::<Result<Vec<_>, String>>()?;
    let total: f64 = members.iter().map(|member| member.weight).sum();
    let combine = |scores_of: &dyn Fn(&MemberScores) -> &[f32]| {
        let n_rows = members.first().map_or(0, |member| scores_of(member).len());
        (0..n_rows)
            .map(|row| {
                let weighted = members
                    .iter()
                    .zip(&calibrations)
                    .map(|(member, calibration)| {
                        -member.weight * libm::log10(calibration.p_value(scores_of(member)[row]))
                    });
                (weighted.sum::<f64>() / total) as f32
            })
            .collect()
    };
    Ok(MemberScores {
        name: name.to_owned(),
        weight: 1.0,
        calibration: combine(&|member| &member.calibration),
        test: combine(&|member| &member.test),
    })
}

fn measure(
    scores: &MemberScores,
    order: RecordOrder,
    is_attack: &[bool],
) -> Result<SequenceFigures, String> {
    let calibration = Calibration::fit(&scores.calibration)?;
    let labelled = scores.test.iter().zip(is_attack);
    let ranking = Ranking::new(labelled.map(|(score, label)| (*score, *label)).collect());
    let passes = |score: &f32| calibration.p_value(*score) <= NOMINAL_RATE;
    let n_found = |wanted: bool| {
        let rows = scores.test.iter().zip(is_attack);
        let found = rows.filter(|(score, label)| **label == wanted && passes(score));
        found.count() as f64
    };
    Ok(SequenceFigures {
        model: scores.name.clone(),
        order,
        roc_auc: ranking.roc_auc(),
        recall_at_1_percent: n_found(true) / ranking.n_attacks().max(1) as f64,
        realised: n_found(false) / ranking.n_normal().max(1) as f64,
    })
}
