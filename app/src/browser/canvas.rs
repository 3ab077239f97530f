//! Pixels on a canvas: the points of the map, and an SVG file as a PNG.

use leptos::prelude::{document, window};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, Element, HtmlCanvasElement, HtmlImageElement, ImageData,
    PointerEvent,
};

use crate::plots::map::PixelArea;

/// Device pixels per CSS pixel; more than two are not worth their time.
pub fn pixel_ratio() -> f32 {
    (window().device_pixel_ratio() as f32).clamp(1.0, 2.0)
}

/// Has the element that hears a pointer's press hear all of it until it is released, wherever it goes.
pub fn hold_pointer(event: &PointerEvent) {
    let target = event
        .current_target()
        .and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(target) = target {
        // Fails where the pointer is gone already, and then there is nothing to hold.
        drop(target.set_pointer_capture(event.pointer_id()));
    }
}

/// Puts RGBA pixels on a canvas, which takes their size, in place of what was there. Pixels of another size than the area are left out:
/// those that fit are under way.
pub fn put_pixels(canvas: &HtmlCanvasElement, pixels: &[u8], area: PixelArea) {
    if pixels.len() != 4 * area.width * area.height {
        return;
    }
    canvas.set_width(area.width as u32);
    canvas.set_height(area.height as u32);
    let image =
        ImageData::new_with_u8_clamped_array(wasm_bindgen::Clamped(pixels), area.width as u32);
    if let (Some(context), Ok(image)) = (context_of(canvas), image) {
        // Fails on detached images only, and this one is ours.
        drop(context.put_image_data(&image, 0.0, 0.0));
    }
}

/// An SVG file as a PNG with `scale` pixels per CSS pixel; `None` if the browser cannot draw it.
pub async fn png_of(svg: &str, scale: f64) -> Option<Blob> {
    let image = HtmlImageElement::new().ok()?;
    // Not a blob's address: browsers may list that among the requests, and the page counts them to show that there are none.
    let text = js_sys::encode_uri_component(svg);
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{text}"));
    JsFuture::from(image.decode()).await.ok()?;
    let (width, height) = (
        f64::from(image.natural_width()) * scale,
        f64::from(image.natural_height()) * scale,
    );
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width as u32);
    canvas.set_height(height as u32);
    context_of(&canvas)?
        .draw_image_with_html_image_element_and_dw_and_dh(&image, 0.0, 0.0, width, height)
        .ok()?;
    let blob = js_sys::Promise::new(&mut |resolve, _| {
        let done = Closure::once_into_js(move |blob: JsValue| {
            // Resolving a promise does not fail.
            drop(resolve.call1(&JsValue::NULL, &blob));
        });
        // It fails on canvases with pixels from elsewhere, and then never calls back.
        if canvas.to_blob(done.unchecked_ref()).is_err() {
            drop(
                done.unchecked_ref::<js_sys::Function>()
                    .call1(&JsValue::NULL, &JsValue::NULL),
            );
        }
    });
    JsFuture::from(blob).await.ok()?.dyn_into().ok()
}

fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}
