//! Files come in here: dropped anywhere on the page, picked, or pasted; and the sample, one click away.

use leptos::html::Input;
use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::browser::{files, network};
use crate::page_state::{Job, use_page};

/// The sample that is shipped: connections of an office day, simulated by `xtask sample`.
const SAMPLE: &str = "/samples/office-day.csv";

/// The drop zone; the whole page takes drops and pastes.
#[component]
pub fn DropZone() -> impl IntoView {
    let page = use_page();
    let input_ref = NodeRef::<Input>::new();
    let is_over = RwSignal::new(false);
    let take = move |files: Vec<web_sys::File>| {
        page.score_first(&files);
    };
    let drop_handle = window_event_listener(leptos::ev::drop, move |event| {
        event.prevent_default();
        is_over.set(false);
        take(files::from_transfer(event.data_transfer()));
    });
    let over_handle = window_event_listener(leptos::ev::dragover, move |event| {
        event.prevent_default();
        is_over.set(true);
    });
    let leave_handle = window_event_listener(leptos::ev::dragleave, move |event| {
        if event.related_target().is_none() {
            is_over.set(false);
        }
    });
    let paste_handle = window_event_listener(leptos::ev::paste, move |event| {
        take(files::from_transfer(event.clipboard_data()))
    });
    on_cleanup(move || {
        drop_handle.remove();
        over_handle.remove();
        leave_handle.remove();
        paste_handle.remove();
    });
    let open_sample = move |_| {
        spawn_local(async move {
            match network::fetch(SAMPLE).await {
                Ok(buffer) => take(
                    files::from_buffer("office-day.csv", &buffer)
                        .into_iter()
                        .collect(),
                ),
                Err(message) => page.job.set(Job::Failed(message)),
            }
        });
    };
    let picked = move |_| {
        if let Some(input) = input_ref.get() {
            take(files::from_input(&input));
            // The same file may be picked again.
            input.set_value("");
        }
    };
    let browse = move |_| {
        if let Some(input) = input_ref.get() {
            input.click();
        }
    };
    let is_waiting = move || !page.is_ready.get();
    view! {
        <section class="drop" class:over=move || is_over.get() data-testid="drop-zone" data-ready=move || page.is_ready.get().to_string() aria-label="Files">
            <div>
                <b>"Drop a table of connections anywhere"</b>
                <div class="muted">"CSV with comma, semicolon or tab; KDD and NSL-KDD columns, or the five of the form; gzip is fine. Nothing is uploaded."</div>
                <p class="muted no-script">"Files are scored by JavaScript in your browser, which is off. The form works without."</p>
                {move || page.notice.get().map(|notice| view! { <p role="status">{notice}</p> })}
            </div>
            <div class="row">
                <input node_ref=input_ref hidden
                    id="file" type="file" data-testid="file-input" aria-label="Choose a file" on:change=picked />
                <button class="ghost" type="button" disabled=is_waiting on:click=browse>"Choose a file"</button>
                <button class="ghost" type="button" data-testid="sample" disabled=is_waiting on:click=open_sample>"Open a sample"</button>
            </div>
        </section>
    }
    .into_any()
}
