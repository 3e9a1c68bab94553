"""Printable: names and texts from outside as one line, in which a terminal finds no control characters to obey."""

LONGEST_NAME = 80


def printable(text: str) -> str:
    r"""Return a text in which unprintable letters, and bytes that are not text, are written as escapes.

    >>> printable("etc/motd"), printable("a\x1b[2J\n"), printable("\udcff")
    ('etc/motd', 'a\\x1b[2J\\n', '\\udcff')
    """
    if text.isprintable():
        return text
    # Otherwise a name in an archive could clear the screen, or end the line and forge another one.
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def shown(name: str) -> str:
    """Return a name from an archive as an error prints it: quoted, and cut where it is very long.

    >>> shown("etc/motd"), len(shown("x" * 5000))
    ("'etc/motd'", 85)
    """
    return repr(name if len(name) <= LONGEST_NAME else name[:LONGEST_NAME] + "...")
