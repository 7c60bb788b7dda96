"""The heads as one function: standardised inputs in, the mean of their log odds out."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from offtrail.models.config import Config
from offtrail.models.encoder import Head
from offtrail.models.train import heads

Array = NDArray[np.float32]
FAR = 5.0  # standard deviations at which an input is cut
EMBEDDING = 0.15  # weight of a standardised embedding beside a standardised feature


class Network(NamedTuple):
    """Heads, and the mean and scale of what they were taught on."""

    heads: Sequence[Head]
    mean: Array
    scale: Array

    def __call__(self, inputs: Array) -> NDArray[np.float64]:
        """Log odds of rows, shape [rows]."""
        x = torch.from_numpy(standard(inputs, self.mean, self.scale))
        with torch.no_grad():
            odds = torch.stack([head(x) for head in self.heads])  # [heads, rows]
        return np.asarray(odds.mean(0).double().numpy())


def fit(inputs: Array, labels: Array, embedded: int, config: Config) -> Network:
    """Heads on examples, of whose inputs the last ``embedded`` come from the encoder."""
    mean, scale = inputs.mean(0), inputs.std(0) + 1e-3
    if embedded:
        scale[-embedded:] /= EMBEDDING
    return Network(heads(standard(inputs, mean, scale), labels, config), mean, scale)


def standard(inputs: Array, mean: Array, scale: Array) -> Array:
    """Inputs in standard deviations from the mean, cut at FAR."""
    return np.asarray(np.clip((inputs - mean) / scale, -FAR, FAR), dtype=np.float32)
