"""Peers of `oddflow train`: how long scikit-learn, LightGBM and PyTorch take for the same fits.

In:  the KDD Cup 1999 10 % file (ODDFLOW_DATA: the file or its folder) and the oddflow program.
Out: a markdown table on standard output, and with --json FILE every measurement.

    ODDFLOW_DATA=DATA python training.py ODDFLOW [--views kdd41,kdd5] [--detectors ...] [--turns 3]

Oddflow and the peers take turns, detector by detector, each on one thread. Oddflow's seconds are
those of the fit alone (`oddflow train --times`), the peers' those of their `fit`; reading and
encoding are in neither. The peers get rows of the same kind and number: of four fifths of the
groups of equal rows, 70 % of the normal ones, distinct; for the supervised forests the attacks of
the four fifths too. A ratio above 1 says that the peer is slower.

The wall clock decides, as `oddflow` has no other. On a busy machine it holds much waiting: the table
therefore also has the processor time; Oddflow's is its wall clock times the share of a core that the
process got (rusage / wall), the peers' is measured.
"""

import argparse
import json
import math
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import lightgbm  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy  # noqa: E402
import sklearn  # noqa: E402
import torch  # noqa: E402
from scipy.sparse.csgraph import minimum_spanning_tree  # noqa: E402
from sklearn.ensemble import IsolationForest, RandomForestClassifier  # noqa: E402
from sklearn.metrics import mutual_info_score  # noqa: E402
from torch import nn  # noqa: E402

from pipeline import CATEGORICAL, FEATURES, LOGGED, SEED, data_file, read  # noqa: E402

VIEWS = {
    "kdd41": FEATURES,
    "kdd28": FEATURES[:9] + FEATURES[22:],
    "kdd5": ["duration", "src_bytes", "dst_bytes", "count", "srv_count"],
}
# Hidden layers, networks, most epochs and noise of AutoencoderParams::for_view.
WIDE = {"hidden": (48, 24, 48), "n_networks": 2, "n_epochs": 25, "noise": 0.1}
NARROW = {"hidden": (32, 3, 32), "n_networks": 4, "n_epochs": 15, "noise": 0.0}
NETWORKS = {"kdd41": WIDE, "kdd28": WIDE, "kdd5": NARROW}
BATCH_ROWS = 256
PATIENCE = 5
# Isolation forest of IsolationForestParams::for_view: trees, rows of each.
DEEP = {"kdd41": (30, 65_535), "kdd28": (30, 65_535), "kdd5": (24, 65_535)}
N_DENSITY_BINS = 20


def split(path: Path) -> dict[str, pd.DataFrame]:
    """Distinct rows by use: normal rows to fit and to validate, and attacks."""
    frame = read(path, "c", with_label=True).drop_duplicates(FEATURES)
    random = np.random.default_rng(SEED)
    is_kept = random.random(len(frame)) >= 0.2
    place = random.random(len(frame))
    is_normal = (frame["label"] == "normal.").to_numpy()
    return {
        "fit": frame[is_kept & is_normal & (place >= 0.3)],
        "validation": frame[is_kept & is_normal & (place >= 0.2) & (place < 0.3)],
        "attacks": frame[is_kept & ~is_normal],
    }


def codes(frame: pd.DataFrame, view: str) -> np.ndarray:
    """The features, categories as codes."""
    columns = [frame[name].cat.codes if name in CATEGORICAL else frame[name] for name in VIEWS[view]]
    return np.column_stack(columns).astype(np.float32)


def network_inputs(frame: pd.DataFrame, fitted: pd.DataFrame, view: str) -> np.ndarray:
    """Logarithms, zero flags, one-hot categories, standardised: as many inputs as Oddflow's or a few less."""
    parts = []
    for name in VIEWS[view]:
        values, own = frame[name], fitted[name]
        if name in CATEGORICAL:
            parts += [(values == word, own == word) for word in own.unique()]
        elif name in LOGGED:
            parts.append((np.log1p(values), np.log1p(own)))
            if name in ("src_bytes", "dst_bytes"):
                parts.append((values == 0, own == 0))
            elif name.endswith("count"):
                parts.append((values, own))
        else:
            parts.append((values, own))
    columns = []
    for values, own in parts:
        spread = float(np.std(own.astype(float))) or 1.0
        columns.append(((values.astype(float) - float(np.mean(own.astype(float)))) / spread).clip(-8, 8))
    return np.column_stack(columns).astype(np.float32)


