# ruff: noqa: E501 - a table of source text
"""Faults: mistakes planted in the model on purpose, to see that the comparison with the kernel finds each.

A fault replaces a piece of a module's source, in memory only: the changed source is compiled and its functions'
code takes the place of the model's while `planted` lasts. A fault that nothing finds is a hole in the tests.

A fault is text, because it changes a line inside a function: to replace the function as an object, the table would have to
hold the whole function again, and would not follow it when it changes. Text that no longer fits raises StaleFault.
"""

import contextlib
import importlib
import inspect
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import NamedTuple


class Fault(NamedTuple):
    """A mistake: its name, the rule that it breaks, and the text that takes the place of another in a module.

    Modules of other packages than the model are named with it: "archive.tar_headers".
    """

    name: str
    rule: str
    module: str
    old: str
    new: str


class StaleFault(ValueError):  # noqa: N818
    """A fault's text is no longer in its module exactly once: write the fault anew."""


@contextlib.contextmanager
def planted(fault: Fault) -> Iterator[None]:
    """Run with a fault in the module that it names."""
    package = "layerlab" if "." in fault.module else "layerlab.model"
    module = importlib.import_module(f"{package}.{fault.module}")
    source = inspect.getsource(module)
    if source.count(fault.old) != 1:
        raise StaleFault(f"{fault.name}: found {source.count(fault.old)} times in {fault.module}.py: {fault.old!r}")
    changed = ModuleType(module.__name__)
    changed.__dict__["__file__"] = module.__file__
    exec(compile(source.replace(fault.old, fault.new), str(module.__file__), "exec"), changed.__dict__)
    wrong = dict(_functions(changed))
    swapped = {name: function for name, function in _functions(module) if _differ(function, wrong[name])}
    if not swapped:
        raise StaleFault(f"{fault.name}: changes no function of {fault.module}.py")
    right = {name: function.__code__ for name, function in swapped.items()}
    try:
        for name, function in swapped.items():
            function.__code__ = wrong[name].__code__
        yield
    finally:
        for name, function in swapped.items():
            function.__code__ = right[name]


def _functions(module: ModuleType) -> Iterator[tuple[str, FunctionType]]:
    """Yield the functions and methods that a module itself defines, by their qualified names."""
    for owner in (module, *(value for value in vars(module).values() if inspect.isclass(value))):
        for value in vars(owner).values():
            function = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                yield function.__qualname__, function


def _differ(one: FunctionType, other: FunctionType) -> bool:
    return one.__code__ != other.__code__


READ = "reading puts nothing into the thin layer"
WHOLE = "a change of one byte copies the whole file up"
TRUNC = "O_TRUNC copies nothing"
META = "a change of metadata copies the whole file up"
OPEN = "opening for writing copies the whole file up"
WHITEOUT = "deleting a file leaves one whiteout"
TREE = "deleting a tree leaves one whiteout at its top"
OPAQUE = "a directory made where one was deleted is opaque"
GONE = "a new file that is deleted leaves nothing but its parent's copy"
EXDEV = "a directory of the image is not renamed"
LINKS = "writing to one of two hard links leaves the other as it was"
PARENTS = "copying up makes every missing parent"
MERGE = "a directory over a directory merges, and the upper one gives the attributes"
REPLACE = "anything else over anything replaces it"
HIDE = "a whiteout hides a name of lower layers, an opaque mark all names"
PATHS = "paths are walked as POSIX says"
HANDLES = "a handle keeps to its file"
ATTRIBUTES = "attributes change as Linux changes them"
RENAME = "rename replaces what can be replaced"
COUNTS = "link counts are those of overlayfs"
REFUSED = "what os and the kernel refuse"
COMMIT = "a commit holds what the thin layer holds"
MOUNTS = "what is mounted is another file system, in place of what was there"
BUSY = "a directory on which something is mounted stays"
UNTOUCHED = "nothing in a mount is copied up, diffed or committed"
RDONLY = "a read-only mount refuses every change"

