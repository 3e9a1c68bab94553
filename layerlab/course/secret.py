"""Secret: where an image still contains some bytes, also where no container shows them."""

from layerlab.model.image import Image


def in_layers(image: Image, secret: bytes) -> frozenset[str]:
    """Return the layers with a file that contains the bytes, also if a higher layer hides the file.

    >>> image = scratch.with_layer(Layer.of({"root/key": b"open sesame"}))
    >>> in_layers(image.with_layer(Layer.of({"root/key": WHITEOUT})), b"sesame")
    frozenset({'layer 0'})
    """
    return frozenset(
        f"layer {number}"
        for number, layer in enumerate(image.layers)
        if any(entry.kind == "file" and secret in entry.read() for entry in layer.entries.values())
    )


def in_metadata(image: Image, secret: bytes) -> frozenset[str]:
    """Return which of `Env` and the history hold the bytes.

    >>> image = scratch.with_config(env={"KEY": "sesame"}, created_by="ENV KEY=sesame")
    >>> sorted(in_metadata(image, b"sesame"))
    ['Env', 'history']
    >>> in_metadata(image.with_config(env={"KEY": ""}, created_by="ENV KEY="), b"sesame")
    frozenset({'history'})
    """
    lines = {"Env": image.config.get("Env") or [], "history": [step.created_by for step in image.history]}
    return frozenset(place for place, said in lines.items() if any(secret.decode() in line for line in said))


def in_view(image: Image, secret: bytes) -> bool:
    """Tell whether a container of the image shows a file that holds the bytes.

    >>> in_view(scratch.with_layer(Layer.of({"root/key": b"open sesame"})), b"sesame")
    True
    """
    return any(entry.kind == "file" and secret in entry.read() for entry in image.view().values())
