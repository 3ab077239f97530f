//! Routes, asked through the router: no socket, no network.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt as _;
use models::schema::{FEATURES, FeatureKind};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::router::{OPENAPI, build, machine_routes};
use super::site::Site;
use super::state::AppState;
use super::{jobs, table};
use crate::pipeline::{self, Options};
use crate::rows::{RowFormat, RowFormatter};
use crate::shipped::ModelSet;

const PKG: &str = "pkg/0123456789ab";
const RECORD: &str = r#"{"duration":6.1,"src_bytes":100,"dst_bytes":1000,"count":1,"srv_count":8}"#;

/// A site folder that is gone with the test.
struct SiteFolder(PathBuf);

impl SiteFolder {
    fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("oddflow-server-{}-{name}", std::process::id()));
        let files: [(&str, &[u8]); 7] = [
            ("site.json", br#"{"pkg": "pkg/0123456789ab", "models": {"kdd5": "models/kdd5.89abcdef.oddflow"}}"#),
            ("worker.js", b"// worker"),
            ("pkg/0123456789ab/oddflow.js", b"// script"),
            ("pkg/0123456789ab/oddflow.js.br", b"packed by brotli"),
            ("pkg/0123456789ab/oddflow.js.gz", b"packed by gzip"),
            ("pkg/0123456789ab/oddflow_bg.wasm", b"\0asm"),
            ("models/kdd5.89abcdef.oddflow", b"model"),
        ];
        for (path, bytes) in files {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        Self(folder)
    }
}

impl Drop for SiteFolder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

struct Server {
    router: Router,
    _folder: SiteFolder,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    fn error(&self) -> String {
        assert!(
            self.status.is_client_error() || self.status.is_server_error(),
            "{}",
            self.status
        );
        self.json()["error"].as_str().unwrap().to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name}"))
            .to_str()
            .unwrap()
    }
}

impl Server {
    fn new(name: &str) -> Self {
        let folder = SiteFolder::new(name);
        let site = Site::find(Some(&folder.0)).unwrap();
        let state = AppState::new(
            ModelSet::shipped().unwrap(),
            site,
            ([127, 0, 0, 1], 3000).into(),
        )
        .unwrap();
        Self {
            router: build(state),
            _folder: folder,
        }
    }

