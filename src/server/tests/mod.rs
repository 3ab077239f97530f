//! Routes, asked through the router: no socket, no network.

mod records;
mod site;
mod tables;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use super::router::build;
use super::site::Site;
use super::state::AppState;
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
