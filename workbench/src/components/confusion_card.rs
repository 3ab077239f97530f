//! The four outcomes at the threshold in force, with the figures made of them, and recall per attack type.

use analysis::filter::ConnectionField;
use app::components::confusion::ConfusionTable;
use app::plots::number;
use leptos::prelude::*;
use models::evaluation::{AttackFamily, Confusion};

use crate::state::{Workbench, use_workbench};

/// The card with the confusion matrix.
#[component]
pub fn ConfusionCard() -> impl IntoView {
    let workbench = use_workbench();
    let confusion = move || {
        workbench
            .with_selected(|_, selected| {
                selected
                    .counts
                    .risks
                    .confusion_at(workbench.threshold.get())
            })
            .unwrap_or_default()
    };
    let figure = move |read: fn(&Confusion) -> f64| move || number::percent(read(&confusion()));
    view! {
        <section class="card" data-testid="chart-confusion">
            <div class="head"><h2>"Confusion at this threshold"</h2></div>
            <ConfusionTable
                confusion=Signal::derive(confusion)
                classes=["normal", "attack"].map(str::to_owned)
                on_open=Callback::new(move |(is_attack, is_found)| workbench.show_outcome(is_attack, is_found))
            />
            <dl class="figures">
                <div><dt>"Accuracy"</dt><dd data-testid="accuracy">{figure(|c| c.accuracy())}</dd></div>
                <div><dt>"Precision"</dt><dd>{figure(|c| c.precision())}</dd></div>
                <div><dt>"Recall"</dt><dd>{figure(|c| c.recall())}</dd></div>
                <div><dt title="Matthews correlation coefficient, −1 to 1: fair also where one class is rare">"MCC"</dt><dd>{move || number::fraction(confusion().matthews_correlation())}</dd></div>
                <div><dt>"F1"</dt><dd>{move || number::fraction(confusion().f1())}</dd></div>
                <div><dt>"False alarms"</dt><dd>{figure(|c| c.false_alarm_rate())}</dd></div>
            </dl>
            <details class="numbers">
                <summary>"Recall by attack type"</summary>
                <div class="scroll" tabindex="0">
                    <table>
                        <thead><tr><th scope="col">"type"</th><th scope="col">"family"</th><th scope="col" class="n">"rows"</th><th scope="col" class="n">"found"</th></tr></thead>
                        <tbody>{move || attack_rows(workbench)}</tbody>
                    </table>
                </div>
            </details>
        </section>
    }
    .into_any()
}

fn attack_rows(workbench: Workbench) -> impl IntoView {
    let threshold = workbench.threshold.get();
    let labels = workbench.with_selected(|_, selected| {
        let labels = selected.counts.labels.iter();
        labels
            .filter(|label| label.is_attack && label.n_rows > 0)
            .map(|label| (label.name.clone(), label.n_rows, label.n_found(threshold)))
            .collect::<Vec<_>>()
    });
    labels
        .unwrap_or_default()
        .into_iter()
        .map(|(name, n_rows, found)| {
            let share = found as f64 / n_rows.max(1) as f64;
            let choose = {
                let name = name.clone();
                move |_| workbench.choose(ConnectionField::Label, &[&name])
            };
            view! {
                <tr>
                    <th scope="row"><button class="link" type="button" title="Show these rows" on:click=choose>{name.clone()}</button></th>
                    <td>{AttackFamily::of(&name).name()}</td>
                    <td class="n">{number::count(n_rows)}</td>
                    <td class="n">{number::percent(share)}</td>
                </tr>
            }
        })
        .collect_view()
}
