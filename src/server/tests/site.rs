//! Pages, files, the list of models, and the description of the API.

use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::json;

use super::{PKG, RECORD, Server};
use crate::server::router::{OPENAPI, machine_routes};
use crate::server::site::Site;

#[tokio::test]
async fn pages_carry_a_policy_with_the_nonce_of_their_scripts() {
    let server = Server::new("page");
    let (first, second) = (server.get("/").await, server.get("/").await);
    assert_eq!(first.status, StatusCode::OK);
    assert!(first.header("content-type").starts_with("text/html"));
    let policy = first.header("content-security-policy");
    assert_ne!(policy, second.header("content-security-policy"));
    assert!(policy.starts_with("default-src 'none'; script-src 'self' 'nonce-"));
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap();
    assert!(
        first.text().contains(&format!("nonce=\"{nonce}\"")),
        "{}",
        first.text()
    );
    assert!(first.text().contains(PKG));
    for script in first.text().split("<script").skip(1) {
        assert!(
            script.split('>').next().unwrap().contains(nonce),
            "a script without nonce: {script}"
        );
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(first.header(name), value);
    }
    assert!(first.header("permissions-policy").contains("camera=()"));
    assert!(!first.headers.contains_key(header::SET_COOKIE));
}

#[tokio::test]
async fn the_form_works_without_javascript() {
    let server = Server::new("form");
    let answer = server
        .post(
            "/",
            "application/x-www-form-urlencoded",
            "duration=6.1&src_bytes=100&dst_bytes=1000&count=1&srv_count=8",
        )
        .await;
    assert_eq!(answer.status, StatusCode::OK);
    let verdict = answer.text().split("data-testid=\"result-status\"").nth(1);
    assert!(verdict.unwrap().starts_with(">Normal<"), "{verdict:?}");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("content-security-policy").contains("'nonce-"));
    let wrong = server.post("/", "text/plain", "duration=1").await;
    assert_eq!(wrong.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_worker_can_connect_nowhere() {
    let server = Server::new("worker");
    let answer = server.get("/worker.js").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.header("content-type").starts_with("text/javascript"));
    assert_eq!(
        answer.header("content-security-policy"),
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'none'"
    );
}

#[tokio::test]
async fn files_are_packed_typed_and_cached_by_their_names() {
    let server = Server::new("files");
    let script = format!("/{PKG}/oddflow.js");
    for (encodings, expected) in [
        ("br, gzip", "packed by brotli"),
        ("gzip", "packed by gzip"),
        ("", "// script"),
    ] {
        let request = Request::get(&script)
            .header(header::ACCEPT_ENCODING, encodings)
            .body(Body::empty())
            .unwrap();
        let answer = server.ask(request).await;
        assert_eq!(answer.text(), expected);
        assert_eq!(
            answer.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert!(
            answer
                .header("vary")
                .to_ascii_lowercase()
                .contains("accept-encoding")
        );
    }
    let wasm = server.get(&format!("/{PKG}/oddflow_bg.wasm")).await;
    assert_eq!(wasm.header("content-type"), "application/wasm");
    let model = server.get("/models/kdd5.89abcdef.oddflow").await;
    assert_eq!(model.header("content-type"), "application/octet-stream");
    assert!(model.header("cache-control").contains("immutable"));
    assert_eq!(
        server.get("/worker.js").await.header("cache-control"),
        "no-cache"
    );
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_apart() {
    let server = Server::new("unknown");
    let page = server.get("/no-such-page").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.header("content-security-policy").contains("'nonce-"));
    assert_eq!(
        server.get("/../../etc/passwd").await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        server.get("/%2e%2e/%2e%2e/etc/passwd").await.status,
        StatusCode::NOT_FOUND
    );
    let api = server.get("/api/v2/score").await;
    assert_eq!(api.status, StatusCode::NOT_FOUND);
    assert!(api.error().contains("/api/openapi.json"));
    let method = server.get("/api/v1/score").await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(method.header("allow").contains("POST"));
    assert!(!method.error().is_empty());
    let posted = server
        .ask(
            Request::builder()
                .method(Method::DELETE)
                .uri("/healthz")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn says_that_it_is_well() {
    let server = Server::new("health");
    assert_eq!(server.get("/healthz").await.text(), "ok");
    assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
    std::fs::remove_file(server._folder.0.join("site.json")).unwrap();
    assert_eq!(
        server.get("/readyz").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn an_unknown_protocol_is_not_found() {
    let server = Server::new("protocol");
    let unknown = server.get("/models?protocol=P99").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let known = server.get("/models?protocol=p1").await;
    assert_eq!(known.status, StatusCode::OK);
}

#[tokio::test]
async fn the_data_page_takes_its_choices_from_the_address() {
    let server = Server::new("data");
    for (address, status, shown) in [
        ("/data", StatusCode::OK, " normal, "),
        ("/data?split=verdict", StatusCode::OK, " anomalies, "),
        (
            "/data?rows=distinct&split=label",
            StatusCode::OK,
            " distinct attacks, ",
        ),
        ("/data?split=both", StatusCode::NOT_FOUND, "“both”"),
    ] {
        let page = server.get(address).await;
        assert_eq!(page.status, status, "{address}");
        assert!(page.text().contains(shown), "{address}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("'nonce-"), "{policy}");
        assert!(page.text().contains("src=\"/charts.js\""));
        assert!(!page.text().contains("hydrate"));
    }
}

#[tokio::test]
async fn lists_models_with_figures() {
    let server = Server::new("models");
    let list = server.get("/api/v1/models").await.json();
    let models = list["models"].as_array().unwrap();
    assert_eq!(
        models
            .iter()
            .map(|model| model["view"].as_str().unwrap())
            .collect::<Vec<_>>(),
        ["kdd41", "kdd28", "kdd5"]
    );
    assert_eq!(models[0]["features"].as_array().unwrap().len(), 41);
    let count = &models[2]["features"][3];
    assert_eq!(
        (&count["name"], &count["kind"], &count["max"]),
        (&json!("count"), &json!("count"), &json!(511.0))
    );
    assert!(count["typical_range"][1].as_f64().unwrap() > 0.0);
    for model in models {
        assert_eq!(model["sha256"].as_str().unwrap().len(), 64);
        assert!(!model["card"]["figures"].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_description_names_every_route() {
    let server = Server::new("openapi");
    let description = server.get("/api/openapi.json").await.json();
    let mut described: Vec<&str> = description["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let mut routes = machine_routes().map(|(path, _)| path);
    described.sort_unstable();
    routes.sort_unstable();
    assert_eq!(described, routes);
    assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    for reference in OPENAPI.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(
            description["components"]["schemas"].get(name).is_some(),
            "{name}"
        );
    }
    let record = &description["components"]["schemas"]["RecordScore"]["required"];
    let scored = server.score_json(RECORD).await.json();
    let keys: std::collections::BTreeSet<&str> = scored
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        keys,
        record
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap())
            .collect()
    );
}

#[test]
fn a_missing_site_folder_says_what_to_do() {
    let error = Site::find(Some(Path::new("/no/such/folder"))).unwrap_err();
    assert!(format!("{error:#}").contains("run `make build`"));
}
