//! What holds for every text and every query.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use proptest::prelude::*;
use query::limits::MAX_BYTES;
use query::{
    Area, Clause, Field, Fields, NumberRange, NumberTest, Query, Row, Test, TextPattern, TextTest,
    WordTest, suggest,
};

/// Numbers are fields 0 to 2, texts 3 to 6; names and known values need quotes in every way.
fn fields() -> Fields {
    let mut label = Field::text("la\"b\\e*l");
    label.values = vec!["a b".into(), "-x".into(), "OR".into()];
    Fields::new(vec![
        Field::number("risk"),
        Field::number("src bytes"),
        Field::number("-x"),
        Field::text("service"),
        Field::text("AREA"),
        Field::text("OR"),
        label,
    ])
}

const N_NUMBERS: usize = 3;

#[derive(Debug)]
struct Record {
    numbers: [f32; N_NUMBERS],
    texts: [String; 4],
}

impl Row for Record {
    fn number(&self, field: usize) -> f32 {
        self.numbers[field]
    }

    fn text(&self, field: usize) -> &str {
        &self.texts[field - N_NUMBERS]
    }
}

/// Few different numbers, so that records meet conditions, and any finite ones.
fn any_number() -> impl Strategy<Value = f32> {
    prop_oneof![
        (-3_i8..3).prop_map(f32::from),
        any::<f32>().prop_filter("finite", |number| number.is_finite()),
    ]
}

fn any_record() -> impl Strategy<Value = Record> {
    let number = prop_oneof![any_number(), Just(f32::NAN)];
    let numbers = [number.clone(), number.clone(), number];
    (numbers, std::array::from_fn(|_| "[abA*]{0,3}"))
        .prop_map(|(numbers, texts)| Record { numbers, texts })
}

fn any_range() -> impl Strategy<Value = NumberRange> {
    prop_oneof![
        Just(NumberRange::Any),
        any_number().prop_map(NumberRange::Equal),
        any_number().prop_map(NumberRange::Below),
        any_number().prop_map(NumberRange::AtMost),
        any_number().prop_map(NumberRange::Above),
        any_number().prop_map(NumberRange::AtLeast),
        (any_number(), any_number()).prop_map(|(a, b)| NumberRange::Between(a.min(b), a.max(b))),
    ]
}

/// Patterns come out of the parser, as charts have only literal ones; any letters stand between the wildcards.
fn any_pattern() -> impl Strategy<Value = TextPattern> {
    let letters = prop_oneof![
        "[abA]{0,2}",
        "[a*\\\\\"(),:<>= \n-]{0,4}",
        any::<String>(),
        Just("OR".to_owned())
    ];
    let literal = letters.prop_map(TextPattern::literal);
    let wild = "[abé -]{0,2}[*][ab]{0,2}".prop_filter_map("a pattern", |text| {
        let query = Query::parse(&["service:\"", &text, "\""].concat(), &fields());
        match query.as_ref().map(|query| query.clause_on(3)) {
            Ok(Some(Test::Text(test))) => test.patterns().first().cloned(),
            _ => None,
        }
    });
    prop_oneof![literal, wild]
}

fn any_number_test() -> impl Strategy<Value = Test> {
    proptest::collection::vec(any_range(), 1..3)
        .prop_map(|ranges| Test::Number(NumberTest::new(ranges).unwrap()))
}

fn any_clause() -> impl Strategy<Value = Query> {
    let text_test = proptest::collection::vec(any_pattern(), 1..3)
        .prop_map(|patterns| Test::Text(TextTest::new(patterns).unwrap()));
    let corner = [any_number(), any_number()];
    let area = (
        0..N_NUMBERS,
        0..N_NUMBERS,
        proptest::collection::vec(corner, 3..6),
    )
        .prop_map(|(x, y, corners)| Clause::Area(Area::new(x, y, corners).unwrap()));
    prop_oneof![
        (0..N_NUMBERS, any_number_test()).prop_map(|(field, test)| Clause::Field { field, test }),
        (N_NUMBERS..7, text_test).prop_map(|(field, test)| Clause::Field { field, test }),
        area,
        any_pattern()
            .prop_filter_map("a word", WordTest::new)
            .prop_map(Clause::Word),
    ]
    .prop_map(Query::Clause)
}

fn any_query() -> impl Strategy<Value = Query> {
    prop_oneof![9 => any_clause(), 1 => Just(Query::Everything)].prop_recursive(4, 12, 3, |inner| {
        let members = proptest::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            members.clone().prop_map(Query::all_of),
            members.prop_map(Query::any_of),
            inner.prop_map(|member| Query::Not(Box::new(member))),
        ]
    })
}

