"""The page Ask: a question, the products, the answer while it is written, and what was asked before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

import compose
from answering.records import Evidence, ProviderChoice
from retrieval.engine import SearchEngine
from ui import answer, answer_cards, ask_choice, asked, engines, state
from ui.asking import Asked, Conversation, Progress, Turn
from ui.safe_text import plain

POLL_S = 0.3
PATIENCE_S = 0.3
"""An answer that is there sooner is drawn once, whole."""
TALKS = "conversations"
PENDING = "question_pending"
BOX = "ask_box"
QUESTION_LENGTH = 200
EXAMPLES = ("What is the cheapest product in {}?", "Which product in {} is rated best?")
CHEAPER, BETTER, COMPARE = "Cheaper ones?", "Better rated?", "Compare the first two"


@dataclass(frozen=True, slots=True)
class Pending:
    """A question that a click put, asked as the page is drawn."""

    text: str
    before: Evidence | None
    wanted: ProviderChoice


def leave(page: str) -> None:
    """Stop what is being written for a visitor who goes to another page than Ask."""
    if page != state.ASK_PAGE:
        talks: dict[str, Conversation] = st.session_state.get(TALKS, {})
        for talk in talks.values():
            talk.stop()


def draw(name: str, engine: SearchEngine) -> None:
    """Draw the page for a catalogue that can be searched."""
    answer_cards.style()
    talk = _conversation(name)
    searched = ask_choice.searched_on(engine)
    pending = st.session_state.pop(PENDING, None) or _linked(talk)
    if pending is not None:
        _ask(name, talk, pending, searched)
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center", key="ask_row"):
        st.chat_input("Ask a question", key=BOX, max_chars=state.MAX_QUERY, on_submit=_typed, args=(talk,))
        ask_choice.draw(searched)
        if talk.turns:
            st.button(
                "",
                key="ask_anew",
                icon=":material/add_comment:",
                help="Begin a new conversation",
                on_click=_begin_anew,
                args=(name,),
            )
    if not talk.turns:
        _examples(engine, searched)
        return
    if talk.turns[1:]:
        with st.container(gap="xxsmall", key="ask_earlier"):
            for turn in talk.turns[:-1]:
                _older(name, turn)
    _newest(name, talk.turns[-1])


def _conversation(name: str) -> Conversation:
    """Return this session's conversation about a catalogue, or go on with the one that the address names."""
    talks: dict[str, Conversation] = st.session_state.setdefault(TALKS, {})
    if name not in talks:
        kept = engines.conversations().again(str(state.get(state.TALK)), name)
        talks[name] = kept or Conversation(name)
    talk = talks[name]
    st.session_state[state.TALK] = talk.token if talk.turns else ""
    return talk


def _begin_anew(name: str) -> None:
    st.session_state[TALKS].pop(name).stop()
    st.session_state[state.TALK] = st.session_state[state.QUESTION] = st.session_state[state.LINKED] = ""


def _typed(talk: Conversation) -> None:
    text = " ".join(str(st.session_state[BOX] or "").split())
    if text:
        _put(text, talk.before(), ask_choice.wanted())


def _linked(talk: Conversation) -> Pending | None:
    """Return the question that the address puts, None where it is asked already.

    A link that somebody sent makes nothing leave this machine: the facts answer, until a click asks for more.
    """
    text = " ".join(str(state.get(state.QUESTION)).split())
    if not text or any(turn.says(text) for turn in talk.turns):
        return None
    wanted = ask_choice.wanted()
    sent = st.session_state.get(state.LINKED) == state.get(state.QUESTION)
    if sent and ask_choice.destination(wanted, engines.settings()) is not None:
        wanted = "extractive"
    return Pending(text, None, wanted)


