"""The models that were trained on a catalogue: which one serves, what each is worth, and the way to another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

import compose
from compose import TrainedModel
from retrieval.errors import ProductSearchError
from training.cards import Card, Kind
from training.gate import Verdict
from ui import engines, train, train_charts, train_verdict
from ui.catalogue_builds import when
from ui.formats import count
from ui.progress import say
from ui.safe_text import plain

BADGES = {
    "serving": ":green-badge[:material/check: serves now]",
    "aside": ":orange-badge[kept aside]",
    "before": ":gray-badge[served before]",
}
WAITS = (
    "The catalogue is indexed with that embedder now, aside. It serves as soon as that is done; until then search goes "
    "on as before."
)
LEAST_WEIGHT_SAID = 0.999
"""A reranker with a greater weight decides alone, one with as little does not count."""


def draw(name: str) -> None:
    """Draw the models of both kinds, newest first."""
    try:
        models = compose.trained_models(engines.settings(), name)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if not models:
        st.info(
            "**No model was trained on this catalogue yet.** Search uses the models that came with the program.",
            icon=":material/deployed_code:",
        )
        train.lead("Train", "train", ":material/school:", key="lead_train", primary=True)
        return
    busy = any(job.active for job in train.jobs(name))
    if busy:
        st.caption(":material/hourglass_top: A job of this page is under way; models can be changed when it has ended.")
    for kind in train.KINDS:
        own = [model for model in models if model.kind == kind]
        if own:
            _kind(name, kind, own, busy)


def _kind(name: str, kind: Kind, models: list[TrainedModel], busy: bool) -> None:
    st.subheader(train.TITLES[kind], anchor=False)
    st.caption(f"It {train.DOES[kind]}.")
    serving = next((model for model in models if model.serving), None)
    if serving is None:
        st.markdown(":gray[No trained one serves: search uses the model that it had before.]")
    for model in models:
        with st.container(border=True, gap="xsmall", key=f"model_{model.version}"):
            _model(name, model, busy)


def state(model: TrainedModel) -> str:
    """Return `serving`, `aside` or `before`."""
    return "serving" if model.serving else "aside" if model.aside else "before"


def line(model: TrainedModel) -> str:
    """Return a model as safe Markdown: its version, whether it serves, what its exam said, and when it was made."""
    card = model.card
    facts = [when(card.created), f"learned from {learned(card)}", f"began as {card.base}"]
    if card.weight is not None:
        facts.append(weight(card.weight))
    return (
        f"**{plain(card.version)}** {BADGES[state(model)]} {worth(card)}\n\n:small[:gray[{plain(' · '.join(facts))}]]"
    )


def worth(card: Card) -> str:
    """Return in a few words what the exam said, as safe Markdown."""
    if card.gate is None:
        return ":gray[not examined]"
    found = Verdict.from_dict(card.gate)
    if not found.evidence:
        return ":gray[could not be examined]"
    first = found.evidence[0]
    return plain(
        f"{'passed' if found.passed else 'did not pass'}: {first.measure} {first.present:.3f} to {first.candidate:.3f}"
    )


def learned(card: Card) -> str:
    """Return how much a model learned from: pairs of a query and a product, or an embedder's examples."""
    if "triplets" in card.data:
        return count(int(card.data["triplets"]), "example")
    return count(int(card.data["rows"]), "pair") if "rows" in card.data else "data that nobody counted"


def weight(share: float) -> str:
    """Return how much a reranker's word counts."""
    if share > LEAST_WEIGHT_SAID:
        return "decides the order alone"
    if share < 1 - LEAST_WEIGHT_SAID:
        return "does not count: the first ranking decides alone"
    return f"counts {share:.0%} beside the first ranking"


