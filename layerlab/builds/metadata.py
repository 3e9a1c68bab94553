"""Metadata: what a line of a Dockerfile changes in an image's configuration (OCI image-spec 1.1, config.md)."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from layerlab.builds.built_lines import Scope, ports_of, words_as_list
from layerlab.builds.dockerfile import DockerfileError, Instruction, expanded, pairs
from layerlab.model.image import Image

_TIMES = {"h": 3_600, "m": 60, "s": 1, "ms": 0.001}


def configured(each: Instruction, image: Image, scope: Scope) -> Mapping[str, Any]:
    """Return an image's configuration after a line; most lines change one field, some none.

    >>> configured(Instruction("ENV", "A=1", 2), Image(), Scope())["Env"]
    ['A=1']
    """
    change = _CHANGES.get(each.keyword)
    return {**image.config, **change(each, image, scope)} if change is not None else image.config


def _env(each: Instruction, image: Image, scope: Scope) -> dict[str, Any]:
    return {"Env": [f"{name}={value}" for name, value in {**scope.env(image), **_pairs(each, image, scope)}.items()]}


def _label(each: Instruction, image: Image, scope: Scope) -> dict[str, Any]:
    return {"Labels": {**(image.config.get("Labels") or {}), **_pairs(each, image, scope)}}


def _pairs(each: Instruction, image: Image, scope: Scope) -> dict[str, str]:
    values, escape = scope.values(image), scope.escape
    return {expanded(name, values, escape): expanded(value, values, escape) for name, value in pairs(each, escape)}


def _cmd(each: Instruction, image: Image, scope: Scope) -> dict[str, Any]:
    scope.has_cmd = True
    return {"Cmd": scope.argv(each, image)}


def _entrypoint(each: Instruction, image: Image, scope: Scope) -> dict[str, Any]:
    # CMD has the arguments of the entry point. Those of the base image were meant for another entry point, so they go.
    return {"Entrypoint": scope.argv(each, image)} | ({} if scope.has_cmd else {"Cmd": None})


def _expose(each: Instruction, image: Image, scope: Scope) -> dict[str, Any]:
    ports: dict[str, Any] = {port: {} for port in ports_of(each, scope.values(image), scope.escape)}
    return {"ExposedPorts": {**(image.config.get("ExposedPorts") or {}), **ports}}


def _volume(each: Instruction, image: Image, scope: Scope) -> dict[str, Any]:
    places: dict[str, Any] = {place: {} for place in words_as_list(each, scope.values(image), scope.escape)}
    return {"Volumes": {**(image.config.get("Volumes") or {}), **places}}


def _workdir(each: Instruction, image: Image, scope: Scope) -> dict[str, Any]:
    return {"WorkingDir": scope.workdir(image, _text(each, image, scope))}


def _shell(each: Instruction, _image: Image, _scope: Scope) -> dict[str, Any]:
    if each.words is None:
        raise DockerfileError(each.line, "SHELL requires the arguments to be in JSON form")
    return {"Shell": list(each.words)}


def _onbuild(each: Instruction, image: Image, _scope: Scope) -> dict[str, Any]:
    return {"OnBuild": [*(image.config.get("OnBuild") or []), each.text]}


def _user(each: Instruction, image: Image, scope: Scope) -> dict[str, Any]:
    return {"User": _text(each, image, scope)}


def _stop_signal(each: Instruction, image: Image, scope: Scope) -> dict[str, Any]:
    said = _text(each, image, scope)
    if not (said.isdigit() or said.upper().removeprefix("SIG").partition("+")[0].partition("-")[0] in _SIGNALS):
        raise DockerfileError(each.line, f"STOPSIGNAL: invalid signal: {said}")
    return {"StopSignal": said}


def _text(each: Instruction, image: Image, scope: Scope) -> str:
    return expanded(each.text, scope.values(image), scope.escape)


def _healthcheck(each: Instruction, _image: Image, _scope: Scope) -> dict[str, Any]:
    return {"Healthcheck": _health(each)}


def _health(each: Instruction) -> dict[str, Any]:
    sort, _, rest = each.text.partition(" ")
    if sort.upper() == "NONE":
        return {"Test": ["NONE"]}
    if sort.upper() != "CMD" or not rest.strip():
        raise DockerfileError(each.line, f"Unknown type {sort!r} in HEALTHCHECK (try CMD)")
    test = Instruction("CMD", rest.strip(), each.line)
    health: dict[str, Any] = {"Test": ["CMD-SHELL", test.text]}
    if rest.strip().startswith("["):
        health["Test"] = ["CMD", *re.findall(r'"([^"]*)"', rest)]
    for flag, name in (("interval", "Interval"), ("timeout", "Timeout"), ("start-period", "StartPeriod")):
        if flag in each.flags:
            health[name] = _nanoseconds(each, each.flags[flag])
    if "retries" in each.flags:
        health["Retries"] = int(each.flags["retries"])
    return health


def _nanoseconds(each: Instruction, text: str) -> int:
    found = re.findall(r"([0-9.]+)(ms|h|m|s)", text)
    if not found or "".join(number + unit for number, unit in found) != text:
        raise DockerfileError(each.line, f"time: invalid duration {text!r}")
    return round(sum(float(number) * _TIMES[unit] for number, unit in found) * 1_000_000_000)


# Names that Docker and Podman take, without SIG in front (moby/sys/signal, for Linux).
_SIGNALS = frozenset({
    "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
    "POLL", "PROF", "PWR", "QUIT", "RTMAX", "RTMIN", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP",
    "TTIN", "TTOU", "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
})  # fmt: skip

_Change = Callable[[Instruction, Image, Scope], dict[str, Any]]
_CHANGES: Mapping[str, _Change] = {
    "CMD": _cmd,
    "ENTRYPOINT": _entrypoint,
    "ENV": _env,
    "EXPOSE": _expose,
    "HEALTHCHECK": _healthcheck,
    "LABEL": _label,
    "ONBUILD": _onbuild,
    "SHELL": _shell,
    "STOPSIGNAL": _stop_signal,
    "USER": _user,
    "VOLUME": _volume,
    "WORKDIR": _workdir,
}
