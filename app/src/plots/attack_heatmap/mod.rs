//! Recall of every attack type by every model: types in rows, by family; models in columns; the fuller a cell, the more was found.

mod layout;

use models::evaluation::report::{AttackRow, ProtocolReport, Spread};

use super::frame::{ChartFrame, ROW};
use super::palette::Palette;
use super::scene::{Anchor, Rect, Scene, fit_text};
use super::{Chart, Mark, PageChart, Table, number};
use layout::{CELL, Placed, label};

/// Families in the order in which they are shown, with their names.
const FAMILIES: [(&str, &str); 5] = [
    ("dos", "denial of service"),
    ("probe", "probing"),
    ("r2l", "remote to local"),
    ("u2r", "user to root"),
    ("other", "other"),
];
/// How strong the cell of an attack type is of which everything is found. Beyond it the number in it would be hard to read.
const FULLEST: f32 = 0.5;

/// Recall of one type by each model.
#[derive(Clone, Debug, PartialEq)]
struct HeatRow {
    attack: AttackRow,
    /// One per model; `None` where a model was not measured.
    recalls: Vec<Option<Spread>>,
}

/// The chart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttackHeatmap {
    models: Vec<String>,
    families: Vec<(&'static str, Vec<HeatRow>)>,
}

impl AttackHeatmap {
    /// From a protocol, without baselines.
    pub fn new(protocol: &ProtocolReport) -> Self {
        let models: Vec<_> = protocol
            .models
            .iter()
            .filter(|model| !model.is_baseline)
            .collect();
        let attacks = models
            .first()
            .map_or(&[][..], |model| &model.recall_by_attack);
        let row = |attack: &AttackRow| HeatRow {
            attack: attack.clone(),
            recalls: models
                .iter()
                .map(|model| {
                    let row = model
                        .recall_by_attack
                        .iter()
                        .find(|row| row.attack == attack.attack)?;
                    Some(row.recall)
                })
                .collect(),
        };
        let of_family = |(family, name): (&str, &'static str)| {
            let rows: Vec<HeatRow> = attacks
                .iter()
                .filter(|attack| attack.family == family)
                .map(row)
                .collect();
            (!rows.is_empty()).then_some((name, rows))
        };
        Self {
            models: models.iter().map(|model| model.title.clone()).collect(),
            families: FAMILIES.into_iter().filter_map(of_family).collect(),
        }
    }

    /// Number of attack types.
    pub fn n_types(&self) -> usize {
        self.rows().count()
    }

    fn rows(&self) -> impl Iterator<Item = &HeatRow> {
        self.families.iter().flat_map(|(_, rows)| rows)
    }
}

