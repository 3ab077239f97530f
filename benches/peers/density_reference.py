"""Chow-Liu reference values from scikit-learn and SciPy, for the Rust tests to compare with.

In:  nothing; the rows are drawn here from a fixed seed. Out: JSON, on standard output and in
density_reference.json beside this script.

Mutual information is scikit-learn's mutual_info_score, the tree SciPy's minimum_spanning_tree of the
negated information. Tables are smoothed as Oddflow does: a histogram with one row spread over its
bins, and a conditional table that backs off to the histogram. Every value 0 to 3 is a bin of its own,
and so is what lies beyond 3.
"""

import json
from pathlib import Path

import numpy as np
import scipy
import sklearn
from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree
from sklearn.metrics import mutual_info_score

SEED = 42
N_ROWS = 300
N_FEATURES = 5
N_VALUES = 4
N_BINS = N_VALUES + 1
PRIOR_ROWS = 1.0
BACK_OFF_ROWS = 2.0


def draw(rng: np.random.Generator) -> np.ndarray:
    """Feature 1 follows 0, 2 follows 1, 3 follows 1, 4 is for itself; each value once at least."""
    rows = rng.integers(0, N_VALUES, (N_ROWS, N_FEATURES))
    for child, parent, share in [(1, 0, 0.8), (2, 1, 0.7), (3, 1, 0.6)]:
        copies = rng.random(N_ROWS) < share
        rows[copies, child] = rows[copies, parent]
    rows[:N_VALUES] = np.arange(N_VALUES)[:, None]
    return rows


def information(rows: np.ndarray) -> np.ndarray:
    """Mutual information of every pair of features, in nats."""
    shared = np.zeros((N_FEATURES, N_FEATURES))
    for a in range(N_FEATURES):
        for b in range(a):
            shared[a, b] = shared[b, a] = mutual_info_score(rows[:, a], rows[:, b])
    return shared


def parents(shared: np.ndarray) -> list[int]:
    """Parent of each feature, -1 at the root: the feature with the most information in all."""
    tree = minimum_spanning_tree(np.triu(1 + shared.max() - shared, 1))
    root = int(shared.sum(axis=1).argmax())
    _, before = breadth_first_order(tree, root, directed=False)
    return [int(p) if p >= 0 else -1 for p in before]


def shares(counts: np.ndarray, prior: np.ndarray, prior_rows: float) -> np.ndarray:
    return (counts + prior_rows * prior) / (counts.sum() + prior_rows)


def tails(p: np.ndarray) -> np.ndarray:
    """Share of the bins that are at most as likely as each."""
    return np.array([p[p <= own * (1 + 1e-9)].sum() for own in p])


def score(rows: np.ndarray, probes: np.ndarray, before: list[int], is_tail: bool) -> list[float]:
    """Sum over the features of -ln p, or of -ln of the tail, of each probe."""
    total = np.zeros(len(probes))
    for child, parent in enumerate(before):
        counts = np.bincount(rows[:, child], minlength=N_BINS)
        histogram = shares(counts, np.full(N_BINS, 1 / N_BINS), PRIOR_ROWS)
        for index, probe in enumerate(probes):
            p = histogram
            if parent >= 0:
                alike = rows[rows[:, parent] == probe[parent], child]
                p = shares(np.bincount(alike, minlength=N_BINS), histogram, BACK_OFF_ROWS)
            total[index] -= np.log((tails(p) if is_tail else p)[probe[child]])
    return total.tolist()


def main() -> None:
    rng = np.random.default_rng(SEED)
    rows = draw(rng)
    probes = np.vstack([rows[:6], rng.integers(0, N_BINS, (8, N_FEATURES))])
    shared = information(rows)
    before = parents(shared)
    alone = [-1] * N_FEATURES
    reference = {
        "script": Path(__file__).name,
        "sklearn_version": sklearn.__version__,
        "scipy_version": scipy.__version__,
        "numpy_version": np.__version__,
        "back_off_rows": BACK_OFF_ROWS,
        "rows": rows.tolist(),
        "probes": probes.tolist(),
        "information": shared.tolist(),
        "parents": before,
        "log_likelihood": score(rows, probes, before, is_tail=False),
        "tail": score(rows, probes, before, is_tail=True),
        "histogram": score(rows, probes, alone, is_tail=False),
    }
    text = json.dumps(reference) + "\n"
    Path(__file__).with_suffix(".json").write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
