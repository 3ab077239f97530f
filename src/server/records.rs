//! JSON records in, scores out.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use models::calibration::Band;
use models::digest::ScoreDigest;
use models::explain::Reason;
use models::trained_model::Detections;
use serde::Serialize;
use traffic::result_table::verdict;

use super::record_json::JsonRecords;
use super::reply::ApiError;
use super::request_body::{join, read_body, stated_bytes};
use super::score::ScoreOptions;
use super::scorers::Bench;
use super::state::AppState;
use crate::pipeline::Summary;
use crate::rows::{DetectorScore, detector_scores};

/// Largest body: 10,000 records of 41 features take 10 MiB when written by hand.
const MAX_BYTES: u64 = 16 << 20;
/// Bodies up to this are a few records and need no turn: see [`super::jobs`].
const INLINE_BYTES: u64 = 8 << 10;

/// A scored record.
#[derive(Debug, Serialize)]
struct RecordScore {
    view: &'static str,
    verdict: &'static str,
    /// 0..=100; see `models::calibration`.
    risk: f32,
    band: &'static str,
    /// Share of normal records at least as odd.
    p: f64,
    /// The ensemble's raw score; higher is more anomalous.
    score: f32,
    detectors: Vec<DetectorScore>,
    /// What pushed the score up, strongest first. In an array, anomalies have them; a single record always has.
    reasons: Vec<Reason>,
}

#[derive(Debug, Serialize)]
struct ArrayReply {
    results: Vec<RecordScore>,
    summary: Summary,
}

/// Reads the body and scores its records.
pub(crate) async fn score(
    state: AppState,
    options: ScoreOptions,
    body: Body,
) -> Result<Response, ApiError> {
    let n_bytes = stated_bytes(&body);
    let reply = if n_bytes.is_some_and(|n_bytes| n_bytes <= INLINE_BYTES) {
        let text = join(read_body(body, INLINE_BYTES).await?);
        answer(&state, &options, &text)?
    } else {
        let turn = state.jobs.enter(n_bytes).await?;
        let text = join(read_body(body, MAX_BYTES).await?);
        let work = move || {
            let reply = answer(&state, &options, &text);
            drop(turn);
            reply
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| ApiError::Internal(error.into()))??
    };
    Ok(([(header::CONTENT_TYPE, "application/json")], reply).into_response())
}

fn answer(state: &AppState, options: &ScoreOptions, text: &Bytes) -> Result<Vec<u8>, ApiError> {
    let records = JsonRecords::parse(text).map_err(bad_request)?;
    let model_sha256 = state.models.sha256(records.view);
    let scored = state.scorers.with(&state.models, records.view, |bench| {
        score_records(&records, options, model_sha256, bench)
    });
    scored.ok_or_else(|| {
        ApiError::Internal(anyhow::anyhow!("no model for view {}", records.view.name()))
    })?
}

fn bad_request(error: impl ToString) -> ApiError {
    ApiError::BadRequest(error.to_string())
}

fn score_records(
    records: &JsonRecords<'_>,
    options: &ScoreOptions,
    model_sha256: Option<&str>,
    bench: &mut Bench,
) -> Result<Vec<u8>, ApiError> {
    let model = bench.scorer.model().clone();
    let n_unseen = records
        .read(model.preprocess.vocabularies(), &mut bench.batch)
        .map_err(bad_request)?;
    let detections = bench.scorer.detect(&bench.batch);
    let results: Vec<RecordScore> = (0..records.len())
        .map(|row| score_of(bench, &detections, row, options, !records.is_array()))
        .collect();
    let reply = match results.first() {
        Some(single) if !records.is_array() => serde_json::to_vec(single),
        _ => {
            let summary = summarize(records, options, &detections, n_unseen, model_sha256);
            serde_json::to_vec(&ArrayReply { results, summary })
        }
    };
    reply.map_err(|error| ApiError::Internal(error.into()))
}

fn score_of(
    bench: &mut Bench,
    detections: &Detections,
    row: usize,
    options: &ScoreOptions,
    always_explain: bool,
) -> RecordScore {
    let model = bench.scorer.model().clone();
    let (risk, score) = (detections.risk[row], detections.combined[row]);
    let is_anomaly = risk >= options.threshold;
    let mut detectors = detector_scores(&model, detections, row);
    if options.has_evidence {
        for (index, detector) in detectors.iter_mut().enumerate() {
            detector.evidence = Some(evidence_of(bench, detections, row, index + 1));
        }
    }
    RecordScore {
        view: model.view().name(),
        verdict: verdict(is_anomaly),
        risk,
        band: Band::of(risk).name(),
        p: model.ensemble.p_value(score),
        score,
        detectors,
        reasons: if is_anomaly || always_explain {
            bench.scorer.explain(&bench.batch, detections, row, 0)
        } else {
            Vec::new()
        },
    }
}

/// What each feature adds to the score of one column.
fn evidence_of(
    bench: &mut Bench,
    detections: &Detections,
    row: usize,
    column: usize,
) -> BTreeMap<String, f32> {
    let parts = bench
        .scorer
        .feature_evidence(&bench.batch, detections, row, column);
    let features = bench.scorer.model().view().features();
    features
        .map(|feature| feature.name.to_owned())
        .zip(parts)
        .collect()
}

/// The same figures and digest as for a table of these records.
fn summarize(
    records: &JsonRecords<'_>,
    options: &ScoreOptions,
    detections: &Detections,
    n_unseen: u64,
    model_sha256: Option<&str>,
) -> Summary {
    let mut digest = ScoreDigest::default();
    digest.update(detections);
    let mut bands: BTreeMap<&'static str, u64> = Band::ALL.map(|band| (band.name(), 0)).into();
    for &risk in &detections.risk {
        *bands.entry(Band::of(risk).name()).or_default() += 1;
    }
    Summary {
        view: records.view.name().to_owned(),
        rows: detections.risk.len() as u64,
        anomalies: detections
            .risk
            .iter()
            .filter(|risk| **risk >= options.threshold)
            .count() as u64,
        threshold: options.threshold,
        bands,
        rejected: 0,
        errors: Vec::new(),
        unseen_categories: n_unseen,
        incomplete: None,
        digest: digest.finish(),
        model_sha256: model_sha256.map(str::to_owned),
        filter: None,
        matched: None,
    }
}
