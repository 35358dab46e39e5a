"""What a training is asked for, and what follows from it: how much is read, mined, trained on and measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, get_args

from retrieval.errors import SettingsError

Parts = Literal["both", "embedder", "reranker", "data"]
Use = Literal["gate", "learn", "both"]
PARTS: tuple[Parts, ...] = get_args(Parts)
USES: tuple[Use, ...] = get_args(Use)
_SMALLEST = {"rows": 50, "triplets": 20, "train_queries": 10, "dev_queries": 5, "gate_queries": 5, "depth": 5}


@dataclass(frozen=True, slots=True)
class LoaderChoice:
    """A data set to learn from beside the catalogue: `kind` and `folder` as `product-search dataset` takes them."""

    kind: str
    folder: str
    split: str | None = None
    max_queries: int | None = None


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What a training is asked for; JSON-ready by `to_dict`.

    `parts` are the models to train (`data` only prepares what they learn from). `quick` takes the small sizes.
    `promote` False keeps a model that passes aside as well. `judged` names a kept set of judged queries of the
    catalogue, `queries` and `qrels` files of one; `use_judged` says whether it is learnt from, proves the model, or
    half of its queries each (`both`). `decide_on` is what the gate decides on. `rows` to `rounds` stand in the place of
    the sizes of `SIZES`; `embedder`, `reranker` and `mining` hold settings of those parts by name, `embedder_base` and
    `reranker_base` what they begin with. Raises SettingsError for what makes no sense.
    """

    parts: Parts = "both"
    quick: bool = False
    seed: int = 7
    promote: bool = True
    judged: str | None = None
    queries: str | None = None
    qrels: str | None = None
    use_judged: Use = "both"
    decide_on: Literal["silver", "judged"] = "silver"
    loader: LoaderChoice | None = None
    rows: int | None = None
    triplets: int | None = None
    train_queries: int | None = None
    dev_queries: int | None = None
    gate_queries: int | None = None
    depth: int | None = None
    rounds: int | None = None
    embedder_base: str | None = None
    reranker_base: str | None = None
    embedder: Mapping[str, Any] = field(default_factory=dict)
    reranker: Mapping[str, Any] = field(default_factory=dict)
    mining: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, among in (("parts", PARTS), ("use_judged", USES), ("decide_on", ("silver", "judged"))):
            if getattr(self, name) not in among:
                raise SettingsError(f"{name} is {getattr(self, name)!r}; choose one of {', '.join(among)}")
        for name, least in _SMALLEST.items():
            given = getattr(self, name)
            if given is not None and given < least:
                raise SettingsError(f"{name} is {given}; training needs at least {least}")
        if self.rounds is not None and not 1 <= self.rounds <= 5:
            raise SettingsError(f"rounds is {self.rounds}; negatives are mined in 1 to 5 rounds")
        if self.seed < 0:
            raise SettingsError(f"the seed is {self.seed}; take a whole number from 0")
        if (self.queries is None) != (self.qrels is None):
            raise SettingsError("queries and their judgements go together; give both files, or neither")
        if self.judged is not None and self.queries is not None:
            raise SettingsError("judged queries come from a kept set or from files; give one of the two")
        if self.decide_on == "judged" and (not self.has_judged or self.use_judged == "learn"):
            raise SettingsError(
                "the gate can decide on judged queries only where some are given and not all are learnt"
            )

    @property
    def has_judged(self) -> bool:
        """Whether judged queries are given."""
        return self.judged is not None or self.queries is not None

    def to_dict(self) -> dict[str, Any]:
        """Return the options as JSON-ready values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, row: Mapping[str, Any]) -> TrainingOptions:
        """Return the options that `to_dict` wrote; names that are missing have their defaults. Raises SettingsError."""
        known = {each.name for each in fields(cls)}
        strange = sorted(set(row) - known)
        if strange:
            raise SettingsError(f"{strange[0]!r} is no option of a training; there are {', '.join(sorted(known))}")
        loader = row.get("loader")
        try:
            return cls(**{**row, "loader": LoaderChoice(**loader) if isinstance(loader, Mapping) else loader})
        except TypeError as error:
            raise SettingsError(f"the options of a training cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything: numbers of examples, queries and candidates.

    `rows` are query-passage pairs for the cross-encoder and `triplets` rows for the embedder, `train_queries` those
    whose candidates are looked up, `depth` candidates a query, `rounds` how often negatives are mined (after the first
    time with the cross-encoder trained so far).
    """

    rows: int
    triplets: int
    train_queries: int
    dev_queries: int
    gate_queries: int
    depth: int
    rounds: int


SIZES: Mapping[bool, Sizes] = {
    False: Sizes(30_000, 8_000, 2_800, 200, 300, 50, 1),
    True: Sizes(2_000, 1_000, 300, 40, 80, 30, 1),
}
"""The usual sizes, by whether the training is a quick one."""
ALL = 1_000_000_000


def sizes(options: TrainingOptions, *, gpu: bool = False) -> Sizes:
    """Return the sizes that follow from what was asked for; where there is a GPU, all that there is is learnt from."""
    usual = SIZES[options.quick]
    if gpu and not options.quick:
        usual = replace(usual, rows=ALL, triplets=ALL, train_queries=ALL)
    given = {each.name: getattr(options, each.name) for each in fields(Sizes)}
    return Sizes(**{name: getattr(usual, name) if value is None else value for name, value in given.items()})
