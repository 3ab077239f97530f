//! The points of a map as an image: every point is drawn, none hidden, half a million in a few milliseconds.
//!
//! Points are counted per pixel and class (such as the bands of risk), and each becomes a soft dot around its pixel: 1.5 CSS pixels wide
//! where there are very many, up to 3.5 where there are few. A pixel's classes are then laid over each other from the first to the last,
//! whatever the order of the rows, so that a single critical point shows on top of a thousand low ones. The opacity of a class in a pixel
//! grows with the logarithm of its points: one is clearly visible, thousands are stronger and still not flat, since the colour also leans
//! towards the ink with density. Points that a filter leaves out are a faint ground below all.

use serde::{Deserialize, Serialize};

/// Least and greatest width of a point in CSS pixels.
const POINT_SIZES: (f32, f32) = (1.5, 3.5);
/// Numbers of points up to which they have the greatest width and from which the least.
const FEW_POINTS: f32 = 2_000.0;
const MANY_POINTS: f32 = 200_000.0;
/// Opacity of a single point among many, first class to last: what is rare and matters starts higher. Among few it is nearer to 1.
const SINGLE: [f32; 4] = [0.4, 0.5, 0.65, 0.8];
/// How far the colour of the densest pixel leans towards the ink.
const DENSEST_LEAN: f32 = 0.25;
/// Opacity of the densest pixel.
const DENSEST: f32 = 0.98;
/// Points in a pixel that count as dense at least; keeps a handful of points from looking like a crowd.
const LEAST_DENSE: f32 = 64.0;
/// Points that bounds are estimated from at most, evenly spread over the rows.
const N_SAMPLED: usize = 20_000;
/// Share of the points left out at either end before bounds are taken.
const FAR_SHARE: f64 = 0.001;

/// Opacity of a pixel that holds only points that a filter leaves out.
const FAINT_OPACITY: f32 = 0.28;

/// Classes that points are told apart by.
pub const N_CLASSES: usize = 4;

/// The class of a point that is drawn faint, below all others.
pub const FAINT: u8 = u8::MAX;

/// Colours of the points: red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointColours {
    /// Per class, the first at the bottom.
    pub classes: [[u8; 3]; N_CLASSES],
    /// Of faint points.
    pub faint: [u8; 3],
    /// What dense places lean towards.
    pub ink: [u8; 3],
}

/// What becomes of points beyond the bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// They are drawn on the border, so that none is hidden.
    OnBorder,
    /// They are not drawn: somebody looks at a part.
    LeftOut,
}

/// Columns of equal length; points beyond the shortest are ignored.
#[derive(Clone, Copy, Debug)]
pub struct Points<'a> {
    /// Along the first axis.
    pub x: &'a [f32],
    /// Along the second axis.
    pub y: &'a [f32],
    /// 0 to [`N_CLASSES`] − 1, or [`FAINT`].
    pub class: &'a [u8],
}

/// What part of the plane the map shows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Least and greatest first component.
    pub x: (f32, f32),
    /// Least and greatest second component.
    pub y: (f32, f32),
    /// Points outside, which are drawn on the border.
    pub n_beyond: usize,
}

impl Bounds {
    /// Tells whether a point is inside or on the edge.
    #[inline]
    pub fn hold(&self, x: f32, y: f32) -> bool {
        x >= self.x.0 && x <= self.x.1 && y >= self.y.0 && y <= self.y.1
    }
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            x: (0.0, 1.0),
            y: (0.0, 1.0),
            n_beyond: 0,
        }
    }
}

/// Bounds that a few far points cannot stretch: the 0.1st to 99.9th percentile and a twentieth around it, or all points where they
/// reach no further than a third of that range beyond. Both ends alike, since the sign of a component means nothing. Points that
/// are not finite are left out.
pub fn bounds_of(x: &[f32], y: &[f32]) -> Bounds {
    let (x_range, y_range) = (range_of(x), range_of(y));
    let is_beyond = |value: f32, (low, high): (f32, f32)| value < low || value > high;
    let beyond = |&(&x, &y): &(&f32, &f32)| {
        x.is_finite() && y.is_finite() && (is_beyond(x, x_range) || is_beyond(y, y_range))
    };
    Bounds {
        x: x_range,
        y: y_range,
        n_beyond: x.iter().zip(y).filter(beyond).count(),
    }
}

