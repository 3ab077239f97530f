//! What stands beside the bars of a chart, so that nobody has to tell colours apart: names where there is room, else the numbers that
//! the legend gives them.

use super::frame::{Legend, LegendEntry};
use super::scene::text_width;

/// Least width of a chart with names beside its bars.
const LEAST_WIDTH: f32 = 800.0;
/// Space between a name and its bar.
const GAP: f32 = 10.0;

/// Names of bars and the legend that goes with them.
#[derive(Clone, Debug, PartialEq)]
pub struct RowNames {
    /// One per entry, in order.
    pub texts: Vec<String>,
    /// Space they take beside the bars.
    pub width: f32,
    /// Empty where the names themselves stand beside the bars.
    pub legend: Legend,
}

impl RowNames {
    /// For a chart of this width.
    pub fn new(entries: Vec<LegendEntry>, width: f32) -> Self {
        let (texts, entries): (Vec<String>, _) = if width >= LEAST_WIDTH {
            (
                entries.into_iter().map(|entry| entry.text).collect(),
                Vec::new(),
            )
        } else {
            let numbered = |(index, entry): (usize, LegendEntry)| {
                let number = (index + 1).to_string();
                let text = format!("{number} {}", entry.text);
                (number, LegendEntry { text, ..entry })
            };
            entries.into_iter().enumerate().map(numbered).unzip()
        };
        let widest = texts
            .iter()
            .map(|text| text_width(text))
            .fold(0.0, f32::max);
        Self {
            texts,
            width: widest + GAP,
            legend: Legend::new(entries, width),
        }
    }

    /// The name of an entry.
    pub fn name(&self, index: usize) -> &str {
        self.texts.get(index).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Swatch;
    use super::*;

    #[test]
    fn names_become_numbers_where_there_is_no_room() {
        let entry = |text: &str| LegendEntry {
            text: text.into(),
            colour: [0; 3],
            swatch: Swatch::Square,
        };
        let entries = vec![entry("Ensemble"), entry("Density")];
        let wide = RowNames::new(entries.clone(), 960.0);
        assert_eq!((wide.name(1), wide.legend.height), ("Density", 0.0));
        let narrow = RowNames::new(entries, 290.0);
        assert_eq!(narrow.name(1), "2");
        assert!(narrow.legend.height > 0.0 && narrow.width < 20.0);
    }
}
