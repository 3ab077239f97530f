//! Every route on one page.
//!
//! | path | what |
//! | --- | --- |
//! | `/`, and what else `app` routes | pages; `POST /` is the form without JavaScript |
//! | `/healthz`, `/readyz` | is it alive, can it serve |
//! | `/api/openapi.json` | the description of the API |
//! | `/api/v1/models` | the models and their figures |
//! | `/api/v1/score` | records or a table in, scores out |
//! | anything else | a file of the site, or 404 |

use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::reply::ApiError;
use super::score::score;
use super::state::AppState;
use super::{pages, policy};

/// The description of the API, checked by a test against [`machine_routes`].
pub(crate) const OPENAPI: &str = include_str!("openapi.json");

/// Routes for machines.
pub(crate) fn machine_routes() -> [(&'static str, MethodRouter<AppState>); 5] {
    [
        ("/healthz", get(async || "ok")),
        ("/readyz", get(ready)),
        ("/api/openapi.json", get(async || json_text(OPENAPI))),
        (
            "/api/v1/models",
            get(async |State(state): State<AppState>| json_text(state.model_list.clone())),
        ),
        ("/api/v1/score", post(score)),
    ]
}

/// All routes with their headers and logging.
pub(crate) fn build(state: AppState) -> Router {
    let router = machine_routes()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| {
            router.route(path, methods)
        });
    pages::add_routes(router)
        .fallback(other)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(from_fn(policy::apply))
        .layer(from_fn(log))
        .with_state(state)
}

async fn ready(State(state): State<AppState>) -> Response {
    if state.site.is_present() {
        "ok".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "the site folder is gone").into_response()
    }
}

fn json_text(text: impl IntoResponse) -> impl IntoResponse {
    (
        [
            (header::CONTENT_TYPE, "application/json"),
            (header::CACHE_CONTROL, "no-cache"),
        ],
        text,
    )
}

/// A file of the site, or nothing.
async fn other(State(state): State<AppState>, request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return ApiError::NotFound.into_response();
    }
    let (parts, body) = request.into_parts();
    let response = state
        .site
        .serve(Request::from_parts(parts.clone(), body))
        .await;
    if response.status() == StatusCode::NOT_FOUND {
        return pages::not_found(&state, parts).await;
    }
    response
}

/// One line per request; never a body or a query.
async fn log(request: Request, next: Next) -> Response {
    if !tracing::enabled!(tracing::Level::DEBUG) {
        return next.run(request).await;
    }
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let start = Instant::now();
    let response = next.run(request).await;
    tracing::debug!(%method, path, status = response.status().as_u16(), micros = start.elapsed().as_micros() as u64);
    response
}
