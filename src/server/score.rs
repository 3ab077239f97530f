//! `POST /api/v1/score`: JSON records or a table in, scores out; which of them, the content type says.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use models::calibration::DEFAULT_THRESHOLD;
use serde::Deserialize;

use super::reply::ApiError;
use super::state::AppState;
use super::{records, table};

/// The query as it stands in the URL.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScoreQuery {
    threshold: Option<String>,
    format: Option<TableFormat>,
    results: Option<bool>,
    evidence: Option<bool>,
    filter: Option<String>,
}

/// How the rows of a table are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TableFormat {
    /// One object with `results` and `summary`.
    #[default]
    Json,
    /// An object per line, the summary last.
    Ndjson,
    /// The original columns, then ours.
    Csv,
}

/// What is asked for, checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ScoreOptions {
    /// Risk at and above which a record is an anomaly.
    pub(crate) threshold: f32,
    /// Of tables.
    pub(crate) format: TableFormat,
    /// `false`: the summary alone. Of tables.
    pub(crate) has_results: bool,
    /// Whether each detector's evidence is given feature by feature. Of JSON records.
    pub(crate) has_evidence: bool,
    /// Which rows are written, in the language of `query`. Of tables.
    pub(crate) filter: Option<String>,
}

impl ScoreQuery {
    fn check(self) -> Result<ScoreOptions, ApiError> {
        let threshold = match self.threshold {
            Some(text) => {
                let risk = text
                    .parse()
                    .ok()
                    .filter(|risk| (0.0..=100.0).contains(risk));
                risk.ok_or_else(|| {
                    ApiError::BadRequest(format!(
                        "threshold: expected a risk from 0 to 100, found \"{}\"",
                        shown(&text)
                    ))
                })?
            }
            None => DEFAULT_THRESHOLD,
        };
        Ok(ScoreOptions {
            threshold,
            format: self.format.unwrap_or_default(),
            has_results: self.results.unwrap_or(true),
            has_evidence: self.evidence.unwrap_or(false),
            filter: self.filter,
        })
    }
}

/// Text of a client made safe to show: without control characters, cut to 40 characters.
pub(crate) fn shown(text: &str) -> String {
    const MAX_SHOWN: usize = 40;
    let mut characters = text.chars();
    let mut shown: String = characters
        .by_ref()
        .take(MAX_SHOWN)
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect()
            } else {
                vec![c]
            }
        })
        .collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Scores what the body holds.
pub(crate) async fn score(
    State(state): State<AppState>,
    query: Result<Query<ScoreQuery>, QueryRejection>,
    request: Request,
) -> Result<Response, ApiError> {
    let Query(query) = query.map_err(|rejection| ApiError::BadRequest(rejection.body_text()))?;
    let options = query.check()?;
    let (parts, body) = request.into_parts();
    match media_type(&parts.headers).as_deref() {
        Some("application/json") if options.filter.is_some() => Err(ApiError::BadRequest(
            "filter: expected a table, found JSON records, which are all answered".to_owned(),
        )),
        Some("application/json") => records::score(state, options, body).await,
        Some("multipart/form-data") => Err(ApiError::UnsupportedMediaType(
            "expected the file itself as the body, found a form (with curl: --data-binary @FILE -H \"Content-Type: text/csv\")".to_owned(),
        )),
        _ => table::score(state, options, body).await,
    }
}

/// The content type without its parameters, in lower case.
fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    value
        .split(';')
        .next()
        .map(|media_type| media_type.trim().to_ascii_lowercase())
}
