//! Answers of a scored table against the same questions asked row by row.

use analysis::correlation::correlate;
use analysis::distribution::{CutFeature, Distribution};
use analysis::neighbours::Standing;
use analysis::row_set::RowSet;
use analysis::selection::{count, count_pair, ranking};
use analysis::table::{ModelColumn, PartColumn, ScoredTable, TableBuilder, TablePart};
use models::evaluation::{Ranking, is_normal_label};
use models::random::Random;
use models::risk_histogram::{RiskHistogram, Truth, step};
use models::schema::{FeatureKind, View};

const N_ROWS: usize = 700;

/// A table of made-up rows in three parts; words and labels are numbered anew in each, as scorers do.
fn table() -> ScoredTable {
    let mut random = Random::new(11, 0);
    let mut builder = TableBuilder::new(View::Kdd28);
    let mut line = 0;
    for (part, n_rows) in [(0usize, 300usize), (1, 0), (2, 400)] {
        let mut words = vec!["tcp".to_owned(), "udp".into(), "icmp".into()];
        let mut label_names = vec!["normal".to_owned(), "smurf".into(), "neptune".into()];
        words.rotate_left(part);
        label_names.rotate_left(part);
        let kinds: Vec<u64> = (0..n_rows).map(|_| random.below(90) as u64).collect();
        let features = View::Kdd28.features().enumerate().map(|(index, feature)| {
            // A row is decided by its kind, so that there are copies.
            let value = |kind: u64| (kind.wrapping_mul(2 * index as u64 + 3) % 17) as f32;
            match feature.kind {
                FeatureKind::Category => {
                    let word = |kind: &u64| ((value(*kind) as usize + 3 - part) % 3) as u32;
                    PartColumn::Words(kinds.iter().map(word).collect())
                }
                FeatureKind::Bytes => {
                    PartColumn::Numbers(kinds.iter().map(|&kind| value(kind) * 1.5e6).collect())
                }
                _ => PartColumn::Numbers(kinds.iter().map(|&kind| value(kind) / 16.0).collect()),
            }
        });
        let features = features.collect();
        let model = |factor: u64| {
            let raw: Vec<f32> = kinds
                .iter()
                .map(|&kind| (kind * factor % 31) as f32 / 3.0)
                .collect();
            let risk = raw.iter().map(|raw| raw * 9.9).collect();
            ModelColumn { risk, raw }
        };
        builder.push(TablePart {
            features,
            words: vec![words; 3],
            labels: kinds
                .iter()
                .map(|kind| ((kind % 3) as u32 + 3 - part as u32) % 3)
                .collect(),
            label_names,
            models: vec![model(1), model(7)],
            position: [
                kinds.iter().map(|&kind| kind as f32).collect(),
                vec![0.5; n_rows],
            ],
            hashes: kinds,
            lines: (line..line + n_rows as u32).collect(),
        });
        line += n_rows as u32;
    }
    builder.finish(is_normal_label)
}

fn some_rows() -> RowSet {
    RowSet::of(N_ROWS, |row| row % 3 != 1)
}

#[test]
fn parts_become_one_table() {
    let table = table();
    assert_eq!(table.n_rows(), N_ROWS);
    assert!(table.n_groups() <= 90);
    for row in 0..N_ROWS {
        let first = table.first_rows[table.groups[row] as usize] as usize;
        assert_eq!(table.position[0][row], table.position[0][first]);
        for column in &table.features {
            assert_eq!(column.number(row), column.number(first));
            assert_eq!(column.text(row), column.text(first));
        }
        let kind = table.position[0][row] as u64;
        assert_eq!(
            table.label(row),
            ["normal", "smurf", "neptune"]
                .get(kind as usize % 3)
                .copied()
        );
        assert_eq!(table.is_attack(row), Some(!kind.is_multiple_of(3)));
        let protocol = (kind.wrapping_mul(5) % 17) as usize % 3;
        assert_eq!(
            table.features[1].text(row),
            ["tcp", "udp", "icmp"].get(protocol).copied()
        );
    }
}

#[test]
fn counts_are_those_of_the_rows() {
    let mut table = table();
    let rows = some_rows();
    let counts = count(&mut table, &rows, 1);
    assert_eq!(counts.n_rows, rows.len() as u64);
    let mut wanted = RiskHistogram::default();
    for row in rows.iter() {
        let truth = if table.is_attack(row) == Some(true) {
            Truth::Attack
        } else {
            Truth::Normal
        };
        wanted.add(table.models[1].risk[row], truth);
    }
    assert_eq!(counts.risks, wanted);
    for label in &counts.labels {
        let of_label = |row: &usize| table.label(*row) == Some(label.name.as_str());
        let found = rows
            .iter()
            .filter(of_label)
            .filter(|&row| table.models[1].risk[row] >= 40.0);
        assert_eq!(label.n_found(40.0), found.count() as u64, "{}", label.name);
        assert_eq!(label.n_rows, rows.iter().filter(of_label).count() as u64);
        assert_eq!(label.n_all, (0..N_ROWS).filter(of_label).count() as u64);
    }
}

#[test]
fn curves_are_those_of_the_selected_rows() {
    let mut table = table();
    let rows = some_rows();
    let wanted: Vec<_> = rows
        .iter()
        .map(|row| (table.models[0].raw[row], table.is_attack(row) == Some(true)))
        .collect();
    assert_eq!(ranking(&mut table, &rows, 0), Some(Ranking::new(wanted)));
    assert_eq!(ranking(&mut table, &RowSet::none(N_ROWS), 0), None);
}

