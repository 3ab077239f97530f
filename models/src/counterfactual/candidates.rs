//! The values that a change may take, from normal records and from the profile.
//!
//! A normal record gives its values one by one, and those of features that measure the same thing together: what it never had together
//! is tried only as far as single values make it.

use super::{Row, Value, position, vocabulary_positions};
use crate::profile::FeatureProfile;
use crate::record::{UNSEEN, Vocabulary};
use crate::trained_model::TrainedModel;

/// Nearest normal records whose values are taken together, and all at once.
pub(super) const N_TOGETHER: usize = 8;

/// Values of a feature that are tried by themselves at most, those of the nearest records first.
const N_SINGLE: usize = 12;

/// Values that the search takes from the profile: quantiles 5 %, 25 %, 50 %, 75 %, 95 % by position in [`crate::profile::QUANTILES`].
const TYPICAL_QUANTILES: [usize; 5] = [6, 5, 7, 3, 9];

/// Words that the search takes from the profile, the commonest.
const N_WORDS: usize = 4;

/// Features that belong together.
const LINKED: [&[&str]; 14] = [
    &["protocol_type", "service", "flag"],
    &["protocol_type", "service"],
    &["service", "src_bytes", "dst_bytes"],
    &["src_bytes", "dst_bytes"],
    &["duration", "src_bytes", "dst_bytes"],
    &["flag", "src_bytes", "dst_bytes"],
    &["count", "srv_count"],
    &["serror_rate", "srv_serror_rate"],
    &["rerror_rate", "srv_rerror_rate"],
    &["same_srv_rate", "diff_srv_rate"],
    &["dst_host_same_srv_rate", "dst_host_diff_srv_rate"],
    &["dst_host_count", "dst_host_srv_count"],
    &[
        "flag",
        "serror_rate",
        "srv_serror_rate",
        "dst_host_serror_rate",
        "dst_host_srv_serror_rate",
    ],
    &[
        "flag",
        "rerror_rate",
        "srv_rerror_rate",
        "dst_host_rerror_rate",
        "dst_host_srv_rerror_rate",
    ],
];

/// What may become of each feature.
#[derive(Clone, Debug)]
pub(super) struct Candidates {
    /// Per feature, the likeliest first; none of frozen ones.
    single: Vec<Vec<Value>>,
    /// Per feature, values besides those: good enough for a smaller move.
    others: Vec<Vec<Value>>,
    /// Values of linked features in one normal record.
    linked: Vec<Vec<(usize, Value)>>,
    is_frozen: Vec<bool>,
}

impl Candidates {
    /// For a record, from normal ones (the nearest first) and the profile of a model; nothing for features that are frozen.
    pub(super) fn new(
        model: &TrainedModel,
        original: &[Value],
        usual: &[Row],
        frozen: &[usize],
    ) -> Self {
        let view = model.view();
        let vocabularies = model.preprocess.vocabularies();
        let words = vocabulary_positions(view);
        let is_frozen: Vec<bool> = (0..view.n_features())
            .map(|feature| frozen.contains(&feature))
            .collect();
        let (mut single, mut others) = (Vec::new(), Vec::new());
        for (feature, &own) in original.iter().enumerate() {
            let observed = usual.iter().filter_map(|row| row.get(feature).copied());
            let vocabulary = words
                .get(feature)
                .and_then(|index| vocabularies.get((*index)?));
            let (typical, rest) = match model.profile.get(feature) {
                Some(profile) => of_profile(profile, vocabulary),
                None => (Vec::new(), Vec::new()),
            };
            let is_open = |value: &Value| {
                !is_frozen[feature] && *value != own && *value != Value::Code(UNSEEN)
            };
            let mut values: Vec<Value> = Vec::new();
            // The nearest record's value, the typical ones, those of the other records, the rare ones.
            let nearest = observed.clone().take(1);
            for value in nearest.chain(typical).chain(observed).chain(rest) {
                if is_open(&value) && !values.contains(&value) {
                    values.push(value);
                }
            }
            others.push(values.split_off(values.len().min(N_SINGLE)));
            single.push(values);
        }
        let linked = usual
            .iter()
            .take(N_TOGETHER)
            .flat_map(|row| LINKED.iter().map(move |names| (row, names)))
            .map(|(row, names)| {
                let positions = names.iter().filter_map(|name| position(view, name));
                positions
                    .filter(|&feature| !is_frozen[feature])
                    .filter_map(|feature| Some((feature, *row.get(feature)?)))
                    .filter(|(_, value)| *value != Value::Code(UNSEEN))
                    .collect::<Vec<_>>()
            })
            .filter(|values| values.len() > 1)
            .collect();
        Self {
            single,
            others,
            linked,
            is_frozen,
        }
    }

    /// The record with one more feature changed, or several that belong together.
    pub(super) fn neighbours<'a>(
        &'a self,
        original: &'a [Value],
        row: &'a [Value],
    ) -> impl Iterator<Item = Row> + 'a {
        let single = self
            .single
            .iter()
            .enumerate()
            .filter(|(feature, _)| row.get(*feature) == original.get(*feature))
            .flat_map(|(feature, values)| values.iter().map(move |&value| (feature, value)))
            .map(|change| with(row, &[change]));
        let linked = self.linked.iter().map(|changes| with(row, changes));
        single.chain(linked)
    }

    /// A normal record, but for what is frozen.
    pub(super) fn all_of(&self, original: &[Value], usual: &[Value]) -> Row {
        let values = original.iter().zip(usual).zip(&self.is_frozen);
        values
            .map(|((&own, &usual), &is_frozen)| {
                if is_frozen || usual == Value::Code(UNSEEN) {
                    own
                } else {
                    usual
                }
            })
            .collect()
    }

    /// All values that a feature may take beside its own.
    pub(super) fn values(&self, feature: usize) -> impl Iterator<Item = Value> + '_ {
        let known = [&self.single, &self.others];
        known
            .into_iter()
            .filter_map(move |values| values.get(feature))
            .flatten()
            .copied()
    }
}

/// Typical values, the likeliest first, and the rest of what a profile knows.
fn of_profile(
    profile: &FeatureProfile,
    vocabulary: Option<&Vocabulary>,
) -> (Vec<Value>, Vec<Value>) {
    match profile {
        FeatureProfile::Numeric { quantiles } => {
            let typical = TYPICAL_QUANTILES
                .iter()
                .filter_map(|&index| quantiles.get(index));
            (
                typical.copied().map(Value::Number).collect(),
                quantiles.iter().copied().map(Value::Number).collect(),
            )
        }
        FeatureProfile::Category { shares } => {
            let code =
                |(word, _): &(String, f32)| Some(Value::Code(vocabulary?.code(word.as_bytes())));
            let common = shares.iter().take(N_WORDS).filter_map(code).collect();
            (common, Vec::new())
        }
    }
}

fn with(row: &[Value], changes: &[(usize, Value)]) -> Row {
    let mut changed = row.to_vec();
    for &(feature, value) in changes {
        if let Some(place) = changed.get_mut(feature) {
            *place = value;
        }
    }
    changed
}
