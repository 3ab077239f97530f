//! Why one connection is odd: each feature's evidence as a bar, with its value and what is usual in words.

use super::frame::{ChartFrame, ROW};
use super::palette::Palette;
use super::scene::{Anchor, Rect, Scene, fit_text, text_width};
use super::{Chart, Mark, PageChart, Table, columns};

/// Features that are drawn; the table has them all.
const N_BARS: usize = 12;
/// Narrower than this, name and words stand above the bar: beside it, names would be cut, and cut many would be the same.
const LEAST_BESIDE: f32 = 640.0;
const BAR: f32 = 13.0;
/// Height of a line of text above a bar.
const LINE: f32 = 17.0;

/// What one feature says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contribution {
    /// `src_bytes`.
    pub feature: String,
    /// Its share of the evidence in powers of ten; below 0 it speaks for normal.
    pub evidence: f32,
    /// The connection's value, as text.
    pub value: String,
    /// What normal connections have, as text: `0 to 239`.
    pub usual: String,
}

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContributionBars {
    /// In any order.
    pub rows: Vec<Contribution>,
}

struct Layout<'a> {
    rows: Vec<Row<'a>>,
    names: f32,
    zero: f32,
    /// CSS pixels per power of ten.
    scale: f32,
    /// Where words begin, beside the bars.
    words: f32,
    is_beside: bool,
    bottom: f32,
}

/// A feature and where it stands.
struct Row<'a> {
    contribution: &'a Contribution,
    top: f32,
    bottom: f32,
    /// Lines of text above the bar.
    n_lines: usize,
}

impl Row<'_> {
    /// The middle of the bar.
    fn middle(&self) -> f32 {
        self.bottom - if self.n_lines == 0 { 11.0 } else { 13.0 }
    }
}

impl Layout<'_> {
    fn x(&self, evidence: f32) -> f32 {
        self.zero + evidence * self.scale
    }
}

impl ContributionBars {
    /// Those that say most first; what is no number says nothing.
    fn order(&self) -> Vec<&Contribution> {
        let mut rows: Vec<&Contribution> = self.rows.iter().collect();
        let size = |row: &Contribution| {
            let size = row.evidence.abs();
            if size.is_finite() { size } else { -1.0 }
        };
        rows.sort_by(|a, b| size(b).total_cmp(&size(a)));
        rows
    }

    fn shown(&self) -> Vec<&Contribution> {
        let mut rows = self.order();
        rows.retain(|row| row.evidence.is_finite());
        rows.truncate(N_BARS);
        rows
    }

    fn layout(&self, width: f32) -> Layout<'_> {
        let shown = self.shown();
        let is_beside = width >= LEAST_BESIDE;
        let mut bottom = ROW + 4.0;
        let place = |contribution| {
            let n_lines = match is_beside {
                true => 0,
                false => 1 + usize::from(!is_one_line(contribution, width)),
            };
            let height = match n_lines {
                0 => 22.0,
                n => n as f32 * LINE + 24.0,
            };
            let top = bottom;
            bottom += height;
            Row {
                contribution,
                top,
                bottom,
                n_lines,
            }
        };
        let rows: Vec<Row<'_>> = shown.into_iter().map(place).collect();
        let widest = rows
            .iter()
            .map(|row| text_width(&row.contribution.feature))
            .fold(0.0, f32::max);
        let (names, words) = if is_beside {
            ((widest + 8.0).min(width * 0.36), width * 0.62)
        } else {
            (0.0, width)
        };
        let figure = text_width("−00.00") + 8.0;
        let evidence = || rows.iter().map(|row| row.contribution.evidence);
        let (least, most) = (
            evidence().fold(0.0, f32::min),
            evidence().fold(0.0, f32::max),
        );
        // Beside a bar stands its figure, on either side.
        let before = if least < 0.0 { figure } else { 1.0 };
        let room = (words - names - figure - before).max(20.0);
        let scale = room / (most - least).max(1e-6);
        Layout {
            names: names - 8.0,
            zero: names + before - least * scale,
            scale,
            words,
            is_beside,
            rows,
            bottom,
        }
    }

    /// What the row at a place in CSS pixels says.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Mark> {
        let layout = self.layout(frame.width);
        let is_in = |row: &Row<'_>| y_px >= row.top && y_px < row.bottom;
        let row = layout.rows.iter().position(is_in)?;
        (0.0..=frame.width)
            .contains(&x_px)
            .then(|| self.mark(&layout, row))?
    }

    fn mark(&self, layout: &Layout<'_>, row: usize) -> Option<Mark> {
        let row = layout.rows.get(row)?;
        let contribution = row.contribution;
        Some(Mark {
            text: format!(
                "{}: evidence {}, {}",
                contribution.feature,
                written(contribution.evidence),
                words(contribution)
            ),
            at: (layout.x(contribution.evidence), row.middle()),
        })
    }
}

