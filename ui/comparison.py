"""Several rankings of one query beside each other: moves, overlap, time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import streamlit as st

from retrieval.errors import IndexStoreError, QueryError
from retrieval.outcome import Ask
from retrieval.records import MODES, Degraded, Filters, Hit, Mode, SearchResult
from ui import engines, formats, notices, results, state, understood
from ui.comparing import move_label, moves, overlaps
from ui.safe_text import linked, marked, plain

TITLE_LENGTH = 90
Compared = Mapping[Mode, tuple[SearchResult, float]]


def choose(labels: Mapping[str, str]) -> list[Mode]:
    """Draw the choice of rankings and return them in their fixed order, the first being the reference."""
    chosen = st.pills(
        "Rankings to compare",
        MODES,
        selection_mode="multi",
        key=state.COMPARED,
        format_func=lambda mode: labels[mode],
        persist_state="session",
    )
    return [mode for mode in MODES if mode in chosen]


def no_query() -> None:
    """Say what the page needs."""
    st.info("**Type a query** to see how each ranking orders the same catalogue.", icon=":material/compare_arrows:")


def too_few() -> None:
    """Say that one ranking alone compares with nothing."""
    st.info("**Choose at least two rankings** to compare.", icon=":material/compare_arrows:")


def run(name: str, modes: Sequence[Mode], ask: Ask) -> Compared | None:
    """Search once a mode; the time is what its stages took to compute, in milliseconds. None where there is no index.

    Filters, sorting and paging are left out. A kept result holds its stages as they once ran, so that rankings are
    compared by their work, not by the cache.
    """
    found: dict[Mode, tuple[SearchResult, float]] = {}
    try:
        engine = engines.engine(name)
        for mode in modes:
            result = engine.answer(replace(ask, mode=mode, page=1, filters=Filters(), sort="relevance"))
            found[mode] = (result, computing_ms(result))
    except IndexStoreError as error:
        notices.unusable(name, error)
        return None
    except QueryError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return None
    return found


def computing_ms(result: SearchResult) -> float:
    """Return the sum of a result's stages, without the total of the call that handed it out."""
    return sum(spent for stage, spent in result.timings_ms.items() if stage != "total")


def all_degraded(compared: Compared) -> list[Degraded]:
    """Return everything that any of the searches had to do without, each once."""
    return list(dict.fromkeys(part for result, _ in compared.values() for part in result.degraded))


def draw(compared: Compared, labels: Mapping[str, str]) -> None:
    """Draw the rankings side by side, then what they share and what they took."""
    understood.draw(next(iter(compared.values()))[0])  # the query is read alike for every ranking
    notices.degraded(all_degraded(compared))
    rankings = {mode: [hit.product_id for hit in result.hits] for mode, (result, _) in compared.items()}
    reference = next(iter(rankings))
    st.caption(
        f"Places are compared with **{labels[reference]}**: ↑ higher, ↓ lower, – the same, new: not in its list."
    )
    grid = st.grid(len(compared), min_column_width=250, gap="small")
    for mode, (result, spent) in compared.items():
        with grid.cell().container(border=True, gap="xsmall", key=f"ranking_{mode}"):
            _ranking(labels, result, spent, rankings[reference] if mode != reference else None)
    _overlap({labels[mode]: ids for mode, ids in rankings.items()})
    _times(compared, labels)


def _ranking(labels: Mapping[str, str], result: SearchResult, spent: float, reference: Sequence[str] | None) -> None:
    instead = f" :orange-badge[ran as {labels[result.mode_used]}]" if result.mode_used != result.mode else ""
    st.markdown(f"**{labels[result.mode]}**{instead}")
    nearest = results.no_good_match(result)
    total = f"No good match · {result.total:,} nearest" if nearest else formats.count(result.total, "product")
    st.caption(f"{total} · {formats.milliseconds(spent)}")
    if not result.hits:
        st.caption("Nothing found.")
    ids = [hit.product_id for hit in result.hits]
    shifts = moves(reference, ids) if reference is not None else [None] * len(ids)
    for hit, shift in zip(result.hits, shifts, strict=True):
        st.markdown(hit_line(hit, move_badge(shift) if reference is not None else ""))


def move_badge(move: int | None) -> str:
    """Return a move in its colour: up green, down red, new blue, none grey."""
    label = plain(move_label(move))
    if move is None:
        return f":blue-badge[{label}]"
    return f":gray[{label}]" if move == 0 else f":green-badge[{label}]" if move > 0 else f":red-badge[{label}]"


def hit_line(hit: Hit, badge: str) -> str:
    """Return one place of a ranking: rank, move, title, price."""
    title = linked(marked(hit.product.title, hit.matched_terms, TITLE_LENGTH) or plain(hit.product_id), hit.product.url)
    price = formats.price(hit.product)
    return f":gray[{hit.rank}] {badge} {title}" + (f" :gray[· {plain(price)}]" if price else "")


def _overlap(rankings: Mapping[str, Sequence[str]]) -> None:
    st.subheader("Overlap", anchor=False)
    grid = st.grid("auto", min_column_width=200, gap="small")
    for first, second, shared, most in overlaps(rankings):
        grid.metric(
            f"{first} ∩ {second}",
            f"{shared} of {most}",
            delta=f"{100 * shared / most:.0f}% shared" if most else None,
            delta_color="off",
            delta_arrow="off",
            border=True,
        )


def _times(compared: Compared, labels: Mapping[str, str]) -> None:
    st.subheader("Time", anchor=False)
    slowest = max(spent for _, spent in compared.values())
    for mode, (result, spent) in compared.items():
        stages = " · ".join(
            f"{plain(stage.replace('_', ' '))} {formats.milliseconds(value)}"
            for stage, value in result.timings_ms.items()
            if stage != "total"
        )
        st.progress(
            min(1.0, spent / slowest) if slowest > 0 else 0.0,
            text=f"{labels[mode]} **{formats.milliseconds(spent)}**",
        )
        if stages:
            st.caption(stages)
