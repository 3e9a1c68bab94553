"""Generate: random layers and random steps, drawn so that names collide and most steps succeed."""

import random
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from layerlab.model.arguments import NO_ID
from layerlab.model.entry import OPAQUE, WHITEOUT, Device, Directory, Fifo, File, HardLink, Spec, Symlink, Whiteout
from layerlab.model.image import scratch
from layerlab.model.layer import Layer
from layerlab.proof.program import PlannedMount, Program, ProofStep, container
from layerlab.proof.snapshot import Seen

PLAIN = ["a", "b", "c", "d", "e"]
ODD = [".wh.a", ".wh..wh..opq", "n\nl", "\udcff\udcfe", "é", "x" * 255, "x" * 256, " ", "-", "..a", "\x01"]
MODES = [0o644, 0o600, 0o755, 0o700, 0o777, 0o000, 0o4755, 0o2755, 0o2745, 0o6711, 0o1755, 0o4644, 0o444]
SHARED = 0o1777
BEYOND = (2**31, 2**32, 2**63, 2**64, -(2**64), 10**30)
"""Numbers of which each is too large for something; what a size can be is no bytes of a test."""
RDEVS = [0xF007, 0xF4210340]
"""Linux's numbers for devices 240:7 and 259:1,000,000, which no driver is behind."""
CAPABILITY = b"\1\0\0\2" + bytes(4) + b"\x20" + bytes(11)
OF_ROOT, OF_OTHER = (b"\1\0\0\3" + CAPABILITY[4:] + bytes([user, 0, 0, 0]) for user in (0, 5))
NO_CAPABILITIES = (b"all", b"\1\0\0\1" + bytes(8), b"\3" + CAPABILITY[1:], CAPABILITY + b"\0", OF_ROOT[:-1])
OVERLAY = "trusted.overlay."
ACCESS = (*["O_RDONLY"] * 8, *["O_WRONLY"] * 4, *["O_RDWR"] * 8, "O_WRONLY|O_RDWR")
OPEN_FLAGS = {
    "O_CREAT": 35, "O_EXCL": 12, "O_TRUNC": 25, "O_APPEND": 15, "O_NOFOLLOW": 12, "O_DIRECTORY": 8, "O_NONBLOCK": 40,
    "O_PATH": 4,
}  # fmt: skip
HANDLES = 4
# No other name starts with this, so a chain of symlinks meets no other entry.
LINK = "~"


class Random(random.Random):
    """Python's generator with the draws that are made here."""

    def chance(self, percent: float) -> bool:
        """Return True in so many of a hundred cases."""
        return self.random() * 100 < percent