impl Chart for ContributionBars {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        let layout = self.layout(frame.width);
        if layout.rows.is_empty() {
            let at = (frame.width / 2.0, frame.height / 2.0);
            scene.text("No explanation", at, Anchor::Middle, palette.ink_2);
            return scene;
        }
        let title = fit_text("evidence (powers of ten)", frame.width);
        scene.text(title, (0.0, ROW / 2.0), Anchor::Start, palette.ink_2);
        if layout.is_beside {
            let at = (layout.words + 8.0, ROW / 2.0);
            scene.text("value, and what is usual", at, Anchor::Start, palette.ink_2);
        }
        for row in &layout.rows {
            draw_words(&mut scene, &layout, row, frame.width, palette);
            let middle = row.middle();
            let axis = Rect::new(
                layout.zero - 1.0,
                middle - BAR / 2.0 - 3.0,
                layout.zero,
                middle + BAR / 2.0 + 3.0,
            );
            scene.rect(axis, palette.line_strong, 1.0);
            let evidence = row.contribution.evidence;
            let end = layout.x(evidence);
            let (left, right) = (layout.zero.min(end), layout.zero.max(end));
            let bar = Rect::new(left, middle - BAR / 2.0, right, middle + BAR / 2.0);
            let is_odd = evidence >= 0.0;
            scene.rect(bar, palette.series(usize::from(is_odd)), 0.85);
            let (at, anchor) = if is_odd {
                ((right + 6.0, middle), Anchor::Start)
            } else {
                ((left - 6.0, middle), Anchor::End)
            };
            scene.text(written(evidence), at, anchor, palette.ink_2);
        }
        scene
    }

    fn summary(&self) -> String {
        let rows = self.shown();
        let Some(first) = rows.first() else {
            return "Evidence by feature: no explanation.".into();
        };
        let finite = self.rows.iter().map(|row| row.evidence);
        let total: f32 = finite.filter(|evidence| evidence.is_finite()).sum();
        let features = match self.rows.len() {
            1 => "one feature".to_owned(),
            n => format!("{n} features"),
        };
        format!(
            "Evidence of {features}, {} powers of ten in all; most from {}, {}: {}.",
            written(total),
            first.feature,
            written(first.evidence),
            words(first)
        )
    }

    fn table(&self) -> Table {
        let row = |row: &Contribution| {
            vec![
                row.feature.clone(),
                written(row.evidence),
                row.value.clone(),
                row.usual.clone(),
            ]
        };
        (
            columns(["feature", "evidence (powers of ten)", "value", "usual"]),
            self.order().into_iter().map(row).collect(),
        )
    }
}

impl PageChart for ContributionBars {
    fn height(&self, width: f32) -> f32 {
        (self.layout(width).bottom + 2.0).max(120.0)
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let layout = self.layout(frame.width);
        (0..layout.rows.len())
            .filter_map(|row| self.mark(&layout, row))
            .collect()
    }
}

fn draw_words(
    scene: &mut Scene,
    layout: &Layout<'_>,
    row: &Row<'_>,
    width: f32,
    palette: &Palette,
) {
    let name = row.contribution.feature.as_str();
    let said = words(row.contribution);
    let (ink, ink_2) = (palette.ink, palette.ink_2);
    let first = row.top + LINE / 2.0;
    match row.n_lines {
        0 => {
            let middle = row.middle();
            let name = fit_text(name, layout.names);
            scene.text(name, (layout.names, middle), Anchor::End, ink);
            let left = layout.words + 8.0;
            let said = fit_text(&said, width - left);
            scene.text(said, (left, middle), Anchor::Start, ink_2);
        }
        1 => {
            scene.text(name, (0.0, first), Anchor::Start, ink);
            scene.text(said, (width, first), Anchor::End, ink_2);
        }
        _ => {
            scene.text(fit_text(name, width), (0.0, first), Anchor::Start, ink);
            let at = (width, first + LINE);
            scene.text(fit_text(&said, width), at, Anchor::End, ink_2);
        }
    }
}

/// Tells whether name and words fit into one line of this width.
fn is_one_line(row: &Contribution, width: f32) -> bool {
    text_width(&row.feature) + 12.0 + text_width(&words(row)) <= width
}

fn words(row: &Contribution) -> String {
    if row.usual.is_empty() {
        row.value.clone()
    } else {
        format!("{}, usually {}", row.value, row.usual)
    }
}

fn written(evidence: f32) -> String {
    if !evidence.is_finite() {
        return "–".into();
    }
    let text = format!("{evidence:.2}");
    if text == "-0.00" {
        return "0.00".into();
    }
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::workbench_specimen::contributions;

    #[test]
    fn bars_are_the_twelve_that_say_most_and_the_table_has_all() {
        let chart = contributions();
        let (_, rows) = chart.table();
        assert_eq!(rows.len(), chart.rows.len());
        assert_eq!(rows[0][..3], ["src_bytes", "2.31", "54,540"]);
        let frame = ChartFrame::new(900.0, chart.height(900.0), 1.0);
        assert_eq!(chart.marks(&frame).len(), N_BARS);
    }

    #[test]
    fn rows_are_found_where_they_are_drawn() {
        for width in [320.0, 500.0, 900.0] {
            let chart = contributions();
            let frame = ChartFrame::new(width, chart.height(width), 1.0);
            for mark in chart.marks(&frame) {
                let (x, y) = mark.at;
                assert!((0.0..=width).contains(&x), "{mark:?}");
                assert_eq!(chart.hit(&frame, x, y), Some(mark));
            }
            assert_eq!(chart.hit(&frame, 10.0, 2.0), None);
        }
    }

    #[test]
    fn summary_adds_up_and_what_is_no_number_is_left_out() {
        let row = |feature: &str, evidence| Contribution {
            feature: feature.into(),
            evidence,
            value: "7".into(),
            usual: "0 to 2".into(),
        };
        let chart = ContributionBars {
            rows: vec![
                row("a", -0.25),
                row("b", f32::NAN),
                row("c", 1.5),
                row("d", 0.0),
            ],
        };
        assert_eq!(
            chart.summary(),
            "Evidence of 4 features, 1.25 powers of ten in all; most from c, 1.50: 7, usually 0 to 2."
        );
        assert_eq!(chart.shown().len(), 3);
        assert_eq!(chart.table().1[3][1], "–");
        assert!(
            ContributionBars::default()
                .summary()
                .ends_with("no explanation.")
        );
    }
}
