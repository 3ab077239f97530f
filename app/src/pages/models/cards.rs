//! The cards of the models: what they were trained on, how good each was when it was fitted, what they must not be used for.

use leptos::prelude::*;

use crate::context::{ModelSummary, model_summaries};
use crate::plots::number;

/// The cards of all models, folded.
#[component]
pub fn ModelCards() -> impl IntoView {
    let summaries = model_summaries();
    summaries
        .into_iter()
        .map(|summary| view! { <ModelCardView summary /> })
        .collect_view()
}

#[component]
fn ModelCardView(summary: ModelSummary) -> impl IntoView {
    let data = summary.card.data.clone();
    view! {
        <details class="card model-card" data-testid="model-card">
            <summary><h3>{format!("View {}: {} features", summary.view, summary.features.len())}</h3></summary>
            <div class="head">
                <a class="tools" href=summary.file rel="external" download="">"model file (safetensors)"</a>
            </div>
            <p class="muted">{summary.features.join(", ")}</p>
            <p>
                {format!(
                    "Trained on {}: fitted on {} normal rows, calibrated on {}, measured on {} held-out rows. Seed {}.",
                    data.name,
                    number::count(data.n_fit as u64),
                    number::count(data.n_calibration as u64),
                    number::count(data.n_test as u64),
                    summary.card.seed,
                )}
            </p>
            <div class="scroll" tabindex="0" role="region" aria-label=format!("Figures of view {}", summary.view)>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"protocol"</th>
                            <th scope="col">"model"</th>
                            {["ROC AUC", "average precision", "recall", "false alarms", "precision", "F1"]
                                .into_iter()
                                .map(|name| view! { <th scope="col" class="n">{name}</th> })
                                .collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        {summary
                            .card
                            .figures
                            .into_iter()
                            .map(|entry| {
                                let figures = entry.figures;
                                view! {
                                    <tr>
                                        <td>{entry.protocol}</td>
                                        <th scope="row">{figures.model.replace('_', " ")}</th>
                                        <td class="n">{format!("{:.4}", figures.roc_auc)}</td>
                                        <td class="n">{format!("{:.4}", figures.average_precision)}</td>
                                        <td class="n">{number::percent(figures.recall)}</td>
                                        <td class="n">{number::percent(figures.false_alarm_rate)}</td>
                                        <td class="n">{number::percent(figures.precision)}</td>
                                        <td class="n">{format!("{:.4}", figures.f1)}</td>
                                    </tr>
                                }
                            })
                            .collect_view()}
                    </tbody>
                </table>
            </div>
            <p class="muted">"P0 counts every row, P1 every distinct row once; both at risk 50, one false alarm in a hundred normal connections by calibration."</p>
            <dl class="parameters">
                {summary
                    .card
                    .parameters
                    .into_iter()
                    .map(|(name, value)| view! { <div><dt>{name.replace('_', " ")}</dt><dd>{value}</dd></div> })
                    .collect_view()}
                <div><dt>"data SHA-256"</dt><dd><code class="digest">{data.sha256}</code></dd></div>
            </dl>
            <h4>"Limits"</h4>
            <ul>{summary.card.limits.into_iter().map(|limit| view! { <li>{limit}</li> }).collect_view()}</ul>
        </details>
    }
}
