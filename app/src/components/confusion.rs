//! The four outcomes of a threshold.

use leptos::either::Either;
use leptos::prelude::*;
use models::evaluation::Confusion;

use crate::plots::number;

/// The four outcomes.
#[component]
pub fn ConfusionTable(
    /// Their counts.
    confusion: Signal<Confusion>,
    /// What the two classes are called; those to be found are the second.
    classes: [String; 2],
    /// Opens the rows of a cell: whether they are of the second class, and whether they were found.
    #[prop(optional)]
    on_open: Option<Callback<(bool, bool)>>,
) -> impl IntoView {
    let cell = move |test_id: &'static str,
                     (is_attack, is_found): (bool, bool),
                     read: fn(&Confusion) -> u64| {
        let count = move || number::count(read(&confusion.read()));
        match on_open {
            Some(open) => Either::Left(view! {
                <button class="cell" type="button" title="Show these rows" data-testid=test_id on:click=move |_| open.run((is_attack, is_found))>{count}</button>
            }),
            None => Either::Right(view! { <span data-testid=test_id>{count}</span> }),
        }
    };
    let [normal, attack] = classes;
    view! {
        <table class="confusion">
            <thead>
                <tr><td></td><th scope="col">"no alarm"</th><th scope="col">"alarm"</th></tr>
            </thead>
            <tbody>
                <tr>
                    <th scope="row">{normal}</th>
                    <td class="right">{cell("true-negatives", (false, false), |c| c.true_negatives)}</td>
                    <td class="wrong">{cell("false-positives", (false, true), |c| c.false_positives)}</td>
                </tr>
                <tr>
                    <th scope="row">{attack}</th>
                    <td class="wrong">{cell("false-negatives", (true, false), |c| c.false_negatives)}</td>
                    <td class="right">{cell("true-positives", (true, true), |c| c.true_positives)}</td>
                </tr>
            </tbody>
        </table>
    }
    .into_any()
}
