//! A query finds the same rows while a file streams by as in the whole table.

#![expect(clippy::expect_used, reason = "helpers of tests")]

use analysis::batch_row::{BatchRows, RowFilter};
use analysis::filter::{ConnectionFields, filter};
use analysis::row_set::RowSet;
use analysis::table::{ModelColumn, PartColumn, ScoredTable, TableBuilder, TablePart};
use models::evaluation::is_normal_label;
use models::record::{Column, RecordBatch, UNSEEN, Vocabulary};
use models::schema::{FeatureKind, View};
use models::trained_model::Detections;
use proptest::prelude::*;
use query::Query;

const MODELS: [&str; 3] = ["ensemble", "density", "hybrid"];
const WORDS: [&str; 4] = ["http", "private", "SF", "Ünseen one"];
/// The last of [`WORDS`] is one that the model does not know.
const N_KNOWN: usize = 3;
const LABELS: [&str; 4] = ["normal", "smurf", "", "buffer_overflow"];

/// Rows as they stream by, and the same as a table.
#[derive(Debug)]
struct Rows {
    batch: RecordBatch,
    detections: Detections,
    lines: Vec<u64>,
    labels: Vec<u32>,
}

fn vocabularies() -> Vec<Vocabulary> {
    let known = WORDS[..N_KNOWN].iter().map(|&word| word.to_owned());
    vec![Vocabulary::new(known.collect()); 3]
}

impl Rows {
    /// `seeds` has a number per row; all values of a row follow from it.
    fn new(seeds: &[u32], has_labels: bool) -> Self {
        let mut batch = RecordBatch::new(View::Kdd28);
        let vocabularies = vocabularies();
        for &seed in seeds {
            for (index, feature) in View::Kdd28.features().enumerate() {
                let value = seed.wrapping_mul(2 * index as u32 + 1) >> 5;
                match feature.kind {
                    FeatureKind::Category => {
                        let word = WORDS[value as usize % WORDS.len()];
                        batch.push_code(index, vocabularies[0].code(word.as_bytes()));
                    }
                    FeatureKind::Rate => batch.push_number(index, (value % 101) as f32 / 100.0),
                    _ => batch.push_number(index, (value % 40) as f32),
                }
            }
        }
        let risks = |factor: u32| -> Vec<f32> {
            let risk = |&seed: &u32| (seed.wrapping_mul(factor) % 1001) as f32 / 10.0;
            seeds.iter().map(risk).collect()
        };
        let detections = Detections {
            risk: risks(1),
            column_risk: vec![risks(3), risks(7)],
            combined: risks(1),
            raw: vec![risks(3), risks(7)],
            position: [risks(11), risks(13)],
            row_hash: seeds.iter().map(|&seed| u64::from(seed)).collect(),
        };
        Self {
            batch,
            detections,
            lines: (2..).take(seeds.len()).collect(),
            labels: seeds
                .iter()
                .filter(|_| has_labels)
                .map(|seed| seed % LABELS.len() as u32)
                .collect(),
        }
    }

    fn table(&self) -> ScoredTable {
        let mut words = vocabularies()[0].values().to_vec();
        words.push(WORDS[N_KNOWN].to_owned());
        let features = self.batch.columns().iter().map(|column| match column {
            Column::Numeric(values) => PartColumn::Numbers(values.clone()),
            Column::Category(codes) => {
                let position = |&code: &u32| code.min(N_KNOWN as u32);
                PartColumn::Words(codes.iter().map(position).collect())
            }
        });
        let detections = self.detections.clone();
        let risks = std::iter::once(detections.risk).chain(detections.column_risk);
        let has_labels = !self.labels.is_empty();
        let mut builder = TableBuilder::new(View::Kdd28);
        builder.push(TablePart {
            features: features.collect(),
            words: vec![words; 3],
            label_names: LABELS
                .iter()
                .filter(|_| has_labels)
                .map(|&name| name.to_owned())
                .collect(),
            labels: self.labels.clone(),
            models: risks
                .map(|risk| ModelColumn {
                    raw: risk.clone(),
                    risk,
                })
                .collect(),
            position: detections.position,
            hashes: detections.row_hash,
            lines: self.lines.iter().map(|&line| line as u32).collect(),
        });
        builder.finish(is_normal_label)
    }