fn range_of(values: &[f32]) -> (f32, f32) {
    let finite = || values.iter().copied().filter(|value| value.is_finite());
    let (least, greatest) = finite().fold(
        (f32::INFINITY, f32::NEG_INFINITY),
        |(least, greatest), value| (least.min(value), greatest.max(value)),
    );
    if least > greatest {
        return (0.0, 1.0);
    }
    let step = values.len().div_ceil(N_SAMPLED).max(1);
    let mut sample: Vec<f32> = values
        .iter()
        .step_by(step)
        .copied()
        .filter(|value| value.is_finite())
        .collect();
    sample.sort_unstable_by(f32::total_cmp);
    let at = |share: f64| {
        let index = (share * sample.len().saturating_sub(1) as f64).round() as usize;
        sample.get(index).copied()
    };
    let (low, high) = (
        at(FAR_SHARE).unwrap_or(least),
        at(1.0 - FAR_SHARE).unwrap_or(greatest),
    );
    let reach = (high - low) / 3.0;
    let low = if least >= low - reach { least } else { low };
    let high = if greatest <= high + reach {
        greatest
    } else {
        high
    };
    let pad = if high > low {
        (high - low) / 20.0
    } else {
        low.abs().max(1.0) / 2.0
    };
    (low - pad, high + pad)
}

/// An image of all points: RGBA, not premultiplied, rows from the top, transparent where there is no point. `scale` is device pixels
/// per CSS pixel. Points that are not finite are left out.
pub fn raster(
    points: &Points<'_>,
    bounds: &Bounds,
    beyond: Beyond,
    (width, height): (usize, usize),
    scale: f32,
    palette: &PointColours,
) -> Vec<u8> {
    let mut image = vec![0u8; width * height * 4];
    let (least, greatest) = POINT_SIZES;
    let n_points = match beyond {
        Beyond::OnBorder => points.x.len(),
        Beyond::LeftOut => points
            .x
            .iter()
            .zip(points.y)
            .filter(|(x, y)| bounds.hold(**x, **y))
            .count(),
    };
    let size = (least + (greatest - least) * fewness(n_points)) * scale;
    // Pixels that a point covers on either side of its own.
    let reach = ((size.clamp(1.0, 12.0) - 1.0) / 2.0).ceil() as usize;
    if width.min(height) <= 2 * reach {
        // No room for one whole point.
        return image;
    }
    let Counts {
        counts,
        used,
        faint,
    } = count(points, bounds, beyond, (width, height), reach);
    let densest = counts
        .iter()
        .flatten()
        .copied()
        .max()
        .map_or(LEAST_DENSE, |densest| f32::from(densest).max(LEAST_DENSE));
    let blend = Blend {
        colours: palette.classes.map(|colour| colour.map(f32::from)),
        ink: palette.ink.map(f32::from),
        single: SINGLE.map(|single| single + (0.9 - single) * fewness(n_points)),
        per_octave: 1.0 / log2(densest),
    };
    // A parabola along x times one along y: nearly round.
    let share = |offset: usize| {
        (1.0 - (offset.abs_diff(reach) as f32 / (size / 2.0 + 0.5)).powi(2)).max(0.0)
    };
    let shares: Vec<f32> = (0..=2 * reach).map(share).collect();
    let padded = width + 2 * reach;
    let n_blocks = padded.div_ceil(BLOCK);
    let mut columns = vec![[0.0f32; N_CLASSES]; BLOCK + 2 * reach];
    for (row, line) in image.chunks_exact_mut(4 * width).enumerate() {
        for (block, pixels) in line.chunks_mut(4 * BLOCK).enumerate() {
            // A pixel looks at most a block to the right, since points are narrower.
            let mut above = used.chunks_exact(n_blocks).skip(row).take(2 * reach + 1);
            let is_used = |used: &[bool]| used.iter().skip(block).take(2).any(|&used| used);
            if !above.any(is_used) {
                continue;
            }
            let left = block * BLOCK;
            let wide = pixels.len() / 4 + 2 * reach;
            let columns = &mut columns[..wide];
            columns.fill([0.0; N_CLASSES]);
            let around = counts.chunks_exact(padded).skip(row).take(2 * reach + 1);
            for (share, cells) in shares.iter().zip(around) {
                for (column, cell) in columns.iter_mut().zip(&cells[left..left + wide]) {
                    for (column, n) in column.iter_mut().zip(cell) {
                        *column += share * f32::from(*n);
                    }
                }
            }
            for (pixel, around) in pixels
                .chunks_exact_mut(4)
                .zip(columns.windows(2 * reach + 1))
            {
                let mut weights = [0.0f32; N_CLASSES];
                for (share, column) in shares.iter().zip(around) {
                    for (weight, n) in weights.iter_mut().zip(column) {
                        *weight += share * n;
                    }
                }
                if weights != [0.0; N_CLASSES] {
                    pixel.copy_from_slice(&blend.pixel(&weights));
                }
            }
        }
    }
    if !faint.is_empty() {
        lay_below(&mut image, &faint, palette.faint, (width, padded, reach));
    }
    image
}

