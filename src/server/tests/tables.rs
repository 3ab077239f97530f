//! Tables, and bodies that are too large or too many.

use std::io::Write as _;

use axum::http::{StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{RECORD, Server, digest_of_pipeline, gzip, table};
use crate::server::jobs;
use crate::server::table::MAX_BYTES;

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
            vec![b'0'; MAX_BYTES as usize + 1],
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
async fn a_filter_leaves_rows_out_and_the_summary_alone() {
    let server = Server::new("filter");
    let text = table(30_000);
    let score = async |query: &str| {
        server
            .post(&format!("/api/v1/score?{query}"), "text/csv", text.clone())
            .await
    };
    let full = score("").await.json();
    let filtered = score("filter=src_bytes:%3E1M%20OR%20line:..5").await.json();
    let wanted: Vec<&Value> = full["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| {
            let line = row["line"].as_u64().unwrap();
            // See `table`: rows count from 0, lines from 1.
            line <= 5 || (line - 1) % 5 == 1
        })
        .collect();
    let found: Vec<&Value> = filtered["results"].as_array().unwrap().iter().collect();
    assert!(found.len() > 4000 && found == wanted);
    assert_eq!(filtered["summary"]["matched"], found.len());
    assert_eq!(filtered["summary"]["filter"], "src_bytes:>1M OR line:..5");
    let mut summary = filtered["summary"].clone();
    for added in ["filter", "matched"] {
        assert!(summary.as_object_mut().unwrap().remove(added).is_some());
    }
    assert_eq!(summary, full["summary"]);
    let csv = score("format=csv&filter=src_bytes:%3E1M%20OR%20line:..5").await;
    assert_eq!(csv.text().lines().count(), found.len() + 1);
    let none = score("filter=line:0").await.json();
    assert_eq!(none["results"], json!([]));
    assert_eq!(none["summary"]["matched"], 0);
}

#[tokio::test]
async fn a_filter_that_cannot_be_read_is_refused_with_its_place() {
    let server = Server::new("bad-filter");
    let refused = server
        .post(
            "/api/v1/score?filter=risk:%3E75%20service:http",
            "text/csv",
            table(20),
        )
        .await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(
        refused
            .error()
            .starts_with("filter: at character 10: unknown field \"service\""),
        "{}",
        refused.error()
    );
    let records = server
        .post(
            "/api/v1/score?filter=risk:%3E75",
            "application/json",
            RECORD,
        )
        .await;
    assert_eq!(records.status, StatusCode::BAD_REQUEST);
    assert!(records.error().contains("expected a table"));
}

#[tokio::test]
async fn every_field_of_a_summary_is_described() {
    let server = Server::new("summary");
    let described = server.get("/api/openapi.json").await.json();
    let described = &described["components"]["schemas"]["Summary"];
    let answer = server
        .post("/api/v1/score?filter=risk:%3E75", "text/csv", table(20))
        .await
        .json();
    let summary = answer["summary"].as_object().unwrap();
    let keys =
        |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
    assert_eq!(
        summary.keys().cloned().collect::<Vec<_>>(),
        keys(&described["properties"])
    );
    for required in described["required"].as_array().unwrap() {
        assert!(summary.contains_key(required.as_str().unwrap()));
    }
}
