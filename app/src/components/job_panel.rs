//! What the workers are doing: progress with rate and time left, Cancel, or what went wrong.

use leptos::prelude::*;

use crate::plots::number;
use crate::workbench::{Job, Running, use_workbench};

/// The panel of the running job; nothing while there is none.
#[component]
pub fn JobPanel() -> impl IntoView {
    let workbench = use_workbench();
    let is_busy =
        Memo::new(move |_| matches!(*workbench.job.read(), Job::Scoring(_) | Job::Exporting(_)));
    let failure = Memo::new(move |_| match &*workbench.job.read() {
        Job::Failed(message) => Some(("This file cannot be scored.", message.clone())),
        Job::ExportFailed(message) => Some(("The results cannot be written.", message.clone())),
        _ => None,
    });
    view! {
        <Show when=move || is_busy.get()>
            <RunningPanel />
        </Show>
        {move || {
            failure
                .get()
                .map(|(title, message)| {
                    view! {
                        <section class="card problem" role="alert" data-testid="job-error">
                            <b>{title}</b>
                            <p>{message}</p>
                        </section>
                    }
                })
        }}
    }
    .into_any()
}

#[component]
fn RunningPanel() -> impl IntoView {
    let workbench = use_workbench();
    let running = move || match workbench.job.get() {
        Job::Scoring(running) => (running, "Scoring"),
        Job::Exporting(running) => (running, "Writing results of"),
        Job::Idle | Job::Failed(_) | Job::ExportFailed(_) => (Running::default(), ""),
    };
    let share = move || {
        let progress = running().0.progress;
        progress.bytes_read / progress.bytes_total.max(1.0)
    };
    view! {
        <section class="card job" aria-label="Progress">
            <div class="row">
                <b>{move || { let (running, what) = running(); format!("{what} {}", running.name) }}</b>
                <span class="muted" data-testid="job-progress" data-value=move || format!("{:.3}", share())>{move || words(&running().0)}</span>
                <button class="ghost end" type="button" data-testid="job-cancel" disabled=move || running().0.is_stopping on:click=move |_| workbench.cancel()>
                    {move || if running().0.is_stopping { "Stopping…" } else { "Cancel" }}
                </button>
            </div>
            <progress max="1" prop:value=share aria-label="Share of the file that was read">{move || number::percent(share())}</progress>
        </section>
    }
    .into_any()
}

/// "312,000 rows · 291,000 rows/s · 47 of 75 MB · 1 s left"
fn words(running: &Running) -> String {
    let progress = running.progress;
    let seconds = (progress.millis / 1000.0).max(0.001);
    let mut words = Vec::new();
    if progress.n_rows > 0 {
        words.push(format!("{} rows", number::count(progress.n_rows)));
        words.push(format!(
            "{} rows/s",
            number::count((progress.n_rows as f64 / seconds) as u64)
        ));
    }
    if progress.bytes_total > 0.0 {
        words.push(format!(
            "{:.1} of {:.1} MB read",
            progress.bytes_read / 1e6,
            progress.bytes_total / 1e6
        ));
    }
    if progress.bytes_read > 0.0 {
        let left = (progress.bytes_total - progress.bytes_read) / (progress.bytes_read / seconds);
        words.push(format!("{left:.0} s left"));
    }
    words.join(" · ")
}
