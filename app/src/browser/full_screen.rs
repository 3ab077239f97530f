//! One element over the whole screen; Esc leaves it, which is the browser's own doing.

use leptos::prelude::document;
use web_sys::Element;

/// Tells whether this browser and this page can; telephones mostly cannot.
pub fn is_possible() -> bool {
    document().fullscreen_enabled()
}

/// Shows an element on the whole screen, or leaves the whole screen if something is on it.
pub fn toggle(element: &Element) {
    if document().fullscreen_element().is_some() {
        document().exit_fullscreen();
    } else {
        // Refused only where `is_possible` says no, or without a click.
        drop(element.request_fullscreen());
    }
}
