"""Isolation-forest reference values from scikit-learn, for the Rust tests to compare with.

In:  nothing; the points are below. Out: JSON, on standard output and in
isolation_forest_reference.json beside this script.

The Rust tests rebuild the printed trees node by node and walk them, so the comparison does not
depend on either side's random numbers. Two definitions of c(n) are printed, because they differ:
scikit-learn takes ln(n - 1) + Euler's constant for the harmonic number H(n - 1), Oddflow sums it
exactly. Path lengths and scores are given under both.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._iforest import _average_path_length

SIZES = [1, 2, 3, 10, 100, 256, 1000]
SEED = 42
N_TREES = 3

# Multiples of 1/4 are exact in f32, so both sides see the same numbers. Six points close together,
# one twin (the trees must keep it with its equal), one outlier.
TRAIN = [
    [0.0, 0.0],
    [0.5, 0.25],
    [0.25, 0.75],
    [0.25, 0.75],
    [1.0, 0.5],
    [0.75, 1.0],
    [1.25, 1.25],
    [8.0, -6.0],
]
# Points that were not fitted: inside, between, far out on both sides.
PROBES = [[0.5, 0.5], [4.0, -3.0], [100.0, 100.0], [-100.0, -100.0]]


def exact_average_path_length(n: int) -> float:
    """c(n) = 2 H(n - 1) - 2 (n - 1) / n, equation 1 of Liu, Ting and Zhou (2008); 0 for n < 2."""
    if n < 2:
        return 0.0
    harmonic = float(np.sum(1.0 / np.arange(1, n, dtype=np.float64)))
    return 2 * harmonic - 2 * (n - 1) / n


def depths(tree) -> list[int]:
    """Edges from the root, by node; scikit-learn stores a child after its parent."""
    depth = [0] * tree.node_count
    for node in range(tree.node_count):
        for child in (tree.children_left[node], tree.children_right[node]):
            if child >= 0:
                depth[child] = depth[node] + 1
    return depth


def main() -> None:
    points = np.array(TRAIN + PROBES, dtype=np.float32)
    forest = IsolationForest(n_estimators=N_TREES, max_samples=len(TRAIN), random_state=SEED)
    forest.fit(np.array(TRAIN, dtype=np.float32))

    trees = []
    sklearn_paths, exact_paths = [], []
    for estimator, columns in zip(forest.estimators_, forest.estimators_features_):
        tree = estimator.tree_
        # The Rust tests use the feature indices as they are.
        assert list(columns) == [0, 1]
        is_split = tree.children_left >= 0
        # A threshold this far from every point cannot change sides when rounded to f32.
        for feature, threshold in zip(tree.feature[is_split], tree.threshold[is_split]):
            assert np.abs(points[:, feature] - threshold).min() > 1e-6
        leaf = estimator.apply(points)
        depth = np.array(depths(tree))[leaf]
        n_leaf = tree.n_node_samples[leaf]
        sklearn_path = depth + _average_path_length(n_leaf)
        exact_path = depth + np.array([exact_average_path_length(int(n)) for n in n_leaf])
        sklearn_paths.append(sklearn_path)
        exact_paths.append(exact_path)
        trees.append(
            {
                # Node 0 is the root; a leaf has children -1, feature -2 and threshold -2.
                "feature": tree.feature.tolist(),
                "threshold": tree.threshold.tolist(),
                "children_left": tree.children_left.tolist(),
                "children_right": tree.children_right.tolist(),
                "n_node_samples": tree.n_node_samples.tolist(),
                "leaf": leaf.tolist(),
                "depth": depth.tolist(),
                "path_length_sklearn": sklearn_path.tolist(),
                "path_length_exact": exact_path.tolist(),
            }
        )

    n = len(TRAIN)
    sklearn_c = float(_average_path_length([n])[0])
    sklearn_score = np.exp2(-np.mean(sklearn_paths, axis=0) / sklearn_c)
    exact_score = np.exp2(-np.mean(exact_paths, axis=0) / exact_average_path_length(n))
    # Proves that the walk above is scikit-learn's own: score_samples is minus the paper's score.
    assert np.allclose(sklearn_score, -forest.score_samples(points), rtol=0, atol=1e-12)

    reference = {
        "script": Path(__file__).name,
        "sklearn_version": sklearn.__version__,
        "numpy_version": np.__version__,
        "average_path_length": [
            {
                "n": size,
                "sklearn": float(_average_path_length([size])[0]),
                "exact": exact_average_path_length(size),
            }
            for size in SIZES
        ],
        "forest": {
            "n_trees": N_TREES,
            "subsample": n,
            "seed": SEED,
            "rule": "go left when x[feature] <= threshold",
            "n_train_points": n,
            "points": points.tolist(),
            "trees": trees,
            "score_sklearn": sklearn_score.tolist(),
            "score_exact": exact_score.tolist(),
            "sklearn_score_samples": forest.score_samples(points).tolist(),
        },
    }
    text = json.dumps(reference, indent=1) + "\n"
    Path(__file__).with_suffix(".json").write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
