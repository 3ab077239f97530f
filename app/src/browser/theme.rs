//! Light or dark: what the system asks for, unless the visitor chose.

use leptos::prelude::window;

fn root() -> Option<web_sys::HtmlElement> {
    use wasm_bindgen::JsCast as _;
    window().document()?.document_element()?.dyn_into().ok()
}

/// Tells whether the page is dark now.
pub fn is_dark() -> bool {
    let chosen = root().and_then(|root| root.get_attribute("data-theme"));
    match chosen.as_deref() {
        Some("dark") => true,
        Some("light") => false,
        _ => window().match_media("(prefers-color-scheme: dark)").ok().flatten().is_some_and(|query| query.matches()),
    }
}

/// Chooses a theme and remembers it.
pub fn choose(is_dark: bool) {
    let name = if is_dark { "dark" } else { "light" };
    if let Some(root) = root() {
        // Setting an attribute with a valid name does not fail; without storage the choice lasts until the page is left.
        drop(root.set_attribute("data-theme", name));
    }
    if let Ok(Some(storage)) = window().local_storage() {
        drop(storage.set_item("theme", name));
    }
}
