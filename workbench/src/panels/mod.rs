//! What is shown of a scored file: what surrounds the tabs, and the panels of each.

pub mod compare;
pub mod distributions;
pub mod explore;
pub mod findings;

use app::browser::focus;
use app::plots::number;
use leptos::prelude::*;

use self::compare::Compare;
use self::explore::Explore;
use self::findings::Findings;
use crate::components::filter_bar::FilterBar;
use crate::components::rejected_rows::RejectedRows;
use crate::components::rows_table::RowsTable;
use crate::components::summary_tiles::SummaryTiles;
use crate::components::take_away::TakeAway;
use crate::components::threshold_bar::ThresholdBar;
use crate::state::{Tab, use_workbench};

/// Everything about a scored file.
#[component]
pub fn Results() -> impl IntoView {
    let workbench = use_workbench();
    let cost = RwSignal::new(None);
    // Panels come one after the other, each in a frame of its own, so that no frame is long.
    let stage = RwSignal::new(0);
    Effect::new(move || advance(stage));
    let has_rows = Memo::new(move |_| workbench.fact(|result| result.n_rows) > 0);
    let is_at = move |wanted: u32| stage.get() >= wanted && has_rows.get();
    let is_tab = move |tab: Tab| workbench.tab.get() == tab;
    view! {
        <RejectedRows />
        <ResultsHeading />
        <Show when=move || is_at(0)>
            <SummaryTiles />
            <section class="card control-bar" aria-label="Filter and threshold">
                <FilterBar />
                <ThresholdBar cost />
            </section>
            <Tabs />
        </Show>
        <div id="panels" role="tabpanel" aria-labelledby=move || tab_id(workbench.tab.get())>
            <Show when=move || is_at(1) && is_tab(Tab::Findings)>
                <Findings stage cost />
            </Show>
            <Show when=move || is_at(1) && is_tab(Tab::Explore)>
                <Explore />
            </Show>
            <Show when=move || is_at(1) && is_tab(Tab::Compare)>
                <Compare />
            </Show>
        </div>
        <Show when=move || is_at(7)>
            <RowsTable />
        </Show>
        <Show when=move || is_at(8)>
            <TakeAway />
        </Show>
    }
    .into_any()
}

fn tab_id(tab: Tab) -> String {
    format!("tab-{}", tab.title().to_lowercase())
}

/// Which panels are shown.
#[component]
fn Tabs() -> impl IntoView {
    let workbench = use_workbench();
    let key = move |event: leptos::ev::KeyboardEvent| {
        let now = Tab::ALL
            .iter()
            .position(|&tab| tab == workbench.tab.get_untracked());
        let n = Tab::ALL.len();
        let next = match (event.key().as_str(), now) {
            ("ArrowRight", Some(now)) => (now + 1) % n,
            ("ArrowLeft", Some(now)) => (now + n - 1) % n,
            _ => return,
        };
        workbench.tab.set(Tab::ALL[next]);
        focus(&tab_id(Tab::ALL[next]));
    };
    view! {
        <div class="tabs" role="tablist" aria-label="Panels" on:keydown=key>
            {Tab::ALL
                .into_iter()
                .map(|tab| {
                    let is_shown = move || workbench.tab.get() == tab;
                    view! {
                        <button
                            id=tab_id(tab)
                            type="button"
                            role="tab"
                            aria-controls="panels"
                            aria-selected=move || is_shown().to_string()
                            tabindex=move || if is_shown() { "0" } else { "-1" }
                            on:click=move |_| workbench.tab.set(tab)
                        >
                            {tab.title()}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
    .into_any()
}

/// Number of stages in which panels come.
const N_STAGES: u32 = 8;

/// Lets the next panel come once the last is painted.
fn advance(stage: RwSignal<u32>) {
    request_animation_frame(move || {
        // After the frame: what came is laid out and painted.
        set_timeout(
            move || {
                if stage.try_update(|stage| *stage += 1).is_some()
                    && stage.get_untracked() < N_STAGES
                {
                    advance(stage);
                }
            },
            std::time::Duration::ZERO,
        );
    });
}

/// Names the file, and takes the keyboard and the view to its results.
#[component]
fn ResultsHeading() -> impl IntoView {
    let workbench = use_workbench();
    let name = Memo::new(move |_| workbench.file_name());
    let said = move || {
        let threshold = workbench.threshold.get_untracked();
        let counts = workbench.with_selected(|result, selected| {
            (result.n_rows, selected.counts.risks.n_anomalies(threshold))
        });
        let (n_rows, n_anomalies) = counts.unwrap_or_default();
        format!(
            "{} connections scored, {} anomalies",
            number::count(n_rows),
            number::count(n_anomalies)
        )
    };
    Effect::new(move || {
        workbench.result.track();
        // Focusing lays the page out, which has its own frame.
        request_animation_frame(|| focus("results"));
    });
    view! {
        <div class="results-heading">
            <h2 id="results" tabindex="-1">"Results of " {move || name.get()}</h2>
            <p class="hidden" role="status">{said}</p>
        </div>
    }
    .into_any()
}
