//! Mistakes: what is said about them, and where.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use query::limits::{MAX_BYTES, MAX_CLAUSES, MAX_DEPTH, MAX_VALUES};
use query::{Field, Fields, Query};

fn fields() -> Fields {
    Fields::new(vec![
        Field::number("risk"),
        Field::number("src_bytes"),
        Field::text("service"),
    ])
}

/// The error, after a check that its span is the part of `text` between the brackets, which are taken out.
fn error(marked: &str) -> String {
    let start = marked.find('[').unwrap();
    let end = marked.find(']').unwrap() - 1;
    let text = marked.replace(['[', ']'], "");
    let error = Query::parse(&text, &fields()).unwrap_err();
    assert_eq!(error.span, start..end, "{text}: {error}");
    error.to_string()
}

#[test]
fn names_the_field_that_was_meant() {
    assert_eq!(
        error("é [src_byte]:>5"),
        r#"at character 3: unknown field "src_byte", did you mean "src_bytes"?"#
    );
    assert_eq!(
        error("[10.0.0.1]:80"),
        r#"at character 1: unknown field "10.0.0.1"; texts with ":" need quotes"#
    );
    assert_eq!(
        error("[\"a b\"]:80"),
        r#"at character 1: unknown field "a b""#
    );
}

#[test]
fn points_at_values_of_the_wrong_kind() {
    assert_eq!(
        error("src_bytes:[abc]"),
        r#"at character 11, field "src_bytes": expected a number, found "abc""#
    );
    assert_eq!(
        error("risk:1,>=[x]"),
        r#"at character 10, field "risk": expected a number, found "x""#
    );
    assert_eq!(
        error("risk:1..[2x]"),
        r#"at character 9, field "risk": expected a number, found "2x""#
    );
    assert_eq!(
        error("risk:[\"5\"]"),
        r#"at character 6, field "risk": expected a number, found ""5"""#
    );
    assert_eq!(
        error("risk:[1e39]"),
        r#"at character 6, field "risk": expected a number up to 3.4e38, found "1e39""#
    );
    assert_eq!(
        error("risk:[9..5]"),
        r#"at character 6, field "risk": expected the smaller number first, found "9..5""#
    );
    assert_eq!(
        error("service:[>5]"),
        r#"at character 9, field "service": expected a text, found a comparison of numbers; texts with < or > need quotes"#
    );
}

#[test]
fn points_at_missing_values() {
    assert_eq!(
        error("risk[:] 5"),
        r#"at character 5, field "risk": expected a number right after ":""#
    );
    assert_eq!(
        error("service:http[,]"),
        r#"at character 13, field "service": expected a text right after ",""#
    );
    assert_eq!(
        error("risk:[>] 5"),
        r#"at character 6, field "risk": expected a number right after ">""#
    );
    assert_eq!(
        error("risk [:]5"),
        r#"at character 6: expected the name of a field right before ":""#
    );
}

