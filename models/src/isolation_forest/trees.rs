//! The nodes of all trees: as they are stored, and as they are walked.
//!
//! Stored: one tree after the other, level by level, left to right. The k-th node of a tree that is cut has its children at 2 k + 1 and
//! 2 k + 2, so which nodes are leaves says where every child is and where a tree ends; a child always comes after its parent.
//! Walked: eight bytes a node, and a leaf leads to the next tree, so that 16 rows walk side by side without a branch, each at its own pace.

use super::path_length::average_path_lengths;
use super::{MAX_DEPTH, MAX_SAMPLES};

/// Stands in the inputs where a node is a leaf.
pub const LEAF: u8 = u8::MAX;

/// Largest number of trees that a forest may have.
pub const MAX_TREES: usize = 1000;

/// Most nodes of all trees together, so that [`Node`] can hold the position of a child in 24 bits.
pub(super) const MAX_NODES: usize = 1 << 24;

/// 1 for [`LEAF`], 0 for inputs.
static IS_LEAF: [f32; LEAF as usize + 1] = {
    let mut is_leaf = [0.0; LEAF as usize + 1];
    is_leaf[LEAF as usize] = 1.0;
    is_leaf
};

/// One node as it is walked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node {
    /// The cut; in a leaf, the path length.
    value: f32,
    /// Position of the left child, in a leaf of the next root, × 256 + input, which is [`LEAF`] there.
    next_and_input: u32,
}

impl Node {
    fn new(value: f32, next: usize, input: u8) -> Self {
        Self {
            value,
            next_and_input: (next as u32) << 8 | u32::from(input),
        }
    }

    /// The input that is compared, or [`LEAF`].
    pub(super) fn input(self) -> u8 {
        self.next_and_input as u8
    }

    /// The left child, after which comes the right one; of a leaf, the next root.
    pub(super) fn left(self) -> u32 {
        self.next_and_input >> 8
    }

    /// What the input is compared with.
    pub(super) fn threshold(self) -> f32 {
        self.value
    }

    /// The path length of a leaf: cuts above it plus c(size); 0 elsewhere.
    pub(super) fn length(self) -> f32 {
        // A table rather than a branch: which nodes are leaves cannot be foretold. Cuts are finite.
        self.value * IS_LEAF[usize::from(self.input())]
    }
}

/// All trees, ready to be walked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Walkable {
    /// The nodes as they are stored, and the end: a leaf of length 0 that leads to itself.
    pub(super) nodes: Vec<Node>,
    /// Path length expected of the training rows that reach each node.
    pub(super) lengths: Vec<f32>,
    /// First node of each tree.
    pub(super) roots: Vec<usize>,
}

impl Walkable {
    /// From stored parts that [`check`] finds in order.
    pub(super) fn new(
        inputs: &[u8],
        thresholds: &[f32],
        leaf_sizes: &[u16],
        n_samples: usize,
    ) -> Self {
        let average_lengths = average_path_lengths(n_samples);
        let roots: Vec<usize> = places(inputs)
            .enumerate()
            .filter(|(_, place)| place.depth == 0)
            .map(|(node, _)| node)
            .collect();
        let mut next_roots = roots.iter().copied().skip(1).chain([inputs.len()]);
        let mut next_root = inputs.len();
        let mut thresholds = thresholds.iter();
        let mut sizes = leaf_sizes.iter();
        let mut nodes = Vec::with_capacity(inputs.len() + 1);
        let mut rows = Vec::with_capacity(inputs.len());
        for (place, &input) in places(inputs).zip(inputs) {
            if place.depth == 0 {
                next_root = next_roots.next().unwrap_or(inputs.len());
            }
            match place.left {
                Some(left) => {
                    let threshold = thresholds.next().copied().unwrap_or_default();
                    nodes.push(Node::new(threshold, left, input));
                    rows.push(0.0f32);
                }
                None => {
                    let size = sizes.next().copied().map_or(0, usize::from);
                    let length = f64::from(place.depth) + average_lengths[size];
                    nodes.push(Node::new(length as f32, next_root, LEAF));
                    rows.push(size as f32);
                }
            }
        }
        let lengths = expected_lengths(&nodes, rows);
        nodes.push(Node::new(0.0, inputs.len(), LEAF));
        Self {
            nodes,
            lengths,
            roots,
        }
    }

    /// Position of the end.
    pub(super) fn end(&self) -> u32 {
        self.nodes.len() as u32 - 1
    }
}

