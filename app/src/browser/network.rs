//! Fetching model files, and counting what leaves the browser once the page is ready.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, ArrayBuffer};
use leptos::prelude::window;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    PerformanceObserver, PerformanceObserverEntryList, PerformanceObserverInit, Response,
};

/// Fetches a file of the site.
///
/// # Errors
/// A sentence with the address and what went wrong.
pub async fn fetch(address: &str) -> Result<ArrayBuffer, String> {
    let failed = |what: &str| format!("{address} cannot be fetched: {what}");
    let response = JsFuture::from(window().fetch_with_str(address))
        .await
        .map_err(|_| failed("no connection"))?;
    let response: Response = response.dyn_into().map_err(|_| failed("no response"))?;
    if !response.ok() {
        return Err(failed(&format!("status {}", response.status())));
    }
    let body = response.array_buffer().map_err(|_| failed("no body"))?;
    JsFuture::from(body)
        .await
        .map_err(|_| failed("it broke off"))?
        .dyn_into()
        .map_err(|_| failed("no body"))
}

/// Calls `each` with the number of requests so far whenever the browser reports one, from now on.
pub fn count_requests(each: impl Fn(u32) + 'static) {
    let n_requests = Rc::new(Cell::new(0));
    let handler = Closure::<dyn FnMut(PerformanceObserverEntryList)>::new(
        move |entries: PerformanceObserverEntryList| {
            let entries: Array = entries.get_entries();
            n_requests.set(n_requests.get() + entries.length());
            each(n_requests.get());
        },
    );
    if let Ok(observer) = PerformanceObserver::new(handler.as_ref().unchecked_ref()) {
        let types = Array::of1(&"resource".into());
        observer.observe(&PerformanceObserverInit::new(&types));
    }
    handler.forget();
}