    async fn ask(&self, request: Request<Body>) -> Answer {
        let (parts, body) = self
            .router
            .clone()
            .oneshot(request)
            .await
            .unwrap()
            .into_parts();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: body.collect().await.unwrap().to_bytes(),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    async fn post(&self, path: &str, content_type: &str, body: impl Into<Body>) -> Answer {
        self.ask(
            Request::post(path)
                .header(header::CONTENT_TYPE, content_type)
                .body(body.into())
                .unwrap(),
        )
        .await
    }

    async fn score_json(&self, body: impl Into<Body>) -> Answer {
        self.post("/api/v1/score", "application/json", body).await
    }
}

/// Rows of the form view, every seventh unreadable and every fifth with huge byte counts.
fn table(n_rows: usize) -> String {
    let row = |row: usize| match row {
        _ if row % 7 == 3 => "0,abc,1,1,1\n".to_owned(),
        _ if row % 5 == 1 => format!("{row},693375640,0,{},1\n", row % 512),
        _ => format!("0,{},{},8,8\n", 100 + row % 300, 5000 + row % 1000),
    };
    (0..n_rows).map(row).collect()
}

fn digest_of_pipeline(text: &str) -> String {
    let formatter = RowFormatter {
        format: RowFormat::Nothing,
        threshold: 50.0,
        is_only_anomalies: false,
    };
    pipeline::score(
        text.as_bytes(),
        &ModelSet::shipped().unwrap(),
        &Options::default(),
        &formatter,
        |_| Ok(()),
    )
    .unwrap()
    .digest
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn scores_one_record() {
    let server = Server::new("one");
    let answer = server.score_json(RECORD).await;
    assert_eq!(answer.status, StatusCode::OK);
    let score = answer.json();
    assert_eq!(score["view"], "kdd5");
    assert_eq!(score["detectors"].as_array().unwrap().len(), 5);
    assert!(score["detectors"][0].get("evidence").is_none());
    // Only the detector that saw attacks has a probability of one.
    for detector in score["detectors"].as_array().unwrap() {
        let probability = detector.get("probability").and_then(Value::as_f64);
        assert_eq!(
            probability.is_some(),
            detector["detector"] == "random_forest"
        );
        assert!(probability.is_none_or(|probability| 0.0 < probability && probability < 1.0));
    }
    assert_eq!(
        score["verdict"],
        if score["risk"].as_f64().unwrap() >= 50.0 {
            "anomaly"
        } else {
            "normal"
        }
    );
    assert!((1..=3).contains(&score["reasons"].as_array().unwrap().len()));
    let (p, risk) = (
        score["p"].as_f64().unwrap(),
        score["risk"].as_f64().unwrap(),
    );
    assert!(
        (risk - (-25.0 * p.log10()).clamp(0.0, 100.0)).abs() < 1e-4,
        "p {p}, risk {risk}"
    );
}

#[tokio::test]
async fn scores_an_array_and_the_same_table_with_one_digest() {
    let server = Server::new("array");
    let rows: Vec<[u32; 5]> = (0..700)
        .map(|row| [row % 3, row * 17, row * 31, row % 512, row % 9])
        .collect();
    let names = ["duration", "src_bytes", "dst_bytes", "count", "srv_count"];
    let records: Vec<Value> = rows
        .iter()
        .map(|row| {
            names
                .iter()
                .zip(row)
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect()
        })
        .collect();
    let text: String = rows
        .iter()
        .map(|row| row.map(|value| value.to_string()).join(",") + "\n")
        .collect();
    let by_json = server
        .score_json(serde_json::to_vec(&records).unwrap())
        .await
        .json();
    let by_table = server
        .post("/api/v1/score", "text/csv", text.clone())
        .await
        .json();
    assert_eq!(by_json["results"].as_array().unwrap().len(), 700);
    assert_eq!(by_json["summary"], by_table["summary"]);
    assert_eq!(by_json["summary"]["digest"], digest_of_pipeline(&text));
    for (a, b) in by_json["results"]
        .as_array()
        .unwrap()
        .iter()
        .zip(by_table["results"].as_array().unwrap())
    {
        assert_eq!(
            (&a["risk"], &a["detectors"], &a["reasons"]),
            (&b["risk"], &b["detectors"], &b["reasons"])
        );
    }
}

#[tokio::test]
async fn scores_all_41_features() {
    let server = Server::new("wide");
    let record: Value = FEATURES
        .iter()
        .map(|feature| {
            let value = match (feature.kind, feature.name) {
                (FeatureKind::Category, "protocol_type") => json!("tcp"),
                (FeatureKind::Category, "service") => json!("gopher-with-wings"),
                (FeatureKind::Category, _) => json!("SF"),
                _ => json!(0),
            };
            (feature.name.to_owned(), value)
        })
        .collect();
    let scored = server.score_json(record.to_string()).await.json();
    assert_eq!(scored["view"], "kdd41");
    let scored = server.score_json(json!([record]).to_string()).await.json();
    assert_eq!(scored["summary"]["unseen_categories"], 1);
    let mut wrong = record.clone();
    wrong["serror_rate"] = json!(1.5);
    assert_eq!(
        server.score_json(wrong.to_string()).await.error(),
        "field \"serror_rate\": expected a share between 0 and 1, found \"1.5\""
    );
    let mut wrong = record;
    wrong["service"] = json!(80);
    assert_eq!(
        server.score_json(wrong.to_string()).await.error(),
        "field \"service\": expected a string, found 80"
    );
}

#[tokio::test]
async fn refuses_bad_records_with_a_reason() {
    let server = Server::new("bad-records");
    for (body, expected) in [
        ("", "found nothing"),
        ("7", "expected a JSON object or an array of objects"),
        ("{\"duration\": ", "not JSON"),
        ("{\"duration\": NaN}", "not JSON"),
        (
            &RECORD.replace("src_bytes", "src_byte"),
            "field \"src_byte\": unknown, did you mean \"src_bytes\"?",
        ),
        (
            &format!("[{RECORD},{}]", RECORD.replace("100,", "1e400,")),
            "record 2, field \"src_bytes\": expected a finite number, found \"1e400\"",
        ),
        (
            &RECORD.replace(":8", ":512"),
            "field \"srv_count\": expected at most 511, found 512",
        ),
    ] {
        let answer = server.score_json(body.to_owned()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.error().contains(expected), "{}", answer.error());
    }
}

#[tokio::test]
async fn threshold_moves_the_verdict_and_is_checked() {
    let server = Server::new("threshold");
    let verdict = async |query: &str| {
        server
            .post(
                &format!("/api/v1/score?{query}"),
                "application/json",
                RECORD,
            )
            .await
    };
    assert_eq!(verdict("threshold=0").await.json()["verdict"], "anomaly");
    assert_eq!(verdict("threshold=100").await.json()["verdict"], "normal");
    assert_eq!(
        verdict("threshold=NaN").await.error(),
        "threshold: expected a risk from 0 to 100, found \"NaN\""
    );
    for query in ["threshold=101", "treshold=5", "format=xml", "results=maybe"] {
        assert_eq!(
            verdict(query).await.status,
            StatusCode::BAD_REQUEST,
            "{query}"
        );
    }
}

#[tokio::test]
async fn scores_a_table_and_lists_bad_rows() {
    let server = Server::new("table");
    let text = table(700);
    let answer = server.post("/api/v1/score", "text/csv", text.clone()).await;
    assert_eq!(answer.header("content-type"), "application/json");
    let scored = answer.json();
    assert_eq!(scored["summary"]["rows"], 600);
    assert_eq!(scored["summary"]["rejected"], 100);
    assert_eq!(scored["summary"]["errors"][0]["line"], 4);
    assert_eq!(scored["summary"]["errors"][0]["column"], "src_bytes");
    assert_eq!(scored["summary"]["digest"], digest_of_pipeline(&text));
    assert_eq!(scored["results"].as_array().unwrap().len(), 600);
}

#[tokio::test]
async fn table_formats_agree() {
    let server = Server::new("formats");
    let text = table(30_000);
    let digest = digest_of_pipeline(&text);
    let score = async |query: &str, body: Vec<u8>| {
        server
            .post(
                &format!("/api/v1/score?{query}"),
                "application/octet-stream",
                body,
            )
            .await
    };
    let full = score("", text.clone().into_bytes()).await.json();
    assert_eq!(full["summary"]["digest"], *digest);
    let packed = score("format=json", gzip(text.as_bytes())).await.json();
    assert_eq!(packed, full);
    let short = score("results=false", text.clone().into_bytes())
        .await
        .json();
    assert_eq!(short, json!({ "summary": full["summary"] }));
    let lines = score("format=ndjson", text.clone().into_bytes()).await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let lines: Vec<Value> = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (last, rows) = lines.split_last().unwrap();
    assert_eq!(rows, full["results"].as_array().unwrap());
    assert_eq!(last["summary"], full["summary"]);
    let csv = score("format=csv", text.into_bytes()).await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert_eq!(csv.text().lines().count(), rows.len() + 1);
    assert!(
        csv.text()
            .starts_with("duration,src_bytes,dst_bytes,count,srv_count,risk,verdict,score,"),
        "{}",
        &csv.text()[..100]
    );
}

#[tokio::test]
async fn a_table_without_a_good_row_is_an_answer() {
    let server = Server::new("no-good-row");
    let text = "duration,src_bytes,dst_bytes,count,srv_count\n0,a,1,1,1\n0,b,1,1,1\n";
    for (query, n_lines) in [("", 1), ("?format=ndjson", 1)] {
        let answer = server
            .post(&format!("/api/v1/score{query}"), "text/csv", text)
            .await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json()["summary"]["rejected"], 2);
        assert_eq!(answer.text().lines().count(), n_lines);
    }
    let csv = server
        .post("/api/v1/score?format=csv", "text/csv", text)
        .await;
    assert_eq!(csv.text().lines().count(), 1);
}

#[tokio::test]
async fn refuses_what_is_not_a_table_as_the_command_line_does() {
    let server = Server::new("not-a-table");
    let gzip_bomb_of_a_page = gzip(b"<!doctype html><html><body>Login</body></html>");
    let cases: [(&[u8], StatusCode, &str); 7] = [
        (b"", StatusCode::UNPROCESSABLE_ENTITY, "found an empty file"),
        (
            b"<!doctype html><html></html>",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "found an HTML page",
        ),
        (
            &gzip_bomb_of_a_page,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "found an HTML page",
        ),
        (
            RECORD.as_bytes(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "Content-Type: application/json",
        ),
        (
            b"PK\x03\x04 spreadsheet",
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "spreadsheet",
        ),
        (
            b"a,b,c\n1,2,3\n",
            StatusCode::UNPROCESSABLE_ENTITY,
            "file has 3 columns",
        ),
        (b"\x1f\x8b\x08", StatusCode::UNPROCESSABLE_ENTITY, "cut off"),
    ];
    for (body, status, message) in cases {
        let answer = server
            .post("/api/v1/score?format=csv", "text/csv", body.to_vec())
            .await;
        assert!(answer.error().contains(message), "{}", answer.error());
        assert_eq!(answer.status, status, "{message}");
    }
    let form = server
        .post("/api/v1/score", "multipart/form-data; boundary=x", "--x")
        .await;
    assert_eq!(form.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert!(form.error().contains("--data-binary"));
}

#[tokio::test]
async fn a_truncated_gzip_gives_its_rows_and_says_so() {
    let server = Server::new("truncated");
    let packed = gzip(table(100_000).as_bytes());
    let scored = server
        .post(
            "/api/v1/score?results=false",
            "application/gzip",
            packed[..packed.len() / 2].to_vec(),
        )
        .await
        .json();
    assert!(scored["summary"]["rows"].as_u64().unwrap() > 1000);
    assert!(
        scored["summary"]["incomplete"]
            .as_str()
            .unwrap()
            .contains("cut off")
    );
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let server = Server::new("too-large");
    let answer = server
        .post(
            "/api/v1/score",
            "text/csv",
            vec![b'0'; table::MAX_BYTES as usize + 1],
        )
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        answer.error(),
        "the body has more than 96 MiB, which is the limit"
    );
    let answer = server.score_json(vec![b' '; (16 << 20) + 1]).await;
    assert_eq!(
        answer.error(),
        "the body has more than 16 MiB, which is the limit"
    );
    let answer = server
        .post("/", "application/x-www-form-urlencoded", vec![b'a'; 5000])
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_table_that_unpacks_to_more_than_the_limit_is_refused() {
    let server = Server::new("bomb");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(&b"0,181,5450,8,8\n".repeat(10_000))
        .unwrap();
    // A line without an end is refused faster than rows are scored.
    let piece = vec![b'0'; 1 << 20];
    for _ in 0..1025 {
        encoder.write_all(&piece).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    let answer = server
        .post("/api/v1/score?results=false", "application/gzip", bomb)
        .await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(
        answer.error().contains("when unpacked"),
        "{}",
        answer.error()
    );
}

#[tokio::test]
async fn a_third_large_body_is_sent_away() {
    let jobs = jobs::Jobs::default().impatient();
    let (_first, _second) = (
        jobs.enter(None).await.unwrap(),
        jobs.enter(Some(50 << 20)).await.unwrap(),
    );
    let refused = axum::response::IntoResponse::into_response(jobs.enter(None).await.unwrap_err());
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key(header::RETRY_AFTER));
    assert!(jobs.enter(Some(1000)).await.is_ok());
}

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
    assert!(answer.text().contains("Normal") || answer.text().contains("Anomaly"));
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
async fn gives_the_evidence_of_each_detector_when_asked() {
    let server = Server::new("evidence");
    let answer = server
        .post("/api/v1/score?evidence=true", "application/json", RECORD)
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let score = answer.json();
    for detector in score["detectors"].as_array().unwrap() {
        let evidence = detector["evidence"].as_object().unwrap();
        assert_eq!(evidence.len(), 5);
        assert!(evidence.values().all(|part| part.as_f64().unwrap() >= 0.0));
        // Of every detector but the hybrid the parts sum to −log₁₀ p, and risk is 25 times that up to 100.
        if detector["detector"] != "hybrid" {
            let sum: f64 = evidence.values().filter_map(Value::as_f64).sum();
            let risk = (25.0 * sum).min(100.0);
            assert!((risk - detector["risk"].as_f64().unwrap()).abs() < 0.1);
        }
    }
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
