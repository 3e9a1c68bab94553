"""Hand in: a folder to which each learner of a class adds a file of lines, and which only the teacher reads.

Nobody in the folder trusts anybody. A learner may lay a link, a pipe, or a file under another's name, so what is opened
is looked at before a byte is written or read.
"""

import codecs
import errno
import getpass
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from layerlab.model.layerlab_error import LayerlabError

SUFFIX = ".txt"
# The owner writes, the group of the folder reads. The umask does not count, because the teacher must be able to read.
RIGHTS = 0o640
# A name with its ending is at most this long on every file system.
LONGEST_NAME = 255
# All questions of the course, answered ten times, take less.
MOST_BYTES = 256 << 10
# Windows has none of these. Without waiting, because a pipe that nobody reads is opened only when somebody does.
NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
NO_FILE = "it is no regular file"


class HandInError(LayerlabError, OSError):
    """What cannot be handed in, in one line that says why and what to do."""


@dataclass(frozen=True)
class HandedIn:
    """What was handed in, and in which file of the folder.

    >>> HandedIn(Path("hand-in/ann.txt"), "LL1 00.one-byte B!")
    Handed in as ann.txt: LL1 00.one-byte B!
    """

    path: Path
    line: str

    def __repr__(self) -> str:
        return f"Handed in as {self.path.name}: {self.line}"


class LineFile(NamedTuple):
    """A file of a class's folder: whose it is, its text, and why it could not be read, "" where it was.

    `owner` is the number of a user, -1 where that says nothing, and `at` when the file was last written.
    """

    who: str
    file: str
    text: str = ""
    why: str = ""
    owner: int = -1
    at: int = 0


def learner() -> str:
    """Return the name of who runs this: the one of the hub, or else the one of the machine."""
    return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()


def hand_in(folder: str | Path, name: str, line: str) -> HandedIn:
    """Add a line to the file of this name in a folder; HandInError says why it could not be added."""
    path = Path(folder) / _file_name(name)
    try:
        file = _opened(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    except OSError as error:
        raise HandInError(_why(error, path)) from None
    try:
        found = os.fstat(file)
        # Where everyone can add a file, one under this name may have been laid by another learner.
        foreign = _open_to_all(path.parent) and hasattr(os, "geteuid") and found.st_uid != os.geteuid()
        if foreign or not stat.S_ISREG(found.st_mode):
            raise HandInError(_taken(path))
        # Some shares of a network know no rights of files.
        with suppress(OSError, AttributeError):
            os.fchmod(file, RIGHTS)
        # All in one, so that two hand-ins at once do not mix.
        os.write(file, f"{line}\n".encode())
    except OSError as error:
        raise error if isinstance(error, HandInError) else HandInError(_why(error, path)) from None
    finally:
        os.close(file)
    return HandedIn(path, line)


def handed_in(folder: Path) -> list[LineFile]:
    """Return each file of lines in a folder, and in each folder of a learner directly in it; the newest last.

    A file that cannot be read comes with the reason. A folder that cannot be listed raises OSError.
    """
    found: list[LineFile] = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.is_dir(follow_symlinks=False):
            found += [given._replace(who=entry.name, owner=-1) for given in _in_folder(Path(entry), entry.name)]
        elif _is_text(entry.name):
            found.append(_read(Path(entry), entry.name))
    # On a machine where each learner is a user, a user is one person, under however many names. On a hub whose servers
    # have all one user, each file is one.
    users = {given.owner for given in found if given.owner >= 0}
    if len(users) > 1 and _open_to_all(folder):
        found = [given._replace(who=f"user {given.owner}") if given.owner >= 0 else given for given in found]
    return sorted(found, key=lambda given: given.at)


def _in_folder(folder: Path, name: str) -> list[LineFile]:
    try:
        paths = sorted(path for path in folder.iterdir() if _is_text(path.name))
    except OSError as error:
        return [LineFile(name, name, why=error.strerror or str(error))]
    return [_read(path, f"{name}/{path.name}") for path in paths]


def _is_text(name: str) -> bool:
    return name.lower().endswith(SUFFIX)


def _read(path: Path, name: str) -> LineFile:
    try:
        file = _opened(path, os.O_RDONLY)
    except OSError as error:
        # This is what a link, which is never followed, gives.
        return LineFile(name, name, why=NO_FILE if error.errno == errno.ELOOP else error.strerror or str(error))
    with open(file, "rb") as opened:
        facts = os.fstat(file)
        given = LineFile(name, name, owner=facts.st_uid, at=facts.st_mtime_ns)
        if not stat.S_ISREG(facts.st_mode):
            return given._replace(why=NO_FILE)
        # One more than may be there, because a file can grow while it is read.
        content = opened.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        return given._replace(why=f"it is larger than {MOST_BYTES >> 10} KiB")
    return given._replace(text=_decoded(content))


def _decoded(content: bytes) -> str:
    # An editor of Windows may write UTF-16. What is no text is replaced, because the lines themselves are ASCII.
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.removeprefix(codecs.BOM_UTF8).decode("utf-16" if utf16 else "utf-8", errors="replace")


def _opened(path: Path, flags: int) -> int:
    return os.open(path, flags | NO_LINK, RIGHTS)


def _open_to_all(folder: Path) -> bool:
    with suppress(OSError):
        return bool(folder.stat().st_mode & stat.S_IWOTH)
    return False


def _file_name(name: str) -> str:
    # What is before a slash would be a folder.
    clean = Path(name.strip()).name
    if clean in ("", ".", "..") or not clean.isprintable():
        raise HandInError(f"{name!r} is no name for a file: hand in under the name that you log in with")
    if len(f"{clean}{SUFFIX}".encode()) > LONGEST_NAME:
        raise HandInError(f"{clean[:20]}... is too long for the name of a file: take a shorter one")
    return f"{clean}{SUFFIX}"


def _taken(path: Path) -> str:
    return f"{path}: someone else has laid this name there. Hand in under another, and tell your teacher"


def _why(error: OSError, path: Path) -> str:
    if error.errno == errno.ENOENT:
        return f"{path.parent}: there is no such folder. Ask your teacher for the right one"
    if os.path.lexists(path):
        return _taken(path)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{path.parent}: nothing can be handed in here now. Your teacher may have closed the folder"
    return f"{path}: {error.strerror or error}"
