//! Connection records as JSON objects.
//!
//! In: one object, or an array of them, whose keys are feature names. Out: a [`RecordBatch`], or what is wrong in words:
//! `record 3, field "src_byte": unknown, did you mean "src_bytes"?`. Numbers are read from their text as in a table, straight to 32 bits, so
//! that the same record has the same bits from either.

use std::fmt;

use models::record::{RecordBatch, UNSEEN, Vocabulary};
use models::schema::{FEATURES, Feature, FeatureKind, MAX_WINDOW_COUNT, View, feature_index};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use traffic::row_error::RowProblem;
use traffic::table::MAX_WORD_BYTES;

use super::score::shown;

/// Most records in one request.
pub(crate) const MAX_RECORDS: usize = 10_000;

/// The records of a request, with their values still as text.
#[derive(Debug)]
pub(crate) struct JsonRecords<'a> {
    records: Vec<RawRecord<'a>>,
    is_array: bool,
    /// The widest view whose features the first record has.
    pub(crate) view: View,
}

/// What is wrong with the body.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonError {
    #[error("expected a JSON object or an array of objects, found {0}")]
    Kind(&'static str),
    #[error("not JSON: {0}")]
    Syntax(String),
    #[error("expected at most {MAX_RECORDS} records, found {0}; send more as a table (text/csv)")]
    TooMany(usize),
    #[error("{}field \"{field}\": {problem}", record.map_or(String::new(), |number| format!("record {number}, ")))]
    Field {
        record: Option<usize>,
        field: String,
        problem: String,
    },
    #[error("record {record}: {problem}")]
    Record { record: usize, problem: String },
}

/// Whether a value counts connections of a window that holds 511 of them.
pub(crate) fn is_window_count(view: View, name: &str) -> bool {
    view == View::Kdd5 && matches!(name, "count" | "srv_count")
}

impl<'a> JsonRecords<'a> {
    /// Reads the objects and finds out their view.
    ///
    /// # Errors
    /// Where the text is not JSON, has other things than objects in it, unknown keys, or none of the views' features.
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, JsonError> {
        let (records, is_array) = match text.trim_ascii_start().first() {
            Some(b'{') => (
                vec![
                    serde_json::from_slice(text)
                        .map_err(|error| JsonError::Syntax(error.to_string()))?,
                ],
                false,
            ),
            Some(b'[') => (parse_array(text)?, true),
            Some(b'"') => return Err(JsonError::Kind("a string")),
            Some(_) => return Err(JsonError::Kind("something else")),
            None => return Err(JsonError::Kind("nothing")),
        };
        let mut parsed = Self {
            records,
            is_array,
            view: View::Kdd5,
        };
        for (index, record) in parsed.records.iter().enumerate() {
            if let Some((field, problem)) = &record.problem {
                return Err(parsed.field_error(index, field.clone(), problem.clone()));
            }
        }
        if let Some(first) = parsed.records.first() {
            parsed.view = View::ALL
                .into_iter()
                .find(|view| first.missing(*view).is_none())
                .unwrap_or(View::Kdd5);
        }
        Ok(parsed)
    }

    /// Whether it was an array.
    pub(crate) fn is_array(&self) -> bool {
        self.is_array
    }

    /// Number of records.
    pub(crate) fn len(&self) -> usize {
        self.records.len()
    }

    /// Appends all records to a batch of [`JsonRecords::view`]; gives the number of values that no vocabulary knows.
    ///
    /// # Errors
    /// The first value that is missing or cannot be read.
    pub(crate) fn read(
        &self,
        vocabularies: &[Vocabulary],
        batch: &mut RecordBatch,
    ) -> Result<u64, JsonError> {
        let mut n_unseen = 0;
        for (index, record) in self.records.iter().enumerate() {
            if let Some(feature) = record.missing(self.view) {
                let names = self
                    .view
                    .features()
                    .map(|feature| feature.name)
                    .collect::<Vec<_>>()
                    .join(", ");
                let problem = format!("missing; view {} needs {names}", self.view.name());
                return Err(self.field_error(index, feature.name.to_owned(), problem));
            }
            let mut vocabularies = vocabularies.iter();
            for (column, &feature) in self.view.feature_indices().iter().enumerate() {
                let (Some(feature), Some(value)) = (
                    FEATURES.get(feature),
                    record.values.get(feature).copied().flatten(),
                ) else {
                    continue;
                };
                let outcome = match feature.kind {
                    FeatureKind::Category => read_word(value.get()).map(|word| {
                        let code = vocabularies.next().map_or(UNSEEN, |vocabulary| {
                            vocabulary.code(word.trim_ascii().as_bytes())
                        });
                        n_unseen += u64::from(code == UNSEEN);
                        batch.push_code(column, code);
                    }),
                    _ => read_number(value.get(), feature, self.view)
                        .map(|number| batch.push_number(column, number)),
                };
                outcome
                    .map_err(|problem| self.field_error(index, feature.name.to_owned(), problem))?;
            }
        }
        Ok(n_unseen)
    }