def _model(name: str, model: TrainedModel, busy: bool) -> None:
    st.markdown(line(model))
    verdict = None if model.card.gate is None else Verdict.from_dict(model.card.gate)
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if model.serving:
            _button("Roll back", f"roll_back_{model.kind}", ":material/history:", _roll_back, name, model, busy)
            st.caption("What served before serves again, with the same rankings.")
        elif verdict is not None and verdict.passed:
            _button("Serve this model", f"serve_{model.version}", ":material/publish:", _serve, name, model, busy)
        else:
            with st.popover(
                "Serve it all the same", icon=":material/publish:", type="tertiary", key=f"anyway_{model.version}"
            ):
                st.markdown(
                    "**It did not prove that it is better.** Search may get worse. You can roll back at any time."
                    + (" Its index is built first, aside." if model.kind == "embedder" else "")
                )
                _button("Serve this model", f"serve_{model.version}", ":material/publish:", _serve, name, model, busy)
    with st.expander("Its card", type="compact", key=f"card_{model.version}", on_change="rerun") as view:
        if view.open:
            _card(model, verdict)


def _button(
    label: str, key: str, icon: str, act: Callable[[str, Kind, str], None], name: str, model: TrainedModel, busy: bool
) -> None:
    st.button(
        label,
        key=key,
        icon=icon,
        disabled=busy,
        help="A job of this page is under way; wait until it has ended, or stop it." if busy else None,
        on_click=act,
        args=(name, model.kind, model.version),
    )


def _card(model: TrainedModel, verdict: Verdict | None) -> None:
    if verdict is not None:
        said = train_verdict.said(model.kind, verdict, serves=model.serving)
        st.markdown(plain(said.figures))
        if verdict.evidence:
            st.dataframe(train_verdict.table(verdict.evidence), hide_index=True, width="stretch")
    st.dataframe(facts(model.card), hide_index=True, width="stretch")
    try:
        run = model.run or str(model.card.settings.get("run", ""))
        steps = compose.training_steps(engines.settings(), model.card.catalogue, run) if run else {}
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if steps.get(model.kind):
        train_charts.draw(steps[model.kind], f"curve_{model.version}")


def facts(card: Card) -> dict[str, list[str]]:
    """Return what a card says as a table of two columns."""
    rows: list[tuple[str, object]] = [
        ("Made", when(card.created)),
        ("Began as", card.base),
        *((_words(f"measured {name}"), f"{value:.4f}") for name, value in card.measures.items()),
        *((_words(f"data {name}"), value) for name, value in _flat(card.data)),
        *((_words(name), value) for name, value in _flat(card.settings)),
        ("Fingerprint of what it learned from", card.data_sha256),
        ("Fingerprint of the model it began as", card.base_fingerprint),
    ]
    if card.max_length is not None:
        rows.append(("Reads at most", f"{card.max_length} tokens"))
    return _columns(rows)


def facts_of(values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return what stands in any card as a table of two columns."""
    return _columns([(_words(name), value) for name, value in _flat(values)])


def _columns(rows: Sequence[tuple[str, object]]) -> dict[str, list[str]]:
    return {"What": [what for what, _ in rows], "Value": [_text(value) for _, value in rows]}


def _flat(values: Mapping[str, Any], before: str = "") -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{before}{name} ")
        else:
            found.append((before + name, value))
    return found


def _words(name: str) -> str:
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _text(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _serve(name: str, kind: Kind, version: str) -> None:
    try:
        job = compose.promote_model(engines.settings(), name, kind, version)
    except ProductSearchError as error:
        say(str(error), failed=True)
        return
    say(f"The {kind} {version} serves now." if job is None else WAITS)


def _roll_back(name: str, kind: Kind, version: str) -> None:
    try:
        done = compose.roll_back_model(engines.settings(), name, kind)
    except ProductSearchError as error:
        say(str(error), failed=True)
        return
    before = "what there was before any training" if done.version is None else f"the {kind} {done.version}"
    say(f"Rolled back from {version} to {before}." if done.job is None else WAITS)
