//! What stands where there is no page.

use leptos::prelude::*;

/// The page for addresses that name nothing.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <h1>"There is no page here."</h1>
        <p class="card"><a href="/">"To the start"</a></p>
    }
}
