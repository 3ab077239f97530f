//! The colours of the charts: the tokens of `style/` as numbers, for a light and a dark page.
//!
//! The points of the map and an SVG file cannot read CSS variables, so the caller chooses a palette; a drawing in a page is made of the
//! light one and written with variables ([`super::inline_svg`]).

use models::calibration::Band;

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// The colours of one theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// What the chart stands on.
    pub surface: Rgb,
    /// Main text and marks.
    pub ink: Rgb,
    /// Legends and axis titles.
    pub ink_2: Rgb,
    /// Tick labels.
    pub ink_3: Rgb,
    /// Grid.
    pub line: Rgb,
    /// Axes.
    pub line_strong: Rgb,
    /// Low, elevated, high and critical as text and tints.
    pub bands: [Rgb; 4],
    /// The same four as points of the map: from quiet to loud against the surface, ordered by contrast with it.
    pub points: [Rgb; 4],
    /// Okabe-Ito order, checked for colour blindness.
    pub series: [Rgb; 6],
}

impl Palette {
    /// On white.
    pub const fn light() -> Self {
        Self {
            surface: rgb(0xffffff),
            ink: rgb(0x14203a),
            ink_2: rgb(0x46546f),
            ink_3: rgb(0x64718c),
            line: rgb(0xdbe3f0),
            line_strong: rgb(0xb9c6dc),
            bands: [rgb(0x0f7a55), rgb(0x8a6100), rgb(0xb4490c), rgb(0xb3172b)],
            points: [rgb(0x7f9cc4), rgb(0xdb9a1c), rgb(0xcc5416), rgb(0x9a0f36)],
            series: [
                rgb(0x0072b2),
                rgb(0xd55e00),
                rgb(0x009e73),
                rgb(0xcc79a7),
                rgb(0xe69f00),
                rgb(0x56b4e9),
            ],
        }
    }

    /// On dark blue.
    pub const fn dark() -> Self {
        Self {
            surface: rgb(0x121a2c),
            ink: rgb(0xe9eefb),
            ink_2: rgb(0xb8c3dc),
            ink_3: rgb(0x93a0bf),
            line: rgb(0x26324d),
            line_strong: rgb(0x3c4b6e),
            bands: [rgb(0x4cd3a0), rgb(0xf0c25a), rgb(0xff9b61), rgb(0xff7d8b)],
            points: [rgb(0x5578aa), rgb(0xc99a35), rgb(0xff8a45), rgb(0xff6b86)],
            series: [
                rgb(0x5db4ea),
                rgb(0xff9b57),
                rgb(0x43cfa3),
                rgb(0xeaa6c9),
                rgb(0xf5c451),
                rgb(0x9bd4f5),
            ],
        }
    }

    /// The colour of a series; the seventh has the first's again.
    pub fn series(&self, index: usize) -> Rgb {
        let [first, ..] = self.series;
        self.series
            .get(index % self.series.len())
            .copied()
            .unwrap_or(first)
    }

    /// The colour of a band as text and tint.
    pub fn band(&self, band: Band) -> Rgb {
        self.bands[index_of(band)]
    }

    /// The colours of a theme.
    pub const fn of(is_dark: bool) -> Self {
        if is_dark { Self::dark() } else { Self::light() }
    }

    /// The colours of points that are told apart by the bands of risk, or whatever else rises.
    pub fn point_colours(&self) -> models::raster::PointColours {
        models::raster::PointColours {
            classes: self.points,
            faint: self.ink_3,
            ink: self.ink,
        }
    }

    /// The colours of points that are told apart by what they are.
    pub fn class_colours(&self) -> models::raster::PointColours {
        models::raster::PointColours {
            classes: [0, 1, 3, 2].map(|index| self.series(index)),
            ..self.point_colours()
        }
    }

    /// The colour of a band's points on the map.
    pub fn point(&self, band: Band) -> Rgb {
        self.points[index_of(band)]
    }
}

/// 0 for low to 3 for critical.
pub fn index_of(band: Band) -> usize {
    match band {
        Band::Low => 0,
        Band::Elevated => 1,
        Band::High => 2,
        Band::Critical => 3,
    }
}

const fn rgb(hex: u32) -> Rgb {
    [(hex >> 16) as u8, (hex >> 8) as u8, hex as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_the_map_stand_out_more_with_risk() {
        // Relative luminance (WCAG 2.2) as contrast with the surface.
        let luminance = |colour: Rgb| {
            let [r, g, b] = colour.map(|channel| {
                let channel = f64::from(channel) / 255.0;
                if channel <= 0.04045 {
                    channel / 12.92
                } else {
                    ((channel + 0.055) / 1.055).powf(2.4)
                }
            });
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        for palette in [Palette::light(), Palette::dark()] {
            let contrasts = palette.points.map(|colour| {
                let (a, b) = (luminance(colour), luminance(palette.surface));
                (a.max(b) + 0.05) / (a.min(b) + 0.05)
            });
            assert!(contrasts[3] >= 4.5 && contrasts[2] >= 3.0, "{contrasts:?}");
            assert!(
                contrasts[2] > contrasts[0] && contrasts[3] > contrasts[0],
                "{contrasts:?}"
            );
        }
        assert_eq!(Palette::light().series(6), Palette::light().series(0));
    }
}
