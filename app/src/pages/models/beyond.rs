//! What does not belong to one protocol: cross-validation, importance of features, the sequence model.

use leptos::prelude::*;
use models::evaluation::report::{
    FoldReport, ImportanceReport, Reference, ReferenceSource, SequenceReport,
};

use super::tables::VerdictTable;
use super::target::{self, figure_name, fold_figure_name, source_title, write, write_spread};
use crate::components::figure::{Drawing, Drawn, Figure, LeakLabel, Room};
use crate::components::result_card::capitalised;
use crate::plots::box_plot::BoxPlot;
use crate::plots::comparison::Comparison;
use crate::plots::importance::Importance;
use crate::plots::number;

/// Cross-validation of the supervised detector.
#[component]
pub fn Folds(folds: Vec<FoldReport>) -> impl IntoView {
    if folds.is_empty() {
        return ().into_any();
    }
    let note = |report: &FoldReport| {
        let n = report.figures.values().map(Vec::len).max().unwrap_or(0);
        let out_of_bag: Vec<String> = report
            .out_of_bag
            .iter()
            .map(|(figure, value)| {
                format!("{} {}", fold_figure_name(figure), write(figure, *value))
            })
            .collect();
        let mut words = format!(
            "{}, view {}: {}, {n} folds.",
            report.title, report.view, report.description
        );
        for (what, list) in [
            ("Out of bag", out_of_bag),
            said(&report.references, ReferenceSource::Published),
            said(&report.references, ReferenceSource::Python),
        ] {
            if !list.is_empty() {
                words.push_str(&format!(" {what}: {}.", list.join(", ")));
            }
        }
        view! { <li>{words}" "<LeakLabel leak=report.leak.clone() />{report.leak.clone().map(|why| format!(" {why}"))}</li> }
    };
    let notes = folds.iter().map(note).collect_view();
    let verdicts: Vec<_> = folds.iter().flat_map(target::of_folds).collect();
    let chart = Drawn::new(&BoxPlot { reports: folds }, Room::Full);
    view! {
        <figure class="card figure" data-testid="chart-folds">
            <figcaption class="head"><h3>"Cross-validation of the supervised detector"</h3></figcaption>
            <p>"Recall, precision, F1 and accuracy are at half of the trees’ votes, not at a calibrated rate of false alarms as above. Every record weighs the same."</p>
            <ul>{notes}</ul>
            <Drawing chart />
            <VerdictTable verdicts label="Targets of the cross-validation" />
        </figure>
    }
    .into_any()
}

/// A source and what it says: "LightGBM ROC AUC 0.9998".
fn said(references: &[Reference], source: ReferenceSource) -> (&'static str, Vec<String>) {
    let of_source = references
        .iter()
        .filter(|reference| reference.source == source);
    let said = of_source.map(|reference| {
        let Reference {
            model,
            figure,
            value,
            ..
        } = reference;
        format!(
            "{model} {} {}",
            fold_figure_name(figure),
            write(figure, *value)
        )
    });
    (source_title(source), said.collect())
}

/// What the supervised detector looks at, one chart per view.
#[component]
pub fn ImportanceCharts(importance: Vec<ImportanceReport>) -> impl IntoView {
    let chart = |report: ImportanceReport| {
        let title = format!(
            "What the supervised detector looks at, view {}",
            report.view
        );
        let chart = Drawn::new(&Importance(report), Room::Full);
        view! { <Figure title test_id="chart-importance" room=Room::Full chart leak=None /> }
    };
    importance.into_iter().map(chart).collect_view()
}

/// The sequence model against its control.
#[component]
pub fn Sequences(sequence: Vec<SequenceReport>) -> impl IntoView {
    const FIGURES: [&str; 3] = ["roc_auc", "recall", "false_alarm_rate"];
    const DRAWN: [&str; 6] = [
        "LSTM, true order",
        "LSTM, shuffled",
        "records before this one only, true order",
        "ensemble",
        "ensemble with LSTM, true order",
        "ensemble with LSTM, shuffled",
    ];
    if sequence.is_empty() {
        return ().into_any();
    }
    // As many as there are colours; the table has them all.
    let drawn: Vec<&SequenceReport> = DRAWN
        .iter()
        .filter_map(|title| {
            sequence
                .iter()
                .find(|report| report.title == *title && report.leak.is_none())
        })
        .collect();
    let chart = Drawn::new(&Comparison::of_sequences(&drawn), Room::Full);
    let (runs, sequence): (Vec<_>, Vec<_>) = sequence
        .into_iter()
        .partition(|report| report.figures.contains_key("label_runs"));
    let runs: Vec<String> = runs.iter().filter_map(label_runs).collect();
    let runs = (!runs.is_empty()).then(|| view! { <p>{runs.join(" ")}</p> });
    let row = |report: SequenceReport| {
        let cell = |figure: &str| {
            report
                .figures
                .get(figure)
                .map_or("–".into(), |spread| match report.n_seeds {
                    1 => write(figure, spread.mean),
                    _ => write_spread(figure, *spread),
                })
        };
        view! {
            <tr>
                <th scope="row">{report.title.clone()}" "<LeakLabel leak=report.leak.clone() /></th>
                <td>{report.description.clone()}</td>
                <td class="n">{report.n_seeds}</td>
                {FIGURES.map(|figure| view! { <td class="n">{cell(figure)}</td> }).into_iter().collect_view()}
            </tr>
        }
    };
    let header =
        FIGURES.map(|figure| view! { <th scope="col" class="n">{figure_name(figure)}</th> });
    view! {
        <figure class="card figure" data-testid="chart-sequence">
            <figcaption class="head"><h3>"Sequence model: true order against shuffled order"</h3></figcaption>
            <p>"A model of sequences is only worth its name if it loses when the order is taken from it. It is measured on records with true times, of simulated offices: eight days to fit, one to stop, one to calibrate, one with attacks to test. The data of the protocols above have no times. “Records before this one only” never looks at the record it judges: what it finds is found by attacks coming in bursts. The LSTM adds next to nothing to the ensemble, in true order or not, and is not part of it."</p>
            <Drawing chart />
            {runs}
            <div class="scroll" tabindex="0" role="region" aria-label="Figures of the sequence model">
                <table>
                    <thead><tr><th scope="col">"model"</th><th scope="col">"records"</th><th scope="col" class="n">"seeds"</th>{header.into_iter().collect_view()}</tr></thead>
                    <tbody>{sequence.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </figure>
    }
    .into_any()
}

/// How long records of one label follow one another: the shorter, the less is given away by the order alone.
fn label_runs(report: &SequenceReport) -> Option<String> {
    let figure = |name: &str| {
        report
            .figures
            .get(name)
            .map(|figure| figure.mean.round() as u64)
    };
    Some(format!(
        "{}: {} records in {} runs of one label.",
        capitalised(&report.description),
        number::count(figure("n_records")?),
        number::count(figure("label_runs")?)
    ))
}
