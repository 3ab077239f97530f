//! The workers: everything that reads, scores and draws a file away from the page's thread.
//!
//! `public/worker.js` starts them. They run under a policy that allows no
//! connection (`connect-src 'none'`), which the browser enforces while they hold a file.
//!
//! # Layout
//! - [`coordinator`]: answers the page; [`reading`]: reads a file and deals its chunks; [`scorers`]: the workers that they go to;
//!   [`collect`]: puts the answers together.
//! - [`scorer`]: parses and scores chunks; [`columns`]: scored rows as bytes.
//! - this file: starting, sending and receiving messages.

#![cfg(target_arch = "wasm32")]

mod collect;
mod columns;
mod coordinator;
mod reading;
mod scorer;
mod scorers;

use std::sync::Arc;

use js_sys::{Array, ArrayBuffer, Uint8Array};
use models::trained_model::TrainedModel;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, Worker};

/// Makes this worker a `coordinator` or a `scorer`. `glue` is the address of this bundle's JavaScript, for workers it starts itself.
#[wasm_bindgen]
pub fn start_worker(role: &str, glue: String) {
    match role {
        "coordinator" => coordinator::start(glue),
        _ => scorer::start(),
    }
}

/// A message apart: what it says, and what is attached.
struct Message<T> {
    content: T,
    attachments: Vec<JsValue>,
}

/// Reads a message; `None` where it is none of ours.
fn read_message<T: DeserializeOwned>(event: &MessageEvent) -> Option<Message<T>> {
    let parts: Array = event.data().dyn_into().ok()?;
    let content = serde_json::from_str(&parts.get(0).as_string()?).ok()?;
    Some(Message {
        content,
        attachments: parts.iter().skip(1).collect(),
    })
}

/// The message as it is sent, and the buffers whose memory goes with it.
fn write_message(content: &impl Serialize, attachments: &[JsValue]) -> (Array, Array) {
    let json = serde_json::to_string(content).unwrap_or_default();
    let parts = Array::of1(&JsValue::from_str(&json));
    let moved = Array::new();
    for attachment in attachments {
        parts.push(attachment);
        if attachment.is_instance_of::<ArrayBuffer>() {
            moved.push(attachment);
        }
    }
    (parts, moved)
}

/// The global object of this worker.
fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Sends a message to whoever started this worker.
fn post_up(content: &impl Serialize, attachments: &[JsValue]) {
    let (parts, moved) = write_message(content, attachments);
    report(scope().post_message_with_transfer(&parts, &moved));
}

/// Sends a message to a worker that this one started.
fn post_down(worker: &Worker, content: &impl Serialize, attachments: &[JsValue]) {
    let (parts, moved) = write_message(content, attachments);
    report(worker.post_message_with_transfer(&parts, &moved));
}

/// A message that cannot be sent is a mistake of ours; it is said where a developer looks.
fn report(result: Result<(), JsValue>) {
    if let Err(error) = result {
        web_sys::console::error_1(&error);
    }
}

/// Copies bytes out to a buffer that can be sent.
fn to_buffer(bytes: &[u8]) -> JsValue {
    let array = Uint8Array::new_with_length(bytes.len() as u32);
    array.copy_from(bytes);
    array.buffer().into()
}

/// Copies the bytes of an attached buffer in.
fn from_buffer(attachment: &JsValue) -> Vec<u8> {
    Uint8Array::new(attachment).to_vec()
}

/// Decodes attached model files.
fn load_models(attachments: &[JsValue]) -> Result<Vec<Arc<TrainedModel>>, String> {
    attachments
        .iter()
        .map(|file| {
            TrainedModel::from_bytes(&from_buffer(file))
                .map(Arc::new)
                .map_err(|error| error.to_string())
        })
        .collect()
}

/// Calls `handle` with every message to this worker, for as long as it lives.
fn on_message(handle: impl FnMut(MessageEvent) + 'static) {
    let handler = Closure::<dyn FnMut(MessageEvent)>::new(handle);
    scope().set_onmessage(Some(handler.as_ref().unchecked_ref()));
    handler.forget();
}