FAULTS = (
    # The table of copy-on-write, row by row.
    Fault("read copies up", READ, "vfs", "        if found.lower is None or found.upper is not None:\n            return Handle(path, flags, found.upper, clock=self._clock)\n", "        if found.upper is not None:\n            return Handle(path, flags, found.upper, clock=self._clock)\n        if found.lower is not None:\n            return Handle(path, flags, self._thin.copy_up(walk(self._root, path)), clock=self._clock)\n"),
    Fault("listing copies up", READ, "vfs", "        return found.children()\n", "        self._thin.copy_up(self._existing(path))\n        return found.children()\n"),
    Fault("copy-up forgets the content", WHOLE, "inode", "        if data and copy.pages is not None:", "        if False and copy.pages is not None:"),
    Fault("an append replaces", WHOLE, "handle", "        offset = pages.size if self._appends else self._position", "        offset = self._position"),
    Fault("O_TRUNC keeps the content", TRUNC, "vfs", "        if flags & os.O_TRUNC and inode.pages is not None:", "        if flags & os.O_TRUNC and not inode.pages:"),
    Fault("O_TRUNC needs write access", TRUNC, "vfs", "        if flags & O_ACCMODE in WRITING or flags & os.O_TRUNC:", "        if flags & O_ACCMODE in WRITING:"),
    Fault("chmod copies no data", META, "vfs", "        self._thin.copy_up(self._to_change(path)).mode = mode & PERMISSIONS", "        self._thin.copy_up(self._to_change(path), data=False).mode = mode & PERMISSIONS"),
    Fault("touch copies no data", META, "vfs", "        inode = self._thin.copy_up(self._to_change(path))\n        inode.mtime =", "        inode = self._thin.copy_up(self._to_change(path), data=False)\n        inode.mtime ="),
    Fault("chown copies no data", META, "vfs", "        inode = self._thin.copy_up(self._to_change(path, follow=follow_symlinks))", "        inode = self._thin.copy_up(self._to_change(path, follow=follow_symlinks), data=False)"),
    Fault("opening for writing copies nothing", OPEN, "vfs", "        inode = self._thin.copy_up(place, data=not flags & os.O_TRUNC)", "        if flags & os.O_APPEND and not flags & os.O_TRUNC and place.found.upper is None:\n            return self._open_to_read(place.found, path, flags)\n        inode = self._thin.copy_up(place, data=not flags & os.O_TRUNC)"),
    Fault("a deleted file leaves no whiteout", WHITEOUT, "thin", "        _names(parent)[place.name] = None\n", "        _names(parent).pop(place.name, None)\n"),
    Fault("a whiteout where nothing lay below", WHITEOUT, "thin", "    if lower is not None and lower.children is not None and place.name in lower.children:", "    if lower is not None:"),
    Fault("a deleted tree leaves whiteouts inside", TREE, "thin", "        _detach(parent, place.name)\n        _hide(place, parent)\n", "        found = place.found\n        if found and found.kind == 'directory' and found.lower:\n            copy = self._copy_up_directories([*place.trail, found])\n            copy.names = {name: None for name in found.lower.children}\n            parent.mtime = self._clock()\n            return\n        _detach(parent, place.name)\n        _hide(place, parent)\n"),
    Fault("a directory made again merges", OPAQUE, "thin", "            inode.opaque = place.name in names", "            inode.opaque = False"),
    Fault("every new directory is opaque", OPAQUE, "thin", "            inode.opaque = place.name in names", "            inode.opaque = True"),
    Fault("a new file that is deleted leaves a whiteout", GONE, "thin", "        _names(parent).pop(place.name, None)\n\n\ndef _detach", "        _names(parent)[place.name] = None\n\n\ndef _detach"),
    Fault("deleting leaves the parent's time", GONE, "thin", "        _hide(place, parent)\n        parent.mtime = self._clock()\n", "        _hide(place, parent)\n"),
    Fault("a directory of the image is renamed", EXDEV, "vfs", "        if is_directory and moved.lower is not None:", "        if is_directory and moved.upper is None:"),
    Fault("no new directory is renamed either", EXDEV, "vfs", "        if is_directory and moved.lower is not None:", "        if is_directory:"),
    Fault("hard links survive a write", LINKS, "thin", "        _names(self._copy_up_directories(place.trail))[found.name] = copy\n", "        same = [inode for _, inode in self.listed() if inode and inode.number == entry.inode]\n        copy = same[0] if same and entry.nlink > 1 else Inode.copy_of(entry, entry.inode, data=data)\n        _names(self._copy_up_directories(place.trail))[found.name] = copy\n"),
    Fault("a parent's copy has a directory's usual mode", PARENTS, "thin", "                child = Inode.copy_of(found.lower.entry, found.lower.entry.inode)\n", "                child = Inode.copy_of(found.lower.entry, found.lower.entry.inode)\n                child.mode = 0o755\n"),
    Fault("a parent's copy is opaque", PARENTS, "thin", "                child = Inode.copy_of(found.lower.entry, found.lower.entry.inode)\n", "                child = Inode.copy_of(found.lower.entry, found.lower.entry.inode)\n                child.opaque = True\n"),
    Fault("copying up forgets the attributes", PARENTS, "inode", "        copy.xattrs = entry.xattrs\n", ""),
    # Layers over layers.
    Fault("an upper directory replaces the lower one", MERGE, "union", "                kept = old if merges and not child.opaque and name not in above.hides else None", "                kept = None"),
    Fault("the lower directory gives the attributes", MERGE, "union", "    entry = _entry(above.entry, number)._replace(nlink=1", "    entry = _entry(below.entry if below else above.entry, number)._replace(nlink=1"),
    Fault("a file merges with what is below", REPLACE, "union", "                new = Node(_entry(child.entry, number), None)", "                new = Node(_entry(child.entry, number), dict(old.children) if old and old.children else None)"),
    Fault("a directory replaces nothing", REPLACE, "union", "            node.children[name] = new\n", "            node.children[name] = new if not (old and old.children is None and new.children is not None) else old\n"),
    Fault("a whiteout in a layer hides nothing", HIDE, "union", "        for name in sorted(above.hides - above.children.keys()):", "        for name in ():"),
    Fault("an opaque mark in a layer hides nothing", HIDE, "union", "above.opaque = parent != \"\"", "above.opaque = False"),
    Fault("an opaque mark hides its own layer too", HIDE, "union", "                merges = old is not None and old.children is not None\n", "                merges = old is not None and old.children is not None\n                child.children = {} if child.opaque else child.children\n"),
    Fault("an opaque directory of the thin layer merges", HIDE, "lookup", "above.names is not None and not above.opaque and below is not None", "above.names is not None and below is not None"),
    Fault("a file of the thin layer shows what it hides", HIDE, "lookup", "            if above is None:\n                return None\n", "            if above is None:\n                return Found(name, None, below) if below else None\n"),
    Fault("a listing shows whiteouts", HIDE, "lookup", "                names.discard(name)", "                pass"),
    # Names and paths.
    Fault(".. stays where it is", PATHS, "lookup", "                trail.pop()", "                pass"),
    Fault(".. leaves the root", PATHS, "lookup", "            if name == \"..\" and len(trail) > 1:", "            if name == \"..\":"),
    Fault("an absolute symlink starts where it lies", PATHS, "lookup", "    del trail[1:]\n", ""),
    Fault("41 symlinks are walked", PATHS, "lookup", "            if links > MAX_SYMLINKS:", "            if links > MAX_SYMLINKS + 500:\n                return Existing(trail, name, found, slash, \"\")\n            if False:"),
    Fault("a slash behind a file is overlooked", PATHS, "vfs", "        if place.slash and place.found.kind != \"directory\":\n            raise refusal(errno.ENOTDIR, path)\n        return place", "        return place"),
    Fault("names may have 256 bytes", PATHS, "lookup", "    return len(name) > NAME_MAX or", "    return len(name) > NAME_MAX + 1 or"),
    Fault("O_EXCL follows a symlink", PATHS, "vfs", "(creates and flags & os.O_EXCL) or ", ""),
    Fault("O_NOFOLLOW follows", PATHS, "vfs", " or flags & O_NOFOLLOW)", ")"),
    Fault("unlink follows a symlink", PATHS, "vfs", "        \"\"\"Remove a name that is no directory. A file of the image leaves a whiteout, and frees nothing.\"\"\"\n        place = walk(self._root, path, create=True)", "        place = walk(self._root, path)"),
    Fault("rmdir takes a full directory", PATHS, "vfs", "        if not found.empty:\n            raise refusal(errno.ENOTEMPTY, path)\n", ""),
    Fault("a name may be made twice", PATHS, "vfs", "        if isinstance(place, Existing):\n            raise refusal(errno.EEXIST, path)\n", "        place = Vacant(*place[:2], place.slash) if isinstance(place, Existing) else place\n"),
    # Open files.
    Fault("an old handle never sees the copy", HANDLES, "thin", "            handle.inode = copy\n", "            pass\n"),
    Fault("reading does not move on", HANDLES, "handle", "        self._position += len(data)\n", ""),
    Fault("pwrite ignores O_APPEND", HANDLES, "handle", "        return self._write(pages, data, pages.size if self._appends else offset)", "        return self._write(pages, data, offset)"),
    Fault("a handle for reading writes", HANDLES, "handle", "        self._writes = access in (os.O_WRONLY, os.O_RDWR)", "        self._writes = True"),
    # Attributes, links and moves.
    Fault("chown keeps the set-user-id bit", ATTRIBUTES, "vfs", "            inode.mode = after_chown(inode.mode)\n", "            pass\n"),
    Fault("-1 is an owner", ATTRIBUTES, "vfs", "        inode.uid = inode.uid if new_uid is None else new_uid", "        inode.uid = uid"),
    Fault("4294967295 is an owner", ATTRIBUTES, "arguments", "    return None if number in (-1, NO_ID) else number", "    return None if number == -1 else number"),
    Fault("an empty capability goes with a write", ATTRIBUTES, "inode", "        if self.xattrs.get(capability.NAME):", "        if capability.NAME in self.xattrs:"),
    # What os and the kernel refuse.
    Fault("an empty path is the root", REFUSED, "lookup", "    if not text(path):", "    if text(path) is None:"),
    Fault("a path holds a zero byte", REFUSED, "arguments", "    if \"\\0\" in value:", "    if \"\\0\" in value and what != \"a path\":"),
    Fault("a symlink's target holds a zero byte", REFUSED, "vfs", "        if not arguments.text(target, \"a symlink's target\"):", "        if not target:"),
    Fault("an attribute's name holds a zero byte", REFUSED, "vfs", "arguments.text(path), arguments.text(key, \"an attribute's name\")", "arguments.text(path), key"),
    Fault("a mode has any number of bits", REFUSED, "arguments", "    return _within(value, -1 << 31, (1 << 31) - 1, \"a mode\")", "    return value"),
    Fault("an owner may be negative", REFUSED, "arguments", "_within(value, -1, NO_ID, \"an owner\")", "_within(value, -5, NO_ID, \"an owner\")"),
    Fault("an owner may have 33 bits", REFUSED, "arguments", "_within(value, -1, NO_ID, \"an owner\")", "_within(value, -1, 2 * NO_ID, \"an owner\")"),
    Fault("a device may have 33 bits", REFUSED, "arguments", "    if number >> 32:", "    if number >> 33:"),
    Fault("a device may be any number", REFUSED, "arguments", "_within(value, 0, (1 << 64) - 1, \"a device number\")", "int(value) & 0xFFFFFFFF"),
    Fault("a time may be any number", REFUSED, "vfs", "None if mtime is None else arguments.offset(mtime, \"a time\")", "mtime"),
    Fault("a file may be cut to any size", REFUSED, "vfs", "arguments.offset(size, \"a size\")", "size"),
    Fault("a handle may cut to any size", REFUSED, "handle", "        size = arguments.offset(size, \"a size\")\n        if size < 0:", "        if size < 0:"),
    Fault("bytes may end beyond the last offset", REFUSED, "handle", "        if offset + size > arguments.MOST:", "        if False:"),
    Fault("an offset may be any number", REFUSED, "handle", "        data, offset = arguments.data(data), arguments.offset(offset)\n", ""),
    Fault("O_CREAT opens another's link in a sticky directory", REFUSED, "vfs", "    if found.uid == 0 or found.kind in (\"file\", \"fifo\", \"directory\"):", "    if found.uid == 0 or found.kind in (\"file\", \"fifo\", \"directory\", \"symlink\"):"),
    Fault("O_CREAT opens another's socket in a sticky directory", REFUSED, "vfs", "    if found.uid == 0 or found.kind in (\"file\", \"fifo\", \"directory\"):", "    if found.uid == 0 or found.kind in (\"file\", \"fifo\", \"directory\", \"socket\"):"),
    Fault("O_CREAT is refused for root's too", REFUSED, "vfs", "    if found.uid == 0 or", "    if"),
    Fault("O_CREAT is refused for the directory's owner's too", REFUSED, "vfs", "above.mode & SHARED == SHARED and found.uid != above.uid", "above.mode & SHARED == SHARED"),
    Fault("O_CREAT is refused in every sticky directory", REFUSED, "vfs", "above.mode & SHARED == SHARED", "above.mode & stat.S_ISVTX"),
    Fault("trusted.overlay. is a name", REFUSED, "vfs", "    if key == OWN:", "    if False:"),
    Fault("trusted.overlay. takes long names", REFUSED, "vfs", "    if len(os.fsencode(key)) + len(ESCAPE) > XATTR_NAME_MAX:", "    if False:"),
    Fault("a long name among overlayfs's own copies up", REFUSED, "vfs", "        if key.startswith(OWN) and place.found.overlay:\n            _refuse_own(key, path)\n        return place\n", "        if key.startswith(OWN) and place.found.overlay:\n            if special == errno.EPERM:\n                self._thin.copy_up(place)\n            _refuse_own(key, path)\n        return place\n"),
    Fault("any bytes are a capability", REFUSED, "vfs", "        if key == capability.NAME and not capability.accepted(value):", "        if False:"),
    Fault("a capability for root stays revision 3", ATTRIBUTES, "vfs", "        inode.xattrs = capability.as_shown(inode.xattrs)\n", ""),
    Fault("a capability for root in a layer stays revision 3", ATTRIBUTES, "union", "merged._replace(xattrs=as_shown(entry.xattrs)) if entry.xattrs else merged", "merged"),
    Fault("an empty capability is read", REFUSED, "vfs", "        if key == capability.NAME and capability.shown(xattrs[key]) is None:", "        if False:"),
    Fault("docker diff tells of a block device's time", COMMIT, "changes", "    return old.kind not in TIMELESS and", "    return old.kind != \"directory\" and"),
    Fault("a write keeps capabilities", ATTRIBUTES, "handle", "            self.inode.drop_capability()\n            self.inode.mtime", "            self.inode.mtime"),
    Fault("set-group-id is not inherited", ATTRIBUTES, "thin", "        if parent.mode & stat.S_ISGID:", "        if False:"),
    Fault("writing leaves the time", ATTRIBUTES, "handle", "            self.inode.drop_capability()\n            self.inode.mtime = self._clock()", "            self.inode.drop_capability()"),
    Fault("making a name leaves the parent's time", ATTRIBUTES, "thin", "        names[place.name] = inode\n        parent.mtime = self._clock()\n", "        names[place.name] = inode\n"),
    Fault("a moved directory merges with the image's", RENAME, "thin", "    directory.opaque = directory.opaque or goal.trail[-1].lower is not None", "    directory.opaque = directory.opaque"),
    Fault("a rename leaves no whiteout", RENAME, "thin", "        _hide(source, before)\n", "        _names(before).pop(source.name)\n"),
    Fault("a directory moves into itself", RENAME, "vfs", "        if is_directory and any(_same(found, moved) for found in goal.trail):", "        if False:"),
    Fault("a rename onto another link of the file removes a name", RENAME, "vfs", "        if _same(over, moved):\n            return True\n", ""),
    Fault("a file replaces a directory", RENAME, "vfs", "        if is_directory != (over.kind == \"directory\"):", "        if is_directory and over.kind != \"directory\":"),
    Fault("a full directory is replaced", RENAME, "vfs", "                mark_moved(moved.upper, goal)  # overlayfs marks first, and lets the upper file system refuse\n            raise refusal(errno.ENOTEMPTY, new)", "                mark_moved(moved.upper, goal)"),
    Fault("a merged directory counts its directories", COUNTS, "inode", "1 if merged else self.nlink", "self.nlink"),
    Fault("a directory of several layers counts its directories", COUNTS, "union", "_replace(nlink=1 if below else 2 + folders)", "_replace(nlink=2 + folders)"),
    Fault("a new link is not counted", COUNTS, "vfs", "        inode.nlink += 1\n", ""),
    Fault("a deleted link is still counted", COUNTS, "thin", "            gone.nlink -= 1\n", "            pass\n"),
    Fault("a removed directory is still counted", COUNTS, "thin", "    parent.nlink -= inode.kind == \"directory\"\n", ""),
    # The thin layer as a whole.
    Fault("a commit loses whiteouts", COMMIT, "thin", "                marks -= 1\n                entries[f\"{parent}/{WHITEOUT_PREFIX}{name}\".lstrip(\"/\")] =", "                marks -= 1\n                entries = entries or {} if marks else {}\n                _ ="),
    Fault("a commit loses opaque marks", COMMIT, "thin", "            if inode is not None and inode.opaque:", "            if False:"),
    Fault("size_rw counts a file once for each name", COMMIT, "thin", "sum({id(inode): inode.size for _, inode in self.listed() if inode is not None}.values())", "sum(inode.size for _, inode in self.listed() if inode is not None)"),
    # What is mounted.
    Fault("a link crosses mounts", MOUNTS, "vfs", "        if source.found.mount is not goal.parent.mount:\n            raise refusal(errno.EXDEV, new, OTHER_MOUNT)\n", ""),
    Fault("a rename crosses mounts", MOUNTS, "vfs", "        if start.parent.mount is not goal.parent.mount:\n            raise refusal(errno.EXDEV, new, OTHER_MOUNT)\n", ""),
    Fault("a rename asks of the mount last", MOUNTS, "vfs", "        if start.parent.mount is not goal.parent.mount:\n            raise refusal(errno.EXDEV, new, OTHER_MOUNT)\n        for place, path in ((start, old), (goal, new)):\n            # A path that ends in \"/\", \".\" or \"..\" names no entry that could be moved: fs/namei.c, do_renameat2.\n            if not place.name:\n                raise refusal(errno.EBUSY, path)\n        source = self._to_remove(start, old)\n", "        for place, path in ((start, old), (goal, new)):\n            if not place.name:\n                raise refusal(errno.EBUSY, path)\n        source = self._to_remove(start, old)\n        if start.parent.mount is not goal.parent.mount:\n            raise refusal(errno.EXDEV, new, OTHER_MOUNT)\n"),
    Fault("a mount merges with what is there", MOUNTS, "lookup", "            found = Found(name, mounted.root, None, mounted)", "            found = Found(name, mounted.root, found.lower, mounted)"),
    Fault("a mount does not go with a renamed parent", MOUNTS, "lookup", "        return self.upper if self.lower is None else self.lower", "        return self.lower"),
    Fault("no device 0:0 in a mount either", MOUNTS, "vfs", "        if kind == \"char\" and rdev == 0 and place.parent.overlay:", "        if kind == \"char\" and rdev == 0:"),
    Fault("overlayfs's own attributes in a mount too", MOUNTS, "vfs", "        if key.startswith(OWN) and place.found.overlay:\n            _refuse_own", "        if key.startswith(OWN):\n            _refuse_own"),
    Fault("a missing mount point is made for all to write", MOUNTS, "container", "self._thin.new(\"directory\", 0o755, place)", "self._thin.new(\"directory\", 0o777, place)"),
    Fault("a mount point is removed", BUSY, "vfs", "        if found.busy:\n            raise refusal(errno.EBUSY, path, MOUNTED_ON)\n", ""),
    Fault("a mount point is full before it is busy", BUSY, "vfs", "        if found.busy:\n            raise refusal(errno.EBUSY, path, MOUNTED_ON)\n        if not found.empty:\n            raise refusal(errno.ENOTEMPTY, path)\n", "        if not found.empty:\n            raise refusal(errno.ENOTEMPTY, path)\n        if found.busy:\n            raise refusal(errno.EBUSY, path, MOUNTED_ON)\n"),
    Fault("a mount point is renamed", BUSY, "vfs", "        if moved.busy or (over is not None and over.busy):", "        if over is not None and over.busy:"),
    Fault("a mount point is replaced", BUSY, "vfs", "        if moved.busy or (over is not None and over.busy):", "        if moved.busy:"),
    Fault("a tree goes with what is mounted in it", BUSY, "vfs", "        if found.busy:\n            return True\n", "        if found.busy:\n            return False\n"),
    Fault("a directory is busy in one of its mounts alone", BUSY, "lookup", "        return self.mount is not None and bool(self.mount.points) and self.side in self.mount.points", "        return self.mounted is not None"),
    Fault("writing in a mount copies its parents up", UNTOUCHED, "thin", "        trail = [found for found in trail if found.mount is trail[-1].mount]\n", ""),
    Fault("docker diff tells what is in a mount", UNTOUCHED, "container", "        return changes(self._without_mounts)", "        return changes(self._root)"),
    Fault("a read-only mount is written to", RDONLY, "vfs", "        if found.mount is not None and found.mount.read_only:", "        if False:"),
    Fault("a file of a read-only mount is opened to be written", RDONLY, "vfs", "            self._to_write(place.found, path)\n            return Handle", "            return Handle"),
    Fault("a missing name is missing before a mount is read-only", RDONLY, "vfs", "        self._to_write(place.parent, path)\n        return self._present(place, path)", "        existing = self._present(place, path)\n        self._to_write(place.parent, path)\n        return existing"),
    Fault("a mount is read-only before a name exists", RDONLY, "vfs", "        place = walk(self._root, path, create=True)\n        if isinstance(place, Existing):\n            raise refusal(errno.EEXIST, path)\n", "        place = walk(self._root, path, create=True)\n        self._to_write(place.parent, path)\n        if isinstance(place, Existing):\n            raise refusal(errno.EEXIST, path)\n"),
)  # fmt: skip