def fit_autoencoders(rows: torch.Tensor, validation: torch.Tensor, params: dict) -> None:
    """As `models/src/autoencoder/train.rs`: denoising, Adam along a half cosine, early stopping."""
    width, (first, middle, last) = rows.shape[1], params["hidden"]
    for index in range(params["n_networks"]):
        torch.manual_seed(SEED + index)
        # The bottleneck of the narrow view is rectified, that of the wide ones linear.
        inner = [nn.ReLU()] if params is NARROW else []
        net = nn.Sequential(
            nn.Linear(width, first), nn.ReLU(), nn.Linear(first, middle), *inner,
            nn.Linear(middle, last), nn.ReLU(), nn.Linear(last, width),
        )  # fmt: skip
        adam = torch.optim.Adam(net.parameters(), lr=0.003)
        n_steps = params["n_epochs"] * math.ceil(len(rows) / BATCH_ROWS)
        rate = torch.optim.lr_scheduler.CosineAnnealingLR(adam, n_steps, eta_min=3e-5)
        best, n_worse = math.inf, 0
        for _ in range(params["n_epochs"]):
            for chosen in torch.randperm(len(rows)).split(BATCH_ROWS):
                targets = rows[chosen]
                inputs = targets
                if params["noise"] > 0:
                    inputs = targets + params["noise"] * torch.randn_like(targets)
                adam.zero_grad()
                nn.functional.mse_loss(net(inputs), targets).backward()
                adam.step()
                rate.step()
            with torch.no_grad():
                error = float(nn.functional.mse_loss(net(validation), validation))
            best, n_worse = (error, 0) if error < best else (best, n_worse + 1)
            if n_worse >= PATIENCE:
                break


def fit_chow_liu(rows: np.ndarray) -> None:
    """Bins at quantiles, mutual information of every pair, the tree, histograms of its pairs."""
    quantiles = np.linspace(0, 1, N_DENSITY_BINS + 1)[1:-1]
    binned = [np.searchsorted(np.unique(np.quantile(x, quantiles)), x) for x in rows.T]
    n_features = len(binned)
    shared = np.zeros((n_features, n_features))
    for a in range(n_features):
        for b in range(a):
            shared[b, a] = mutual_info_score(binned[a], binned[b])
    tree = minimum_spanning_tree(np.triu(1 + shared.max() - shared, 1)).tocoo()
    for a, b in zip(tree.row, tree.col):
        np.histogram2d(binned[a], binned[b], bins=N_DENSITY_BINS)


def peers(detector: str, view: str, rows: dict[str, pd.DataFrame]) -> dict:
    """What to call by name of the peer; the data are ready before."""
    fit = codes(rows["fit"], view)
    if detector == "isolation_forest":
        n_trees, n_deep = DEEP[view]
        sizes = {
            "scikit-learn IsolationForest, 100 trees of 256 rows": (100, 256),
            f"scikit-learn IsolationForest, {n_trees} trees of all rows": (n_trees, min(n_deep, len(fit))),
        }
        return {
            name: lambda size=size: IsolationForest(
                n_estimators=size[0], max_samples=size[1], n_jobs=1, random_state=SEED
            ).fit(fit)
            for name, size in sizes.items()
        }
    if detector == "density":
        return {"mutual_info_score of all pairs and SciPy's tree": lambda: fit_chow_liu(fit)}
    if detector == "autoencoder":
        encoded = [torch.from_numpy(network_inputs(rows[use], rows["fit"], view)) for use in ("fit", "validation")]
        name = f"PyTorch, {encoded[0].shape[1]} inputs"
        return {name: lambda: fit_autoencoders(*encoded, NETWORKS[view])}
    both = np.concatenate([fit, codes(rows["attacks"], view)])
    is_attack = np.arange(len(both)) >= len(fit)
    n_trees = 48 if view == "kdd5" else 64
    bagging = {
        "boosting_type": "rf",
        "bagging_freq": 1,
        "bagging_fraction": 0.632,
        "feature_fraction_bynode": round(math.sqrt(fit.shape[1])) / fit.shape[1],
        "num_leaves": 256,
    }

    def light(**params):
        model = lightgbm.LGBMClassifier(n_jobs=1, random_state=SEED, verbose=-1, **params)
        return lambda: model.fit(both, is_attack)

    def forest(n_trees):
        model = RandomForestClassifier(n_trees, n_jobs=1, random_state=SEED)
        return lambda: model.fit(both, is_attack)

    return {
        f"scikit-learn RandomForestClassifier, {n_trees} trees": forest(n_trees),
        "scikit-learn RandomForestClassifier, 100 trees": forest(100),
        "LightGBM, boosting, 100 rounds": light(n_estimators=100),
        f"LightGBM, rf, {n_trees} trees": light(n_estimators=n_trees, **bagging),
    }


