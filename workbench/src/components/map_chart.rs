//! The map: every row as a point. Drawn by the workers as a canvas over a frame of SVG; moved, zoomed, asked and brushed here.
//!
//! While the workers draw, the last picture is moved along, so that the map never stands still under the pointer.

use std::sync::Arc;

use analysis::filter::ConnectionField;
use leptos::ev::{KeyboardEvent, PointerEvent, WheelEvent};
use leptos::html::{Canvas, Div, Section};
use leptos::prelude::*;
use models::calibration::Band;
use models::explain::headline;

use super::chart::{place_of, use_frame};
use super::chart_tools::{ChartTools, heading};
use super::map_options::MapOptions;
use crate::state::{Workbench, use_workbench};
use app::browser::{canvas, theme};
use app::components::icon::{Icon, IconKind};
use app::components::result_card::capitalised;
use app::job::question::{
    MapAxis, MapColour, MapQuestion, PickQuestion, PickedRow, Question, QuestionKind,
};
use app::plots::inline_svg::to_inline_svg;
use app::plots::map::MapView;
use app::plots::scene::Rect;
use app::plots::svg_file::Picture;
use app::plots::{Chart, ChartFrame, number, to_svg_with_heading};

const TITLE: &str = "Map of all connections";
const TEST_ID: &str = "chart-pca";
/// How much closer a step of the zoom is.
const ZOOM_STEP: f32 = 1.5;
/// How far from the pointer a point is found, in CSS pixels.
const REACH_PX: f32 = 6.0;

/// The part of the plane that is shown: least and greatest along each axis.
pub type Plane = [(f32, f32); 2];

/// What a drag does.
#[derive(Clone, Debug, Default, PartialEq)]
enum Drag {
    #[default]
    Nothing,
    /// Moves the map: where it began, in CSS pixels and as shown then.
    Pan { from: (f32, f32), plane: Plane },
    /// Draws around points: corners in CSS pixels.
    Lasso(Vec<(f32, f32)>),
}

