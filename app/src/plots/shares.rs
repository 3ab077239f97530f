//! What a file is made of: a donut of classes or families beside one bar per type; the selection in colour over the whole file in grey.
//!
//! The donut shows shares as they are; the bars show by their logarithm what is too rare for the donut. Slices have the numbers of the
//! legend and bars their names, so nobody has to tell colours apart.

use super::count_bars::{Bar, BarPart, CountBars, Form};
use super::donut::{Donut, EXTENT, Slice, share};
use super::frame::{ChartFrame, Legend, LegendEntry, Swatch};
use super::palette::{Palette, Rgb};
use super::scene::{Anchor, Point, Scene};
use super::{Chart, Mark, PageChart, Table, columns, number};

/// Bars that are drawn; the table has every type.
const N_BARS: usize = 12;
/// Groups with a colour of their own; the rest share one.
const N_COLOURS: usize = 6;
/// Narrower than this, the donut stands above the bars.
const LEAST_BESIDE: f32 = 620.0;

/// One type of connection.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SharePart {
    /// `neptune`.
    pub name: String,
    /// What it belongs to: `dos`; `None` where it stands for itself.
    pub family: Option<String>,
    /// Connections in the whole file.
    pub n_all: u64,
    /// Connections in the selection.
    pub n_selected: u64,
    /// Tells whether it is what is usual.
    pub is_normal: bool,
}

impl SharePart {
    fn group(&self) -> &str {
        self.family.as_deref().unwrap_or(&self.name)
    }
}

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// Types in any order.
    pub parts: Vec<SharePart>,
}

/// Types that share a colour.
#[derive(Clone, Debug, PartialEq)]
struct Group<'a> {
    name: &'a str,
    is_normal: bool,
    n_all: u64,
    n_selected: u64,
}

struct Layout {
    legend: Legend,
    donut: Donut,
    bars: CountBars,
    /// Index into the parts, per bar.
    rows: Vec<usize>,
}

impl Shares {
    fn n_all(&self) -> u64 {
        self.parts.iter().map(|part| part.n_all).sum()
    }

    fn n_selected(&self) -> u64 {
        self.parts.iter().map(|part| part.n_selected).sum()
    }

    fn is_partial(&self) -> bool {
        self.n_selected() < self.n_all()
    }

