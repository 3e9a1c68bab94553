"""Feedback: whole sentences about the answer that was given, and about no other answer."""

from layerlab.course.answer import Answer, same, short, subject
from layerlab.course.prediction import Commitment
from layerlab.course.question import Question, Reason

# For an answer that no belief in the question predicts: a guess at its cause could be wrong.
NOBODY = "No common idea leads to {}, so there is nothing to say about it: compare it with the truth."


def feedback(question: Question, given: Commitment, measured: Answer) -> list[str]:
    """Return the sentences about an answer: right, when it would be right, or that no common idea predicts it.

    >>> from layerlab.course.bank import question
    >>> from layerlab.course.prediction import Prediction
    >>> said = Prediction(question("02.other"))
    >>> said.commit("AB", sure=True, because="b")
    >>> for line in feedback(said.question, said.commitments[0], frozenset({"web"})): print(line)
    job and web would be right if containers that run shared what they write.
    Right in your answer: web. Not part of it: job.
    The image stays as it is, and so does its id. That is right.
    """
    lines = [*_answer(given, measured), *_reason(question, given.reason)]
    return [line for line in lines if line]


def true_reason(question: Question) -> str:
    """Return the true reason, or the answer to the second question, as a sentence; "" where none is asked for.

    >>> from layerlab.course.bank import question
    >>> true_reason(question("01.delete"))
    'The reason: the file still lies in the layer below.'
    """
    true = next((reason.text for reason in question.because if reason.true), "")
    if not true:
        return ""
    return _sentence(true) if question.second else f"The reason: {true}."


def _answer(given: Commitment, measured: Answer) -> list[str]:
    if same(given.value, measured):
        return [f"{_capital(subject(given.value))}: that is right."]
    # Compared with what the cell measured and not with the question's truth, because a learner may have changed the
    # cell.
    part = _part(given.value, measured)
    if given.option and given.option.right_if:
        return [given.option.feedback, part]
    return [part or NOBODY.format(subject(given.value))]


def _part(given: Answer, measured: Answer) -> str:
    """Say which part of a set or an order is right; "" for an answer that has no parts."""
    if isinstance(given, frozenset) and isinstance(measured, frozenset):
        parts = (
            ("Right in your answer", given & measured),
            ("Missing from it", measured - given),
            ("Not part of it", given - measured),
        )
        return " ".join(f"{words}: {short(some)}." for words, some in parts if some)
    if isinstance(given, tuple) and isinstance(measured, tuple) and len(given) == len(measured):
        right = [place for place, pair in enumerate(zip(given, measured, strict=True), 1) if pair[0] == pair[1]]
        named = ", ".join(map(str, right))
        return f"Right in your answer: place {named} of {len(measured)}." if right else "None of the places is right."
    return ""


def _reason(question: Question, given: Reason | None) -> list[str]:
    if given is None:
        return []
    if question.second:
        if given.true:
            return [f"{_sentence(given.text)} That is right."]
        return [f"{_sentence(given.text)} That is not so: {given.wrong}.", true_reason(question)]
    if given.true:
        return [f"Your reason is right: {given.text}."]
    return [f"Your reason was that {given.text}. It does not hold: {given.wrong}.", true_reason(question)]


def _sentence(text: str) -> str:
    return f"{_capital(text)}."


def _capital(text: str) -> str:
    """Return a text that begins with a capital letter, but for names of containers, sizes and quotes."""
    words = text.split(" ", 1)
    # A container's name, such as web, is written as it is, also at the start of a sentence.
    return text[:1].upper() + text[1:] if words[0] in ("the", "each", "an", "a", "layer", "nothing", "it") else text
