"""A bench's page without a browser: what it says, what it offers, and how one presses and fills in."""

import xml.etree.ElementTree as ET
from typing import Any


def page(bench: Any) -> ET.Element:
    """The page of a bench as it is shown now."""
    return ET.fromstring(bench.widget.markup)


def texts(bench: Any) -> str:
    """All words of a page, a line for each text."""
    return "\n".join(text.replace("\N{NO-BREAK SPACE}", "") for text in page(bench).itertext())


def controls(bench: Any) -> list[str]:
    """The names of what stands above the picture, in order."""
    (row,) = page(bench).findall("div[@data-key='acts']")
    named = (each.get("aria-label") or each.text for each in row.iter() if each.tag in ("button", "select", "input"))
    return [name or "" for name in named]


def words(bench: Any, key: str) -> str:
    """The words on a button."""
    return next(each.text or "" for each in page(bench).iter("button") if each.get("data-press") == key)


def options(bench: Any, name: str) -> list[str]:
    """What a list offers."""
    return [each.get("value", "") for each in page(bench).find(f".//select[@name='{name}']") or ()]


def filled(bench: Any) -> dict[str, str]:
    """What is filled in: as a browser would send it."""
    found = {each.get("name", ""): each.get("value", "") for each in page(bench).iter("input")}
    for each in page(bench).iter("select"):
        values = [option.get("value", "") for option in each]
        chosen = [option.get("value", "") for option in each if option.get("selected")]
        found[each.get("name", "")] = next(iter([*chosen, *values]), "")
    return found


def press(bench: Any, key: str) -> None:
    """Press a button or a mark that is there."""
    there = {each.get("data-press") for each in page(bench).iter()}
    assert key in there, sorted(filter(None, there))
    bench.widget.hear({"press": key, "form": filled(bench)})


def fill(bench: Any, name: str, value: object) -> None:
    """Fill an input or a list in; a list takes only what it offers."""
    offered = options(bench, name)
    assert not offered or str(value) in offered, offered
    bench.widget.hear({"press": name, "form": filled(bench) | {name: str(value)}})
