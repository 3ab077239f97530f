//! The sequence model against its shuffled control: on simulated days, where the order of records is true, and on KDD Cup 99, where the order
//! of the file gives the labels away.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use models::evaluation::report::{SequenceReport, Spread};
use models::lstm::LstmParams;
use models::lstm::control::{MemberScores, RecordOrder, SequenceRows, sequence_protocol};
use models::preprocess::Preprocess;
use models::schema::View;
use models::trained_model::{Scorer, TrainedModel};
use models::training::{DistinctRows, LabelledRecords, TrainingParams, fit_model, network_rows};
use ndarray::Array2;

use super::data;
use super::in_parallel;

/// Seeds of the simulated days, as `xtask sample --days` writes them.
const DAY_SEEDS: [u64; 5] = [1, 2, 3, 4, 5];
/// Seed of the network that reads a file in its order: one is enough to show that there is a leak.
const FILE_ORDER_SEED: u64 = 42;
/// Weight of the sequence model beside the ensemble's members, as tried on other days than those of seeds 1 to 3.
const LSTM_WEIGHT: f64 = 0.5;

/// Title of the row that says in how many runs of attacks or of normal records the records come.
const LABEL_RUNS: &str = "runs of one label";

/// What one seed gave: values by title and figure.
type Measured = BTreeMap<String, BTreeMap<&'static str, f64>>;

/// Where a table of a seed is.
fn path_of(folder: &Path, name: &str, seed: u64) -> PathBuf {
    folder.join(format!("{name}-{seed}.csv"))
}

/// Checks that the days are there.
///
/// # Errors
/// Where a table is missing.
pub(super) fn check_files(folder: &Path) -> anyhow::Result<()> {
    for seed in DAY_SEEDS {
        for name in ["fit", "validation", "calibration", "test"] {
            let path = path_of(folder, name, seed);
            anyhow::ensure!(
                path.is_file(),
                "{}: is not there, `cargo xtask sample --days FOLDER` writes it",
                path.display()
            );
        }
    }
    Ok(())
}

/// Measures on the days in a folder.
///
/// # Errors
/// Where a table is missing or nothing can be fitted on it.
pub(super) fn on_days(folder: &Path, n_threads: usize) -> anyhow::Result<Vec<SequenceReport>> {
    let runs = in_parallel(n_threads, &DAY_SEEDS, |&seed| day(folder, seed));
    let runs = runs.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    Ok(reports(&runs, "simulated office", None))
}

fn day(folder: &Path, seed: u64) -> anyhow::Result<Measured> {
    let read = |name: &str| anyhow::Ok(data::read_file(&path_of(folder, name, seed))?.records);
    let fit = read("fit")?;
    let mut params = TrainingParams {
        seed,
        ..TrainingParams::for_view(View::Kdd41)
    };
    params.members.retain(|member| member.weight > 0.0);
    let split = data::whole(&fit, View::Kdd41, &params);
    let model = fit_model(&fit, View::Kdd41, &split, &params)?;
    let (calibration, test) = (read("calibration")?, read("test")?);
    let preprocess = &model.preprocess;
    let encoded = [fit, read("validation")?].map(|records| encode(preprocess, &records));
    let (calibration_rows, test_rows) =
        (encode(preprocess, &calibration), encode(preprocess, &test));
    let is_attack: Vec<bool> = test
        .is_normal()
        .iter()
        .map(|is_normal| !is_normal)
        .collect();
    let rows = SequenceRows {
        fit: &encoded[0],
        validation: &encoded[1],
        calibration: &calibration_rows,
        test: &test_rows,
        is_attack: &is_attack,
    };
    let members = member_scores(&model, &calibration, &test);
    run(&rows, &members, seed, "true order")
}

/// Measures on KDD Cup 99 in the order of the file: normal rows of the first 60 % to fit, 10 % to stop, 10 % to calibrate; all rows after them
/// to test.
///
/// # Errors
/// Where nothing can be fitted.
pub(super) fn on_file_order(records: &LabelledRecords) -> anyhow::Result<Vec<SequenceReport>> {
    let is_normal = records.is_normal();
    let normal: Vec<usize> = (0..is_normal.len()).filter(|&row| is_normal[row]).collect();
    let at = |share: f64| (normal.len() as f64 * share) as usize;
    let first_test = *normal.get(at(0.8)).context("there are normal rows")?;
    let test: Vec<usize> = (first_test..is_normal.len()).collect();
    let parts = [
        &normal[..at(0.6)],
        &normal[at(0.6)..at(0.7)],
        &normal[at(0.7)..at(0.8)],
        &test[..],
    ];
    let distinct = DistinctRows::of(&records.batch, parts[0]).rows;
    let preprocess = Preprocess::fit(&records.batch, &records.vocabularies, &distinct);
    let batch = preprocess.recode(&records.batch, &records.vocabularies);
    let [fit, validation, calibration, test_rows] =
        parts.map(|rows| network_rows(&preprocess, &batch, rows));
    let is_attack: Vec<bool> = test.iter().map(|&row| !is_normal[row]).collect();
    let rows = SequenceRows {
        fit: &fit,
        validation: &validation,
        calibration: &calibration,
        test: &test_rows,
        is_attack: &is_attack,
    };
    let measured = run(&rows, &[], FILE_ORDER_SEED, "order of the file")?;
    Ok(reports(
        &[measured],
        "KDD Cup 99 (10 %)",
        Some(
            "the file is sorted in blocks of one label: a score that never looks at the record does well",
        ),
    ))
}

