//! Any text is read as a query that is written, read again and evaluated to the same, or refused at a place in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use query::limits::MAX_BYTES;
use query::{Field, Fields, Query, Row, suggest};

struct Record;

impl Row for Record {
    fn number(&self, field: usize) -> f32 {
        [80.0, 0.1, f32::NAN]
            .get(field)
            .copied()
            .unwrap_or_default()
    }

    fn text(&self, field: usize) -> &str {
        if field == 3 {
            "http_443"
        } else {
            "a \"b\" *c\\"
        }
    }
}

fuzz_target!(|input: (u16, &str)| {
    let (cursor, text) = input;
    let mut service = Field::text("service");
    service.values = vec!["http".into(), "a b".into()];
    let fields = Fields::new(vec![
        Field::number("risk"),
        Field::number("x"),
        Field::number("src bytes"),
        service,
        Field::text("area"),
    ]);

    for suggestion in suggest(text, cursor.into(), &fields) {
        assert!(text.get(suggestion.replaces).is_some());
    }
    match Query::parse(text, &fields) {
        Ok(query) => {
            let written = query.to_text(&fields);
            // `.5` is written 0.5: a text at the cap may grow beyond it.
            if written.len() <= MAX_BYTES {
                let read = Query::parse(&written, &fields).expect("what is written is a query");
                assert_eq!(read, query);
                assert_eq!(
                    read.matches(&Record, &fields),
                    query.matches(&Record, &fields)
                );
                assert_eq!(read.to_text(&fields), written);
            }
        }
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some());
            assert!(error.caret_lines(text).ends_with('^'));
        }
    }
});
