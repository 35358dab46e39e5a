"""What to train, how thoroughly, and the settings that most never need; a button starts the job."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import streamlit as st

import compose
from retrieval.engine import SearchEngine
from retrieval.errors import DataError, ProductSearchError
from shop import query_sets
from shop.jobs import JobRecord
from training.options import SIZES, Sizes, TrainingOptions
from ui import ask_choice, engines, train
from ui.formats import count, duration
from ui.progress import say
from ui.safe_text import clean, plain

PART = "train_part"
DEPTH = "train_thoroughness"
JUDGED = "train_judged"
PARTS = {
    "both": ":material/layers: Both",
    "embedder": ":material/travel_explore: Embedder",
    "reranker": ":material/format_list_numbered: Reranker",
}
DOES = {
    "both": "First the embedder, which finds products by meaning; then the reranker, which reads the best of them "
    "again and puts them in order. The best choice if you are not sure.",
    "embedder": "It finds products by meaning: what a shopper wants, even in other words than yours. A new one also "
    "indexes the catalogue anew, aside, and the index is swapped in one moment.",
    "reranker": "It reads query and product together and puts the best finds in order. It is what **Hybrid + rerank** "
    "uses; the index stays as it is.",
}
DEPTHS = {"quick": ":material/bolt: Quick", "thorough": ":material/hourglass_top: Thorough"}
USUAL_TIME = {"quick": "about half an hour", "thorough": "about two hours"}
TIME_HELP = {
    "quick": "A try: enough to see whether it helps.",
    "thorough": "Learns from ten times as much, and is examined on more queries: small gains can be told from luck.",
}
USES = {"both": "Half to learn, half for the exam", "learn": "To learn from", "gate": "For the exam alone"}
LOSSES = {
    "listwise": "The whole list at once (listwise)",
    "margin": "The right one before the wrong one (margin ranking)",
    "bce": "Right or wrong, one product at a time (BCE)",
    "mse": "Distance from the grade (MSE)",
}
Number = tuple[str, float, float, float, str, str]
SETTINGS: Mapping[str, Mapping[str, Number]] = {
    "mining": {
        "per_query": ("Wrong answers a query, at most", 1, 50, 1, "8", "%d"),
        "margin": ("How far they must lie below the right ones", 0.0, 0.5, 0.01, "0.05", "%.2f"),
        "skip_top": ("First finds that are spared where nobody judged them", 0, 50, 1, "10", "%d"),
    },
    "embedder": {
        "epochs": ("Passes over the data", 0.1, 20.0, 0.5, "2", "%.1f"),
        "learning_rate": ("Learning rate", 1e-7, 1e-2, 1e-6, "3e-05", "%.0e"),
    },
    "reranker": {
        "epochs": ("Passes over the data", 0.1, 20.0, 0.5, "1", "%.1f"),
        "learning_rate": ("Learning rate", 1e-7, 1e-2, 1e-6, "3e-05", "%.0e"),
    },
}
"""Label, least, most, step, usual value and format of a number, by model and name of the setting."""
SIZE_WORDS: Mapping[str, tuple[str, str]] = {
    "rows": ("Pairs for the reranker, at most", "Pairs of a query and a product that it reads."),
    "triplets": ("Examples for the embedder, at most", "A text, one that belongs to it, and some that do not."),
    "train_queries": ("Queries to learn from", "Each is searched once, to see what is found for it now."),
    "dev_queries": ("Queries to look at while it learns", "The weights that rank these best are kept."),
    "gate_queries": ("Queries of the exam", "Set aside from the start. More of them tell smaller gains from luck."),
    "depth": ("Products looked at a query", "How many of the first finds are put in order."),
    "rounds": ("Rounds of choosing wrong answers", "From the second on, what fools the model so far."),
}
OF_ONE = {"rows": "reranker", "triplets": "embedder", "rounds": "reranker"}
"""The sizes that only one of the models has a use for."""
LEAST: Mapping[str, int] = {
    "rows": 50,
    "triplets": 20,
    "train_queries": 10,
    "dev_queries": 5,
    "gate_queries": 5,
    "depth": 5,
    "rounds": 1,
}


def draw(name: str, engine: SearchEngine) -> None:
    """Draw the form of a new training; nothing while one of this catalogue is under way."""
    if any(job.active for job in train.jobs(name)):
        return
    past = train.trainings(name)
    st.subheader("Train again" if past else "Teach the search your catalogue", anchor=False)
    st.markdown(
        "Queries are made from your products, and the models learn which products answer them. Then they sit an exam: "
        "queries that were set aside from the start. **A new model serves only if it ranks better than the present "
        "one, by more than luck would explain.** Otherwise it is kept aside, and the page says why."
    )
    part = _choice("What to train", PARTS, PART, "both")
    st.caption(DOES[part])
    depth = _choice("How thoroughly", DEPTHS, DEPTH, "quick")
    st.caption(f"{TIME_HELP[depth]} {takes(past, part, depth)}")
    with st.expander("More settings", icon=":material/tune:", key="train_more"):
        st.caption(
            "Nothing here has to be touched. An empty field takes the usual value; with a graphics card a thorough "
            "training learns from all there is."
        )
        _judged(name)
        _sizes(depth, part)
        _learning(part)
    lacks = _lacks(engine, part)
    if lacks:
        st.warning(lacks, icon=":material/warning:")
    st.button(
        "Start training",
        key="train_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=part == "reranker" and bool(lacks),
        on_click=_start,
        args=(name,),
    )
    away = ask_choice.searched_on(engine)
    if away is not None:
        st.caption(
            f":material/cloud_upload: This catalogue's encoder runs on {plain(away)}: the queries of the training are "
            "sent there, as searches are."
        )
    st.caption(
        ":material/search: Search goes on as always, on the models that serve now. New builds and comparisons wait "
        "until the training has ended. You can close the page, and stop the training at any time: it goes on later "
        "from where it was."
    )


def _lacks(engine: SearchEngine, part: str) -> str:
    """Return what stands in the way of training on a catalogue that has words alone, empty where nothing does."""
    if not engine.build.manifest.keyword_only or part == "embedder":
        return ""
    start = "**This catalogue has no vectors**, and a reranker puts in order what words and meaning find together. "
    if part == "both":
        return start + "It is trained only if the new embedder passes its exam."
    return start + "Build the catalogue with an encoder first, or train both."


def takes(past: Iterable[JobRecord], part: str, depth: str) -> str:
    """Return how long a training takes: as long as the last one like it, else what is usual."""
    for job in past:
        asked = (str(job.params.get("parts")), bool(job.params.get("quick")))
        whole = job.state == "done" and not job.resumes and asked == (part, depth == "quick")
        if whole and job.started is not None and job.finished is not None:
            return f"The last one took {duration(job.finished - job.started)}."
    return f"It takes {USUAL_TIME[depth]} for some thousand products on two processor cores, less on more."


def _choice(label: str, words: Mapping[str, str], key: str, usual: str) -> str:
    chosen = st.segmented_control(
        label,
        list(words),
        key=key,
        default=None if key in st.session_state else usual,
        required=True,
        format_func=lambda one: words[one],
        persist_state="session",
    )
    return str(chosen or usual)


def judged_sets(cards: Iterable[query_sets.Card]) -> dict[str, str]:
    """Return the names of the sets of which something is judged, with what they are called."""
    return {
        card.name: f"{clean(card.title)} · {count(card.judged_pairs, 'judged pair')}"
        for card in cards
        if card.judged_pairs and card.source != "silver"
    }


def _judged(name: str) -> None:
    try:
        found = judged_sets(query_sets.cards(engines.settings().data_dir, name))
    except DataError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if not found:
        st.caption(
            ":material/gavel: Queries that people judged would teach and examine best of all. They are made on the "
            "page Evaluate."
        )
        return
    if st.session_state.get(JUDGED) not in found:
        st.session_state[JUDGED] = None
    cells = st.grid(2, min_column_width=260, gap="small")
    with cells.cell():
        chosen = st.selectbox(
            "Judged queries to use",
            list(found),
            index=None,
            key=JUDGED,
            placeholder="None",
            format_func=lambda one: found[one],
            persist_state="session",
        )
    with cells.cell():
        st.selectbox(
            "What they are for",
            list(USES),
            key="train_use",
            format_func=lambda one: USES[one],
            disabled=chosen is None,
            persist_state="session",
        )


def _sizes(depth: str, part: str) -> None:
    usual = SIZES[depth == "quick"]
    st.markdown("**How much of everything**")
    cells = st.grid(3, min_column_width=230, gap="small")
    for size in fields(Sizes):
        if part != "both" and OF_ONE.get(size.name, part) != part:
            continue
        label, why = SIZE_WORDS[size.name]
        with cells.cell():
            st.number_input(
                label,
                LEAST[size.name],
                None if size.name != "rounds" else 5,
                None,
                key=f"train_{size.name}",
                placeholder=f"{getattr(usual, size.name):,}",
                help=why,
                persist_state="session",
            )


def _learning(part: str) -> None:
    st.markdown("**Wrong answers to learn from**")
    _numbers("mining", st.grid(3, min_column_width=230, gap="small"))
    for kind in train.KINDS:
        if part not in ("both", kind):
            continue
        st.markdown(f"**The {kind}**")
        cells = st.grid(3, min_column_width=230, gap="small")
        with cells.cell():
            st.text_input(
                "Model that it begins with",
                key=f"train_base_{kind}",
                placeholder="usual",
                help="A folder, or the name of a model that was fetched with product-search models pull.",
                persist_state="session",
            )
        _numbers(kind, cells)
    if part != "embedder":
        with cells.cell():
            st.selectbox(
                "What it is corrected by",
                list(LOSSES),
                index=None,
                key="train_loss",
                placeholder="usual",
                format_func=lambda one: LOSSES[one],
                persist_state="session",
            )
        with cells.cell():
            st.toggle(
                "Train a small part of it only (LoRA)",
                key="train_lora",
                help="Needs less memory; learns a little less.",
                persist_state="session",
            )
    st.markdown("**All in all**")
    cells = st.grid(3, min_column_width=230, gap="small")
    with cells.cell():
        st.number_input(
            "Seed",
            0,
            10**6,
            7,
            key="train_seed",
            help="The same seed draws the same queries again.",
            persist_state="session",
        )
    with cells.cell():
        st.toggle(
            "Let a model serve at once when it passes",
            value=True,
            key="train_promote",
            help="Otherwise it waits in the section Models for your click.",
            persist_state="session",
        )


def _numbers(of: str, cells: Any) -> None:
    for setting, (label, least, most, step, usual, shape) in SETTINGS[of].items():
        with cells.cell():
            st.number_input(
                label,
                least,
                most,
                None,
                step,
                shape,
                key=f"train_{setting}_{of}",
                placeholder=usual,
                persist_state="session",
            )


def _given(held: Mapping[str, Any], of: str) -> dict[str, float]:
    """Return the numbers that were entered for a part; a whole number stays one."""
    found = {setting: held.get(f"train_{setting}_{of}") for setting in SETTINGS[of]}
    return {setting: type(SETTINGS[of][setting][1])(value) for setting, value in found.items() if value is not None}


def options(held: Mapping[str, Any]) -> TrainingOptions:
    """Return what was asked for from the values of the form; raise SettingsError for what makes no sense."""
    part = str(held.get(PART) or "both")
    asked: dict[str, Any] = {size.name: held.get(f"train_{size.name}") for size in fields(Sizes)}
    learning: dict[str, dict[str, Any]] = {kind: {} for kind in train.KINDS}
    for kind in train.KINDS:
        if part in ("both", kind):
            asked[f"{kind}_base"] = str(held.get(f"train_base_{kind}") or "").strip() or None
            learning[kind] |= _given(held, kind)
    if part != "embedder":
        if held.get("train_loss"):
            learning["reranker"]["loss"] = held["train_loss"]
        if held.get("train_lora"):
            learning["reranker"]["lora"] = {}
    return TrainingOptions(
        parts=part,  # type: ignore[arg-type]
        quick=held.get(DEPTH, "quick") == "quick",
        seed=int(held.get("train_seed", 7)),
        promote=bool(held.get("train_promote", True)),
        judged=held.get(JUDGED),
        use_judged=held.get("train_use") or "both",
        mining=_given(held, "mining"),
        **{**asked, **learning},
    )


def _start(name: str) -> None:
    """Start the job; the fields are read here, for a click that leaves a field comes before the page is drawn anew."""
    try:
        compose.start_training(name, engines.settings(), options(st.session_state.to_dict()))
    except ProductSearchError as error:
        say(str(error), failed=True)
