//! The map: every row as a point, placed by two principal components, coloured by risk. Drawn by the workers, framed here.

use leptos::html::Canvas;
use leptos::prelude::*;

use super::chart::follow_size;
use crate::browser::{canvas, theme};
use crate::job::message::MapRequest;
use crate::plots::Chart;
use crate::workbench::use_workbench;

/// The card with the map.
#[component]
pub fn MapChart() -> impl IntoView {
    let workbench = use_workbench();
    let canvas_ref = NodeRef::<Canvas>::new();
    let size = RwSignal::new(0u32);
    follow_size(canvas_ref, move || size.update(|size| *size += 1));
    // Ask for pixels when there is something new to show...
    Effect::new(move || {
        size.track();
        workbench.theme.track();
        let has_result = workbench.result.read().is_some();
        let model = workbench.model.get();
        if let Some(canvas) = canvas_ref.get()
            && has_result
        {
            let (width, height) = canvas::size_of(&canvas);
            workbench.draw_map(MapRequest {
                width,
                height,
                ratio: canvas::pixel_ratio(),
                model,
                is_dark: theme::is_dark(),
            });
        }
    });
    // ...and show them when they come.
    Effect::new(move || {
        if let Some(canvas) = canvas_ref.get()
            && let Some(picture) = &*workbench.map.read()
        {
            let view = &picture.drawn.view;
            canvas::draw(&canvas, view);
            let area = view.pixel_area(&canvas::frame_of(&canvas));
            canvas::add_pixels(&canvas, &picture.pixels, area);
        }
    });
    let view_of = move || {
        workbench
            .map
            .read()
            .as_ref()
            .map(|picture| picture.drawn.view)
    };
    let summary = move || view_of().map(|view| view.summary()).unwrap_or_default();
    let shown = move || {
        let n_rows = workbench
            .result
            .read()
            .as_ref()
            .map_or(0, |result| result.n_rows);
        let n_rows = crate::plots::number::count(n_rows);
        format!("{n_rows} of {n_rows} rows drawn")
    };
    view! {
        <section class="card chart-card wide">
            <div class="head">
                <h2>"Map of all connections"</h2>
                <span class="tools">{shown}</span>
            </div>
            <div class="plot tall">
                <canvas node_ref=canvas_ref data-testid="chart-pca" role="img" aria-label=summary></canvas>
            </div>
            <p class="muted note">"Two principal components of the training data: the same place means the same kind of traffic in every file."</p>
        </section>
    }
}
