//! JSON records.

use axum::http::StatusCode;
use models::schema::{FEATURES, FeatureKind};
use serde_json::{Value, json};

use super::{RECORD, Server, digest_of_pipeline};

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
