"""Check: judge what a learner made, at once, and say what is missing."""

import re
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from layerlab.course.bank import exercise
from layerlab.course.exercise import Exercise
from layerlab.course.stopped import stopped
from layerlab.model.image import Image
from layerlab.picture.page import block, lined
from layerlab.words.tables import aligned

if TYPE_CHECKING:
    from layerlab.course.own_image import OwnImage

UNANSWERED = "Not answered yet: put your lines in place of the three dots, and return what you made."

# The columns of the table below a verdict on an image of one's own.
WEIGHED = ("", "added to a disk that has the base", "pulled for a new version")
NOTHING = "Your lines returned nothing: end them with `return` and what you made."


def check(name: str, make: Callable[..., Any], image: "OwnImage | None" = None) -> "Check":
    """Run a learner's function on fresh objects and judge what it returns. It never raises for what the function does.

    `image` is what `own_image` returned, for an exercise that is about an image of one's own.

    Show the result by ending a cell with it. An unknown exercise raises ValueError; a function that does not take what
    the exercise gives is told so.

    >>> def make(image):
    ...     ...
    >>> check("01.hide", make)
    Not answered yet: put your lines in place of the three dots, and return what you made.
    """
    return Check(exercise(name), make, image)


class Check:
    """The verdict on a try: `done` tells whether it is solved, and `says` why or why not. Made by `check`."""

    def __init__(self, exercise: Exercise, make: Callable[..., Any], image: "OwnImage | None" = None) -> None:
        self.exercise = exercise
        self.says, made = _verdict(exercise, make, image)
        self.done = not self.says
        self.weighed = image.weighed(made) if image is not None and isinstance(made, Image) else []
        if self.done and image is not None:
            image.lighter = made
        self.says = self.says or exercise.right

    def __str__(self) -> str:
        said = self.says if self.done or self.says == UNANSWERED else f"Not yet. {self.says}"
        return "\n".join([said, *(aligned([WEIGHED, *self.weighed]) if self.weighed else [])])

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        mark = "Done." if self.done else "Not yet."
        if self.says == UNANSWERED:
            mark = ""
        verdict = f'<p role="status"><strong>{mark}</strong> {_html(self.says)}</p>'
        table = lined(WEIGHED, self.weighed) if self.weighed else ""
        return {"text/plain": str(self), "text/html": block(f"{verdict}{table}{self._help()}")}

    def _help(self) -> str:
        code = f"def {self.exercise.id.partition('.')[2].replace('-', '_')}({', '.join(self.exercise.takes)}):\n"
        code += "".join(f"    {line}\n" for line in self.exercise.solution.splitlines())
        return (
            f"<details><summary>Hint</summary><p>{_html(self.exercise.hint)}</p></details>"
            f"<details><summary>Solution</summary><pre>{escape(code)}</pre></details>"
        )


def _html(text: str) -> str:
    """Return a text as HTML, with what is between backticks as code."""
    return re.sub("`(.+?)`", r"<code>\1</code>", escape(text))


def _verdict(exercise: Exercise, make: Callable[..., Any], image: "OwnImage | None") -> tuple[str, Any]:
    """Return what is missing, "" where nothing is, and what was made."""
    # New objects for each try, because the function may change them.
    arguments = exercise.start() if image is None else (image,)
    try:
        made = make(*arguments)
    # The function is the learner's, so it may raise any error. The verdict explains the error in place of a traceback.
    except Exception as error:
        return _explained(error, exercise), None
    if made is None:
        return UNANSWERED if _is_empty(make) else NOTHING, None
    try:
        return exercise.judge(*arguments, made), made
    except (AttributeError, TypeError, LookupError):
        # A judge uses the returned object as if it had the right type. These errors say that it has another type.
        return f"Your function returns {type(made).__name__}, which is not what the exercise asks for.", None


def _is_empty(make: Callable[..., Any]) -> bool:
    """Tell whether a function still has no lines but the three dots: then it names nothing and does nothing."""
    code = getattr(make, "__code__", None)
    return code is None or not (code.co_names or code.co_varnames[code.co_argcount :])


def _explained(error: Exception, exercise: Exercise) -> str:
    # A traceback with one entry ends in the call itself. No line of the function ran, so its parameters do not fit.
    if error.__traceback__ is None or error.__traceback__.tb_next is None:
        return f"Your function has to take {', '.join(exercise.takes)}, and nothing else."
    return stopped(error, exercise.takes)
