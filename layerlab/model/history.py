"""History: which step made which layer, and what of its line a person wrote."""

from layerlab.model.image import Image

NO_RUN = "#(nop) "
SHELL = "/bin/sh -c "
"""What the classic builder writes before each command; `#(nop)` follows where none ran."""
BUILDKIT = " # buildkit"


def made_by(image: Image) -> list[str]:
    """Return the line of history that made each layer, the oldest first; "" for all where it has not one for each.

    >>> made_by(scratch.with_layer(Layer.of({}), "ADD /").with_config(created_by="ENV A=1"))
    ['ADD /']
    """
    lines = [step.created_by for step in image.history if not step.empty_layer]
    return lines if len(lines) == len(image.layers) else [""] * len(image.layers)


def command(line: str) -> str:
    """Return a line of history without the shell that a builder writes before it.

    >>> command("/bin/sh -c #(nop) CMD sh"), command("/bin/sh -c apt-get update")
    ('CMD sh', 'apt-get update')
    """
    return line.removeprefix(SHELL).removeprefix(NO_RUN)


def ran(line: str) -> str:
    """Return what a line of history ran in a shell; "" where it is no RUN.

    >>> ran("/bin/sh -c apt-get update"), ran("RUN /bin/sh -c make # buildkit"), ran("COPY a /")
    ('apt-get update', 'make', '')
    """
    whole = line.removesuffix(BUILDKIT)
    if not whole.startswith(("RUN ", SHELL)):
        return ""
    whole = whole.removeprefix("RUN ").removeprefix(SHELL).strip()
    return "" if whole.startswith(NO_RUN.strip()) else whole
