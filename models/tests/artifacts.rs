//! The shipped model files: each decodes, stands by its card, and scores made-up records to the same bits as ever.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod random_records;

use std::sync::Arc;

use models::digest::{ScoreDigest, sha256_hex};
use models::explain::MAX_REASONS;
use models::random::Random;
use models::record::RecordBatch;
use models::schema::View;
use models::trained_model::{Detections, Scorer, TrainedModel};
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
use random_records::random_records;

struct Artifact {
    view: View,
    file: &'static [u8],
    card: &'static str,
}

const ARTIFACTS: [Artifact; 3] = [
    Artifact {
        view: View::Kdd41,
        file: include_bytes!("../artifacts/kdd41.oddflow"),
        card: include_str!("../artifacts/kdd41.md"),
    },
    Artifact {
        view: View::Kdd28,
        file: include_bytes!("../artifacts/kdd28.oddflow"),
        card: include_str!("../artifacts/kdd28.md"),
    },
    Artifact {
        view: View::Kdd5,
        file: include_bytes!("../artifacts/kdd5.oddflow"),
        card: include_str!("../artifacts/kdd5.md"),
    },
];

/// Digests of 20 made-up records, in the order of [`ARTIFACTS`]. They change when a model, its encoding or the arithmetic does: never by
/// accident. After a training on purpose `cargo test -p models --test artifacts pinned` prints the new ones.
const DIGESTS: [&str; 3] = [
    "0f87a33fe6a40009cbb86324a1372dfa05e69d52b196e504ada590c8fa3bdd19",
    "86172c8526b6ab84c561c9a5a7586e80b43f13b81f4009aad2d2a1bdaa8335b6",
    "ee84c184b9fb9fc13ac00b8d0f468931140f98bd95b65ec8943e5b8a1667cf62",
];

/// The order of the score columns beside the ensemble's.
const COLUMNS: [&str; 5] = [
    "isolation_forest",
    "autoencoder",
    "density",
    "random_forest",
    "hybrid",
];

/// Largest size of all files together: the limit is 2 MB compressed, and these need no compression for it.
const MAX_SHIPPED_BYTES: usize = 2_000_000;
/// Largest size of the file that the form waits for: 200 kB compressed, which is less than half of it.
const MAX_FORM_BYTES: usize = 460_000;

impl Artifact {
    fn model(&self) -> Arc<TrainedModel> {
        Arc::new(TrainedModel::from_bytes(self.file).unwrap())
    }
}

fn records(model: &TrainedModel, n_rows: usize, seed: u64) -> RecordBatch {
    let vocabularies = model.preprocess.vocabularies();
    random_records(model.view(), vocabularies, n_rows, seed)
}

fn detect(model: &Arc<TrainedModel>, batch: &RecordBatch) -> Detections {
    Scorer::new(Arc::clone(model)).detect(batch)
}

/// Every bit that is known about a row.
fn row_bits(detections: &Detections, row: usize) -> Vec<u32> {
    let members = detections.raw.iter().chain(&detections.column_risk);
    members
        .chain([&detections.combined, &detections.risk])
        .chain(&detections.position)
        .map(|column| column[row].to_bits())
        .collect()
}

fn all_bits(detections: &Detections) -> Vec<Vec<u32>> {
    (0..detections.risk.len())
        .map(|row| row_bits(detections, row))
        .collect()
}

#[test]
fn decodes_and_encodes_to_an_equal_model() {
    for artifact in &ARTIFACTS {
        let model = TrainedModel::from_bytes(artifact.file).unwrap();
        assert_eq!(model.view(), artifact.view);
        let again = TrainedModel::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert!(again.to_bytes().unwrap() == model.to_bytes().unwrap());
    }
}

#[test]
fn is_small_enough_to_ship() {
    let sizes = ARTIFACTS.map(|artifact| artifact.file.len());
    assert!(
        sizes.iter().sum::<usize>() <= MAX_SHIPPED_BYTES,
        "{sizes:?}"
    );
    assert!(sizes[2] <= MAX_FORM_BYTES, "{sizes:?}");
}

