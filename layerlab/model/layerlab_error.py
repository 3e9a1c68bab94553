"""The base of the package's own errors. It lies here because every room may raise one."""


class LayerlabError(Exception):
    """What layerlab cannot do with what it was handed, in one line that says what and where.

    It is the base of `ArchiveError`, `EngineError`, `HostError` and others. Each of them is an error of Python too,
    such as ValueError.

    >>> try:
    ...     load("no-such-file.tar")
    ... except LayerlabError as error:
    ...     print(error)
    no-such-file.tar: No such file or directory
    """
