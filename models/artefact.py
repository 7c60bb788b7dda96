"""A trained model as a directory: weights, tree, projection, calls and schema. No pickle."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from safetensors.torch import load_file as load_tensors
from safetensors.torch import save_file as save_tensors
from torch import Tensor

from offtrail.models import calls, inputs, tree
from offtrail.models.config import Config
from offtrail.models.errors import ModelIncompatible
from offtrail.models.features import NAMES
from offtrail.models.fusion import Model
from offtrail.models.graphdata import RELATIONS, WIDTHS
from offtrail.models.head import Head
from offtrail.models.knowledge import Projection, with_projection
from offtrail.models.network import Network
from offtrail.models.tree import Tree

if TYPE_CHECKING:
    from offtrail.models.encoder import Encoder

FORMAT = 1


class Description(msgspec.Struct, frozen=True):
    """``model.json``: what the other files were made with."""

    format: int
    features: str  # fingerprint of names and order of everything that is fed in
    knowledge: str  # botocore's version and the projection's
    config: Config


def fingerprint() -> str:
    """Changes whenever a feature, an input column or a relation changes."""
    schema = (NAMES, inputs.CHOSEN, inputs.MEANING, RELATIONS, sorted(WIDTHS.items()))
    return hashlib.sha256(repr(schema).encode()).hexdigest()[:16]


def save(model: Model, folder: Path) -> None:
    """Write the model into an empty or absent directory; equal models give equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    described = Description(FORMAT, fingerprint(), model.known.version, model.config)
    (folder / "model.json").write_bytes(msgspec.json.format(msgspec.json.encode(described)))
    save_tensors(_tensors(model), folder / "weights.safetensors")
    if model.network is not None:
        scale = {"mean": model.network.mean, "scale": model.network.scale}
        save_file(scale, folder / "scale.safetensors")
    if model.tree is not None:
        (folder / "tree.txt").write_text(model.tree.text())
    projection = model.known.projection
    words = {"words": "\n".join(projection.vocabulary)}
    half = projection.weights.astype(np.float16)  # exact: fit rounds to halves
    save_file({"weights": half}, folder / "knowledge.safetensors", words)
    calls.write(model.attacks, ["the attack calls learned from"], folder / "calls.tsv")


def load(folder: Path) -> Model:
    """The model in a directory.

    Raises:
        ModelIncompatible: it was written for other features or by another version.
    """
    described = _described(folder)
    config = described.config
    known = with_projection(_projection(folder / "knowledge.safetensors"))
    tensors = load_tensors(folder / "weights.safetensors")
    attacks = calls.parse((folder / "calls.tsv").read_text())
    encoder = _encoder(tensors, config)
    return Model(
        config, known, attacks, encoder, _tree(folder, config), _network(folder, tensors, config)
    )


def _described(folder: Path) -> Description:
    try:
        described = msgspec.json.decode((folder / "model.json").read_bytes(), type=Description)
    except (OSError, msgspec.MsgspecError) as error:
        raise ModelIncompatible(f"{folder} holds no model that can be read: {error}") from error
    if described.format != FORMAT or described.features != fingerprint():
        raise ModelIncompatible(
            f"the model in {folder} was made for other features; train it again: 'offtrail train'"
        )
    return described


def _tensors(model: Model) -> dict[str, Tensor]:
    parts = (
        [(f"head.{i}", head) for i, head in enumerate(model.network.heads)] if model.network else []
    )
    modules = [*parts, *([("encoder", model.encoder)] if model.encoder else [])]
    found = {
        f"{n}.{key}": value.float().contiguous()  # exact: they were taught in single precision
        for n, m in modules
        for key, value in m.state_dict().items()
    }
    return dict(sorted(found.items()))


def _of(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    return {k.removeprefix(f"{name}."): v for k, v in tensors.items() if k.startswith(f"{name}.")}


def _encoder(tensors: dict[str, Tensor], config: Config) -> "Encoder | None":
    weights = _of(tensors, "encoder")
    if not weights:
        return None
    from offtrail.models.encoder import Encoder as Made  # PyG takes seconds to import

    encoder = Made(config)
    encoder.load_state_dict(weights)
    return encoder.eval()


def _network(folder: Path, tensors: dict[str, Tensor], config: Config) -> Network | None:
    if not config.heads:
        return None
    scale = load_file(folder / "scale.safetensors")
    heads = [Head(len(scale["mean"]), config) for _ in range(config.heads)]
    for i, head in enumerate(heads):
        head.load_state_dict(_of(tensors, f"head.{i}"))
    return Network([head.eval().double() for head in heads], scale["mean"], scale["scale"])


def _tree(folder: Path, config: Config) -> Tree | None:
    if not config.tree:
        return None
    return tree.load((folder / "tree.txt").read_text(), inputs.names(config.knowledge))


def _projection(path: Path) -> Projection:
    with safe_open(path, framework="numpy") as file:
        words = file.metadata()["words"].split("\n")
        return Projection(tuple(words), file.get_tensor("weights").astype(np.float32))