    /// What is usual first, then by size in the whole file, so that colours stay while the selection changes; the smallest become one.
    fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for part in &self.parts {
            let known = groups
                .iter_mut()
                .find(|group| group.name == part.group() && group.is_normal == part.is_normal);
            if let Some(group) = known {
                group.n_all += part.n_all;
                group.n_selected += part.n_selected;
            } else {
                groups.push(Group {
                    name: part.group(),
                    is_normal: part.is_normal,
                    n_all: part.n_all,
                    n_selected: part.n_selected,
                });
            }
        }
        groups.sort_by(|a, b| {
            let key = |group: &Group<'_>| (!group.is_normal, std::cmp::Reverse(group.n_all));
            key(a).cmp(&key(b)).then(a.name.cmp(b.name))
        });
        groups
    }

    /// The groups with a colour, and those that share the last.
    fn coloured(&self) -> Vec<Group<'_>> {
        let mut groups = self.groups();
        // Blue is for what is usual, also where there is none of it.
        let n_normal = groups.iter().filter(|group| group.is_normal).count();
        let n = N_COLOURS - 1 + n_normal.min(1);
        if groups.len() > n {
            let rest = groups.split_off(n);
            groups.push(Group {
                name: "all others",
                is_normal: false,
                n_all: rest.iter().map(|group| group.n_all).sum(),
                n_selected: rest.iter().map(|group| group.n_selected).sum(),
            });
        }
        groups
    }

    fn colour(&self, index: usize, palette: &Palette) -> Rgb {
        let has_normal = self.parts.iter().any(|part| part.is_normal);
        match index + usize::from(!has_normal) {
            series if series < N_COLOURS => palette.series(series),
            _ => palette.ink_3,
        }
    }

    /// Indices of the parts, the most frequent first.
    fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.parts.len()).collect();
        let n_all = |index: &usize| self.parts.get(*index).map_or(0, |part| part.n_all);
        order.sort_by_key(|index| std::cmp::Reverse(n_all(index)));
        order
    }

    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> Layout {
        let width = frame.width;
        let total = self.n_selected();
        let groups = self.coloured();
        let entry = |(index, group): (usize, &Group<'_>)| LegendEntry {
            text: format!(
                "{} {} {}",
                index + 1,
                group.name,
                number::percent(share(group.n_selected, total))
            ),
            colour: self.colour(index, palette),
            swatch: Swatch::Square,
        };
        let legend = Legend::new(groups.iter().enumerate().map(entry).collect(), width);
        let top = legend.height + 4.0;
        let is_beside = width >= LEAST_BESIDE;
        let (middle, bars_at) = if is_beside {
            (EXTENT / 2.0, (EXTENT + 16.0, top))
        } else {
            (width / 2.0, (0.0, top + EXTENT + 8.0))
        };
        let room = width - bars_at.0;
        let (bars, rows, note) = self.bars(&groups, room, palette);
        let mut caption = "Length: connections (logarithmic scale).".to_owned();
        if self.is_partial() {
            caption.push_str(" In colour the selection, per cent of it; in grey the whole file.");
        }
        let form = Form::of_width(room);
        Layout {
            legend,
            donut: self.donut((middle, top + EXTENT / 2.0), &groups, palette),
            bars: CountBars::new(bars, note, &caption, form, bars_at, room),
            rows,
        }
    }

    fn bars(
        &self,
        groups: &[Group<'_>],
        room: f32,
        palette: &Palette,
    ) -> (Vec<Bar>, Vec<usize>, String) {
        let total = self.n_selected();
        let mut rows = self.order();
        let rest = rows.split_off(rows.len().min(N_BARS));
        let bar = |part: &SharePart| {
            let group = groups
                .iter()
                .position(|group| group.name == part.group() && group.is_normal == part.is_normal);
            let per_cent = number::percent(share(part.n_selected, total));
            let selected = number::count(part.n_selected);
            let text = if self.is_partial() && room >= 560.0 {
                format!("{selected} of {} · {per_cent}", number::count(part.n_all))
            } else {
                format!("{selected} · {per_cent}")
            };
            Bar {
                name: part.name.clone(),
                text,
                n_all: part.n_all,
                parts: vec![BarPart {
                    n: part.n_selected,
                    colour: self.colour(group.unwrap_or(usize::MAX - 1), palette),
                }],
                is_chosen: false,
            }
        };
        let part = |index: &usize| self.parts.get(*index);
        let bars = rows.iter().filter_map(part).map(bar).collect();
        let note = match rest.len() {
            0 => String::new(),
            n => {
                let of: u64 = rest
                    .iter()
                    .filter_map(part)
                    .map(|part| part.n_selected)
                    .sum();
                let types = if n == 1 { "type" } else { "types" };
                format!("{n} more {types}: {}", number::count(of))
            }
        };
        (bars, rows, note)
    }

    fn donut(&self, centre: Point, groups: &[Group<'_>], palette: &Palette) -> Donut {
        let slice = |(index, group): (usize, &Group<'_>)| Slice {
            n_selected: group.n_selected,
            n_all: group.n_all,
            colour: self.colour(index, palette),
        };
        Donut {
            centre,
            slices: groups.iter().enumerate().map(slice).collect(),
        }
    }

    /// Index into the parts of the bar at a place in CSS pixels.
    pub fn value_at(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<usize> {
        let layout = self.layout(frame, &Palette::light());
        let row = layout.bars.row_at((x_px, y_px))?;
        layout.rows.get(row).copied()
    }

    /// What the bar or slice at a place in CSS pixels says.
    pub fn hit(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> Option<Mark> {
        let layout = self.layout(frame, &Palette::light());
        if let Some(row) = layout.bars.row_at((x_px, y_px)) {
            return self.bar_mark(&layout, row);
        }
        let slice = layout.donut.slice_at((x_px, y_px))?;
        self.slice_marks(&layout).into_iter().nth(slice)
    }

    fn bar_mark(&self, layout: &Layout, row: usize) -> Option<Mark> {
        let part = self.parts.get(*layout.rows.get(row)?)?;
        let family = match &part.family {
            Some(family) if *family != part.name => format!(" ({family})"),
            _ => String::new(),
        };
        Some(Mark {
            text: format!(
                "{}{family}: {}",
                part.name,
                self.say(part.n_selected, part.n_all)
            ),
            at: layout.bars.end_of(row),
        })
    }

    fn slice_marks(&self, layout: &Layout) -> Vec<Mark> {
        let mark = |(index, group): (usize, Group<'_>)| Mark {
            text: format!(
                "{}: {}",
                group.name,
                self.say(group.n_selected, group.n_all)
            ),
            at: layout.donut.middle_of(index),
        };
        self.coloured().into_iter().enumerate().map(mark).collect()
    }

    fn say(&self, n_selected: u64, n_all: u64) -> String {
        let per_cent = number::percent(share(n_selected, self.n_selected()));
        if self.is_partial() {
            format!(
                "{} of {}, {per_cent} of the selection",
                number::count(n_selected),
                number::count(n_all)
            )
        } else {
            format!("{}, {per_cent} of all", number::count(n_all))
        }
    }
}

impl Chart for Shares {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        if self.n_all() == 0 {
            let at = (frame.width / 2.0, frame.height / 2.0);
            scene.text("No connections", at, Anchor::Middle, palette.ink_2);
            return scene;
        }
        let layout = self.layout(frame, palette);
        layout.legend.draw(&mut scene, palette);
        layout.donut.draw(&mut scene, palette);
        layout.bars.draw(&mut scene, palette);
        scene
    }

    fn summary(&self) -> String {
        if self.n_all() == 0 {
            return "Shares of types: no connections.".into();
        }
        let total = self.n_selected();
        let of = |group: &Group<'_>| {
            let per_cent = number::percent(share(group.n_selected, total));
            format!("{per_cent} {}", group.name)
        };
        let groups: Vec<String> = self.coloured().iter().map(of).collect();
        let selected = if self.is_partial() {
            format!(
                "{} of {} connections selected",
                number::count(total),
                number::count(self.n_all())
            )
        } else {
            format!("{} connections", number::count(total))
        };
        let types = match self.parts.len() {
            1 => "one type".to_owned(),
            n => format!("{n} types"),
        };
        format!("{selected}, {types}: {}.", groups.join(", "))
    }

    fn table(&self) -> Table {
        let header = [
            "type",
            "family",
            "connections",
            "share",
            "selected",
            "share of selection",
        ];
        let (n_all, n_selected) = (self.n_all(), self.n_selected());
        let row = |part: &SharePart| {
            vec![
                part.name.clone(),
                part.family.clone().unwrap_or_else(|| "–".into()),
                number::count(part.n_all),
                number::percent(share(part.n_all, n_all)),
                number::count(part.n_selected),
                number::percent(share(part.n_selected, n_selected)),
            ]
        };
        let order = self.order();
        let parts = order.iter().filter_map(|index| self.parts.get(*index));
        (columns(header), parts.map(row).collect())
    }
}

impl PageChart for Shares {
    fn height(&self, width: f32) -> f32 {
        if self.n_all() == 0 {
            return 120.0;
        }
        let frame = ChartFrame::new(width, 0.0, 1.0);
        let layout = self.layout(&frame, &Palette::light());
        let donut = layout.donut.centre.1 + EXTENT / 2.0;
        layout.bars.bottom().max(donut) + 2.0
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        if self.n_all() == 0 {
            return Vec::new();
        }
        let layout = self.layout(frame, &Palette::light());
        let mut marks = self.slice_marks(&layout);
        marks.extend((0..layout.rows.len()).filter_map(|row| self.bar_mark(&layout, row)));
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::scene::Shape;
    use crate::plots::workbench_specimen::{shares, shares_without_families};

    fn colours_of(chart: &Shares) -> Vec<Rgb> {
        let frame = ChartFrame::new(900.0, chart.height(900.0), 1.0);
        let mut colours = Vec::new();
        for shape in chart.scene(&frame, &Palette::light()).shapes {
            if let Shape::Polygon { fill, .. } = shape
                && !colours.contains(&fill)
            {
                colours.push(fill);
            }
        }
        colours
    }

    #[test]
    fn normal_is_blue_and_no_more_than_eight_colours_are_used() {
        let palette = Palette::light();
        let colours = colours_of(&shares());
        assert_eq!(colours[..2], [palette.series(0), palette.series(1)]);
        let many = colours_of(&shares_without_families());
        assert!(many.len() <= 8, "{}", many.len());
        let mut attacks = shares();
        attacks.parts.retain(|part| !part.is_normal);
        assert!(!colours_of(&attacks).contains(&palette.series(0)));
    }

    #[test]
    fn table_has_every_type_and_bars_the_most_frequent() {
        let chart = shares();
        let (_, rows) = chart.table();
        assert_eq!(rows.len(), chart.parts.len());
        assert_eq!(rows[0][..3], ["smurf", "dos", "280,790"]);
        let frame = ChartFrame::new(900.0, chart.height(900.0), 1.0);
        let layout = chart.layout(&frame, &Palette::light());
        assert_eq!(layout.rows.len(), N_BARS);
        let (_, _, note) = chart.bars(&chart.coloured(), 900.0, &Palette::light());
        assert_eq!(
            note,
            format!("{} more types: 61", chart.parts.len() - N_BARS)
        );
    }

    #[test]
    fn slices_and_bars_are_found_where_they_are_drawn() {
        for width in [320.0, 500.0, 900.0] {
            let chart = shares();
            let frame = ChartFrame::new(width, chart.height(width), 1.0);
            for mark in chart.marks(&frame) {
                let found = chart.hit(&frame, mark.at.0, mark.at.1);
                // A slice of a thousandth of a turn is narrower than a pixel.
                assert!(
                    found == Some(mark.clone()) || mark.text.starts_with("u2r"),
                    "{width}: {mark:?} {found:?}"
                );
            }
            assert_eq!(chart.hit(&frame, 1.0, 1.0), None);
        }
        let chart = shares();
        let frame = ChartFrame::new(900.0, chart.height(900.0), 1.0);
        let layout = chart.layout(&frame, &Palette::light());
        let (x, y) = layout.bars.end_of(0);
        let part = chart.value_at(&frame, x, y).expect("a bar");
        assert_eq!(chart.parts[part].name, "smurf");
    }

    #[test]
    fn summary_says_what_is_selected() {
        let summary = shares().summary();
        assert!(
            summary.contains(" connections selected, 23 types: ") && summary.contains("% normal, "),
            "{summary}"
        );
        assert_eq!(
            Shares::default().summary(),
            "Shares of types: no connections."
        );
        let one = Shares {
            parts: vec![SharePart {
                name: "normal".into(),
                n_all: 7,
                n_selected: 7,
                is_normal: true,
                ..SharePart::default()
            }],
        };
        assert_eq!(one.summary(), "7 connections, one type: 100.0 % normal.");
    }
}
