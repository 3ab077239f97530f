"""Batch peer: what a Python user could run today on the same file as `oddflow score`.

In:  a KDD Cup 1999 or NSL-KDD file (41 features, then label columns; plain or .gz).
Out: one JSON object on standard output: seconds by stage, total, rows, anomalies, peak memory.

Two runs, so that training is never part of the measurement:

    python pipeline.py --fit DATA     trains both models, exports them to ONNX in the cache folder
    python pipeline.py DATA           timed: read, preprocess, score both models, count anomalies

The isolation forest can be run three ways (--forest), because their speed differs much:
`ensemble` one ONNX node written by hand, the default; `sklearn` scikit-learn itself, on
two threads; `converter` the graph that skl2onnx gives. The autoencoder always runs in ONNX Runtime.
With ONNX forests the timed run imports neither scikit-learn nor skl2onnx: a deployment would not.
Interpreter start, imports and loading the models are printed but are not part of the total, which
is to the peer's advantage: `oddflow score` is timed as a whole process.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

STARTED = time.perf_counter()

THREADS = 2
# Read by OpenBLAS when numpy is first imported, hence before the imports below.
os.environ.setdefault("OPENBLAS_NUM_THREADS", str(THREADS))
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))

import resource  # noqa: E402

import numpy as np  # noqa: E402
import onnxruntime as ort  # noqa: E402
import pandas as pd  # noqa: E402
import pyarrow as pa  # noqa: E402

pa.set_cpu_count(THREADS)

# Column order of kddcup.names.
FEATURES = (
    "duration protocol_type service flag src_bytes dst_bytes land wrong_fragment urgent hot "
    "num_failed_logins logged_in num_compromised root_shell su_attempted num_root "
    "num_file_creations num_shells num_access_files num_outbound_cmds is_host_login "
    "is_guest_login count srv_count serror_rate srv_serror_rate rerror_rate srv_rerror_rate "
    "same_srv_rate diff_srv_rate srv_diff_host_rate dst_host_count dst_host_srv_count "
    "dst_host_same_srv_rate dst_host_diff_srv_rate dst_host_same_src_port_rate "
    "dst_host_srv_diff_host_rate dst_host_serror_rate dst_host_srv_serror_rate "
    "dst_host_rerror_rate dst_host_srv_rerror_rate"
).split()
CATEGORICAL = ["protocol_type", "service", "flag"]
NUMERIC = [name for name in FEATURES if name not in CATEGORICAL]
# Heavy-tailed columns: seconds, bytes and counts. Flags and rates stay as they are.
LOGGED = [
    "duration", "src_bytes", "dst_bytes", "wrong_fragment", "urgent", "hot", "num_failed_logins",
    "num_compromised", "num_root", "num_file_creations", "num_shells", "num_access_files",
    "count", "srv_count", "dst_host_count", "dst_host_srv_count",
]  # fmt: skip

SEED = 42
N_TREES = 100
SUBSAMPLE = 256
HIDDEN = (32, 8, 32)
# Rows per call of ONNX Runtime: bounds the memory of a call's intermediate results.
BATCH_ROWS = 16_384
DATA_NAMES = ("kddcup.data_10_percent", "kddcup.data_10_percent.gz")


def data_file(argument: str | None) -> Path:
    """The file named by the argument or ODDFLOW_DATA; in a folder, the KDD 10 % file."""
    given = argument or os.environ.get("ODDFLOW_DATA")
    if not given:
        sys.exit("name a data file or folder, or set ODDFLOW_DATA")
    path = Path(given)
    if path.is_dir():
        path = next((path / name for name in DATA_NAMES if (path / name).exists()), path)
    if not path.is_file():
        sys.exit(f"{path}: expected a data file, or a folder with {' or '.join(DATA_NAMES)}")
    return path


def read(path: Path, engine: str, with_label: bool = False) -> pd.DataFrame:
    """The 41 features, and the label column when asked for."""
    names = FEATURES + ["label"] if with_label else FEATURES
    frame = pd.read_csv(
        path,
        header=None,
        usecols=range(len(names)),
        dtype={FEATURES.index(name): "category" for name in CATEGORICAL},
        engine=engine,
    )
    frame.columns = names
    return frame


def preprocess(frame: pd.DataFrame, fitted: dict) -> np.ndarray:
    """log1p, one-hot, standard scaling: rows x (38 numeric + one per known category), f32.

    An unknown category belongs to no column, as with OneHotEncoder(handle_unknown="ignore").
    """
    n_rows = len(frame)
    n_columns = len(NUMERIC) + sum(len(fitted["categories"][name]) for name in CATEGORICAL)
    mean = np.array(fitted["mean"], dtype=np.float32)
    scale = np.array(fitted["scale"], dtype=np.float32)
    # What a one-hot column holds, after scaling, for a row of another category and of its own.
    absent, present = -mean / scale, (1 - mean) / scale
    matrix = np.empty((n_rows, n_columns), dtype=np.float32)
    for column, name in enumerate(NUMERIC):
        values = frame[name].to_numpy(dtype=np.float32)
        if name in LOGGED:
            values = np.log1p(values)
        matrix[:, column] = (values - mean[column]) / scale[column]
    matrix[:, len(NUMERIC) :] = absent[len(NUMERIC) :]
    offset = len(NUMERIC)
    rows = np.arange(n_rows)
    for name in CATEGORICAL:
        known = fitted["categories"][name]
        codes = frame[name].cat.set_categories(known).cat.codes.to_numpy()
        seen = codes >= 0
        hot = offset + codes[seen].astype(np.intp)
        matrix[rows[seen], hot] = present[hot]
        offset += len(known)
    # Far outliers would otherwise own the reconstruction error.
    return np.clip(matrix, -8, 8, out=matrix)


def session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def batches(matrix: np.ndarray):
    for start in range(0, len(matrix), BATCH_ROWS):
        yield matrix[start : start + BATCH_ROWS]


def load_forest(cache: Path, forest: str):
    if forest == "sklearn":
        import joblib

        return joblib.load(cache / "forest_sklearn.joblib")
    return session(cache / f"forest_{forest}.onnx")


def forest_scores(model, matrix: np.ndarray, forest: str) -> np.ndarray:
    """Liu's anomaly score in 0..1, higher is odder, whichever way the forest is run."""
    if forest == "sklearn":
        return -model.score_samples(matrix)
    outputs = [
        model.run([model.get_outputs()[-1].name], {"X": rows})[0].ravel()
        for rows in batches(matrix)
    ]
    values = np.concatenate(outputs)
    if forest == "converter":
        # skl2onnx returns decision_function with offset_ = -0.5, that is 0.5 - score.
        return 0.5 - values
    return np.exp2(-values / average_path_length(SUBSAMPLE)).astype(np.float32)


