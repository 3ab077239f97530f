//! Reports about a scored file: what is in them, how large they are, and that no text of the file gets out of its place.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod scored;

use app::job::question::ReportKind;
use models::random::Random;
use models::schema::{FEATURES, FeatureKind};
use scored::ScoredFile;
use serde_json::Value;

/// Made-up rows of all 41 features with a label; numbers vary as much as those of real traffic do.
fn table(n_rows: usize, label: impl Fn(usize) -> String) -> String {
    let mut random = Random::new(44, 0);
    let mut cell = |name: &str, kind: FeatureKind| match (name, kind) {
        ("protocol_type", _) => ["tcp", "udp", "icmp"][random.below(3)].to_owned(),
        ("service", _) => ["http", "smtp", "ecr_i", "private"][random.below(4)].to_owned(),
        (_, FeatureKind::Category) => ["SF", "S0", "REJ"][random.below(3)].to_owned(),
        (_, FeatureKind::Rate) => format!("{:.2}", random.below(101) as f64 / 100.0),
        (_, FeatureKind::Flag) => random.below(2).to_string(),
        (_, FeatureKind::Bytes) => random.below(1_000_000).to_string(),
        _ => random.below(500).to_string(),
    };
    let rows = (0..n_rows).map(|row| {
        let features = FEATURES.iter();
        let cells: Vec<String> = features
            .map(|feature| cell(feature.name, feature.kind))
            .collect();
        format!("{},{}\n", cells.join(","), label(row))
    });
    rows.collect()
}

fn normal_or_smurf(row: usize) -> String {
    ["normal.", "smurf."][usize::from(row.is_multiple_of(3))].to_owned()
}

/// What stands between the first `before` and the next `after`.
fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let (_, rest) = text.split_once(before).unwrap();
    rest.split_once(after).unwrap().0
}

/// The numbers that a page carries for its script.
fn data_of(page: &str) -> Value {
    let json = between(
        page,
        "<script type=\"application/json\" id=\"data\">",
        "</script>",
    );
    assert!(!json.contains('<'));
    serde_json::from_str(json).unwrap()
}

/// The values of a packed column, one per row.
fn unpacked(data: &Value, name: &str) -> Vec<Value> {
    let columns = data["rows"]["columns"].as_array().unwrap();
    let column = columns
        .iter()
        .find(|column| column["name"] == name)
        .unwrap();
    let values = column["v"].as_array().unwrap();
    let n = data["rows"]["n"].as_u64().unwrap() as usize;
    match column["c"].as_array() {
        Some(codes) => codes
            .iter()
            .map(|code| values[code.as_u64().unwrap() as usize].clone())
            .collect(),
        None if values.len() == 1 => vec![values[0].clone(); n],
        None => values.clone(),
    }
}

#[test]
fn ten_thousand_rows_of_all_features_stay_below_two_megabytes() {
    let mut file = ScoredFile::new("many.csv", table(12_000, normal_or_smurf).as_bytes());
    let page = file.report(ReportKind::Html, "", 0, 50.0);
    assert_eq!(data_of(&page)["rows"]["n"], 10_000);
    assert!(page.contains("10,000 of 12,000 distinct rows are in this file"));
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}

#[test]
fn fewer_rows_are_packed_where_ten_thousand_are_too_long_and_the_page_says_so() {
    // Numbers that no other row has, as long as they get, wherever a feature has no largest value.
    let lines = table(12_000, normal_or_smurf);
    let rows = lines.lines().enumerate().map(|(row, line)| {
        let cells = line.split(',').enumerate().map(|(index, cell)| {
            let feature = FEATURES.get(index);
            let is_long = feature.is_some_and(|feature| {
                feature.kind != FeatureKind::Category && feature.max().is_none()
            });
            match is_long {
                true => (row as f64 * 1e5 + index as f64 * 317.0 + 1.5).to_string(),
                false => cell.to_owned(),
            }
        });
        cells.collect::<Vec<_>>().join(",") + "\n"
    });
    let text: String = rows.collect();
    let mut file = ScoredFile::new("long.csv", text.as_bytes());
    let page = file.report(ReportKind::Html, "", 0, 50.0);
    assert_eq!(file.result.n_rows, 12_000);
    let n = data_of(&page)["rows"]["n"].as_u64().unwrap();
    assert!(n < 10_000 && n > 1000, "{n}");
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    let said = between(
        &page,
        "The oddest connections</h2><p class=\"muted\">",
        "</p>",
    );
    assert!(
        said.contains(" are in this file") && !said.starts_with("10,000 "),
        "{said}"
    );
}

