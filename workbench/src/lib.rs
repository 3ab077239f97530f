//! The workbench: what the page shows of a scored file. A bundle of its own, fetched once the page is alive, so that the first load stays
//! small; it mounts itself into the page and talks with the same coordinator.
//!
//! # Layout
//! - [`state`]: which file, filter, model and threshold; questions to the coordinator; the view in the address; keys.
//! - [`panels`]: the tabs; [`components`]: what they are made of.

#![cfg(target_arch = "wasm32")]
#![recursion_limit = "512"]

pub mod components;
pub mod panels;
pub mod state;

use app::pages::score::WORKBENCH_ID;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use crate::components::explanation::ExplanationPanel;
use crate::components::shortcut_list::ShortcutList;
use crate::panels::Results;
use crate::state::Workbench;

/// Mounts the workbench; it shows itself when a file is scored.
#[wasm_bindgen]
pub fn start() {
    let place = document().get_element_by_id(WORKBENCH_ID);
    let place = place.and_then(|place| place.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(place) = place {
        leptos::mount::mount_to(place, Root).forget();
    }
}

#[component]
fn Root() -> impl IntoView {
    let workbench = Workbench::provide();
    workbench.wake();
    let has_result = Memo::new(move |_| workbench.result.read().is_some());
    view! {
        <Show when=move || has_result.get()>
            <Results />
        </Show>
        <ExplanationPanel />
        <ShortcutList />
    }
    .into_any()
}
