"""Autoencoder reference values from PyTorch, for the Rust tests to compare with; and its time to fit.

In:  nothing; layers, rows and precisions are below. Out: JSON, on standard output and in
autoencoder_reference.json beside this script: what the layers make of the rows, and the scores.
With --time FILE WIDTH: FILE holds f32 rows of WIDTH inputs, little-endian; prints the processor time
that fitting 48-24-48 takes on them with one thread, with the settings of Oddflow's wide view.

The rows and weights are multiples of 1/8, exact in f32. One hidden layer is normalised over the
batch with moments that were set by hand: Oddflow keeps such a layer folded into weights and bias.
"""

import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

ROWS = [
    [0.0, 0.0, 0.0],
    [0.5, -0.25, 1.0],
    [-1.5, 2.0, 0.125],
    [8.0, -8.0, 8.0],
]
PRECISION = [1.0, 0.5, 40.0]
CAP = 25.0
ENCODER = ([[0.5, -0.25, 0.125], [-1.0, 0.75, 0.5]], [0.125, -0.25])
DECODER = ([[1.0, -0.5], [0.25, 0.75], [-0.375, 1.5]], [0.0, 0.125, -0.125])
# Gain, shift, running mean, running variance of the normalised hidden layer.
NORMALIZATION = ([1.5, 0.5], [0.25, -0.125], [0.5, -0.5], [2.25, 0.25])


def layer(weights, bias):
    linear = nn.Linear(len(weights[0]), len(weights))
    linear.weight.data = torch.tensor(weights)
    linear.bias.data = torch.tensor(bias)
    return linear


def network(is_normalized):
    layers = [layer(*ENCODER)]
    if is_normalized:
        norm = nn.BatchNorm1d(2, eps=0.0)
        norm.weight.data, norm.bias.data, norm.running_mean, norm.running_var = map(torch.tensor, NORMALIZATION)
        layers.append(norm)
    return nn.Sequential(*layers, nn.ReLU(), layer(*DECODER)).eval()


def folded():
    """The encoder with the normalisation in its weights and bias."""
    gain, shift, mean, variance = (np.array(values) for values in NORMALIZATION)
    factor = gain / np.sqrt(variance)
    return (np.array(ENCODER[0]) * factor[:, None]).tolist(), ((np.array(ENCODER[1]) - mean) * factor + shift).tolist()


def case(is_normalized):
    rows = torch.tensor(ROWS)
    with torch.no_grad():
        copies = network(is_normalized)(rows)
        squares = (torch.tensor(PRECISION) * (copies - rows) ** 2).clamp(max=CAP)
        scores = torch.log1p(squares.mean(dim=1))
    encoder = folded() if is_normalized else ENCODER
    return {
        "layers": [{"weights": w, "bias": b} for w, b in (encoder, DECODER)],
        "scores": scores.tolist(),
    }


def fit_seconds(file, width):
    torch.set_num_threads(1)
    torch.manual_seed(42)
    rows = torch.from_numpy(np.fromfile(file, dtype="<f4").reshape(-1, width))
    net = nn.Sequential(
        nn.Linear(width, 48), nn.ReLU(), nn.Linear(48, 24), nn.Linear(24, 48), nn.ReLU(), nn.Linear(48, width)
    )
    adam = torch.optim.Adam(net.parameters(), lr=0.003)
    n_epochs, batch = 25, 256
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(adam, n_epochs * math.ceil(len(rows) / batch), eta_min=3e-5)
    started = time.process_time()
    for _ in range(n_epochs):
        for chosen in torch.randperm(len(rows)).split(batch):
            targets = rows[chosen]
            adam.zero_grad()
            nn.functional.mse_loss(net(targets + 0.1 * torch.randn_like(targets)), targets).backward()
            adam.step()
            rate.step()
    return time.process_time() - started


def main():
    if sys.argv[1:2] == ["--time"]:
        print(f"{fit_seconds(sys.argv[2], int(sys.argv[3])):.2f} s")
        return
    reference = {
        "torch": torch.__version__.split("+")[0],
        "rows": ROWS,
        "precision": PRECISION,
        "plain": case(False),
        "normalized": case(True),
    }
    text = json.dumps(reference, indent=1)
    Path(__file__).with_suffix(".json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main()
