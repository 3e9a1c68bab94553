"""Card: one round as live markup, and as text and HTML for a page without a kernel. Nothing here changes a round."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape, unescape
from typing import Any

from layerlab.course import hands
from layerlab.course.answer import Answer, Count, exact, same, short
from layerlab.course.choices import how, items, listed_choices
from layerlab.course.feedback import feedback, right, true_answer, true_reason, wrong_reasons
from layerlab.course.measured import Measured
from layerlab.course.prediction import Commitment, Prediction
from layerlab.course.question import LETTERS, Question
from layerlab.picture.bars import PlotBar, bars
from layerlab.words.plurals import counted
from layerlab.words.printable import printable

CHANGED = "Your cell does something other than the question says: this is what yours measured."
FOLD = "Answer (predict first)"
RIGHT = "right"
_MARKS = {RIGHT: ("right", "✓"), "partly right": ("wrong", "◐"), "not right": ("wrong", "✕")}
FRAME = 25  # pixels: the edges of a card and the space inside them
# How many letters the longest choice may have for so narrow a column; longer ones stand one below the other.
LOOKS = ((8, "tiny"), (20, "brief"), (34, "short"))


@dataclass
class RoundCard:
    """What a card shows: the answers given, what was measured, whether a class answers, and what is filled in.

    `pressed` are the layers of the picture that the learner opened or closed. `status` is the last message. `openings`
    counts how often the answer was opened or asked again, because the page moves the focus when this number changes.
    `before` is the answer to the lesson's own question, if this question was drawn. With `counts_hands`, a teacher
    types how many hands each choice got; `votes` are those counted so far.
    """

    prediction: Prediction
    measured: Measured
    in_class: bool = False
    status: str = ""
    openings: int = 0
    form: dict[str, Any] = field(default_factory=dict)
    pressed: set[str] = field(default_factory=set)
    before: Commitment | None = None
    counts_hands: bool = False
    votes: list[Counter[str]] = field(default_factory=list)

    @property
    def question(self) -> Question:
        """The question that it asks."""
        return self.prediction.question

    def forget(self) -> None:
        """Forget what was filled in, pressed and counted."""
        self.form.clear()
        self.pressed.clear()
        self.votes.clear()


def page(card: RoundCard, width: int = 880) -> str:
    """Return the live card for a width in pixels."""
    opened = card.prediction.opened
    # Whoever asks again is led back to the question, because the button that was pressed is gone.
    focus = f' data-focus="{card.openings}"' if card.openings and not opened else ""
    name = "The answer is open" if opened else "A question"
    ask = _what_was_said(card) if opened else f"{_choices(card)}{_buttons(card)}"
    return (
        # The page gives the focus to data-start when Shift+Enter has moved on from the cell. For that, an element needs
        # a tabindex.
        '<div class="layerlab-card" data-key="card" data-start="" '
        f'role="group" aria-label="{name}" tabindex="-1"{focus}>'
        f"{_picture(card, width)}"
        # A form, so that Enter in a text field sends something: then the card asks how sure the learner is.
        f'<form class="ask" data-key="ask" data-press="entered">{_situation(card.question)}{ask}</form>'
        f'<div class="status" data-key="status" role="status">{_status(card)}</div>'
        f"{hands.drawn(card.question, card.votes) if opened else ''}{_answer(card, width) if opened else ''}</div>"
    )


def _picture(card: RoundCard, width: int) -> str:
    # Imported when a picture is drawn, because a question can be asked and answered without one.
    from layerlab.picture.shapes import Looks
    from layerlab.picture.svg import live

    # The question below the picture is to be seen without scrolling.
    looks = Looks(width, live=True)
    looks = replace(looks, low=not looks.narrow)
    drawn = live(card.question.happening.scene(looks, happened=card.prediction.opened, pressed=card.pressed))
    return f'<div class="layerlab-picture" data-key="picture">{drawn}</div>'


def _situation(question: Question) -> str:
    return f'<p data-key="situation">{question.situation}</p>' if question.situation else ""


def _choices(card: RoundCard) -> str:
    question = card.question
    fields = _FIELDS[question.act](card)
    asked = f'<fieldset data-key="first"><legend class="prompt">{question.prompt}</legend>{fields}</fieldset>'
    if not question.because:
        return asked
    legend = question.second or "Why? Because …"
    words = reasons(question)
    radios = _beside([text for text, _ in words], [_radio("because", letter, text, card) for text, letter in words])
    second = f'<fieldset data-key="second"><legend class="prompt">{legend}</legend>{radios}</fieldset>'
    return f'<div class="asked {question.act}" data-key="asked">{asked}{second}</div>'


def _radio(name: str, letter: str, words: str, card: RoundCard) -> str:
    checked = ' checked="checked"' if card.form.get(name) == letter else ""
    return (
        f'<label class="choice" data-key="{name}:{letter}">'
        f'<input type="radio" name="{name}" value="{letter}"{checked}/> {escape(words)}</label>'
    )


def _beside(words: Sequence[str], drawn: Sequence[str]) -> str:
    """Return choices, as many side by side as their words allow."""
    longest = max(map(len, words), default=0)
    look = next((look for most, look in LOOKS if longest <= most), "")
    return f'<div class="choices {look}" data-key="choices">{"".join(drawn)}</div>'


def _choose_one(card: RoundCard) -> str:
    lines = listed_choices(card.question)
    return _beside(lines, [_radio("answer", line.partition(": ")[0], line, card) for line in lines])


def _typed(card: RoundCard) -> str:
    counts = isinstance(card.question.truth, Count)
    name, example = ("Number", "7") if counts else ("Size", "300 B, 5 kB, 70 MB")
    value = escape(printable(str(card.form.get("answer", ""))))
    return (
        f'<label>{name}: <input type="text" name="answer" placeholder="{example}" value="{value}" size="20"/></label>'
    )


def _pick(card: RoundCard) -> str:
    boxes, there = [], items(card.question)
    for words, letter in there:
        checked = ' checked="checked"' if card.form.get(f"pick-{letter}") else ""
        boxes.append(
            f'<label class="choice" data-key="pick:{letter}"><input type="checkbox" name="pick-{letter}"{checked}/> '
            f"{escape(words)}</label>"
        )
    return _beside([words for words, _ in there], boxes)


def _order(card: RoundCard) -> str:
    places = []
    for number in range(1, len(card.question.items) + 1):
        name, options = f"place-{number}", [("choose", ""), *items(card.question)]
        drawn = "".join(
            f'<option value="{letter}"{_selected(card.form.get(name, "") == letter)}>{escape(words)}</option>'
            for words, letter in options
        )
        places.append(
            f'<label class="choice" data-key="{name}">{number}: <select name="{name}" data-press="{name}" '
            f'aria-label="Place {number}">{drawn}</select></label>'
        )
    return f'<div class="choices brief" data-key="choices">{"".join(places)}</div>'


def _selected(chosen: bool) -> str:
    return ' selected="selected"' if chosen else ""


_FIELDS = {"choose": _choose_one, "point": _choose_one, "type": _typed, "pick": _pick, "order": _order}


def given(question: Question, form: Mapping[str, Any]) -> Any:
    """Return what a form answers: a letter, several letters, or what was typed; None where nothing is filled in.

    >>> from layerlab.course.bank import question
    >>> given(question("02.other"), {"pick-A": True, "pick-B": False, "pick-C": True})
    'AC'
    """
    letters = LETTERS[: len(question.items)]
    if question.act == "pick":
        return "".join(letter for letter in letters if form.get(f"pick-{letter}"))
    if question.act == "order":
        return "".join(str(form.get(f"place-{number}", "")) for number in range(1, len(letters) + 1))
    return form.get("answer")


def _buttons(card: RoundCard) -> str:
    said = card.prediction
    if not card.in_class:
        return _acts(("guess", "A guess: show me"), ("sure", "I am sure: show me"), ("skip", "Skip"))
    commits = _acts(
        ("guess", "Commit: a guess"), ("sure", "Commit: I am sure"), ("skip", "Skip"), disabled=said.closed,
    )  # fmt: skip
    # The answer is opened when all have committed and talked. So this button is apart from those that a learner is to
    # press, and it looks like none of them before a commitment was made. Where hands are counted, nobody has to commit.
    look = "plain" if said.locked else "main"
    opens = (
        f'<div class="acts teacher" data-key="teacher">{_hands(card) if card.counts_hands else ""}'
        f'<span class="quiet ready">Everyone has answered?</span>'
        f"{_button('open', 'Open the answer', look, disabled=said.locked and not card.counts_hands)}</div>"
    )
    return commits + opens


def _hands(card: RoundCard) -> str:
    """Return the fields for the hands of the next vote, and what the vote before was."""
    question, vote = card.question, len(card.votes) + 1
    if vote > hands.VOTES or not (fields := hands.fields(question, vote)):
        return ""
    size = 24 if question.act == "type" else 2
    drawn = "".join(
        f'<label data-key="{name}">{label} <input type="text" name="{name}" size="{size}" '
        f'placeholder="{hands.example(question, label, card.votes)}" '
        f'value="{escape(printable(str(card.form.get(name, ""))))}"/></label>'
        for name, label in fields
    )
    again = _button("vote", "Vote again") if vote < hands.VOTES else ""
    return f'<span class="quiet" data-key="hands-{vote}">Hands</span>{drawn}{again}'


def _acts(*acts: tuple[str, str], disabled: bool = False) -> str:
    drawn = [_button(key, words, "main" if key in ("guess", "sure") else "", disabled) for key, words in acts]
    return f'<div class="acts" data-key="acts">{"".join(drawn)}</div>'


def _button(key: str, words: str, look: str = "", disabled: bool = False) -> str:
    classes = f' class="{look}"' if look else ""
    # aria-disabled and not disabled: a disabled button loses the focus, and people who hear the page could not find it.
    refused = ' aria-disabled="true"' if disabled else ""
    return f'<button type="button" data-key="{key}" data-press="{key}"{classes}{refused}>{words}</button>'


def _again() -> str:
    return f'<div class="acts" data-key="acts">{_button("again", "Ask me again", "plain")}</div>'


def _what_was_said(card: RoundCard) -> str:
    said = card.prediction
    # A class that raised hands has answered, though nobody committed on this card.
    words = f"{counted(card.votes[-1].total(), 'hand')} counted." if card.votes else said.message
    if card.votes and said.commitments:
        words = f"{words} {said.message}"
    verdict = "" if card.votes else _verdict(card)
    said_so = f'<p data-key="said">{verdict}<span>{escape(words)}</span></p>'
    return f'<p class="prompt" data-key="prompt">{card.question.prompt}</p>{said_so}'


def _verdict(card: RoundCard) -> str:
    """Return whether the last answer is right, and its reason too; "" where nothing was answered."""
    words = _rightness(card)
    if not words:
        return ""
    # A mark and words, because not everyone sees the colours.
    look, mark = _MARKS[words]
    return f'<strong class="verdict {look}"><span aria-hidden="true">{mark} </span>{words}</strong> '


def _rightness(card: RoundCard) -> str:
    if not card.prediction.commitments:
        return ""
    last = card.prediction.commitments[-1]
    parts = [same(last.value, card.measured.answer), *([last.reason.true] if last.reason else [])]
    return RIGHT if all(parts) else "partly right" if any(parts) else "not right"


def _status(card: RoundCard) -> str:
    said = card.prediction
    lines = [card.status] if card.status else []
    if card.in_class and said.commitments and not said.opened:
        change = "" if said.closed else " You can change your mind once, until the answer is opened."
        lines.append(f"{said.message}{change}")
    html = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return html + (
        f'<p class="quiet">For the class: <code>{escape(said.line)}</code></p>' if card.in_class and said.line else ""
    )


def _answer(card: RoundCard, width: int) -> str:
    question, said = card.question, card.prediction.commitments
    lines = [CHANGED] if not card.measured.as_asked else []
    lines += _feedback(card)
    # Whoever skipped has no feedback on a reason, so the true reason is said alone.
    if not said and (true := true_answer(question)):
        lines.append(true)
    lines += _then_and_now(card)
    # Two answers may get the same sentence, which is said once.
    told = "".join(f"<p>{escape(line)}</p>" for line in dict.fromkeys([*lines, question.explanation]))
    engine = f'<pre tabindex="0">{escape(question.docker)}</pre>{_printed(question)}'
    docker = _folded("docker", "In Docker", engine) if question.docker else ""
    rows = "".join(f"<p>{escape(name)}: {escape(value)}</p>" for name, value in card.measured.rows)
    # They are part of the answer, as on the page without a kernel.
    told = rows + told
    by = "The lines of this cell did it" if card.measured.by_cell else "It was done"
    real = ", with real bytes and real hashes" if question.happening.has_bytes else ""
    computed = f"<p>{by} on the model{real}.</p>"
    # What a class said takes the place of what one person said, because a projector has room for one of them.
    axis = "" if card.votes else _axis(card.measured.answer, said, width - FRAME)
    return (
        f'<div class="answer" data-key="answer" role="group" aria-label="{_name(card)}" tabindex="-1" '
        f'data-focus="{card.openings}">{truth(card.measured.answer)}{axis}{told}{docker}'
        f"{_folded('how', 'How it was computed', computed)}{_again()}</div>"
    )


def _name(card: RoundCard) -> str:
    """Return what a screen reader calls the answer; with the verdict, because the focus is set below it."""
    verdict = "" if card.votes else _rightness(card)
    return f"Answer: yours is {verdict}" if verdict else "Answer"


def _feedback(card: RoundCard) -> list[str]:
    """Return the sentences about each answer that was given."""
    said = card.prediction.commitments
    lines = [line for each in said for line in feedback(card.question, each, card.measured.answer)]
    # The verdict above has called the last answer right, so nobody is told so again.
    told = right(said[-1].value) if said and not card.votes and _rightness(card) == RIGHT else ""
    return [line for line in lines if line != told]


def _then_and_now(card: RoundCard) -> list[str]:
    """Say how the answer to this kind of question changed since the lesson that asked it first."""
    if card.before is None or not card.prediction.commitments:
        return []
    then, now = card.before, card.prediction.commitments[-1]
    was, right = ("right" if each.option and each.option.truth else "not right" for each in (then, now))
    return [f"In the lesson you said {then}, which was {was}. Now you said {now}, which is {right}."]


def _folded(key: str, words: str, html: str) -> str:
    return f'<details data-key="{key}"><summary>{words}</summary>{html}</details>'


def truth(measured: Answer) -> str:
    """Return what was measured, to the byte and as it is usually printed, as a line of HTML.

    >>> truth(20_000_001)
    '<p class="truth">20,000,001 B <span class="quiet">= 20.0 MB</span></p>'
    """
    rounded = short(measured) if isinstance(measured, int) else ""
    more = f' <span class="quiet">= {rounded}</span>' if rounded and rounded != exact(measured) else ""
    return f'<p class="truth">{escape(exact(measured))}{more}</p>'


def _axis(measured: Answer, said: Sequence[Commitment], width: int = 880) -> str:
    """Return predictions and truth as bars on one axis; "" if the truth is no number or nothing differs from it."""
    true = _length(measured)
    # A bar beside an equal one, or alone, would only print the truth once more.
    if true is None or all(same(each.value, measured) for each in said):
        return ""
    names = ["you said"] if len(said) < 2 else ["you said first", "then"]
    spoken = [(name, each.value) for name, each in zip(names, said, strict=False)]
    rows = [PlotBar(name, length, short(value)) for name, value in spoken if (length := _length(value)) is not None]
    return bars([*rows, PlotBar("measured", true, short(measured), measured=True)], width)


def _length(value: Answer) -> int | None:
    """Return how long the bar of an answer is, in its own unit; None for what is no number."""
    if isinstance(value, Count):
        return value.number
    # Names and words have no length, so they have no bar.
    return value if isinstance(value, int) else None


def _engine(question: Question) -> str:
    """Return the commands, and what an engine printed, as HTML."""
    if not question.docker:
        return ""
    return f'<p class="quiet">In Docker:</p><pre>{escape(question.docker)}</pre>{_printed(question)}'


def _printed(question: Question) -> str:
    if not question.printed:
        return ""
    return f'<p class="quiet">{escape(question.engine)} printed:</p><pre>{escape(question.printed)}</pre>'


def reasons(question: Question) -> list[tuple[str, str]]:
    """Return the text and the letter of each reason to choose from."""
    return [(reason.text, letter) for reason, letter in zip(question.reasons, LETTERS.lower(), strict=False)]


# Without a kernel.


def text(card: RoundCard) -> str:
    """Return the card as text: the picture, the question, and the answer after a line that asks to predict first."""
    question, measured = card.question, card.measured
    lines = [plain(each) for each in (question.situation, question.prompt) if each]
    lines += [f"  {line}" for line in listed_choices(question)]
    lines += [question.second] if question.second else []
    lead = "" if question.second else "because "
    lines += [f"  {letter}: {lead}{words}" for words, letter in reasons(question)]
    lines.append(f"{how(question)}, as a guess or as sure, or skip.")
    # Text cannot be folded, so a line before the answer asks to predict first.
    lines += [FOLD, f"  {measured.names[measured.place]}: {exact(measured.answer)}"]
    lines += [f"  {name}: {value}" for name, value in measured.rows]
    lines += [line for line in (CHANGED if not measured.as_asked else "", true_reason(question)) if line]
    lines.append(question.explanation)
    if question.docker:
        lines += ["In Docker:", *_indented(question.docker)]
    if question.printed:
        lines += [f"{question.engine} printed:", *_indented(question.printed)]
    return "\n".join([*_twin(question), *lines])


def _twin(question: Question) -> list[str]:
    from layerlab.picture.shapes import STILL
    from layerlab.picture.text import text as twin

    return twin(question.happening.scene(STILL)).splitlines()


def still(card: RoundCard) -> str:
    """Return the card as HTML for a page without a kernel, the answer folded."""
    from layerlab.picture.shapes import STILL
    from layerlab.picture.svg import img

    question = card.question
    before, after = (img(question.happening.scene(STILL, happened=happened)) for happened in (False, True))
    # Where a question only looks, the picture after is the picture before.
    changed = after if after != before else ""
    situation = f"<p>{question.situation}</p>" if question.situation else ""
    lead = "" if question.second else "because "
    groups = [listed_choices(question), [f"{letter}: {lead}{words}" for words, letter in reasons(question)]]
    chosen, second = (f"<p>{'<br>'.join(map(escape, lines))}</p>" if lines else "" for lines in groups)
    asked = f"<p><strong>{escape(question.second)}</strong></p>" if question.second else ""
    return (
        f'{before}{situation}<p class="question"><strong>{question.prompt}</strong></p>{chosen}{asked}{second}'
        f"<p>Run this cell to answer.</p><details><summary>{FOLD}</summary>{changed}{_still_answer(card)}</details>"
    )


def _still_answer(card: RoundCard) -> str:
    question, measured = card.question, card.measured
    lines = [CHANGED] if not measured.as_asked else []
    lines += [option.feedback for option in question.options if option.right_if]
    lines += [line for line in (true_reason(question), *wrong_reasons(question), question.explanation) if line]
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    rows = "".join(f'<p class="quiet">{escape(name)}: {escape(value)}</p>' for name, value in measured.rows)
    return f"{truth(measured.answer)}{_axis(measured.answer, ())}{told}{rows}{_engine(question)}"


def plain(html: str) -> str:
    """Return a prompt or a situation as text, without its marks for code.

    >>> plain("the thin layer of <code>web</code> &lt;none&gt;")
    'the thin layer of web <none>'
    >>> plain("You built this: <br/><code>FROM shop<br/>RUN make</code><br/> Then").splitlines()
    ['You built this:', 'FROM shop', 'RUN make', 'Then']
    """
    lines = html.replace("<code>", "").replace("</code>", "").split("<br/>")
    return unescape("\n".join(line.strip() for line in lines).strip())


def _indented(lines: str) -> list[str]:
    return [f"  {line}" for line in lines.splitlines()]
