"""What people believe, as the answer that it leads to: kept apart from the models that compute it."""

COPY, ENV, ARG = "COPY and a later RUN rm", "ENV emptied by a later ENV", "ARG"
PREDICTED = {
    "04.secret": {
        "B": frozenset({"layer 1"}),
        "BDE": frozenset({"layer 1", "Env", "history"}),
        "DE": frozenset({"Env", "history"}),
        "F": frozenset({"nowhere"}),
    },
    "04.chmod-site": {"A": 319_371_253, "B": 344_371_253, "C": 638_742_506},
    "04.squash": {"A": 35_000_000, "B": 329_371_253, "C": 623_742_506},
    "04.which-builds": {
        "A": frozenset({COPY}),
        "ABC": frozenset({COPY, ENV, ARG}),
        "BC": frozenset({ENV, ARG}),
    },
    "04.blame": {"B": "the step of layer 5", "C": "the step of layer 6", "D": "the step of layer 7"},
    "04.edited-archive": {
        "A": "it loads, as another image",
        "B": "it loads, without the password",
        "C": "the archive is refused",
    },
    "04.volume": {
        "AB": frozenset({"hours", "news"}),
        "ABC": frozenset({"hours", "news", "prices"}),
        "AC": frozenset({"hours", "prices"}),
    },
    "04.shell": {"A": "/etc/ready", "B": "/ready", "C": "nowhere, because the build stops"},
}
TRUTHS = {
    "04.secret": "BDE",
    "04.chmod-site": "B",
    "04.squash": "C",
    "04.which-builds": "ABC",
    "04.blame": "B",
    "04.edited-archive": "C",
    "04.volume": "AC",
    "04.shell": "B",
}
