"""OSError as the kernel gives it: an errno, and a text that says what to do where the union is the cause."""

import errno
import os

_TEACHES = {
    errno.EXDEV: "Invalid cross-device link: a directory of the image cannot be renamed in place, "
    "so copy it and delete the old one, as mv does",
    errno.EROFS: "Read-only file system: this is mounted read-only",
    errno.ELOOP: "Too many levels of symbolic links",
    errno.ENXIO: "No such device or address: nothing is behind this node here",
}


MOUNTED_ON = "Device or resource busy: something is mounted on this directory"
OTHER_MOUNT = "Invalid cross-device link: the two names lie on different mounts, so copy it and delete the old one"


def refusal(number: int, path: str, words: str = "") -> OSError:
    """Return the OSError (its subclass, where Python has one) for `number`, naming `path`; `words` say it another way.

    >>> refusal(errno.ENOENT, "etc/motd")
    FileNotFoundError(2, 'No such file or directory')
    """
    return OSError(number, words or _TEACHES.get(number) or os.strerror(number), path)