def autoencoder_scores(model: ort.InferenceSession, matrix: np.ndarray) -> np.ndarray:
    """Mean squared reconstruction error a row."""
    errors = []
    for rows in batches(matrix):
        # skl2onnx flattens a network of many outputs to one column, row by row.
        residual = model.run(None, {"X": rows})[0].reshape(rows.shape)
        residual -= rows
        errors.append(np.einsum("ij,ij->i", residual, residual) / matrix.shape[1])
    return np.concatenate(errors)


def average_path_length(n: float) -> float:
    """scikit-learn's c(n), with ln(n - 1) + Euler's constant in place of the harmonic number."""
    if n <= 1:
        return 0.0
    if n == 2:
        return 1.0
    return 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n


def timed_run(path: Path, cache: Path, forest: str, engine: str) -> dict:
    if not (cache / "fitted.json").exists():
        sys.exit(f"no models in {cache}: run with --fit first")
    imported = time.perf_counter()
    fitted = json.loads((cache / "fitted.json").read_text())
    forest_model = load_forest(cache, forest)
    autoencoder = session(cache / "autoencoder.onnx")
    seconds, cpu_seconds = {}, {}
    cpu_clock = time.process_time()
    begin = clock = time.perf_counter()
    startup = {"imports": imported - STARTED, "load_models": begin - imported}

    def lap(stage: str) -> None:
        nonlocal clock, cpu_clock
        now, cpu_now = time.perf_counter(), time.process_time()
        seconds[stage] = now - clock
        # Of all threads, ONNX Runtime's spinning included; the steadier figure on a busy machine.
        cpu_seconds[stage] = cpu_now - cpu_clock
        clock, cpu_clock = now, cpu_now

    frame = read(path, engine)
    lap("read")
    matrix = preprocess(frame, fitted)
    lap("preprocess")
    forest_score = forest_scores(forest_model, matrix, forest)
    lap("isolation_forest")
    autoencoder_score = autoencoder_scores(autoencoder, matrix)
    lap("autoencoder")
    anomalies = {
        "isolation_forest": int((forest_score >= fitted["threshold"]["isolation_forest"]).sum()),
        "autoencoder": int((autoencoder_score >= fitted["threshold"]["autoencoder"]).sum()),
    }
    lap("count")
    total = clock - begin
    # Other work on the machine shows here; compare runs only at a low and similar load.
    load_average = round(os.getloadavg()[0], 2)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "file": path.name,
        "rows": len(frame),
        "forest": forest,
        "csv_engine": engine,
        "threads": THREADS,
        "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
        "total_seconds": round(total, 3),
        "cpu_seconds": {stage: round(value, 3) for stage, value in cpu_seconds.items()},
        "total_cpu_seconds": round(sum(cpu_seconds.values()), 3),
        "startup_seconds_not_in_total": {k: round(v, 3) for k, v in startup.items()},
        "load_average_1_min": load_average,
        "cpu_seconds_whole_process": round(usage.ru_utime + usage.ru_stime, 3),
        # Linux reports KiB.
        "peak_rss_mb": round(usage.ru_maxrss * 1024 / 1e6),
        "anomalies": anomalies,
        "versions": {"pandas": pd.__version__, "onnxruntime": ort.__version__},
    }


