"""Stage 1 of learning: the encoder is taught, without labels, what is usual in the account."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from offtrail.models.config import Config
from offtrail.models.encoder import Embedded, Encoder
from offtrail.models.graphdata import Graph, Seeds

TYPES = 5  # wrong answers a question: three APIs, another principal, another source
TEMPERATURE = 0.5
BATCH = 256


def pretext(graph: Graph, config: Config) -> Encoder:
    """Stage 1: which API, by which principal, from which source; five typed wrong answers each.

    Wrong APIs are popular ones, others of the same service, any of AWS; then the principal is
    swapped, then the source. For most repeats the pair's own past is hidden.
    """
    torch.manual_seed(config.seed)
    encoder = Encoder(config).to(config.device).train()
    optimizer = torch.optim.AdamW(encoder.parameters(), config.pretext_rate)
    tuples = graph.tuples.take(torch.arange(len(graph.tuples.second))[-config.pretext_tuples :])
    for _ in range(config.pretext_epochs):
        for at in torch.split(torch.randperm(len(tuples.second)), BATCH):
            right = tuples.take(at)
            hide = torch.rand(len(at)) < config.hidden_pairs
            asked = Seeds(*map(torch.cat, zip(right, *_wrong(graph, right), strict=True)))
            batch = graph.batch(asked, config.neighbours * config.layers, hide.repeat(TYPES + 1))
            score = likeness(encoder(batch.to(config.device))).view(TYPES + 1, -1)
            loss = F.cross_entropy(
                score.T, torch.zeros(len(at), dtype=torch.long, device=score.device)
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    return encoder.eval()


def likeness(z: Embedded) -> Tensor:
    """How well the API fits the principal and the source, shape [seeds]."""
    fit: Tensor = ((z.principal + z.source) * z.api).sum(1)  # [seeds]
    return torch.div(fit, TEMPERATURE * z.api.shape[1] ** 0.5)


def _wrong(graph: Graph, right: Seeds) -> list[Seeds]:
    """The typed wrong answers to each question."""
    count = len(right.second)
    popular = graph.tuples.api[torch.randint(len(graph.tuples.api), (count,))]
    anything = torch.randint(len(graph.near), (count,))
    sibling = graph.sibling(right.api)
    swap = torch.randint(len(graph.tuples.api), (count,))
    apis = [right._replace(api=api) for api in (popular, sibling, anything)]
    other = right._replace(principal=graph.tuples.principal[swap])
    return [*apis, other, right._replace(source=graph.tuples.source[swap])]


@torch.no_grad()
def embed(encoder: Encoder, graph: Graph, config: Config) -> NDArray[np.float32]:
    """Embeddings of the graph's questions, joined: shape [asked, 4 width]."""
    parts = []
    for at in torch.split(torch.arange(len(graph.asked.second)), BATCH):
        batch = graph.batch(graph.asked.take(at), config.neighbours * config.layers)
        parts.append(encoder(batch.to(config.device)).joined().cpu())
    joined = torch.cat(parts) if parts else torch.zeros(0, 4 * config.width)
    return np.asarray(joined.numpy(), dtype=np.float32)