/// Path length expected of the training rows that reach each node; `rows` of them reach a leaf.
fn expected_lengths(nodes: &[Node], mut rows: Vec<f32>) -> Vec<f32> {
    let mut lengths: Vec<f32> = nodes.iter().map(|node| node.length()).collect();
    for (place, node) in nodes.iter().enumerate().rev() {
        if node.input() != LEAF {
            let left = node.left() as usize;
            let right = left + 1;
            rows[place] = rows[left] + rows[right];
            lengths[place] =
                (rows[left] * lengths[left] + rows[right] * lengths[right]) / rows[place];
        }
    }
    lengths
}

/// Where a stored node is.
#[derive(Clone, Copy, Debug)]
struct Place {
    /// Cuts above it; 0 where a tree begins.
    depth: u32,
    /// Its left child, unless it is a leaf.
    left: Option<usize>,
}

/// The place of each node; children of the last tree may lie beyond the end where nodes are missing.
fn places(inputs: &[u8]) -> impl Iterator<Item = Place> {
    // One past the last child so far; and the nodes that are left of the current level, with its depth.
    let (mut next, mut level_end, mut depth) = (0, 0, 0);
    inputs.iter().enumerate().map(move |(node, &input)| {
        if node == next {
            (next, level_end, depth) = (node + 1, node + 1, 0);
        } else if node == level_end {
            (level_end, depth) = (next, depth + 1);
        }
        let left = (input != LEAF).then_some(next);
        if left.is_some() {
            next += 2;
        }
        Place { depth, left }
    })
}

/// Checks stored parts, of which nothing is trusted.
///
/// # Errors
/// A sentence that says which part has an unexpected size or value.
pub(super) fn check(
    n_inputs: usize,
    n_samples: usize,
    inputs: &[u8],
    thresholds: &[f32],
    leaf_sizes: &[u16],
) -> Result<(), String> {
    if !(1..=usize::from(LEAF)).contains(&n_inputs) {
        return Err(format!("expected 1 to {LEAF} inputs, found {n_inputs}"));
    }
    if !(2..=MAX_SAMPLES).contains(&n_samples) {
        return Err(format!(
            "expected 2 to {MAX_SAMPLES} samples, found {n_samples}"
        ));
    }
    let n_nodes = inputs.len();
    let n_leaves = inputs.iter().filter(|&&input| input == LEAF).count();
    if n_nodes >= MAX_NODES
        || n_leaves != leaf_sizes.len()
        || n_nodes - n_leaves != thresholds.len()
    {
        return Err(format!(
            "expected {n_leaves} leaves and a cut for each of the other nodes, of which {n_nodes} are fewer than {MAX_NODES}; found {} and {}",
            leaf_sizes.len(),
            thresholds.len()
        ));
    }
    if inputs
        .iter()
        .any(|&input| input != LEAF && usize::from(input) >= n_inputs)
    {
        return Err(format!(
            "a cut names an input beyond the {n_inputs} there are"
        ));
    }
    if !thresholds.iter().all(|threshold| threshold.is_finite()) {
        return Err("expected finite cuts".into());
    }
    check_trees(n_samples, inputs, leaf_sizes)
}

fn check_trees(n_samples: usize, inputs: &[u8], leaf_sizes: &[u16]) -> Result<(), String> {
    let mut n_trees = 0;
    let mut end = 0;
    let mut sizes = leaf_sizes.iter().map(|&size| usize::from(size));
    // The rows of the trees so far; each must hold all samples.
    let mut n_rows = 0;
    for place in places(inputs) {
        if place.depth == 0 {
            if n_rows != n_trees * n_samples {
                return Err(format!("expected {n_samples} rows in every tree"));
            }
            n_trees += 1;
            end += 1;
        }
        if place.depth > MAX_DEPTH {
            return Err(format!(
                "expected at most {MAX_DEPTH} cuts one after another"
            ));
        }
        match place.left {
            Some(left) => end = left + 2,
            None => match sizes.next() {
                Some(size) if size > 0 => n_rows += size,
                _ => return Err("a leaf holds no row".into()),
            },
        }
    }
    if end != inputs.len() || n_rows != n_trees * n_samples {
        return Err(format!(
            "expected whole trees of {n_samples} rows, found {n_rows} rows in {n_trees} trees"
        ));
    }
    if !(1..=MAX_TREES).contains(&n_trees) {
        return Err(format!("expected 1 to {MAX_TREES} trees, found {n_trees}"));
    }
    Ok(())
}
