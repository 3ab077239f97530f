//! A protocol's figures beside those of others, and the targets with what became of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use leptos::prelude::*;
use models::evaluation::report::{
    EvaluationReport, ProtocolReport, Reference, ReferenceSource, Spread,
};

use super::target::{
    self, FIGURES, Verdict, figure_name, in_words, source_title, write, write_spread,
};
use crate::components::figure::LeakLabel;

/// One row: who, and one cell per figure.
struct Row {
    name: String,
    /// As in the report; empty for what is not ours.
    model: String,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy)]
enum Cell {
    /// Not known.
    None,
    /// Measured by us.
    Measured(Spread),
    /// Said by others.
    Said(f64),
}

/// All figures of all models of a protocol, with baselines, ceiling and what others reached.
#[component]
pub fn ProtocolTable(protocol: ProtocolReport) -> impl IntoView {
    let figures = known_figures(&protocol);
    let header = figures
        .iter()
        .map(|figure| view! { <th scope="col" class="n">{figure_name(figure)}</th> })
        .collect_view();
    let n_columns = figures.len() + 1;
    let group = |(title, rows): (&'static str, Vec<Row>)| {
        view! {
            <tbody>
                <tr><th class="group" colspan=n_columns scope="rowgroup"><span>{title}</span></th></tr>
                {rows.into_iter().map(|row| row_view(row, &figures)).collect_view()}
            </tbody>
        }
    };
    let groups = groups(&protocol, &figures);
    view! {
        <section class="card" data-testid="protocol-table">
            <div class="head"><h3>{format!("All figures of {}", protocol.name)}</h3><LeakLabel leak=protocol.leak.clone() /></div>
            <p class="muted">"Mean ± standard deviation over the seeds, without ± where they all agree; below it the 95 % interval of the first seed, by bootstrap over groups of equal rows. “At 1 %” is the threshold that lets one in a hundred held-out normal training records pass."</p>
            <div class="scroll" tabindex="0" role="region" aria-label=format!("All figures of {}", protocol.name)>
                <table class="figures-table">
                    <thead><tr><th scope="col">"model"</th>{header}</tr></thead>
                    {groups.into_iter().map(group).collect_view()}
                </table>
            </div>
        </section>
    }
}

fn row_view(row: Row, figures: &[String]) -> impl IntoView + use<> {
    let Row { name, model, cells } = row;
    let cell = |(cell, figure): (Cell, &String)| match cell {
        Cell::None => view! { <td class="n">"–"</td> }.into_any(),
        Cell::Said(value) => view! { <td class="n">{write(figure, value)}</td> }.into_any(),
        Cell::Measured(spread) => {
            let interval = spread.interval.map(|[low, high]| {
                view! { <small>{format!("{} to {}", write(figure, low), write(figure, high))}</small> }
            });
            view! { <td class="n" data-figure=figure.clone() data-value=spread.mean.to_string()>{write_spread(figure, spread)}{interval}</td> }.into_any()
        }
    };
    let cells = cells.into_iter().zip(figures).map(cell).collect_view();
    view! { <tr data-model=model><th scope="row">{name}</th>{cells}</tr> }
}

/// The figures that somebody has, in the usual order, others last.
fn known_figures(protocol: &ProtocolReport) -> Vec<String> {
    let measured = protocol
        .models
        .iter()
        .flat_map(|model| model.figures.keys());
    let said = protocol
        .references
        .iter()
        .map(|reference| &reference.figure);
    let known: BTreeSet<&String> = measured.chain(protocol.oracle.keys()).chain(said).collect();
    let place = |figure: &&String| {
        let place = FIGURES.iter().position(|(name, _)| name == figure);
        place.unwrap_or(FIGURES.len())
    };
    let mut known: Vec<&String> = known.into_iter().collect();
    known.sort_by_key(place);
    known.into_iter().cloned().collect()
}

fn groups(protocol: &ProtocolReport, figures: &[String]) -> Vec<(&'static str, Vec<Row>)> {
    let measured = |is_baseline: bool| -> Vec<Row> {
        let models = protocol
            .models
            .iter()
            .filter(|model| model.is_baseline == is_baseline);
        models
            .map(|model| Row {
                name: model.title.clone(),
                model: model.name.clone(),
                cells: figures
                    .iter()
                    .map(|figure| {
                        model
                            .figures
                            .get(figure)
                            .map_or(Cell::None, |spread| Cell::Measured(*spread))
                    })
                    .collect(),
            })
            .collect()
    };
    let oracle = Row {
        name: "Oracle".into(),
        model: "oracle".into(),
        cells: figures
            .iter()
            .map(|figure| {
                protocol
                    .oracle
                    .get(figure)
                    .map_or(Cell::None, |spread| Cell::Measured(*spread))
            })
            .collect(),
    };
    let said = |source: ReferenceSource| said(&protocol.references, source, figures);
    let mut groups = vec![
        ("Oddflow", measured(false)),
        ("Baselines, to be beaten", measured(true)),
        (
            source_title(ReferenceSource::Published),
            said(ReferenceSource::Published),
        ),
        (
            source_title(ReferenceSource::Python),
            said(ReferenceSource::Python),
        ),
    ];
    if !protocol.oracle.is_empty() {
        groups.push((
            "Ceiling: the most that any function of the features can reach",
            vec![oracle],
        ));
    }
    groups.retain(|(_, rows)| !rows.is_empty());
    groups
}

