//! The questions of the page, asked natively of the shipped sample.

use app::explorer::Explorer;
use app::explorer::explain::explain_form;
use app::job::explanation::WhatIf;
use app::job::question::{
    CompareQuestion, ExplainQuestion, MapAxis, MapColour, MapQuestion, PickQuestion, RowsQuestion,
    ScatterQuestion, SortKey, Subject, ViewQuestion, Wants,
};
use models::evaluation::Ranking;
use models::trained_model::{Scorer, TrainedModel};

use crate::scored::ScoredFile;

const N_ROWS: u64 = 6429;

/// An explorer of the shipped sample.
fn explorer() -> Explorer {
    const SAMPLE: &[u8] = include_bytes!("../../../public/samples/office-day.csv");
    ScoredFile::new("office-day.csv", SAMPLE).explorer
}

fn rows(query: &str, sort: SortKey, is_descending: bool, is_distinct: bool) -> RowsQuestion {
    RowsQuestion {
        number: 1,
        query: query.into(),
        model: 0,
        sort,
        is_descending,
        is_distinct,
        from: 0,
        n: 40,
    }
}

fn map(query: &str) -> MapQuestion {
    MapQuestion {
        number: 1,
        query: query.into(),
        width: 700.0,
        height: 420.0,
        ratio: 1.0,
        model: 0,
        colour: MapColour::Risk,
        axes: [MapAxis::Component(0), MapAxis::Component(1)],
        zoom: None,
        is_dark: false,
    }
}

fn explain_row(row: u32) -> ExplainQuestion {
    ExplainQuestion {
        number: 1,
        subject: Subject::Row(row),
        model: 0,
        threshold: 50.0,
    }
}

#[test]
fn a_view_counts_the_rows_of_its_filter() {
    let mut explorer = explorer();
    let mut view = |query: &str| {
        let question = ViewQuestion {
            query: query.into(),
            wants: Wants {
                features: vec![0, 2],
                has_summary: true,
                has_correlation: true,
                has_curves: true,
                pair: Some([1, 2]),
            },
            ..ViewQuestion::default()
        };
        explorer.view(&question)
    };
    let (all, buffer) = view("").expect("no filter is a filter");
    assert_eq!(all.counts.n_rows, N_ROWS);
    assert_eq!(all.features, [0, 2]);
    assert!(!buffer.is_empty());
    assert!(all.rankings.iter().all(Option::is_some));
    assert_eq!(all.summary.as_ref().map(Vec::len), Some(41));
    assert!(all.correlation.is_some() && all.pair.is_some());
    let n_of = |query: &str, view: &mut dyn FnMut(&str) -> u64| view(query);
    let mut n_rows = |query: &str| view(query).expect("a filter").0.counts.n_rows;
    let odd = n_of("risk:>=50", &mut n_rows);
    assert_eq!(odd, all.counts.risks.n_anomalies(50.0));
    assert_eq!(n_of("risk:<50", &mut n_rows), N_ROWS - odd);
    assert_eq!(n_of("family:normal OR -family:normal", &mut n_rows), N_ROWS);
}

#[test]
fn a_wrong_filter_is_pointed_at() {
    let problem = explorer()
        .view(&ViewQuestion {
            query: "risk:>75 src_byte:1".into(),
            ..ViewQuestion::default()
        })
        .expect_err("there is no such field");
    assert_eq!((problem.from, problem.to), (9, 17));
    assert!(
        problem.message.contains("did you mean \"src_bytes\""),
        "{}",
        problem.message
    );
}

#[test]
fn curves_are_those_of_the_scores() {
    let mut explorer = explorer();
    let question = ViewQuestion {
        wants: Wants {
            has_curves: true,
            ..Wants::default()
        },
        ..ViewQuestion::default()
    };
    let (selected, _) = explorer.view(&question).expect("no filter is a filter");
    let table = explorer.table();
    let scored = (0..table.n_rows())
        .map(|row| (table.models[0].raw[row], table.is_attack(row) == Some(true)));
    let ranking = Ranking::new(scored.collect());
    let shown = selected.rankings[0]
        .as_ref()
        .expect("the sample has labels");
    assert_eq!(shown.roc_auc, ranking.roc_auc());
    assert_eq!(shown.average_precision, ranking.average_precision());
}

