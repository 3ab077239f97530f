//! What page and workbench, two bundles of one document, hand over to each other: the worker, that the workbench listens, and a form to be
//! explained. By events of the window, which either may send before the other is there.

use js_sys::Reflect;
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use web_sys::{CustomEvent, CustomEventInit, Event, Worker};

/// Where the page keeps the coordinator for the workbench.
const COORDINATOR: &str = "oddflowCoordinator";
/// Where the workbench notes that it listens.
const WORKBENCH: &str = "oddflowWorkbench";
/// Sent when a form is to be explained.
const EXPLAIN: &str = "oddflow-explain";

/// Gives the coordinator to the workbench.
pub(super) fn give_coordinator(worker: &Worker) {
    set(COORDINATOR, worker);
}

/// Calls `take` with the coordinator, now or as soon as it is there.
pub fn on_coordinator(take: impl Fn(Worker) + 'static) {
    on_set(COORDINATOR, move |worker| {
        if let Ok(worker) = worker.dyn_into() {
            take(worker);
        }
    });
}

/// Notes that the workbench listens.
pub fn workbench_listens() {
    set(WORKBENCH, &JsValue::TRUE);
}

/// Calls `heard` when the workbench listens.
pub(crate) fn on_workbench(heard: impl Fn() + 'static) {
    on_set(WORKBENCH, move |_| heard());
}

/// Has a form explained.
pub(crate) fn explain_form(values: &[String]) {
    let options = CustomEventInit::new();
    let values: js_sys::Array = values
        .iter()
        .map(|value| JsValue::from_str(value))
        .collect();
    options.set_detail(&values);
    if let Ok(event) = CustomEvent::new_with_event_init_dict(EXPLAIN, &options) {
        // Fails for events under way only, and this one is new.
        drop(window().dispatch_event(&event));
    }
}

/// Calls `explain` with the fields of each form that is to be explained.
pub fn on_explain_form(explain: impl Fn(Vec<String>) + 'static) {
    listen(EXPLAIN, move |event| {
        let event = event.dyn_into::<CustomEvent>().ok();
        let values = event.and_then(|event| event.detail().dyn_into::<js_sys::Array>().ok());
        if let Some(values) = values {
            explain(texts(values));
        }
    });
}

fn texts(values: js_sys::Array) -> Vec<String> {
    values
        .iter()
        .filter_map(|value| value.as_string())
        .collect()
}

/// Keeps a value at the window and says so.
fn set(name: &str, value: &JsValue) {
    // A property of the window can always be set, and a new event always be sent.
    drop(Reflect::set(&window(), &name.into(), value));
    if let Ok(event) = Event::new(name) {
        drop(window().dispatch_event(&event));
    }
}

/// Calls `take` with a value that is kept at the window, now or as soon as it is.
fn on_set(name: &'static str, take: impl Fn(JsValue) + 'static) {
    let kept = move || Reflect::get(&window(), &name.into()).unwrap_or_default();
    if !kept().is_undefined() {
        take(kept());
        return;
    }
    listen(name, move |_| take(kept()));
}

fn listen(name: &str, heard: impl Fn(Event) + 'static) {
    let handler = Closure::<dyn FnMut(Event)>::new(heard);
    let callback = handler.as_ref().unchecked_ref();
    // Both live as long as the page.
    drop(window().add_event_listener_with_callback(name, callback));
    handler.forget();
}
