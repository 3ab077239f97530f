//! One record explained, beside the page: the gauge, what each value adds, the nearest normal record, the smallest change that would make
//! it normal, and values to change.

use leptos::html::Div;
use leptos::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

use models::explain::headline;
use models::schema::FeatureKind;

use super::chart::ChartCard;
use crate::state::{Workbench, use_workbench};
use app::components::gauge::Gauge;
use app::components::icon::{Icon, IconKind};
use app::components::result_card::capitalised;
use app::form::rarity;
use app::job::explanation::{ExplainedFeature, Explanation, NearestRow, SmallestChange, WhatIf};
use app::job::question::{Question, QuestionKind};
use app::plots::contribution_bars::{Contribution, ContributionBars};
use app::plots::number;

/// Values that were changed, by the position of their feature.
type Changes = RwSignal<BTreeMap<usize, String>>;

/// Features of which a slider is shown before all are asked for.
const N_SLIDERS: usize = 6;

/// The explanation, while one is open.
#[component]
pub fn ExplanationPanel() -> impl IntoView {
    let workbench = use_workbench();
    view! { {move || workbench.explanation.get().map(|explanation| view! { <OpenPanel explanation /> })} }
}

#[component]
fn OpenPanel(explanation: Arc<Explanation>) -> impl IntoView {
    let workbench = use_workbench();
    let panel = NodeRef::<Div>::new();
    Effect::new(move || {
        if let Some(panel) = panel.get() {
            // Only an element that is gone cannot be focused.
            drop(panel.focus());
        }
    });
    let changes: Changes = RwSignal::new(BTreeMap::new());
    ask_when_changed(workbench, Arc::clone(&explanation), changes);
    let title = match explanation.line {
        Some(line) => format!("Line {}", number::count(line.into())),
        None => "This connection".to_owned(),
    };
    let facts = facts(&explanation);
    let verdict = explanation.verdict.clone();
    let risk_before = verdict.risk;
    let risk = Signal::derive(move || {
        let what_if = workbench.what_if.read();
        let judged = what_if.as_ref().and_then(|what_if| what_if.judged.as_ref());
        judged
            .filter(|_| !changes.read().is_empty())
            .map_or(risk_before, |judged| judged.risk)
    });
    let evidence = {
        let explanation = Arc::clone(&explanation);
        Signal::derive(move || {
            let what_if = workbench.what_if.read();
            let judged = what_if.as_ref().and_then(|what_if| what_if.judged.as_ref());
            let judged = judged.filter(|_| !changes.read().is_empty());
            Some(bars(
                &explanation,
                judged.map(|judged| &judged.evidence[..]),
                &changes.read(),
            ))
        })
    };
    let sentence =
        headline(&verdict.reasons).map(|reason| format!("{}.", capitalised(&reason.sentence)));
    let nearest = explanation.nearest.clone();
    let change = explanation.change.clone();
    let is_anomaly = verdict.is_anomaly;
    view! {
        <div class="explanation card" role="dialog" aria-label="Explanation" tabindex="-1" node_ref=panel data-testid="explanation">
            <div class="head">
                <h2>{title}</h2>
                <button class="tool" type="button" aria-label="Close the explanation" on:click=move |_| workbench.close_explanation()><Icon kind=IconKind::Close /></button>
            </div>
            <p class="muted">{facts}</p>
            <Gauge risk />
            <p class="lead" data-testid="explained-risk" data-value=move || risk.get().to_string()>
                {move || {
                    let now = risk.get();
                    let was = if changes.read().is_empty() { String::new() } else { format!(" (was {})", number::risk(risk_before)) };
                    format!("Risk {}{was}. {}", number::risk(now), rarity(now))
                }}
            </p>
            {sentence.map(|sentence| view! { <p class="sentence">{sentence}</p> })}
            <ChartCard<ContributionBars> title="What each value adds" test_id="chart-contributions" is_wide=Signal::stored(true) chart=evidence />
            {is_anomaly.then(|| view! { <ChangeView change changes /> })}
            <NearestView explanation=Arc::clone(&explanation) nearest />
            <WhatIfView explanation changes />
        </div>
    }
    .into_any()
}

/// Where the record is, what it is labelled, and what every model says.
fn facts(explanation: &Explanation) -> String {
    let mut facts = Vec::new();
    if let Some(label) = &explanation.label {
        facts.push(format!("label {label}"));
    }
    if explanation.n_copies > 1 {
        facts.push(format!(
            "{} equal rows",
            number::count(explanation.n_copies.into())
        ));
    }
    let models = explanation.verdict.detectors.iter();
    facts.extend(models.map(|model| format!("{} {}", model.title, number::risk(model.risk))));
    facts.join(" · ")
}

