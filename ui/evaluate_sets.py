"""The sets of queries that are kept for a catalogue: what is in them, and what can be done with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import streamlit as st
from streamlit.typing import UploadedFile

import compose
from retrieval.errors import DataError, ProductSearchError
from shop import judgements, query_sets
from shop.jobs import JobRecord
from ui import engines, evaluate, evaluate_new_set
from ui.catalogue_builds import when
from ui.formats import count
from ui.progress import say
from ui.safe_text import plain

SHOWN = 500
SOURCES = {
    "silver": ":blue-badge[made from the catalogue]",
    "typed": ":green-badge[typed]",
    "uploaded": ":green-badge[uploaded]",
}


def draw(name: str) -> None:
    """Draw every set of a catalogue, newest first, and the ways to a new one."""
    evaluate.jobs_panel(name, {compose.SILVER}, _made)
    folder = engines.settings().data_dir
    unreadable = []
    cards = []
    for set_name in query_sets.names(folder, name):
        try:
            cards.append(query_sets.card(folder, name, set_name))
        except DataError as error:
            unreadable.append((set_name, str(error)))
    for set_name, why in unreadable:
        with st.container(border=True, gap="xsmall", key=f"set_{set_name}"):
            st.error(f"**{plain(set_name)}** {plain(why)}", icon=":material/error:")
            _delete_menu(name, set_name, set_name)
    for card in sorted(cards, key=lambda one: (one.created, one.name), reverse=True):
        with st.container(border=True, gap="xsmall", key=f"set_{card.name}"):
            _card(name, card)
    if not cards and not unreadable:
        st.info(
            "**No queries yet.** A set of queries is what rankings are measured on. Make one here; the sets belong to "
            "this catalogue and stay when it is indexed anew.",
            icon=":material/format_list_bulleted:",
        )
    evaluate_new_set.draw(name)


def _made(job: JobRecord) -> None:
    there = set(query_sets.names(engines.settings().data_dir, job.catalogue))
    made = [str(one) for one in (job.summary or {}).get("sets", ()) if one in there]
    if made:
        st.success(f"Silver queries are made: {plain(', '.join(made))}.", icon=":material/check_circle:")


def line(card: query_sets.Card) -> str:
    """Return a set as safe Markdown: title, where it came from, how much is in it, when it was made."""
    facts = " · ".join(
        (count(card.queries, "query", "queries"), count(card.judged_pairs, "judged pair"), when(card.created))
    )
    return f"**{plain(card.title, 60)}** {SOURCES.get(card.source, plain(card.source))} :small[:gray[{plain(facts)}]]"


def _card(name: str, card: query_sets.Card) -> None:
    st.markdown(line(card))
    folder = engines.settings().data_dir
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        evaluate.lead(
            "Compare on it",
            "compare",
            ":material/compare_arrows:",
            key=f"compare_on_{card.name}",
            choosing={evaluate.SET: card.name},
        )
        with st.popover("Download", icon=":material/download:", type="tertiary", key=f"set_download_{card.name}"):
            for label, suffix, mime, make in _files(name, card.name):
                st.download_button(
                    label,
                    make,
                    f"{name}-{card.name}-{suffix}",
                    mime,
                    key=f"download_{card.name}_{suffix}",
                    on_click="ignore",
                    width="stretch",
                )
        with st.popover("Change", icon=":material/edit:", type="tertiary", key=f"set_change_{card.name}"):
            st.text_input("Name", card.title, key=f"retitle_{card.name}", max_chars=60)
            st.button("Rename", key=f"rename_{card.name}", on_click=_rename, args=(name, card.name))
            qrels = st.file_uploader(
                "Judgements in place of its own",
                type=evaluate_new_set.QRELS_TYPES,
                key=f"qrels_{card.name}_{card.judged_pairs}",
                max_upload_size=evaluate_new_set.MOST_MB,
            )
            st.button(
                "Take these judgements",
                key=f"take_qrels_{card.name}",
                disabled=qrels is None,
                on_click=_take_qrels,
                args=(name, card.name, qrels),
            )
        _delete_menu(name, card.name, card.title)
    with st.expander("What is in it", type="compact", key=f"view_{card.name}", on_change="rerun") as view:
        if view.open:
            try:
                _content(query_sets.load(folder, name, card.name), name)
            except ProductSearchError as error:
                st.error(plain(str(error)), icon=":material/error:")


def queries_file(held: query_sets.QuerySet) -> bytes:
    """Return a set's queries as JSON Lines, every key of each."""
    return "".join(json.dumps(dict(row), ensure_ascii=False) + "\n" for row in held.queries).encode()