/// Puts the pixels of faint points below what is drawn.
fn lay_below(
    image: &mut [u8],
    faint: &[bool],
    colour: [u8; 3],
    (width, padded, reach): (usize, usize, usize),
) {
    let lines = image.chunks_exact_mut(4 * width);
    for (line, is_faint) in lines.zip(faint.chunks_exact(padded).skip(reach)) {
        for (pixel, _) in line
            .chunks_exact_mut(4)
            .zip(&is_faint[reach..])
            .filter(|(_, is_faint)| **is_faint)
        {
            let [r, g, b, alpha] = pixel else { continue };
            let over = f32::from(*alpha) / 255.0;
            let cover = over + FAINT_OPACITY * (1.0 - over);
            for (channel, below) in [r, g, b].into_iter().zip(colour) {
                let mixed =
                    f32::from(*channel) * over + f32::from(below) * FAINT_OPACITY * (1.0 - over);
                *channel = (mixed / cover + 0.5) as u8;
            }
            *alpha = (cover * 255.0 + 0.5) as u8;
        }
    }
}

/// 0 for many points to 1 for few, evenly by the logarithm.
fn fewness(n_points: usize) -> f32 {
    let below_many = (MANY_POINTS / n_points.max(1) as f32).ln();
    (below_many / (MANY_POINTS / FEW_POINTS).ln()).clamp(0.0, 1.0)
}

struct Blend {
    colours: [[f32; 3]; 4],
    ink: [f32; 3],
    single: [f32; 4],
    per_octave: f32,
}

impl Blend {
    /// Lays the bands over each other, low at the bottom.
    fn pixel(&self, weights: &[f32; 4]) -> [u8; 4] {
        let (mut mixed, mut cover) = ([0.0f32; 3], 0.0f32);
        for ((&weight, colour), single) in weights.iter().zip(&self.colours).zip(self.single) {
            if weight > 0.0 {
                let crowd = if weight > 1.0 {
                    (log2(weight) * self.per_octave).min(1.0)
                } else {
                    0.0
                };
                let opacity = single * weight.min(1.0) + (DENSEST - single) * crowd;
                for ((mixed, channel), ink) in mixed.iter_mut().zip(colour).zip(self.ink) {
                    let leaning = channel + (ink - channel) * crowd * DENSEST_LEAN;
                    *mixed += (leaning - *mixed) * opacity;
                }
                cover += (1.0 - cover) * opacity;
            }
        }
        // Takes out the black beneath the first band.
        let [r, g, b] = mixed.map(|channel| (channel / cover + 0.5) as u8);
        [r, g, b, (cover * 255.0 + 0.5) as u8]
    }
}

/// Logarithm to within 0.09 for values of 1 and above, continuous and rising: the exponent, and the mantissa as a straight line.
fn log2(value: f32) -> f32 {
    value.to_bits() as f32 / (1u32 << 23) as f32 - 127.0
}

