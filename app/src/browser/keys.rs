//! Keys pressed anywhere on the page, except while somebody types.

use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use web_sys::{Element, KeyboardEvent};

/// Calls `pressed` with every key, unless it is typed into a field or held with Ctrl, Alt or Meta. What returns true is done with.
pub fn on_key(mut pressed: impl FnMut(&str) -> bool + 'static) {
    let handler = Closure::<dyn FnMut(KeyboardEvent)>::new(move |event: KeyboardEvent| {
        let is_held = event.ctrl_key() || event.alt_key() || event.meta_key();
        if is_held || event.default_prevented() {
            return;
        }
        let target = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok());
        let is_typed = target
            .as_ref()
            .is_some_and(|target| is_field(target) && event.key() != "Escape");
        // Enter and the space bar belong to the button or link that has the keyboard.
        let is_pressed = matches!(event.key().as_str(), "Enter" | " ")
            && target.is_some_and(|target| {
                matches!(target.tag_name().as_str(), "BUTTON" | "A" | "SUMMARY")
            });
        if !is_typed && !is_pressed && pressed(&event.key()) {
            event.prevent_default();
        }
    });
    let callback = handler.as_ref().unchecked_ref();
    // Both live as long as the page.
    drop(window().add_event_listener_with_callback("keydown", callback));
    handler.forget();
}

fn is_field(target: &Element) -> bool {
    match target.tag_name().as_str() {
        "TEXTAREA" | "SELECT" => true,
        "INPUT" => !matches!(
            target.get_attribute("type").as_deref(),
            Some("range" | "checkbox" | "radio" | "button" | "submit")
        ),
        _ => false,
    }
}
