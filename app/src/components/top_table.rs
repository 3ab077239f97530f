//! The oddest distinct rows of the file, with the reason in a sentence.

use leptos::either::Either;
use leptos::prelude::*;
use models::calibration::Band;
use models::explain::headline;

use super::result_card::capitalised;
use crate::job::result::TopRow;
use crate::plots::number;
use crate::workbench::use_workbench;

/// Columns of the file that are shown where it has them.
const SHOWN: [&str; 7] = [
    "duration",
    "service",
    "flag",
    "src_bytes",
    "dst_bytes",
    "count",
    "srv_count",
];

/// Rows shown before more are asked for.
const N_SHOWN: usize = 20;

/// The table.
#[component]
pub fn TopTable() -> impl IntoView {
    let workbench = use_workbench();
    // The columns that this file has, and where.
    let columns = Memo::new(move |_| {
        let result = workbench.result.get();
        let names = result
            .iter()
            .flat_map(|result| result.columns.clone())
            .enumerate();
        let found: Vec<(usize, String)> = names
            .filter(|(_, name)| SHOWN.contains(&name.as_str()))
            .collect();
        found
    });
    let n_shown = RwSignal::new(N_SHOWN);
    let rows = move || {
        workbench
            .with_model(|_, model| {
                model
                    .top
                    .iter()
                    .take(n_shown.get())
                    .cloned()
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default()
    };
    let n_rows = move || {
        workbench
            .with_model(|_, model| model.top.len())
            .unwrap_or(0)
    };
    let has_labels = move || {
        workbench
            .result
            .read()
            .as_ref()
            .is_some_and(|result| !result.labels.is_empty())
    };
    view! {
        <section class="card">
            <div class="head">
                <h2>"Top anomalies"</h2>
                <span class="tools">"distinct rows, oddest first; copies counted"</span>
            </div>
            <div class="scroll top-scroll" tabindex="0" role="region" aria-label="Top anomalies">
                <table data-testid="top-anomalies">
                    <thead>
                        <tr>
                            <th scope="col">"risk"</th>
                            <th scope="col">"why"</th>
                            <th scope="col" class="n" title="Rows with the same features">"copies"</th>
                            <Show when=has_labels><th scope="col">"label"</th></Show>
                            {move || columns.get().into_iter().map(|(_, name)| view! { <th scope="col" class:n=is_numeric(&name)>{name.clone()}</th> }).collect_view()}
                            <th scope="col" class="n" title="Line of the file">"line"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {move || rows().into_iter().map(|row| view! { <TopRowView row columns=columns.get() has_label=has_labels() /> }).collect_view()}
                    </tbody>
                </table>
            </div>
            <Show when=move || n_shown.get() < n_rows()>
                <button class="ghost more" type="button" on:click=move |_| n_shown.update(|n| *n += 40)>
                    {move || format!("Show more ({} of {} shown)", n_shown.get(), n_rows())}
                </button>
            </Show>
        </section>
    }
    .into_any()
}

#[component]
fn TopRowView(row: TopRow, columns: Vec<(usize, String)>, has_label: bool) -> impl IntoView {
    let band = Band::of(row.risk);
    let lead = headline(&row.reasons);
    let first = lead.map_or_else(
        || "Nothing stands out by itself".into(),
        |reason| capitalised(&reason.sentence),
    );
    let others = row.reasons.iter().filter(|reason| Some(*reason) != lead);
    let others: Vec<String> = others.map(|reason| capitalised(&reason.sentence)).collect();
    view! {
        <tr>
            <td><span class=format!("pill {}", band.name())>{number::risk(row.risk)} " " {band.name()}</span></td>
            <td class="reason">
                {if others.is_empty() {
                    Either::Left(first)
                } else {
                    Either::Right(view! {
                        <details><summary>{first}</summary><ul>{others.into_iter().map(|other| view! { <li>{other}</li> }).collect_view()}</ul></details>
                    })
                }}
            </td>
            <td class="n">{number::count(row.n_copies)}</td>
            {has_label.then(|| view! { <td>{row.label.clone().unwrap_or_default()}</td> })}
            {columns.into_iter().map(|(index, name)| view! { <td class:n=is_numeric(&name)>{row.cells.get(index).cloned().unwrap_or_default()}</td> }).collect_view()}
            <td class="n">{number::count(row.line)}</td>
        </tr>
    }
    .into_any()
}

/// Tells whether a column of the file holds numbers.
fn is_numeric(name: &str) -> bool {
    !matches!(name, "service" | "flag")
}
