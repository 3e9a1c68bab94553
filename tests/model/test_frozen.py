"""Values that are hashed stay what their hash is of: nothing that a public name hands out can be written."""

import copy
import json
import pickle
from collections.abc import Callable, Iterator
from numbers import Number
from pathlib import Path
from typing import Any

import pytest

import layerlab as ll

SETTINGS = ll.scratch.with_config(env={"A": "1"}, cmd=["sh", "-c"], labels={"by": "me"}, expose=["80/tcp"])
LAYER = ll.Layer.of({"etc/motd": ll.File(b"hi", xattrs={"user.a": b"1"}), "old": ll.WHITEOUT})
IMAGE = SETTINGS.with_layer(LAYER, "COPY etc /")


def loaded(tmp_path: Path) -> ll.Image:
    ll.save({"it": IMAGE}, tmp_path / "it.tar")
    return ll.load(tmp_path / "it.tar")[0]


def handed_out(value: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """Yield every dictionary, list and set that public attributes, keys and items lead to."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, str | bytes | Number | type) or callable(value):
        return
    seen.add(id(value))
    if isinstance(value, dict | list | set | bytearray):
        yield value
    if isinstance(value, dict) or hasattr(value, "items"):
        inner = list(value.values())
    elif isinstance(value, list | tuple):
        inner = list(value)
    else:
        inner = []
    names = [] if isinstance(value, dict | list | tuple) and not hasattr(value, "_fields") else dir(value)
    # `index` is what look-ups walk: 250,000 files of it are shared between images, and nothing prints it.
    inner += [getattr(value, name) for name in names if not name.startswith("_") and name not in ("index", "known")]
    for each in inner:
        yield from handed_out(each, seen)


def values(tmp_path: Path) -> dict[str, Any]:
    host = ll.shop("shop", "blog")
    web = host.run("shop", name="web")
    web.append("etc/motd", b"!")
    return {
        "image": IMAGE, "loaded": loaded(tmp_path), "shop": host.image("shop"), "layer": LAYER, "thin": web.layer,
        "usage": host.usage(), "report": ll.explain(IMAGE), "diff": ll.diff(IMAGE, SETTINGS),
        "overlaps": ll.overlaps(IMAGE), "entry": IMAGE.view()["etc/motd"], "stat": web.stat("etc/motd"),
        "file": ll.File(b"1", xattrs={"user.a": b"1"}), "opaque": ll.OPAQUE,
    }  # fmt: skip


WRITES: dict[type, list[Callable[[Any], object]]] = {
    dict: [
        lambda found: found.update(a=1),
        lambda found: found.setdefault("new", 1),
        lambda found: found.pop("A", None),
        lambda found: found.clear(),
        lambda found: found.popitem(),
        lambda found: found.__setitem__("a", 1),
        lambda found: found.__delitem__("a"),
        lambda found: found.__ior__({"a": 1}),
    ],
    list: [
        lambda found: found.append(1),
        lambda found: found.extend([1]),
        lambda found: found.insert(0, 1),
        lambda found: found.pop(),
        lambda found: found.remove(1),
        lambda found: found.clear(),
        lambda found: found.sort(),
        lambda found: found.reverse(),
        lambda found: found.__setitem__(0, 1),
        lambda found: found.__delitem__(0),
        lambda found: found.__iadd__([1]),
        lambda found: found.__imul__(2),
    ],
}


def test_what_public_names_hand_out_cannot_be_written_down_to_its_last_list(tmp_path: Path) -> None:
    found = {name: list(handed_out(value)) for name, value in values(tmp_path).items()}
    assert {"image", "loaded", "shop"} <= {name for name, inner in found.items() if inner}
    for inner in found.values():
        for each in inner:
            for write in WRITES[dict if isinstance(each, dict) else list]:
                with pytest.raises(TypeError, match="read-only"):
                    write(each)


def test_the_cached_example_stays_what_it_is() -> None:
    with pytest.raises(TypeError, match="images are read-only: with_layer and with_config return a new image"):
        ll.shop().images["shop"].config["Cmd"].append("X")
    assert ["/usr/sbin/apache2ctl", "-D", "FOREGROUND"] == ll.shop("blog").images["blog"].config["Cmd"]


def test_a_refusal_speaks_of_what_was_to_be_written(tmp_path: Path) -> None:
    image: Any = IMAGE
    view: Any = IMAGE.view()
    with pytest.raises(TypeError, match=r"^images are read-only"):
        image.config["Cmd"] = []
    with pytest.raises(TypeError, match=r"^images are read-only"):
        image.platform["os"] = "plan9"
    with pytest.raises(TypeError, match=r"^layers are read-only"):
        image.layers[0].entries["a"] = 1
    with pytest.raises(TypeError, match=r"^a view is read-only: write to a container instead$"):
        view["a"] = 1
    with pytest.raises(TypeError, match=r"^a view is read-only: write to a container instead$"):
        del view["a"]


def test_what_is_read_only_is_read_compared_printed_and_made_json_as_any_other() -> None:
    config: dict[str, Any] = {
        "Env": ["A=1"], "Labels": {"by": "me"}, "ExposedPorts": {"80/tcp": {}}, "Cmd": ["sh", "-c"],
    }  # fmt: skip
    assert config == IMAGE.config == copy.deepcopy(IMAGE.config) == pickle.loads(pickle.dumps(IMAGE.config))
    assert str(config) == str(IMAGE.config)
    assert json.dumps(config) == json.dumps(IMAGE.config)
    assert {**config, "User": "me"} == {**IMAGE.config, "User": "me"}
    assert ["sh", "-c", "ls"] == IMAGE.config["Cmd"] + ["ls"]
    assert config["Cmd"] == copy.copy(IMAGE.config["Cmd"]) == pickle.loads(pickle.dumps(IMAGE.config["Cmd"]))


def test_a_value_does_not_change_with_what_it_was_made_of() -> None:
    settings: dict[str, Any] = {"config": {"Cmd": ["sh"]}}
    entries = dict(LAYER.entries)
    xattrs = {"user.a": b"1"}
    image, layer, spec = ll.Image(settings=settings), ll.Layer(entries), ll.File(b"", xattrs=xattrs)
    settings["config"]["Cmd"].append("X")
    entries.clear()
    xattrs.clear()
    assert (["sh"], LAYER, {"user.a": b"1"}) == (image.config["Cmd"], layer, spec.xattrs)


def test_content_that_a_layer_holds_keeps_its_bytes() -> None:
    contents: list[Any] = [LAYER.entries["etc/motd"].content, ll.filler(5)]
    for content in contents:
        for name in ("size", "data", "seed"):
            with pytest.raises(AttributeError, match="read-only"):
                setattr(content, name, 1)


def test_content_is_copied_and_pickled_as_the_value_that_it_is() -> None:
    for content in (ll.filler(5, seed=3), LAYER.entries["etc/motd"].content):
        assert content.read() == pickle.loads(pickle.dumps(content)).read() == copy.copy(content).read()
        assert content is copy.deepcopy(content)