/// The card with the map.
#[component]
pub fn MapChart() -> impl IntoView {
    let workbench = use_workbench();
    let card = NodeRef::<Section>::new();
    let drawing = NodeRef::<Div>::new();
    let points = NodeRef::<Canvas>::new();
    let frame = use_frame(drawing);
    let colour = RwSignal::new(MapColour::Risk);
    let axes = RwSignal::new([MapAxis::Component(0), MapAxis::Component(1)]);
    let is_lasso = RwSignal::new(false);
    let drag = RwSignal::new(Drag::Nothing);
    // Asks for pixels when there is something new to show...
    Effect::new(move || {
        workbench.theme.track();
        let has_result = workbench.result.read().is_some();
        if let Some(ChartFrame {
            width,
            height,
            scale,
            ..
        }) = frame.get()
            && has_result
        {
            workbench.ask(Question::Map(MapQuestion {
                number: workbench.next_number(QuestionKind::Map),
                query: workbench.query.get(),
                width,
                height,
                ratio: scale,
                model: workbench.model.get(),
                colour: colour.get(),
                axes: axes.get(),
                zoom: workbench.zoom.get(),
                is_dark: theme::is_dark(),
            }));
        }
    });
    // ...and shows them when they come.
    Effect::new(move || {
        if let (Some(canvas), Some(frame)) = (points.get(), frame.get())
            && let Some(picture) = &*workbench.map.read()
        {
            let area = picture.drawn.view.pixel_area(&frame);
            canvas::put_pixels(&canvas, &picture.pixels, area);
        }
    });
    let drawn_view = Memo::new(move |_| {
        let map = workbench.map.read();
        map.as_ref().map(|picture| picture.drawn.view.clone())
    });
    // The view as it is asked for; what is drawn may be a moment behind.
    let view_of = Memo::new(move |_| {
        let mut view = drawn_view.get()?;
        if let Some([x, y]) = workbench.zoom.get() {
            (view.bounds.x, view.bounds.y) = (x, y);
        } else if let Some(picture) = &*workbench.map.read() {
            view.bounds = picture.drawn.whole;
        }
        Some(view)
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
    let moved = move || {
        let (Some(drawn), Some(now), Some(frame)) = (drawn_view.get(), view_of.get(), frame.get())
        else {
            return String::new();
        };
        moved_along(&drawn, &now, now.area(&frame))
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
    let plane = move || {
        untrack(|| {
            let view = view_of.get()?;
            Some([view.bounds.x, view.bounds.y])
        })
    };
    let to_data =
        move |(x, y): (f32, f32)| untrack(|| Some(view_of.get()?.to_data(&frame.get()?, x, y)));
    let zoom_by = move |factor: f32, around: Option<(f32, f32)>| {
        if let Some(plane) = plane() {
            let [x, y] = plane;
            let centre = around
                .and_then(to_data)
                .unwrap_or((f32::midpoint(x.0, x.1), f32::midpoint(y.0, y.1)));
            workbench.zoom.set(Some([
                scaled(x, centre.0, factor),
                scaled(y, centre.1, factor),
            ]));
        }
    };
    let pan_by = move |across: f32, up: f32| {
        if let Some([x, y]) = plane() {
            let (dx, dy) = ((x.1 - x.0) * across, (y.1 - y.0) * up);
            workbench
                .zoom
                .set(Some([(x.0 + dx, x.1 + dx), (y.0 + dy, y.1 + dy)]));
        }
    };
    let press = move |event: PointerEvent| {
        if event.button() != 0 {
            return;
        }
        let from = place_of(&event);
        canvas::hold_pointer(&event);
        if is_lasso.get_untracked() || event.shift_key() {
            drag.set(Drag::Lasso(vec![from]));
        } else if let Some(plane) = plane() {
            drag.set(Drag::Pan { from, plane });
        }
    };
    let move_pointer = move |event: PointerEvent| {
        let at = place_of(&event);
        match drag.get_untracked() {
            Drag::Nothing => pick(workbench, at, axes, to_data),
            Drag::Pan { from, plane } => {
                let area = untrack(|| Some(view_of.get()?.area(&frame.get()?)));
                if let Some(area) = area
                    && (at.0 - from.0).hypot(at.1 - from.1) > 3.0
                {
                    workbench.zoom.set(Some(dragged(plane, from, at, area)));
                }
            }
            Drag::Lasso(_) => drag.update(|drag| {
                if let Drag::Lasso(corners) = drag
                    && corners
                        .last()
                        .is_none_or(|last| (last.0 - at.0).hypot(last.1 - at.1) > 4.0)
                    && corners.len() < query::limits::MAX_CORNERS
                {
                    corners.push(at);
                }
            }),
        }
    };
    let release = move |event: PointerEvent| {
        let at = place_of(&event);
        match drag.get_untracked() {
            Drag::Pan { from, .. } if (at.0 - from.0).hypot(at.1 - from.1) <= 3.0 => {
                if let Some(picked) = &*workbench.picked.read_untracked() {
                    workbench.explain_row(picked.row.row);
                }
            }
            Drag::Lasso(corners) if corners.len() > 2 => {
                let corners = corners.into_iter().filter_map(to_data).map(|(x, y)| [x, y]);
                let fields = untrack(|| axes.get().map(field_of));
                workbench.enclose(
                    fields,
                    Some(in_units(
                        corners.collect(),
                        untrack(|| axes.get()),
                        workbench,
                    )),
                );
                is_lasso.set(false);
            }
            _ => {}
        }
        drag.set(Drag::Nothing);
    };
    let wheel = move |event: WheelEvent| {
        // The page scrolls, unless somebody means the map.
        if event.ctrl_key() || event.meta_key() {
            event.prevent_default();
            let factor = if event.delta_y() < 0.0 {
                1.0 / ZOOM_STEP
            } else {
                ZOOM_STEP
            };
            zoom_by(
                factor,
                Some((event.offset_x() as f32, event.offset_y() as f32)),
            );
        }
    };
    let key = move |event: KeyboardEvent| {
        match event.key().as_str() {
            "+" | "=" => zoom_by(1.0 / ZOOM_STEP, None),
            "-" => zoom_by(ZOOM_STEP, None),
            "0" => workbench.zoom.set(None),
            "ArrowLeft" => pan_by(-0.1, 0.0),
            "ArrowRight" => pan_by(0.1, 0.0),
            "ArrowUp" => pan_by(0.0, 0.1),
            "ArrowDown" => pan_by(0.0, -0.1),
            _ => return,
        }
        event.prevent_default();
    };
    let shown = move || {
        let n_rows = number::count(workbench.fact(|result| result.n_rows));
        let part = if workbench.zoom.read().is_some() {
            ", those in this part shown"
        } else {
            ""
        };
        format!("{n_rows} of {n_rows} rows drawn{part}")
    };
    let marks = move || marks(workbench, view_of, frame);
    let lasso = move || match drag.get() {
        Drag::Lasso(corners) => {
            let corners: Vec<String> = corners.iter().map(|(x, y)| format!("{x},{y}")).collect();
            corners.join(" ")
        }
        _ => enclosed_path(workbench, axes.get(), view_of, frame),
    };
    view! {
        <section class="card chart-card wide map-card" node_ref=card>
            <div class="head">
                <h2>{TITLE}</h2>
                <ChartTools title=TITLE test_id=TEST_ID card svg table>
                    <button class="tool" type="button" aria-pressed=move || is_lasso.get().to_string() aria-label="Map: draw around points" title="Draw around points (or hold Shift)" data-testid="lasso" on:click=move |_| is_lasso.update(|is_lasso| *is_lasso = !*is_lasso)><Icon kind=IconKind::Lasso /></button>
                    <button class="tool" type="button" aria-label="Map: zoom in" title="Zoom in" data-testid="map-in" on:click=move |_| zoom_by(1.0 / ZOOM_STEP, None)><Icon kind=IconKind::ZoomIn /></button>
                    <button class="tool" type="button" aria-label="Map: zoom out" title="Zoom out" on:click=move |_| zoom_by(ZOOM_STEP, None)><Icon kind=IconKind::ZoomOut /></button>
                    <button class="tool" type="button" aria-label="Map: show all" title="Show all" data-testid="map-reset" on:click=move |_| workbench.zoom.set(None)><Icon kind=IconKind::Reset /></button>
                </ChartTools>
                <p class="tools hover-text" data-testid="map-says">
                    {move || workbench.picked.get().map_or_else(shown, |picked| picked_text(&picked))}
                </p>
            </div>
            <MapOptions colour axes />
            <div
                class="plot tall"
                class:lasso=move || is_lasso.get()
                tabindex="0"
                role="group"
                aria-label="Map: arrows move it, + and − zoom, 0 shows all"
                data-testid="map-area"
                on:pointerdown=press
                on:pointermove=move_pointer
                on:pointerup=release
                on:pointercancel=move |_| drag.set(Drag::Nothing)
                on:pointerleave=move |_| workbench.picked.set(None)
                on:wheel=wheel
                on:keydown=key
            >
                <div class="drawn" node_ref=drawing inner_html=drawn></div>
                <div
                    class="points"
                    style:left=side(|share| share.left)
                    style:top=side(|share| share.top)
                    style:width=side(|share| share.width)
                    style:height=side(|share| share.height)
                >
                    <canvas node_ref=points data-testid=TEST_ID role="img" aria-label=summary style:transform=moved></canvas>
                </div>
                <svg class="mark" aria-hidden="true">
                    <polygon points=lasso />
                    {marks}
                </svg>
            </div>
            <p class="muted note">"Drag to move, Ctrl and wheel or the buttons to zoom, hold Shift to draw around points, click one to have it explained. With the two components of the training data the same place means the same kind of traffic in every file."</p>
        </section>
    }
    .into_any()
}

/// Asks which row is under the pointer.
fn pick(
    workbench: Workbench,
    at: (f32, f32),
    axes: RwSignal<[MapAxis; 2]>,
    to_data: impl Fn((f32, f32)) -> Option<(f32, f32)>,
) {
    let near = (at.0 + REACH_PX, at.1 - REACH_PX);
    let (Some(here), Some(near)) = (to_data(at), to_data(near)) else {
        return;
    };
    workbench.ask(Question::Pick(PickQuestion {
        number: workbench.next_number(QuestionKind::Pick),
        query: workbench.query.get_untracked(),
        model: workbench.model.get_untracked(),
        axes: axes.get_untracked(),
        at: [here.0, here.1],
        reach: [near.0 - here.0, near.1 - here.1].map(|reach| reach.abs().max(f32::MIN_POSITIVE)),
    }));
}

fn picked_text(picked: &Arc<PickedRow>) -> String {
    let row = &picked.row;
    let mut text = format!(
        "line {}: risk {} ({})",
        number::count(row.line.into()),
        number::risk(row.risk),
        Band::of(row.risk).name()
    );
    if let Some(label) = &row.label {
        text += &format!(", {label}");
    }
    if let Some(reason) = headline(&row.reasons) {
        text += &format!(". {}", capitalised(&reason.sentence));
    }
    if picked.n_here > 1 {
        text += &format!(" · {} rows here", number::count(picked.n_here.into()));
    }
    text
}

/// A range with its ends nearer to a place, or further from it.
fn scaled((low, high): (f32, f32), centre: f32, factor: f32) -> (f32, f32) {
    let (low, high) = (
        centre + (low - centre) * factor,
        centre + (high - centre) * factor,
    );
    // Not so near that floats cannot tell both ends apart.
    let least = centre.abs().max(1e-3) * 1e-5;
    if high - low > least {
        (low, high)
    } else {
        (centre - least, centre + least)
    }
}

/// The plane after a drag.
fn dragged([x, y]: Plane, from: (f32, f32), to: (f32, f32), area: Rect) -> Plane {
    let dx = (from.0 - to.0) / area.width() * (x.1 - x.0);
    let dy = (to.1 - from.1) / area.height() * (y.1 - y.0);
    [(x.0 + dx, x.1 + dx), (y.0 + dy, y.1 + dy)]
}

/// How the picture that is there has to be moved to stand where it belongs, as CSS.
fn moved_along(drawn: &MapView, now: &MapView, area: Rect) -> String {
    if (drawn.bounds.x, drawn.bounds.y) == (now.bounds.x, now.bounds.y) {
        return "none".into();
    }
    let along = |drawn: (f32, f32), now: (f32, f32)| {
        let span = (now.1 - now.0).max(f32::MIN_POSITIVE);
        ((drawn.1 - drawn.0) / span, (drawn.0 - now.0) / span)
    };
    let (across, left) = along(drawn.bounds.x, now.bounds.x);
    let (up, bottom) = along(drawn.bounds.y, now.bounds.y);
    let top = 1.0 - bottom - up;
    format!(
        "translate({}px, {}px) scale({across}, {up})",
        left * area.width(),
        top * area.height()
    )
}

/// The field of the query language that an axis stands for.
fn field_of(axis: MapAxis) -> ConnectionField {
    match axis {
        MapAxis::Component(component) => ConnectionField::Component(component),
        MapAxis::Feature(feature) => ConnectionField::Feature(feature),
    }
}

/// Tells whether an axis is drawn as log₁₀(1 + value).
fn is_log(axis: MapAxis, workbench: Workbench) -> bool {
    let MapAxis::Feature(index) = axis else {
        return false;
    };
    untrack(|| {
        workbench.fact(|result| {
            let facts = result.features.get(index);
            facts.is_some_and(|facts| facts.kind.is_heavy_tailed())
        })
    })
}

/// Corners of a lasso in the units of the features.
fn in_units(corners: Vec<[f32; 2]>, axes: [MapAxis; 2], workbench: Workbench) -> Vec<[f32; 2]> {
    let is_log = axes.map(|axis| is_log(axis, workbench));
    let back = |value: f32, is_log: bool| {
        let value = if is_log {
            10f32.powf(value) - 1.0
        } else {
            value
        };
        // Four digits are finer than a pixel, and short in the address.
        let unit = 10f32.powf(value.abs().max(1e-6).log10().floor() - 3.0);
        (value / unit).round() * unit
    };
    let corner = |[x, y]: [f32; 2]| [back(x, is_log[0]), back(y, is_log[1])];
    corners.into_iter().map(corner).collect()
}

/// The polygon of the filter as points of an SVG.
fn enclosed_path(
    workbench: Workbench,
    axes: [MapAxis; 2],
    view: Memo<Option<MapView>>,
    frame: RwSignal<Option<ChartFrame>>,
) -> String {
    let corners = workbench.enclosed(axes.map(field_of));
    let (Some(corners), Some(view), Some(frame)) = (corners, view.get(), frame.get()) else {
        return String::new();
    };
    let is_log = axes.map(|axis| is_log(axis, workbench));
    let place = |value: f32, is_log: bool| {
        if is_log {
            (1.0 + value.max(-0.999)).log10()
        } else {
            value
        }
    };
    let corners = corners.iter().map(|[x, y]| {
        let (x, y) = view.to_pixel(&frame, place(*x, is_log[0]), place(*y, is_log[1]));
        format!("{x},{y}")
    });
    corners.collect::<Vec<_>>().join(" ")
}

/// Where the explained record is, where it would be, and the point under the pointer.
fn marks(
    workbench: Workbench,
    view: Memo<Option<MapView>>,
    frame: RwSignal<Option<ChartFrame>>,
) -> impl IntoView {
    let place = move |[x, y]: [f32; 2]| Some(view.get()?.to_pixel(&frame.get()?, x, y));
    let explained = workbench
        .explanation
        .read()
        .as_ref()
        .filter(|explanation| explanation.row.is_some())
        .map(|explanation| explanation.position);
    let judged = workbench
        .what_if
        .read()
        .as_ref()
        .and_then(|what_if| what_if.judged.clone());
    let picked = workbench.picked.read().as_ref().map(|picked| picked.at);
    let ring = |class: &'static str, at: Option<(f32, f32)>| {
        at.map(|(x, y)| view! { <circle class=class cx=x cy=y r="6" /> })
    };
    (
        ring("picked", picked.and_then(place)),
        ring("explained", explained.and_then(place)),
        ring(
            "changed",
            judged
                .filter(|_| explained.is_some())
                .and_then(|judged| place(judged.position)),
        ),
    )
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
