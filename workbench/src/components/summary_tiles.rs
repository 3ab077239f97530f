//! The five figures of a scored file.

use leptos::prelude::*;

use crate::state::use_workbench;
use app::plots::number;

/// Tiles above the charts.
#[component]
pub fn SummaryTiles() -> impl IntoView {
    let workbench = use_workbench();
    let fact = move |read: fn(&app::job::result::FileResult) -> u64| {
        move || {
            workbench
                .result
                .read()
                .as_ref()
                .map_or(0, |result| read(result))
        }
    };
    let (n_rows, n_distinct, n_rejected) = (
        fact(|r| r.n_rows),
        fact(|r| r.n_distinct),
        fact(|r| r.n_rejected),
    );
    let n_unseen = fact(|r| r.n_unseen_categories);
    let n_anomalies = move || {
        workbench
            .with_selected(|_, selected| {
                selected.counts.risks.n_anomalies(workbench.threshold.get())
            })
            .unwrap_or(0)
    };
    let of_filter = move || {
        let is_filtered = !workbench.query.read().is_empty();
        if is_filtered {
            " within the filter"
        } else {
            ""
        }
    };
    let seconds = move || {
        workbench
            .result
            .read()
            .as_ref()
            .map_or(0.0, |result| result.millis / 1000.0)
    };
    let duplicates = move || 1.0 - n_distinct() as f64 / n_rows().max(1) as f64;
    let threshold = move || number::risk(workbench.threshold.get());
    view! {
        <section class="card tiles" aria-label="Summary">
            <div>
                <span class="muted">"connections"</span>
                <b data-testid="rows-scored" data-value=move || n_rows().to_string()>{move || number::count(n_rows())}</b>
                <span class="muted">{move || format!("of {} scored", number::count(n_rows() + n_rejected()))}</span>
            </div>
            <div>
                <span class="muted">"anomalies"</span>
                <b class="loud" data-testid="anomalies-found" data-value=move || n_anomalies().to_string()>{move || number::count(n_anomalies())}</b>
                <span class="muted">{move || format!("risk ≥ {}{}", threshold(), of_filter())}</span>
            </div>
            <div>
                <span class="muted">"duplicates"</span>
                <b>{move || number::percent(duplicates())}</b>
                <span class="muted">{move || format!("{} distinct", number::count(n_distinct()))}</span>
            </div>
            <div>
                <span class="muted">"values never seen in training"</span>
                <b>{move || number::count(n_unseen())}</b>
                <span class="muted">"services, flags, protocols"</span>
            </div>
            <div>
                <span class="muted">"time"</span>
                <b>{move || format!("{:.1} s", seconds())}</b>
                <span class="muted">{move || format!("{} rows/s", number::count((n_rows() as f64 / seconds().max(0.001)) as u64))}</span>
            </div>
        </section>
    }
    .into_any()
}
