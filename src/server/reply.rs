//! Errors of the API: always JSON `{"error": "..."}`.
//!
//! The client's mistake is told; ours is logged and answered with a sentence that gives nothing away.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// The request contradicts the description of the API.
    #[error("{0}")]
    BadRequest(String),
    /// No such path.
    #[error("there is nothing at this path; the API is described at /api/openapi.json")]
    NotFound,
    /// The path is there, the method is not.
    #[error("this path does not take this method; the API is described at /api/openapi.json")]
    MethodNotAllowed,
    /// The body did not come in time.
    #[error("{0}")]
    Timeout(String),
    /// Over a cap.
    #[error("{0}")]
    TooLarge(String),
    /// Not a table.
    #[error("{0}")]
    UnsupportedMediaType(String),
    /// A table of something else.
    #[error("{0}")]
    Unprocessable(String),
    /// Enough to do already.
    #[error("other files are being scored; try again in {RETRY_AFTER_SECS} s")]
    Busy,
    /// Our fault.
    #[error("internal error: {0:#}")]
    Internal(anyhow::Error),
}

/// Roughly how long a large table takes.
const RETRY_AFTER_SECS: u64 = 10;

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Timeout(_) => StatusCode::REQUEST_TIMEOUT,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What the client may know.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Internal(_) => "the server failed; its log says why".to_owned(),
            _ => self.to_string(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        if let Self::Internal(error) = &self {
            tracing::error!("{error:#}");
        }
        let mut response =
            (self.status(), Json(json!({ "error": self.message() }))).into_response();
        if matches!(self, Self::Busy) {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(RETRY_AFTER_SECS));
        }
        response
    }
}