def _ask(name: str, talk: Conversation, pending: Pending, searched: str | None) -> None:
    question = Asked(
        pending.text,
        wanted=pending.wanted,
        style=ask_choice.style(),
        mode=state.ask().mode,
        before=pending.before,
        host=ask_choice.destination(pending.wanted, engines.settings()),
        searched=searched,
    )
    talk.ask(question, engines.answerer(name), engines.writers())
    engines.conversations().keep(talk)
    st.session_state[state.TALK] = talk.token
    st.session_state[state.QUESTION] = pending.text


def _put(text: str, before: Evidence | None, wanted: ProviderChoice) -> None:
    """Put a question: the callback of every button that asks one."""
    st.session_state[PENDING] = Pending(text, before, wanted)


def _examples(engine: SearchEngine, searched: str | None) -> None:
    st.markdown("Questions are answered from the products of this catalogue alone, and every claim is checked.")
    ask_choice.notice(searched)
    things = [category for category in engine.values("category") if len(category) < 40]
    shown = [example.format(thing) for example, thing in zip(EXAMPLES, things, strict=False)]
    with st.container(horizontal=True, gap="small", key="ask_examples"):
        for number, text in enumerate(shown):
            st.button(
                plain(text, 80), key=f"ask_example_{number}", on_click=_put, args=(text, None, ask_choice.wanted())
            )


def _older(name: str, turn: Turn) -> None:
    """Draw an earlier question folded; what is in it is drawn when it is opened."""
    with st.expander(
        plain(turn.asked.text, QUESTION_LENGTH),
        icon=":material/history:",
        type="compact",
        key=f"turn_{turn.number}",
        on_change="rerun",
    ) as box:
        if box.open:
            _turn(name, turn, turn.look(), newest=False)


def _newest(name: str, turn: Turn) -> None:
    with st.chat_message("user", avatar=":material/person:"):
        st.markdown(f"**{plain(turn.asked.text, QUESTION_LENGTH)}**")
    turn.look(PATIENCE_S)
    if turn.running:
        st.fragment(_live, run_every=POLL_S)(name, turn)
        return
    _turn(name, turn, turn.look(), newest=True)
    done = turn.progress.answer
    if done is not None and not turn.logged:
        turn.logged = True
        # Once: whoever goes back to an earlier address is not to be led forward again.
        st.session_state[state.QUESTION] = done.evidence.question.text[: state.MAX_QUERY]
        asked.keep_question(name, turn.asked.text, done)


def _live(name: str, turn: Turn) -> None:
    """Draw an answer while it is written; once it is there, have the whole page drawn, which looks no more."""
    progress = turn.look()
    if not turn.running:
        st.rerun()
    _turn(name, turn, progress, newest=True)


def _turn(name: str, turn: Turn, progress: Progress, *, newest: bool) -> None:
    failure = turn.failure()
    if failure is not None:
        st.error(plain(str(failure)), icon=":material/error:")
        return
    evidence = progress.evidence
    if evidence is None:
        st.markdown(":shimmer[Searching …]")
        return
    _followed(turn, evidence)
    prefix = f"cite-{turn.number}"
    words, products, columns = _places(turn.number, evidence)
    with words:
        if progress.answer is None:
            _writing(turn, progress, evidence, prefix)
        else:
            _written(turn, progress, evidence, prefix, newest)
    with products:
        checked = progress.answer or progress.writing
        shown = checked.checked if checked is not None else progress.summary
        st.markdown("**Nearest products**" if evidence.refusal is not None else "**Products**")
        answer_cards.draw(name, evidence, shown, prefix, columns)


def _places(number: int, evidence: Evidence) -> tuple[Any, Any, int]:
    """Return where the words stand, where the products, and in how many columns: a comparison needs the whole width."""
    with st.container(key=f"answer_{number}"):
        if evidence.question.aim == "compare":
            return st.container(), st.container(), 2
        words, products = st.columns([3, 2], gap="medium")
        return words, products, 1


