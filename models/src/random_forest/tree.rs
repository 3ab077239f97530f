//! One tree as arrays, level by level.
//!
//! The k-th node that is split has its children at 2 k + 1 and 2 k + 2, so which nodes are leaves says where every child is, and
//! a child always comes after its parent.

/// Stands in [`Tree::features`] where a node is a leaf.
pub(super) const LEAF: u8 = u8::MAX;

/// Most leaves that a tree may have: its nodes are counted in a `u16`.
pub(super) const MAX_LEAVES: usize = 1 << 14;

/// The share that stands for 1.
pub(super) const WHOLE: u16 = u16::MAX;

/// A grown tree.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    /// Feature that each node is split by; [`LEAF`] where it is not.
    pub(super) features: Vec<u8>,
    /// Last bin that goes left; 0 for leaves.
    pub(super) bins: Vec<u8>,
    /// Attack share of the training rows that reach each node, in units of 1 / [`WHOLE`].
    pub(super) shares: Vec<u16>,
}

impl Tree {
    /// Where the left child of each node is, the right one after it; of a leaf, the leaf itself.
    ///
    /// # Errors
    /// A sentence where the leaves do not make a tree of the nodes.
    pub(super) fn left_children(&self) -> Result<Vec<u16>, String> {
        let n_nodes = self.features.len();
        let n_splits = self
            .features
            .iter()
            .filter(|&&feature| feature != LEAF)
            .count();
        if n_nodes != 2 * n_splits + 1 || n_splits >= MAX_LEAVES {
            return Err(format!(
                "expected a tree of 1 to {MAX_LEAVES} leaves, found {n_nodes} nodes of which {n_splits} are split"
            ));
        }
        let mut next = 1;
        let mut left = Vec::with_capacity(n_nodes);
        for (node, &feature) in self.features.iter().enumerate() {
            if feature == LEAF {
                left.push(node as u16);
            } else {
                if next <= node {
                    return Err(format!("node {node} is not the child of any other"));
                }
                left.push(next as u16);
                next += 2;
            }
        }
        Ok(left)
    }

    /// Splits on the longest way from the root to a leaf, given [`Tree::left_children`].
    pub(super) fn height(left: &[u16]) -> usize {
        let mut heights = vec![0; left.len()];
        for (node, &child) in left.iter().enumerate().rev() {
            let child = usize::from(child);
            if child != node {
                heights[node] = 1 + heights[child].max(heights[child + 1]);
            }
        }
        heights.first().copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(features: &[u8]) -> Tree {
        Tree {
            features: features.to_vec(),
            bins: vec![0; features.len()],
            shares: vec![0; features.len()],
        }
    }

    #[test]
    fn children_follow_from_the_leaves() {
        let left = tree(&[3, LEAF, 1, LEAF, LEAF]).left_children().unwrap();
        assert_eq!(left, [1, 1, 3, 3, 4]);
        assert_eq!(Tree::height(&left), 2);
        assert_eq!(tree(&[LEAF]).left_children().unwrap(), [0]);
    }

    #[test]
    fn nodes_that_make_no_tree_are_refused() {
        for features in [
            &[][..],
            &[0],
            &[0, LEAF],
            &[LEAF, 0, LEAF],
            &[LEAF, LEAF, 0],
        ] {
            assert!(tree(features).left_children().is_err(), "{features:?}");
        }
    }
}