    fn field_error(&self, index: usize, field: String, problem: String) -> JsonError {
        JsonError::Field {
            record: self.is_array.then_some(index + 1),
            field,
            problem,
        }
    }
}

fn parse_array(text: &[u8]) -> Result<Vec<RawRecord<'_>>, JsonError> {
    let values: Vec<&RawValue> =
        serde_json::from_slice(text).map_err(|error| JsonError::Syntax(error.to_string()))?;
    if values.len() > MAX_RECORDS {
        return Err(JsonError::TooMany(values.len()));
    }
    let records = values.into_iter().enumerate().map(|(index, value)| {
        let problem = |problem| JsonError::Record {
            record: index + 1,
            problem,
        };
        if !value.get().starts_with('{') {
            return Err(problem(format!(
                "expected an object, found {}",
                shown(value.get())
            )));
        }
        serde_json::from_str(value.get()).map_err(|error| problem(error.to_string()))
    });
    records.collect()
}

/// Reads a number by the rules of tables.
fn read_number(text: &str, feature: &Feature, view: View) -> Result<f32, String> {
    if text.starts_with('"') {
        return Err(format!(
            "expected a number, found the string {}",
            shown(text)
        ));
    }
    let problem = match text.parse::<f32>() {
        Err(_) => RowProblem::not_a_number(text.as_bytes()),
        Ok(value) if !value.is_finite() => RowProblem::not_finite(text.as_bytes()),
        Ok(value) if value < 0.0 => RowProblem::negative(text.as_bytes()),
        Ok(value) if feature.kind == FeatureKind::Rate && value > 1.0 => {
            RowProblem::not_a_share(text.as_bytes())
        }
        Ok(value) if value > MAX_WINDOW_COUNT && is_window_count(view, feature.name) => {
            return Err(format!(
                "expected at most {MAX_WINDOW_COUNT}, found {}",
                shown(text)
            ));
        }
        Ok(value) => return Ok(value),
    };
    Err(problem.to_string())
}

/// Reads a word by the rules of tables.
fn read_word(text: &str) -> Result<String, String> {
    let word: String = serde_json::from_str(text)
        .map_err(|_| format!("expected a string, found {}", shown(text)))?;
    let problem = match word.trim_ascii() {
        "" => RowProblem::EmptyWord,
        trimmed if trimmed.len() > MAX_WORD_BYTES => RowProblem::LongWord {
            max_bytes: MAX_WORD_BYTES,
            found_bytes: trimmed.len(),
        },
        trimmed if trimmed.bytes().any(|byte| byte.is_ascii_control()) => {
            RowProblem::control_character(trimmed.as_bytes())
        }
        _ => return Ok(word),
    };
    Err(problem.to_string())
}

/// One object: the text of each value by feature, and the first key that is not as it should be.
#[derive(Debug)]
struct RawRecord<'a> {
    values: [Option<&'a RawValue>; FEATURES.len()],
    problem: Option<(String, String)>,
}

impl RawRecord<'_> {
    fn missing(&self, view: View) -> Option<&'static Feature> {
        let index = view
            .feature_indices()
            .iter()
            .find(|&&index| self.values.get(index).copied().flatten().is_none())?;
        FEATURES.get(*index)
    }
}

impl<'de> Deserialize<'de> for RawRecord<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RecordVisitor;

        impl<'de> Visitor<'de> for RecordVisitor {
            type Value = RawRecord<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut record = RawRecord {
                    values: [None; FEATURES.len()],
                    problem: None,
                };
                while let Some(key) = map.next_key_seed(Key)? {
                    match key {
                        Ok(index) => {
                            let value: &RawValue = map.next_value()?;
                            if let Some(slot) = record.values.get_mut(index)
                                && slot.replace(value).is_some()
                            {
                                let name = FEATURES.get(index).map_or("", |feature| feature.name);
                                record.problem.get_or_insert_with(|| {
                                    (name.to_owned(), "given twice".to_owned())
                                });
                            }
                        }
                        Err(name) => {
                            map.next_value::<IgnoredAny>()?;
                            record
                                .problem
                                .get_or_insert_with(|| (shown(&name), unknown(&name)));
                        }
                    }
                }
                Ok(record)
            }
        }

        deserializer.deserialize_map(RecordVisitor)
    }
}

/// A key as the index of its feature, or itself where there is none.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Result<usize, String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        struct KeyVisitor;

        impl Visitor<'_> for KeyVisitor {
            type Value = Result<usize, String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a feature")
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(feature_index(name).ok_or_else(|| name.chars().take(64).collect()))
            }
        }

        deserializer.deserialize_str(KeyVisitor)
    }
}