/// What others reached, one row per model, in the report's order.
fn said(references: &[Reference], source: ReferenceSource, figures: &[String]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for reference in references
        .iter()
        .filter(|reference| reference.source == source)
    {
        let index = match rows.iter().position(|row| row.name == reference.model) {
            Some(index) => index,
            None => {
                rows.push(Row {
                    name: reference.model.clone(),
                    model: String::new(),
                    cells: vec![Cell::None; figures.len()],
                });
                rows.len() - 1
            }
        };
        let column = figures
            .iter()
            .position(|figure| *figure == reference.figure);
        let cell = rows
            .get_mut(index)
            .zip(column)
            .and_then(|(row, column)| row.cells.get_mut(column));
        if let Some(cell) = cell {
            *cell = Cell::Said(reference.value);
        }
    }
    rows
}

/// The targets of the protocol that is shown.
#[component]
pub fn Targets(targets: Vec<Verdict>) -> impl IntoView {
    (!targets.is_empty()).then(|| {
        view! {
            <section class="card" data-testid="targets">
                <h3>"Targets of this protocol"</h3>
                <VerdictTable verdicts=targets label="Targets of this protocol" />
            </section>
        }
    })
}

/// The targets of all protocols, folded.
#[component]
pub fn AllTargets(report: Arc<EvaluationReport>) -> impl IntoView {
    let verdicts = target::of_report(&report);
    (!verdicts.is_empty()).then(|| {
        view! {
            <h2 class="part" id="targets">"Beyond one protocol"</h2>
            <details class="card" data-testid="all-targets">
                <summary><h3>{format!("All {} targets", verdicts.len())}</h3></summary>
                <VerdictTable verdicts label="All targets" />
            </details>
        }
    })
}

/// Targets with what was reached.
#[component]
pub fn VerdictTable(
    /// The targets.
    verdicts: Vec<Verdict>,
    /// Name of the table, one on the page.
    label: &'static str,
) -> impl IntoView {
    let row = |verdict: Verdict| {
        let (class, word) = match verdict.is_met() {
            Some(true) => ("pill low", "✓ met"),
            Some(false) => ("pill critical", "✗ missed"),
            None => ("pill", "– not measured"),
        };
        let (wanted, reached) = verdict.written();
        view! {
            <tr>
                <th scope="row">{verdict.title()}" "<LeakLabel leak=verdict.leak.clone() /></th>
                <td><span class=class>{word}</span></td>
                <td class="n">{wanted}</td>
                <td class="n">{reached}</td>
            </tr>
        }
    };
    let missed = verdicts
        .iter()
        .filter(|verdict| verdict.is_met() != Some(true));
    let tried = missed.filter_map(|verdict| Some((verdict.title(), verdict.target.tried.clone()?)));
    let tried: Vec<(String, String)> = tried.collect();
    let tried = (!tried.is_empty()).then(|| {
        let item = |(title, tried)| view! { <li><b>{title}</b>" – "{tried}</li> };
        view! {
            <h4>"What was tried"</h4>
            <ul data-testid="tried">{tried.into_iter().map(item).collect_view()}</ul>
        }
    });
    let met = in_words(&verdicts);
    view! {
        <p>{met}</p>
        <div class="scroll" tabindex="0" role="region" aria-label=label>
            <table class="verdicts">
                <thead>
                    <tr>
                        <th scope="col">"target"</th><th scope="col">"verdict"</th><th scope="col" class="n">"wanted"</th><th scope="col" class="n">"reached"</th>
                    </tr>
                </thead>
                <tbody>{verdicts.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
        {tried}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::specimen;

    #[test]
    fn others_stand_in_one_row_each_and_targets_in_none() {
        let protocol = specimen::protocol("P1");
        let figures = known_figures(&protocol);
        let groups = groups(&protocol, &figures);
        let names: Vec<(&str, usize)> = groups
            .iter()
            .map(|(title, rows)| (*title, rows.len()))
            .collect();
        assert_eq!(
            names.iter().map(|(_, n)| *n).collect::<Vec<_>>(),
            [6, 3, 1, 1, 1]
        );
        let python = &groups[3].1[0];
        let said = python
            .cells
            .iter()
            .filter(|cell| matches!(cell, Cell::Said(_)))
            .count();
        assert_eq!((python.name.as_str(), said), ("PyTorch autoencoder", 2));
    }
}
