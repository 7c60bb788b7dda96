"""API knowledge: 32 coordinates for every AWS operation, learned offline from its description."""

import hashlib
import os
import tempfile
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import botocore
import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file

from offtrail.models.operations import Operation, canonical, operations, verb_class, words

Array = npt.NDArray[np.float32]

DIMENSIONS = 32
VERSION = 2  # grows when the words of an operation or the projection change


class Near(NamedTuple):
    """An API near another."""

    api: str
    similarity: float  # cosine, 1 is the same direction


class Projection(NamedTuple):
    """TF-IDF then truncated SVD, as plain arrays: coordinates for any operation, known or new."""

    vocabulary: tuple[str, ...]
    weights: Array  # [words, 32]: inverse document frequency times component

    def __call__(self, documents: Iterable[Sequence[str]]) -> Array:
        """Unit coordinates of documents of words; a document of unknown words lies at 0."""
        index = {word: i for i, word in enumerate(self.vocabulary)}
        rows = [_project([index[w] for w in doc if w in index], self.weights) for doc in documents]
        return np.stack(rows).astype(np.float32)  # [documents, 32]

    @property
    def version(self) -> str:
        digest = hashlib.sha256("\n".join(self.vocabulary).encode())
        digest.update(self.weights.tobytes())
        return f"{VERSION}-{digest.hexdigest()[:12]}"


class Knowledge:
    """Coordinates and neighbours of APIs; unknown names fall back on the words in them."""

    def __init__(self, projection: Projection, apis: Sequence[str], vectors: Array) -> None:
        self.projection, self.apis, self.vectors = projection, tuple(apis), vectors
        self._row = {api: i for i, api in enumerate(self.apis)}
        self._by_name: dict[str, Array] = {}
        self._near: dict[tuple[str, int], list[Near]] = {}

    @property
    def version(self) -> str:
        return f"botocore {botocore.__version__}, projection {self.projection.version}"

    def vector(self, api: str) -> Array:
        """Unit coordinates of an API, shape [32]."""
        row = self._row.get(_id(api))
        if row is not None:
            return np.asarray(self.vectors[row])
        if api not in self._by_name:
            self._by_name[api] = self.projection([document(Operation(*canonical(api)))])[0]
        return self._by_name[api]

    def matrix(self, apis: Sequence[str]) -> Array:
        """Coordinates of several APIs, shape [apis, 32]."""
        return np.stack([self.vector(api) for api in apis]) if apis else np.zeros((0, 32), "f4")

    def nearest(self, api: str, k: int = 8, among: Sequence[str] | None = None) -> list[Near]:
        """The ``k`` APIs nearest to ``api`` in meaning, of all of AWS or of ``among``."""
        if among is None and (api, k) in self._near:
            return self._near[api, k]
        names = self.apis if among is None else tuple(among)
        vectors = self.vectors if among is None else self.matrix(names)
        likeness = vectors @ self.vector(api)
        most = min(len(names), k + 2)  # itself, and one spelled otherwise, are left out below
        best = np.sort(np.argpartition(-likeness, most - 1)[:most]) if most else np.zeros(0, int)
        order = best[np.argsort(-likeness[best], kind="stable")]
        found = (Near(names[i], float(likeness[i])) for i in order if _id(names[i]) != _id(api))
        nearest = [near for near, _ in zip(found, range(k), strict=False)]
        if among is None:
            self._near[api, k] = nearest
        return nearest


def document(op: Operation) -> list[str]:
    """An operation as words; the kind of word is part of the word, the name counts thrice."""
    name = [f"name:{word}" for word in words(op.name)]
    service = [f"service:{op.service}"] * 2
    shape = [f"in:{w}" for m in op.inputs[:20] for w in words(m[:1].upper() + m[1:])]
    shape += [f"out:{w}" for m in op.outputs[:20] for w in words(m[:1].upper() + m[1:])]
    text = [f"text:{word}" for word in op.text.lower().split() if word.isalpha() and len(word) > 2]
    verb = [f"verb:{verb_class(op.name)}"] * 2
    return [*name * 3, *service, *verb, f"method:{op.method}", *shape, *text]


def fit(known: Sequence[Operation]) -> Projection:
    """The projection that keeps most of what tells the operations apart."""
    from sklearn.decomposition import TruncatedSVD  # takes seconds, and only this needs it
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer=document, min_df=8, sublinear_tf=True, max_features=6000, dtype=np.float32
    )
    table = vectorizer.fit_transform(known)
    svd = TruncatedSVD(DIMENSIONS, random_state=0, n_iter=4).fit(table)
    weights = vectorizer.idf_[:, None] * svd.components_.T  # [words, 32]
    halves = weights.astype(np.float16).astype(np.float32)  # so that a model keeps them exactly
    return Projection(tuple(vectorizer.get_feature_names_out()), halves)


@cache
def knowledge() -> Knowledge:
    """The installed botocore's APIs: read from the user's cache, or built there in seconds."""
    path = cache_folder() / f"knowledge-{VERSION}-botocore-{botocore.__version__}.safetensors"
    if not path.exists():
        ops = list(operations())
        projection = fit(ops)
        save(Knowledge(projection, [op.api for op in ops], projection(map(document, ops))), path)
    return load(path)


def with_projection(projection: Projection) -> Knowledge:
    """The installed botocore's APIs in the coordinates of an older model's projection."""
    if projection.version == knowledge().projection.version:
        return knowledge()
    ops = list(operations())
    return Knowledge(projection, [op.api for op in ops], projection(map(document, ops)))


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/offtrail`` or ``~/.cache/offtrail``."""
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "offtrail"


def save(known: Knowledge, path: Path) -> None:
    """Write at once or not at all: another process may be building the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = {"words": "\n".join(known.projection.vocabulary), "apis": "\n".join(known.apis)}
    arrays = {"weights": known.projection.weights, "vectors": known.vectors}
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, part.name, names)
    Path(part.name).replace(path)


def load(path: Path) -> Knowledge:
    """The knowledge in a file of the cache."""
    with safe_open(path, framework="numpy") as file:
        names = file.metadata()
        projection = Projection(tuple(names["words"].split("\n")), file.get_tensor("weights"))
        return Knowledge(projection, names["apis"].split("\n"), file.get_tensor("vectors"))


def _id(api: str) -> str:
    service, name = canonical(api)
    return f"api:{service}:{name}"


def _project(columns: list[int], weights: Array) -> Array:
    found, count = np.unique(np.asarray(columns, dtype=np.int64), return_counts=True)
    vector = np.asarray((1 + np.log(count)) @ weights[found], dtype=np.float32)
    length = np.float32(np.linalg.norm(vector))
    return vector / length if length else vector
