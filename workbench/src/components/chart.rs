//! A chart in the page, as SVG: written when its numbers or its size change; values under the pointer; a zoom; its numbers as a table.

use std::sync::Arc;

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::{Div, Section};
use leptos::prelude::*;

use super::chart_tools::{ChartTools, Tool, heading};
use crate::state::use_workbench;
use app::browser::size::SizeObserver;
use app::browser::{canvas, theme};
use app::components::icon::IconKind;
use app::plots::inline_svg::to_inline_svg;
use app::plots::scene::Point;
use app::plots::{Chart, ChartFrame, Hit, Mark, PageChart as _, Zoom, to_svg_with_heading};

/// What is under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// What to show.
    pub text: String,
    /// Where, in CSS pixels.
    pub at: Point,
    /// The threshold that a click sets, where there is one.
    pub threshold: Option<f32>,
}

impl From<Hit> for Spot {
    fn from(hit: Hit) -> Self {
        Self {
            text: hit.text,
            at: (hit.x_px, hit.y_px),
            threshold: Some(hit.threshold),
        }
    }
}

impl From<Mark> for Spot {
    fn from(mark: Mark) -> Self {
        Self {
            text: mark.text,
            at: mark.at,
            threshold: None,
        }
    }
}

/// What a chart shows: the chart itself, what is under a place in it, and how far it can be zoomed.
pub trait LiveChart: Chart + Send + Sync {
    /// What can be done with it, in words.
    fn hint(&self) -> &'static str;

    /// Whether it has a zoom.
    fn has_zoom(&self) -> bool {
        false
    }

    /// What is under a place in CSS pixels.
    fn spot_at(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Spot>;

    /// The height in CSS pixels that it needs at a width; `None` where it takes what there is.
    fn height_at(&self, _width: f32) -> Option<f32> {
        None
    }

    /// The zoom one step further in than the frame's: around a place in CSS pixels, or around what matters most. `None` at the last step.
    fn zoom_in_at(&self, _frame: &ChartFrame, _at: Option<Point>) -> Option<Zoom> {
        None
    }
}

macro_rules! live_chart {
    ($($chart:ty),+) => { $(impl LiveChart for $chart {
        fn hint(&self) -> &'static str {
            "hover to read, click to set the threshold"
        }

        fn spot_at(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Spot> {
            self.hit(frame, x_px, y_px).map(Spot::from)
        }
    })+ };
    (zoom: $($chart:ty),+) => { $(impl LiveChart for $chart {
        fn hint(&self) -> &'static str {
            "hover to read, click to set the threshold, double click to zoom"
        }

        fn has_zoom(&self) -> bool {
            true
        }

        fn spot_at(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Spot> {
            self.hit(frame, x_px, y_px).map(Spot::from)
        }

        fn zoom_in_at(&self, frame: &ChartFrame, at: Option<Point>) -> Option<Zoom> {
            self.zoom_in(frame, at)
        }
    })+ };
    (tall: $($chart:ty, $hint:literal);+) => { $(impl LiveChart for $chart {
        fn hint(&self) -> &'static str {
            $hint
        }

        fn spot_at(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Spot> {
            self.hit(frame, x_px, y_px).map(Spot::from)
        }

        fn height_at(&self, width: f32) -> Option<f32> {
            Some(self.height(width))
        }
    })+ };
}
live_chart!(
    app::plots::score_histogram::ScoreHistogram,
    app::plots::threshold_curves::ThresholdCurves
);
live_chart!(zoom: app::plots::roc::Roc, app::plots::precision_recall::PrecisionRecall);
live_chart!(tall:
    app::plots::shares::Shares, "hover to read, click to filter";
    app::plots::category_bars::CategoryBars, "hover to read, click to filter";
    app::plots::correlation::Correlation, "hover to read";
    app::plots::loadings::Loadings, "hover to read";
    app::plots::contribution_bars::ContributionBars, "hover to read"
);

/// A chart of any kind, if there is one.
type Shown = Memo<Option<Arc<dyn LiveChart>>>;

/// A card with a chart. A click sets the threshold to that under the pointer; of a chart with a zoom a double click zooms in, Esc out.
#[component]
pub fn ChartCard<C: LiveChart + Clone + 'static>(
    /// Title above it.
    title: &'static str,
    /// Test id of the drawing.
    test_id: &'static str,
    /// Whether it takes the whole row.
    #[prop(optional, into)]
    is_wide: Signal<bool>,
    /// What is shown, as lines above the chart in saved files; the file and the model if left out.
    #[prop(optional, into)]
    context: Signal<Vec<String>>,
    /// What a click does, if it does not set the threshold.
    #[prop(optional)]
    on_click: Option<Callback<(ChartFrame, Point)>>,
    /// The chart; `None` draws nothing.
    #[prop(into)]
    chart: Signal<Option<C>>,
) -> impl IntoView {
    // Behind a pointer, so that the card is compiled once and not once per chart. A memo, so that the pointer's every move does not make
    // the chart anew.
    let chart = Memo::new_with_compare(
        move |_| {
            chart
                .get()
                .map(|chart| Arc::new(chart) as Arc<dyn LiveChart>)
        },
        |_, _| true,
    );
    view! { <AnyChartCard title test_id is_wide context on_click chart /> }
}

