//! The size of an element, and when it changes: with the window, with its card, with full screen.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Element, ResizeObserver};

/// Watches an element until it is dropped.
pub struct SizeObserver {
    observer: ResizeObserver,
    /// What the browser calls.
    _handler: Closure<dyn FnMut(Array)>,
}

impl SizeObserver {
    /// Calls `changed` with width and height in CSS pixels, at least 1 each: once soon, and whenever they change. `None` where the browser
    /// has no such observer.
    pub fn new(element: &Element, changed: impl Fn(f32, f32) + 'static) -> Option<Self> {
        let watched = element.clone();
        let handler = Closure::<dyn FnMut(Array)>::new(move |_entries| {
            changed(
                watched.client_width().max(1) as f32,
                watched.client_height().max(1) as f32,
            );
        });
        let observer = ResizeObserver::new(handler.as_ref().unchecked_ref()).ok()?;
        observer.observe(element);
        Some(Self {
            observer,
            _handler: handler,
        })
    }
}

impl Drop for SizeObserver {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
