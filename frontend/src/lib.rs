//! Starts Oddflow in the browser: hydrates the page, and runs the workers that score.
//!
//! One bundle serves both: the page calls [`hydrate`], `public/worker.js` calls [`start_worker`].

#![recursion_limit = "256"]

#[cfg(target_arch = "wasm32")]
mod worker;

/// Brings the server-rendered page to life.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_body(app::App);
}

/// Makes this worker a `coordinator` or a `scorer`. `glue` is the address of the bundle's JavaScript, for workers it starts itself.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn start_worker(role: &str, glue: String) {
    match role {
        "coordinator" => worker::coordinator::start(glue),
        _ => worker::scorer::start(),
    }
}
