//! The map: every row as a point, placed by two principal components, coloured by risk. The points are drawn by the workers and lie as a
//! canvas over a frame of SVG.

use leptos::html::{Canvas, Div, Section};
use leptos::prelude::*;

use super::chart::use_frame;
use super::chart_tools::{ChartTools, heading};
use crate::browser::{canvas, theme};
use crate::job::message::MapRequest;
use crate::plots::inline_svg::to_inline_svg;
use crate::plots::map::MapView;
use crate::plots::svg_file::Picture;
use crate::plots::{Chart, ChartFrame, number, to_svg_with_heading};
use crate::workbench::use_workbench;

const TITLE: &str = "Map of all connections";
const TEST_ID: &str = "chart-pca";

/// The card with the map.
#[component]
pub fn MapChart() -> impl IntoView {
    let workbench = use_workbench();
    let card = NodeRef::<Section>::new();
    let drawing = NodeRef::<Div>::new();
    let points = NodeRef::<Canvas>::new();
    let frame = use_frame(drawing);
    // Ask for pixels when there is something new to show...
    Effect::new(move || {
        workbench.theme.track();
        let has_result = workbench.result.read().is_some();
        let model = workbench.model.get();
        if let Some(ChartFrame {
            width,
            height,
            scale,
            ..
        }) = frame.get()
            && has_result
        {
            workbench.draw_map(MapRequest {
                width,
                height,
                ratio: scale,
                model,
                is_dark: theme::is_dark(),
            });
        }
    });
    // ...and show them when they come.
    Effect::new(move || {
        if let (Some(canvas), Some(frame)) = (points.get(), frame.get())
            && let Some(picture) = &*workbench.map.read()
        {
            let area = picture.drawn.view.pixel_area(&frame);
            canvas::put_pixels(&canvas, &picture.pixels, area);
        }
    });
    let view_of = Memo::new(move |_| {
        let map = workbench.map.read();
        map.as_ref().map(|picture| picture.drawn.view)
    });
    let drawn = move || match (view_of.get(), frame.get()) {
        (Some(view), Some(frame)) => to_inline_svg(&view, &frame),
        _ => String::new(),
    };
    // In per cent of the frame, so that the points stay on their axes where both are scaled: in print.
    let side = move |of: fn(Share) -> f32| {
        move || {
            let share = Share::of(&view_of.get()?, &frame.get()?);
            Some(format!("{}%", of(share) * 100.0))
        }
    };
    let summary = move || view_of.get().map(|view| view.summary()).unwrap_or_default();
    let svg = move |()| {
        let (view, frame) = (view_of.get_untracked()?, frame.get_untracked()?);
        let picture = Picture {
            address: points.get_untracked()?.to_data_url().ok()?,
            area: view.area(&frame),
        };
        let heading = heading(workbench, TITLE, Vec::new());
        let palette = theme::palette();
        Some(to_svg_with_heading(
            &view,
            &frame,
            &palette,
            &heading,
            Some(&picture),
        ))
    };
    let table = move |()| view_of.get_untracked().map(|view| view.table());
    let shown = move || {
        let n_rows = workbench
            .result
            .read()
            .as_ref()
            .map_or(0, |result| result.n_rows);
        let n_rows = number::count(n_rows);
        format!("{n_rows} of {n_rows} rows drawn")
    };
    view! {
        <section class="card chart-card wide" node_ref=card>
            <div class="head">
                <h2>{TITLE}</h2>
                <ChartTools title=TITLE test_id=TEST_ID card svg table />
                <p class="tools hover-text">{shown}</p>
            </div>
            <div class="plot tall">
                <div class="drawn" node_ref=drawing inner_html=drawn></div>
                <canvas
                    node_ref=points
                    data-testid=TEST_ID
                    role="img"
                    aria-label=summary
                    style:left=side(|share| share.left)
                    style:top=side(|share| share.top)
                    style:width=side(|share| share.width)
                    style:height=side(|share| share.height)
                ></canvas>
            </div>
            <p class="muted note">"Two principal components of the training data: the same place means the same kind of traffic in every file."</p>
        </section>
    }
}

/// Where the points are, as shares of the frame.
struct Share {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
}

impl Share {
    /// The device pixels of a view, whole ones, so that none of the map's pixels is smeared over two.
    fn of(view: &MapView, frame: &ChartFrame) -> Self {
        let area = view.pixel_area(frame);
        let (wide, high) = (frame.width * frame.scale, frame.height * frame.scale);
        Self {
            left: area.left as f32 / wide,
            top: area.top as f32 / high,
            width: area.width as f32 / wide,
            height: area.height as f32 / high,
        }
    }
}
