//! Products of small dense matrices, in tiles that stay in registers.
//!
//! Why not a library: its kernels depend on the processor, and so would the last bits of a trained model. Here every sum runs over the
//! inner dimension in order, with one multiplication and one addition a step, on every machine.
//!
//! The method is that of Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), without blocking for caches: both
//! factors are first copied into panels that are read once from front to back.

/// Rows of a tile.
const TILE_ROWS: usize = 4;
/// Columns of a tile; with the rows above a tile fills half of the sixteen 128-bit registers.
pub(super) const TILE_COLUMNS: usize = 8;

/// A row-major matrix; `stride` is the distance of its rows, a multiple of [`TILE_COLUMNS`], and what is beyond `n_columns` is zero.
#[derive(Clone, Debug, Default)]
pub(super) struct Matrix {
    pub(super) n_rows: usize,
    pub(super) n_columns: usize,
    pub(super) stride: usize,
    pub(super) values: Vec<f32>,
}

impl Matrix {
    pub(super) fn zeros(n_rows: usize, n_columns: usize) -> Self {
        let stride = n_columns.next_multiple_of(TILE_COLUMNS);
        Self {
            n_rows,
            n_columns,
            stride,
            values: vec![0.0; n_rows * stride],
        }
    }

    /// The rows, each with the zeros at its end.
    pub(super) fn rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.values.chunks_exact(self.stride.max(1))
    }

    pub(super) fn rows_mut(&mut self) -> std::slice::ChunksExactMut<'_, f32> {
        self.values.chunks_exact_mut(self.stride.max(1))
    }

    /// Changes the number of rows; new ones are zero.
    pub(super) fn set_rows(&mut self, n_rows: usize) {
        self.n_rows = n_rows;
        self.values.resize(n_rows * self.stride, 0.0);
    }
}

/// Working memory of products.
#[derive(Clone, Debug, Default)]
pub(super) struct Panels {
    left: Vec<[f32; TILE_ROWS]>,
    right: Vec<[f32; TILE_COLUMNS]>,
}

impl Panels {
    /// `out` = `a` · `b`.
    pub(super) fn product(&mut self, a: &Matrix, b: &Matrix, out: &mut Matrix) {
        pack_rows(a, &mut self.left);
        pack_columns(b, &mut self.right);
        self.multiply(a.n_columns, out);
    }

    /// `out` = `a`ᵀ · `b`.
    pub(super) fn product_of_transposed(&mut self, a: &Matrix, b: &Matrix, out: &mut Matrix) {
        pack_columns(a, &mut self.left);
        pack_columns(b, &mut self.right);
        self.multiply(a.n_rows, out);
    }

    /// `out` = `a` · `b`ᵀ.
    pub(super) fn product_with_transposed(&mut self, a: &Matrix, b: &Matrix, out: &mut Matrix) {
        pack_rows(a, &mut self.left);
        pack_rows(b, &mut self.right);
        self.multiply(a.n_columns, out);
    }

    fn multiply(&self, n_inner: usize, out: &mut Matrix) {
        if n_inner == 0 {
            out.values.fill(0.0);
            return;
        }
        let stride = out.stride;
        for (left, rows) in self
            .left
            .chunks_exact(n_inner)
            .zip(out.values.chunks_mut(TILE_ROWS * stride))
        {
            for (index, right) in self.right.chunks_exact(n_inner).enumerate() {
                let first = index * TILE_COLUMNS;
                for (row, sums) in rows.chunks_exact_mut(stride).zip(tile(left, right)) {
                    row[first..first + TILE_COLUMNS].copy_from_slice(&sums);
                }
            }
        }
    }
}

/// Sums of the products of two panels.
fn tile(
    left: &[[f32; TILE_ROWS]],
    right: &[[f32; TILE_COLUMNS]],
) -> [[f32; TILE_COLUMNS]; TILE_ROWS] {
    let mut sums = [[0.0f32; TILE_COLUMNS]; TILE_ROWS];
    for (left, right) in left.iter().zip(right) {
        for (sums, left) in sums.iter_mut().zip(left) {
            for (sum, right) in sums.iter_mut().zip(right) {
                *sum += left * right;
            }
        }
    }
    sums
}

/// Panels of `N` rows: entry k of a panel holds column k of them.
fn pack_rows<const N: usize>(matrix: &Matrix, panels: &mut Vec<[f32; N]>) {
    panels.clear();
    for rows in matrix.values.chunks(N * matrix.stride) {
        let first = panels.len();
        panels.resize(first + matrix.n_columns, [0.0; N]);
        for (place, row) in rows.chunks_exact(matrix.stride).enumerate() {
            for (entry, value) in panels[first..].iter_mut().zip(row) {
                entry[place] = *value;
            }
        }
    }
}

/// Panels of `N` columns: entry k of a panel holds row k of them. `N` divides the stride.
fn pack_columns<const N: usize>(matrix: &Matrix, panels: &mut Vec<[f32; N]>) {
    panels.clear();
    for first in (0..matrix.n_columns).step_by(N) {
        for row in matrix.rows() {
            let mut entry = [0.0; N];
            entry.copy_from_slice(&row[first..first + N]);
            panels.push(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn random_matrix(n_rows: usize, n_columns: usize, random: &mut Random) -> Matrix {
        let mut matrix = Matrix::zeros(n_rows, n_columns);
        for row in matrix.rows_mut() {
            for value in &mut row[..n_columns] {
                *value = random.normal() as f32;
            }
        }
        matrix
    }

    fn at(matrix: &Matrix, row: usize, column: usize) -> f64 {
        f64::from(matrix.values[row * matrix.stride + column])
    }

    #[test]
    fn products_are_the_sums_they_stand_for() {
        let mut random = Random::new(7, 0);
        let mut panels = Panels::default();
        for (n, k, m) in [(1, 1, 1), (4, 8, 8), (5, 3, 9), (13, 21, 17), (3, 40, 2)] {
            let (a, b) = (
                random_matrix(n, k, &mut random),
                random_matrix(k, m, &mut random),
            );
            let mut out = Matrix::zeros(n, m);
            panels.product(&a, &b, &mut out);
            let check = |out: &Matrix, name: &str| {
                for row in 0..n {
                    for column in 0..out.stride {
                        let expected: f64 = if column < m {
                            (0..k)
                                .map(|inner| at(&a, row, inner) * at(&b, inner, column))
                                .sum()
                        } else {
                            0.0
                        };
                        assert!(
                            (at(out, row, column) - expected).abs() < 1e-4,
                            "{name} {n}×{k}×{m}"
                        );
                    }
                }
            };
            check(&out, "plain");
            let transposed = |from: &Matrix| {
                let mut to = Matrix::zeros(from.n_columns, from.n_rows);
                for row in 0..from.n_rows {
                    for column in 0..from.n_columns {
                        to.values[column * to.stride + row] =
                            from.values[row * from.stride + column];
                    }
                }
                to
            };
            panels.product_of_transposed(&transposed(&a), &b, &mut out);
            check(&out, "left transposed");
            panels.product_with_transposed(&a, &transposed(&b), &mut out);
            check(&out, "right transposed");
        }
    }
}
