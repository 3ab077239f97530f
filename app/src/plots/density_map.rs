//! Where the classes of a test lie on the map: counts on a grid, in three strengths, for three kinds of cells. Cells with nothing but
//! those to be found are striped, so that they are told apart without colours.

use models::evaluation::report::MapGrid;

use super::frame::{Axes, Axis, ChartFrame, Legend, LegendEntry, Swatch};
use super::palette::{Palette, Rgb};
use super::scene::{Rect, Scene};
use super::{Chart, Mark, PageChart, Table, columns, number};

/// Strength of cells with at least this many records.
const STRENGTHS: [(u32, f32); 3] = [(1, 0.3), (5, 0.6), (40, 1.0)];
/// Cells that can be read off, the fullest.
const N_MARKS: usize = 120;
/// Cells in the table, the fullest.
const N_ROWS: usize = 50;

/// What a cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Normal,
    Attack,
    Both,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Normal, Kind::Attack, Kind::Both];

    fn name(self, [normal, attack]: &[String; 2]) -> String {
        match self {
            Kind::Normal => format!("{normal} only"),
            Kind::Attack => format!("{attack} only"),
            Kind::Both => "both".into(),
        }
    }

    fn swatch(self) -> Swatch {
        match self {
            Kind::Attack => Swatch::Stripes,
            Kind::Normal | Kind::Both => Swatch::Square,
        }
    }

    fn colour(self, palette: &Palette) -> Rgb {
        match self {
            Kind::Normal => palette.series(0),
            Kind::Attack => palette.series(1),
            Kind::Both => palette.ink,
        }
    }
}

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DensityMap {
    /// The counts.
    pub grid: MapGrid,
    /// What the two classes are called, in the plural; those to be found are the second.
    pub classes: [String; 2],
}

/// One cell that is not empty.
struct Cell {
    column: usize,
    row: usize,
    normal: u32,
    attack: u32,
}

impl Cell {
    fn kind(&self) -> Kind {
        match (self.normal, self.attack) {
            (_, 0) => Kind::Normal,
            (0, _) => Kind::Attack,
            _ => Kind::Both,
        }
    }

    fn n(&self) -> u32 {
        self.normal.saturating_add(self.attack)
    }
}

impl DensityMap {
    fn cells(&self) -> impl Iterator<Item = Cell> {
        self.grid
            .cells
            .iter()
            .map(|&[column, row, normal, attack]| Cell {
                column: column as usize,
                row: row as usize,
                normal,
                attack,
            })
    }

    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Axes, Legend) {
        let entry = |kind: Kind| LegendEntry {
            text: kind.name(&self.classes),
            colour: kind.colour(palette),
            swatch: kind.swatch(),
        };
        let legend = Legend::new(Kind::ALL.map(entry).into(), frame.width);
        let axis = |name: &str, axis: usize, [min, max]: [f32; 2]| {
            let share = self.grid.explained.get(axis).copied().unwrap_or(0.0) * 100.0;
            Axis::round_values(
                format!("{name} component ({share:.0} % of variance)"),
                min,
                max,
            )
        };
        let (x, y) = (
            axis("first", 0, self.grid.x),
            axis("second", 1, self.grid.y),
        );
        (frame.axes(x, y, legend.height, 0), legend)
    }

    /// The `n` cells with most records, the fullest first.
    fn fullest(&self, n: usize) -> Vec<Cell> {
        let mut cells: Vec<Cell> = self.cells().collect();
        cells.sort_by_key(|cell| std::cmp::Reverse(cell.n()));
        cells.truncate(n);
        cells
    }

    /// Where columns `column` to `end` of a row are.
    fn place(&self, axes: &Axes, row: usize, column: usize, end: usize) -> Rect {
        let Rect { left, bottom, .. } = axes.area;
        let wide = axes.area.width() / self.grid.n_columns.max(1) as f32;
        let high = axes.area.height() / self.grid.n_rows.max(1) as f32;
        Rect::new(
            left + column as f32 * wide,
            bottom - (row + 1) as f32 * high,
            left + end as f32 * wide,
            bottom - row as f32 * high,
        )
    }
}

