//! Charts as pure functions: numbers in, shapes out. In the browser plotters paints them on a canvas, in tests as SVG files; what the
//! server draws into a page is written by [`inline_svg`], without plotters. Nothing here knows Leptos or the browser.
//!
//! A chart is a struct with its numbers. [`Chart::scene`] lays it out in CSS pixels for a [`ChartFrame`]; [`Scene::paint`] puts it on
//! a plotters backend; [`to_svg`] makes an SVG file of it. `hit` methods take and return CSS pixels. Every chart says itself in one sentence
//! ([`Chart::summary`]) and as a table ([`Chart::table`]).
//!
//! # Layout
//! - [`palette`]: colours; [`number`]: how numbers are written; [`scene`]: shapes and text; [`frame`]: axes, ticks, legend.
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

use plotters::backend::SVGBackend;

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
pub mod threshold_curves;
#[cfg(test)]
mod workbench_specimen;

pub use frame::ChartFrame;
pub use palette::Palette;
pub use scene::{PaintError, Scene};

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

/// plotters-svg divides text sizes by this (its reading of points and pixels); multiplying beforehand gives the size that was meant.
const SVG_TEXT_FACTOR: f32 = 1.24;
/// Units of the SVG per CSS pixel: plotters draws at whole units, which at one per pixel makes curves jagged.
const SVG_UNITS: u32 = 8;

/// A chart as an SVG file of this size in CSS pixels, on the palette's surface, with its summary as the title.
///
/// # Errors
/// What plotters reports, which for a string is nothing.
pub fn to_svg(
    chart: &dyn Chart,
    width: u32,
    height: u32,
    palette: &Palette,
) -> Result<String, PaintError> {
    let frame = ChartFrame::new(width as f32, height as f32, SVG_UNITS as f32);
    let mut drawn = String::new();
    let (wide, high) = (width * SVG_UNITS, height * SVG_UNITS);
    let mut backend = SVGBackend::with_string(&mut drawn, (wide, high));
    chart
        .scene(&frame, palette)
        .paint_with_text(&mut backend, frame.scale, SVG_TEXT_FACTOR)?;
    drop(backend);
    // The opening tag gives width and height in units; ours gives CSS pixels, a title and a background.
    let body = drawn.split_once('>').map_or("", |(_, body)| body);
    let title = chart
        .summary()
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let [r, g, b] = palette.surface;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {wide} {high}\" role=\"img\">\n\
         <title>{title}</title>\n<rect width=\"{wide}\" height=\"{high}\" fill=\"#{r:02x}{g:02x}{b:02x}\"/>{body}"
    ))
}
