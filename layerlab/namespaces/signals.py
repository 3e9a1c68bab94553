"""Signals: their names and numbers, and what each does to a process that has said nothing about it (signal(7))."""

from layerlab.model.layerlab_error import LayerlabError


class ProcessError(LayerlabError, ValueError):
    """What cannot be done with processes, in one line that says what and where.

    >>> processes("sleep 5").signal(9, "TERM")
    Traceback (most recent call last):
    layerlab.namespaces.signals.ProcessError: there is no process 9: the table has 1 and 2
    """


HUP, INT, QUIT, ABRT, KILL, USR1, SEGV, USR2, PIPE, ALRM, TERM = 1, 2, 3, 6, 9, 10, 11, 12, 13, 14, 15
CHLD, CONT, STOP, WINCH = 17, 18, 19, 28
# The numbers are those of x86 and ARM. The model knows the signals that people send to a container.
NUMBERS = {
    "HUP": HUP, "INT": INT, "QUIT": QUIT, "ABRT": ABRT, "KILL": KILL, "USR1": USR1, "SEGV": SEGV, "USR2": USR2,
    "PIPE": PIPE, "ALRM": ALRM, "TERM": TERM, "CHLD": CHLD, "CONT": CONT, "STOP": STOP, "WINCH": WINCH,
}  # fmt: skip
NAMES = {number: name for name, number in NUMBERS.items()}
# No process can catch, ignore or block these two.
FORCED = frozenset({KILL, STOP})
HARMLESS = frozenset({CHLD, WINCH, CONT})


def numbered(signal: str | int) -> int:
    """Return the number of a signal, given as "TERM", "SIGTERM", "15" or 15; an unknown one raises ProcessError.

    >>> numbered("TERM"), numbered("sigkill"), numbered("2"), numbered(1)
    (15, 9, 2, 1)
    >>> numbered("STROKE")
    Traceback (most recent call last):
    layerlab.namespaces.signals.ProcessError: no signal is called STROKE: take one of HUP, INT, QUIT, ABRT, KILL, \
USR1, SEGV, USR2, PIPE, ALRM, TERM, CHLD, CONT, STOP, WINCH
    """
    name = str(signal).upper().removeprefix("SIG")
    if name.isdecimal() and int(name) in NAMES:
        return int(name)
    if name not in NUMBERS:
        raise ProcessError(f"no signal is called {signal}: take one of {', '.join(NUMBERS)}")
    return NUMBERS[name]