#[test]
fn has_the_four_detectors_and_the_hybrid() {
    for artifact in &ARTIFACTS {
        let model = artifact.model();
        let columns: Vec<&str> = model.columns().iter().map(|kind| kind.name).collect();
        assert_eq!(columns, COLUMNS);
        assert_eq!(model.column_calibrations().len(), COLUMNS.len());
        for member in &model.members {
            let is_supervised = member.detector.attack_probability(0.5).is_some();
            assert_eq!(
                is_supervised,
                member.detector.kind().name == "random_forest"
            );
            // What has seen attacks counts in the hybrid alone.
            assert_eq!(member.weight == 0.0, is_supervised);
        }
    }
}

#[test]
fn card_names_data_seed_parameters_figures_and_limits() {
    for artifact in &ARTIFACTS {
        let card = &artifact.model().card;
        assert_eq!(card.data.name, "kddcup.data_10_percent.gz");
        assert_eq!((card.data.n_rows, card.data.sha256.len()), (494_021, 64));
        assert!(card.data.n_attacks > 0);
        assert_eq!(card.seed, 42);
        let parameters: Vec<&str> = card
            .parameters
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(parameters[..4], COLUMNS[..4]);
        assert!(parameters.contains(&"ensemble"));
        let named: Vec<(&str, &str)> = card
            .figures
            .iter()
            .map(|entry| (entry.protocol.as_str(), entry.figures.model.as_str()))
            .collect();
        let models = ["ensemble"].into_iter().chain(COLUMNS);
        let expected: Vec<(&str, &str)> = ["P0", "P1"]
            .into_iter()
            .flat_map(|protocol| models.clone().map(move |model| (protocol, model)))
            .collect();
        assert_eq!(named, expected);
        assert!(!card.limits.is_empty());
    }
}

#[test]
fn card_beside_the_file_says_what_the_file_says() {
    for artifact in &ARTIFACTS {
        let card = &artifact.model().card;
        for expected in [
            format!(
                "{} bytes, SHA-256 `{}`",
                artifact.file.len(),
                sha256_hex(artifact.file)
            ),
            card.data.name.clone(),
            card.data.sha256.clone(),
            format!("seed: {}", card.seed),
        ] {
            assert!(
                artifact.card.contains(&expected),
                "{}.md lacks \"{expected}\"",
                artifact.view.name()
            );
        }
        for entry in &card.figures {
            let figures = &entry.figures;
            let expected = format!(
                "| {} | {} | {:.4} | {:.4} | {:.4} |",
                entry.protocol,
                figures.model,
                figures.roc_auc,
                figures.average_precision,
                figures.recall
            );
            assert!(artifact.card.contains(&expected), "no line {expected}");
        }
    }
}

#[test]
fn made_up_records_score_to_the_pinned_bits() {
    let digests = ARTIFACTS.map(|artifact| {
        let model = artifact.model();
        let mut digest = ScoreDigest::default();
        digest.update(&detect(&model, &records(&model, 20, 42)));
        digest.finish()
    });
    assert_eq!(digests, DIGESTS);
}

#[test]
fn scores_are_finite_and_risks_between_0_and_100() {
    for artifact in &ARTIFACTS {
        let model = artifact.model();
        let detections = detect(&model, &records(&model, 2_000, 7));
        let risks = detections.column_risk.iter().chain([&detections.risk]);
        for risk in risks.flatten() {
            assert!((0.0..=100.0).contains(risk), "{risk}");
        }
        let scores = detections.raw.iter().chain([&detections.combined]);
        for score in scores.chain(&detections.position).flatten() {
            assert!(score.is_finite());
        }
    }
}