def _followed(turn: Turn, evidence: Evidence) -> None:
    """Say how a follow-up was completed, with the way to ask it as it stands."""
    question = evidence.question
    if question.follows is None:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"followed_{turn.number}"):
        st.markdown(
            f"Searched for: **{plain(question.text, QUESTION_LENGTH)}** :gray[– from “{plain(turn.asked.text, 80)}”]",
            width="content",
        )
        st.button(
            "Ask it as it stands",
            key=f"as_it_stands_{turn.number}",
            type="tertiary",
            icon=":material/undo:",
            on_click=_put,
            args=(turn.asked.text, None, turn.asked.wanted),
        )


def _writing(turn: Turn, progress: Progress, evidence: Evidence, prefix: str) -> None:
    sends = turn.asked.searched or (turn.asked.host if progress.summary is not None else None)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", key=f"writing_{turn.number}"
    ):
        st.markdown(answer.badge(sends), width="content")
        st.button(
            "Stopping …" if turn.stopping else "Stop",
            key=f"stop_{turn.number}",
            icon=":material/stop_circle:",
            disabled=turn.stopping,
            on_click=turn.stop,
        )
    answer.switches(progress.switches)
    answer.interrupted(evidence, progress.interrupted, prefix)
    if progress.writing is not None:
        st.caption(f":shimmer[{plain(progress.writing.model, answer.MODEL_LENGTH)} is writing …]")
        answer.text(evidence, progress.writing.checked, prefix)
    elif progress.summary is not None:
        st.caption(":shimmer[From the catalogue's facts, while a model reads the products …]")
        answer.text(evidence, progress.summary, prefix)
    else:
        st.caption(":shimmer[Writing …]")


def _written(turn: Turn, progress: Progress, evidence: Evidence, prefix: str, newest: bool) -> None:
    made = progress.answer
    if made is None:
        return
    st.markdown(answer.badge(_sent_to(turn, progress)))
    answer.switches(made.degraded)
    answer.interrupted(evidence, made.interrupted, prefix)
    if made.refused:
        answer.refusal(evidence, made.checked, prefix)
    elif progress.summary is not None and not made.checked.text.strip():
        st.caption(f"From the catalogue's facts: {plain(made.model, answer.MODEL_LENGTH)} had not said anything yet.")
        answer.text(evidence, progress.summary, prefix)
    else:
        answer.text(evidence, made.checked, prefix)
    st.caption(answer.numbers(made))
    answer.how_made(made, f"how_{turn.number}")
    if newest:
        _more(turn, evidence, refused=made.refused, by=made.provider)


def _sent_to(turn: Turn, progress: Progress) -> str | None:
    made = progress.answer
    if made is None or not made.left_machine:
        return None
    return turn.asked.host or ask_choice.host(engines.settings())


def _more(turn: Turn, evidence: Evidence, *, refused: bool, by: str) -> None:
    """Offer what may be asked next: to follow up, or to have the same answered by who is chosen now."""
    settings = engines.settings()
    wanted = ask_choice.wanted()
    first = ask_choice.first_asked(compose.provider_states(settings), wanted, settings)
    with st.container(horizontal=True, gap="xsmall", key="ask_more"):
        if first.name != by and not refused:
            where = "" if first.local else f" on {plain(ask_choice.host(settings), 60)}"
            st.button(
                f"Answer with {plain(first.model, 40)}{where}",
                key="ask_again",
                icon=":material/refresh:",
                on_click=_put,
                args=(turn.asked.text, turn.asked.before, wanted),
            )
        if not refused:
            for number, text in enumerate(follow_ups(evidence)):
                st.button(
                    text,
                    key=f"follow_up_{number}",
                    type="tertiary",
                    on_click=_put,
                    args=(text, evidence, wanted),
                )


def follow_ups(evidence: Evidence) -> list[str]:
    """Return what may be asked of an answer's products: nothing that they cannot answer."""
    products = [card.product for card in evidence.cards]
    if len(products) < 2:
        return []
    texts = {
        CHEAPER: products[0].price is not None,
        BETTER: any(product.rating is not None for product in products),
        COMPARE: evidence.question.aim != "compare",
    }
    return [text for text, answerable in texts.items() if answerable]
