//! What takes the rules to test: results are realistic, and minimal but for what the rules need.

use std::sync::Arc;

use super::rules::Rules;
use super::*;
use crate::trained_model::TrainedModel;

type Numbers<'a> = &'a [(&'a str, f32)];
type Words<'a> = &'a [(&'a str, &'a str)];

const FILES: [&[u8]; 2] = [
    include_bytes!("../../artifacts/kdd41.oddflow"),
    include_bytes!("../../artifacts/kdd28.oddflow"),
];

fn models() -> [Arc<TrainedModel>; 2] {
    FILES.map(|file| Arc::new(TrainedModel::from_bytes(file).expect("a shipped model")))
}

fn typical_row(model: &Arc<TrainedModel>) -> Row {
    row_of(&typical_records(model), 0).expect("a typical record")
}

/// A row with some features set, to numbers or words.
fn set(model: &TrainedModel, row: &Row, numbers: Numbers<'_>, words: Words<'_>) -> Row {
    let mut row = row.clone();
    let view = model.view();
    for &(name, value) in numbers {
        if let Some(index) = position(view, name) {
            row[index] = Value::Number(value);
        }
    }
    for &(name, word) in words {
        let index = position(view, name).expect("a category of the view");
        let vocabulary = vocabulary_positions(view)[index].expect("a vocabulary");
        let code = model.preprocess.vocabularies()[vocabulary].code(word.as_bytes());
        row[index] = Value::Code(code);
    }
    row
}

#[test]
fn a_typical_record_breaks_no_rule_and_each_contradiction_one() {
    for model in models() {
        let typical = typical_row(&model);
        let rules = Rules::new(&model.preprocess, std::iter::once(&typical));
        assert_eq!(rules.broken(&typical), 0);
        let mut seen = 0;
        let contradictions: [(Numbers<'_>, Words<'_>); 13] = [
            (&[], &[("service", "domain_u")]),
            (&[("count", 512.0)], &[]),
            (&[("count", 1.0), ("same_srv_rate", 0.5)], &[]),
            (&[("src_bytes", 5.0)], &[("flag", "S0")]),
            (&[("dst_bytes", 5.0)], &[("flag", "REJ")]),
            (&[("serror_rate", 0.6), ("rerror_rate", 0.5)], &[]),
            (&[("srv_serror_rate", 0.6), ("srv_rerror_rate", 0.5)], &[]),
            (
                &[
                    ("dst_host_serror_rate", 1.0),
                    ("dst_host_rerror_rate", 0.02),
                ],
                &[],
            ),
            (
                &[
                    ("dst_host_srv_serror_rate", 1.0),
                    ("dst_host_srv_rerror_rate", 0.02),
                ],
                &[],
            ),
            (
                &[
                    ("count", 9.0),
                    ("same_srv_rate", 0.9),
                    ("diff_srv_rate", 0.2),
                ],
                &[],
            ),
            (
                &[
                    ("dst_host_same_srv_rate", 0.9),
                    ("dst_host_diff_srv_rate", 0.2),
                ],
                &[],
            ),
            (&[("src_bytes", -1.0)], &[]),
            (&[("srv_count", 600.0)], &[]),
        ];
        for (numbers, words) in contradictions {
            let broken = rules.broken(&set(&model, &typical, numbers, words));
            assert_eq!(broken.count_ones(), 1, "{numbers:?} {words:?}");
            seen |= broken;
        }
        assert!(seen.count_ones() >= 10);
        // Shares are rounded: 0.34 + 0.67 may be all of them.
        let rounded = [("serror_rate", 0.34), ("rerror_rate", 0.67)];
        assert_eq!(rules.broken(&set(&model, &typical, &rounded, &[])), 0);
    }
}

#[test]
fn udp_has_neither_login_nor_other_ends_and_roots_are_logged_in() {
    let [wide, _] = models();
    let typical = typical_row(&wide);
    let udp = set(
        &wide,
        &typical,
        &[("logged_in", 0.0)],
        &[("protocol_type", "udp"), ("service", "domain_u")],
    );
    let rules = Rules::new(&wide.preprocess, [&typical, &udp].into_iter());
    let broken = |row: &Row, numbers: Numbers<'_>, words: Words<'_>| {
        rules.broken(&set(&wide, row, numbers, words)).count_ones()
    };
    assert_eq!(broken(&udp, &[], &[]), 0);
    assert_eq!(broken(&udp, &[("logged_in", 1.0)], &[]), 1);
    assert_eq!(broken(&udp, &[], &[("flag", "RSTO")]), 1);
    let root = [("logged_in", 0.0), ("root_shell", 1.0)];
    assert_eq!(broken(&typical, &root, &[]), 1);
    let failed = [("logged_in", 0.0), ("num_failed_logins", 1.0)];
    assert_eq!(broken(&typical, &failed, &[]), 0);
}

/// Odd records: a flood, a scan, an intrusion, a transfer.
fn odd_rows(model: &Arc<TrainedModel>) -> Vec<Row> {
    let typical = typical_row(model);
    let no_bytes = [("src_bytes", 0.0), ("dst_bytes", 0.0), ("logged_in", 0.0)];
    let scan = [
        &no_bytes[..],
        &[
            ("count", 60.0),
            ("srv_count", 1.0),
            ("same_srv_rate", 0.02),
            ("diff_srv_rate", 0.9),
        ],
    ]
    .concat();
    vec![
        set(
            model,
            &typical,
            &[("count", 500.0), ("srv_count", 500.0)],
            &[],
        ),
        set(model, &typical, &scan, &[("flag", "REJ")]),
        set(
            model,
            &typical,
            &[
                ("root_shell", 1.0),
                ("num_shells", 2.0),
                ("num_file_creations", 9.0),
                ("duration", 3000.0),
            ],
            &[],
        ),
        set(model, &typical, &[("src_bytes", 1e8), ("urgent", 2.0)], &[]),
    ]
}

#[test]
fn changed_records_are_realistic_and_no_step_can_be_left_out() {
    let (mut n_found, mut n_long) = (0, 0);
    for model in models() {
        let mut scorer = Scorer::new(Arc::clone(&model));
        let usual: Vec<Row> = (0..typical_records(&model).n_rows())
            .filter_map(|row| row_of(&typical_records(&model), row))
            .collect();
        for original in odd_rows(&model) {
            let rules = Rules::new(&model.preprocess, usual.iter().chain([&original]));
            let own = rules.broken(&original);
            let mut record = RecordBatch::new(model.view());
            push_row(&mut record, &original);
            let normal = RecordBatch::new(model.view());
            let found = smallest_change(&mut scorer, &record, &normal, &Goal::default());
            let Some(change) = found else { continue };
            n_found += 1;
            n_long += usize::from(change.steps.len() > 1);
            let broken = |change: &Change| {
                let row = row_of(&change.apply(&record), 0).expect("one row");
                rules.broken(&row) & !own
            };
            assert_eq!(broken(&change), 0);
            for left_out in 0..change.steps.len() {
                let mut fewer = change.clone();
                fewer.steps.remove(left_out);
                let risk = scorer.detect(&fewer.apply(&record)).risk[0];
                assert!(
                    risk >= DEFAULT_THRESHOLD || broken(&fewer) != 0,
                    "{left_out} of {change:?}"
                );
            }
        }
    }
    assert!(n_found >= 7 && n_long >= 3, "{n_found} {n_long}");
}
