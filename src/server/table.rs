//! A table in, scores out: the pipeline of `oddflow score` behind HTTP, with the same results and digest.
//!
//! The body is taken in whole, then scored on threads outside the runtime while the results go out. What goes wrong before the first results
//! has a status; what goes wrong later stands where the summary would (JSON), or breaks the answer off (CSV).

use std::collections::VecDeque;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::json;
use traffic::content::ContentError;
use traffic::stream::ReadError;

use super::reply::ApiError;
use super::request_body::{PieceReader, read_body, stated_bytes};
use super::response_body::{BodyWriter, ReaderGone, channel};
use super::score::{ScoreOptions, TableFormat};
use super::state::AppState;
use crate::pipeline::{self, FilterError, NoRows, Options, Summary, TooLarge};
use crate::rows::{RowFormat, RowFormatter};

/// Largest body; `kddcup.data_10_percent` has 72 MiB.
pub(crate) const MAX_BYTES: u64 = 96 << 20;
/// Most bytes that a packed body unpacks to.
const MAX_UNPACKED_BYTES: u64 = 1 << 30;

/// Reads the body and scores its rows.
pub(crate) async fn score(
    state: AppState,
    options: ScoreOptions,
    body: Body,
) -> Result<Response, ApiError> {
    if stated_bytes(&body).is_some_and(|n_bytes| n_bytes > MAX_BYTES) {
        // Refused without waiting for a turn.
        read_body(body, MAX_BYTES).await?;
        return Err(ApiError::TooLarge("the body is too large".to_owned()));
    }
    let turn = state.jobs.enter(stated_bytes(&body)).await?;
    let pieces = read_body(body, MAX_BYTES).await?;
    let (writer, source) = channel();
    let media_type = match options.format {
        _ if !options.has_results => "application/json",
        TableFormat::Json => "application/json",
        TableFormat::Ndjson => "application/x-ndjson",
        TableFormat::Csv => "text/csv; charset=utf-8",
    };
    let job = move || {
        if let Err(ReaderGone) = run(&state, &options, pieces, &writer) {
            tracing::debug!("a client left before its table was scored");
        }
        drop(turn);
    };
    drop(tokio::task::spawn_blocking(job));
    let mut response = Response::new(source.into_body().await?);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    Ok(response)
}

/// Scores the table and writes the answer; on a thread that may block.
fn run(
    state: &AppState,
    options: &ScoreOptions,
    pieces: VecDeque<Bytes>,
    writer: &BodyWriter,
) -> Result<(), ReaderGone> {
    let format = match options.format {
        _ if !options.has_results => RowFormat::Nothing,
        TableFormat::Json => RowFormat::Json { separator: "," },
        TableFormat::Ndjson => RowFormat::Json { separator: "" },
        TableFormat::Csv => RowFormat::Csv,
    };
    let formatter = RowFormatter {
        format,
        threshold: options.threshold,
        is_only_anomalies: false,
    };
    let pipeline_options = Options {
        threshold: options.threshold,
        max_bytes: MAX_UNPACKED_BYTES,
        filter: options.filter.clone(),
        ..Options::default()
    };
    let mut is_started = false;
    let result = pipeline::score(
        PieceReader::new(pieces),
        &state.models,
        &pipeline_options,
        &formatter,
        |scored| {
            let text = match format {
                // Every row starts with its separator, so that chunks can be formatted apart.
                RowFormat::Json { separator: "," } if !is_started => {
                    [b"{\"results\":[", scored.text.get(1..).unwrap_or_default()]
                        .concat()
                        .into()
                }
                _ => Bytes::copy_from_slice(&scored.text),
            };
            // A chunk whose rows were all refused has no text, and the next one begins.
            if !scored.text.is_empty() {
                is_started = true;
                writer.send(Ok(text))?;
            }
            Ok(())
        },
    );
    match result {
        Ok(summary) => match end(options, is_started, &summary) {
            Ok(text) if text.is_empty() && is_started => Ok(()),
            end => writer.send(end),
        },
        Err(error) if error.is::<ReaderGone>() => Err(ReaderGone),
        Err(error) if is_started => writer.send(late_error(options, refusal(error))),
        Err(error) => writer.send(Err(refusal(error))),
    }
}

/// What comes after the rows.
fn end(options: &ScoreOptions, is_started: bool, summary: &Summary) -> Result<Bytes, ApiError> {
    let summary =
        serde_json::to_string(summary).map_err(|error| ApiError::Internal(error.into()))?;
    let text = match options.format {
        _ if !options.has_results => format!("{{\"summary\":{summary}}}\n"),
        TableFormat::Json if is_started => format!("],\"summary\":{summary}}}\n"),
        TableFormat::Json => format!("{{\"results\":[],\"summary\":{summary}}}\n"),
        TableFormat::Ndjson => format!("{{\"summary\":{summary}}}\n"),
        TableFormat::Csv => String::new(),
    };
    Ok(text.into())
}

/// An error after rows went out: JSON has room for it, CSV has not.
fn late_error(options: &ScoreOptions, error: ApiError) -> Result<Bytes, ApiError> {
    let object = json!({ "error": error.message() }).to_string();
    match options.format {
        TableFormat::Json => Ok(format!("],{}\n", object.trim_start_matches('{')).into()),
        TableFormat::Ndjson => Ok(format!("{object}\n").into()),
        TableFormat::Csv => Err(error),
    }
}

/// What the command line would say, with the status that fits.
fn refusal(error: anyhow::Error) -> ApiError {
    if error.is::<TooLarge>() {
        return ApiError::TooLarge(format!("{error:#}"));
    }
    if error.is::<FilterError>() {
        return ApiError::BadRequest(format!("{error:#}"));
    }
    if error.is::<NoRows>() {
        return ApiError::Unprocessable(format!("{error:#}"));
    }
    match error.downcast_ref::<ReadError>() {
        Some(ReadError::Content(ContentError::Empty)) => {
            ApiError::Unprocessable(format!("{error:#}"))
        }
        Some(ReadError::Content(ContentError::Json)) => ApiError::UnsupportedMediaType(format!(
            "{error:#}; send JSON records with Content-Type: application/json"
        )),
        Some(ReadError::Content(_)) => ApiError::UnsupportedMediaType(format!("{error:#}")),
        Some(_) => ApiError::Unprocessable(format!("{error:#}")),
        None => ApiError::Internal(error),
    }
}