def fit(path: Path, cache: Path, engine: str) -> dict:
    """Trains on 80 % of the distinct normal rows and writes the models to the cache folder.

    The other 20 % give each model's threshold: its 99th percentile, one false alarm in a hundred.
    """
    import warnings

    import joblib
    import sklearn
    from skl2onnx import to_onnx
    from sklearn.ensemble import IsolationForest
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import roc_auc_score
    from sklearn.neural_network import MLPRegressor

    # Twenty epochs are enough for a network whose speed is what is measured.
    warnings.simplefilter("ignore", ConvergenceWarning)
    cache.mkdir(parents=True, exist_ok=True)
    frame = read(path, engine, with_label=True)
    is_attack = ~frame.pop("label").astype(str).str.startswith("normal").to_numpy()
    normal = frame[~is_attack].drop_duplicates()
    held_out = np.random.default_rng(SEED).random(len(normal)) < 0.2
    train, calibration = normal[~held_out], normal[held_out]

    categories = {name: sorted(train[name].unique()) for name in CATEGORICAL}
    numeric = train[NUMERIC].to_numpy(dtype=np.float64)
    logged = [NUMERIC.index(name) for name in LOGGED]
    numeric[:, logged] = np.log1p(numeric[:, logged])
    one_hot = [
        train[name].to_numpy()[:, None] == np.array(categories[name])[None, :]
        for name in CATEGORICAL
    ]
    unscaled = np.hstack([numeric, *one_hot])
    scale = unscaled.std(axis=0)
    fitted = {
        "mean": unscaled.mean(axis=0).tolist(),
        # A constant column, such as num_outbound_cmds, stays 0 after centring.
        "scale": np.where(scale > 0, scale, 1.0).tolist(),
        "categories": categories,
    }
    x_train = preprocess(train, fitted)
    x_calibration = preprocess(calibration, fitted)

    isolation_forest = IsolationForest(
        n_estimators=N_TREES, max_samples=SUBSAMPLE, random_state=SEED, n_jobs=THREADS
    ).fit(x_train)
    network = MLPRegressor(
        hidden_layer_sizes=HIDDEN,
        batch_size=256,
        max_iter=20,
        early_stopping=True,
        random_state=SEED,
    ).fit(x_train, x_train)

    opset = {"": 18, "ai.onnx.ml": 3}
    exports = {
        "forest_converter": to_onnx(isolation_forest, x_train[:1], target_opset=opset),
        "forest_ensemble": forest_as_one_node(isolation_forest, x_train.shape[1]),
        "autoencoder": to_onnx(network, x_train[:1], target_opset=opset),
    }
    for name, model in exports.items():
        (cache / f"{name}.onnx").write_bytes(model.SerializeToString())

    joblib.dump(isolation_forest, cache / "forest_sklearn.joblib")

    everything = preprocess(frame, fitted)
    sklearn_score = -isolation_forest.score_samples(everything)
    sessions = {name: session(cache / f"{name}.onnx") for name in exports}
    ensemble_score = forest_scores(sessions["forest_ensemble"], everything, "ensemble")
    converter_score = forest_scores(sessions["forest_converter"], everything, "converter")
    error = autoencoder_scores(sessions["autoencoder"], everything)
    expected_error = ((network.predict(everything) - everything) ** 2).mean(axis=1)
    fitted["threshold"] = {
        "isolation_forest": float(
            np.quantile(forest_scores(sessions["forest_ensemble"], x_calibration, "ensemble"), 0.99)
        ),
        "autoencoder": float(
            np.quantile(autoencoder_scores(sessions["autoencoder"], x_calibration), 0.99)
        ),
    }
    (cache / "fitted.json").write_text(json.dumps(fitted))
    return {
        "rows": len(frame),
        "train_rows": len(train),
        "columns": x_train.shape[1],
        "autoencoder_epochs": network.n_iter_,
        # Whole file, training rows included: a check that the models work, not a result.
        "roc_auc_whole_file": {
            "isolation_forest": round(roc_auc_score(is_attack, ensemble_score), 5),
            "autoencoder": round(roc_auc_score(is_attack, error), 5),
        },
        "recall_at_threshold": {
            "isolation_forest": round(
                float((ensemble_score[is_attack] >= fitted["threshold"]["isolation_forest"]).mean()), 4
            ),
            "autoencoder": round(
                float((error[is_attack] >= fitted["threshold"]["autoencoder"]).mean()), 4
            ),
        },
        "largest_difference_from_sklearn": {
            "forest_ensemble": float(np.abs(ensemble_score - sklearn_score).max()),
            "forest_converter": float(np.abs(converter_score - sklearn_score).max()),
            "autoencoder_relative": float(
                (np.abs(error - expected_error) / (1e-6 + expected_error)).max()
            ),
        },
        "versions": {"scikit-learn": sklearn.__version__},
    }