/// Pixels in a row that are passed over together where no point is near; wider than a point.
const BLOCK: usize = 16;

/// Points per pixel, in an image with `reach` empty pixels around it.
struct Counts {
    /// How many points of each class have their middle in each pixel.
    counts: Vec<[u16; N_CLASSES]>,
    /// Which blocks of each row have any.
    used: Vec<bool>,
    /// Which pixels have faint points; empty where there are none.
    faint: Vec<bool>,
}

/// Middles keep as far from the border as a point reaches, so that no point is cut.
fn count(
    points: &Points<'_>,
    bounds: &Bounds,
    beyond: Beyond,
    (width, height): (usize, usize),
    reach: usize,
) -> Counts {
    let mut faint = Vec::new();
    let n_blocks = (width + 2 * reach).div_ceil(BLOCK);
    let mut used = vec![false; n_blocks * (height + 2 * reach)];
    let mut counts = vec![[0u16; 4]; (width + 2 * reach) * (height + 2 * reach)];
    let span = |(low, high): (f32, f32), pixels: usize| {
        let range = if high > low { high - low } else { 1.0 };
        let last = (pixels - 1 - 2 * reach) as f32;
        (low, last / range, last)
    };
    let (x_low, x_factor, x_last) = span(bounds.x, width);
    let (y_low, y_factor, y_last) = span(bounds.y, height);
    let start = 2.0 * reach as f32 + 0.5;
    for ((&x, &y), &class) in points.x.iter().zip(points.y).zip(points.class) {
        if !x.is_finite() || !y.is_finite() || (beyond == Beyond::LeftOut && !bounds.hold(x, y)) {
            continue;
        }
        let column = (((x - x_low) * x_factor).clamp(0.0, x_last) + start) as u32 as usize;
        let row = (y_last - ((y - y_low) * y_factor).clamp(0.0, y_last) + start) as u32 as usize;
        let place = row * (width + 2 * reach) + column;
        if class == FAINT {
            faint.resize(counts.len(), false);
            faint[place] = true;
        } else if let Some(n) = counts
            .get_mut(place)
            .and_then(|cell| cell.get_mut(usize::from(class)))
        {
            // What is beyond 65,535 would be as opaque.
            *n = n.saturating_add(1);
            if let Some(used) = used.get_mut(row * n_blocks + column / BLOCK) {
                *used = true;
            }
        }
    }
    Counts {
        counts,
        used,
        faint,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLOURS: PointColours = PointColours {
        classes: [
            [0x7f, 0x9c, 0xc4],
            [0xdb, 0x9a, 0x1c],
            [0xcc, 0x54, 0x16],
            [0x9a, 0x0f, 0x36],
        ],
        faint: [0x64, 0x71, 0x8c],
        ink: [0x14, 0x20, 0x3a],
    };

    const UNIT: Bounds = Bounds {
        x: (0.0, 1.0),
        y: (0.0, 1.0),
        n_beyond: 0,
    };

    fn pixel(image: &[u8], width: usize, x: usize, y: usize) -> [u8; 4] {
        let at = (y * width + x) * 4;
        [image[at], image[at + 1], image[at + 2], image[at + 3]]
    }

    #[test]
    fn one_point_colours_its_pixel_only() {
        let palette = COLOURS;
        let points = Points {
            x: &[0.5],
            y: &[0.25],
            class: &[3],
        };
        let image = raster(&points, &UNIT, Beyond::OnBorder, (40, 40), 1.0, &palette);
        let [r, g, b, alpha] = pixel(&image, 40, 20, 28);
        assert_eq!([r, g, b], palette.classes[3]);
        assert!(alpha > 200, "{alpha}");
        let n_coloured = image.chunks_exact(4).filter(|pixel| pixel[3] > 0).count();
        assert!((4..=25).contains(&n_coloured), "{n_coloured}");
        assert_eq!(pixel(&image, 40, 20, 10), [0; 4]);
    }

    #[test]
    fn one_critical_point_shows_over_a_thousand_low_ones_in_any_order() {
        let palette = COLOURS;
        let (x, y) = (vec![0.5; 1001], vec![0.5; 1001]);
        let mut class = vec![0; 1001];
        class[0] = 3;
        let first = raster(
            &Points {
                x: &x,
                y: &y,
                class: &class,
            },
            &UNIT,
            Beyond::OnBorder,
            (20, 20),
            1.0,
            &palette,
        );
        class.reverse();
        let last = raster(
            &Points {
                x: &x,
                y: &y,
                class: &class,
            },
            &UNIT,
            Beyond::OnBorder,
            (20, 20),
            1.0,
            &palette,
        );
        assert_eq!(first, last);
        let [r, _, b, _] = pixel(&first, 20, 10, 10);
        assert!(r > b + 40, "{r} {b}");
    }

    #[test]
    fn more_points_are_more_opaque_but_never_all_alike() {
        let palette = COLOURS;
        let alpha = |n: usize| {
            let ones = vec![0.5; n];
            let image = raster(
                &Points {
                    x: &ones,
                    y: &ones,
                    class: &vec![0; n],
                },
                &UNIT,
                Beyond::OnBorder,
                (20, 20),
                1.0,
                &palette,
            );
            image
                .chunks_exact(4)
                .map(|pixel| pixel[3])
                .max()
                .unwrap_or(0)
        };
        assert_eq!(alpha(0), 0);
        assert!(alpha(1) > 90 && alpha(8) > alpha(1) && alpha(60) > alpha(8) && alpha(60) < 255);
    }

    #[test]
    fn leaves_out_what_is_not_finite_and_keeps_the_rest_on_the_border() {
        let palette = COLOURS;
        let points = Points {
            x: &[f32::NAN, f32::INFINITY, 9e9, -9e9],
            y: &[0.5, 0.5, 9e9, -9e9],
            class: &[0, 0, 3, 0],
        };
        for scale in [1.0, 1.25, 2.0, 3.0] {
            let image = raster(&points, &UNIT, Beyond::OnBorder, (30, 20), scale, &palette);
            assert!(
                pixel(&image, 30, 29, 0)[3] > 0 && pixel(&image, 30, 0, 19)[3] > 0,
                "{scale}"
            );
            assert_eq!(pixel(&image, 30, 15, 10), [0; 4]);
        }
        assert!(raster(&points, &UNIT, Beyond::OnBorder, (0, 0), 1.0, &palette).is_empty());
        assert_eq!(
            raster(&points, &UNIT, Beyond::OnBorder, (1, 1), 2.0, &palette),
            [0; 4]
        );
    }

    #[test]
    fn bounds_are_not_stretched_by_a_few_far_points() {
        let mut x: Vec<f32> = (0..10_000u16).map(|i| f32::from(i % 100)).collect();
        x[17] = 1e6;
        let bounds = bounds_of(&x, &x);
        assert!(bounds.x.1 < 120.0 && bounds.x.0 < 0.0, "{bounds:?}");
        assert_eq!(bounds.n_beyond, 1);
        assert_eq!(bounds_of(&[], &[]), Bounds::default());
        let same = bounds_of(&[2.0, 2.0], &[f32::NAN, 1.0]);
        assert!(same.x.0 < 2.0 && same.x.1 > 2.0 && same.n_beyond == 0);
    }

    #[test]
    fn a_part_of_the_plane_leaves_out_what_is_beyond_and_faint_points_are_below() {
        let points = Points {
            x: &[0.5, 5.0, 0.25, 0.5],
            y: &[0.5, 0.5, 0.5, 0.5],
            class: &[2, 3, FAINT, FAINT],
        };
        let image = raster(&points, &UNIT, Beyond::LeftOut, (40, 40), 1.0, &COLOURS);
        assert!((0..40).all(|y| pixel(&image, 40, 39, y) == [0; 4]));
        let [r, g, b] = COLOURS.faint;
        let n_faint = image
            .chunks_exact(4)
            .filter(|pixel| **pixel == [r, g, b, 71])
            .count();
        assert_eq!(n_faint, 1);
        let [r, _, b, alpha] = pixel(&image, 40, 20, 20);
        assert!(r > b + 60 && alpha > 200, "{r} {b} {alpha}");
    }
}