    fn streamed(&self, query: &str) -> RowSet {
        let filter = RowFilter::parse(query, View::Kdd28, &MODELS).expect(query);
        let label_names = LABELS.map(str::to_owned);
        let rows = BatchRows {
            batch: &self.batch,
            detections: &self.detections,
            vocabularies: &vocabularies(),
            lines: &self.lines,
            label_names: &label_names,
            labels: &self.labels,
        };
        filter.rows(&rows, |row, feature| {
            let column = &self.batch.columns()[feature];
            assert!(matches!(column, Column::Category(codes) if codes[row] == UNSEEN));
            WORDS[N_KNOWN].to_owned()
        })
    }
}

fn in_table(table: &ScoredTable, query: &str) -> RowSet {
    let fields = ConnectionFields::new(View::Kdd28, &MODELS, &[]);
    let parsed = Query::parse(query, &fields.fields).expect(query);
    filter(table, &parsed, &fields, 0)
}

fn condition() -> impl Strategy<Value = String> {
    let number_fields: Vec<String> = View::Kdd28
        .features()
        .filter(|feature| feature.kind != FeatureKind::Category)
        .map(|feature| feature.name)
        .chain(MODELS)
        .chain(["risk", "line", "component_1", "component_2"])
        .map(str::to_owned)
        .collect();
    const TEXT_FIELDS: [&str; 5] = ["protocol_type", "service", "flag", "label", "family"];
    const WORDS_ASKED: [&str; 10] = [
        "http", "sf", "Ünseen*", "*e*", "normal", "dos", "u2r", "\"\"", "smurf", "x",
    ];
    let number = || (0u32..110).prop_map(|tenths| tenths as f32);
    const SIGNS: [&str; 5] = ["", ">", "<", ">=", "<="];
    prop_oneof![
        4 => (prop::sample::select(number_fields.clone()), prop::sample::select(&SIGNS[..]), number())
            .prop_map(|(field, sign, number)| format!("{field}:{sign}{number}")),
        2 => (prop::sample::select(number_fields.clone()), number(), number())
            .prop_map(|(field, from, to)| format!("{field}:{}..{}", from.min(to), from.max(to))),
        4 => (prop::sample::select(&TEXT_FIELDS[..]), prop::sample::subsequence(&WORDS_ASKED[..], 1..3))
            .prop_map(|(field, words)| format!("{field}:{}", words.join(","))),
        2 => prop::sample::select(&["http", "riva", "dos", "\"n o\"", "e"][..]).prop_map(str::to_owned),
        1 => (prop::sample::select(number_fields.clone()), prop::sample::select(number_fields), number(), number())
            .prop_map(|(x, y, a, b)| format!("area:{x},{y},0,0,{a},{b},{b},{a},50,0")),
        1 => Just("*".to_owned()),
    ]
}

fn query_text() -> impl Strategy<Value = String> {
    condition().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|of| format!("({})", of.join(" "))),
            prop::collection::vec(inner.clone(), 1..4)
                .prop_map(|of| format!("({})", of.join(" OR "))),
            inner.prop_map(|of| format!("-{of}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn finds_the_rows_that_it_finds_in_the_table(
        seeds in prop::collection::vec(any::<u32>(), 1..120),
        has_labels: bool,
        query in query_text(),
    ) {
        let rows = Rows::new(&seeds, has_labels);
        prop_assert_eq!(rows.streamed(&query), in_table(&rows.table(), &query), "{}", query);
    }
}

#[test]
fn words_that_the_model_does_not_know_are_found() {
    let seeds: Vec<u32> = (0..400u32)
        .map(|seed| seed.wrapping_mul(2_654_435_761))
        .collect();
    let rows = Rows::new(&seeds, true);
    let found = rows.streamed("service:\"Ünseen one\" -protocol_type:Ünseen*");
    assert!(!found.is_empty() && found.len() < seeds.len() / 2);
    assert_eq!(
        found,
        in_table(
            &rows.table(),
            "service:Ünseen* NOT protocol_type:\"ÜnSEEN one\""
        )
    );
}

#[test]
fn says_why_copies_are_not_known() {
    for query in ["copies:>5", "risk:>5 -\"Copies\":1"] {
        let error = RowFilter::parse(query, View::Kdd5, &MODELS).unwrap_err();
        let carets = error.caret_lines(query);
        assert!(
            error
                .to_string()
                .contains("\"copies\" counts equal rows of the whole file"),
            "{error}"
        );
        assert!(carets.ends_with('^'), "{carets}");
    }
    let error = RowFilter::parse("copie:5", View::Kdd5, &MODELS).unwrap_err();
    assert!(
        error.message.starts_with("unknown field \"copie\""),
        "{error}"
    );
}
