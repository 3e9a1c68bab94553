"""Feedback: whole sentences about the answer that was given, and about no other answer."""

from collections.abc import Iterable, Sequence

from layerlab.course.answer import Answer, Count, same, short, subject
from layerlab.course.prediction import Commitment
from layerlab.course.question import ALONE, Question, Reason
from layerlab.words.plurals import listed

# With these words an answer may begin that is no name.
BEGINNINGS = frozenset({"the", "each", "an", "a", "all", "no", "only", "layer", "nothing", "it", "as"})


def feedback(question: Question, given: Commitment, measured: Answer) -> list[str]:
    """Return the sentences about an answer: right, when it would be right, and which part of it is right.

    >>> from layerlab.course.bank import question
    >>> from layerlab.course.prediction import Prediction
    >>> said = Prediction(question("02.other"))
    >>> said.commit("AB", sure=True, because="b")
    >>> for line in feedback(said.question, said.commitments[0], frozenset({"web"})): print(line)
    job and web would be right if running containers shared what they write.
    Right in your answer: web. Not part of it: job.
    "The image gets a new version, with an id of its own" is not so: a container that writes makes no new image.
    And what happens to the image? The image stays the same, and so does its id.
    """
    lines = [*_answer(question, given, measured), *_reason(question, given.reason)]
    return [line for line in lines if line]


def right(value: Answer) -> str:
    """Return the sentence that an answer is right.

    >>> right(20_000_001)
    '20.0 MB: that is right.'
    """
    return f"{_capital(subject(value))}: that is right."


def unpredicted(given: Answer, measured: Answer) -> str:
    """Return the sentence about a wrong answer that no belief in the question predicts.

    It says which way the answer is off and asks for the cause, because a guess at the cause could be wrong.

    >>> unpredicted(40_000_000, 20_000_001)
    '40.0 MB is too much: the answer is 20.0 MB. What did you count that the text below does not count?'
    >>> unpredicted(Count(0, "layer"), Count(1, "layer"))
    '0 layers are too few: the answer is 1 layer. What does the text below count that you left out?'
    >>> unpredicted("a tmpfs", "a volume")
    '"a tmpfs" is not right: the answer is "a volume". The text below says why.'
    """
    one, other = subject(given), subject(measured)
    if isinstance(given, Count) and isinstance(measured, Count):
        more, verb = given.number > measured.number, "is" if given.number == 1 else "are"
        off = f"{verb} too {'many' if more else 'few'}"
    elif isinstance(given, int) and isinstance(measured, int):
        more = given > measured
        off = f"is too {'much' if more else 'little'}"
    else:
        return f"{one} is not right: the answer is {other}. The text below says why."
    ask = "What did you count that the text below does not count?"
    if not more:
        ask = "What does the text below count that you left out?"
    return f"{one} {off}: the answer is {other}. {ask}"


def true_reason(question: Question) -> str:
    """Return the true reason, or the answer to the second question, as a sentence; "" where none is asked for.

    >>> from layerlab.course.bank import question
    >>> true_reason(question("01.delete"))
    'The reason: the file is still stored in the layer below.'
    """
    true = next((reason.text for reason in question.because if reason.true), "")
    if not true:
        return ""
    return _sentence(true) if question.second else f"The reason: {true}."


def true_answer(question: Question) -> str:
    """Return the true reason, or the second question with the answer to it, for people who see no list of answers.

    >>> from layerlab.course.bank import question
    >>> true_answer(question("02.other"))
    'And what happens to the image? The image stays the same, and so does its id.'
    """
    return f"{question.second} {true_reason(question)}" if question.second else true_reason(question)


def wrong_reasons(question: Question) -> list[str]:
    """Return for each wrong reason, or wrong answer to the second question, a sentence that says why it is wrong.

    >>> from layerlab.course.bank import question
    >>> for line in wrong_reasons(question("04.squash")): print(line)
    "Docker stores equal files once" does not hold: Docker compares layers, not files.
    "Fewer layers contain fewer bytes" does not hold: every visible file has to be in some layer.
    """
    wrong = [reason for reason in question.reasons if not reason.true]
    if question.second:
        return [f"{_sentence(reason.text)} That is not so: {reason.wrong}." for reason in wrong]
    return [f'"{reason.text[:1].upper()}{reason.text[1:]}" does not hold: {reason.wrong}.' for reason in wrong]


def _answer(question: Question, given: Commitment, measured: Answer) -> list[str]:
    if same(given.value, measured):
        return [right(given.value)]
    # Compared with what the cell measured and not with the question's truth, because a learner may have changed the
    # cell.
    part = _part(given.value, measured, question.measured[question.answer])
    if given.option and given.option.right_if:
        return [given.option.feedback, part]
    return [part or unpredicted(given.value, measured)]


def _part(given: Answer, measured: Answer, name: str) -> str:
    """Say which part of a set, of an order or of several sizes is right; "" for an answer that has no parts."""
    if isinstance(given, frozenset) and isinstance(measured, frozenset):
        # "none of them" is no thing that could be part of an answer.
        parts = (
            ("Right in your answer", given & measured),
            ("Missing from it", measured - given - ALONE),
            ("Not part of it", given - measured - ALONE),
        )
        return " ".join(f"{words}: {short(some)}." for words, some in parts if some)
    if isinstance(given, tuple) and isinstance(measured, tuple) and len(given) == len(measured):
        pairs: Iterable[tuple[int | str, int | str]] = zip(given, measured, strict=True)
        right = [same(*pair) for pair in pairs]
        if isinstance(measured[0], int):
            return _sizes(given, right, name)
        named = ", ".join(str(place) for place, each in enumerate(right, 1) if each)
        return f"Right in your answer: place {named} of {len(measured)}." if named else "None of the places is right."
    return ""


def _sizes(given: Sequence[int | str], right: Sequence[bool], name: str) -> str:
    """Say of each size whether it is right, by the names that `name` gives them: "sent, and fetched"."""
    if not any(right):
        return "None of the sizes is right."
    names = name.replace(", and ", ", ").split(", ")
    if len(names) != len(given):
        places = [str(place) for place, each in enumerate(right, 1) if each]
        return f"Right in your answer: {'number' if len(places) == 1 else 'numbers'} {listed(places)} of {len(given)}."
    verdicts = zip(names, given, right, strict=True)
    return " ".join(
        f"{each[:1].upper()}{each[1:]}: {short(value)} is {'right' if so else 'not right'}."
        for each, value, so in verdicts
    )


def _reason(question: Question, given: Reason | None) -> list[str]:
    if given is None:
        return []
    if question.second:
        # Quoted, because an answer may be a whole sentence, and nobody is to read a wrong one as a fact.
        if given.true:
            return [f'"{_capital(given.text)}": that is right.']
        return [f'"{_capital(given.text)}" is not so: {given.wrong}.', true_answer(question)]
    if given.true:
        return [f"Your reason is right: {given.text}."]
    return [f"Your reason was that {given.text}. It does not hold: {given.wrong}.", true_reason(question)]


def _sentence(text: str) -> str:
    return f"{_capital(text)}."


def _capital(text: str) -> str:
    """Return a text that begins with a capital letter, but for names of containers, sizes and quotes."""
    # A container's name, such as web, is written as it is, also at the start of a sentence.
    if text.split(" ", 1)[0] not in BEGINNINGS:
        return text
    return text[:1].upper() + text[1:]