def qrels_file(held: query_sets.QuerySet) -> bytes:
    """Return the judgements that came with a set as TSV."""
    return query_sets.qrels_text(held.qrels).encode()


def _files(name: str, set_name: str) -> tuple[tuple[str, str, str, Callable[[], bytes]], ...]:
    def held() -> query_sets.QuerySet:
        return query_sets.load(engines.settings().data_dir, name, set_name)

    return (
        ("Queries (JSON Lines)", query_sets.QUERIES, "application/jsonl", lambda: queries_file(held())),
        ("Judgements (TSV)", query_sets.QRELS, "text/tab-separated-values", lambda: qrels_file(held())),
    )


def _content(held: query_sets.QuerySet, name: str) -> None:
    by_hand = judgements.qrels(engines.settings().data_dir, name, held.texts)
    rows = held.queries[:SHOWN]
    table: dict[str, Sequence[object]] = {
        "Id": [row["query_id"] for row in rows],
        "Query": [row["text"] for row in rows],
    }
    if any(row.get("type") for row in held.queries):
        table["Type"] = [str(row.get("type") or "") for row in rows]
    table["Right products"] = [_right(held.qrels, row["query_id"]) for row in rows]
    table["Judged by hand"] = [len(by_hand.get(row["query_id"], ())) for row in rows]
    st.dataframe(table, hide_index=True, width="stretch")
    if len(held.queries) > SHOWN:
        st.caption(f"The first {SHOWN:,} of {len(held.queries):,}; the download holds all.")
    if held.card.details:
        st.caption("What its maker says of it")
        st.json(dict(held.card.details), expanded=1)


def _right(qrels: Mapping[str, Mapping[str, int]], query_id: str) -> int:
    return sum(grade > 0 for grade in qrels.get(query_id, {}).values())


def _delete_menu(name: str, set_name: str, title: str) -> None:
    with st.popover("Delete", icon=":material/delete:", type="tertiary", key=f"set_delete_{set_name}"):
        st.markdown(
            f"This deletes **{plain(title, 60)}** and the judgements that came with it. What was judged by hand stays, "
            "and counts again in every set with the same query."
        )
        st.button(
            "Delete this set",
            key=f"delete_set_{set_name}",
            type="primary",
            icon=":material/delete_forever:",
            on_click=_delete,
            args=(name, set_name, title),
        )


def _rename(name: str, set_name: str) -> None:
    title = str(st.session_state.get(f"retitle_{set_name}", ""))
    try:
        query_sets.retitle(engines.settings().data_dir, name, set_name, title)
    except ProductSearchError as error:
        say(str(error), failed=True)


def _take_qrels(name: str, set_name: str, uploaded: UploadedFile | None) -> None:
    if uploaded is None:
        return
    try:
        qrels = evaluate_new_set.qrels_of(uploaded.getvalue(), uploaded.name)
        query_sets.replace_qrels(engines.settings().data_dir, name, set_name, qrels)
    except ProductSearchError as error:
        say(f"{error} Nothing was changed.", failed=True)
        return
    say(f"{count(sum(map(len, qrels.values())), 'judged pair')} taken.")


def _delete(name: str, set_name: str, title: str) -> None:
    try:
        query_sets.delete(engines.settings().data_dir, name, set_name)
    except ProductSearchError as error:
        say(str(error), failed=True)
        return
    say(f"{title} was deleted.")
