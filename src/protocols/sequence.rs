//! The sequence model against its shuffled control: on simulated days, where the order of records is true, and on KDD Cup 99, where the order
//! of the file gives the labels away.

use std::collections::BTreeMap;
use std::path::Path;
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
const DAY_SEEDS: [u64; 3] = [1, 2, 3];
/// Weight of the sequence model beside the ensemble's members, as tried on days that are not in the test.
const LSTM_WEIGHT: f64 = 0.5;

/// Figures by title, one value per seed: ROC AUC, recall at calibrated 1 %, what came out of the 1 %.
type Figures = BTreeMap<String, Vec<[f64; 3]>>;

/// Measures on the days in a folder.
///
/// # Errors
/// Where a table is missing or nothing can be fitted on it.
pub(super) fn on_days(folder: &Path, n_threads: usize) -> anyhow::Result<Vec<SequenceReport>> {
    let runs = in_parallel(n_threads, &DAY_SEEDS, |&seed| day(folder, seed));
    let mut figures = Figures::new();
    for run in runs {
        for (title, values) in run? {
            figures.entry(title).or_default().push(values);
        }
    }
    Ok(reports(
        figures,
        "simulated office: eight days to fit, one to stop, one to calibrate, one with attacks to test",
        None,
    ))
}

fn day(folder: &Path, seed: u64) -> anyhow::Result<Vec<(String, [f64; 3])>> {
    let read = |name: &str| {
        let path = folder.join(format!("{name}-{seed}.csv"));
        anyhow::Ok(data::read_file(&path)?.records)
    };
    let fit = read("fit")?;
    let params = TrainingParams {
        seed,
        ..TrainingParams::for_view(View::Kdd41)
    };
    let mut params = params;
    params.members.retain(|member| member.weight > 0.0);
    let model = fit_model(&fit, View::Kdd41, &data::whole(&fit, &params), &params)?;
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
    run(&rows, &member_scores(&model, &calibration, &test), seed)
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
    let figures = run(&rows, &[], 42)?
        .into_iter()
        .map(|(title, values)| (title, vec![values]))
        .collect();
    Ok(reports(
        figures,
        "KDD Cup 99 (10 %) in the order of the file",
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

fn run(
    rows: &SequenceRows<'_>,
    members: &[MemberScores],
    seed: u64,
) -> anyhow::Result<Vec<(String, [f64; 3])>> {
    let params = LstmParams {
        seed,
        ..LstmParams::default()
    };
    let report =
        sequence_protocol(rows, members, LSTM_WEIGHT, &params).map_err(anyhow::Error::msg)?;
    let figures = report.figures.into_iter().map(|figures| {
        let order = match figures.order {
            RecordOrder::Time => "true order",
            RecordOrder::Shuffled => "shuffled",
        };
        let values = [
            figures.roc_auc,
            figures.recall_at_1_percent,
            figures.realised,
        ];
        (title_of(&figures.model, order), values)
    });
    Ok(figures.collect())
}

fn title_of(model: &str, order: &str) -> String {
    match model {
        "lstm" => format!("LSTM, {order}"),
        "history_only" => format!("records before this one only, {order}"),
        "ensemble_with_lstm" => format!("ensemble with LSTM, {order}"),
        other => other.replace('_', " "),
    }
}

fn reports(figures: Figures, description: &str, leak: Option<&str>) -> Vec<SequenceReport> {
    figures
        .into_iter()
        .map(|(title, values)| SequenceReport {
            title,
            description: description.to_owned(),
            leak: leak.map(str::to_owned),
            figures: ["roc_auc", "recall", "false_alarm_rate"]
                .iter()
                .enumerate()
                .map(|(index, name)| {
                    let values: Vec<f64> = values.iter().map(|figures| figures[index]).collect();
                    ((*name).to_owned(), Spread::of(&values))
                })
                .collect(),
        })
        .collect()
}
