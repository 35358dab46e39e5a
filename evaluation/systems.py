"""What is compared: one way of ranking, its short name, and grids of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import product
from typing import Any, Literal, Protocol, get_args

from evaluation.records import Query, Run
from retrieval.errors import EvaluationError
from retrieval.protocols import Progress
from retrieval.records import FUSIONS, MODES, Fusion, Mode

Backend = Literal["bm25s", "rank_bm25", "fts5"]
BACKENDS: tuple[str, ...] = get_args(Backend)
Alpha = float | Literal["rule"]
LEGS = ("bm25", "ngram", "dense_title", "dense_chunk")
LEGS_OF: Mapping[Mode, tuple[str, ...]] = {
    "bm25": ("bm25",),
    "dense": ("dense_title", "dense_chunk"),
    "hybrid": LEGS,
    "rerank": LEGS,
}
"""Which legs a mode may use; weighted fusion leaves the trigrams out unless they are asked for."""

LARGEST_K = 1_000_000
"""Of reciprocal rank fusion: far beyond what makes a difference, and safely within a machine's numbers."""
_KEYS = ("backend", "fusion", "rrf_k", "alpha", "legs", "encoder", "understand")
# A colon ends a parameter only where the next one begins: encoders' names hold colons themselves.
_NEXT = re.compile(rf":(?=(?:{'|'.join(_KEYS)})=)")


@dataclass(frozen=True, slots=True)
class System:
    """One way of ranking a catalogue.

    `backend`, `rrf_k`, `alpha` and `encoder` None are what the settings and the index say. `legs` are those that take
    part, empty for all of the mode. `alpha` is the weight of BM25 in weighted fusion, from 0 to 1, or `rule`. `name` is
    shown in the place of the made label. `understand` False ranks the query as it was typed. Raises EvaluationError for
    parameters that make no sense together.
    """

    mode: Mode
    backend: str | None = None
    fusion: Fusion = "rrf"
    rrf_k: int | None = None
    alpha: Alpha | None = None
    legs: tuple[str, ...] = ()
    encoder: str | None = None
    name: str = ""
    understand: bool = True

    def __post_init__(self) -> None:
        _check(self)

    @property
    def label(self) -> str:
        """The name, or what `parse` reads: `hybrid:alpha=0.3`."""
        return self.name or self.spec

    @property
    def spec(self) -> str:
        """What `parse` reads, for example `hybrid:alpha=0.3:legs=bm25+dense_title`."""
        parts: list[str] = [self.mode]
        if self.backend:
            parts.append(f"backend={self.backend}")
        if self.fusion == "weighted" and self.alpha is None:
            parts.append("fusion=weighted")
        if self.rrf_k is not None:
            parts.append(f"rrf_k={self.rrf_k}")
        if self.alpha is not None:
            parts.append(f"alpha={self.alpha if self.alpha == 'rule' else f'{self.alpha:g}'}")
        if self.legs:
            parts.append("legs=" + "+".join(self.legs))
        if self.encoder:
            parts.append(f"encoder={self.encoder}")
        if not self.understand:
            parts.append("understand=off")
        return ":".join(parts)

    @property
    def uses(self) -> tuple[str, ...]:
        """The legs that take part, in the order in which they are fused."""
        if self.legs:
            return tuple(leg for leg in LEGS if leg in self.legs)
        legs = LEGS_OF[self.mode]
        return tuple(leg for leg in legs if leg != "ngram") if self.fusion == "weighted" else legs

    @property
    def complexity(self) -> tuple[int, int]:
        """How much it takes to run and to explain: the mode's place among the modes, and parameters that were set."""
        changed = (self.backend, self.rrf_k, self.alpha, self.encoder, self.legs or None)
        more = (self.fusion == "weighted") + (not self.understand)
        return MODES.index(self.mode), sum(value is not None for value in changed) + more

    def to_dict(self) -> dict[str, Any]:
        """Return the system as JSON-ready values."""
        return {**asdict(self), "legs": list(self.legs)}

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> System:
        """Return the system that `to_dict` wrote."""
        known = {f.name: row[f.name] for f in fields(cls) if f.name in row}
        return cls(**{**known, "legs": tuple(known.get("legs", ()))})


class Ranker(Protocol):
    """Ranks queries by systems."""

    def missing(self, system: System) -> str | None:
        """Return why a system cannot be run here, None where it can."""
        ...

    def rank(
        self, systems: Sequence[System], queries: Sequence[Query], progress: Progress | None = None
    ) -> tuple[Run, ...]:
        """Return a run a system, named by its label, with the milliseconds that each query took.

        Every leg is scored once a query, whatever the number of systems. Raises ModelUnavailable or IndexStoreError
        rather than fall back.
        """
        ...