impl Chart for DensityMap {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let (axes, legend) = self.layout(frame, palette);
        let mut scene = axes.scene(&legend, palette);
        if self.cells().next().is_none() {
            axes.draw_empty(&mut scene, palette, "Not measured");
        }
        let step = |cell: &Cell| STRENGTHS.iter().rposition(|(least, _)| cell.n() >= *least);
        for kind in Kind::ALL {
            for (strength, (_, opacity)) in STRENGTHS.iter().enumerate() {
                let is_of = |cell: &Cell| cell.kind() == kind && step(cell) == Some(strength);
                // Neighbours in a row are one rectangle.
                let mut runs: Vec<(usize, usize, usize)> = Vec::new();
                for cell in self.cells().filter(is_of) {
                    match runs.last_mut() {
                        Some((row, _, end)) if *row == cell.row && *end == cell.column => *end += 1,
                        _ => runs.push((cell.row, cell.column, cell.column + 1)),
                    }
                }
                for (row, column, end) in runs {
                    let place = self.place(&axes, row, column, end);
                    let stripe = if kind == Kind::Attack {
                        let top = f32::midpoint(place.top, place.bottom);
                        Rect { top, ..place }
                    } else {
                        place
                    };
                    scene.rect(stripe, kind.colour(palette), *opacity);
                }
            }
        }
        scene
    }

    fn summary(&self) -> String {
        if self.cells().next().is_none() {
            return "Map of the test records: not measured.".into();
        }
        let kinds = Kind::ALL.map(|kind| {
            let n = self.cells().filter(|cell| cell.kind() == kind).count();
            let n = number::count(n as u64);
            format!("{n} have {}", kind.name(&self.classes))
        });
        let variance = (self.grid.explained[0] + self.grid.explained[1]) * 100.0;
        format!(
            "Map of the distinct test records by two components with {variance:.0} % of the variance; of its cells {}.",
            kinds.join(", ")
        )
    }

    /// The totals of each kind, then the fullest cells one by one.
    fn table(&self) -> Table {
        let total = |kind: Kind| {
            let cells = || self.cells().filter(|cell| cell.kind() == kind);
            let sum = |of: fn(&Cell) -> u32| {
                number::count(cells().map(|cell| u64::from(of(&cell))).sum())
            };
            vec![
                kind.name(&self.classes),
                number::count(cells().count() as u64),
                sum(|cell| cell.normal),
                sum(|cell| cell.attack),
            ]
        };
        let middle = |[min, max]: [f32; 2], index: usize, n: usize| {
            let step = (max - min) / n.max(1) as f32;
            format!("{:.2}", min + (index as f32 + 0.5) * step).replace('-', "−")
        };
        let row = |cell: &Cell| {
            let MapGrid {
                n_columns,
                n_rows,
                x,
                y,
                ..
            } = self.grid;
            vec![
                format!(
                    "around {}, {}",
                    middle(x, cell.column, n_columns),
                    middle(y, cell.row, n_rows)
                ),
                "1".into(),
                number::count(cell.normal.into()),
                number::count(cell.attack.into()),
            ]
        };
        let [normal, attack] = self.classes.each_ref().map(String::as_str);
        let mut rows: Vec<Vec<String>> = Kind::ALL.map(total).into();
        rows.extend(self.fullest(N_ROWS).iter().map(row));
        (columns(["cells", "number", normal, attack]), rows)
    }
}

impl PageChart for DensityMap {
    fn height(&self, width: f32) -> f32 {
        (width * 0.62).clamp(300.0, 480.0)
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let (axes, _) = self.layout(frame, &Palette::light());
        let mut cells = self.fullest(N_MARKS);
        cells.sort_by_key(|cell| (cell.row, cell.column));
        let [normal, attack] = &self.classes;
        let mark = |cell: &Cell| {
            let place = self.place(&axes, cell.row, cell.column, cell.column + 1);
            Mark {
                text: format!(
                    "{} {normal}, {} {attack} here",
                    number::count(cell.normal.into()),
                    number::count(cell.attack.into())
                ),
                at: (
                    f32::midpoint(place.left, place.right),
                    f32::midpoint(place.top, place.bottom),
                ),
            }
        };
        cells.iter().map(mark).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_rectangle_and_counts_are_kept() {
        let grid = MapGrid {
            n_columns: 3,
            n_rows: 1,
            x: [0.0, 3.0],
            y: [0.0, 1.0],
            explained: [0.4, 0.2],
            cells: vec![[0, 0, 1, 0], [1, 0, 2, 0], [2, 0, 0, 7]],
        };
        let chart = DensityMap {
            grid,
            classes: ["inliers".into(), "outliers".into()],
        };
        let frame = ChartFrame::new(300.0, 300.0, 1.0);
        let shapes = |chart: &DensityMap| chart.scene(&frame, &Palette::light()).shapes.len();
        let mut empty = chart.clone();
        empty.grid.cells.clear();
        // Two rectangles against a patch and two words.
        assert_eq!(shapes(&chart), shapes(&empty));
        let (_, rows) = chart.table();
        assert_eq!(rows[1], ["outliers only", "1", "0", "7"]);
        assert_eq!(rows[3], ["around 2.50, 0.50", "1", "0", "7"]);
        assert_eq!(chart.marks(&frame).len(), 3);
    }
}
