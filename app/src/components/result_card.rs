//! The verdict on one connection: status, risk, what it means, why.

use leptos::either::Either;
use leptos::prelude::*;
use models::explain::headline;
use models::schema::View;

use super::gauge::Gauge;
use crate::form::{DetectorVerdict, FormState, Verdict};
use crate::page_state::use_page;
use crate::plots::number;

/// The result card; before there is a verdict it says what will stand here.
#[component]
pub fn ResultCard(
    /// The form with its verdict.
    state: RwSignal<FormState>,
    /// Accuracy, with the data it was measured on.
    accuracy: String,
) -> impl IntoView {
    view! {
        <section class="card result-card" aria-labelledby="result-title" aria-live="polite">
            <h2 id="result-title" class="hidden">"Result"</h2>
            {move || match state.read().verdict.clone() {
                Some(verdict) => Either::Left(view! { <VerdictView verdict accuracy=accuracy.clone() /> }),
                None => Either::Right(view! { <NoVerdict accuracy=accuracy.clone() /> }),
            }}
        </section>
    }
    .into_any()
}

/// Id of the button that explains the form's record.
pub const EXPLAIN_FORM_ID: &str = "explain-form";

/// Below this risk, one in ten normal records, there is nothing to explain.
const LEAST_EXPLAINED: f32 = 25.0;

#[component]
fn NoVerdict(accuracy: String) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="lead">"Five numbers of one connection are enough for a first opinion."</p>
            <p class="muted">"Fill in the form, or try an example. Higher risk means more unusual; from 50 on, a connection is called an anomaly."</p>
            <p class="muted" data-testid="model-accuracy">{accuracy}</p>
        </div>
    }
    .into_any()
}

#[component]
fn VerdictView(verdict: Verdict, accuracy: String) -> impl IntoView {
    let (risk, rarity, status, score) = (
        verdict.risk,
        verdict.rarity(),
        verdict.status(),
        verdict.score,
    );
    let side = if verdict.is_anomaly {
        "status anomaly"
    } else {
        "status normal"
    };
    let mark = if verdict.is_anomaly { "▲" } else { "●" };
    let sentence =
        headline(&verdict.reasons).map(|reason| format!("{}.", capitalised(&reason.sentence)));
    view! {
        <div class="result">
            <Gauge risk=Signal::stored(risk) />
            <div>
                <span class=side>
                    <span aria-hidden="true">{mark}</span>
                    <span data-testid="result-status">{status}</span>
                </span>
                <p class="lead">{rarity}</p>
                <p class="muted">
                    "Risk " <b data-testid="result-risk" data-value=format!("{risk}")>{number::risk(risk)}</b> " of 100 · score "
                    <b data-testid="result-score" data-value=format!("{score}")>{format!("{score:.3}")}</b>
                    <span title="Weighted mean of −log₁₀ p over the models; higher is more unusual">" (higher = more unusual)"</span>
                </p>
            </div>
        </div>
        <hr />
        <div class="head">
            <h3>{if risk < LEAST_EXPLAINED { "Nothing stands out; most unusual is" } else { "Why" }}</h3>
            <span class="tools">{(risk >= LEAST_EXPLAINED).then_some("share of what raised the score")}</span>
        </div>
        {sentence.map(|sentence| view! { <p class="sentence">{sentence}</p> })}
        <ul class="why">
            {verdict
                .reasons
                .into_iter()
                .map(|reason| {
                    let width = format!("{:.1}", reason.share * 100.0);
                    view! {
                        <li title=reason.sentence>
                            <span>{reason.feature}</span>
                            <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
                                <rect class="track" width="100" height="8" />
                                <rect class="part" width=width.clone() height="8" />
                            </svg>
                            <span class="muted">{format!("{:.0} % · {} · usual {}", reason.share * 100.0, reason.value, reason.typical)}</span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
        <ExplainButton />
        <EvidenceTable detectors=verdict.detectors ensemble=verdict.evidence risk />
        <p class="muted accuracy" data-testid="model-accuracy">{accuracy}</p>
    }
    .into_any()
}

/// Opens the explanation, where values can be changed; not there without JavaScript.
#[component]
fn ExplainButton() -> impl IntoView {
    let page = use_page();
    view! {
        <button id=EXPLAIN_FORM_ID class="ghost scripted" type="button" data-testid="explain-form" disabled=move || !page.is_ready.get() on:click=move |_| page.explain_form()>
            "Change values, and what would make it normal"
        </button>
    }
    .into_any()
}

/// What every model says, field by field, on one scale: powers of ten by which the connection is rarer.
#[component]
fn EvidenceTable(
    /// The detectors.
    detectors: Vec<DetectorVerdict>,
    /// Of the ensemble: what each field adds to its score.
    ensemble: Vec<f32>,
    /// The ensemble's risk.
    risk: f32,
) -> impl IntoView {
    let row = |title: String, risk: f32, evidence: Vec<f32>| {
        let most = evidence.iter().copied().fold(1.0, f32::max);
        view! {
            <tr>
                <th scope="row">{title}</th>
                <td class="n">{number::risk(risk)}</td>
                {evidence
                    .into_iter()
                    .map(|part| {
                        let strength = (part / most * 4.0).round();
                        view! { <td class=format!("n strength-{strength}")>{format!("{part:.2}")}</td> }
                    })
                    .collect_view()}
            </tr>
        }
    };
    view! {
        <details class="evidence" data-testid="evidence">
            <summary>"What each model says of each value"</summary>
            <div class="scroll" tabindex="0" role="region" aria-label="Evidence by model and field">
                <table>
                    <thead>
                        <tr>
                            <th scope="col">"model"</th>
                            <th scope="col" class="n">"risk"</th>
                            {View::Kdd5
                                .features()
                                .map(|feature| view! { <th scope="col" class="n">{feature.name}</th> })
                                .collect_view()}
                        </tr>
                    </thead>
                    <tbody>
                        {row("Ensemble".to_owned(), risk, ensemble)}
                        {detectors.into_iter().map(|detector| row(detector.title, detector.risk, detector.evidence)).collect_view()}
                    </tbody>
                </table>
            </div>
            <p class="muted">"Powers of ten that a value adds: 1 makes the connection ten times rarer, 2 a hundred times. A detector’s row sums to −log₁₀ of the share of normal connections that look as odd to it; the rows of the ensemble and of the ensemble with known attacks sum to their own scores before calibration, so their risk does not follow from the sum."</p>
        </details>
    }
    .into_any()
}

/// The same text with a capital first letter.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(characters).collect()
    })
}
