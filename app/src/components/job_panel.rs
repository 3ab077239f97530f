//! What the workers are doing: progress with rate and time left, Cancel, or what went wrong.

use leptos::prelude::*;

use crate::page_state::{Job, Running};
use crate::plots::number;

/// The panel of the running job; nothing while there is none.
#[component]
pub fn JobPanel(
    /// The job.
    job: RwSignal<Job>,
    /// What is done with the file, such as "Scoring".
    doing: &'static str,
    /// What to say when it cannot be done.
    failed: &'static str,
    /// Asks the workers to stop.
    on_cancel: Callback<()>,
) -> impl IntoView {
    let is_busy = Memo::new(move |_| matches!(*job.read(), Job::Working(_)));
    let failure = Memo::new(move |_| match &*job.read() {
        Job::Failed(message) => Some((failed, message.clone())),
        _ => None,
    });
    view! {
        <Show when=move || is_busy.get()>
            <RunningPanel job doing on_cancel />
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
fn RunningPanel(job: RwSignal<Job>, doing: &'static str, on_cancel: Callback<()>) -> impl IntoView {
    let running = move || match job.get() {
        Job::Working(running) => running,
        Job::Idle | Job::Failed(_) => Running::default(),
    };
    let share = move || {
        let progress = running().progress;
        progress.bytes_read / progress.bytes_total.max(1.0)
    };
    view! {
        <section class="card job" aria-label="Progress">
            <div class="row">
                <b>{move || format!("{doing} {}", running().name)}</b>
                <span class="muted" data-testid="job-progress" data-value=move || format!("{:.3}", share())>{move || words(&running())}</span>
                <button class="ghost end" type="button" data-testid="job-cancel" disabled=move || running().is_stopping on:click=move |_| on_cancel.run(())>
                    {move || if running().is_stopping { "Stopping…" } else { "Cancel" }}
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