#[test]
fn extreme_numbers_score_to_finite_values() {
    let model = ARTIFACTS[2].model();
    let mut batch = RecordBatch::new(View::Kdd5);
    for value in [f32::MAX, f32::MIN_POSITIVE, 1e-45, 16_777_216.0] {
        (0..5).for_each(|column| batch.push_number(column, value));
    }
    let detections = detect(&model, &batch);
    assert_eq!(detections.risk.len(), 4);
    assert!(detections.combined.iter().all(|score| score.is_finite()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A row's bits depend on the row alone: not on the rows beside it, their order, or what was scored before.
    #[test]
    fn bits_of_a_row_do_not_depend_on_its_batch(
        seed in any::<u64>(),
        n_rows in 1usize..150,
        batch_size in 1usize..40,
        which in 0usize..3,
    ) {
        let model = ARTIFACTS[which].model();
        let distinct = records(&model, n_rows, seed);
        // Copies among them, as in floods.
        let mut random = Random::new(seed, 1);
        let picks: Vec<usize> = (0..2 * n_rows).map(|_| random.below(n_rows)).collect();
        let batch = distinct.select(&picks);
        let expected = all_bits(&detect(&model, &batch));

        let mut scorer = Scorer::new(Arc::clone(&model));
        let mut in_parts = Detections::default();
        let rows: Vec<usize> = (0..batch.n_rows()).collect();
        for part in rows.chunks(batch_size) {
            in_parts.append(&scorer.detect(&batch.select(part)));
        }
        prop_assert_eq!(&all_bits(&in_parts), &expected);

        let mut order = rows.clone();
        random.shuffle(&mut order);
        let shuffled = scorer.detect(&batch.select(&order));
        for (place, &row) in order.iter().enumerate() {
            prop_assert_eq!(&row_bits(&shuffled, place), &expected[row]);
        }
    }
}

#[test]
fn one_row_at_a_time_is_the_same_as_all_at_once() {
    for artifact in &ARTIFACTS {
        let model = artifact.model();
        let batch = records(&model, 50, 3);
        let expected = all_bits(&detect(&model, &batch));
        for (row, expected) in expected.iter().enumerate() {
            assert_eq!(
                row_bits(&detect(&model, &batch.select(&[row])), 0),
                *expected
            );
        }
    }
}

/// More distinct rows than the cache holds, twice: the second time some come from it and some do not.
#[test]
fn remembered_rows_score_as_if_new() {
    for artifact in &ARTIFACTS {
        let model = artifact.model();
        let batch = records(&model, 20_000, 11);
        let mut scorer = Scorer::new(Arc::clone(&model));
        let first = scorer.detect(&batch);
        assert!(scorer.detect(&batch) == first);
    }
}

#[test]
fn a_batch_of_another_view_gives_no_rows() {
    let [wide, header, form] = ARTIFACTS.map(|artifact| artifact.model());
    for (model, other) in [(&form, &wide), (&header, &wide), (&wide, &header)] {
        assert!(detect(model, &records(other, 3, 1)).risk.is_empty());
    }
}

#[test]
fn leading_features_are_the_strongest_of_the_evidence() {
    for artifact in &ARTIFACTS {
        let model = artifact.model();
        let batch = records(&model, 100, 5);
        let mut scorer = Scorer::new(Arc::clone(&model));
        let detections = scorer.detect(&batch);
        for (row, column) in (0..batch.n_rows()).flat_map(|row| (0..6).map(move |c| (row, c))) {
            let parts = scorer.feature_evidence(&batch, &detections, row, column);
            assert_eq!(parts.len(), artifact.view.n_features());
            assert!(parts.iter().all(|part| part.is_finite() && *part >= 0.0));
            let sum: f32 = parts.iter().sum();

            let leading = scorer.leading_features(&batch, &detections, row, column);
            assert!(leading.len() <= MAX_REASONS);
            assert!(leading.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            let strongest = parts.iter().copied().fold(0.0, f32::max);
            if let Some((feature, share)) = leading.first() {
                assert_eq!(parts[*feature], strongest);
                assert!((share - strongest / sum).abs() < 1e-6);
            }
            // Asked again, the remembered answer.
            let again = scorer.leading_features(&batch, &detections, row, column);
            assert_eq!(again, leading, "row {row}, column {column}");
        }
    }
}

#[test]
fn reasons_name_the_leading_features_in_words() {
    for artifact in &ARTIFACTS {
        let model = artifact.model();
        let batch = records(&model, 50, 9);
        let mut scorer = Scorer::new(Arc::clone(&model));
        let detections = scorer.detect(&batch);
        for (row, column) in (0..batch.n_rows()).flat_map(|row| (0..6).map(move |c| (row, c))) {
            let leading = scorer.leading_features(&batch, &detections, row, column);
            let reasons = scorer.explain(&batch, &detections, row, column);
            assert_eq!(reasons.len(), leading.len());
            for (reason, (index, share)) in reasons.iter().zip(leading) {
                let feature = artifact.view.features().nth(index).unwrap();
                assert_eq!(
                    (reason.feature.as_str(), reason.share),
                    (feature.name, share)
                );
                assert!(reason.sentence.starts_with(feature.meaning));
                assert!(!reason.sentence.ends_with('.') && !reason.value.is_empty());
            }
        }
    }
}
