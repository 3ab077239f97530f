//! Made-up records of a model's view, seeded: numbers over all magnitudes, known and unseen words.

use models::random::Random;
use models::record::{RecordBatch, UNSEEN, Vocabulary};
use models::schema::{FeatureKind, View};

/// `n_rows` records; the same seed gives the same records.
pub(crate) fn random_records(
    view: View,
    vocabularies: &[Vocabulary],
    n_rows: usize,
    seed: u64,
) -> RecordBatch {
    let mut random = Random::new(seed, 0);
    let mut batch = RecordBatch::new(view);
    for _ in 0..n_rows {
        let mut words = vocabularies.iter();
        for (column, feature) in view.features().enumerate() {
            match feature.kind {
                FeatureKind::Category => {
                    let n_words = words.next().map_or(0, Vocabulary::len);
                    // One in ten is a word that training never saw.
                    let code = match random.below(10) {
                        0 => UNSEEN,
                        _ => random.below(n_words) as u32,
                    };
                    batch.push_code(column, code);
                }
                FeatureKind::Rate => batch.push_number(column, random.below(101) as f32 / 100.0),
                FeatureKind::Flag => batch.push_number(column, random.below(2) as f32),
                FeatureKind::Seconds | FeatureKind::Bytes | FeatureKind::Count => {
                    let magnitude = random.below(20);
                    batch.push_number(column, random.below(1 << magnitude) as f32);
                }
            }
        }
    }
    batch
}
