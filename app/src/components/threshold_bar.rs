//! The one threshold: a slider and a number, what it means in words, and whose risk it is compared with.

use leptos::prelude::*;
use models::calibration::{DEFAULT_THRESHOLD, p_of_risk};

use crate::plots::number;
use crate::workbench::use_workbench;

/// The bar above the charts.
#[component]
pub fn ThresholdBar() -> impl IntoView {
    let workbench = use_workbench();
    let set = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>| {
        if let Ok(threshold) = event.target().value().parse::<f32>() {
            workbench
                .threshold
                .set((threshold.clamp(0.0, 100.0) * 10.0).round() / 10.0);
        }
        // What cannot be read, or was beyond the ends, does not stay.
        event
            .target()
            .set_value(&number::risk(workbench.threshold.get_untracked()));
    };
    let value = move || number::risk(workbench.threshold.get());
    let meaning = move || {
        let threshold = workbench.threshold.get();
        let share = p_of_risk(threshold);
        let mut words = format!(
            "one false alarm in {} normal connections",
            number::count((1.0 / share).round() as u64)
        );
        let found = workbench
            .with_model(|_, model| {
                model
                    .risks
                    .has_both_labels()
                    .then(|| model.risks.confusion_at(threshold))
            })
            .flatten();
        if let Some(confusion) = found {
            words += &format!(
                " · recall {} · precision {} · F1 {}",
                number::percent(confusion.recall()),
                number::percent(confusion.precision()),
                number::fraction(confusion.f1())
            );
        }
        words
    };
    let best = move || {
        workbench
            .with_model(|_, model| model.risks.best_f1_threshold())
            .flatten()
    };
    let pick = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlSelectElement>| {
        workbench
            .model
            .set(event.target().selected_index().max(0) as usize);
    };
    let models = move || {
        let result = workbench.result.get();
        let titles = result.iter().flat_map(|result| {
            result
                .models
                .iter()
                .map(|model| model.title.clone())
                .collect::<Vec<_>>()
        });
        titles.enumerate().map(|(index, title)| view! { <option selected=move || workbench.model.get() == index>{title}</option> }).collect_view()
    };
    view! {
        <section class="card threshold-bar" aria-label="Threshold">
            <label for="threshold-slider">"Alarm at risk"</label>
            <input
                id="threshold-slider"
                data-testid="threshold"
                type="range"
                min="0"
                max="100"
                step="0.1"
                prop:value=value
                aria-valuetext=move || format!("risk {}, {}", value(), meaning())
                on:input:target=set
            />
            <input class="number" type="number" min="0" max="100" step="0.1" aria-label="Threshold as a number" prop:value=value on:change:target=set />
            <label>
                "of " <select data-testid="model-picker" aria-label="Model" on:change:target=pick>{models}</select>
            </label>
            <div class="row">
                <button class="ghost" type="button" on:click=move |_| workbench.threshold.set(DEFAULT_THRESHOLD)>"Recommended"</button>
                <button class="ghost" type="button" title="The documents' contamination of 0.1: one in ten normal connections" on:click=move |_| workbench.threshold.set(25.0)>
                    "Contamination 0.1"
                </button>
                {move || best().map(|best| view! {
                    <button class="ghost" type="button" on:click=move |_| workbench.threshold.set(best)>"Best F1"</button>
                })}
            </div>
            <p class="muted" data-testid="threshold-meaning">{meaning}</p>
        </section>
    }
}