/// The bars of the values that add most.
fn bars(
    explanation: &Explanation,
    judged: Option<&[f32]>,
    changes: &BTreeMap<usize, String>,
) -> ContributionBars {
    let features = explanation.features.iter().enumerate();
    let mut rows: Vec<Contribution> = features
        .map(|(index, feature)| Contribution {
            feature: feature.name.clone(),
            evidence: judged
                .and_then(|evidence| evidence.get(index))
                .copied()
                .unwrap_or(feature.evidence),
            value: changes
                .get(&index)
                .cloned()
                .unwrap_or_else(|| feature.shown.clone()),
            usual: feature.typical.clone(),
        })
        .collect();
    rows.sort_by(|a, b| b.evidence.total_cmp(&a.evidence));
    ContributionBars { rows }
}

/// Has the changed record judged whenever a value changes.
fn ask_when_changed(workbench: Workbench, explanation: Arc<Explanation>, changes: Changes) {
    // The model that the explanation is by, whatever is picked meanwhile; of the form that is the ensemble.
    let model = match explanation.row {
        Some(_) => workbench.model.get_untracked(),
        None => 0,
    };
    Effect::new(move || {
        let changes = changes.get();
        if changes.is_empty() {
            workbench.what_if.set(None);
            return;
        }
        let features = explanation.features.iter().enumerate();
        let values = features.map(|(index, feature)| {
            let changed = changes.get(&index);
            changed.cloned().unwrap_or_else(|| feature.value.clone())
        });
        workbench.ask(Question::WhatIf(WhatIf {
            number: workbench.next_number(QuestionKind::WhatIf),
            is_form: explanation.row.is_none(),
            values: values.collect(),
            model,
            threshold: workbench.threshold.get_untracked(),
        }));
    });
}

/// The smallest change, which a click tries.
#[component]
fn ChangeView(change: Option<SmallestChange>, changes: Changes) -> impl IntoView {
    let Some(change) = change else {
        return view! {
            <section data-testid="smallest-change">
                <h3>"What would make it normal"</h3>
                <p class="muted">"No change of eight values or fewer would: too much of it is unusual at once."</p>
            </section>
        }
        .into_any();
    };
    let steps = change.steps.clone();
    let try_it = move |_| {
        changes.set(
            steps
                .iter()
                .map(|step| (step.feature, step.to_value.clone()))
                .collect(),
        );
    };
    view! {
        <section data-testid="smallest-change">
            <h3>"What would make it normal"</h3>
            <ul class="steps">
                {change.steps.iter().map(|step| view! { <li><b>{step.name.clone()}</b>" "{step.to.clone()}" instead of "{step.from.clone()}</li> }).collect_view()}
            </ul>
            <p class="muted">{format!("Risk would be {}. No smaller change of real values does it.", number::risk(change.risk_after))}</p>
            <button class="ghost" type="button" data-testid="try-change" on:click=try_it>"Try it"</button>
        </section>
    }
    .into_any()
}

/// The nearest normal record of the file.
#[component]
fn NearestView(explanation: Arc<Explanation>, nearest: Option<NearestRow>) -> impl IntoView {
    let workbench = use_workbench();
    if explanation.row.is_none() {
        return ().into_any();
    }
    let Some(nearest) = nearest else {
        return view! {
            <section>
                <h3>"Nearest normal connection"</h3>
                <p class="muted">"This file has none below the threshold."</p>
            </section>
        }
        .into_any();
    };
    let row = nearest.row;
    let differing = nearest.differs.iter().filter_map(|&index| {
        let feature = explanation.features.get(index)?;
        let other = nearest.values.get(index)?.clone();
        Some(view! { <tr><th scope="row">{feature.name.clone()}</th><td class="n">{feature.shown.clone()}</td><td class="n">{other}</td></tr> })
    });
    let differing = differing.collect_view();
    view! {
        <section data-testid="nearest-normal">
            <h3>"Nearest normal connection"</h3>
            <p class="muted">
                {format!("Line {}, risk {}. It differs in {} of {} values.", number::count(nearest.line.into()), number::risk(nearest.risk), nearest.differs.len(), explanation.features.len())}
                " "
                <button class="link" type="button" on:click=move |_| workbench.explain_row(row)>"Explain it"</button>
            </p>
            <details>
                <summary>"Where they differ"</summary>
                <div class="scroll">
                    <table>
                        <thead><tr><th scope="col">"value"</th><th scope="col" class="n">"this one"</th><th scope="col" class="n">"nearest"</th></tr></thead>
                        <tbody>{differing}</tbody>
                    </table>
                </div>
            </details>
        </section>
    }
    .into_any()
}