#[test]
fn rows_come_in_the_order_asked_for() {
    let mut explorer = explorer();
    let answer = explorer
        .rows(&rows("", SortKey::Score(0), true, true))
        .expect("no filter is a filter");
    assert_eq!(answer.n_rows as usize, explorer.table().n_groups());
    assert_eq!(answer.rows.len(), 40);
    assert!(answer.rows.is_sorted_by(|a, b| a.risk >= b.risk));
    assert!(
        answer.rows[0]
            .reasons
            .iter()
            .any(|reason| !reason.sentence.is_empty())
    );
    let every = explorer
        .rows(&rows("", SortKey::Line, false, false))
        .expect("no filter is a filter");
    assert_eq!(u64::from(every.n_rows), N_ROWS);
    assert!(every.rows.is_sorted_by(|a, b| a.line < b.line));
    let bytes = explorer
        .rows(&rows("service:http", SortKey::Feature(4), false, true))
        .expect("a filter");
    let of = |row: &app::job::question::TableRow| {
        assert_eq!(row.cells[2], "http");
        explorer.table().features[4].number(row.row as usize)
    };
    assert!(bytes.rows.iter().map(of).is_sorted());
    let copies = explorer
        .rows(&rows("", SortKey::Copies, true, true))
        .expect("no filter is a filter");
    assert!(copies.rows.is_sorted_by(|a, b| a.n_copies >= b.n_copies));
    assert!(copies.rows[0].n_copies > 1);
    let apart = explorer
        .rows(&rows("", SortKey::Disagreement([1, 2]), true, true))
        .expect("no filter is a filter");
    assert!(apart.rows.is_sorted_by(|a, b| {
        (a.risks[1] - a.risks[2]).abs() >= (b.risks[1] - b.risks[2]).abs()
    }));
}

#[test]
fn the_map_draws_every_row_and_finds_it_again() {
    let mut explorer = explorer();
    let (drawn, pixels) = explorer.map(map("")).expect("no filter is a filter");
    assert_eq!(drawn.view.n_by_class.iter().sum::<u64>(), N_ROWS);
    assert!(pixels.chunks_exact(4).any(|pixel| pixel[3] > 0));
    let (filtered, _) = explorer.map(map("risk:>75")).expect("a filter");
    assert!(filtered.view.n_by_class.iter().sum::<u64>() < N_ROWS);
    assert_eq!(filtered.view.n_rows, N_ROWS);
    let place = explorer.table().position.each_ref().map(|axis| axis[100]);
    let picked = explorer
        .pick(&PickQuestion {
            number: 1,
            query: String::new(),
            model: 0,
            axes: map("").axes,
            at: place,
            reach: [0.01, 0.01],
        })
        .expect("no filter is a filter")
        .expect("a row is there");
    assert_eq!(picked.at, place);
    let mut by_feature = map("");
    by_feature.axes = [MapAxis::Feature(4), MapAxis::Feature(1)];
    let (drawn, _) = explorer.map(by_feature).expect("no filter is a filter");
    assert_eq!(drawn.view.axes[0], "src_bytes, log₁₀(1 + bytes)");
    let scatter = ScatterQuestion {
        number: 1,
        query: String::new(),
        models: [1, 2],
        size: [200, 100],
        ratio: 1.0,
        is_dark: true,
    };
    let pixels = explorer.scatter(&scatter).expect("no filter is a filter");
    assert_eq!(pixels.len(), 4 * 200 * 100);
}

