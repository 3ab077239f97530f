//! The list of keys.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::HtmlElement;

use crate::state::shortcuts::SHORTCUTS;
use crate::state::use_workbench;
use app::components::icon::{Icon, IconKind};

/// The list, while it is open.
#[component]
pub fn ShortcutList() -> impl IntoView {
    let workbench = use_workbench();
    view! {
        <Show when=move || workbench.has_shortcuts.get()>
            <OpenList />
        </Show>
    }
    .into_any()
}

#[component]
fn OpenList() -> impl IntoView {
    let workbench = use_workbench();
    // Whatever had the keyboard gets it back.
    let before = StoredValue::new_local(document().active_element());
    on_cleanup(move || {
        let before = before.try_get_value().flatten();
        if let Some(before) = before.and_then(|before| before.dyn_into::<HtmlElement>().ok()) {
            // Only an element that is gone cannot be focused.
            drop(before.focus());
        }
    });
    let list = NodeRef::<Div>::new();
    Effect::new(move || {
        if let Some(list) = list.get() {
            // Only an element that is gone cannot be focused.
            drop(list.focus());
        }
    });
    view! {
        <div class="card shortcuts" role="dialog" aria-label="Keys" tabindex="-1" node_ref=list data-testid="shortcuts">
            <div class="head">
                <h2>"Keys"</h2>
                <button class="tool" type="button" aria-label="Close" on:click=move |_| workbench.has_shortcuts.set(false)><Icon kind=IconKind::Close /></button>
            </div>
            <dl>
                {SHORTCUTS
                    .into_iter()
                    .map(|shortcut| view! { <div><dt>{shortcut.keys.split(' ').map(|key| view! { <kbd>{key}</kbd>" " }).collect_view()}</dt><dd>{shortcut.does}</dd></div> })
                    .collect_view()}
            </dl>
        </div>
    }
    .into_any()
}
