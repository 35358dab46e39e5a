"""A catalogue's synonyms: the list to be edited, the shipped one to be read, and suggestions to be judged."""

from __future__ import annotations

import hashlib

import streamlit as st

from retrieval.engine import SearchEngine
from retrieval.errors import ModelUnavailable, ProductSearchError
from retrieval.query.suggestions import Suggestion, listed_values, suggest
from retrieval.query.synonyms import SHIPPED, Synonyms, shipped
from shop import synonyms
from ui import engines, results
from ui.formats import count
from ui.progress import say
from ui.safe_text import marked, plain

MOST = 300
SHOWN = 20
TITLE_LENGTH = 110
WANTED = "synonyms_suggest"
HELP = (
    "One rule a line. `sofa, couch` finds either for the other; `gown => dress` finds dresses for a gown, not the "
    "other way round; `gown =>` switches off what the shipped list says of a gown; `#` begins a comment."
)


def draw(name: str) -> None:
    """Draw the editor, the shipped list and the suggestions."""
    try:
        kept = synonyms.text(engines.settings().data_dir, name)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    _editor(name, kept)
    with st.expander(f"The list that comes with the program, {count(len(shipped()), 'rule')}", type="compact"):
        st.code(SHIPPED.read_text("utf-8"), language=None, height=320)
    engine = results.open_engine(name)
    if engine is not None:
        _suggestions(name, engine)


def _keys(name: str) -> tuple[str, str]:
    return f"synonyms_text_{name}", f"synonyms_read_{name}"


def _editor(name: str, kept: str) -> None:
    text, read = _keys(name)
    # What was read is held beside what is being written, so that saving cannot undo what somebody else saved meanwhile.
    held = st.session_state
    if text not in held or read not in held or held[text].strip() == held[read].strip() != kept.strip():
        held[text] = held[read] = kept
    st.caption(f"{HELP} These stand on top of the shipped list, and searches heed them as soon as they are saved.")
    st.text_area(
        "Synonyms of this catalogue",
        key=text,
        height=220,
        placeholder="sofa, couch, settee",
        persist_state="session",
    )
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            "Save",
            key="synonyms_save",
            type="primary",
            icon=":material/save:",
            # Never disabled: what is written counts only once the field is left, which the click on this does.
            on_click=_save,
            args=(name,),
        )
        st.button("Read again", key="synonyms_read_again", icon=":material/refresh:", on_click=_forget, args=(name,))
    if kept != st.session_state[read]:
        st.warning(
            "The list was changed elsewhere since you opened it. Copy what you wrote, read it again, and put yours in.",
            icon=":material/sync_problem:",
        )


def _save(name: str) -> None:
    text, read = _keys(name)
    folder = engines.settings().data_dir
    try:
        if synonyms.text(folder, name) != st.session_state[read]:
            say("Not saved: the list was changed elsewhere since you opened it.", failed=True)
            return
        saved = synonyms.save(folder, name, st.session_state[text])
        st.session_state[text] = st.session_state[read] = synonyms.text(folder, name)
    except ProductSearchError as error:
        say(f"Not saved. {error}", failed=True)
    else:
        say(f"{count(len(saved) if saved is not shipped() else 0, 'rule')} saved.")


def _forget(name: str) -> None:
    for key in _keys(name):
        st.session_state.pop(key, None)


@st.cache_data(show_spinner="Comparing the words of the titles …", max_entries=4)
def _found(name: str, build: str, encoder_id: str, _engine: SearchEngine) -> tuple[tuple[Suggestion, ...], str]:
    """Return every suggestion of a build, and why there was no encoder for it ("" where there was)."""
    encoder, why = None, "" if encoder_id else "the index has no vectors"
    record = _engine.build.manifest.encoder
    if record is not None and encoder_id:
        encoder = engines.models().encoder(record.source)
    titles = (product.title for product in _engine.build.store.all_products())
    excluded = listed_values(_engine.build.columns)
    return suggest(titles, Synonyms(), encoder=encoder, excluded=excluded, limit=MOST), why


def _suggestions(name: str, engine: SearchEngine) -> None:
    st.subheader("Suggestions", anchor=False)
    st.caption(
        "Words that stand in the same places of titles and are near each other in meaning or spelling. They are not "
        "always the same thing: nothing is applied before you say so."
    )
    if not st.toggle("Look for suggestions", key=WANTED, persist_state="session"):
        return
    build, record = engine.build.manifest.build, engine.build.manifest.encoder
    try:
        try:
            found, why = _found(name, build, record.id if record else "", engine)
        except ModelUnavailable as error:
            found, why = _found(name, build, "", engine)[0], str(error)
        folder = engines.settings().data_dir
        known, declined = synonyms.load(folder, name), synonyms.declined(folder, name)
    except ProductSearchError as error:
        st.error(plain(str(error)), icon=":material/error:")
        return
    if why:
        st.caption(f"By places and spelling alone: {plain(why)}")
    left = [one for one in found if not known.same(*one.words) and one.key not in declined]
    if not left:
        st.info("Nothing to suggest: no two words of the titles look like the same thing.", icon=":material/check:")
    for one in left[:SHOWN]:
        _suggestion(name, one)
    if len(left) > SHOWN:
        st.caption(f"The likeliest {SHOWN} of {len(left):,}.")


def evidence(one: Suggestion) -> str:
    """Return what speaks for a suggestion, as safe Markdown."""
    facts = [f"same places {one.contexts:.0%}"]
    if one.meaning is not None:
        facts.append(f"meaning {one.meaning:.0%}")
    facts.append(f"spelling {one.spelling:.0%}")
    facts.append(f"in {one.titles[0]:,} and {one.titles[1]:,} titles, both in {one.together:,}")
    return f":small[:gray[{plain(' · '.join(facts))}]]"


def _suggestion(name: str, one: Suggestion) -> None:
    first, second = one.words
    mark = hashlib.sha256(one.to_text().encode("utf-8", "surrogatepass")).hexdigest()[:12]
    with st.container(border=True, gap="xsmall", key=f"suggestion_{mark}"):
        st.markdown(f"**{plain(first, 40)}** and **{plain(second, 40)}** {evidence(one)}")
        for titles, word in zip(one.examples, one.words, strict=True):
            for title in titles:
                st.caption(marked(title, [word], TITLE_LENGTH))
        with st.container(horizontal=True, gap="small"):
            for label, line, key in (
                ("The same", one.to_text(), "both"),
                (f"{plain(first, 30)} finds {plain(second, 30)}", f"{first} => {second}", "right"),
                (f"{plain(second, 30)} finds {plain(first, 30)}", f"{second} => {first}", "left"),
            ):
                st.button(label, key=f"{key}_{mark}", on_click=_take, args=(name, line))
            st.button("No", key=f"no_{mark}", type="tertiary", on_click=_decline, args=(name, one))


def _take(name: str, line: str) -> None:
    text, read = _keys(name)
    folder = engines.settings().data_dir
    try:
        unsaved = st.session_state[text].strip() != st.session_state[read].strip()
        synonyms.add(folder, name, line)
        st.session_state[read] = synonyms.text(folder, name)
    except ProductSearchError as error:
        say(str(error), failed=True)
        return
    st.session_state[text] = f"{st.session_state[text].rstrip()}\n{line}\n" if unsaved else st.session_state[read]
    say(f"Added: {line}")


def _decline(name: str, one: Suggestion) -> None:
    try:
        synonyms.decline(engines.settings().data_dir, name, *one.words)
    except ProductSearchError as error:
        say(str(error), failed=True)
    else:
        say(f"{one.to_text()} is not suggested again.")
