//! The second tab: what the connections are like. Every chart filters all others and the table.

use std::sync::Arc;

use analysis::filter::ConnectionField;
use analysis::summary::{FeatureSummary, ValueSummary};
use leptos::prelude::*;
use models::explain::{format_number, format_value};
use models::schema::FeatureKind;

use super::distributions::Distributions;
use crate::components::chart::ChartCard;
use crate::state::use_workbench;
use app::job::question::Selected;
use app::job::result::FileResult;
use app::plots::ChartFrame;
use app::plots::correlation::Correlation;
use app::plots::number;
use app::plots::scene::Point;
use app::plots::shares::{SharePart, Shares};

/// The panels.
#[component]
pub fn Explore() -> impl IntoView {
    let workbench = use_workbench();
    let shares = Memo::new(move |_| workbench.with_selected(|_, selected| shares_of(selected)));
    let choose_label = Callback::new(move |(frame, (x, y)): (ChartFrame, Point)| {
        let shares = shares.get_untracked();
        let name = shares.and_then(|shares| {
            let part = shares.value_at(&frame, x, y)?;
            shares.parts.get(part).map(|part| part.name.clone())
        });
        if let Some(name) = name {
            workbench.toggle(ConnectionField::Label, &name);
        }
    });
    let has_labels = Memo::new(move |_| workbench.fact(|result| result.has_labels));
    let balance = move || workbench.with_selected(balance);
    view! {
        <div class="grid">
            <Show when=move || has_labels.get()>
                <ChartCard<Shares> title="Classes and attack types" test_id="chart-shares" is_wide=Signal::stored(true) on_click=choose_label chart=shares />
            </Show>
            <section class="card wide" data-testid="balance">
                <h2>"Copies and balance"</h2>
                <p>{balance}</p>
            </section>
            <Distributions />
            <Correlations />
            <SummaryTable />
        </div>
    }
    .into_any()
}

fn shares_of(selected: &Selected) -> Shares {
    let parts = selected.counts.labels.iter().map(|label| SharePart {
        name: label.name.clone(),
        family: label
            .is_attack
            .then(|| analysis::filter::family(&label.name).to_owned()),
        n_all: label.n_all,
        n_selected: label.n_rows,
        is_normal: !label.is_attack,
    });
    Shares {
        parts: parts.collect(),
    }
}

/// Copies and class balance, in words.
fn balance(result: &FileResult, selected: &Selected) -> String {
    let counts = &selected.counts;
    let n_rows = counts.n_rows.max(1) as f64;
    let copies = 1.0 - counts.n_distinct as f64 / n_rows;
    let mut words = format!(
        "{} connections, {} of them distinct: {} are copies of another.",
        number::count(counts.n_rows),
        number::count(counts.n_distinct),
        number::percent(copies)
    );
    if result.has_labels {
        let attacks = counts.labels.iter().filter(|label| label.is_attack);
        let n_attacks: u64 = attacks.map(|label| label.n_rows).sum();
        let n_normal = counts.n_rows - n_attacks.min(counts.n_rows);
        words += &format!(
            " {} are attacks, {} for each normal connection: calling everything an attack would be right {} of the time.",
            number::percent(n_attacks as f64 / n_rows),
            format_number((n_attacks as f64 / n_normal.max(1) as f64) as f32),
            number::percent(n_attacks as f64 / n_rows)
        );
    }
    words
}

/// The correlations, once they are opened.
#[component]
fn Correlations() -> impl IntoView {
    let is_open = RwSignal::new(false);
    view! {
        <details class="card wide" data-testid="correlations" on:toggle=move |_| is_open.update(|is_open| *is_open = !*is_open)>
            <summary><h2>"Which features go together"</h2></summary>
            <Show when=move || is_open.get()>
                <CorrelationChart />
            </Show>
        </details>
    }
    .into_any()
}

