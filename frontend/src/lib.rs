//! Starts the page in the browser: hydrates what the server rendered.

#![recursion_limit = "512"]

/// Brings the server-rendered page to life.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}
