"""Stage 2 of learning: heads as one function, standardised inputs in, mean log odds out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F

from offtrail.models.config import Config
from offtrail.models.head import Head

Array = NDArray[np.float32]
BATCH = 128
FAR = 5.0  # standard deviations at which an input is cut
EMBEDDING = 0.15  # weight of a standardised embedding beside a standardised feature


class Network(NamedTuple):
    """Heads in double precision, and the mean and scale of what they were taught on."""

    heads: Sequence[Head]
    mean: Array
    scale: Array

    def __call__(self, inputs: Array) -> NDArray[np.float64]:
        """Log odds of rows, shape [rows].

        In double precision: in single, a row's last bits hang on how many are asked together.
        """
        x = torch.from_numpy(standard(inputs, self.mean, self.scale)).double()
        with torch.no_grad():
            odds = torch.stack([head(x) for head in self.heads])  # [heads, rows]
        return np.asarray(odds.mean(0).numpy())


def fit(inputs: Array, labels: Array, embedded: int, config: Config) -> Network:
    """Heads on examples, of whose inputs the last ``embedded`` come from the encoder."""
    mean, scale = inputs.mean(0), inputs.std(0) + 1e-3
    if embedded:
        scale[-embedded:] /= EMBEDDING
    return Network(heads(standard(inputs, mean, scale), labels, config), mean, scale)


def standard(inputs: Array, mean: Array, scale: Array) -> Array:
    """Inputs in standard deviations from the mean, cut at FAR."""
    return np.asarray(np.clip((inputs - mean) / scale, -FAR, FAR), dtype=np.float32)


def heads(inputs: Array, labels: Array, config: Config) -> Sequence[Head]:
    """Stage 2: error-edge heads on standardised inputs, equal weight to attacks and benign."""
    x, y = torch.from_numpy(inputs), torch.from_numpy(labels)
    balance = torch.tensor(float((1 - labels.mean()) / max(labels.mean(), 1e-6)))
    found = []
    for turn in range(config.heads):
        torch.manual_seed(config.seed * 10 + turn)
        head = Head(inputs.shape[1], config).train()
        optimizer = torch.optim.AdamW(
            head.parameters(), config.head_rate, weight_decay=config.head_decay
        )
        for _ in range(config.head_epochs):
            for at in torch.split(torch.randperm(len(y)), BATCH):
                loss = F.binary_cross_entropy_with_logits(head(x[at]), y[at], pos_weight=balance)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
        found.append(head.eval().double())
    return found
