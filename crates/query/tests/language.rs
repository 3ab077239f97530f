//! What queries find, and how they are written back, by example.

#![expect(clippy::panic, reason = "helpers of tests")]

use query::{Field, Fields, Query, Row};

struct Connection {
    numbers: [f32; 4],
    texts: [&'static str; 3],
}

/// risk, serror_rate, x and y are numbers 0 to 3; service, flag and label are texts 4 to 6.
fn fields() -> Fields {
    Fields::new(vec![
        Field::number("risk"),
        Field::number("serror_rate"),
        Field::number("x"),
        Field::number("map y"),
        Field::text("service"),
        Field::text("flag"),
        Field::text("area"),
    ])
}

impl Row for Connection {
    fn number(&self, field: usize) -> f32 {
        self.numbers[field]
    }

    fn text(&self, field: usize) -> &str {
        self.texts[field - 4]
    }
}

const CONNECTION: Connection = Connection {
    numbers: [80.0, 0.1, 0.5, f32::NAN],
    texts: ["http_443", "SF", "a \"b\" *c\\"],
};

fn finds(text: &str) -> bool {
    Query::parse(text, &fields())
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .matches(&CONNECTION, &fields())
}

fn written(text: &str) -> String {
    Query::parse(text, &fields())
        .unwrap_or_else(|error| panic!("{text}: {error}"))
        .to_text(&fields())
}

#[test]
fn empty_text_finds_everything() {
    for text in ["", "  \n\t", "*", "\"*\"", "(*)", "* *"] {
        assert_eq!(
            Query::parse(text, &fields()),
            Ok(Query::Everything),
            "{text}"
        );
    }
    assert!(!finds("-*"));
}

#[test]
fn compares_numbers() {
    for text in [
        "risk:80",
        "risk:>79.5",
        "risk:>=80",
        "risk:<81",
        "risk:<=80",
        "risk:80..",
        "risk:..80",
        "risk:..",
        "risk:70..80",
        "risk:-5,80",
        "risk:<0,75..85",
        "risk:0.08k",
        "RISK:8e1",
        "serror_rate:0.1",
        "serror_rate:10%",
        "serror_rate:0.1..0.1",
        "serror_rate:0.09..0.11",
    ] {
        assert!(finds(text), "{text}");
    }
    for text in [
        "risk:>80",
        "risk:<80",
        "risk:81..",
        "risk:..79",
        "risk:0..79,81..100",
        "serror_rate:>0.1",
        "serror_rate:<0.1",
        "risk:80%",
    ] {
        assert!(!finds(text), "{text}");
    }
}

#[test]
fn missing_number_passes_no_test_but_the_negation_of_one() {
    for test in ["0", ">0", "<=0", "..", "0..1"] {
        assert!(!finds(&["\"map y\":", test].concat()), "{test}");
        assert!(finds(&["-\"map y\":", test].concat()), "{test}");
    }
}

#[test]
fn compares_texts_whatever_their_case() {
    for text in [
        "service:HTTP_443",
        "service:ftp,http_443",
        "service:http*",
        "service:*443",
        "service:\"h*3\"",
        "-service:http",
        "\"area\":\"a \\\"b\\\" \\*c\\\\\"",
        "\"area\":*c\\",
        "flag:sf",
    ] {
        assert!(finds(text), "{text}");
    }
    for text in ["service:http", "service:ftp*", "flag:S", "-flag:SF"] {
        assert!(!finds(text), "{text}");
    }
}

#[test]
fn bare_word_is_looked_for_in_every_text() {
    assert!(finds("TTP") && finds("sf") && finds("\"a \\\"B\"") && finds("h*443"));
    assert!(!finds("ftp") && !finds("443*http") && !finds("80"));
}

#[test]
fn or_binds_weaker_than_and() {
    assert!(finds("risk:80 OR ftp smtp"));
    assert!(!finds("(risk:80 OR ftp) smtp"));
    assert!(finds("ftp AND smtp OR http AND sf"));
    assert!(finds("NOT (ftp OR smtp)") && finds("NOT ftp NOT smtp") && finds("--http"));
    assert!(finds("-(ftp)OR(smtp)"));
}

#[test]
fn keywords_are_upper_case() {
    assert_eq!(written("http or ftp"), "http or ftp");
    assert_eq!(written("\"OR\" service:OR"), "\"OR\" service:\"OR\"");
}

#[test]
fn lasso_finds_points_inside() {
    let fields = Fields::new(vec![Field::number("x"), Field::number("y")]);
    struct Point;
    impl Row for Point {
        fn number(&self, field: usize) -> f32 {
            [0.5, -0.25][field]
        }
        fn text(&self, _field: usize) -> &str {
            ""
        }
    }
    let finds = |text: &str| {
        Query::parse(text, &fields)
            .unwrap()
            .matches(&Point, &fields)
    };
    assert!(finds("area:x,y,0,-1,1,-1,1,1,0,1"));
    assert!(finds("AREA:y,x,-1,0,-1,1,1,1,1,0"));
    assert!(!finds("area:x,y,0,0,1,0,1,1,0,1"));
}

#[test]
fn writes_one_form() {
    for (text, canonical) in [
        ("risk:>75 AND (service:http)", "risk:>75 service:http"),
        ("NOT  (RISK:75.. flag:SF)", "-(risk:>=75 flag:SF)"),
        ("risk:1000000,..5,5..5,1..2k", "risk:1M,<=5,5..5,1..2k"),
        ("(a b) (c OR (d OR e))", "a b (c OR d OR e)"),
        ("(a b) OR c", "a b OR c"),
        ("* OR -(* *)", "* OR -*"),
        (
            "service:\"http\",\"a b\",\"\",-x",
            "service:http,\"a b\",\"\",\"-x\"",
        ),
        ("\"ftp**data\"", "ftp*data"),
        ("\"area\":a", "\"area\":a"),
        (
            "area:X,\"map y\",0,0,1.50,0,1,-1",
            "area:x,\"map y\",0,0,1.5,0,1,-1",
        ),
        (
            "flag:a:b,c=d DOMAIN\\user",
            "flag:\"a:b\",\"c=d\" DOMAIN\\user",
        ),
    ] {
        assert_eq!(written(text), canonical);
        assert_eq!(written(canonical), canonical);
    }
}

#[test]
fn fields_used_are_those_that_decide() {
    let used = |text: &str| {
        Query::parse(text, &fields())
            .unwrap()
            .fields_used(&fields())
    };
    assert_eq!(used(""), [0_usize; 0]);
    assert_eq!(used("flag:SF (risk:>5 OR -flag:S0)"), [0, 5]);
    assert_eq!(used("area:\"map y\",x,0,0,1,0,1,1"), [2, 3]);
    assert_eq!(used("-http x:1"), [2, 4, 5, 6]);
}
