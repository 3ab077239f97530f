//! The one threshold: a slider and a number, what it means in words, whose risk it is compared with, and ways to choose it for a reason.

use leptos::prelude::*;
use models::calibration::{DEFAULT_THRESHOLD, p_of_risk, risk};
use models::risk_histogram::RiskHistogram;

use crate::state::{Workbench, use_workbench};
use app::plots::number;
use app::plots::threshold_curves::{Cost, ThresholdCurves};

/// An input element's event.
type InputEvent = leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlInputElement>;

/// The bar above the charts.
#[component]
pub fn ThresholdBar(
    /// What a miss and a false alarm cost; the chart of thresholds shows it too.
    cost: RwSignal<Option<Cost>>,
) -> impl IntoView {
    let workbench = use_workbench();
    let set = move |event: InputEvent| {
        if let Ok(threshold) = event.target().value().parse::<f32>() {
            workbench.set_threshold(threshold);
        }
        // What cannot be read, or was beyond the ends, does not stay.
        event
            .target()
            .set_value(&number::risk(workbench.threshold.get_untracked()));
    };
    let value = move || number::risk(workbench.threshold.get());
    let meaning = move || meaning(workbench);
    let pick = move |event: leptos::ev::Targeted<leptos::ev::Event, web_sys::HtmlSelectElement>| {
        workbench
            .model
            .set(event.target().selected_index().max(0) as usize);
    };
    let models = move || {
        let titles = workbench.fact(|result| {
            let models = result.models.iter();
            models.map(|model| model.title.clone()).collect::<Vec<_>>()
        });
        titles.into_iter().enumerate().map(|(index, title)| view! { <option selected=move || workbench.model.get() == index>{title}</option> }).collect_view()
    };
    view! {
        <div class="threshold-line">
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
            <p class="muted" data-testid="threshold-meaning">{meaning}</p>
        </div>
        <Reasons cost />
    }
    .into_any()
}

/// What the threshold comes to, in words.
fn meaning(workbench: Workbench) -> String {
    let threshold = workbench.threshold.get();
    let one_in = (1.0 / p_of_risk(threshold)).round() as u64;
    let mut words = format!(
        "one false alarm in {} normal connections",
        number::count(one_in)
    );
    workbench.with_selected(|_, selected| {
        let risks = &selected.counts.risks;
        if risks.has_both_labels() {
            let confusion = risks.confusion_at(threshold);
            words += &format!(
                " · recall {} · precision {} · F1 {}",
                number::percent(confusion.recall()),
                number::percent(confusion.precision()),
                number::fraction(confusion.f1())
            );
        } else {
            let n = selected.counts.n_rows.max(1) as f64;
            let share = risks.n_anomalies(threshold) as f64 / n;
            words += &format!(" · here {} of the connections", number::percent(share));
        }
    });
    words
}

/// Ways to choose a threshold.
#[component]
fn Reasons(cost: RwSignal<Option<Cost>>) -> impl IntoView {
    let workbench = use_workbench();
    let with_risks = move |choose: &dyn Fn(&RiskHistogram) -> Option<f32>| {
        let chosen =
            untrack(|| workbench.with_selected(|_, selected| choose(&selected.counts.risks)));
        if let Some(threshold) = chosen.flatten() {
            workbench.set_threshold(threshold);
        }
    };
    let has_labels = move || workbench.fact(|result| result.has_both_labels);
    let alerts = RwSignal::new(20.0f64);
    let per_day = RwSignal::new(None::<f64>);
    let n_per_day = move || {
        per_day
            .get()
            .unwrap_or_else(|| workbench.fact(|result| result.n_rows) as f64)
    };
    let by_alerts = move |()| {
        let share = alerts.get_untracked() / untrack(n_per_day).max(1.0);
        with_risks(&|risks| Some(threshold_of_share(risks, share)));
    };
    let rate = RwSignal::new(1.0f64);
    let by_rate = move |()| workbench.set_threshold(risk(rate.get_untracked() / 100.0));
    let (miss, alarm) = (RwSignal::new(10.0f64), RwSignal::new(1.0f64));
    let by_cost = move |()| {
        let of = Cost {
            miss: miss.get_untracked(),
            false_alarm: alarm.get_untracked(),
        };
        cost.set(Some(of));
        with_risks(&|risks| ThresholdCurves::new(risks, 0.0, Some(of)).least_cost_threshold());
    };
    view! {
        <div class="row threshold-reasons">
            <button class="ghost" type="button" on:click=move |_| workbench.threshold.set(DEFAULT_THRESHOLD)>"Recommended"</button>
            <button class="ghost" type="button" title="The documents' contamination of 0.1: one in ten normal connections" on:click=move |_| workbench.threshold.set(25.0)>
                "Contamination 0.1"
            </button>
            <Show when=has_labels>
                <button class="ghost" type="button" data-testid="best-f1" on:click=move |_| with_risks(&|risks| ThresholdCurves::new(risks, 0.0, None).best_f1_threshold())>"Best F1"</button>
            </Show>
            <details class="more-reasons">
                <summary>"Choose by…"</summary>
                <div class="card reasons">
                    <p class="reason-line">
                        <NumberField label="alerts a day" value=alerts />
                        " of "
                        <label>
                            <input
                                class="number wide"
                                type="number"
                                min="1"
                                aria-label="connections a day"
                                prop:value=move || n_per_day().to_string()
                                on:change:target=move |event: InputEvent| per_day.set(event.target().value().parse().ok())
                            />
                            " connections a day, if all days are like this file"
                        </label>
                        <button class="ghost" type="button" data-testid="by-alerts" on:click=move |_| by_alerts(())>"Set"</button>
                    </p>
                    <p class="reason-line">
                        <NumberField label="% of normal connections may raise an alarm" value=rate />
                        <button class="ghost" type="button" data-testid="by-rate" on:click=move |_| by_rate(())>"Set"</button>
                    </p>
                    <Show when=has_labels>
                        <p class="reason-line">
                            <NumberField label="is the cost of a miss" value=miss />
                            <NumberField label="of a false alarm" value=alarm />
                            <button class="ghost" type="button" data-testid="by-cost" on:click=move |_| by_cost(())>"Least cost"</button>
                        </p>
                    </Show>
                </div>
            </details>
        </div>
    }
    .into_any()
}

/// The lowest threshold at which no more than a share of the rows are anomalies.
fn threshold_of_share(risks: &RiskHistogram, share: f64) -> f32 {
    let wanted = (share * risks.n_anomalies(0.0) as f64).floor() as u64;
    let steps = (0..=1000u16).map(|step| f32::from(step) / 10.0);
    let mut fitting = steps.filter(|&threshold| risks.n_anomalies(threshold) <= wanted);
    fitting.next().unwrap_or(100.0)
}

/// A number with what it is of.
#[component]
fn NumberField(label: &'static str, value: RwSignal<f64>) -> impl IntoView {
    let set = move |event: InputEvent| {
        if let Ok(number) = event.target().value().parse::<f64>()
            && number.is_finite()
            && number >= 0.0
        {
            value.set(number);
        }
        event.target().set_value(&value.get_untracked().to_string());
    };
    view! {
        <label>
            <input class="number" type="number" min="0" step="any" prop:value=move || value.get().to_string() on:change:target=set />
            " "
            {label}
        </label>
    }
    .into_any()
}
