//! A chart on a canvas: painted when its numbers, its size or the theme change; values under the pointer; its numbers as a table.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use crate::browser::canvas;
use crate::plots::{Chart, ChartFrame, Hit};
use crate::workbench::use_workbench;

/// What a chart shows: the chart itself, and what is under a place in it.
pub trait LiveChart: Chart {
    /// What is under a place in CSS pixels.
    fn hit_at(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Hit>;
}

macro_rules! live_chart {
    ($($chart:ty),+) => { $(impl LiveChart for $chart {
        fn hit_at(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Hit> {
            self.hit(frame, x_px, y_px)
        }
    })+ };
}
live_chart!(
    crate::plots::roc::Roc,
    crate::plots::precision_recall::PrecisionRecall,
    crate::plots::score_histogram::ScoreHistogram
);

/// A card with a chart. A click sets the threshold to that under the pointer.
#[component]
pub fn ChartCard<C: LiveChart + PartialEq + Send + Sync + 'static>(
    /// Title above it.
    title: &'static str,
    /// Test id of the canvas.
    test_id: &'static str,
    /// Whether it takes the whole row.
    #[prop(optional, into)]
    is_wide: Signal<bool>,
    /// The chart; `None` draws nothing.
    #[prop(into)]
    chart: Signal<Option<C>>,
) -> impl IntoView {
    let workbench = use_workbench();
    let canvas_ref = NodeRef::<Canvas>::new();
    let hit = RwSignal::new(None::<Hit>);
    let size = RwSignal::new(0u32);
    follow_size(canvas_ref, move || size.update(|size| *size += 1));
    Effect::new(move || {
        size.track();
        workbench.theme.track();
        if let Some(canvas) = canvas_ref.get()
            && let Some(chart) = &*chart.read()
        {
            canvas::draw(&canvas, chart);
        }
    });
    let find = move |event: &leptos::ev::PointerEvent| {
        let canvas = canvas_ref.get_untracked()?;
        let chart = chart.read_untracked();
        chart.as_ref()?.hit_at(
            &canvas::frame_of(&canvas),
            event.offset_x() as f32,
            event.offset_y() as f32,
        )
    };
    let click = move |event: leptos::ev::PointerEvent| {
        if let Some(hit) = find(&event) {
            workbench
                .threshold
                .set((hit.threshold * 10.0).round() / 10.0);
        }
    };
    let summary = move || {
        chart
            .read()
            .as_ref()
            .map(Chart::summary)
            .unwrap_or_default()
    };
    view! {
        <section class="card chart-card" class:wide=move || is_wide.get()>
            <div class="head">
                <h2>{title}</h2>
                <span class="tools hover-text">{move || hit.read().as_ref().map_or_else(|| "hover to read, click to set the threshold".to_owned(), |hit| hit.text.clone())}</span>
            </div>
            <div class="plot">
                <canvas
                    node_ref=canvas_ref
                    data-testid=test_id
                    role="img"
                    aria-label=summary
                    on:pointermove=move |event| hit.set(find(&event))
                    on:pointerleave=move |_| hit.set(None)
                    on:pointerup=click
                ></canvas>
                <svg class="mark" aria-hidden="true">
                    {move || hit.get().map(|hit| view! { <circle cx=hit.x_px cy=hit.y_px r="5" /> })}
                </svg>
            </div>
            <ChartTable chart />
        </section>
    }
}

/// The numbers of a chart, when asked for.
#[component]
fn ChartTable<C: LiveChart + PartialEq + Send + Sync + 'static>(
    chart: Signal<Option<C>>,
) -> impl IntoView {
    let is_open = RwSignal::new(false);
    view! {
        <details class="numbers" on:toggle=move |_| is_open.update(|is_open| *is_open = !*is_open)>
            <summary>"Numbers"</summary>
            {move || {
                let table = chart.read().as_ref().filter(|_| is_open.get()).map(Chart::table);
                table.map(|(header, rows)| view! {
                    <div class="scroll" tabindex="0">
                        <table>
                            <thead><tr>{header.into_iter().map(|name| view! { <th scope="col">{name}</th> }).collect_view()}</tr></thead>
                            <tbody>
                                {rows
                                    .into_iter()
                                    .map(|row| view! { <tr>{row.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> })
                                    .collect_view()}
                            </tbody>
                        </table>
                    </div>
                })
            }}
        </details>
    }
}

/// Calls `changed` when the window is resized, and once when the canvas is there.
pub fn follow_size(canvas_ref: NodeRef<Canvas>, changed: impl Fn() + Clone + 'static) {
    let resized = changed.clone();
    Effect::new(move || {
        if canvas_ref.get().is_some() {
            resized();
        }
    });
    let handle = StoredValue::new_local(None);
    Effect::new(move || {
        let changed = changed.clone();
        let handler = Closure::<dyn FnMut()>::new(changed);
        if window()
            .add_event_listener_with_callback("resize", handler.as_ref().unchecked_ref())
            .is_ok()
        {
            handle.set_value(Some(handler));
        }
    });
    on_cleanup(move || {
        if let Some(handler) = handle.try_update_value(Option::take).flatten() {
            drop(
                window().remove_event_listener_with_callback(
                    "resize",
                    handler.as_ref().unchecked_ref(),
                ),
            );
        }
    });
}