impl Chart for AttackHeatmap {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let mut scene = Scene::default();
        let layout = self.layout(frame.width);
        let Placed { families, rows } = self.placed(&layout);
        for (index, line) in layout.key.iter().enumerate() {
            let at = (0.0, (index as f32 + 0.5) * ROW);
            scene.text(line.as_str(), at, Anchor::Start, palette.ink_2);
        }
        let middle_of = |column: usize| layout.left + (column as f32 + 0.5) * layout.column;
        for (column, lines) in layout.names.iter().enumerate() {
            for (up, line) in lines.iter().rev().enumerate() {
                let y = layout.top - 6.0 - (up as f32 + 0.5) * ROW;
                scene.text(
                    line.as_str(),
                    (middle_of(column), y),
                    Anchor::Middle,
                    palette.ink_2,
                );
            }
        }
        if rows.is_empty() {
            let at = (frame.width / 2.0, frame.height / 2.0);
            scene.text("Not measured", at, Anchor::Middle, palette.ink_2);
        }
        for (y, family) in families {
            scene.text(family, (0.0, y + ROW / 2.0), Anchor::Start, palette.ink_3);
        }
        for (y, row) in rows {
            let middle = y + CELL / 2.0;
            let name = fit_text(&label(row, frame.width), layout.left - 8.0);
            scene.text(name, (layout.left - 8.0, middle), Anchor::End, palette.ink);
            for (column, recall) in row.recalls.iter().enumerate() {
                let left = layout.left + column as f32 * layout.column;
                let cell = Rect::new(
                    left + 1.0,
                    y + 1.0,
                    left + layout.column - 1.0,
                    y + CELL - 1.0,
                );
                let Some(Spread { mean: recall, .. }) = recall else {
                    continue;
                };
                scene.rect(cell, palette.surface, 1.0);
                scene.rect(
                    cell,
                    palette.series(0),
                    0.04 + (FULLEST - 0.04) * recall.clamp(0.0, 1.0) as f32,
                );
                scene.text(
                    whole_percent(*recall),
                    (middle_of(column), middle),
                    Anchor::Middle,
                    palette.ink,
                );
            }
        }
        scene
    }

    fn summary(&self) -> String {
        let Some(model) = self.models.first() else {
            return "Recall by attack type: not measured.".into();
        };
        let worst = self
            .rows()
            .filter_map(|row| Some((row, row.recalls.first()?.as_ref()?.mean)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let n = self.n_types();
        match worst {
            Some((row, recall)) => format!(
                "Recall of {n} attack types by {} models; {model} finds least of {}: {}.",
                self.models.len(),
                row.attack.attack,
                number::percent(recall)
            ),
            None => "Recall by attack type: not measured.".into(),
        }
    }

    fn table(&self) -> Table {
        let mut header: Vec<String> = ["attack type", "family", "in training", "test rows"]
            .map(str::to_owned)
            .into();
        header.extend(self.models.iter().map(|model| format!("{model}, % found")));
        let row = |row: &HeatRow| {
            let known = if row.attack.is_known { "yes" } else { "no" };
            let n = number::count(row.attack.n.round() as u64);
            let mut cells = vec![
                row.attack.attack.clone(),
                row.attack.family.clone(),
                known.into(),
                n,
            ];
            cells.extend(row.recalls.iter().map(|recall| {
                recall.map_or("–".into(), |recall| {
                    let mean = number::percent(recall.mean);
                    let mean = mean.trim_end_matches(" %");
                    format!("{mean}{}", number::deviation(recall.sd * 100.0))
                })
            }));
            cells
        };
        (header, self.rows().map(row).collect())
    }
}

impl PageChart for AttackHeatmap {
    fn height(&self, width: f32) -> f32 {
        let layout = self.layout(width);
        let Placed { rows, .. } = self.placed(&layout);
        rows.last()
            .map_or(layout.top + 60.0, |(y, _)| y + CELL + 2.0)
    }

    fn marks(&self, frame: &ChartFrame) -> Vec<Mark> {
        let layout = self.layout(frame.width);
        let Placed { rows, .. } = self.placed(&layout);
        let mut marks = Vec::new();
        for (y, row) in rows {
            for (column, (recall, model)) in row.recalls.iter().zip(&self.models).enumerate() {
                let Some(recall) = recall else { continue };
                let n = number::count(row.attack.n.round() as u64);
                marks.push(Mark {
                    text: format!(
                        "{model}: {} of {n} {} found",
                        number::percent(recall.mean),
                        row.attack.attack
                    ),
                    at: (
                        layout.left + (column as f32 + 0.5) * layout.column,
                        y + CELL / 2.0,
                    ),
                });
            }
        }
        marks
    }
}

/// Never 100 for what is not all.
fn whole_percent(share: f64) -> String {
    if share < 1.0 {
        format!("{:.0}", (share * 100.0).min(99.0))
    } else {
        "100".into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::specimen;

    #[test]
    fn types_stand_by_family_and_cells_are_never_rounded_up_to_all() {
        let chart = AttackHeatmap::new(&specimen::protocol("P1"));
        let names: Vec<&str> = chart.families.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, FAMILIES.map(|(_, name)| name));
        assert_eq!(
            [
                whole_percent(0.9999),
                whole_percent(1.0),
                whole_percent(0.0)
            ],
            ["99", "100", "0"]
        );
        let (header, rows) = chart.table();
        assert_eq!((header.len(), rows.len()), (10, 22));
    }

    #[test]
    fn names_become_numbers_where_columns_are_narrow() {
        let chart = AttackHeatmap::new(&specimen::protocol("P1"));
        assert_eq!(chart.layout(290.0).key[0], "1 = Ensemble");
        assert!(chart.layout(960.0).key.is_empty());
        assert!(
            AttackHeatmap::new(&ProtocolReport::default())
                .summary()
                .contains("not measured")
        );
    }
}
