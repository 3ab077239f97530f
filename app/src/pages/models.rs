//! The page about the models: what they were trained on, how good they are, what they must not be used for.

use leptos::prelude::*;
use models::evaluation::ModelFigures;

use crate::context::{ModelSummary, model_summaries};
use crate::plots::comparison::Comparison;
use crate::plots::{Palette, number, to_svg};

/// The page.
#[component]
pub fn ModelsPage() -> impl IntoView {
    let summaries: Vec<ModelSummary> = model_summaries();
    view! {
        <div class="intro"><div>
            <h1>"The models"</h1>
            <p>"Two detectors and their ensemble, fitted on normal connections only. Every figure was measured on connections that nothing was fitted on."</p>
        </div></div>
        {summaries.into_iter().map(|summary| view! { <ModelCardView summary /> }).collect_view()}
    }
}

#[component]
fn ModelCardView(summary: ModelSummary) -> impl IntoView {
    let data = summary.card.data.clone();
    let figures: Vec<_> = summary
        .card
        .figures
        .iter()
        .filter(|entry| entry.protocol == "P0")
        .map(|entry| entry.figures.clone())
        .collect();
    view! {
        <section class="card" data-testid="model-card">
            <div class="head">
                <h2>{format!("View {}: {} features", summary.view, summary.features.len())}</h2>
                <a class="tools" href=summary.file rel="external" download="">"model file (safetensors)"</a>
            </div>
            <p class="muted">{summary.features.join(", ")}</p>
            <ComparisonChart figures />
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
            <h3>"Limits"</h3>
            <ul>{summary.card.limits.into_iter().map(|limit| view! { <li>{limit}</li> }).collect_view()}</ul>
        </section>
    }
}

/// Models side by side on all held-out rows, as SVG for both themes; the server has no canvas.
#[component]
fn ComparisonChart(figures: Vec<ModelFigures>) -> impl IntoView {
    let chart = Comparison::new(&figures);
    let (wide, narrow) = (900.0, 300.0);
    let svg = |width: f32, palette: Palette| {
        to_svg(&chart, width as u32, chart.height(width) as u32, &palette).unwrap_or_default()
    };
    view! {
        <div class="comparison" data-testid="chart-comparison">
            <div class="wide-chart">
                <div class="light" inner_html=svg(wide, Palette::light())></div>
                <div class="dark" inner_html=svg(wide, Palette::dark())></div>
            </div>
            <div class="narrow-chart">
                <div class="light" inner_html=svg(narrow, Palette::light())></div>
                <div class="dark" inner_html=svg(narrow, Palette::dark())></div>
            </div>
        </div>
    }
}