#[test]
fn rows_are_the_oddest_of_the_filter_with_what_the_file_says_of_them() {
    let text = table(600, normal_or_smurf);
    let doubled = format!("{text}{text}");
    let mut file = ScoredFile::new("rows.csv", doubled.as_bytes());
    let data = data_of(&file.report(ReportKind::Html, "service:http line:..900", 0, 50.0));
    let risks: Vec<u64> = unpacked(&data, "risk")
        .iter()
        .map(|risk| risk.as_u64().unwrap())
        .collect();
    assert!(risks.is_sorted_by(|a, b| a >= b) && risks.len() > 60);
    let lines: Vec<&str> = doubled.lines().collect();
    let (mut n_twice, names) = (0, FEATURES.map(|feature| feature.name));
    for (index, line) in unpacked(&data, "line").iter().enumerate() {
        let line = line.as_u64().unwrap() as usize;
        let cells: Vec<&str> = lines[line - 1].split(',').collect();
        assert_eq!(cells[2], "http");
        for (name, cell) in names.iter().zip(&cells) {
            match &unpacked(&data, name)[index] {
                Value::Number(number) => assert_eq!(
                    number.as_f64().unwrap() as f32,
                    cell.parse::<f32>().unwrap()
                ),
                word => assert_eq!(word, cell),
            }
        }
        assert_eq!(
            unpacked(&data, "label")[index],
            cells[41].trim_end_matches('.')
        );
        // Lines 601 to 900 repeat the first 300.
        let copies = if (line - 1) % 600 < 300 { 2 } else { 1 };
        assert_eq!(unpacked(&data, "copies")[index], copies);
        n_twice += copies - 1;
    }
    assert!(n_twice > 20);
    let reasons = data["rows"]["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), risks.len().min(200));
    assert!(reasons[0][0].as_str().unwrap().len() > 10);
}

#[test]
fn steps_give_the_counts_at_any_threshold() {
    let mut file = ScoredFile::new("steps.csv", table(500, normal_or_smurf).as_bytes());
    for threshold in [0.0, 12.3, 50.0, 100.0] {
        let findings: Value =
            serde_json::from_str(&file.report(ReportKind::Json, "", 2, threshold)).unwrap();
        let data = data_of(&file.report(ReportKind::Html, "", 2, threshold));
        let saved = data["saved"].as_u64().unwrap();
        let at_or_above = |kind: usize| -> u64 {
            let steps = data["steps"].as_array().unwrap().iter();
            let steps = steps.filter(|step| step[0].as_u64().unwrap() >= saved);
            steps.map(|step| step[kind].as_u64().unwrap()).sum()
        };
        assert_eq!(saved as f32, (threshold * 10.0).round());
        assert_eq!(
            findings["selected"]["anomalies"],
            at_or_above(1) + at_or_above(2)
        );
        let confusion = &findings["figures"][2]["against_labels"]["confusion"];
        assert_eq!(confusion["false_positives"], at_or_above(1));
        assert_eq!(confusion["true_positives"], at_or_above(2));
    }
}

#[test]
fn no_text_of_the_file_is_markup() {
    let hostile = "</script><script>alert(1)</script><img src=x onerror=alert(2)>";
    let label = |row: usize| match row % 3 {
        0 => hostile.to_owned(),
        _ => "normal".to_owned(),
    };
    let text = table(90, label).replace("ecr_i", hostile);
    let mut file = ScoredFile::new(&format!("{hostile}'\".csv"), text.as_bytes());
    let query = "-label:\"</style><script>alert(3)</script>\"";
    let page = file.report(ReportKind::Html, query, 0, 10.0);
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert_eq!(page.matches("</style").count(), 1);
    assert!(!page.contains("<img") && page.contains("&lt;img src=x"));
    let labels = unpacked(&data_of(&page), "label");
    assert!(labels.iter().any(|label| label == hostile), "{labels:?}");
}

#[test]
fn a_page_asks_for_nothing_and_allows_its_own_script_alone() {
    let mut file = ScoredFile::new("quiet.csv", table(60, normal_or_smurf).as_bytes());
    let page = file.report(ReportKind::Html, "", 0, 50.0);
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")
    );
    let head = page.find("<style").unwrap();
    assert!(page.find("Content-Security-Policy").unwrap() < head);
    for outside in [
        "http://", "https://", " src=", "url(", "@import", "<link", "href",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn a_report_of_the_same_file_is_the_same_bytes() {
    let text = table(300, normal_or_smurf);
    let mut reports = Vec::new();
    for _ in 0..2 {
        let mut file = ScoredFile::new("same.csv", text.as_bytes());
        reports.push(
            [ReportKind::Html, ReportKind::Json].map(|kind| file.report(kind, "risk:>1", 1, 20.0)),
        );
    }
    assert_eq!(reports[0], reports[1]);
}

#[test]
fn files_without_labels_and_filters_without_rows_have_reports_too() {
    let text = table(50, |_| String::new()).replace(",\n", "\n");
    let mut file = ScoredFile::new("plain.csv", text.as_bytes());
    let page = file.report(ReportKind::Html, "", 0, 50.0);
    assert!(!page.contains("ROC") && !page.contains("NaN"));
    let empty = file.report(ReportKind::Html, "line:0", 0, 50.0);
    assert!(empty.contains("0 of 50 connections pass the filter") && !empty.contains("NaN"));
    let findings: Value =
        serde_json::from_str(&file.report(ReportKind::Json, "line:0", 0, 50.0)).unwrap();
    assert_eq!(findings["selected"]["rows"], 0);
    assert_eq!(findings["figures"][0].get("against_labels"), None);
}

/// Writes reports to the folder in `REPORT_OUT`, to be looked at: of the table in `REPORT_TABLE`, or of a sample.
#[test]
fn writes_reports_to_look_at() {
    let Some(folder) = std::env::var_os("REPORT_OUT") else {
        return;
    };
    let sample = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../public/samples/office-day.csv"
    );
    let path = std::env::var("REPORT_TABLE").unwrap_or(sample.to_owned());
    let name = path.rsplit('/').next().unwrap().to_owned();
    let mut file = ScoredFile::new(&name, &std::fs::read(&path).unwrap());
    for (kind, extension) in [(ReportKind::Html, "html"), (ReportKind::Json, "json")] {
        let text = file.report(kind, "", 0, 50.0);
        std::fs::write(
            std::path::Path::new(&folder).join(format!("report.{extension}")),
            text,
        )
        .unwrap();
    }
}