fn unknown(name: &str) -> String {
    let nearest = FEATURES
        .iter()
        .map(|feature| (edit_distance(name, feature.name), feature.name))
        .min();
    match nearest {
        // More than a third changed is another word.
        Some((distance, nearest)) if distance * 3 <= nearest.len() => {
            format!("unknown, did you mean \"{nearest}\"?")
        }
        _ => "unknown; GET /api/v1/models lists the features".to_owned(),
    }
}

/// Edits that turn one name into the other (Levenshtein, 1966), case aside.
fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (above, to) in row.iter_mut().skip(1).zip(&b) {
            let cost = usize::from(!from.eq_ignore_ascii_case(to));
            left = (diagonal + cost).min(left + 1).min(*above + 1);
            diagonal = std::mem::replace(above, left);
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<RecordBatch, String> {
        let records = JsonRecords::parse(text.as_bytes()).map_err(|error| error.to_string())?;
        let mut batch = RecordBatch::new(records.view);
        records
            .read(&[], &mut batch)
            .map_err(|error| error.to_string())?;
        Ok(batch)
    }

    fn form(changed: &str, value: &str) -> String {
        let fields = [
            ("duration", "0"),
            ("src_bytes", "181"),
            ("dst_bytes", "5450"),
            ("count", "8"),
            ("srv_count", "8"),
        ];
        let fields = fields.map(|(name, usual)| {
            format!(
                "\"{name}\": {}",
                if name == changed { value } else { usual }
            )
        });
        format!("{{{}}}", fields.join(", "))
    }

    #[test]
    fn reads_numbers_as_tables_do() {
        // 64 bits on the way would round this one twice: 1 + 2^-24 + 2^-55 is above the middle between two neighbours, by too little for f64.
        let text = "1.00000005960464480527982";
        let batch = read(&form("duration", text)).unwrap();
        assert_eq!(
            batch.columns()[0].bits(0),
            text.parse::<f32>().unwrap().to_bits()
        );
        assert_eq!(
            read(&form("duration", "-0")).unwrap().columns()[0].bits(0),
            0
        );
    }

    #[test]
    fn says_what_is_wrong_with_a_value() {
        for (value, expected) in [
            (
                "\"abc\"",
                "field \"count\": expected a number, found the string \"abc\"",
            ),
            ("null", "field \"count\": expected a number, found \"null\""),
            ("-1", "field \"count\": expected a number ≥ 0, found \"-1\""),
            (
                "1e400",
                "field \"count\": expected a finite number, found \"1e400\"",
            ),
            ("512", "field \"count\": expected at most 511, found 512"),
            (
                "{\"a\": [1]}",
                "field \"count\": expected a number, found \"{\"a\": [1]}\"",
            ),
        ] {
            assert_eq!(read(&form("count", value)).unwrap_err(), expected);
        }
    }

    #[test]
    fn names_record_and_field() {
        let good = form("", "");
        let text = format!(
            "[{good}, {good}, {}]",
            good.replace("src_bytes", "src_byte")
        );
        assert_eq!(
            read(&text).unwrap_err(),
            "record 3, field \"src_byte\": unknown, did you mean \"src_bytes\"?"
        );
        let text = format!("[{good}, {}]", good.replace(", \"srv_count\": 8", ""));
        assert_eq!(
            read(&text).unwrap_err(),
            "record 2, field \"srv_count\": missing; view kdd5 needs duration, src_bytes, dst_bytes, count, srv_count"
        );
        assert_eq!(
            read(&format!("[{good}, 7]")).unwrap_err(),
            "record 2: expected an object, found 7"
        );
        assert!(
            read("{\"password\": 1}")
                .unwrap_err()
                .contains("\"password\": unknown; GET")
        );
        assert_eq!(
            read("{\"count\": 1, \"count\": 2}").unwrap_err(),
            "field \"count\": given twice"
        );
    }

    #[test]
    fn refuses_what_is_not_records() {
        for text in [
            "",
            "3",
            "\"a\"",
            "{",
            "[1, 2",
            "{\"count\": NaN}",
            "[",
            "nul",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let many = format!("[{}]", vec!["{}"; MAX_RECORDS + 1].join(","));
        assert!(read(&many).unwrap_err().contains("found 10001"));
        let deep = format!(
            "{{\"count\": {}1{}}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert!(read(&deep).is_err());
    }

    #[test]
    fn counts_edits() {
        assert_eq!(edit_distance("src_byte", "src_bytes"), 1);
        assert_eq!(edit_distance("kitten", "sitting"), 3);
        assert_eq!(edit_distance("", "abc"), 3);
        assert_eq!(edit_distance("COUNT", "count"), 0);
    }
}
