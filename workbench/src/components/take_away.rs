//! The findings as files: rows, a report, figures for programs, a link to the view; and the digest that proves them.

use leptos::prelude::*;

use crate::state::use_workbench;
use app::browser::{address, files};
use app::components::job_panel::JobPanel;
use app::job::question::ReportKind;

/// The card at the end of the page.
#[component]
pub fn TakeAway() -> impl IntoView {
    let workbench = use_workbench();
    let digest = move || workbench.fact(|result| result.digest.clone());
    let is_copied = RwSignal::new(false);
    let copy = move |_| {
        files::copy_text(&address::whole());
        is_copied.set(true);
    };
    let is_filtered = move || !workbench.query.read().is_empty();
    view! {
        <JobPanel job=workbench.job doing="Writing results of" failed="The results cannot be written." on_cancel=Callback::new(move |()| workbench.cancel()) />
        <section class="card take-away">
            <div>
                <h2>"Take it away"</h2>
                <p class="muted">
                    "The digest is over every score of the file. " <code>"oddflow score FILE"</code>
                    " prints the same one: the same bits in browser, server and command line. The link holds filter, model and threshold, and no data."
                </p>
                <code class="digest" data-testid="digest">{digest}</code>
            </div>
            <div class="row">
                <button class="ghost" type="button" data-testid="download-report" on:click=move |_| workbench.report(ReportKind::Html)>"Report (HTML)"</button>
                <button class="ghost" type="button" data-testid="download-results" on:click=move |_| workbench.export(false)>
                    {move || if is_filtered() { "Rows of the filter (CSV)" } else { "Download all results (CSV)" }}
                </button>
                <button class="ghost" type="button" on:click=move |_| workbench.export(true)>"Anomalies only"</button>
                <button class="ghost" type="button" data-testid="download-summary" on:click=move |_| workbench.report(ReportKind::Json)>"Summary (JSON)"</button>
                <button class="ghost" type="button" data-testid="copy-link" on:click=copy>{move || if is_copied.get() { "Link copied" } else { "Copy link to this view" }}</button>
            </div>
        </section>
    }
    .into_any()
}
