//! What charts and the input box do with a query: brushing and completion.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use query::{Area, Field, Fields, NumberTest, Query, Test, TextTest, suggest};

fn fields() -> Fields {
    let mut service = Field::text("service");
    service.values = ["ftp", "http", "http_443", "e mail", "x,http"]
        .map(Into::into)
        .to_vec();
    Fields::new(vec![
        Field::number("risk"),
        Field::number("src_bytes"),
        Field::number("dst_bytes"),
        service,
        Field::text("src port"),
    ])
}

fn parse(text: &str) -> Query {
    Query::parse(text, &fields()).unwrap()
}

#[test]
fn brush_replaces_conditions_that_every_record_has_to_meet() {
    let brush = || NumberTest::between(90.0, 50.0).map(Test::Number);
    for (text, brushed, removed) in [
        ("", "risk:50..90", ""),
        ("risk:5", "risk:50..90", ""),
        ("http", "http risk:50..90", "http"),
        ("risk:>5 http risk:<90", "risk:50..90 http", "http"),
        (
            "-risk:5 src_bytes:1",
            "-risk:5 src_bytes:1 risk:50..90",
            "-risk:5 src_bytes:1",
        ),
        (
            "risk:5 OR http",
            "(risk:5 OR http) risk:50..90",
            "risk:5 OR http",
        ),
        ("(risk:5 (ftp http))", "risk:50..90 ftp http", "ftp http"),
    ] {
        assert_eq!(
            parse(text).with_clause(0, brush()).to_text(&fields()),
            brushed
        );
        assert_eq!(parse(text).with_clause(0, None).to_text(&fields()), removed);
    }
}

#[test]
fn chart_shows_the_condition_on_its_field() {
    let test = TextTest::any_of(&["http"]).map(Test::Text);
    assert_eq!(parse("risk:5 service:http").clause_on(3), test.as_ref());
    assert_eq!(parse("service:http").clause_on(3), test.as_ref());
    for text in [
        "",
        "-service:http",
        "service:http OR risk:5",
        "http",
        "risk:5",
    ] {
        assert_eq!(parse(text).clause_on(3), None, "{text}");
    }
}

#[test]
fn lasso_replaces_the_area() {
    let area = Area::new(1, 2, vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0]]).unwrap();
    let query = parse("area:risk,risk,0,0,1,1,2,0 http area:src_bytes,risk,0,0,1,1,2,0");
    assert_eq!(query.area_on(1, 2), None);
    assert!(query.area_on(1, 0).is_some());
    let query = query.with_area(Some(area.clone()));
    assert_eq!(
        query.to_text(&fields()),
        "area:src_bytes,dst_bytes,0,0,1,0,1,1 http"
    );
    assert_eq!(query.area_on(1, 2), Some(&area));
    assert_eq!(query.with_area(None), parse("http"));
}

/// The labels for the cursor at `|`, and the text after the first was taken.
fn complete(marked: &str) -> (Vec<String>, String) {
    let cursor = marked.find('|').unwrap();
    let mut text = marked.replace('|', "");
    let suggestions = suggest(&text, cursor, &fields());
    if let Some(first) = suggestions.first() {
        text.replace_range(first.replaces.clone(), &first.insert);
    }
    (
        suggestions
            .into_iter()
            .map(|suggestion| suggestion.label)
            .collect(),
        text,
    )
}

#[test]
fn names_are_completed_where_a_condition_begins() {
    for (marked, labels, completed) in [
        (
            "r|",
            &["risk", "src_bytes", "service", "src port"][..],
            "risk:",
        ),
        ("BYTES|", &["src_bytes", "dst_bytes"], "src_bytes:"),
        (
            "http -(sr|c",
            &["src_bytes", "src port"],
            "http -(src_bytes:",
        ),
        ("NOT src_|:>5 ftp", &["src_bytes"], "NOT src_bytes:>5 ftp"),
        ("service:ftp,http ri|", &["risk"], "service:ftp,http risk:"),
        ("\"src p|", &["src port"], "\"src port\":"),
        ("risk:5 OR|", &["src port"], "risk:5 \"src port\":"),
        ("x|yz", &[], "xyz"),
        ("(http)|", &[], "(http)"),
    ] {
        let (found, text) = complete(marked);
        assert_eq!(found, labels, "{marked}");
        assert_eq!(text, completed);
    }
    assert_eq!(complete("|").0.len(), 5);
    assert_eq!(complete("http | ftp").0.len(), 5);
}

#[test]
fn values_are_completed_after_their_name() {
    for (marked, labels, completed) in [
        (
            "service:h|",
            &["http", "http_443", "x,http"][..],
            "service:http",
        ),
        ("service:ftp,e|", &["e mail"], "service:ftp,\"e mail\""),
        ("SERVICE:\"x|", &["x,http"], "SERVICE:\"x,http\""),
        (
            "service:|",
            &["ftp", "http", "http_443", "e mail", "x,http"],
            "service:ftp",
        ),
        (
            "service:ftp,| risk:5",
            &["ftp", "http", "http_443", "e mail", "x,http"],
            "service:ftp,ftp risk:5",
        ),
        ("risk:|", &[], "risk:"),
        ("servise:|", &[], "servise:"),
        ("area:|", &["risk", "src_bytes", "dst_bytes"], "area:risk"),
        ("area:risk,d|", &["dst_bytes"], "area:risk,dst_bytes"),
        ("area:risk,risk,|", &[], "area:risk,risk,"),
    ] {
        let (found, text) = complete(marked);
        assert_eq!(found, labels, "{marked}");
        assert_eq!(text, completed);
    }
}

#[test]
fn at_most_twelve_are_suggested() {
    let fields = Fields::new(
        (0..20)
            .map(|number| Field::number(format!("f{number}")))
            .collect(),
    );
    let labels: Vec<String> = suggest("f", 1, &fields)
        .into_iter()
        .map(|found| found.label)
        .collect();
    assert_eq!(labels.len(), 12);
    assert_eq!(labels[11], "f11");
}

#[test]
fn cursor_within_a_character_or_beyond_the_end_counts_as_before() {
    assert_eq!(suggest("é", 1, &fields()).len(), 5);
    assert_eq!(suggest("ris", 99, &fields())[0].replaces, 0..3);
}