#[test]
fn points_at_operators_without_conditions() {
    for (marked, message) in [
        (
            "a [OR]",
            r#"at character 3: expected a condition after "OR""#,
        ),
        (
            "a [OR] OR b",
            r#"at character 3: expected a condition after "OR""#,
        ),
        (
            "[OR] a",
            r#"at character 1: expected a condition before "OR""#,
        ),
        (
            "a [AND] )",
            r#"at character 3: expected a condition after "AND""#,
        ),
        (
            "[NOT]",
            r#"at character 1: expected a condition after "NOT""#,
        ),
        (
            "a [-] b",
            r#"at character 3: expected a condition right after "-""#,
        ),
        (
            "[-]",
            r#"at character 1: expected a condition right after "-""#,
        ),
        ("[(])", r#"at character 1: expected a condition after "(""#),
        (
            "a [(]b (c)",
            r#"at character 3: expected ")" after this "(""#,
        ),
        ("a[)] b", r#"at character 2: expected "(" before this ")""#),
        ("[)]", r#"at character 1: expected "(" before this ")""#),
    ] {
        assert_eq!(error(marked), message);
    }
}

#[test]
fn asks_for_quotes_where_signs_need_them() {
    assert_eq!(
        error("[risk>75]"),
        r#"at character 1: expected a word, found "risk>75"; a condition is written as in risk:>75, and a word with <, > or = in quotes"#
    );
    assert_eq!(
        error("service:foo[(]bar)"),
        "at character 12: expected a blank before this; texts with signs need quotes around them all"
    );
    assert_eq!(
        error("a[\"b\"]"),
        "at character 2: expected a blank before this; texts with signs need quotes around them all"
    );
    assert_eq!(
        error("a[,]b"),
        r#"at character 2: expected a condition, found ",", which stands between values of a field; other texts with "," need quotes"#
    );
    assert_eq!(
        error("service:[\"a b]"),
        r#"at character 9, field "service": expected a second quote after this text"#
    );
    assert_eq!(
        error(r#""é[\]n""#),
        r#"at character 3: expected \", \\ or \* for a letter with a backslash"#
    );
    assert_eq!(
        error("[\"\"]"),
        "at character 1: expected a word between the quotes, found nothing"
    );
}

#[test]
fn points_at_areas_that_are_none() {
    for (marked, message) in [
        (
            "[area]:risk",
            "at character 1: expected two fields and the corners of an area, found one field",
        ),
        (
            "area[:]",
            r#"at character 5: expected two fields and the corners of an area right after ":""#,
        ),
        (
            "[area]:risk,src_bytes,1,2,3,4",
            "at character 1: expected 3 to 256 corners of an area, found 2",
        ),
        (
            "[area]:risk,src_bytes,1,2,3,4,5",
            "at character 1: expected pairs of numbers for corners, found 5 numbers",
        ),
        (
            "area:risk,src_bytes,1,2,3,4,5,[north]",
            r#"at character 31: expected a number, found "north""#,
        ),
        (
            "area:risk,[service],1,2,3,4,5,6",
            "at character 11: expected a field of numbers, found one of texts",
        ),
        (
            "area:[risc],src_bytes,1,2,3,4,5,6",
            r#"at character 6: unknown field "risc", did you mean "risk"?"#,
        ),
    ] {
        assert_eq!(error(marked), message);
    }
}

#[test]
fn refuses_more_than_the_caps() {
    let parse = |text: String| Query::parse(&text, &fields()).map_err(|error| error.message);
    let at =
        |n: usize, before: &str, after: &str| [&before.repeat(n), "a", &after.repeat(n)].concat();

    assert!(parse(at(MAX_DEPTH, "(", ")")).is_ok());
    assert!(parse(at(MAX_DEPTH, "-", "")).is_ok());
    assert!(parse("-a (b) ".repeat(MAX_DEPTH + 1)).is_ok());
    for text in [
        at(MAX_DEPTH + 1, "(", ")"),
        at(MAX_DEPTH + 1, "-", ""),
        at(MAX_DEPTH / 2 + 1, "NOT (", ")"),
        at(8000, "(", ""),
    ] {
        let message = "expected at most 32 parentheses and negations around a condition";
        assert_eq!(parse(text), Err(message.into()));
    }

    assert!(parse("a ".repeat(MAX_CLAUSES)).is_ok());
    let message = "expected at most 256 conditions";
    assert_eq!(parse("a ".repeat(MAX_CLAUSES + 1)), Err(message.into()));

    let values = |n: usize| ["risk:5", &",5".repeat(n - 1)].concat();
    assert!(parse(values(MAX_VALUES)).is_ok());
    let message = "expected at most 256 values";
    assert_eq!(parse(values(MAX_VALUES + 1)), Err(message.into()));

    let corners = |n: usize| ["area:risk,src_bytes", &",1,2".repeat(n)].concat();
    assert!(parse(corners(256)).is_ok());
    assert_eq!(
        parse(corners(257)),
        Err("expected at most 514 values".into())
    );

    assert!(parse(at(MAX_BYTES - 1, " ", "")).is_ok());
    let message = "expected at most 8192 bytes";
    assert_eq!(parse(at(MAX_BYTES, " ", "")), Err(message.into()));
}

#[test]
fn too_long_text_is_cut_between_characters() {
    let text = "é".repeat(5000);
    let error = Query::parse(&["a", &text].concat(), &fields()).unwrap_err();
    assert_eq!(error.span, MAX_BYTES - 1..10_001);
    assert_eq!(error.character, 4097);
}
