"""Misnamed: what to write for a verb that an object does not have, where Docker or a shell has it elsewhere."""

from collections.abc import Mapping

# Names of verbs as people know them from Docker and from a shell, and what does the same here. `{name}` is the name of
# the container, "web" where it has none yet.
OF_CONTAINER = {
    **dict.fromkeys(("remove", "rm", "destroy"), 'host.remove("{name}"), or {name}.delete(path) for a file'),
    "stop": 'host.stop("{name}")',
    "start": 'host.start("{name}")',
    "run": 'host.run("shop")',
    **dict.fromkeys(("remove_file", "del_", "erase"), "{name}.delete(path)"),
    **dict.fromkeys(("ls", "list", "files"), "{name}.listdir(path)"),
    **dict.fromkeys(("cat", "read_file"), "{name}.read(path)"),
    **dict.fromkeys(("mv", "move"), "{name}.rename(old, new)"),
    "ln": "{name}.link(old, new)",
    **dict.fromkeys(("create", "make", "write_file"), "{name}.write(path, data)"),
    **dict.fromkeys(("size", "thin_size"), "{name}.size_rw, or {name}.virtual_size with the image"),
    "thin_layer": "{name}.layer",
    "changes": "{name}.diff()",
    "logs": "{name}.log",
}
OF_HOST = {
    **dict.fromkeys(("rm", "delete", "remove_container"), 'host.remove("web")'),
    **dict.fromkeys(("rmi", "delete_image"), 'host.remove_image("shop")'),
    "ps": "host.containers",
    "df": "host.usage()",
    **dict.fromkeys(("build", "add_image", "load", "pull"), 'host.add(image, "shop")'),
    "create": 'host.run("shop", name="web")',
    **{
        verb: f'host.containers["web"].{verb}'
        for verb in ("append", "write", "read", "listdir", "chmod", "rename", "unlink", "rmtree", "commit", "diff")
    },
}
OF_IMAGE = {
    "run": 'host.run("shop")',
    "remove": 'host.remove_image("shop")',
    "tag": 'host.tag("shop", "shop:2")',
    **dict.fromkeys(("append", "write", "delete", "unlink", "rmtree", "chmod", "rename"),
                    "image.with_layer(layer), because an image cannot change"),
    **dict.fromkeys(("add_layer", "add"), "image.with_layer(layer)"),
    **dict.fromkeys(("read", "files", "listdir"), "image.view()"),
}  # fmt: skip


def misnamed(found: object, verb: str, known: Mapping[str, str], name: str = "web") -> AttributeError:
    """Return the error for a name that an object does not have; it says what to write where the table knows that.

    >>> print(misnamed(scratch, "add_layer", OF_IMAGE))
    an Image has no 'add_layer': write image.with_layer(layer)
    >>> print(misnamed(scratch, "leyers", OF_IMAGE))
    'Image' object has no attribute 'leyers'
    """
    kind = type(found).__name__
    if verb not in known:
        # Python adds the nearest name that the object has.
        return AttributeError(f"{kind!r} object has no attribute {verb!r}", name=verb, obj=found)
    article = "an" if kind[0] in "AEIO" else "a"
    # Without the object, Python adds no guess from spelling, which would contradict what the table says.
    return AttributeError(f"{article} {kind} has no {verb!r}: write {known[verb].format(name=name)}", name=verb)
