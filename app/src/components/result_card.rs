//! The verdict on one connection: status, risk, what it means, why.

use leptos::either::Either;
use leptos::prelude::*;
use models::explain::headline;

use super::gauge::Gauge;
use crate::form::{FormState, Verdict};
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
}

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
        <div class="row detectors">
            {verdict
                .detectors
                .into_iter()
                .map(|(title, raw, risk)| {
                    view! { <span class="muted">{title} " " <b>{format!("{risk:.0}")}</b> {format!(" (raw {raw:.3})")}</span> }
                })
                .collect_view()}
        </div>
        <p class="muted accuracy" data-testid="model-accuracy">{accuracy}</p>
    }
}

/// The same text with a capital first letter.
pub fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(characters).collect()
    })
}
