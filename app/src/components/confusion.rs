//! The four outcomes at the threshold in force, with the figures made of them, and recall per attack type.

use leptos::prelude::*;
use models::evaluation::{AttackFamily, Confusion};

use crate::plots::number;
use crate::workbench::use_workbench;

/// The card with the confusion matrix.
#[component]
pub fn ConfusionCard() -> impl IntoView {
    let workbench = use_workbench();
    let confusion = move || {
        workbench
            .with_model(|_, model| model.risks.confusion_at(workbench.threshold.get()))
            .unwrap_or_default()
    };
    let figure = move |read: fn(&Confusion) -> f64| move || number::percent(read(&confusion()));
    view! {
        <section class="card" data-testid="chart-confusion">
            <div class="head"><h2>"Confusion at this threshold"</h2></div>
            <ConfusionTable confusion=Signal::derive(confusion) classes=["normal", "attack"].map(str::to_owned) />
            <dl class="figures">
                <div><dt>"Accuracy"</dt><dd data-testid="accuracy">{figure(|c| c.accuracy())}</dd></div>
                <div><dt>"Precision"</dt><dd>{figure(|c| c.precision())}</dd></div>
                <div><dt>"Recall"</dt><dd>{figure(|c| c.recall())}</dd></div>
                <div><dt>"F1"</dt><dd>{move || number::fraction(confusion().f1())}</dd></div>
                <div><dt>"False alarms"</dt><dd>{figure(|c| c.false_alarm_rate())}</dd></div>
            </dl>
            <details class="numbers">
                <summary>"Recall by attack type"</summary>
                <div class="scroll" tabindex="0">
                    <table>
                        <thead><tr><th scope="col">"type"</th><th scope="col">"family"</th><th scope="col" class="n">"rows"</th><th scope="col" class="n">"found"</th></tr></thead>
                        <tbody>{move || attack_rows(workbench.threshold.get(), workbench.model.get())}</tbody>
                    </table>
                </div>
            </details>
        </section>
    }
}

/// The four outcomes.
#[component]
pub fn ConfusionTable(
    /// Their counts.
    confusion: Signal<Confusion>,
    /// What the two classes are called; those to be found are the second.
    classes: [String; 2],
) -> impl IntoView {
    let cell = move |read: fn(&Confusion) -> u64| move || number::count(read(&confusion.read()));
    let [normal, attack] = classes;
    view! {
        <table class="confusion">
            <thead>
                <tr><td></td><th scope="col">"no alarm"</th><th scope="col">"alarm"</th></tr>
            </thead>
            <tbody>
                <tr>
                    <th scope="row">{normal}</th>
                    <td class="right" data-testid="true-negatives">{cell(|c| c.true_negatives)}</td>
                    <td class="wrong" data-testid="false-positives">{cell(|c| c.false_positives)}</td>
                </tr>
                <tr>
                    <th scope="row">{attack}</th>
                    <td class="wrong" data-testid="false-negatives">{cell(|c| c.false_negatives)}</td>
                    <td class="right" data-testid="true-positives">{cell(|c| c.true_positives)}</td>
                </tr>
            </tbody>
        </table>
    }
}

fn attack_rows(threshold: f32, model: usize) -> impl IntoView {
    let result = use_workbench().result.get();
    let labels = result
        .iter()
        .flat_map(|result| result.labels.clone())
        .filter(|label| !label.is_normal);
    labels
        .map(|label| {
            let found = label.n_found(model, threshold);
            let share = found as f64 / label.n_rows.max(1) as f64;
            view! {
                <tr>
                    <th scope="row">{label.name.clone()}</th>
                    <td>{AttackFamily::of(&label.name).name()}</td>
                    <td class="n">{number::count(label.n_rows)}</td>
                    <td class="n">{number::percent(share)}</td>
                </tr>
            }
        })
        .collect_view()
}