/// Texts of the signs and words of the language in any order: most are wrong, but not at once.
fn any_attempt() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(" "),
        Just("("),
        Just(")"),
        Just("-"),
        Just(":"),
        Just(","),
        Just("\""),
        Just("\\"),
        Just("*"),
        Just(" OR "),
        Just(" AND "),
        Just("NOT "),
        Just("risk:"),
        Just("service:"),
        Just("area:risk,risk,"),
        Just(">="),
        Just("<"),
        Just(".."),
        Just("5"),
        Just("1.5k"),
        Just("http"),
        Just("é"),
        Just("risc:"),
    ];
    proptest::collection::vec(part, 0..20).prop_map(|parts| parts.concat())
}

/// Parses, and checks what is true of every answer.
fn check(text: &str, cursor: usize) -> Result<(), TestCaseError> {
    let fields = fields();
    match Query::parse(text, &fields) {
        Ok(query) => {
            let canonical = query.to_text(&fields);
            prop_assert_eq!(
                Query::parse(&canonical, &fields),
                Ok(query),
                "{}",
                canonical
            );
        }
        Err(error) => {
            let before = text.get(..error.span.start);
            prop_assert_eq!(
                before.map(|before| before.chars().count() + 1),
                Some(error.character)
            );
            prop_assert!(text.get(error.span.clone()).is_some(), "{:?}", error);
            prop_assert!(error.caret_lines(text).ends_with('^'));
        }
    }
    for suggestion in suggest(text, cursor, &fields) {
        prop_assert!(
            text.get(suggestion.replaces.clone()).is_some(),
            "{:?}",
            suggestion
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_is_read_or_refused_at_a_place(text: String, cursor in 0..300_usize) {
        check(&text, cursor)?;
    }

    #[test]
    fn any_attempt_is_read_or_refused_at_a_place(text in any_attempt(), cursor in 0..40_usize) {
        check(&text, cursor)?;
    }

    #[test]
    fn what_is_written_reads_as_the_same_query(query in any_query()) {
        let text = query.to_text(&fields());
        prop_assume!(text.len() <= MAX_BYTES);
        prop_assert_eq!(Query::parse(&text, &fields()), Ok(query), "{}", text);
    }

    #[test]
    fn trees_of_another_form_are_read_as_one_that_finds_the_same(
        members in proptest::collection::vec(any_query(), 0..3), record in any_record(), is_or: bool,
    ) {
        let nested = match is_or {
            true => Query::And(vec![Query::Or(members.clone()), Query::And(members)]),
            false => Query::Not(Box::new(Query::Or(vec![Query::And(members.clone()), Query::Or(members)]))),
        };
        let read = Query::parse(&nested.to_text(&fields()), &fields()).unwrap();
        prop_assert_eq!(read.matches(&record, &fields()), nested.matches(&record, &fields()));
    }

    #[test]
    fn negation_turns_all_into_any(members in proptest::collection::vec(any_query(), 0..4), record in any_record()) {
        let negated = |query: Query| Query::Not(Box::new(query));
        let finds = |query: Query| query.matches(&record, &fields());
        let each: Vec<Query> = members.iter().cloned().map(negated).collect();
        prop_assert_eq!(finds(negated(Query::all_of(members.clone()))), finds(Query::any_of(each.clone())));
        prop_assert_eq!(finds(negated(Query::any_of(members))), finds(Query::all_of(each)));
    }

    #[test]
    fn clause_that_was_set_is_the_one_on_its_field(
        query in any_query(), field in 0..N_NUMBERS, test in any_number_test(), record in any_record(),
    ) {
        let with = query.clone().with_clause(field, Some(test.clone()));
        prop_assert_eq!(with.clause_on(field), Some(&test));
        let without = query.with_clause(field, None);
        prop_assert_eq!(without.clause_on(field), None);
        prop_assert_eq!(&with.clone().with_clause(field, None), &without);

        let alone = Query::default().with_clause(field, Some(test));
        let finds = |query: &Query| query.matches(&record, &fields());
        prop_assert_eq!(finds(&with), finds(&without) && finds(&alone));
    }

    #[test]
    fn fields_that_are_not_used_do_not_matter(query in any_query(), one in any_record(), other in any_record()) {
        let used = query.fields_used(&fields());
        let mut mixed = other;
        for field in used {
            match field.checked_sub(N_NUMBERS) {
                None => mixed.numbers[field] = one.numbers[field],
                Some(text) => mixed.texts[text].clone_from(&one.texts[text]),
            }
        }
        prop_assert_eq!(query.matches(&mixed, &fields()), query.matches(&one, &fields()));
    }
}