def _check(system: System) -> None:
    where = f"system {system.mode}"
    for what, value, allowed in (
        ("mode", system.mode, MODES),
        ("fusion", system.fusion, FUSIONS),
        ("backend", system.backend, (None, *BACKENDS)),
    ):
        if value not in allowed:
            names = ", ".join(name for name in allowed if name)
            raise EvaluationError(f"{where}: {what}={value!r} is unknown; use one of {names}")
    strange = [leg for leg in system.legs if leg not in LEGS_OF[system.mode]]
    if strange:
        raise EvaluationError(
            f"{where}: legs={strange[0]} is no leg of this mode; it has {', '.join(LEGS_OF[system.mode])}"
        )
    if system.backend and "bm25" not in system.uses:
        raise EvaluationError(f"{where}: backend={system.backend} makes no difference where no words are scored")
    if system.encoder and not _dense(system):
        raise EvaluationError(f"{where}: encoder={system.encoder} makes no difference where no vectors are scored")
    if len(system.uses) == 1 and (system.rrf_k or system.alpha is not None or system.fusion == "weighted"):
        raise EvaluationError(f"{where}: one leg leaves nothing to fuse; leave rrf_k, alpha and fusion out")
    if system.rrf_k is not None and (system.fusion != "rrf" or not 1 <= system.rrf_k <= LARGEST_K):
        raise EvaluationError(f"{where}: rrf_k={system.rrf_k} must be 1 to {LARGEST_K:,}, and belongs to rrf fusion")
    if system.alpha is not None:
        if system.fusion != "weighted" or not (_dense(system) and {"bm25", "ngram"} & set(system.uses)):
            raise EvaluationError(
                f"{where}: alpha={system.alpha} weighs words against vectors; it needs weighted fusion of both"
            )
        if system.alpha != "rule" and not (isinstance(system.alpha, int | float) and 0 <= system.alpha <= 1):
            raise EvaluationError(f"{where}: alpha={system.alpha} must be a number from 0 to 1, or rule")


def _dense(system: System) -> bool:
    return any(leg.startswith("dense") for leg in system.uses)


def parse(text: str) -> System:
    """Return the system of a text as `label` writes it: `bm25`, `hybrid:rrf_k=20`, `hybrid:alpha=rule:backend=fts5`.

    `alpha` makes the fusion weighted. Raises EvaluationError saying what cannot be read.
    """
    mode, *rest = _NEXT.split(text.strip())
    values: dict[str, Any] = {}
    for part in rest:
        key, _, value = part.partition("=")
        if key in values:
            raise EvaluationError(f"system {text!r}: {key} is given twice")
        values[key] = _value(text, key, value.strip())
    if mode not in MODES:
        raise EvaluationError(
            f"system {text!r}: {mode!r} is no mode; write one of {', '.join(MODES)}, then parameters such as "
            f":rrf_k=20 ({', '.join(_KEYS)})"
        )
    if "alpha" in values:
        values.setdefault("fusion", "weighted")
    return System(mode, **values)


def _value(text: str, key: str, value: str) -> Any:
    try:
        if key == "rrf_k":
            return int(value)
        if key == "alpha":
            return "rule" if value == "rule" else float(value)
    except ValueError as error:
        raise EvaluationError(f"system {text!r}: {key}={value!r} is no number") from error
    if key == "understand":
        if value not in ("on", "off"):
            raise EvaluationError(f"system {text!r}: understand={value!r} must be on or off")
        return value == "on"
    if not value:
        raise EvaluationError(f"system {text!r}: {key} has no value")
    return tuple(value.split("+")) if key == "legs" else value


def parse_all(texts: Sequence[str]) -> tuple[System, ...]:
    """Return the systems of several texts, each once, in their order; raise EvaluationError where there is none."""
    found = {system.label: system for system in map(parse, texts)}
    if not found:
        raise EvaluationError(f"name at least one system to rank by, for example {', '.join(MODES[:3])}")
    return tuple(found.values())


def grid(
    modes: Sequence[Mode],
    *,
    backends: Sequence[str | None] = (None,),
    rrf_ks: Sequence[int] = (),
    alphas: Sequence[Alpha] = (),
    encoders: Sequence[str | None] = (None,),
) -> tuple[System, ...]:
    """Return every combination that makes sense, each once: modes by backends, encoders and ways to fuse.

    Words and vectors are fused by reciprocal rank with each of `rrf_ks` (the settings' own where none is given) and,
    weighted, with each of `alphas`; other modes take none of these.
    """
    found: dict[str, System] = {}
    for mode, backend, encoder in product(modes, backends, encoders):
        own = System(mode, backend=None if mode == "dense" else backend, encoder=None if mode == "bm25" else encoder)
        if mode in ("hybrid", "rerank"):
            ways = [replace(own, rrf_k=k) for k in rrf_ks]
            if not ways and not alphas:
                ways = [own]
            ways += [replace(own, fusion="weighted", alpha=alpha) for alpha in alphas]
        else:
            ways = [own]
        found |= {system.label: system for system in ways}
    return tuple(found.values())


def ablations(system: System) -> tuple[System, ...]:
    """Return the system without one leg each, as far as there are several; what is left keeps its way to fuse."""
    if len(system.uses) < 2:
        return ()
    result = []
    for gone in system.uses:
        left = tuple(leg for leg in system.uses if leg != gone)
        both = any(leg.startswith("dense") for leg in left) and any(not leg.startswith("dense") for leg in left)
        changes: dict[str, Any] = {"legs": left, "name": f"{system.label} without {gone}"}
        if "bm25" not in left:
            changes["backend"] = None
        if not any(leg.startswith("dense") for leg in left):
            changes["encoder"] = None
        if len(left) == 1:
            changes |= {"fusion": "rrf", "rrf_k": None, "alpha": None}
        elif not both:
            changes["alpha"] = None
        result.append(replace(system, **changes))
    return tuple(result)


def sweep(steps: int = 10) -> tuple[System, ...]:
    """Return weighted hybrids with `alpha` from 0 to 1 in that many equal steps."""
    return tuple(System("hybrid", fusion="weighted", alpha=round(i / steps, 6)) for i in range(steps + 1))