class Generator:
    """Draws the layers and steps of one program.

    Without `privileged`, nothing that goes another way for root of a user namespace: devices, other owners,
    set-id bits (a write takes them away), trusted. and security. attributes, and hard links (overlayfs does not keep
    the inode number of a copy, so that two names of it may look like two files). On a `guarded` machine no directory
    is both sticky and everyone's.

    Some programs are `crowded`, with such directories and what others put there, or `odd`, with texts and numbers that
    are refused: what is rare meets itself in these, and the other programs are not refused all the time.
    """

    def __init__(self, seed: object, privileged: bool = True, guarded: bool = False) -> None:
        self.random = Random(str(seed))
        self.privileged = privileged
        self.guarded = guarded
        self.names = [*PLAIN[: self.random.randint(2, 5)], *self.random.sample(ODD, self.random.choice([0, 0, 1, 2]))]
        self.crowded = privileged and self.random.chance(20)
        self.odd = 6 if self.random.chance(20) else 1
        self._text = 0
        # Of its own, so that the programs without mounts are those of the seed.
        self.mounting = Random(f"{seed} mounts")
        self._points: list[str] = []

    def program(self) -> Program:
        """Return a program without steps: layers and, in every third one, what is mounted on them."""
        program = Program(self.layers())
        return self._mounted(program) if self.mounting.chance(33) else program

    # Mounts.

    def _mounted(self, program: Program) -> Program:
        """Return a program with up to four mounts, some in others, some of one folder in two places."""
        folders = tuple(self._host_folder() for _ in range(self.mounting.randint(1, 2)))
        program = Program(program.layers, folders=folders)
        for _ in range(self.mounting.choice([1, 1, 2, 2, 3, 4])):
            shown = container(program).view()
            folder = self.mounting.choice([path for path, entry in shown.items() if entry.kind == "directory"])
            path = folder
            if not folder or self.mounting.chance(30):
                new = "/".join(self.mounting.choice(PLAIN) for _ in range(self.mounting.choice([1, 1, 2])))
                path = f"{folder}/{new}" if folder else new
            # A mount is made after those it lies in, and where one is, or a file, none is made.
            if _blocked(path, shown, program.mounts):
                continue
            number = self.mounting.choice([None, *range(len(folders)), *range(len(folders))])
            mode = self.mounting.choice([0o755, 0o700, 0o1755 if self.guarded else SHARED])
            read_only = self.mounting.chance(25)
            program = replace(program, mounts=(*program.mounts, PlannedMount(path, number, read_only, mode)))
        self._points = [each.path for each in program.mounts]
        return program

    def _host_folder(self) -> dict[str, Spec]:
        files = self._layer({})
        plain = {name: spec for name, spec in files.items() if not isinstance(spec, Whiteout)}
        return {
            name: replace(spec, opaque=False) if isinstance(spec, Directory) else spec for name, spec in plain.items()
        }

    # Layers.

    def layers(self) -> tuple[dict[str, Spec], ...]:
        """Return 1 to 8 layers; upper ones hide, replace and merge with what lies below."""
        layers: list[dict[str, Spec]] = []
        image = scratch
        for _ in range(self.random.choice([1, 1, 2, 2, 2, 3, 3, 4, 5, 8])):
            below = {path: entry.kind for path, entry in image.view().items() if path}
            layers.append(self._layer(below))
            image = image.with_layer(Layer.of(layers[-1]))
        return tuple(layers)

    def _layer(self, below: Mapping[str, str]) -> dict[str, Spec]:
        files: dict[str, Spec] = {}
        if self.random.chance(30):
            files[""] = self._directory(opaque=False)
        for _ in range(self.random.randint(1, 10)):
            path = self._layer_path(below, files)
            parents = [path[:place] for place, letter in enumerate(path) if letter == "/"]
            if path in files or any(name.startswith(f"{path}/") for name in files):
                continue
            if any(not isinstance(files.get(parent, OPAQUE), Directory) for parent in parents):
                continue
            files[path] = self._spec(path, below, files)
        if self.random.chance(1) and not any(name.startswith(LINK) for name in files):
            files |= self._chain(self.random.randint(39, 42))
        return files

    def _chain(self, links: int) -> dict[str, Spec]:
        """Return so many symlinks, each leading to the next: 40 are walked, not 41."""
        ends = [*(f"{LINK}{number}" for number in range(links)), self.random.choice(PLAIN)]
        return {ends[number]: Symlink(ends[number + 1]) for number in range(links)}

    def _layer_path(self, below: Mapping[str, str], files: Mapping[str, Spec]) -> str:
        folders = [path for path, spec in files.items() if path and isinstance(spec, Directory)]
        folders += [path for path, kind in below.items() if kind == "directory"]
        if below and self.random.chance(40):
            return self.random.choice(list(below))
        if folders and self.random.chance(60):
            return f"{self.random.choice(folders)}/{self._name(layer=True)}"
        return "/".join(self._name(layer=True) for _ in range(self.random.choice([1, 1, 2, 3])))

    def _spec(self, path: str, below: Mapping[str, str], files: Mapping[str, Spec]) -> Spec:
        if path in below and self.random.chance(35):
            return WHITEOUT
        if self.random.chance(3):
            return WHITEOUT
        if below.get(path) == "directory" and self.random.chance(60):
            return self._directory(opaque=self.random.chance(40))
        draw = self.random.random() * 100
        if draw < 30:
            return self._directory(opaque=self.random.chance(15))
        if draw < 42:
            return Symlink(self._target(list(files) + list(below)), *self._owner(), mtime=self._time())
        others = [name for name, spec in files.items() if isinstance(spec, File | Symlink | Fifo | Device)]
        if draw < 60 and others and self.privileged:
            return HardLink(self.random.choice(others))
        if draw < 65:
            return Fifo(self._mode(), *self._owner(), mtime=self._time())
        if draw < 70 and self.privileged:
            kind = self.random.choice(("char", "block", "block"))
            return Device(kind, self.random.choice(RDEVS), self._mode(), *self._owner(), mtime=self._time())  # type: ignore[arg-type]
        return File(self._data(), self._mode(), *self._owner(), mtime=self._time(), xattrs=self._file_xattrs())

    def _directory(self, opaque: bool) -> Directory:
        mode = self.random.choice([0o755, 0o755, 0o755, 0o700, 0o1755, 0o2775, 0o000])
        if self.crowded and self.random.chance(60):
            mode = self.random.choice((self._shared(), self._shared(), 0o1755))
        return Directory(mode, *self._owner(), mtime=self._time(), xattrs=self._xattrs(), opaque=opaque)

    # Steps.

    def step(self, state: Mapping[str, Seen], handles: Mapping[int, object]) -> ProofStep:
        """Return the next step, drawn with what is there at the moment in mind."""
        self._paths = list(state)
        self._folders = [path for path, seen in state.items() if seen.kind == "directory"]
        self._files = [path for path, seen in state.items() if seen.kind == "file"] or self._paths
        self._handles = list(handles)
        self._state = state
        weights = {**WEIGHTS, **CROWDED} if self.crowded else WEIGHTS
        verb = self.random.choices(list(weights), list(weights.values()))[0]
        if verb == "link" and not self.privileged:
            verb = "mkdir"
        if verb.startswith("handle") and not self._handles:
            verb = "open"
        draw: Callable[[], ProofStep] = getattr(self, "_open_" if verb == "open" else f"_{verb}")
        return draw()

    def _read(self) -> ProofStep:
        return ("read", self._file())

    def _write(self) -> ProofStep:
        return ("write", self._target_file(), self._data())

    def _append(self) -> ProofStep:
        return ("append", self._target_file(), self._data())

    def _write_at(self) -> ProofStep:
        return ("write_at", self._file(), self._offset(), self._data())

    def _truncate(self) -> ProofStep:
        return ("truncate", self._file(), self._size())

    def _stat(self) -> ProofStep:
        return (self.random.choice(("stat", "lstat")), self._path())

    def _listdir(self) -> ProofStep:
        return ("listdir", self._folder() if self.random.chance(70) else self._path())

    def _readlink(self) -> ProofStep:
        return ("readlink", self._of(lambda seen: seen.kind == "symlink"))

    def _mkdir(self) -> ProofStep:
        modes = [0o755, 0o700, 0o777, 0o2755, 0o1755, 0o7755, -1, *[self._shared()] * (1 + 9 * self.crowded)]
        return ("mkdir", self._free(), self._beyond(modes))

    def _rmdir(self) -> ProofStep:
        return ("rmdir", self._of(lambda seen: seen.kind == "directory" and seen.nlink < 3))

    def _unlink(self) -> ProofStep:
        return (self.random.choice(("unlink", "unlink", "delete")), self._of(lambda seen: seen.kind != "directory"))

    def _rmtree(self) -> ProofStep:
        return ("rmtree", self._path())

    def _rename(self) -> ProofStep:
        old, new = self._path(), self._path()
        draw = self.random.random() * 100
        if draw < 45:
            new = self._free()
        elif draw < 85:
            folders = self.random.chance(30)
            old, new = (self._of(lambda seen: (seen.kind == "directory") == folders) for _ in range(2))
        return ("rename", old, new)

    def _link(self) -> ProofStep:
        return ("link", self._of(lambda seen: seen.kind != "directory"), self._free())

    def _symlink(self) -> ProofStep:
        odd = self.random.choice(("", "x" * 4095, "x" * 4096, "a\0b", "\0"))
        return ("symlink", odd if self.random.chance(2 * self.odd) else self._target(self._paths), self._free())

    def _mknod(self) -> ProofStep:
        kinds = [stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFREG, 0, stat.S_IFDIR, stat.S_IFLNK, 0o150000]
        if self.privileged:
            kinds += [stat.S_IFCHR, stat.S_IFBLK] * 3
        rdev = self._beyond([*RDEVS, 0], (-1, 2**32, 2**64)) if self.privileged else 0
        if self.crowded and self.random.chance(50):
            kinds = [stat.S_IFSOCK]
        mode = self.random.choice(kinds) | self._mode()
        return ("mknod", self._free(), self._beyond([-1]) if self.random.chance(2 * self.odd) else mode, rdev)

    def _chmod(self) -> ProofStep:
        mode = self._shared() if self.random.chance(20) else self._mode()
        return ("chmod", self._folder() if mode == SHARED else self._path(), self._beyond([mode]))

    def _chown(self) -> ProofStep:
        path = self._strange() if self.crowded and self.random.chance(60) else self._path()
        return ("chown", path, *self._owner(keep=True), self.random.chance(60))

    def _utime(self) -> ProofStep:
        if self.random.chance(4 * self.odd):
            return ("utime", self._path(), self.random.choice((-5, 2**40, 2**63, 10**30)))
        path = self._path() if self.random.chance(80) else self._of(lambda seen: seen.kind in ("block", "socket"))
        return ("utime", path, None if self.random.chance(10) else self._time())

    def _touch(self) -> ProofStep:
        return ("touch", self._target_file())

    def _setxattr(self) -> ProofStep:
        key = self._key()
        if key != "security.capability":
            return ("setxattr", self._path(), key, self._data()[:30])
        value = self.random.choice((CAPABILITY, OF_ROOT, OF_OTHER, b"", self.random.choice(NO_CAPABILITIES)))
        # One without bytes can be set and not be read, so that overlayfs fails to put a directory's in another's place.
        files = [path for path, seen in self._state.items() if seen.kind == "file"]
        path = self._path() if value or not files else self.random.choice(files)
        return ("setxattr", path, key, value or CAPABILITY * (not files))

    def _getxattr(self) -> ProofStep:
        path = self._of(lambda seen: bool(seen.xattrs))
        held = self._state.get(path)
        key = held.xattrs[0][0] if held and held.xattrs and self.random.chance(70) else self._key()
        return (self.random.choice(("getxattr", "removexattr")), path, key)

    def _listxattr(self) -> ProofStep:
        return ("listxattr", self._path())

    def _open_(self) -> ProofStep:
        flags = [self.random.choice(ACCESS)]
        flags += [flag for flag, percent in OPEN_FLAGS.items() if self.random.chance(percent)]
        if self.random.chance(3):
            more = self.random.choice(("", "", "", "O_EXCL", "O_CREAT", "O_PATH", "O_NOFOLLOW"))
            flags = [flags[0], "O_TMPFILE", *filter(None, [more])]
        path = self._target_file() if "O_CREAT" in flags else self._file()
        if {"O_EXCL", "O_NOFOLLOW"} & set(flags) and self.random.chance(40):
            path = self._of(lambda seen: seen.kind == "symlink")
        if self.crowded and self.random.chance(60):
            flags = list(dict.fromkeys([*flags, "O_CREAT", self.random.choice(("O_NOFOLLOW", "O_CREAT"))]))
            path = self._strange()
        if {"O_DIRECTORY", "O_TMPFILE"} & set(flags) and self.random.chance(60):
            path = self._folder()
        return ("open", self.random.randrange(HANDLES), path, "|".join(flags), self._beyond([self._mode()]))

    def _handle_read(self) -> ProofStep:
        number = self._handle()
        if self.random.chance(50):
            return ("handle_read", number, self._beyond((-1, -1, 0, 1, 7, 5000), (2**63, 2**64)))
        return ("handle_pread", number, self.random.choice((0, 1, 100, 9000)), self._offset())

    def _handle_write(self) -> ProofStep:
        number = self._handle()
        if self.random.chance(60):
            return ("handle_write", number, self._data())
        return ("handle_pwrite", number, self._data(), self._offset())

    def _handle_truncate(self) -> ProofStep:
        return ("handle_truncate", self._handle(), self._size())

    def _handle_close(self) -> ProofStep:
        return ("handle_close", self._handle())

    # What steps are made of.

    def _name(self, layer: bool = False) -> str:
        while True:
            name = self.random.choice(self.names)
            if not layer or not (name.startswith(".wh.") or len(name) > 255):
                return name

    def _path(self) -> str:
        # Where something is mounted, above it, or in it.
        if self._points and self.random.chance(20):
            point = self.random.choice(self._points)
            return self._spelled(self.random.choice((point, point, point.rpartition("/")[0], self._inside(point))))
        draw = self.random.random() * 100
        if draw < 78:
            path = self.random.choice(self._paths)
        elif draw < 92:
            path = self._inside(self.random.choice(self._folders))
        else:
            path = "/".join(self._name() for _ in range(self.random.randint(1, 4)))
        return self._spelled(path)

    def _of(self, fits: Callable[[Seen], bool]) -> str:
        """Return a path to something that fits, mostly."""
        fitting = [path for path, seen in self._state.items() if fits(seen)]
        return self._spelled(self.random.choice(fitting)) if fitting and self.random.chance(75) else self._path()

    def _file(self) -> str:
        return self._spelled(self.random.choice(self._files)) if self.random.chance(75) else self._path()

    def _target_file(self) -> str:
        return self._file() if self.random.chance(60) else self._free()

    def _folder(self) -> str:
        return self._spelled(self.random.choice(self._folders)) if self.random.chance(80) else self._path()

    def _free(self) -> str:
        if self.crowded and self.random.chance(60):
            shared = [path for path in self._folders if self._state[path].mode & stat.S_ISVTX]
            return self._inside(self.random.choice(shared or self._folders))
        return (
            self._spelled(self._inside(self.random.choice(self._folders))) if self.random.chance(80) else self._path()
        )

    def _inside(self, folder: str) -> str:
        return f"{folder}/{self._name()}" if folder else self._name()

    def _strange(self) -> str:
        """Return a path to what someone put into a sticky directory; any, where there is none.

        O_CREAT is refused there for what is neither a file nor a pipe, if everyone may write to the directory.
        """

        def lies_there(path: str) -> bool:
            above = self._state.get(path.rpartition("/")[0])
            return above is not None and bool(above.mode & stat.S_ISVTX)

        found = [path for path, seen in self._state.items() if seen.kind not in ("file", "directory") and path]
        return self.random.choice([path for path in found if lies_there(path)] or found or self._paths)

    def _spelled(self, path: str) -> str:
        """Return another way to write a path: a slash in front or behind, a detour, a dot; now and then none."""
        if self.random.chance(0.3 * self.odd):
            return self.random.choice(("", "", path + "\0"))
        if self.random.chance(4):
            path += self.random.choice(("/", "/", "/.", "/..", "//", "/./", "/../"))
        if self.random.chance(4):
            path = f"{self.random.choice(self._folders) or '.'}/{'../' * self.random.randint(1, 3)}{path}"
        if self.random.chance(3):
            path = path.replace("/", "//") if self.random.chance(50) else path.replace("/", "/./")
        if self.random.chance(1):
            path += "/" + self._name()
        if self.random.chance(0.3):
            path = "./" * ((4096 - len(path.encode("utf-8", "surrogateescape"))) // 2) + path
        return "/" + path if not path or self.random.chance(25) else path

    def _target(self, paths: list[str]) -> str:
        """Return a symlink's text: to what is there, to nothing, to itself, absolute or climbing."""
        goal = self.random.choice([path for path in paths if path] or ["a"])
        if self.random.chance(30):
            goal = self._name()
        start = self.random.choice(("", "", "/", "/", "../", "../../", "./"))
        end = self.random.choice(("", "", "", "", "", "/", "/.", "/.."))
        return start + goal + end

    def _handle(self) -> int:
        return self.random.choice(self._handles)

    def _mode(self) -> int:
        mode = self.random.choice(MODES)
        return mode if self.privileged else mode & 0o1777

    def _time(self) -> int:
        return self.random.choice((0, 1, 1_000_000_000, self.random.randrange(1_000_000)))

    def _owner(self, keep: bool = False) -> tuple[int, int]:
        ids = [0, 0, 1, 1000, 65534] if self.privileged else [0]
        if keep and self.random.chance(5 * self.odd):
            return self.random.choice((-2, NO_ID, 2**32)), self.random.choice((-2, NO_ID, NO_ID))
        ids += [-1, -1] if keep else []
        return self.random.choice(ids), self.random.choice(ids)

    def _offset(self) -> int:
        # At 2**63 - 1 no byte has room. Before it a byte would make a file that is too long to be compared.
        return self._beyond((0, 1, 5, 100, 4095, 4096, 9000), (2**63 - 1, 2**63, 2**64, -1))

    def _size(self) -> int:
        return self._beyond((0, 1, 3, 100, 4096, 5000, 12_288, -1), (2**63, 2**64, -(2**64)))

    def _beyond(self, usual: Sequence[int], beyond: Sequence[int] = BEYOND) -> int:
        """Return one of the usual numbers; now and then one that is too large."""
        return self.random.choice(beyond if self.random.chance(2 * self.odd) else usual)

    def _shared(self) -> int:
        return 0o1755 if self.guarded else SHARED

    def _data(self) -> bytes:
        """Return bytes that no other step wrote, so that a mix-up shows."""
        self._text += 1
        length = self.random.choice((0, 1, 5, 5, 12, 12, 40, 200, 4096, 5000))
        return (f"{self._text}.".encode() * length)[:length]

    def _xattrs(self) -> dict[str, bytes]:
        return {"user.k": self._data()[:20]} if self.random.chance(15) else {}

    def _file_xattrs(self) -> dict[str, bytes]:
        capability = self.privileged and self.random.chance(12)
        value = self.random.choice((CAPABILITY, CAPABILITY, OF_ROOT, OF_OTHER)) if capability else b""
        return self._xattrs() | ({"security.capability": value} if capability else {})

    def _key(self) -> str:
        keys = [
            "user.k",
            "user.k",
            "user.l",
            "bogus.k",
            "user.",
            "user.k\0",
            "nodot",
            "",
            "user." + "k" * 250,
            "user." + "k" * 251,
        ]
        if self.privileged:
            keys += ["trusted.", "trusted.k", "trusted.l", "security.k", *["security.capability"] * 6]
            # overlayfs adds 8 bytes: with 231 letters the name has 255 bytes, and with 232 it is too long.
            keys += [OVERLAY, f"{OVERLAY}k", OVERLAY + "k" * 231, OVERLAY + "k" * 232]
        return self.random.choice(keys)


def _blocked(path: str, shown: Mapping[str, object], mounts: Iterable[PlannedMount]) -> bool:
    """Tell whether nothing can be mounted at a path: it is a mount, lies above one, or is in what is no directory."""
    if any(each.path == path or each.path.startswith(f"{path}/") for each in mounts):
        return True
    at = path
    while at and at not in shown:
        at = at.rpartition("/")[0]
    return getattr(shown[at], "kind", "") != "directory" or any(
        each.read_only and (at == each.path or at.startswith(f"{each.path}/")) for each in mounts if at != path
    )


WEIGHTS = {
    "read": 4, "write": 6, "append": 6, "write_at": 4, "truncate": 4, "stat": 4, "listdir": 2, "readlink": 1,
    "mkdir": 9, "rmdir": 5, "unlink": 8, "rmtree": 4, "rename": 12, "link": 6, "symlink": 4, "mknod": 4, "chmod": 4,
    "chown": 4, "utime": 4, "touch": 2, "setxattr": 5, "getxattr": 5, "listxattr": 1, "open": 10, "handle_read": 6,
    "handle_write": 6, "handle_truncate": 2, "handle_close": 2,
}  # fmt: skip
CROWDED = {"mknod": 12, "chown": 12, "open": 40}
