"""Script: a difference written as a test that needs the public names alone."""

from layerlab.proof.differential import Difference
from layerlab.proof.program import PlannedMount, Program, ProofStep, Returned, call
from layerlab.proof.snapshot import HASHED, NOW, Mismatch

_HEAD = """import contextlib
import errno
import os

from layerlab import (
    OPAQUE, WHITEOUT, Bind, Device, Directory, Fifo, File, HardLink, Host, Layer, Symlink, Tmpfs, scratch,
)


def test_the_container_does_as_the_kernel_does() -> None:
    image = scratch
"""


_PLACES = {
    "merged": "web.view()",
    "upper": "web.layer.entries",
    "commit": "web.commit().view()",
    "committed": 'host.run("committed").view()',
}


def as_test(difference: Difference) -> str:
    """Return a pytest test that fails where the model differs; comments tell all that was found."""
    lines = [f"    image = image.with_layer(Layer.of({files!r}))" for files in difference.program.layers]
    lines += ["    host = Host()", '    host.add(image, "demo")', *_run(difference.program)]
    lines += _steps(difference.program, difference.answers)
    lines += [f"    # {mismatch}" for mismatch in difference.mismatches]
    if difference.mismatches[0].where == "committed":
        lines.append('    host.add(web.commit(), "committed")')
    first = {(mismatch.where, mismatch.path): mismatch for mismatch in reversed(difference.mismatches)}
    lines += [f"    {line}" for mismatch in reversed(first.values()) if (line := _check(mismatch))]
    return _HEAD + "\n".join(lines) + "\n"


def _run(program: Program) -> list[str]:
    if not program.mounts:
        return ['    web = host.run("demo", name="web")']
    lines = [f'    host.folder("/host-{number}", {files!r})' for number, files in enumerate(program.folders)]
    mounts = ", ".join(f"{each.path!r}: {_mounted(each)}" for each in program.mounts)
    return [*lines, f'    web = host.run("demo", name="web", mounts={{{mounts}}})']


def _mounted(mount: PlannedMount) -> str:
    if mount.folder is None:
        return f"Tmpfs({oct(mount.mode)}, read_only={mount.read_only})"
    return f'Bind("/host-{mount.folder}", read_only={mount.read_only})'


def _steps(program: Program, answers: tuple[Returned, ...]) -> list[str]:
    lines = []
    for number, (step, answer) in enumerate(zip(program.steps, answers, strict=True), start=1):
        last = number == len(program.steps)
        if isinstance(answer, tuple) and answer[0] == "error":
            if not last:
                lines += ["    with contextlib.suppress(OSError, OverflowError, ValueError):", f"        {call(step)}"]
                continue
            lines += ["    refused = None", "    try:", f"        {call(step)}"]
            if answer[1].endswith("Error"):
                lines += [f"    except {answer[1]}:", f"        refused = {answer[1]}"]
                lines += [f"    assert {answer[1]} is refused"]
            else:
                lines += ["    except OSError as error:", "        refused = error.errno"]
                lines += [f"    assert errno.{answer[1]} == refused"]
        elif last and _states(step, answer):
            lines.append(f"    assert {answer!r} == {call(step)}")
        else:
            lines.append(f"    {call(step)}")
    return lines


def _states(step: ProofStep, answer: Returned) -> bool:
    """Tell whether an answer can stand in a test as it is: long bytes are only known by their hash."""
    return step[0] == "listdir" or (isinstance(answer, bytes) and len(answer) != HASHED) or isinstance(answer, int)


def _check(mismatch: Mismatch) -> str:
    """Return the assertion that states the kernel's word, "" where the public names cannot say it."""
    where, path, field, kernel, _ = mismatch
    place = _PLACES.get(where)
    if where in ("size_rw", "diff"):
        return f"assert {kernel!r} == web.{'diff()' if where == 'diff' else where}"
    if place is None or (isinstance(kernel, bytes) and len(kernel) == HASHED) or (where == "upper" and not path):
        return ""
    if field == "same":
        unlike, other = ("!=", mismatch.model) if kernel in ("", path) else ("==", kernel)
        return f"assert {place}[{path!r}].inode {unlike} {place}[{other!r}].inode"
    if "whiteout" in (kernel, mismatch.model):
        folder, _, name = path.rpartition("/")
        return f"assert {f'{folder}/.wh.{name}'.lstrip('/')!r} {'in' if kernel == 'whiteout' else 'not in'} {place}"
    if not field:
        return f"assert {path!r} {'in' if kernel else 'not in'} {place}"
    if field == "mtime" and kernel == NOW:
        return f"assert {mismatch.model!r} != {place}[{path!r}].mtime"
    if field == "opaque":
        return f"assert {kernel} == ({path + '/.wh..wh..opq'!r} in {place})"
    if field == "content":
        return f"assert {kernel!r} == {place}[{path!r}].read()"
    if field == "xattrs":
        return f"assert {dict(kernel)!r} == dict({place}[{path!r}].xattrs)"  # type: ignore[call-overload]
    return f"assert {kernel!r} == {place}[{path!r}].{field}"
