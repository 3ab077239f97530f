//! The proof that nothing was uploaded: what was counted, what the browser enforces, and a test of it.

use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use crate::page_state::use_page;

/// The badge; it opens to the details.
#[component]
pub fn Proof() -> impl IntoView {
    let page = use_page();
    let n_requests = move || page.proof.read().n_requests;
    let tried = move || match page.proof.read().is_refused {
        Some(true) => "The browser refused: a worker that holds your file cannot send a byte.",
        Some(false) => {
            "The request went through: this site was not served with its response policy."
        }
        None => "",
    };
    view! {
        <details class="proof" data-testid="no-upload-proof" data-requests=move || n_requests().to_string()>
            <summary>
                <Icon kind=IconKind::Lock />
                {move || if n_requests() == 0 { "0 bytes of your data left this browser" } else { "Your data stays in this browser" }}
            </summary>
            <div class="card">
                <p>
                    "Files are read and scored by workers whose policy, " <code>"connect-src 'none'"</code>
                    ", is enforced by your browser: they cannot fetch, post or open a socket, to us or to anyone. Since the page was ready, it made "
                    <b>{move || n_requests().to_string()}</b> " requests (a sample that you open is one)."
                </p>
                <button class="ghost" type="button" disabled=move || !page.is_ready.get() on:click=move |_| page.try_network()>
                    "Have a worker try to send a byte"
                </button>
                <p role="status" data-testid="proof-result">{tried}</p>
            </div>
        </details>
    }
    .into_any()
}
