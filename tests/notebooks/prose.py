"""How a text for people has to be written. Each rule returns what it finds in one paragraph.

A paragraph is plain text: `plain` takes Markdown apart. The texts of questions and exercises have no marks but code.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from nbformat import NotebookNode

from layerlab.course.bank import exercise, exercises, question, questions
from layerlab.course.question import Question

LONGEST = 22  # words in a sentence
SEEDS = range(12)  # of each question, whose situations are read
VERB = r"(?:is|are|was|were|has|have|had|can|cannot|do|does|did|will|would|may|must|stay|go|come|take|read|need|get)"
# Words for a thing that was named before. At the start of a sentence, nobody can be sure which thing is meant.
LONE_START = re.compile(
    rf"(?:Both|Neither|Those|These|All|None|Others|Another|Either)(?: of (?:them|these|those))? {VERB}\b"
    rf"|(?:The (?:other|others|one|ones|former|latter)|Another one|Which one) {VERB}\b"
    r"|(?:Both|Neither|Those|Others|Another|Either)[.,:;?]"
)
# The first sentence of a text has nothing before it that such a word could name.
FIRST_WORDS = re.compile(r"(?:It|They|Them|This (?:is|was|means|makes)|That (?:is|was|means)|He|She)\b")
FIGURES = {
    r"(?:comes?|came|coming) back": "say what is freed, or how much space one gets back",
    r"(?:gives?|gave|given) back": "say what is freed",
    r"(?:stands?|stood|standing) (?:on|under|in|for|still)": "say what uses or contains what",
    r"stands?\b": "say is",
    r"holds?\b|held\b|holding\b": "say contains, keeps or stores",
    r"lies?\b|lay\b|lying\b": "say is, or is stored",
    r"whited out|lets? it fall|falls? (?:from|to|on|through)|look-up falls": "say what is looked up where",
    r"(?:layer|name)s? answers?": "say which file one sees",
    r"reach(?:es|ed)? (?:down|into)": "say what is changed",
    r"costs? (?:itself|themselves|all of it)|sets? the price|the price\b": "say how many bytes it costs",
    r"half copies|half copy|in the head|to the letter|in good company": "say it plainly",
    r"worth\b": "say how much is freed",
    r"(?:takes?|took) \w+ along|busts?|shares? nothing but": "say it plainly",
    r"hands? (?:you|it|over)|hand a|vouch(?:es)?": "say gives, or proves",
    r"twins?\b": "say two images with the same layers",
    r"\band so forth\b|\ball the same\b": "say it plainly",
}


class Paragraph(NamedTuple):
    """A text and where it is: the notebook's cell, or the question, and which part of it."""

    place: str
    text: str
    first: bool = False


Rule = Callable[[Paragraph], Iterator[str]]


def plain(markdown: str) -> list[str]:
    """The paragraphs of a Markdown text and its headings, each item of a list as one; no code that stands apart."""
    text = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    lines = re.split(r"\n\s*\n|\n(?=[-#|] ?)", text)
    return [line for each in lines if (line := re.sub(r"^(?:#+|-) ", "", " ".join(each.split())).strip())]


def as_words(text: str) -> str:
    """A text in which code and a size with its unit are one word each, because one reads them as one name."""
    text = re.sub(r"<code>.*?</code>|`[^`]*`", "code", text)
    text = re.sub(r"(?:code \([^)]*\), )+", "", text)
    text = re.sub(r"\d[\d.,]* (?:B|kB|MB|GB)\b", "size", text)
    return re.sub(r"[*_\[\]]|<[^>]+>|&\w+;", "", text)


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph."""
    return [each for each in re.split(r"(?<=[.?!])\)?[\"']?\s+(?=[\"'(]?[A-Zc])", as_words(text)) if each]


def long_sentences(paragraph: Paragraph) -> Iterator[str]:
    for each in sentences(paragraph.text):
        if (count := len(re.findall(r"[\w'.,-]*\w[\w'.,-]*", each))) > LONGEST:
            yield f"{count} words: {each}"


def because_in_questions(paragraph: Paragraph) -> Iterator[str]:
    for each in sentences(paragraph.text):
        if each.endswith("?") and re.search(r"\bbecause\b", each, re.IGNORECASE):
            yield f"because in a question: {each}"


def words_without_a_noun(paragraph: Paragraph) -> Iterator[str]:
    for number, each in enumerate(sentences(paragraph.text)):
        if LONE_START.match(each) or (paragraph.first and number == 0 and FIRST_WORDS.match(each)):
            yield f"begins with a word for something else: {each}"


def figures_of_speech(paragraph: Paragraph) -> Iterator[str]:
    text = as_words(paragraph.text)
    for pattern, better in FIGURES.items():
        for found in re.finditer(rf"\b(?:{pattern})", text, re.IGNORECASE):
            yield f"{found[0]!r}: {better}"


def colons(paragraph: Paragraph) -> Iterator[str]:
    """A sentence has one colon at most, because two of them leave open what belongs to what."""
    yield from (f"two colons: {each}" for each in sentences(paragraph.text) if each.count(": ") > 1)


RULES: dict[str, Rule] = {
    "long sentences": long_sentences,
    "because in questions": because_in_questions,
    "words without a noun": words_without_a_noun,
    "figures of speech": figures_of_speech,
    "colons": colons,
}


def of_a_notebook(name: str, notebook: NotebookNode) -> Iterator[Paragraph]:
    """The paragraphs of a notebook's texts."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heads, *rest = plain(cell.source) or [""]
            is_heading = cell.source.startswith("#")
            yield Paragraph(f"{name[:2]} {cell.id}", heads, first=not is_heading)
            for number, text in enumerate(rest):
                yield Paragraph(f"{name[:2]} {cell.id}", text, first=is_heading and number == 0)


def of_a_question(asked: Question) -> Iterator[Paragraph]:
    """What a question says, and what is said of each answer."""
    yield Paragraph(asked.name, asked.prompt, first=True)
    yield Paragraph(asked.name, asked.explanation, first=True)
    yield Paragraph(asked.name, asked.situation, first=True)
    yield Paragraph(asked.name, asked.second)
    for wrong in asked.wrong:
        # The answer stands before it, and some answers are long. So the clause is read alone.
        yield Paragraph(asked.name, wrong.right_if)
    for reason in asked.because:
        yield Paragraph(asked.name, reason.text)
        yield Paragraph(asked.name, reason.wrong)


def of_the_bank() -> Iterator[Paragraph]:
    """What all questions, some drawn ones and all exercises say."""
    for name, asked in questions().items():
        yield from of_a_question(asked)
        for seed in SEEDS:
            yield from of_a_question(question(name, seed))
    for name in exercises():
        made = exercise(name)
        for text in (made.task, made.hint, made.right):
            yield Paragraph(name, text, first=True)


def faults(paragraph: Paragraph) -> list[str]:
    """All that is wrong with a paragraph."""
    return [f"{paragraph.place}: {found}" for rule in RULES.values() for found in rule(paragraph)]