/// A [`ChartCard`] with whatever chart.
#[component]
fn AnyChartCard(
    title: &'static str,
    test_id: &'static str,
    is_wide: Signal<bool>,
    context: Signal<Vec<String>>,
    on_click: Option<Callback<(ChartFrame, Point)>>,
    chart: Shown,
) -> impl IntoView {
    let workbench = use_workbench();
    let card = NodeRef::<Section>::new();
    let drawing = NodeRef::<Div>::new();
    let size = use_frame(drawing);
    let zoom = RwSignal::new(Zoom::default());
    let frame = move || Some(size.get()?.zoomed(zoom.get()));
    let frame_now = move || untrack(frame);
    let chart_now = move || untrack(|| chart.get());
    let hit = RwSignal::new(None::<Spot>);
    let drawn = move || match (chart.get(), frame()) {
        (Some(chart), Some(frame)) => to_inline_svg(&*chart, &frame),
        _ => String::new(),
    };
    let find = move |event: &MouseEvent| {
        let (x, y) = place_of(event);
        chart_now()?.spot_at(&frame_now()?, x, y)
    };
    let zoom_to = move |to: Zoom| {
        zoom.set(to);
        hit.set(None);
    };
    let zoom_in = move |at: Option<Point>| {
        let further = chart_now()
            .zip(frame_now())
            .and_then(|(chart, frame)| chart.zoom_in_at(&frame, at));
        if let Some(further) = further {
            zoom_to(further);
        }
    };
    let has_zoom = Signal::derive(move || chart.get().is_some_and(|chart| chart.has_zoom()));
    // What the first click of a double click has changed and the second takes back.
    let before = StoredValue::new(workbench.threshold.get_untracked());
    let click = move |event: MouseEvent| {
        if event.detail() > 1 && untrack(|| has_zoom.get()) {
            return;
        }
        before.set_value(workbench.threshold.get_untracked());
        if let (Some(on_click), Some(frame)) = (on_click, frame_now()) {
            on_click.run((frame, place_of(&event)));
        } else if let Some(threshold) = find(&event).and_then(|hit| hit.threshold) {
            workbench.set_threshold(threshold);
        }
    };
    let double_click = move |event: MouseEvent| {
        if untrack(|| has_zoom.get()) {
            workbench.threshold.set(before.get_value());
            zoom_in(Some(place_of(&event)));
        }
    };
    let reset_by_key = move |event: KeyboardEvent| {
        if event.key() == "Escape" && zoom.get_untracked() != Zoom::default() {
            event.stop_propagation();
            zoom_to(Zoom::default());
        }
    };
    let summary = move || chart.get().map(|chart| chart.summary()).unwrap_or_default();
    let svg = move |()| {
        let (chart, frame) = (chart_now()?, frame_now()?);
        let heading = heading(workbench, title, context.get_untracked());
        let palette = theme::palette();
        Some(to_svg_with_heading(
            &*chart, &frame, &palette, &heading, None,
        ))
    };
    let table = move |()| chart_now().map(|chart| chart.table());
    let zoom_tools = vec![
        Tool {
            is_hidden: Signal::derive(move || !has_zoom.get()),
            ..Tool::icon(IconKind::ZoomIn, "zoom in", move |()| zoom_in(None))
        },
        Tool {
            is_hidden: Signal::derive(move || !has_zoom.get()),
            is_idle: Signal::derive(move || zoom.get() == Zoom::default()),
            ..Tool::icon(IconKind::Reset, "reset the zoom", move |()| {
                zoom_to(Zoom::default())
            })
        },
    ];
    let said = move || match (hit.get(), chart.get()) {
        (Some(hit), _) => hit.text,
        (None, Some(chart)) => chart.hint().to_owned(),
        (None, None) => String::new(),
    };
    let height = move || {
        let height = chart.get()?.height_at(size.get()?.width)?;
        Some(format!("{height}px"))
    };
    view! {
        <section class="card chart-card" class:wide=move || is_wide.get() node_ref=card on:keydown=reset_by_key>
            <div class="head">
                <h2>{title}</h2>
                <ChartTools title test_id card svg table more=zoom_tools />
                <p class="tools hover-text">{said}</p>
            </div>
            <div class="plot" style:height=height>
                // Focusable, so that Esc is heard after a double click.
                <div
                    class="drawn"
                    node_ref=drawing
                    data-testid=test_id
                    role="img"
                    aria-label=summary
                    tabindex="-1"
                    on:pointermove=move |event| hit.set(find(&event))
                    on:pointerleave=move |_| hit.set(None)
                    on:click=click
                    on:dblclick=double_click
                    inner_html=drawn
                ></div>
                <svg class="mark" aria-hidden="true">
                    {move || hit.get().map(|hit| view! { <circle cx=hit.at.0 cy=hit.at.1 r="5" /> })}
                </svg>
            </div>
            <ChartTable chart />
        </section>
    }
    .into_any()
}

/// The numbers of a chart, when asked for.
#[component]
fn ChartTable(chart: Shown) -> impl IntoView {
    let is_open = RwSignal::new(false);
    view! {
        <details class="numbers" on:toggle=move |_| is_open.update(|is_open| *is_open = !*is_open)>
            <summary>"Numbers"</summary>
            {move || {
                let table = chart.get().filter(|_| is_open.get()).map(|chart| chart.table());
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
    .into_any()
}

/// Where an event is in the element that hears it, in CSS pixels.
pub fn place_of(event: &MouseEvent) -> Point {
    (event.offset_x() as f32, event.offset_y() as f32)
}

/// The frame of a chart that fills an element; `None` until it is laid out.
pub fn use_frame(element: NodeRef<Div>) -> RwSignal<Option<ChartFrame>> {
    let frame = RwSignal::new(None);
    let observer = StoredValue::new_local(None);
    Effect::new(move || {
        let observed = element.get().and_then(|element| {
            SizeObserver::new(&element, move |width, height| {
                let now = ChartFrame::new(width, height, canvas::pixel_ratio());
                // The card may have gone meanwhile.
                if let Some(before) = frame.try_get_untracked()
                    && before != Some(now)
                {
                    frame.set(Some(now));
                }
            })
        });
        observer.set_value(observed);
    });
    frame
}
