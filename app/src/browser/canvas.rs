//! Charts and pixels on a canvas, at the screen's own resolution.

use leptos::prelude::{document, window};
use plotters_canvas::CanvasBackend;
use wasm_bindgen::{Clamped, JsCast as _};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

use crate::plots::map::PixelArea;
use crate::plots::{Chart, ChartFrame, Palette};

/// Device pixels per CSS pixel; more than two are not worth their time.
pub fn pixel_ratio() -> f32 {
    (window().device_pixel_ratio() as f32).clamp(1.0, 2.0)
}

/// Width and height of a canvas on the page, in CSS pixels.
pub fn size_of(canvas: &HtmlCanvasElement) -> (f32, f32) {
    (
        canvas.client_width().max(1) as f32,
        canvas.client_height().max(1) as f32,
    )
}

/// The colours of the theme.
pub fn palette() -> Palette {
    if super::theme::is_dark() {
        Palette::dark()
    } else {
        Palette::light()
    }
}

/// The frame of a chart that fills a canvas.
pub fn frame_of(canvas: &HtmlCanvasElement) -> ChartFrame {
    let (width, height) = size_of(canvas);
    ChartFrame::new(width, height, pixel_ratio())
}

/// Draws a chart on a canvas, in place of what was there.
pub fn draw(canvas: &HtmlCanvasElement, chart: &dyn Chart) {
    let frame = frame_of(canvas);
    resize(canvas);
    if let Some(mut backend) = CanvasBackend::with_canvas_object(canvas.clone())
        && let Err(error) = chart
            .scene(&frame, &palette())
            .paint(&mut backend, frame.scale)
    {
        leptos::logging::error!("a chart cannot be drawn: {error}");
    }
}

/// Gives a canvas as many pixels as the screen has for it, which also clears it.
fn resize(canvas: &HtmlCanvasElement) {
    let (width, height) = size_of(canvas);
    canvas.set_width((width * pixel_ratio()).round() as u32);
    canvas.set_height((height * pixel_ratio()).round() as u32);
}

/// Lays RGBA pixels over an area of a canvas; transparent ones let through what is there.
pub fn add_pixels(canvas: &HtmlCanvasElement, pixels: &[u8], area: PixelArea) {
    // Only `drawImage` respects transparency, so the pixels go through a canvas of their own.
    let Some(layer) = document()
        .create_element("canvas")
        .ok()
        .and_then(|layer| layer.dyn_into::<HtmlCanvasElement>().ok())
    else {
        return;
    };
    layer.set_width(area.width as u32);
    layer.set_height(area.height as u32);
    let image = ImageData::new_with_u8_clamped_array(Clamped(pixels), area.width as u32);
    if let (Some(on_layer), Some(on_canvas), Ok(image)) =
        (context_of(&layer), context_of(canvas), image)
    {
        // Both fail on detached images only, and these are ours.
        drop(on_layer.put_image_data(&image, 0.0, 0.0));
        drop(on_canvas.draw_image_with_html_canvas_element(
            &layer,
            area.left as f64,
            area.top as f64,
        ));
    }
}

fn context_of(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}
