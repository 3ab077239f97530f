//! The few files that touch the browser's own interfaces. They compile everywhere and are called in the browser only: from events and effects.
//!
//! # Layout
//! - [`engine`]: the workers as seen from the page.
//! - [`canvas`]: pixels on a canvas; [`size`]: how large an element is; [`full_screen`]: one element on the whole screen.
//! - [`files`]: files in and out; [`network`]: fetching models, and counting requests.
//! - [`handover`]: between page and workbench.
//! - [`address`]: the view in the address; [`keys`]: keys pressed anywhere.
//! - [`theme`]: light or dark.

pub mod address;
pub mod canvas;
pub mod engine;
pub mod files;
pub mod full_screen;
pub mod handover;
pub mod keys;
pub mod network;
pub mod size;
pub mod theme;

use wasm_bindgen::JsCast as _;

/// Moves the keyboard to the element of this id.
pub fn focus(id: &str) {
    let element = leptos::prelude::document().get_element_by_id(id);
    if let Some(element) =
        element.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok())
    {
        // Only an element that is gone cannot be focused.
        drop(element.focus());
    }
}

/// Has the other pages, which are documents of their own, open beside this one from now on: leaving it would lose the results.
pub fn open_pages_beside() {
    let links = leptos::prelude::document().query_selector_all("nav a:not([aria-current])");
    let Ok(links) = links else { return };
    for link in (0..links.length()).filter_map(|index| links.get(index)) {
        if let Ok(link) = link.dyn_into::<web_sys::Element>() {
            // Setting an attribute with a valid name does not fail.
            drop(link.set_attribute("target", "_blank"));
        }
    }
}
