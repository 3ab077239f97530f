"""Reference values of the evaluation figures from scikit-learn, for the Rust tests.

In:  nothing; 40 seeded scores with ties. Out: JSON, on standard output and in
metrics_reference.json beside this script, to be read with include_str!.

Scores are multiples of 1/32: exact in f32 and f64, and 40 of them cannot avoid ties. A label of 1
is an anomaly, and a record is called one when score >= threshold, as in scikit-learn's curves.
JSON has no infinity: the first ROC threshold, "above every score", is written as null.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn import metrics

SEED = 42
N_SCORES = 40
N_ANOMALIES = 14
# One of the scores, so that a strict > in place of >= fails.
THRESHOLD = 0.5


def curve(columns: dict[str, np.ndarray]) -> dict[str, list]:
    return {
        name: [value if np.isfinite(value) else None for value in values.tolist()]
        for name, values in columns.items()
    }


def main() -> None:
    random = np.random.default_rng(SEED)
    labels = np.zeros(N_SCORES, dtype=int)
    labels[:N_ANOMALIES] = 1
    random.shuffle(labels)
    # Overlapping on purpose: a perfect separation would test little.
    raw = random.normal(np.where(labels == 1, 0.62, 0.38), 0.17)
    scores = np.round(np.clip(raw, 0, 1) * 32) / 32
    assert THRESHOLD in scores and len(np.unique(scores)) < N_SCORES

    fpr, tpr, roc_thresholds = metrics.roc_curve(labels, scores, drop_intermediate=False)
    fpr_short, tpr_short, thresholds_short = metrics.roc_curve(labels, scores)
    precision, recall, pr_thresholds = metrics.precision_recall_curve(labels, scores)
    # The curve ends in an artificial point (precision 1, recall 0) that has no threshold.
    p, r = precision[:-1], recall[:-1]
    f1 = np.divide(2 * p * r, p + r, out=np.zeros_like(p), where=p + r > 0)
    best = int(np.argmax(f1))
    assert np.sum(np.isclose(f1, f1[best])) == 1, "the best threshold must be unique"

    called = (scores >= THRESHOLD).astype(int)
    true_negative, false_positive, false_negative, true_positive = metrics.confusion_matrix(
        labels, called
    ).ravel()

    reference = {
        "script": Path(__file__).name,
        "sklearn_version": sklearn.__version__,
        "numpy_version": np.__version__,
        "seed": SEED,
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "roc_auc": float(metrics.roc_auc_score(labels, scores)),
        "average_precision": float(metrics.average_precision_score(labels, scores)),
        # One point a distinct score, thresholds falling.
        "roc_curve": curve({"fpr": fpr, "tpr": tpr, "threshold": roc_thresholds}),
        # scikit-learn's default: points on a straight line left out.
        "roc_curve_drop_intermediate": curve(
            {"fpr": fpr_short, "tpr": tpr_short, "threshold": thresholds_short}
        ),
        # Thresholds rising; precision and recall have one more value than thresholds.
        "precision_recall_curve": curve(
            {"precision": precision, "recall": recall, "threshold": pr_thresholds}
        ),
        "best_f1": {"threshold": float(pr_thresholds[best]), "f1": float(f1[best])},
        "at_threshold": {
            "threshold": THRESHOLD,
            "precision": float(metrics.precision_score(labels, called)),
            "recall": float(metrics.recall_score(labels, called)),
            "f1": float(metrics.f1_score(labels, called)),
            "accuracy": float(metrics.accuracy_score(labels, called)),
            "balanced_accuracy": float(metrics.balanced_accuracy_score(labels, called)),
            "matthews_correlation": float(metrics.matthews_corrcoef(labels, called)),
            "true_positive": int(true_positive),
            "false_positive": int(false_positive),
            "true_negative": int(true_negative),
            "false_negative": int(false_negative),
        },
    }
    text = json.dumps(reference, indent=1) + "\n"
    Path(__file__).with_suffix(".json").write_text(text)
    print(text, end="")


if __name__ == "__main__":
    main()