def forest_as_one_node(isolation_forest, n_columns: int):
    """The forest as one TreeEnsembleRegressor that returns the mean path length.

    skl2onnx writes 100 separate trees and about 2,700 nodes around them, which ONNX Runtime runs
    several times slower than scikit-learn itself. Both graphs are kept so that the comparison is
    with the best that a determined user gets, and with what the converter gives by itself.
    """
    from onnx import TensorProto, helper

    nodes = {key: [] for key in ("treeids", "nodeids", "featureids", "values", "modes")}
    nodes |= {"truenodeids": [], "falsenodeids": []}
    target = {key: [] for key in ("treeids", "nodeids", "ids", "weights")}
    for tree_id, (estimator, columns) in enumerate(
        zip(isolation_forest.estimators_, isolation_forest.estimators_features_)
    ):
        tree = estimator.tree_
        depth = np.zeros(tree.node_count, dtype=int)
        for node in range(tree.node_count):
            left, right = int(tree.children_left[node]), int(tree.children_right[node])
            is_leaf = left == right
            nodes["treeids"].append(tree_id)
            nodes["nodeids"].append(node)
            nodes["featureids"].append(0 if is_leaf else int(columns[tree.feature[node]]))
            nodes["values"].append(0.0 if is_leaf else rounded_down(tree.threshold[node]))
            nodes["modes"].append("LEAF" if is_leaf else "BRANCH_LEQ")
            nodes["truenodeids"].append(0 if is_leaf else left)
            nodes["falsenodeids"].append(0 if is_leaf else right)
            if is_leaf:
                path = depth[node] + average_path_length(float(tree.n_node_samples[node]))
                target["treeids"].append(tree_id)
                target["nodeids"].append(node)
                target["ids"].append(0)
                target["weights"].append(path / len(isolation_forest.estimators_))
            else:
                # Children follow their parent in scikit-learn's arrays.
                depth[[left, right]] = depth[node] + 1
    node = helper.make_node(
        "TreeEnsembleRegressor",
        ["X"],
        ["path_length"],
        domain="ai.onnx.ml",
        n_targets=1,
        aggregate_function="SUM",
        **{f"nodes_{key}": value for key, value in nodes.items()},
        **{f"target_{key}": value for key, value in target.items()},
    )
    graph = helper.make_graph(
        [node],
        "isolation_forest",
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, [None, n_columns])],
        [helper.make_tensor_value_info("path_length", TensorProto.FLOAT, [None, 1])],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("ai.onnx.ml", 3)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9)


def rounded_down(threshold: float) -> float:
    """The largest f32 not above an f64 threshold: then `x <= threshold` is the same for f32 x."""
    nearest = np.float32(threshold)
    if float(nearest) > threshold:
        nearest = np.nextafter(nearest, np.float32(-np.inf))
    return float(nearest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="data file or folder (default: ODDFLOW_DATA)")
    parser.add_argument("--fit", action="store_true", help="train and save the models, not timed")
    parser.add_argument("--forest", choices=["ensemble", "sklearn", "converter"], default="ensemble")
    parser.add_argument("--engine", choices=["c", "pyarrow"], default="c")
    cache_home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    parser.add_argument("--cache", type=Path, default=Path(cache_home) / "oddflow-peers")
    arguments = parser.parse_args()
    path = data_file(arguments.data)
    if arguments.fit:
        report = fit(path, arguments.cache, arguments.engine)
    else:
        report = timed_run(path, arguments.cache, arguments.forest, arguments.engine)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
