//! The frame of the map: axes with the variance they explain, the bands, and what lies beyond. The points themselves are an image, made
//! by [`models::raster`], that goes into [`MapView::area`] or its device pixels.

use serde::{Deserialize, Serialize};

use super::frame::{Axes, Axis, ChartFrame, Legend, LegendEntry, ROW, Swatch};
use super::palette::Palette;
use super::scene::{Anchor, Rect, Scene, wrap_text};
use super::{Chart, Table, columns, number};
use models::raster::{Bounds, N_CLASSES, PointColours};

/// What the frame of the map says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MapView {
    /// The part of the plane that is shown.
    pub bounds: Bounds,
    /// What is along each axis.
    pub axes: [String; 2],
    /// What the classes of points are called, the first at the bottom.
    pub class_names: [String; N_CLASSES],
    /// Points per class that are not faint.
    pub n_by_class: [u64; N_CLASSES],
    /// Points in all; the others are faint.
    pub n_rows: u64,
    /// Points are told apart by label: their colours are no order.
    pub is_by_label: bool,
}

/// A rectangle of device pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PixelArea {
    /// From the left.
    pub left: usize,
    /// From the top.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl PixelArea {
    /// A rectangle of CSS pixels on a canvas that is `scale` times as dense.
    pub fn of(area: Rect, scale: f32) -> Self {
        let device = |value: f32| (value * scale).round().max(0.0) as usize;
        let (left, top) = (device(area.left), device(area.top));
        Self {
            left,
            top,
            width: device(area.right).saturating_sub(left),
            height: device(area.bottom).saturating_sub(top),
        }
    }
}

impl MapView {
    /// The colours of the points.
    pub fn colours(&self, palette: &Palette) -> PointColours {
        if self.is_by_label {
            palette.class_colours()
        } else {
            palette.point_colours()
        }
    }

    fn layout(&self, frame: &ChartFrame, palette: &Palette) -> (Axes, Legend, Vec<String>) {
        let colours = self.colours(palette);
        let classes = self.class_names.iter().zip(self.n_by_class);
        let mut entries: Vec<LegendEntry> = classes
            .zip(colours.classes)
            .map(|((name, n), colour)| LegendEntry {
                text: format!("{name} {}", number::count(n)),
                colour,
                swatch: Swatch::Square,
            })
            .collect();
        let n_faint = self.n_rows - self.n_by_class.iter().sum::<u64>().min(self.n_rows);
        if n_faint > 0 {
            entries.push(LegendEntry {
                text: format!("outside the filter {}", number::count(n_faint)),
                colour: colours.faint,
                swatch: Swatch::Square,
            });
        }
        let legend = Legend::new(entries, frame.width);
        let [first, second] = &self.axes;
        let x = Axis::round_values(first.clone(), self.bounds.x.0, self.bounds.x.1);
        let y = Axis::round_values(second.clone(), self.bounds.y.0, self.bounds.y.1);
        let note = match self.bounds.n_beyond {
            0 => String::new(),
            1 => "1 point beyond the frame is drawn on its border".into(),
            n => format!(
                "{} points beyond the frame are drawn on its border",
                number::count(n as u64)
            ),
        };
        let note = wrap_text(&note, frame.width);
        (frame.axes(x, y, legend.height, note.len()), legend, note)
    }

    /// Where the points go, in CSS pixels.
    pub fn area(&self, frame: &ChartFrame) -> Rect {
        self.layout(frame, &Palette::light()).0.area
    }

    /// Where the points go, in device pixels of a canvas that is `frame.scale` times as dense.
    pub fn pixel_area(&self, frame: &ChartFrame) -> PixelArea {
        PixelArea::of(self.area(frame), frame.scale)
    }

    /// The components at a place in CSS pixels.
    pub fn to_data(&self, frame: &ChartFrame, x_px: f32, y_px: f32) -> (f32, f32) {
        self.layout(frame, &Palette::light()).0.to_data(x_px, y_px)
    }

    /// The place of a point in CSS pixels.
    pub fn to_pixel(&self, frame: &ChartFrame, x: f32, y: f32) -> (f32, f32) {
        self.layout(frame, &Palette::light()).0.to_pixel(x, y)
    }
}

impl Chart for MapView {
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene {
        let (axes, legend, note) = self.layout(frame, palette);
        let mut scene = axes.scene(&legend, palette);
        let Rect {
            left, top, bottom, ..
        } = axes.area;
        scene.rect(
            Rect {
                left,
                top,
                right: left + 1.0,
                bottom,
            },
            palette.line_strong,
            1.0,
        );
        for (row, line) in note.into_iter().enumerate() {
            scene.text(
                line,
                (frame.width / 2.0, bottom + 36.0 + (row + 1) as f32 * ROW),
                Anchor::Middle,
                palette.ink_3,
            );
        }
        if self.n_rows == 0 {
            axes.draw_empty(&mut scene, palette, "No connections scored yet");
        }
        scene
    }

    fn summary(&self) -> String {
        let n: u64 = self.n_by_class.iter().sum();
        if self.n_rows == 0 {
            return "Map of connections: none scored yet.".into();
        }
        let classes = self.class_names.iter().zip(self.n_by_class);
        let classes: Vec<String> = classes
            .map(|(name, n)| format!("{} {name}", number::count(n)))
            .collect();
        format!(
            "Map of {} connections, {} across and {} upwards: {}.",
            number::count(n),
            self.axes[0],
            self.axes[1],
            classes.join(", ")
        )
    }

    fn table(&self) -> Table {
        let n: u64 = self.n_by_class.iter().sum();
        let row = |(name, of): (&String, u64)| {
            let share = if n == 0 { 0.0 } else { of as f64 / n as f64 };
            vec![name.clone(), number::count(of), number::percent(share)]
        };
        (
            columns(["class", "connections", "share"]),
            self.class_names
                .iter()
                .zip(self.n_by_class)
                .map(row)
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::legibility::map;
    use crate::plots::to_svg;

    #[test]
    fn svg_has_titles_bands_and_the_note() {
        let svg = to_svg(&map(), 700, 420, &Palette::light());
        for text in [
            "first component (41 % of variance)",
            "second component (17 % of variance)",
            "critical 77,000",
            "12 points beyond the frame",
        ] {
            assert!(svg.contains(text), "{text}");
        }
    }

    #[test]
    fn device_pixels_match_the_area() {
        let frame = ChartFrame::new(700.0, 420.0, 1.5);
        let (area, pixels) = (map().area(&frame), map().pixel_area(&frame));
        assert!((pixels.width as f32 - area.width() * 1.5).abs() <= 1.0);
        assert!((pixels.left as f32 - area.left * 1.5).abs() <= 0.5);
        let (x, y) = map().to_pixel(&frame, 3.0, 1.0);
        let (x, y) = map().to_data(&frame, x, y);
        assert!((x - 3.0).abs() < 1e-3 && (y - 1.0).abs() < 1e-3);
    }

    #[test]
    fn table_equals_the_counts() {
        let (_, rows) = map().table();
        assert_eq!(rows[3], ["critical", "77,000", "15.6 %"]);
    }
}
