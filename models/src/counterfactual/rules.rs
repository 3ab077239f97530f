//! What no real record has: features whose definitions contradict one another.
//!
//! Checked on the distinct rows of KDD Cup 99's 10 % file. Hardly a real row breaks a rule, but for the sum of `same_srv_rate` and
//! `diff_srv_rate`, which exceeds 1 in about one of a hundred: a change does not aim for those. There is no rule for `duration`, which is in
//! whole seconds: most connections with bytes take 0. None for `srv_count` against `count` either: other hosts have the same service.

use super::{Row, Value, position, vocabulary_positions};
use crate::preprocess::Preprocess;
use crate::record::Vocabulary;
use crate::schema::{Feature, View};

/// Shares are written with two decimals: two of them may sum to this much more than 1.
const ROUNDING: f32 = 0.011;

/// Pairs of shares of the same connections that exclude each other.
const EXCLUSIVE_SHARES: [[&str; 2]; 6] = [
    ["serror_rate", "rerror_rate"],
    ["srv_serror_rate", "srv_rerror_rate"],
    ["dst_host_serror_rate", "dst_host_rerror_rate"],
    ["dst_host_srv_serror_rate", "dst_host_srv_rerror_rate"],
    ["same_srv_rate", "diff_srv_rate"],
    ["dst_host_same_srv_rate", "dst_host_diff_srv_rate"],
];

/// Ends of a connection that was never established.
const NOT_ESTABLISHED: [&str; 5] = ["S0", "REJ", "RSTOS0", "SH", "OTH"];

/// What only somebody who is logged in does. (`hot` and `num_failed_logins` come without.)
const NEEDS_LOGIN: [&str; 8] = [
    "num_compromised",
    "root_shell",
    "su_attempted",
    "num_root",
    "num_file_creations",
    "num_shells",
    "num_access_files",
    "is_guest_login",
];

/// The rules of a view.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    view: View,
    /// Positions of the features of [`EXCLUSIVE_SHARES`] that the view has.
    exclusive: Vec<[usize; 2]>,
    protocol: Option<usize>,
    service: Option<usize>,
    flag: Option<usize>,
    /// Per feature, where it is a category.
    words: Vec<Option<Vocabulary>>,
    /// Protocols with services that occur.
    services: Vec<[Value; 2]>,
}

impl Rules {
    /// For a model's records; `known` are real ones, whose services and protocols go together.
    pub(super) fn new<'a>(preprocess: &Preprocess, known: impl Iterator<Item = &'a Row>) -> Self {
        let view = preprocess.view();
        let (protocol, service) = (position(view, "protocol_type"), position(view, "service"));
        let words = vocabulary_positions(view)
            .into_iter()
            .map(|index| preprocess.vocabularies().get(index?).cloned())
            .collect();
        Self {
            view,
            exclusive: EXCLUSIVE_SHARES
                .iter()
                .filter_map(|[a, b]| Some([position(view, a)?, position(view, b)?]))
                .collect(),
            services: known
                .filter_map(|row| Some([*row.get(protocol?)?, *row.get(service?)?]))
                .collect(),
            protocol,
            service,
            flag: position(view, "flag"),
            words,
        }
    }

    /// The rules that a record breaks, one bit each.
    pub(super) fn broken(&self, row: &[Value]) -> u32 {
        let number = |name: &str| match row.get(position(self.view, name)?)? {
            Value::Number(value) => Some(*value),
            Value::Code(_) => None,
        };
        let is_positive = |name: &str| number(name).is_some_and(|value| value > 0.0);
        let (protocol, flag) = (self.word(row, self.protocol), self.word(row, self.flag));
        let is_other_than = |word: Option<&str>, usual: &str| word.is_some_and(|w| w != usual);
        let is_logged_out = number("logged_in") == Some(0.0);
        let rules = [
            self.has_unknown_service(row),
            // Only TCP has a handshake and an end: all else is SF.
            is_other_than(protocol, "tcp") && is_other_than(flag, "SF"),
            is_other_than(protocol, "tcp") && is_positive("logged_in"),
            flag.is_some_and(|flag| NOT_ESTABLISHED.contains(&flag))
                && (is_positive("src_bytes") || is_positive("dst_bytes")),
            is_logged_out && NEEDS_LOGIN.iter().any(|name| is_positive(name)),
            // The one connection is to its own service.
            number("count") == Some(1.0) && number("same_srv_rate").is_some_and(|rate| rate < 1.0),
            self.view.features().zip(row).any(is_out_of_range),
        ];
        let exclusive = self.exclusive.iter().map(|&[a, b]| {
            matches!(
                (row.get(a), row.get(b)),
                (Some(Value::Number(a)), Some(Value::Number(b))) if a + b > 1.0 + ROUNDING
            )
        });
        rules
            .into_iter()
            .chain(exclusive)
            .enumerate()
            .fold(0, |broken, (bit, is_broken)| {
                broken | u32::from(is_broken) << bit
            })
    }

    fn has_unknown_service(&self, row: &[Value]) -> bool {
        let value = |position: Option<usize>| row.get(position?).copied();
        match (value(self.protocol), value(self.service)) {
            (Some(protocol), Some(service)) => !self.services.contains(&[protocol, service]),
            _ => false,
        }
    }

    fn word(&self, row: &[Value], position: Option<usize>) -> Option<&str> {
        let position = position?;
        match (self.words.get(position)?, row.get(position)?) {
            (Some(words), Value::Code(code)) => words.value(*code),
            _ => None,
        }
    }
}

fn is_out_of_range((feature, value): (&Feature, &Value)) -> bool {
    match *value {
        Value::Number(value) => value < 0.0 || feature.max().is_some_and(|max| value > max),
        Value::Code(_) => false,
    }
}
