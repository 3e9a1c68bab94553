"""OSError as the kernel gives it: an errno, and a text that says what to do where the union is the cause."""

import errno
import os

_TEACHES = {
    errno.EXDEV: "Invalid cross-device link: a directory of the image cannot be renamed in place, "
    "so copy it and delete the old one, as mv does",
    errno.ELOOP: "Too many levels of symbolic links",
    errno.ENXIO: "No such device or address: nothing is behind this node here",
}


def refusal(number: int, path: str) -> OSError:
    """Return the OSError (its subclass, where Python has one) for `number`, naming `path`.

    >>> refusal(errno.ENOENT, "etc/motd")
    FileNotFoundError(2, 'No such file or directory')
    """
    return OSError(number, _TEACHES.get(number) or os.strerror(number), path)