/// Values to change.
#[component]
fn WhatIfView(explanation: Arc<Explanation>, changes: Changes) -> impl IntoView {
    let workbench = use_workbench();
    let has_all = RwSignal::new(false);
    let n_features = explanation.features.len();
    let mut order: Vec<usize> = (0..n_features).collect();
    order.sort_by(|&a, &b| {
        let evidence = |index: usize| explanation.features.get(index).map_or(0.0, |f| f.evidence);
        evidence(b).total_cmp(&evidence(a))
    });
    let shown = move || {
        let n = if has_all.get() { n_features } else { N_SLIDERS };
        order
            .iter()
            .take(n)
            .filter_map(|&index| {
                explanation
                    .features
                    .get(index)
                    .map(|feature| (index, feature.clone()))
            })
            .map(|(index, feature)| view! { <ValueField index feature changes /> })
            .collect_view()
    };
    let problem = move || {
        let what_if = workbench.what_if.read();
        let errors = what_if.as_ref()?.errors.iter();
        errors.flatten().next().cloned()
    };
    view! {
        <section data-testid="what-if">
            <div class="head">
                <h3>"What if"</h3>
                <button class="ghost" type="button" disabled=move || changes.read().is_empty() on:click=move |_| changes.set(BTreeMap::new())>"As it was"</button>
            </div>
            <p class="muted">"Change values and see what the models would say; the ring on the map moves along."</p>
            {shown}
            <p class="filter-problem" role="status">{problem}</p>
            <Show when=move || !has_all.get() && (N_SLIDERS < n_features)>
                <button class="ghost" type="button" on:click=move |_| has_all.set(true)>{format!("All {n_features} values")}</button>
            </Show>
        </section>
    }
    .into_any()
}

/// Steps of a slider.
const N_STEPS: f32 = 200.0;

/// A slider, or a list of words.
#[component]
fn ValueField(index: usize, feature: ExplainedFeature, changes: Changes) -> impl IntoView {
    let ExplainedFeature {
        name,
        meaning,
        kind,
        value,
        range,
        words,
        typical,
        ..
    } = feature;
    let original = value.clone();
    let now = Memo::new(move |_| {
        changes
            .read()
            .get(&index)
            .cloned()
            .unwrap_or_else(|| value.clone())
    });
    let set = move |text: String| {
        changes.update(|changes| {
            if text == original {
                changes.remove(&index);
            } else {
                changes.insert(index, text);
            }
        });
    };
    let label = format!("{name}: {meaning}");
    let id = format!("what-if-{index}");
    let control = match range {
        Some((low, high)) => {
            // Heavy-tailed values by their logarithm, so that small ones can be set too.
            let is_log = kind.is_heavy_tailed();
            let (from, to) = if is_log {
                (low.ln_1p(), high.ln_1p())
            } else {
                (low, high)
            };
            let place = move || {
                let value: f32 = now.get().parse().unwrap_or(low);
                let at = if is_log {
                    value.max(0.0).ln_1p()
                } else {
                    value
                };
                ((at - from) / (to - from).max(f32::MIN_POSITIVE) * N_STEPS).round()
            };
            let is_whole = !matches!(kind, FeatureKind::Rate | FeatureKind::Seconds);
            let value_of = move |place: f32| {
                let at = from + (to - from) * place / N_STEPS;
                let value = if is_log { at.exp_m1() } else { at };
                if is_whole {
                    value.round()
                } else {
                    (value * 100.0).round() / 100.0
                }
            };
            let slide = {
                let set = set.clone();
                move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
                    if let Ok(place) = event.target().value().parse::<f32>() {
                        set(value_of(place).to_string());
                    }
                }
            };
            let slider_label = label.clone();
            view! {
                <input type="range" min="0" max=N_STEPS step="1" aria-label=slider_label prop:value=place on:input:target=slide />
                <input id=id.clone() class="number" type="text" inputmode="decimal" aria-label=format!("{label}, as a number") prop:value=move || now.get() on:change:target=move |event| set(event.target().value()) />
            }
            .into_any()
        }
        None => {
            let mut words = words;
            let current = now.get_untracked();
            if !words.contains(&current) {
                words.insert(0, current);
            }
            view! {
                <select id=id.clone() aria-label=label prop:value=move || now.get() on:change:target=move |event| set(event.target().value())>
                    {words.into_iter().map(|word| view! { <option value=word.clone() selected={let word = word.clone(); move || now.get() == word}>{word.clone()}</option> }).collect_view()}
                </select>
            }
            .into_any()
        }
    };
    view! {
        <div class="what-if-value">
            <label for=id>{name}<small>{format!("usual {typical}")}</small></label>
            {control}
        </div>
    }
    .into_any()
}
