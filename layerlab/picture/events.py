"""Events: what one step did, as a sentence, and which things of the picture it changed.

Both come from comparing the moment before the step with the moment after it, so an act need not say what it did. Only
a read and a refused act have to be told, because they leave no trace on the host.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from layerlab.picture.moment import READ_ONLY, ContainerCard, ImageStack, Moment, Outside, StoredLayer, Written
from layerlab.words.plurals import counted, listed
from layerlab.words.sizes import size

# Places that one sentence names.
MOST_SAID = 3


def refused(reason: str) -> str:
    """Say that nothing moved, and why.

    >>> refused("layers are read-only: write to a container instead")
    'Refused: layers are read-only. Write to a container instead.'
    >>> refused("Docker says “No such image: web”: take another one")
    'Refused: Docker says “No such image: web”. Take another one.'
    """
    # Docker's quoted words may contain a colon. The advice follows the first colon after the quote.
    quote, close, rest = reason.strip().rstrip(".").rpartition("”")
    why, _, instead = rest.partition(": ")
    why = quote + close + why
    return f"Refused: {why}. {instead[:1].upper()}{instead[1:]}." if instead else f"Refused: {why}."


def read(source: int | None, container: str) -> str:
    """Say which layer answered, by its number; None is the container's own.

    >>> read(4, "web"), read(None, "web")
    ('Read from layer 4.', "Read from web's thin layer.")
    """
    return f"Read from {container}'s thin layer." if source is None else f"Read from layer {source}."


def read_outside(place: str) -> str:
    """Say that a place outside the image and the thin layer answered.

    >>> read_outside("the volume orders")
    'Read from the volume orders.'
    """
    return f"Read from {place}."


def sentence(before: Moment, after: Moment, committed: str = "") -> str:
    """Say what changed between two moments; `committed` names the container whose thin layer became an image.

    >>> shop = ImageStack("5f70", ("shop",), (StoredLayer("a", "site", 25_000_000),))
    >>> sentence(Moment(), Moment((shop,)))
    'shop is here: 1 layer, 25.0 MB.'
    >>> sentence(Moment((shop,)), Moment((shop,), (ContainerCard("web", "5f70"),)))
    'web costs 0 B until it writes.'
    """
    inside = _change_inside(before, after, committed)
    if beside := outside(before, after):
        return f"{inside} {beside}" if inside else beside
    return inside or "Nothing changed."


def _change_inside(before: Moment, after: Moment, committed: str) -> str:
    """Say what changed of images, containers and thin layers."""
    return (
        _removed(before, after)
        or _image_gone(before, after)
        or _image_new(before, after, committed)
        or _names(before, after)
        or _started(before, after)
        or _state(before, after)
        or _written(before, after)
    )


def noted(before: Moment, after: Moment, committed: str = "") -> Moment:
    """Return the later moment with a note on everything that the step changed.

    `committed` names the container whose thin layer became the one new layer.

    >>> shop = ImageStack("5f70", ("shop",), (StoredLayer("a", "site", 25_000_000),))
    >>> noted(Moment((shop,)), Moment((shop,), (ContainerCard("web", "5f70"),))).containers[0].note
    'new'
    """
    new_layers, old_ids = after.layers.keys() - before.layers.keys(), {image.id for image in before.images}
    whole = {
        image.id: image.id not in old_ids and sum(layer.key in new_layers for layer in image.layers) > 1
        for image in after.images
    }
    news = {image.id: "" if image.id in old_ids else "new id" for image in after.images}
    news |= {key: "new" for key, new in whole.items() if new}
    # An image that brings several new layers is marked as a whole, so its layers have no mark each.
    said = {layer.key for image in after.images if whole[image.id] for layer in image.layers}
    notes = {**dict.fromkeys(_sources(before, after), "source"), **dict.fromkeys(new_layers - said, "new")}
    old = {container.name: container for container in before.containers}
    return replace(
        after,
        images=tuple(_image_noted(image, notes, committed, news[image.id]) for image in after.images),
        containers=tuple(replace(each, note=_container_note(old.get(each.name), each)) for each in after.containers),
    )


def _image_noted(image: ImageStack, notes: dict[str, str], committed: str, note: str) -> ImageStack:
    layers = tuple(replace(layer, note=notes.get(layer.key, "")) for layer in image.layers)
    layers = tuple(replace(layer, source=committed) if layer.note == "new" else layer for layer in layers)
    grown = any(layer.note == "new" for layer in layers)
    return replace(image, layers=layers, note="" if grown else note)


def _container_note(old: ContainerCard | None, now: ContainerCard) -> str:
    if old is None or (old.written, old.size) != (now.written, now.size):
        return "new"
    return "state" if old.state != now.state else ""


def _sources(before: Moment, after: Moment) -> Iterable[str]:
    """Yield the keys of the layers whose files this step copied up."""
    stacks = {image.id: image for image in after.images}
    for old, now in _changed(before, after):
        had = {item.path for item in old.written if item.kind == "copied"}
        for item in now.written:
            if item.kind == "copied" and item.path not in had and item.source is not None and now.image in stacks:
                yield stacks[now.image].layers[item.source].key


def _changed(before: Moment, after: Moment) -> list[tuple[ContainerCard, ContainerCard]]:
    """Return each container whose thin layer changed, as it was and as it is."""
    old = {container.name: container for container in before.containers}
    pairs = [(old[now.name], now) for now in after.containers if now.name in old]
    return [(was, now) for was, now in pairs if (was.written, was.size) != (now.written, now.size)]


def _removed(before: Moment, after: Moment) -> str:
    left = {container.name for container in after.containers}
    gone = [container for container in before.containers if container.name not in left]
    if not gone:
        return ""
    who = gone[0].name if len(gone) == 1 else f"{len(gone):,} containers"
    lost = sum(container.size for container in gone)
    if not any(container.written for container in gone):
        return f"{who} had written nothing, so nothing is lost."
    return f"{size(lost)} of {who} {'is' if len(gone) == 1 else 'are'} gone. This is where data is lost."


def _image_gone(before: Moment, after: Moment) -> str:
    left = {image.id for image in after.images}
    gone = {layer.key: layer for image in before.images if image.id not in left for layer in image.layers}
    if left.issuperset(image.id for image in before.images) or after.bytes.layers > before.bytes.layers:
        return ""
    freed = sum(layer.size for layer in gone.values() if layer.key not in after.layers)
    kept = {key: layer.size for key, layer in gone.items() if key in after.layers}
    if not kept:
        return f"Freed {size(freed)}."
    left_over = [image for image in after.images if any(layer.key in kept for layer in image.layers)]
    users = [image.name for image in left_over if image.names]
    if nameless := len(left_over) - len(users):
        users.append(f"{counted(nameless, 'image')} without a name")
    return f"Freed {size(freed)}. The other {size(sum(kept.values()))} are still used by {listed(users)}."


def _image_new(before: Moment, after: Moment, committed: str) -> str:
    old_ids = {image.id for image in before.images}
    fresh = [image for image in after.images if image.id not in old_ids]
    if not fresh:
        return ""
    if committed:
        return f"The same files are stored twice until {committed} is removed."
    image = fresh[-1]
    new = [place for place, layer in enumerate(image.layers) if layer.key not in before.layers]
    if not new:
        # The same list of layers with other metadata is a new image id, and no byte of a layer is new.
        stacks = [[layer.key for layer in other.layers] for other in before.images]
        same = [layer.key for layer in image.layers] in stacks
        return "The image has a new id and the same layers." if same else "All layers of the image are stored already."
    if len(new) > 1 or not image.layers[:-1]:
        return _image_added(image, new)
    return _layer_added(before, after, image.layers[-1], new[0])


def _image_added(image: ImageStack, new: Collection[int]) -> str:
    count = len(image.layers)
    if len(new) == count:
        return f"{image.name} is here: {counted(count, 'layer')}, {size(image.size)}."
    added = sum(image.layers[place].size for place in new)
    return f"{image.name} adds {size(added)}. The other {size(image.size - added)} of {image.name} are stored already."


def _layer_added(before: Moment, after: Moment, layer: StoredLayer, number: int) -> str:
    """Say what one more layer adds, and what it hides below: the bytes, and in which layers."""
    hidden: dict[int, int] = {}
    for image in after.images:
        for place, lower in enumerate(image.layers):
            # A layer is hidden by this step if more of it is dead than before.
            if (old := before.layers.get(lower.key)) and lower.dead > old.dead:
                hidden[place] = lower.dead - old.dead
    where = f"layer{'' if len(hidden) == 1 else 's'} {listed([str(place) for place in sorted(hidden)])}"
    if hidden and not layer.size:
        return f"The new layer hides {size(sum(hidden.values()))} in {where} and frees 0 B."
    if hidden:
        return f"Layer {number} adds {size(layer.size)}, hides {size(sum(hidden.values()))} in {where} and frees 0 B."
    return f"Layer {number} adds {size(layer.size)}. The layers below are unchanged."


def _names(before: Moment, after: Moment) -> str:
    old = {name for image in before.images for name in image.names}
    now = {name for image in after.images for name in image.names}
    if now - old:
        return f"{listed(sorted(now - old))} is one more name for the same image."
    if old - now:
        return f"The name {listed(sorted(old - now))} is removed. The image still has another name."
    if {image.id: image.names for image in before.images} != {image.id: image.names for image in after.images}:
        return "A name moved to another image. No bytes moved."
    return ""


def _started(before: Moment, after: Moment) -> str:
    old = {container.name for container in before.containers}
    new = [container.name for container in after.containers if container.name not in old]
    if len(new) > 1:
        return f"{len(new):,} containers cost 0 B until they write."
    return f"{new[0]} costs 0 B until it writes." if new else ""


def _state(before: Moment, after: Moment) -> str:
    old = {container.name: container.state for container in before.containers}
    changed = [each for each in after.containers if each.state != old.get(each.name, each.state)]
    if not changed:
        return ""
    if changed[0].state == "stopped":
        return f"{changed[0].name} is stopped. The thin layer is still there."
    return f"{changed[0].name} is started. The thin layer is as it was."


def _written(before: Moment, after: Moment) -> str:
    changed = _changed(before, after)
    if len(changed) > 1:
        cost = sum(now.size - was.size for was, now in changed)
        return f"{len(changed):,} thin layers changed: {size(max(0, cost))} more in all."
    return next((_changes(was, now) for was, now in changed), "")


def _changes(was: ContainerCard, now: ContainerCard) -> str:
    """Say what one container did, by the change that matters most."""
    old = {item.path.rstrip("/"): item for item in was.written}
    fresh = [item for item in now.written if _differs(old.get(item.path.rstrip("/")), item)]
    # Reversed, so that the first change of each kind is the one that is kept.
    by_kind = {item.kind: item for item in reversed(fresh)}
    if item := by_kind.get("hidden"):
        return _hidden(old, item, now.name)
    if item := by_kind.get("copied"):
        return f"{item.name} is copied once. The next write to it costs only the bytes that are written."
    if (item := by_kind.get("new")) and item.source is not None:
        return f"Written anew in {now.name}'s thin layer; layer {item.source}'s file is unchanged."
    if item:
        return f"Only {now.name} has {item.name}."
    more = now.size - was.size
    if more < 0:
        return f"{size(-more)} of {now.name}'s thin layer are freed."
    return f"{now.name}'s thin layer contains the file already, so the change costs {size(more)}."


def _differs(old: Written | None, item: Written) -> bool:
    return old is None or old.kind != item.kind


def _hidden(old: dict[str, Written], item: Written, name: str) -> str:
    under = item.path if item.path.endswith("/") else f"{item.path}/"
    copies = [path for path, was in old.items() if was.kind == "copied" and f"{path}/".startswith(under)]
    if copies:
        what = "copy is" if len(copies) == 1 else "copies are"
        return f"{name}'s {what} freed. The whiteout still hides the file of layer {item.source}."
    return f"A whiteout hides {item.name} from {name} alone. The host frees 0 B."


# Places outside every thin layer.


def poured(before: Moment, after: Moment, filled: Mapping[str, str], by: str = "") -> Moment:
    """Return the later moment with a note on each place that changed, and where its new bytes came from.

    `filled` has the mark of the layer from which a volume was filled. `by` is the container that acted.

    >>> volume = Outside("volume", "orders", 5, ("web",))
    >>> poured(Moment(), Moment(places=(volume,)), {}, "web").places[0].source
    'card:web'
    """
    old = {place.key: place for place in before.places}
    return replace(after, places=tuple(_poured(old.get(each.key), each, filled, by) for each in after.places))


def _poured(was: Outside | None, now: Outside, filled: Mapping[str, str], by: str) -> Outside:
    if was is not None and was.size == now.size:
        return now
    writer = by if by in now.users else next(iter(now.users), "")
    grown = now.size > (was.size if was else 0)
    source = f"card:{writer}" if writer and grown else ""
    return replace(now, note="new", source=filled.get(now.name, source) if now.kind == "volume" else source)


def outside(before: Moment, after: Moment) -> str:
    """Say what changed in places outside every thin layer, whole sentences, none if nothing did.

    >>> web = ContainerCard("web", "5f70")
    >>> orders = Outside("volume", "orders", 0, ("web",), ("/srv",))
    >>> full = replace(orders, size=1_000_000, note="new", source="card:web")
    >>> outside(Moment((), (web,), places=(orders,)), Moment((), (web,), places=(full,)))
    "web wrote 1.00 MB to the volume orders. web's thin layer is unchanged."
    """
    names = [{each.name for each in moment.containers} for moment in (before, after)]
    came, gone = names[1] - names[0], names[0] - names[1]
    old, now = ({place.key: place for place in moment.places} for moment in (before, after))
    said = [_without(each, now.get(key)) for key, each in old.items() if gone & {*each.users}]
    said += _with([each for each in after.places if came & {*each.users} and each.at], came)
    rest = [each for each in after.places if each.note and not came & {*each.users} and not gone & {*each.users}]
    thin = {each.name: each.written for each in before.containers}
    changed = {each.name for each in after.containers if each.written != thin.get(each.name, each.written)}
    said += [_change_outside(old.get(each.key), each, changed) for each in rest if each.users]
    # Many containers that start or go at once would say the same many times.
    return " ".join(dict.fromkeys(filter(None, said[:MOST_SAID])))


def _with(places: Sequence[Outside], came: Collection[str]) -> list[str]:
    """Say what new containers mount."""
    who = next(iter(came)) if len(came) == 1 else "each container"
    filled = [each for each in places if each.source.startswith("layer:")]
    said = [
        f"{_start(each)} was empty, so the image's files at {_where(each)} were copied into it: {size(each.size)}."
        for each in filled
    ]
    rest = [each for each in places if each not in filled]
    fixed = [each for each in rest if each.at[-1].endswith(READ_ONLY)]
    free = [each for each in rest if each not in fixed]
    if len(free) == 1:
        said.append(f"What {who} writes to {_where(free[0])} goes to {free[0].called}.")
    elif free:
        said.append(f"What {who} writes to {listed([*map(_where, free)])} is outside its thin layer.")
    return [*said, *(f"At {_where(each)} {who} sees {each.called}, and cannot write to it." for each in fixed)]


def _where(place: Outside) -> str:
    """Return where the last container that came sees a place."""
    return place.at[-1].removesuffix(READ_ONLY)


def _without(was: Outside, now: Outside | None) -> str:
    """Say what became of a place that a removed container used."""
    if now is not None:
        return f"{_start(now)} is still there: {size(now.size)}."
    if was.kind == "volume":
        return f"{_start(was)} went with it: {size(was.size)}."
    if was.kind == "folder":
        return f"{_start(was)} is still there."
    return f"{was.called} is gone too: {size(was.size)}." if was.size else ""


def _change_outside(was: Outside | None, now: Outside, changed: Collection[str]) -> str:
    """Say what was written, removed or emptied in a place."""
    more = now.size - (was.size if was else 0)
    who = now.source.removeprefix("card:") or now.users[0]
    same = "" if who in changed else f" {who}'s thin layer is unchanged."
    if now.kind == "tmpfs" and not now.size:
        return f"{now.called} is memory, so its {size(-more)} are gone."
    if now.kind == "log":
        return f"{who} printed {size(more)} into its log.{same}"
    if more > 0:
        return f"{who} wrote {size(more)} to {now.called}.{same}"
    return f"{who} removed {size(-more)} from {now.called}.{same}"


def _start(place: Outside) -> str:
    return f"{place.called[:1].upper()}{place.called[1:]}" if place.kind in ("volume", "folder") else place.called
