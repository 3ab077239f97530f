//! Light or dark, as `public/theme.js` and the system have it.

use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;

use crate::plots::Palette;

/// Tells whether the page is dark now.
pub fn is_dark() -> bool {
    let chosen = document()
        .document_element()
        .and_then(|root| root.get_attribute("data-theme"));
    match chosen.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => window()
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches()),
    }
}

/// The colours of the theme, for what cannot read the style sheet.
pub fn palette() -> Palette {
    if is_dark() {
        Palette::dark()
    } else {
        Palette::light()
    }
}

/// Calls `changed` when the theme changes, by choice or by the system.
pub fn on_change(changed: impl Fn() + 'static) {
    let handler = Closure::<dyn FnMut()>::new(changed);
    let callback: &js_sys::Function = handler.as_ref().unchecked_ref();
    // Both live as long as the page.
    drop(window().add_event_listener_with_callback("themechange", callback));
    if let Ok(Some(query)) = window().match_media("(prefers-color-scheme: dark)") {
        drop(query.add_event_listener_with_callback("change", callback));
    }
    handler.forget();
}
