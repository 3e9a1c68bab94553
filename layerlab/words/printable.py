"""Names: paths as they can be printed, whatever bytes they hold."""


def printable(path: str) -> str:
    """Return a path with everything that cannot be printed written out, undecodable bytes too.

    >>> printable("etc/motd"), printable("a\\nb"), printable("\\udcff")
    ('etc/motd', 'a\\\\nb', '\\\\udcff')
    """
    return path if path.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in path)