fn encode(preprocess: &Preprocess, records: &LabelledRecords) -> Array2<f32> {
    let batch = preprocess.recode(&records.batch, &records.vocabularies);
    let all: Vec<usize> = (0..batch.n_rows()).collect();
    network_rows(preprocess, &batch, &all)
}

fn member_scores(
    model: &TrainedModel,
    calibration: &LabelledRecords,
    test: &LabelledRecords,
) -> Vec<MemberScores> {
    let mut scorer = Scorer::new(Arc::new(model.clone()));
    let mut raw = |records: &LabelledRecords| {
        let batch = model
            .preprocess
            .recode(&records.batch, &records.vocabularies);
        scorer.detect(&batch).raw
    };
    let (calibration, test) = (raw(calibration), raw(test));
    let scores = calibration.into_iter().zip(test);
    model
        .members
        .iter()
        .zip(scores)
        .map(|(member, (calibration, test))| MemberScores {
            name: member.detector.kind().name.to_owned(),
            weight: f64::from(member.weight),
            calibration,
            test,
        })
        .collect()
}

/// Fits and measures; `order` says what the order of the rows is.
fn run(
    rows: &SequenceRows<'_>,
    members: &[MemberScores],
    seed: u64,
    order: &str,
) -> anyhow::Result<Measured> {
    let params = LstmParams {
        seed,
        ..LstmParams::default()
    };
    let report =
        sequence_protocol(rows, members, LSTM_WEIGHT, &params).map_err(anyhow::Error::msg)?;
    let label_runs = [
        ("label_runs", report.label_runs as f64),
        ("n_records", rows.is_attack.len() as f64),
    ];
    let figures = report.figures.iter().map(|figures| {
        let order = match figures.order {
            RecordOrder::Time => order,
            RecordOrder::Shuffled => "shuffled",
        };
        let values = [
            ("roc_auc", figures.roc_auc),
            ("recall", figures.recall_at_1_percent),
            ("false_alarm_rate", figures.realised),
        ];
        (title_of(&figures.model, order), values.into())
    });
    Ok(figures
        .chain([(LABEL_RUNS.to_owned(), label_runs.into())])
        .collect())
}

fn title_of(model: &str, order: &str) -> String {
    match model {
        "lstm" => format!("LSTM, {order}"),
        "history_only" => format!("records before this one only, {order}"),
        "ensemble_with_lstm" => format!("ensemble with LSTM, {order}"),
        other => other.replace('_', " "),
    }
}

/// One report per title, over the seeds.
fn reports(runs: &[Measured], description: &str, leak: Option<&str>) -> Vec<SequenceReport> {
    let mut values: BTreeMap<&str, BTreeMap<&str, Vec<f64>>> = BTreeMap::new();
    for (title, figures) in runs.iter().flatten() {
        for (name, value) in figures {
            let of_title = values.entry(title).or_default();
            of_title.entry(name).or_default().push(*value);
        }
    }
    values
        .into_iter()
        .map(|(title, figures)| SequenceReport {
            title: title.to_owned(),
            description: description.to_owned(),
            leak: leak.map(str::to_owned),
            n_seeds: runs.len(),
            figures: figures
                .into_iter()
                .map(|(name, values)| (name.to_owned(), Spread::of(&values)))
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_have_a_spread_over_the_seeds() {
        let run = |auc: f64, n_runs: f64| -> Measured {
            [
                (title_of("lstm", "true order"), [("roc_auc", auc)].into()),
                (LABEL_RUNS.to_owned(), [("label_runs", n_runs)].into()),
            ]
            .into()
        };
        let reports = reports(&[run(0.8, 10.0), run(0.9, 20.0)], "days", None);
        let found: Vec<(&str, usize, &str, f64)> = reports
            .iter()
            .flat_map(|report| {
                report.figures.iter().map(|(name, spread)| {
                    (
                        report.title.as_str(),
                        report.n_seeds,
                        name.as_str(),
                        spread.max,
                    )
                })
            })
            .collect();
        assert_eq!(
            found,
            [
                ("LSTM, true order", 2, "roc_auc", 0.9),
                (LABEL_RUNS, 2, "label_runs", 20.0)
            ]
        );
    }
}
