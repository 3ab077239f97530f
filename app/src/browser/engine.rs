//! The workers as seen from the page: started once, asked by [`Request`]s, heard by [`Event`]s.

use js_sys::{Array, Object, Reflect, Uint8Array, WebAssembly};
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

use super::handover;
use crate::job::message::{PageEvent, Request};

/// The coordinator, once it runs. A copyable handle.
#[derive(Clone, Copy)]
pub struct Engine(StoredValue<Option<Worker>, LocalStorage>);

impl Default for Engine {
    fn default() -> Self {
        Self(StoredValue::new_local(None))
    }
}

/// Workers that score: one per processor, within reason. `?workers=1` in the address says otherwise.
pub fn n_scorers() -> usize {
    let asked = window().location().search().ok().and_then(|search| {
        let value = search
            .trim_start_matches('?')
            .split('&')
            .find_map(|pair| pair.strip_prefix("workers="))?
            .parse::<usize>()
            .ok()?;
        Some(value.clamp(1, 16))
    });
    asked.unwrap_or_else(|| (window().navigator().hardware_concurrency() as usize).clamp(1, 8))
}

impl Engine {
    /// Starts the coordinator and calls `on_event` with whatever it says.
    ///
    /// # Errors
    /// A sentence where the browser refuses.
    pub async fn start(self, on_event: impl Fn(PageEvent) + 'static) -> Result<(), String> {
        let worker = start_worker()
            .await
            .map_err(|error| format!("the scoring worker cannot be started: {error:?}"))?;
        hear(&worker, move |text, _| {
            if let Some(event) = PageEvent::from_wire(text) {
                on_event(event);
            }
        });
        handover::give_coordinator(&worker);
        self.0.set_value(Some(worker));
        Ok(())
    }

    /// Takes over a coordinator that runs already.
    pub fn join(self, worker: Worker, heard: impl Fn(&str, &Array) + 'static) {
        hear(&worker, heard);
        self.0.set_value(Some(worker));
    }

    /// Asks something of the coordinator; nothing happens before it is started.
    pub fn ask(self, request: &Request, attachments: &[JsValue]) {
        let parts = Array::new();
        parts.push(&serde_json::to_string(request).unwrap_or_default().into());
        attachments.iter().for_each(|attachment| {
            parts.push(attachment);
        });
        self.0.with_value(|worker| {
            if let Some(worker) = worker
                && let Err(error) = worker.post_message(&parts)
            {
                leptos::logging::error!("a request cannot be sent: {error:?}");
            }
        });
    }
}

/// Calls `heard` with the text of every message of a worker, and the whole of it.
fn hear(worker: &Worker, heard: impl Fn(&str, &Array) + 'static) {
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |message: MessageEvent| {
        if let Ok(parts) = message.data().dyn_into::<Array>()
            && let Some(text) = parts.get(0).as_string()
        {
            heard(&text, &parts);
        }
    });
    let callback = handler.as_ref().unchecked_ref();
    // Both live as long as the page.
    drop(worker.add_event_listener_with_callback("message", callback));
    handler.forget();
}

/// Folder of the bundles, from the address that the server wrote into the page.
fn package() -> Option<String> {
    let bundle = document()
        .query_selector("script[data-bundle]")
        .ok()??
        .get_attribute("data-bundle")?;
    bundle.rsplit_once('/').map(|(folder, _)| folder.to_owned())
}

async fn start_worker() -> Result<Worker, JsValue> {
    let folder = package().ok_or("the page does not name its bundle")?;
    let glue = format!("{folder}/scoring.js");
    let module = JsFuture::from(WebAssembly::compile_streaming(
        &window().fetch_with_str(&format!("{folder}/scoring_bg.wasm")),
    ))
    .await?;
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let worker = Worker::new_with_options("/worker.js", &options)?;
    let started = js_sys::Promise::new(&mut |resolve, reject| {
        let failed = reject.clone();
        let handler = Closure::once_into_js(move |event: MessageEvent| {
            let is_started = event.data().as_string().as_deref() == Some("started");
            let settle = if is_started { resolve } else { reject };
            drop(settle.call1(&JsValue::NULL, &event.data()));
        });
        worker.set_onmessage(Some(handler.unchecked_ref()));
        worker.set_onerror(Some(&failed));
    });
    let hello = Object::new();
    Reflect::set(&hello, &"module".into(), &module)?;
    Reflect::set(&hello, &"glue".into(), &glue.into())?;
    Reflect::set(&hello, &"role".into(), &"coordinator".into())?;
    worker.post_message(&hello)?;
    JsFuture::from(started).await?;
    worker.set_onerror(None);
    worker.set_onmessage(None);
    Ok(worker)
}

/// Copies the bytes of an attached buffer in.
pub fn bytes_of(attachment: &JsValue) -> Vec<u8> {
    Uint8Array::new(attachment).to_vec()
}
