//! The pages of `app`, rendered by Leptos.
//!
//! In: a request, and for `POST /` the form sent without JavaScript. Out: HTML with the policy that its nonce belongs to.

use std::net::SocketAddr;

use app::Page;
use app::context::{
    AskedData, AskedProtocol, Evaluation, ModelFiles, Models, SubmittedForm, TrainingData,
};
use app::pages::data::choice::DataChoice;
use axum::body::Body;
use axum::extract::{Form, FromRequest as _, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use leptos::config::{Env, LeptosOptions};
use leptos::context::{provide_context, use_context};
use leptos_axum::{ResponseOptions, render_app_async_with_context};

use super::evaluation;
use super::policy::page_policy;
use super::request_body::{join, read_body};
use super::site::Site;
use super::state::AppState;
use crate::data_statistics;

/// Name of script, wasm and styles in the package folder.
const OUTPUT_NAME: &str = "oddflow";
/// Largest form: five numbers are some hundred bytes.
const MAX_FORM_BYTES: u64 = 4 << 10;

/// Where Leptos finds what the page loads.
pub(crate) fn options(site: &Site, addr: SocketAddr) -> LeptosOptions {
    LeptosOptions::builder()
        .output_name(OUTPUT_NAME)
        .site_root(site.root.to_string_lossy().into_owned())
        .site_pkg_dir(site.index.pkg.clone())
        .site_addr(addr)
        .env(Env::PROD)
        .build()
}

/// Adds a route for each page of the app, and the form.
pub(crate) fn add_routes(router: axum::Router<AppState>) -> axum::Router<AppState> {
    // Leptos spawns its tasks on what is named here first; naming it again, as tests do, changes nothing.
    drop(any_spawner::Executor::init_tokio());
    let page = |page: Page| {
        get(
            async move |State(state): State<AppState>, request: Request| {
                render(&state, request.into_parts().0, page, None).await
            },
        )
    };
    Page::ALL
        .into_iter()
        .fold(router, |router, to| router.route(to.path(), page(to)))
        .route("/", post(submit))
}

/// The page with the form that was sent, and its verdict.
async fn submit(State(state): State<AppState>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = match read_body(body, MAX_FORM_BYTES).await {
        Ok(pieces) => join(pieces),
        Err(error) => return error.into_response(),
    };
    let form = Form::<Vec<(String, String)>>::from_request(
        Request::from_parts(parts.clone(), Body::from(bytes)),
        &(),
    )
    .await;
    match form {
        Ok(Form(fields)) => render(&state, parts, Page::Score, Some(SubmittedForm(fields))).await,
        Err(rejection) => rejection.into_response(),
    }
}

/// The app's own page for addresses that it does not know.
pub(crate) async fn not_found(state: &AppState, parts: Parts) -> Response {
    let mut response = render(state, parts, Page::NotFound, None).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

async fn render(
    state: &AppState,
    parts: Parts,
    page: Page,
    form: Option<SubmittedForm>,
) -> Response {
    let options = leptos_options(state);
    let is_private = form.is_some();
    let evaluation = Evaluation(evaluation::shipped());
    let data = TrainingData(data_statistics::shipped());
    let asked = asked(&parts);
    let protocol = asked.iter().find(|(name, _)| name == "protocol");
    let protocol = protocol.map(|(_, protocol)| protocol.clone());
    let is_unknown = match page {
        Page::Models => protocol
            .as_ref()
            .is_some_and(|protocol| evaluation.find(protocol).is_none()),
        Page::Data => DataChoice::of(&asked).is_err(),
        Page::Score | Page::About | Page::NotFound => false,
    };
    let facts = context(state, form);
    let handler = render_app_async_with_context(
        move || {
            provide_context(evaluation.clone());
            provide_context(AskedProtocol(protocol.clone()));
            provide_context(data.clone());
            provide_context(AskedData(asked.clone()));
            facts();
        },
        move || app::shell(options.clone(), page),
    );
    let mut response = handler(Request::from_parts(parts, Body::empty())).await;
    if is_unknown {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    if is_private {
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// The pairs in the address of a page; none where they cannot be read.
fn asked(parts: &Parts) -> Vec<(String, String)> {
    let pairs = Query::try_from_uri(&parts.uri);
    pairs.map_or_else(|_| Vec::new(), |Query(pairs)| pairs)
}

fn leptos_options(state: &AppState) -> LeptosOptions {
    axum::extract::FromRef::from_ref(state)
}

/// What the app finds in its context. Called when Leptos has made the nonce and before it renders.
fn context(
    state: &AppState,
    form: Option<SubmittedForm>,
) -> impl Fn() + Clone + Send + Sync + 'static {
    let models = Models(state.models.iter().cloned().collect());
    let files = ModelFiles(state.site.index.models.clone());
    move || {
        provide_context(models.clone());
        provide_context(files.clone());
        if let Some(form) = &form {
            provide_context(form.clone());
        }
        let Some(response) = use_context::<ResponseOptions>() else {
            return;
        };
        response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        // Without one, the policy for files applies, under which the page cannot start: closed rather than open.
        if let Some(nonce) = leptos::nonce::use_nonce()
            && let Ok(policy) = HeaderValue::from_str(&page_policy(&nonce))
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}