def fit_oddflow(program: str, path: Path, detector: str, view: str) -> tuple[float, float]:
    """Wall clock of the fit, and an estimate of its processor time."""
    # The supervised detector cannot be trained alone; the density is the quickest companion.
    wanted = "density,random_forest" if detector == "random_forest" else detector
    with tempfile.TemporaryDirectory() as folder:
        times = Path(folder, "times.json")
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(
            [program, "train", path, "--output", folder, "--view", view, "--detector", wanted, "--times", times],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        elapsed = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        wall = json.loads(times.read_text())[view][detector]
    return wall, wall * min(used / elapsed, 1.0)


def timed(run) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def measure(arguments: argparse.Namespace, path: Path) -> list[dict]:
    rows = split(path)
    print({use: len(frame) for use, frame in rows.items()}, file=sys.stderr)
    measured = []
    for view in arguments.views.split(","):
        for detector in arguments.detectors.split(","):
            runs = peers(detector, view, rows)
            ours, theirs = [], {name: [] for name in runs}
            for _ in range(arguments.turns):
                for name, run in runs.items():
                    ours.append(fit_oddflow(arguments.program, path, detector, view))
                    theirs[name].append(timed(run))
                    print(view, detector, ours[-1], name, theirs[name][-1], file=sys.stderr)
            measured += [
                {"view": view, "detector": detector, "peer": name, "oddflow": ours, "peer_times": times}
                for name, times in theirs.items()
            ]
    return measured


def table(measured: list[dict]) -> str:
    lines = [
        "| view | detector | Oddflow s (CPU) | peer | peer s (CPU) | ratio wall | ratio CPU |",
        "| --- | --- | --: | --- | --: | --: | --: |",
    ]
    for entry in measured:
        wall, cpu = (statistics.median(run[i] for run in entry["oddflow"]) for i in (0, 1))
        peer_wall, peer_cpu = (statistics.median(run[i] for run in entry["peer_times"]) for i in (0, 1))
        lines.append(
            f"| {entry['view']} | {entry['detector']} | {wall:.2f} ({cpu:.2f}) | {entry['peer']} "
            f"| {peer_wall:.2f} ({peer_cpu:.2f}) | {peer_wall / wall:.1f} | {peer_cpu / cpu:.1f} |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="the oddflow program")
    parser.add_argument("--views", default=",".join(VIEWS))
    parser.add_argument("--detectors", default="isolation_forest,autoencoder,density,random_forest")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write every measurement")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    path = data_file(None)
    load_before = os.getloadavg()
    measured = measure(arguments, path)
    print(table(measured))
    print(f"\nMedian of {arguments.turns} turns; load average {load_before[0]:.1f} before, {os.getloadavg()[0]:.1f} after.")
    if arguments.json:
        versions = {
            "scikit-learn": sklearn.__version__,
            "scipy": scipy.__version__,
            "numpy": np.__version__,
            "lightgbm": lightgbm.__version__,
            "torch": torch.__version__,
        }
        result = {"versions": versions, "turns": arguments.turns, "measured": measured}
        arguments.json.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
