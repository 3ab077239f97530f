//! The fragment of the page's address: what stands behind `#`. It never leaves the browser.

use leptos::prelude::window;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::*;

/// What stands behind `#`, as pairs of name and value.
pub fn fragment() -> Vec<(String, String)> {
    let text = window().location().hash().unwrap_or_default();
    let pairs = text.trim_start_matches('#').split('&');
    let decoded = |text: &str| {
        let decoded = js_sys::decode_uri_component(text).ok()?;
        decoded.as_string()
    };
    pairs
        .filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((decoded(name)?, decoded(value)?))
        })
        .collect()
}

/// Pairs of name and value as they stand behind `#`.
pub fn encode(pairs: &[(&str, String)]) -> String {
    let encoded = |text: &str| String::from(js_sys::encode_uri_component(text));
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// Replaces what stands behind `#` without a new entry in the history.
pub fn replace_fragment(fragment: &str) {
    let address = if fragment.is_empty() {
        let location = window().location();
        format!(
            "{}{}",
            location.pathname().unwrap_or_default(),
            location.search().unwrap_or_default()
        )
    } else {
        format!("#{fragment}")
    };
    if let Ok(history) = window().history() {
        // A browser may refuse when it is asked too often; the next change says it again.
        drop(history.replace_state_with_url(&JsValue::NULL, "", Some(&address)));
    }
}

/// Calls `changed` when somebody changes the fragment by hand or by a link.
pub fn on_fragment(changed: impl FnMut() + 'static) {
    let handler = Closure::<dyn FnMut()>::new(changed);
    let callback = handler.as_ref().unchecked_ref();
    // Both live as long as the page.
    drop(window().add_event_listener_with_callback("hashchange", callback));
    handler.forget();
}

/// The whole address, to be copied.
pub fn whole() -> String {
    window().location().href().unwrap_or_default()
}
