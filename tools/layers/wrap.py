# ruff: noqa: E501 - tables of what may be wrong
"""Wrap: random docker-archives around one layer. What differs from what `docker save` writes is one thing or a few."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import Any

from tests.archive.build import config, digest
from tools.layers.draw import ENDS, header_mutations
from tools.layers.raw import END, OTHER, PACKINGS, WRAPPED, Drawn, Raw, folder

Members = list[Raw]
Wrapping = Callable[[Random, Members], Members]


def wrap(random: Random) -> Drawn:
    """Return a random docker-archive of one image, or of two."""
    number = random.randrange(10**9)
    settings = _settings(random, number)
    name = random.choices(("digest", "odd"), (92, 8))[0]
    sha = hashlib.sha256(settings).hexdigest()
    names = (
        "config.json", sha, f"sha256:{sha}", f"{sha}.JSON", f"a/{sha}.json", f"{sha.upper()}.json", "0" * 64 + ".json", "0" * 64,
        f"blobs/sha256/{sha}", "blobs/sha256/" + "0" * 64, "é.json", "config", f"{sha}.json.json", f"./{sha}.json",
    )  # fmt: skip
    config_name = f"{sha}.json" if name == "digest" else random.choice(names)
    layer_name = random.choice(
        ("0/layer.tar", "0/layer.tar", digest(WRAPPED)[7:] + ".tar", f"blobs/sha256/{digest(WRAPPED)[7:]}", "layer")
    )
    item = {"Config": config_name, "RepoTags": ["shop:1"], "Layers": [layer_name]}
    text = _manifest(random, item)
    members = [
        Raw(layer_name.encode(), body=WRAPPED),
        Raw(config_name.encode(), body=settings),
        Raw(b"manifest.json", body=text),
    ]
    if random.random() < 0.2:
        random.shuffle(members)
    for _ in range(random.choices((0, 1, 2), (55, 40, 5))[0]):
        members = random.choice(WRAPPINGS)(random, members)
    end = random.choice(ENDS) if random.random() < 0.05 else END
    packing = random.choice([*PACKINGS]) if random.random() < 0.05 else "plain"
    return Drawn(tuple(members), end, packing)


def _text(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


ODD: tuple[Any, ...] = (
    None, True, 0, 1, -1, 1.5, 1e300, "", "x", [], {}, [None], [1], ["x"], {"x": 1}, {"x": None}, {"x": {}}, [[]],
    "1", 10**20,
)  # fmt: skip
TIMES = (
    "2014-01-01T00:00:00Z", "2014-01-01T00:00:00.123456789Z", "2014-01-01T00:00:00+02:00", "2014-01-01", "x", "",
    "2014-02-30T00:00:00Z", "2014-01-01t00:00:00z", "2014-01-01T24:00:00Z", "2014-01-01T00:00:60Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999999999Z", "10000-01-01T00:00:00Z", "2014-01-01T00:00:00", "2014-1-1T0:0:0Z", "2014-01-01T00:00:00,5Z",
)  # fmt: skip


def _settings(random: Random, number: int) -> bytes:
    document = json.loads(config(WRAPPED, author=str(number)))
    for _ in range(random.choices((0, 1, 2), (70, 25, 5))[0]):
        key, values = random.choice([*SETTINGS.items()])
        value = random.choice(values)
        at, *inner = key.split("/")
        if not inner:
            document[at] = value
        elif isinstance(document.get(at), dict):
            document[at] = {**document[at], inner[0]: value}
        elif isinstance(document.get(at), list) and document[at]:
            document[at] = [{**document[at][0], inner[0]: value}] if isinstance(document[at][0], dict) else [value]
    if random.random() < 0.05:
        document.pop(random.choice([*document]))
    return _respelled(
        random, _text(document), ("rootfs", "diff_ids", "history", "config", "os", "architecture", "author")
    )


WORDS: tuple[Any, ...] = (["a"], [], None, ["a", 1], "a", ["\ud800"], [""], ["A=1", "A=2"], ["=x"], ["A"], [None], {})
SETTINGS: Mapping[str, tuple[Any, ...]] = {
    "rootfs": ODD, "history": ODD, "config": ODD, "os": (*ODD, "windows", "Linux", "linux "), "architecture": (*ODD, "arm64", "AMD64"),
    "variant": (*ODD, "v8"), "created": (*ODD, *TIMES), "docker_version": (*ODD, "1.8.3"), "container_config": ODD, "container": ODD,
    "id": ODD, "parent": (*ODD, "sha256:" + "0" * 64), "author": ("\ud800", "\0", "é", "<&>", "\u2028"), "comment": ODD, "os.version": ODD,
    "os.features": ODD, "Size": ODD, "unknown": ODD, "moby.buildkit.cache.v0": ODD,
    "rootfs/type": (*ODD, "layers", "layers+base", "WRAPPEDS"), "rootfs/base_layer": ODD,
    "rootfs/diff_ids": (
        *ODD, [digest(OTHER)], [digest(WRAPPED).upper()], [digest(WRAPPED)[7:]], [digest(WRAPPED)] * 2, ["sha256:" + "0" * 64], ["sha256:x"],
        [digest(WRAPPED).replace("sha256:", "sha512:")], [digest(WRAPPED) + " "], [digest(WRAPPED).replace("sha256", "SHA256")],
    ),
    "history/created": (*ODD, *TIMES), "history/created_by": ODD, "history/empty_layer": (*ODD, False), "history/author": ODD,
    "history/comment": ODD, "config/Env": WORDS, "config/Cmd": WORDS, "config/Entrypoint": WORDS, "config/Labels": (*ODD, {"a": "b"}, {"a": "\ud800"}, {"": ""}),
    "config/User": ODD, "config/WorkingDir": (*ODD, "/a", "a/../b"), "config/ExposedPorts": (*ODD, {"80/tcp": {}}, {"80": {}}, {"x": {}}),
    "config/Volumes": ODD, "config/StopSignal": ODD, "config/StopTimeout": ODD, "config/Healthcheck": (*ODD, {"Test": ["x"], "Interval": 5}, {"Test": "x"}, {"Interval": "5s"}),
    "config/Shell": WORDS, "config/OnBuild": WORDS, "config/Hostname": ODD, "config/Tty": ODD, "config/ArgsEscaped": ODD, "config/Image": ODD,
    "config/unknown": ODD, "config/env": WORDS, "config/ENTRYPOINT": WORDS, "config/MacAddress": ODD,
}  # fmt: skip


def _respelled(random: Random, text: bytes, keys: tuple[str, ...]) -> bytes:
    """Change how a document is written: the case of a key, a key twice, what stands around it."""
    if random.random() < 0.85:
        return text
    key = random.choice(keys)
    quoted = f'"{key}":'.encode()
    kelvin = key.replace("s", "\u017f").replace("S", "\u017f").replace("k", "\u212a")
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in key[:1]) + key[1:]
    bogus = random.choice((b"null", b'"x"', b"[]", b"{}", b"1", b'["x"]'))
    forms = [
        text.replace(quoted, f'"{key.upper()}":'.encode()), text.replace(quoted, f'"{key.lower()}":'.encode()),
        text.replace(quoted, f'"{key.title()}":'.encode()), text.replace(quoted, f'"{kelvin}":'.encode()),
        text.replace(quoted, f'"{escaped}":'.encode()), text.replace(quoted, f'"{key} ":'.encode()),
        text.replace(quoted, quoted + bogus + b"," + quoted, 1),
        text.replace(quoted, f'"{key.upper()}":'.encode() + bogus + b"," + quoted, 1),
        text.replace(b"}", b"," + quoted + bogus + b"}", 1), text.replace(b"}", f',"{key.upper()}":'.encode() + bogus + b"}", 1),
        text + b" \n\t", text + b"x", text + text, text + b"\0", b"\xef\xbb\xbf" + text, b" " + text, text[:-1], text.decode(errors="replace").encode("utf-16"),
        text.replace(b":", b" : ", 1), text.replace(b"{", b"{,", 1), text.replace(b"}", b",}", 1), text.replace(b"]", b",]", 1), text.replace(b'"', b"'", 2),
        text.replace(b"{", b"{/**/", 1), b"", b"null", b"[]", b"{}", b"[null]", b"[{}]", b"1", b"[1]", b'"x"', b"[" * 11000 + b"]" * 11000, text.replace(b'"', b'"\xff', 1),
        text.replace(b"shop", b"sh\\u006fp"), text.replace(b"shop", b"sh\xffop"), text.replace(b"/", b"\\/"), text.replace(b"}", b',"a":\x01}', 1),
        text.replace(b"}", b',"a":NaN}', 1), text.replace(b"}", b',"a":01}', 1), text.replace(b"}", b',"a":1.}', 1), text.replace(b"}", b',"a":1e999}', 1),
        text.replace(b"}", b',"a":-}', 1), text.replace(b"}", b',"a":"\t"}', 1), text.replace(b"}", b',"a":"\\x"}', 1), text.replace(b"}", b',"a":"\\ud800"}', 1),
        text.replace(b"}", b',"a":"\x7f"}', 1), text.replace(b"}", b',"":1}', 1),
    ]  # fmt: skip
    return random.choice(forms)


TAGS: tuple[Any, ...] = (
    None, [], ["shop"], ["shop:1", "shop:2"], ["shop:1", "shop:1"], ["SHOP:1"], ["shop:UPPER"], [""], ["shop:"], [":1"], ["localhost/shop:1"], ["localhost:5000/a/b:1"],
    ["docker.io/library/shop:1"], ["docker.io/shop:1"], ["index.docker.io/library/shop:1"], ["shop:1@sha256:" + "0" * 64], ["shop@sha256:" + "0" * 64],
    ["a b:1"], [1], "shop:1", [None], ["0" * 64], ["sha256:" + "0" * 64], ["a" * 64 + ":1"], ["shop:" + "t" * 128], ["shop:" + "t" * 129], ["n" * 255 + ":1"], ["n" * 256 + ":1"],
    ["shop__x:1"], ["shop..x:1"], ["-shop:1"], ["shop:-1"], ["shop/:1"], ["a//b:1"], ["shop:1 "], ["é:1"], ["<none>:<none>"], {}, {"a": "b"}, True, ["ex.com/shop:1"], ["EX.com/shop:1"],
)  # fmt: skip


def _manifest(random: Random, item: dict[str, Any]) -> bytes:
    items: Any = [item]
    layer = item["Layers"][0]
    match random.choices(range(9), (70, 14, 6, 6, 6, 4, 4, 4, 6))[0]:
        case 1:
            item["RepoTags"] = random.choice(TAGS)
        case 2:
            item["Layers"] = random.choice(
                (
                    [f"./{layer}"], [f"/{layer}"], [f"x/../{layer}"], [layer.replace("/", "//")], [layer + "/"], [],
                    None, [layer, layer], ["nowhere"], [None], [1], layer, [""], [f"../{layer}"], [layer.upper()],
                )
            )  # fmt: skip
        case 3:
            item["Config"] = random.choice(
                (
                    "./" + item["Config"], "/" + item["Config"], "x/../" + item["Config"], item["Config"] + "/",
                    "nowhere", "", None, 1, [], item["Config"].upper(), "manifest.json",
                )
            )  # fmt: skip
        case 4:
            item["LayerSources"] = random.choice(
                (
                    *ODD, {digest(WRAPPED): {}},
                    {digest(WRAPPED): {"mediaType": "x", "digest": digest(WRAPPED), "size": len(WRAPPED)}},
                    {digest(WRAPPED): {"digest": digest(WRAPPED), "size": 5}},
                    {digest(WRAPPED): {"digest": digest(OTHER), "size": len(WRAPPED)}}, {"x": {"digest": "x"}},
                )
            )  # fmt: skip
        case 5:
            item["Parent"] = random.choice((*ODD, "sha256:" + "0" * 64))
        case 6:
            item.pop(random.choice([*item]))
        case 7:
            items = [
                item,
                random.choice(
                    (
                        item, {**item, "RepoTags": ["other:1"]}, {**item, "RepoTags": None}, {}, None,
                        {**item, "Config": "nowhere"}, {**item, "Layers": []},
                    )
                ),
            ]  # fmt: skip
        case 8:
            item[random.choice(("unknown", "config", "layers", "repotags", "REPOTAGS", "CONFIG", "Layers2"))] = (
                random.choice((*ODD, ["other:1"], layer, [layer], item["Config"]))
            )
        case _:
            pass
    return _respelled(random, _text(items), ("Config", "RepoTags", "Layers"))


def _one(change: Callable[[Random, Raw], Raw]) -> Wrapping:
    def wrapping(random: Random, members: Members) -> Members:
        place = random.randrange(len(members))
        return [*members[:place], change(random, members[place]), *members[place + 1 :]]

    return wrapping


def _renamed(random: Random, raw: Raw) -> Raw:
    name = raw.name
    forms = (
        b"./" + name, b"/" + name, b".//" + name, name + b"/", name.replace(b"/", b"//"), b"x/../" + name, b"../" + name, name.upper(),
        b"./" + name.replace(b"/", b"/./"), name + b"\0z", b"//" + name, b"././" + name,
    )  # fmt: skip
    return replace(raw, name=random.choice(forms))


def _again(random: Random, members: Members) -> Members:
    """Repeat a member, with the same bytes or others, before or after it."""
    raw = random.choice(members)
    other = random.choice(
        (
            raw, replace(raw, body=OTHER), replace(raw, body=b""), replace(raw, body=raw.body + b" "),
            replace(raw, name=b"./" + raw.name), replace(raw, type=b"2", link=b"nowhere", body=b""), folder(raw.name),
        )
    )  # fmt: skip
    place = random.randrange(len(members) + 1)
    return [*members[:place], other, *members[place:]]


def _linked(random: Random, members: Members) -> Members:
    """Let a member be a link to another of its bytes."""
    place = random.randrange(len(members))
    raw = members[place]
    up = b"../" * raw.name.count(b"/")
    link, kind = random.choice(
        (
            (up + b"real", b"2"), (b"real", b"2"), (b"real", b"1"), (b"./real", b"1"), (b"/real", b"1"),
            (b"/real", b"2"), (b"../real", b"2"), (raw.name, b"2"), (b"nowhere", b"2"), (b"nowhere", b"1"),
            (up + b"a/../real", b"2"),
        )
    )  # fmt: skip
    real = replace(raw, name=b"real")
    linked = replace(raw, type=kind, link=link, body=b"")
    pair = [real, linked] if random.random() < 0.7 else [linked, real]
    return [*members[:place], *pair, *members[place + 1 :]]


def _more(random: Random, members: Members) -> Members:
    """Add a member that no document names."""
    parent = members[0].name.rpartition(b"/")[0]
    more = random.choice(
        (
            folder(b"0/"), folder(parent or b"x"), Raw(b"VERSION", body=b"1.0"), Raw(b"repositories", body=b'{"shop":{"1":"x"}}'), Raw(b"repositories", body=b"x"), Raw(b"../x"), Raw(b"/x"), Raw(b"x", type=b"3"), Raw(b"x", type=b"4", major=b"0000001\0"),
            Raw(b"x", type=b"6"), Raw(b"x", type=b"V"), Raw(b"x", type=b"2", link=b"../../x"), Raw(b"x", type=b"1", link=b"nowhere"), Raw(b"x" * 100, prefix=b"y" * 155), Raw(b".wh.x"), Raw(b".wh.manifest.json"),
            Raw(b".wh..wh..opq"), Raw(b""), Raw(b"."), Raw(b"./", type=b"5"), Raw(b"oci-layout", body=b'{"imageLayoutVersion":"1.0.0"}'), Raw(b"index.json", body=b"{}"), Raw(b"index.json", body=b"x"), Raw(b"\xff"), Raw(b"x/" * 100 + b"y"), Raw(b"n" * 90, prefix=b"m" * 150),
            Raw(b"manifest.json/x"), Raw(b"x", mode=b"0000000\0"), Raw(b"x", uid=b"7777777\0"),
        )
    )  # fmt: skip
    place = random.randrange(len(members) + 1)
    return [*members[:place], more, *members[place:]]


def _packed_layer(random: Random, members: Members) -> Members:
    pack = PACKINGS[random.choice([*PACKINGS])]
    return [replace(raw, body=pack(raw.body)) if raw.body == WRAPPED else raw for raw in members]


def _header(random: Random, members: Members) -> Members:
    return random.choice(header_mutations())(random, members)


def _moded(random: Random, raw: Raw) -> Raw:
    return replace(
        raw,
        **random.choice(
            (
                {"mode": b"0000000\0"}, {"uid": b"7777777\0"}, {"type": b"7"}, {"type": b"\0"}, {"type": b"S"},
                {"mtime": b"77777777777\0"},
            )
        ),
    )  # fmt: skip


WRAPPINGS: tuple[Wrapping, ...] = (
    _one(_renamed), _one(_renamed), _again, _again, _linked, _linked, _more, _more, _packed_layer, _header,
    _one(_moded),
)  # fmt: skip
