"""Random-forest reference values from scikit-learn, and the peers' training times.

In:  nothing for the reference; a data folder for the times (`--time DATA`).
Out: JSON, in random_forest_reference.json beside this script: one decision tree grown best first,
     isotonic regression, out-of-bag figures of a forest, all on made-up rows.
     With `--time`: seconds and CPU seconds of scikit-learn and LightGBM, one thread, 100 trees, on the
     distinct rows of kddcup.data_10_percent, categories as codes; and microseconds a row to score.

The Rust tests grow on the printed rows. A single tree without bootstrap, all features tried, has no
randomness but ties; that there are none is asserted by growing with several seeds.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

SEED = 42
N_ROWS = 300
MAX_LEAVES = 12


def rows() -> tuple[np.ndarray, np.ndarray]:
    """Integers below 200, so that every value gets a bin; the class follows two features, with noise."""
    random = np.random.default_rng(SEED)
    features = random.integers(0, 200, size=(N_ROWS, 4))
    logit = (features[:, 0] - 90) / 25 + ((features[:, 1] - 100) / 50) ** 2 - 1
    return features, (random.random(N_ROWS) < 1 / (1 + np.exp(-logit))).astype(int)


def reference() -> dict:
    features, is_attack = rows()
    shares = None
    for seed in range(5):
        tree = DecisionTreeClassifier(max_leaf_nodes=MAX_LEAVES, random_state=seed)
        found = tree.fit(features, is_attack).predict_proba(features)[:, 1]
        assert shares is None or np.array_equal(shares, found), "a tie: take another seed"
        shares = found
    forest = RandomForestClassifier(200, oob_score=True, random_state=SEED).fit(features, is_attack)
    random = np.random.default_rng(SEED + 1)
    scores = random.integers(0, 64, size=120) / 64
    classes = (random.random(120) < scores).astype(int)
    weights = random.integers(1, 9, size=120) / 4
    isotonic = IsotonicRegression().fit(scores, classes, sample_weight=weights)
    return {
        "script": Path(__file__).name,
        "sklearn_version": sklearn.__version__,
        "numpy_version": np.__version__,
        "features": features.T.tolist(),
        "is_attack": is_attack.astype(bool).tolist(),
        "tree": {"max_leaves": MAX_LEAVES, "shares": shares.tolist()},
        "tree_importance": tree.feature_importances_.tolist(),
        "out_of_bag": {
            "n_trees": 200,
            "accuracy": float(forest.oob_score_),
            "roc_auc": float(roc_auc_score(is_attack, forest.oob_decision_function_[:, 1])),
        },
        "isotonic": {
            "scores": scores.tolist(),
            "is_attack": classes.astype(bool).tolist(),
            "weights": weights.tolist(),
            "fitted": isotonic.predict(scores).tolist(),
        },
    }


def measure(data: Path) -> None:
    import lightgbm
    import pandas as pd

    table = pd.read_csv(data / "kddcup.data_10_percent.gz", header=None).drop_duplicates()
    is_attack = (table[41] != "normal.").to_numpy()
    for column in (1, 2, 3):
        table[column] = table[column].astype("category").cat.codes
    features = table.iloc[:, :41].to_numpy(dtype=np.float32)
    print(f"{len(features)} rows; lightgbm {lightgbm.__version__}, scikit-learn {sklearn.__version__}")
    bagging = {
        "boosting_type": "rf",
        "bagging_freq": 1,
        "bagging_fraction": 0.632,
        "feature_fraction_bynode": 6 / 41,
        "num_leaves": 256,
    }
    models = {
        "scikit-learn forest": RandomForestClassifier(100, n_jobs=1, random_state=SEED),
        "scikit-learn forest, out of bag": RandomForestClassifier(
            100, n_jobs=1, random_state=SEED, oob_score=True
        ),
        "LightGBM forest": lightgbm.LGBMClassifier(
            n_estimators=100, n_jobs=1, random_state=SEED, verbose=-1, **bagging
        ),
        "LightGBM boosting": lightgbm.LGBMClassifier(
            n_estimators=100, n_jobs=1, random_state=SEED, verbose=-1
        ),
    }
    for name, model in models.items():
        wall, cpu = time.perf_counter(), time.process_time()
        model.fit(features, is_attack)
        print(f"{name}: fit {time.perf_counter() - wall:.2f} s, CPU {time.process_time() - cpu:.2f} s")
        cpu = time.process_time()
        model.predict_proba(features)
        print(f"  score {(time.process_time() - cpu) * 1e6 / len(features):.2f} µs a row (CPU)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--time", metavar="DATA", type=Path, help="measure the peers instead")
    arguments = parser.parse_args()
    if arguments.time:
        measure(arguments.time)
        return
    text = json.dumps(reference()) + "\n"
    Path(__file__).with_suffix(".json").write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
