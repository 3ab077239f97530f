"""API peer: one-record scoring with scikit-learn behind FastAPI or Flask.

    python api_server.py [--framework fastapi|flask] [--addr HOST:PORT] [--workers N] [DATA]

POST /api/v1/score takes one JSON object with the five form fields and answers
{"score": 0.41, "is_anomaly": false}; a bad record gets a 4xx. GET /healthz answers once it is up.

FastAPI runs under uvicorn with uvloop and httptools; Flask under gunicorn with threaded workers,
which keep connections open (gunicorn's default worker does not, Werkzeug's server is not meant for
load). The handler is the plain one that the tutorials show: score_samples on an array of one row.

DATA (or ODDFLOW_DATA) is the KDD 10 % file or its folder; the forest is fitted at start on 50,000
of its normal rows. Without data, on seeded log-normal rows: tree sizes, hence speed, are alike.
"""

import argparse
import math
import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest

FIELDS = ["duration", "src_bytes", "dst_bytes", "count", "srv_count"]
# Their positions in the 41 columns of kddcup.names; the label follows the 41.
POSITIONS = [0, 4, 5, 22, 23]
LABEL = 41
SEED = 42
N_ROWS = 50_000
MAX_COUNT = 511


def training_rows(data: str | None) -> np.ndarray:
    if not data:
        random = np.random.default_rng(SEED)
        rows = random.lognormal([0, 5, 6, 1, 1], [1, 1.5, 2, 1, 1], size=(N_ROWS, len(FIELDS)))
        rows[:, 3:] = np.clip(np.round(rows[:, 3:]), 1, MAX_COUNT)
        return rows
    path = Path(data)
    if path.is_dir():
        names = ("kddcup.data_10_percent", "kddcup.data_10_percent.gz")
        path = next(path / name for name in names if (path / name).exists())
    frame = pd.read_csv(path, header=None, usecols=[*POSITIONS, LABEL])
    normal = frame[frame[LABEL].str.startswith("normal")].drop(columns=LABEL)
    return normal.sample(N_ROWS, random_state=SEED).to_numpy(dtype=np.float64)


def fitted_forest() -> IsolationForest:
    """The documents' detector: 100 trees, contamination 0.1, seed 42."""
    rows = np.log1p(training_rows(os.environ.get("ODDFLOW_DATA")))
    forest = IsolationForest(
        n_estimators=100, max_samples=256, contamination=0.1, random_state=SEED
    )
    return forest.fit(rows)


def verdict(forest: IsolationForest, record: list[float]) -> dict:
    score = float(-forest.score_samples(np.log1p([record]))[0])
    return {"score": score, "is_anomaly": bool(score > -forest.offset_)}


def fastapi_app():
    from fastapi import FastAPI
    from pydantic import BaseModel, Field

    class Record(BaseModel):
        duration: float = Field(ge=0, allow_inf_nan=False)
        src_bytes: float = Field(ge=0, allow_inf_nan=False)
        dst_bytes: float = Field(ge=0, allow_inf_nan=False)
        count: float = Field(ge=0, le=MAX_COUNT)
        srv_count: float = Field(ge=0, le=MAX_COUNT)

    forest = fitted_forest()
    app = FastAPI()

    # `def`, not `async def`: FastAPI then runs the blocking call in its thread pool.
    @app.post("/api/v1/score")
    def score(record: Record) -> dict:
        return verdict(forest, [getattr(record, field) for field in FIELDS])

    @app.get("/healthz")
    def healthz() -> dict:
        return {"status": "ok"}

    return app


def flask_app():
    from flask import Flask, jsonify, request

    forest = fitted_forest()
    app = Flask(__name__)

    @app.post("/api/v1/score")
    def score():
        body = request.get_json()
        if not isinstance(body, dict):
            return jsonify(error="expected a JSON object"), 422
        record = []
        for field in FIELDS:
            value = body.get(field)
            limit = MAX_COUNT if field.endswith("count") else math.inf
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value) or not 0 <= value <= limit:
                return jsonify(error=f'"{field}": expected a number >= 0, found {value!r}'), 422
            record.append(float(value))
        return jsonify(verdict(forest, record))

    @app.get("/healthz")
    def healthz():
        return jsonify(status="ok")

    return app


def serve_fastapi(host: str, port: int, workers: int) -> None:
    import uvicorn

    # An import string, because uvicorn starts each worker as a new interpreter.
    uvicorn.run(
        "api_server:fastapi_app",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        app_dir=str(Path(__file__).parent),
    )


def serve_flask(host: str, port: int, workers: int) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):
        def load_config(self) -> None:
            self.cfg.set("bind", f"{host}:{port}")
            self.cfg.set("workers", workers)
            self.cfg.set("worker_class", "gthread")
            # One a connection of the load test at its default of 32.
            self.cfg.set("threads", 32)
            self.cfg.set("loglevel", "warning")

        def load(self):
            return flask_app()

    Server().run()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", nargs="?", help="data file or folder (default: ODDFLOW_DATA)")
    parser.add_argument("--framework", choices=["fastapi", "flask"], default="fastapi")
    parser.add_argument("--addr", default="127.0.0.1:8000", metavar="HOST:PORT")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: 1)")
    arguments = parser.parse_args()
    if arguments.data:
        # Worker processes read it from here.
        os.environ["ODDFLOW_DATA"] = str(Path(arguments.data).resolve())
    host, _, port = arguments.addr.rpartition(":")
    if not host or not port.isdigit():
        sys.exit(f"--addr: expected HOST:PORT, found {arguments.addr!r}")
    serve = serve_fastapi if arguments.framework == "fastapi" else serve_flask
    serve(host, int(port), arguments.workers)


if __name__ == "__main__":
    main()