#[test]
fn an_odd_row_is_explained_and_its_smallest_change_makes_it_normal() {
    let mut explorer = explorer();
    let answer = explorer
        .rows(&rows("risk:50..80", SortKey::Score(0), true, true))
        .expect("a filter");
    let mut n_changes = 0;
    for row in answer.rows.iter().take(12) {
        let explained = explorer
            .explain(&explain_row(row.row))
            .expect("there is such a row");
        assert_eq!(explained.verdict.risk, row.risk);
        assert_eq!(explained.features.len(), 41);
        let evidence: f32 = explained
            .features
            .iter()
            .map(|feature| feature.evidence)
            .sum();
        assert!(
            (evidence - explained.verdict.score).abs() < 1e-2,
            "{evidence}"
        );
        let nearest = explained.nearest.expect("the sample has normal rows");
        assert!(nearest.risk < 50.0);
        assert_ne!(explorer.table().is_attack(nearest.row as usize), Some(true));
        let Some(change) = explained.change else {
            continue;
        };
        n_changes += 1;
        let mut values: Vec<String> = explained.features.iter().map(|f| f.value.clone()).collect();
        for step in &change.steps {
            values[step.feature] = step.to_value.clone();
        }
        let judged = explorer.what_if(&WhatIf {
            number: 1,
            is_form: false,
            values,
            model: 0,
            threshold: 50.0,
        });
        let risk = judged.judged.expect("the values are right").risk;
        assert_eq!(risk, change.risk_after);
        assert!(risk < 50.0);
    }
    assert!(n_changes > 0);
    assert!(explorer.explain(&explain_row(u32::MAX)).is_none());
}

#[test]
fn the_form_is_explained_too_and_wrong_values_are_said() {
    const MODEL: &[u8] = include_bytes!("../../../models/artifacts/kdd5.oddflow");
    let model = TrainedModel::from_bytes(MODEL).expect("the shipped model decodes");
    let mut scorer = Scorer::new(model.into());
    let question = ExplainQuestion {
        subject: Subject::Form(["40", "1000", "1000", "10", "10"].map(str::to_owned).into()),
        ..explain_row(0)
    };
    let explained = explain_form(&mut scorer, &question).expect("the values are right");
    assert!(explained.verdict.is_anomaly && explained.nearest.is_none());
    assert!(explained.change.expect("there is one").risk_after < 50.0);
    let judged = app::explorer::explain::what_if(
        &mut scorer,
        &WhatIf {
            number: 2,
            is_form: true,
            values: ["40", "x", "1000", "512", "10"].map(str::to_owned).into(),
            model: 0,
            threshold: 50.0,
        },
    );
    assert!(judged.judged.is_none());
    assert_eq!(
        judged.errors[1].as_deref(),
        Some("expected a number, found \"x\"")
    );
    assert_eq!(
        judged.errors[3].as_deref(),
        Some("expected at most 511, found \"512\"")
    );
}

#[test]
fn two_models_are_compared_until_all_resamples_are_drawn() {
    let mut explorer = explorer();
    let mut comparing = explorer
        .compare(CompareQuestion {
            number: 3,
            query: String::new(),
            models: [1, 2],
        })
        .expect("no filter is a filter");
    let mut last = None;
    while !comparing.is_done() {
        last = comparing.step().or(last);
    }
    let last = last.expect("the end is said");
    assert_eq!(last.n_resamples[0], last.n_resamples[1]);
    let paired = last.paired.expect("the sample has labels");
    let (selected, _) = explorer
        .view(&ViewQuestion {
            wants: Wants {
                has_curves: true,
                ..Wants::default()
            },
            ..ViewQuestion::default()
        })
        .expect("no filter is a filter");
    let shown = selected.rankings[1]
        .as_ref()
        .expect("the sample has labels");
    assert!((paired.a.roc_auc.value - shown.roc_auc).abs() < 1e-12);
    let [low, high] = paired.a.roc_auc.interval;
    assert!(low <= shown.roc_auc && shown.roc_auc <= high);
    // Without rows of both kinds there is nothing to rank.
    let none = explorer.compare(CompareQuestion {
        number: 4,
        query: "family:normal".into(),
        models: [1, 2],
    });
    assert!(none.expect("a filter").is_done());
}
