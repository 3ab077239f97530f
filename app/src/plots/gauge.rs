//! The gauge: risk 0 to 100 on an arc of four bands, as inline SVG that takes its colours from the page.
//!
//! Bands are named beside their arcs and the value stands below in words, so nothing is told by colour alone.

use std::f32::consts::PI;

use models::calibration::Band;

use super::number;

/// `viewBox` of the drawing.
pub const VIEW_BOX: &str = "0 0 280 158";
const CENTRE: (f32, f32) = (140.0, 122.0);
const RADIUS: f32 = 82.0;
const NAME_RADIUS: f32 = 101.0;

/// The arc of one band.
#[derive(Clone, Debug, PartialEq)]
pub struct GaugeArc {
    /// Its name.
    pub name: &'static str,
    /// Its CSS colour: `var(--low)`.
    pub colour: &'static str,
    /// Path data of the arc's middle line; stroke it 18 wide.
    pub path: String,
    /// Where its name stands.
    pub name_at: (f32, f32),
    /// `text-anchor` of the name.
    pub name_anchor: &'static str,
    /// Tells whether the risk is in this band.
    pub is_current: bool,
}

/// Everything to draw for one risk.
#[derive(Clone, Debug, PartialEq)]
pub struct Gauge {
    /// 0..100.
    pub risk: f32,
    /// Its band.
    pub band: Band,
    /// Low to critical.
    pub arcs: [GaugeArc; 4],
    /// Degrees from pointing left (risk 0) to pointing right (100), for `rotate(degrees 140 122)` on [`Gauge::NEEDLE_PATH`].
    pub needle_degrees: f32,
}

impl Gauge {
    /// The needle at risk 0.
    pub const NEEDLE_PATH: &'static str = "M140 118.6L76 122L140 125.4Z";
    /// Around which the needle turns.
    pub const CENTRE: (f32, f32) = CENTRE;

    /// Lays out a risk; what is not a number is drawn as 0.
    pub fn new(risk: f32) -> Self {
        let risk = if risk.is_finite() {
            risk.clamp(0.0, 100.0)
        } else {
            0.0
        };
        let band = Band::of(risk);
        Self {
            risk,
            band,
            arcs: Band::ALL.map(|of| arc(of, of == band)),
            needle_degrees: risk * 1.8,
        }
    }

    /// "risk 86.4 · critical". Rounded down to a tenth, so that the number is never of a higher band than the word.
    pub fn text(&self) -> String {
        format!(
            "risk {} · {}",
            super::number::risk(self.risk),
            self.band.name()
        )
    }

    /// The inside of an `<svg viewBox="0 0 280 158">`: colours, font and weight by CSS variables and inheritance.
    pub fn markup(&self) -> String {
        let mut svg = String::new();
        for arc in &self.arcs {
            let (x, y) = arc.name_at;
            let (weight, opacity) = if arc.is_current {
                (700, "1")
            } else {
                (400, ".55")
            };
            svg.push_str(&format!(
                "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"18\" opacity=\"{opacity}\"/>\
                 <text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{}\" font-size=\"11.5\" font-weight=\"{weight}\" fill=\"var(--ink-2)\">{}</text>",
                arc.path, arc.colour, arc.name_anchor, arc.name
            ));
        }
        let (x, y) = CENTRE;
        let colour = self
            .arcs
            .iter()
            .find(|arc| arc.is_current)
            .map_or("var(--ink)", |arc| arc.colour);
        svg.push_str(&format!(
            "<path class=\"needle\" d=\"{}\" fill=\"var(--ink)\" transform=\"rotate({:.1} {x} {y})\"/><circle cx=\"{x}\" cy=\"{y}\" r=\"6.5\" fill=\"var(--ink)\"/>\
             <text x=\"58\" y=\"138\" text-anchor=\"middle\" font-size=\"11.5\" fill=\"var(--ink-3)\">0</text>\
             <text x=\"222\" y=\"138\" text-anchor=\"middle\" font-size=\"11.5\" fill=\"var(--ink-3)\">100</text>\
             <text x=\"{x}\" y=\"152\" text-anchor=\"middle\" font-size=\"15\" font-weight=\"700\" fill=\"{colour}\">{}</text>",
            Self::NEEDLE_PATH,
            self.needle_degrees,
            self.text()
        ));
        svg
    }

    /// One sentence for screen readers.
    pub fn summary(&self) -> String {
        format!(
            "Risk {} of 100, {}.",
            number::risk(self.risk.floor()),
            self.band.name()
        )
    }
}

fn arc(band: Band, is_current: bool) -> GaugeArc {
    let (low, colour) = match band {
        Band::Low => (0.0, "var(--low)"),
        Band::Elevated => (25.0, "var(--elevated)"),
        Band::High => (50.0, "var(--high)"),
        Band::Critical => (75.0, "var(--critical)"),
    };
    // A gap of surface between neighbours.
    let (from, to) = (
        low + if low > 0.0 { 0.5 } else { 0.0 },
        low + if low < 75.0 { 24.5 } else { 25.0 },
    );
    let ((x0, y0), (x1, y1)) = (on_circle(from, RADIUS), on_circle(to, RADIUS));
    let (x, y) = on_circle(low + 12.5, NAME_RADIUS);
    GaugeArc {
        name: band.name(),
        colour,
        path: format!("M{x0:.1} {y0:.1}A{RADIUS} {RADIUS} 0 0 1 {x1:.1} {y1:.1}"),
        name_at: (x, y),
        name_anchor: if low < 50.0 { "end" } else { "start" },
        is_current,
    }
}

fn on_circle(risk: f32, radius: f32) -> (f32, f32) {
    let angle = PI * (1.0 - risk / 100.0);
    (
        CENTRE.0 + radius * angle.cos(),
        CENTRE.1 - radius * angle.sin(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn needle_points_from_left_to_right() {
        assert_eq!(
            [
                Gauge::new(0.0).needle_degrees,
                Gauge::new(50.0).needle_degrees,
                Gauge::new(140.0).needle_degrees
            ],
            [0.0, 90.0, 180.0]
        );
        assert_eq!(Gauge::new(f32::NAN).risk, 0.0);
    }

    #[test]
    fn names_every_band_and_the_value() {
        let gauge = Gauge::new(86.4);
        let markup = gauge.markup();
        for text in [
            "low",
            "elevated",
            "high",
            "critical",
            "risk 86.4 · critical",
            "var(--elevated)",
        ] {
            assert!(markup.contains(text), "{text}");
        }
        assert_eq!(markup.matches("stroke-width").count(), 4);
        assert_eq!(Gauge::new(74.96).text(), "risk 74.9 · high");
    }
}
