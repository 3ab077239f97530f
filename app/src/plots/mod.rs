//! Charts as pure functions: numbers in, shapes out, written as SVG: [`inline_svg`] into a page, [`svg_file`] into a file. Nothing here
//! knows Leptos or the browser.
//!
//! A chart is a struct with its numbers. [`Chart::scene`] lays it out in CSS pixels for a [`ChartFrame`]. `hit` methods take and return
//! CSS pixels. Every chart says itself in one sentence ([`Chart::summary`]) and as a table ([`Chart::table`]).
//!
//! # Layout
//! - [`palette`]: colours; [`number`]: how numbers are written; [`scene`]: shapes and text; [`frame`]: axes, ticks, legend; [`zoom`]: a part of them.
//! - [`curve`]: what [`roc`] and [`precision_recall`] share.
//! - [`score_histogram`]: how risk is distributed.
//! - [`map`]: the axes of the map; its points are an image made by `models::raster`.
//! - [`gauge`]: risk 0 to 100 as inline SVG.
//!
//! For the page about the models, from its report, as SVG in the page ([`inline_svg`]) with values to hover ([`PageChart`]):
//! - [`series`], [`row_names`]: how models are told apart; [`comparison`]: models side by side; [`bands`], [`protocol_curves`]: curves with their spread.
//! - [`distribution`]: scores of normal records and attacks; [`attack_heatmap`]: recall per attack type; [`density_map`]: where they lie.
//! - [`importance`], [`box_plot`]: what the supervised detector looks at, and how its figures vary over folds.
//!
//! For the workbench:
//! - [`shares`], [`category_bars`] (both made of `count_bars`), [`feature_histogram`]: what is in a file and in the selection, to click and to brush.
//! - [`correlation`], [`loadings`]: how features go together, and what the axes of the map are made of.
//! - [`threshold_curves`], [`score_scatter`]: what a threshold does, and where two models differ.
//! - [`contribution_bars`]: why one record is odd.

pub mod attack_heatmap;
pub mod bands;
pub mod box_plot;
pub mod category_bars;
pub mod comparison;
pub mod contribution_bars;
pub mod correlation;
mod count_bars;
pub mod curve;
pub mod density_map;
pub mod distribution;
mod donut;
pub mod feature_histogram;
pub mod frame;
pub mod gauge;
pub mod importance;
pub mod inline_svg;
#[cfg(test)]
mod legibility;
pub mod loadings;
pub mod map;
pub mod number;
pub mod palette;
pub mod precision_recall;
pub mod protocol_curves;
pub mod roc;
pub mod row_names;
pub mod scene;
pub mod score_histogram;
pub mod score_scatter;
pub mod series;
pub mod shares;
#[cfg(test)]
pub(crate) mod specimen;
pub mod svg_file;
mod svg_writer;
pub mod threshold_curves;
#[cfg(test)]
mod workbench_specimen;
pub mod zoom;

pub use frame::ChartFrame;
pub use palette::Palette;
pub use scene::Scene;
pub use svg_file::{to_svg, to_svg_with_heading};
pub use svg_writer::escaped;
pub use zoom::Zoom;

/// Column names and rows of cells.
pub type Table = (Vec<String>, Vec<Vec<String>>);

/// Column names that are known beforehand.
fn columns<const N: usize>(names: [&str; N]) -> Vec<String> {
    names.map(str::to_owned).into()
}

/// What every chart can do.
pub trait Chart {
    /// Everything it draws, in CSS pixels.
    fn scene(&self, frame: &ChartFrame, palette: &Palette) -> Scene;

    /// One sentence for those who do not see it.
    fn summary(&self) -> String;

    /// Its numbers.
    fn table(&self) -> Table;
}

/// A chart of the page about the models: laid out by the server at the widths that the page has room for.
pub trait PageChart: Chart {
    /// The height in CSS pixels that it needs at a width.
    fn height(&self, width: f32) -> f32;

    /// Its values and where they are, for pointer and keys, in reading order.
    fn marks(&self, frame: &ChartFrame) -> Vec<Mark>;
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// What to show.
    pub text: String,
    /// Where, in CSS pixels.
    pub at: scene::Point,
}

/// What is under the pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// What to show.
    pub text: String,
    /// The threshold that a click sets.
    pub threshold: f32,
    /// Where the mark of it is, in CSS pixels.
    pub x_px: f32,
    /// Where the mark of it is, in CSS pixels.
    pub y_px: f32,
}