#[test]
fn two_models_agree_where_both_find_a_row() {
    let mut table = table();
    let rows = some_rows();
    let pair = count_pair(&mut table, &rows, [0, 1]);
    for threshold in [0.0, 33.3, 50.0, 99.0] {
        let found = |model: usize, row: usize| table.models[model].risk[row] >= threshold;
        let attacks = |is_found: &dyn Fn(usize) -> bool| {
            rows.iter()
                .filter(|&row| is_found(row) && table.is_attack(row) == Some(true))
                .count() as u64
        };
        assert_eq!(
            pair.first.at_or_above(threshold, Truth::Attack),
            attacks(&|row| found(0, row))
        );
        assert_eq!(
            pair.second.at_or_above(threshold, Truth::Attack),
            attacks(&|row| found(1, row))
        );
        assert_eq!(
            pair.both.at_or_above(threshold, Truth::Attack),
            attacks(&|row| found(0, row) && found(1, row))
        );
    }
}

#[test]
fn distributions_split_the_selection_at_any_threshold() {
    let mut table = table();
    let rows = some_rows();
    table.prepare_steps(0);
    for feature in 0..table.features.len() {
        let cut = CutFeature::new(&table, feature).expect("there is such a feature");
        assert_eq!(cut.all.iter().sum::<u32>(), N_ROWS as u32);
        let counted = Distribution::count(&table, &rows, 0, feature, &cut);
        let mut bytes = Vec::new();
        counted.write(&mut bytes);
        assert_eq!(bytes.len(), 4 * cut.cut.n_bins() * Distribution::N_PER_BIN);
        assert_eq!(
            Distribution::read(&mut &bytes[..], cut.cut.n_bins()).as_ref(),
            Some(&counted)
        );
        for threshold in [0.0, 50.0, 100.0] {
            let wanted = rows
                .iter()
                .filter(|&row| step(table.models[0].risk[row]) >= step(threshold))
                .count();
            let sum: u32 = (0..cut.cut.n_bins())
                .map(|bin| counted.n_at_or_above(bin, threshold))
                .sum();
            assert_eq!(sum as usize, wanted);
        }
        let attacks: u32 = counted.by_truth.chunks(3).map(|of_bin| of_bin[1]).sum();
        assert_eq!(
            attacks as usize,
            rows.iter()
                .filter(|&row| table.is_attack(row) == Some(true))
                .count()
        );
    }
}

/// Spearman's correlation as the textbook has it: Pearson's of the mean ranks.
#[test]
fn correlations_are_spearmans() {
    let table = table();
    let rows = some_rows();
    let correlation = correlate(&table, &rows);
    let numeric: Vec<usize> = (0..table.features.len())
        .filter(|&f| table.features[f].text(0).is_none())
        .collect();
    let ranks: Vec<Vec<f64>> = numeric
        .iter()
        .map(|&feature| {
            let values: Vec<f32> = rows
                .iter()
                .map(|row| table.features[feature].number(row))
                .collect();
            values
                .iter()
                .map(|value| {
                    let below = values.iter().filter(|other| *other < value).count() as f64;
                    below + values.iter().filter(|other| *other == value).count() as f64 / 2.0
                })
                .collect()
        })
        .collect();
    let n = rows.len() as f64;
    let centred = |ranks: &[f64]| {
        ranks
            .iter()
            .map(|rank| rank - ranks.iter().sum::<f64>() / n)
            .collect::<Vec<_>>()
    };
    let ranks: Vec<Vec<f64>> = ranks.iter().map(|ranks| centred(ranks)).collect();
    let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    for (i, a) in ranks.iter().enumerate() {
        for (j, b) in ranks.iter().enumerate() {
            let wanted = product(a, b) / (product(a, a) * product(b, b)).sqrt();
            let found = correlation.values[i * ranks.len() + j];
            match found {
                Some(found) => assert!(
                    (f64::from(found) - wanted).abs() < 1e-5,
                    "{i} {j}: {found} {wanted}"
                ),
                None => assert!(wanted.is_nan(), "{i} {j}: {wanted}"),
            }
        }
    }
}

#[test]
fn the_nearest_record_is_the_one_with_the_least_distance() {
    let table = table();
    let standing = Standing::new(&table);
    let among = RowSet::of(N_ROWS, |row| table.is_attack(row) == Some(false));
    let nearest = standing.nearest(&table, 5, &among, 4);
    assert_eq!(nearest.len(), 4);
    assert!(nearest.is_sorted_by(|a, b| a.distance <= b.distance));
    let share_below = |feature: usize, row: usize| {
        let value = table.features[feature].number(row);
        let count = |is: &dyn Fn(f32) -> bool| {
            (0..N_ROWS)
                .filter(|&row| is(table.features[feature].number(row)))
                .count() as f32
        };
        (count(&|other| other < value) + count(&|other| other == value) / 2.0) / N_ROWS as f32
    };
    let distance = |row: usize| -> f32 {
        (0..table.features.len())
            .map(|feature| {
                if table.features[feature].text(row).is_some() {
                    f32::from(u8::from(
                        table.features[feature].text(row) != table.features[feature].text(5),
                    ))
                } else {
                    (share_below(feature, row) - share_below(feature, 5)).abs()
                }
            })
            .sum()
    };
    let least = among
        .iter()
        .filter(|&row| table.groups[row] != table.groups[5])
        .map(distance)
        .fold(f32::INFINITY, f32::min);
    assert!(
        (nearest[0].distance - least).abs() < 1e-3,
        "{} {least}",
        nearest[0].distance
    );
    assert!((distance(nearest[0].row) - least).abs() < 1e-3);
    assert!(
        standing
            .nearest(&table, 5, &RowSet::none(N_ROWS), 4)
            .is_empty()
    );
}