#[component]
fn CorrelationChart() -> impl IntoView {
    let workbench = use_workbench();
    workbench.want(|wants, is_wanted| wants.has_correlation = is_wanted);
    // The last one stays while the next is worked out.
    let chart = Memo::new(move |before: Option<&Option<Correlation>>| {
        let now = workbench.with_selected(|_, selected| {
            let found = selected.correlation.as_ref()?;
            Some(Correlation {
                names: found.names.clone(),
                matrix: found
                    .values
                    .iter()
                    .map(|value| value.unwrap_or(f32::NAN))
                    .collect(),
            })
        });
        now.flatten().or_else(|| before.cloned().flatten())
    });
    view! { <ChartCard<Correlation> title="Spearman's rank correlation" test_id="chart-correlation" chart /> }
}

/// Every feature in numbers, once it is opened.
#[component]
fn SummaryTable() -> impl IntoView {
    let is_open = RwSignal::new(false);
    view! {
        <details class="card wide" data-testid="summary-table" on:toggle=move |_| is_open.update(|is_open| *is_open = !*is_open)>
            <summary><h2>"Every feature in numbers"</h2></summary>
            <Show when=move || is_open.get()>
                <SummaryRows />
            </Show>
        </details>
    }
    .into_any()
}

#[component]
fn SummaryRows() -> impl IntoView {
    let workbench = use_workbench();
    workbench.want(|wants, is_wanted| wants.has_summary = is_wanted);
    let rows = Memo::new(move |before: Option<&Arc<Vec<FeatureSummary>>>| {
        let now = workbench.with_selected(|_, selected| selected.summary.clone().map(Arc::new));
        now.flatten()
            .or_else(|| before.cloned())
            .unwrap_or_default()
    });
    let kind_of = move |index: usize| {
        untrack(|| workbench.fact(|result| result.features.get(index).map(|facts| facts.kind)))
    };
    let n_missing = move || {
        let n = workbench.fact(|result| result.n_rejected);
        format!(
            "A row with a missing value is not scored: {} rows were left out, the others have all values.",
            number::count(n)
        )
    };
    view! {
        <p class="muted">{n_missing}</p>
        <div class="scroll" tabindex="0" role="region" aria-label="Features in numbers">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"feature"</th>
                        <th scope="col" class="n">"missing"</th>
                        <th scope="col" class="n">"distinct"</th>
                        <th scope="col" class="n">"zeros"</th>
                        {["least", "5 %", "25 %", "median", "75 %", "95 %", "greatest"].map(|name| view! { <th scope="col" class="n">{name}</th> }).collect_view()}
                        <th scope="col" class="n">"mean"</th>
                        <th scope="col" class="n">"sd"</th>
                    </tr>
                </thead>
                <tbody>
                    {move || rows.get().iter().enumerate().map(|(index, row)| summary_row(row, kind_of(index))).collect_view()}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn summary_row(row: &FeatureSummary, kind: Option<FeatureKind>) -> impl IntoView + use<> {
    let kind = kind.unwrap_or(FeatureKind::Count);
    let values = match &row.values {
        Some(ValueSummary::Numbers {
            quantiles,
            mean,
            sd,
            zeros,
        }) => {
            let shown = |value: f64| format_value(value as f32, kind);
            let cells = std::iter::once(number::percent(*zeros))
                .chain(quantiles.iter().map(|&value| format_value(value, kind)))
                .chain([shown(*mean), shown(*sd)]);
            cells
                .map(|cell| view! { <td class="n">{cell}</td> })
                .collect_view()
                .into_any()
        }
        Some(ValueSummary::Words(words)) => {
            let words = words
                .iter()
                .map(|(word, share)| format!("{word} {}", number::percent(*share)));
            view! { <td colspan="10">{words.collect::<Vec<_>>().join(", ")}</td> }.into_any()
        }
        None => view! { <td colspan="10">"no rows"</td> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row">{row.name.clone()}</th>
            <td class="n">"0"</td>
            <td class="n">{number::count(row.n_distinct)}</td>
            {values}
        </tr>
    }
    .into_any()
}
