"""What people believe, as the answer that it leads to: kept apart from the models that compute it."""

from layerlab.course.answer import Count

PREDICTED = {
    "08.first-process": {"A": Count(0, "process"), "B": Count(2, "process"), "C": Count(3, "process")},
    "08.deaf": {
        "A": "after 10 s, exit code 0",
        "B": "after 10 s, exit code 137",
        "C": "at once, exit code 0",
        "D": "at once, exit code 143",
    },
    "08.shell-form": {
        "A": frozenset({"dash"}),
        "ABC": frozenset({"dash", "bash", "busybox"}),
        "BC": frozenset({"bash", "busybox"}),
        "C": frozenset({"busybox"}),
    },
    "08.zombie": {"A": Count(1, "process"), "B": Count(2, "process"), "C": Count(3, "process")},
    "08.last-command": {
        "A": "after 1 s, exit code 0",
        "B": "after 1 s, exit code 137",
        "C": "after 5 s, exit code 0",
        "D": "after 6 s, exit code 0",
    },
    "08.kill": {
        "A": "it ends, exit code 0",
        "B": "it ends, exit code 137",
        "C": "it is frozen until CONT comes",
        "D": "it runs on",
    },
    "08.code": {"A": "code 125", "B": "code 126", "C": "code 127", "D": "code 137"},
    "08.runs-on": {
        "A": "it has ended with code 0",
        "B": "it has ended with code 137",
        "C": "it is gone",
        "D": "it runs",
    },
}
TRUTHS = {
    "08.first-process": "A",
    "08.deaf": "B",
    "08.shell-form": "BC",
    "08.zombie": "B",
    "08.last-command": "A",
    "08.kill": "D",
    "08.code": "C",
    "08.runs-on": "A",
}
