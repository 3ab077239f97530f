//! How each model is told from the others in every chart of the page about models: by colour, by line pattern, and by name.

use models::evaluation::report::{ModelReport, ProtocolReport};

use super::frame::{LegendEntry, Swatch};
use super::palette::{Palette, Rgb};

/// Pattern of a line: told apart without colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dash {
    /// Without gaps.
    #[default]
    Solid,
    /// Long dashes.
    Long,
    /// Long and short dashes.
    Mixed,
    /// Dots.
    Dotted,
}

impl Dash {
    /// Lengths of dashes and gaps in CSS pixels; none for a line without gaps.
    pub fn lengths(self) -> &'static [f32] {
        match self {
            Dash::Solid => &[],
            Dash::Long => &[6.0, 3.0],
            Dash::Mixed => &[6.0, 2.0, 1.5, 2.0],
            Dash::Dotted => &[2.0, 3.0],
        }
    }
}

/// Which colour a model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// One of the palette's series.
    Ours(usize),
    /// One of three greys, for what is there to be beaten.
    Baseline(usize),
}

/// How a model looks.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Its name for people.
    pub title: String,
    /// Its colour.
    pub tone: Tone,
    /// Its line.
    pub dash: Dash,
}

impl Series {
    /// Its colour.
    pub fn colour(&self, palette: &Palette) -> Rgb {
        match self.tone {
            Tone::Ours(index) => palette.series(index),
            Tone::Baseline(index) => match index % 3 {
                0 => palette.line_strong,
                1 => palette.ink_3,
                _ => palette.ink,
            },
        }
    }

    /// Whether it is there to be beaten.
    pub fn is_baseline(&self) -> bool {
        matches!(self.tone, Tone::Baseline(_))
    }

    /// Its entry in a legend of lines, with a figure behind the name.
    pub fn line_entry(&self, figure: &str, palette: &Palette) -> LegendEntry {
        LegendEntry {
            text: format!("{} {figure}", self.title).trim_end().to_owned(),
            colour: self.colour(palette),
            swatch: Swatch::Line(self.dash),
        }
    }
}

/// The models of a protocol with their looks; our own keep theirs whatever else is measured.
pub fn of_protocol(protocol: &ProtocolReport) -> Vec<(Series, &ModelReport)> {
    const PATTERNS: [Dash; 4] = [Dash::Solid, Dash::Long, Dash::Mixed, Dash::Dotted];
    let (mut n_ours, mut n_baselines) = (0, 0);
    let look = |model| {
        let model: &ModelReport = model;
        let series = if model.is_baseline {
            n_baselines += 1;
            Series {
                title: model.title.clone(),
                tone: Tone::Baseline(n_baselines - 1),
                dash: PATTERNS[3 - n_baselines % 3],
            }
        } else {
            n_ours += 1;
            Series {
                title: model.title.clone(),
                tone: Tone::Ours(n_ours - 1),
                // The seventh has the first's colour again.
                dash: PATTERNS[(n_ours - 1 + (n_ours - 1) / 6) % 4],
            }
        };
        (series, model)
    };
    protocol.models.iter().map(look).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_models_differ_in_colour_or_pattern_and_baselines_are_grey() {
        let model = |is_baseline| ModelReport {
            is_baseline,
            ..ModelReport::default()
        };
        let protocol = ProtocolReport {
            models: (0..10).map(|k| model(k > 6)).collect(),
            ..ProtocolReport::default()
        };
        let looks: Vec<_> = of_protocol(&protocol)
            .into_iter()
            .map(|(series, _)| (series.colour(&Palette::light()), series.dash))
            .collect();
        for (index, look) in looks.iter().enumerate() {
            assert!(!looks[..index].contains(look), "{index}");
        }
        let palette = Palette::light();
        let is_grey = |colour: &Rgb| !palette.series.contains(colour);
        assert!(
            looks
                .iter()
                .enumerate()
                .all(|(index, (colour, _))| is_grey(colour) == (index > 6))
        );
    }
}
