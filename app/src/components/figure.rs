//! A chart in a page without a bundle: drawn by the server at the widths that the page has room for, with its sentence and its numbers.
//!
//! `public/charts.js` shows the values under the pointer; what it needs stands beside each drawing as JSON.

use leptos::prelude::*;
use serde::Serialize;

use crate::plots::inline_svg::to_inline_svg;
use crate::plots::{ChartFrame, PageChart, Table};

/// Names in the style sheet and widths in CSS pixels of the drawings. The sheet shows the one whose text comes out at 10 to 16 pixels.
const WIDE: (&str, f32) = ("wide", 960.0);
const MEDIUM: (&str, f32) = ("medium", 560.0);
const NARROW: (&str, f32) = ("narrow", 290.0);

/// How much room a chart has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// The whole row.
    Full,
    /// Half a row.
    Half,
    /// One of many.
    Small,
}

impl Room {
    /// The drawings, the widest first.
    fn drawings(self) -> &'static [(&'static str, f32)] {
        match self {
            Room::Full => &[WIDE, MEDIUM, NARROW],
            Room::Half => &[MEDIUM, NARROW],
            Room::Small => &[NARROW],
        }
    }
}

/// What the script reads: texts, and for each drawing their places as x, y, x, y, ...
#[derive(Serialize)]
struct Points {
    text: Vec<String>,
    at: Vec<Vec<i32>>,
}

/// A chart as it goes into the page.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Each with its name in the style sheet.
    drawings: Vec<(&'static str, String)>,
    points: String,
    summary: String,
    table: Table,
}

impl Drawn {
    /// Draws a chart for some room.
    pub fn new(chart: &dyn PageChart, room: Room) -> Self {
        let frames = room
            .drawings()
            .iter()
            .map(|&(name, width)| (name, ChartFrame::new(width, chart.height(width), 1.0)));
        let frames: Vec<(&str, ChartFrame)> = frames.collect();
        let marks = frames.iter().map(|(_, frame)| chart.marks(frame));
        let marks: Vec<_> = marks.collect();
        let points = Points {
            text: marks
                .first()
                .into_iter()
                .flatten()
                .map(|mark| mark.text.clone())
                .collect(),
            at: marks
                .iter()
                .map(|marks| {
                    let places = marks.iter().flat_map(|mark| [mark.at.0, mark.at.1]);
                    places.map(|place| place.round() as i32).collect()
                })
                .collect(),
        };
        Self {
            drawings: frames
                .iter()
                .map(|(name, frame)| (*name, to_inline_svg(chart, frame)))
                .collect(),
            // No text ends the script element.
            points: serde_json::to_string(&points)
                .unwrap_or_default()
                .replace('<', "\\u003c"),
            summary: chart.summary(),
            table: chart.table(),
        }
    }
}

/// A card with a chart.
#[component]
pub fn Figure(
    /// Title above it.
    #[prop(into)]
    title: String,
    /// Its test id.
    test_id: &'static str,
    /// How much room it has.
    room: Room,
    /// The chart.
    chart: Drawn,
    /// Why its figures look better than they are.
    leak: Option<String>,
) -> impl IntoView {
    let class = if room == Room::Full {
        "card figure wide"
    } else {
        "card figure"
    };
    view! {
        <figure class=class data-testid=test_id>
            <figcaption class="head"><h3>{title}</h3><LeakLabel leak /></figcaption>
            <Drawing chart />
        </figure>
    }
    .into_any()
}

/// The chart itself, its sentence and its numbers.
#[component]
pub fn Drawing(
    /// The chart.
    chart: Drawn,
) -> impl IntoView {
    let Drawn {
        drawings,
        points,
        summary,
        table,
    } = chart;
    let drawings = drawings
        .into_iter()
        .map(|(name, svg)| view! { <div class=name inner_html=svg></div> })
        .collect_view();
    view! {
        <div class="drawing" role="img" aria-label=summary.clone() data-drawing="">
            {drawings}
            <script type="application/json" inner_html=points></script>
        </div>
        <p class="muted">{summary.clone()}</p>
        <NumbersTable table about=summary />
    }
    .into_any()
}

/// The numbers of a chart, folded away.
#[component]
fn NumbersTable(table: Table, about: String) -> impl IntoView {
    let (header, rows) = table;
    let header = header
        .into_iter()
        .map(|name| view! { <th scope="col">{name}</th> })
        .collect_view();
    let row = |row: Vec<String>| {
        let mut cells = row.into_iter();
        let first = cells.next();
        view! { <tr><th scope="row">{first}</th>{cells.map(|cell| view! { <td>{cell}</td> }).collect_view()}</tr> }
    };
    view! {
        <details class="numbers">
            <summary>"Numbers"</summary>
            <div class="scroll" tabindex="0" role="region" aria-label=format!("Numbers: {about}")>
                <table><thead><tr>{header}</tr></thead><tbody>{rows.into_iter().map(row).collect_view()}</tbody></table>
            </div>
        </details>
    }
    .into_any()
}

/// The label of figures that look better than they are.
#[component]
pub fn LeakLabel(
    /// Why they do; nothing is shown without.
    leak: Option<String>,
) -> impl IntoView {
    leak.map(
        |why| view! { <span class="pill elevated" data-testid="leaks" title=why>"⚠ leaks"</span> },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::{protocol_curves, specimen};

    #[test]
    fn every_drawing_has_the_places_of_every_text() {
        let mut protocol = specimen::protocol("P1");
        protocol.models[0].title = "</script>".into();
        let drawn = Drawn::new(&protocol_curves::roc(&protocol), Room::Half);
        assert!(!drawn.points.contains('<'));
        let points: serde_json::Value = serde_json::from_str(&drawn.points).unwrap();
        let n = points["text"].as_array().unwrap().len();
        assert!(n > 100);
        for places in points["at"].as_array().unwrap() {
            assert_eq!(places.as_array().unwrap().len(), 2 * n);
        }
        assert_eq!(drawn.drawings.len(), 2);
    }
}
