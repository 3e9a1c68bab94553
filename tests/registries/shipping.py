"""The images and the acts of `tests/data/registry.json`, as the model does them."""

import json
from pathlib import Path
from typing import Any

from layerlab import Host, Image, Layer, Registry, Transfer, filler, scratch

DATA: Any = json.loads((Path(__file__).parents[1] / "data/registry.json").read_text())
TOPS = {"app1": 400_000, "app2": 500_000, "app3": 600_000}
# Packed sizes of the two lower layers, of the upper ones, and sizes of the configurations, by what packed them.
DOCKER = (1_065_400, 3_001_121), {"app1": 400_318, "app2": 500_341, "app3": 600_366}
CONTAINERS = (1_084_584, 3_002_131), {"app1": 400_722, "app2": 501_825, "app3": 600_770}
CONFIGS = {"app1": 1_733, "app2": 1_735, "app3": 1_734}
OCI_CONFIGS = {"app1": 889, "app2": 891, "app3": 890}
SIZES = {"docker": (DOCKER, CONFIGS), "podman": (CONTAINERS, CONFIGS), "skopeo": (CONTAINERS, OCI_CONFIGS)}


def sized(image: Image, size: int) -> Image:
    """Return the image with metadata of so many bytes."""
    empty = image.with_config(labels={"pad": ""})
    return image.with_config(labels={"pad": "x" * (size - len(empty.config_json))})


def apps(client: str) -> dict[str, Image]:
    """Return the three images with the sizes that a client was measured to make of them."""
    (lower, uppers), configs = SIZES[client]
    base = scratch
    for number, size in enumerate(lower):
        layer = Layer.of({f"base-{number}": filler((1_000_000, 3_000_000)[number], seed=number)})
        base = base.with_layer(layer.with_packed_size(size))
    return {
        name: sized(
            base.with_layer(Layer.of({"app": filler(TOPS[name], seed=9)}).with_packed_size(upper)), configs[name]
        )
        for name, upper in uppers.items()
    }


def host_with(images: dict[str, Image]) -> Host:
    """Return a host that has these images and knows no registry."""
    host = Host()
    for name, image in images.items():
        host.add(image, name)
    return host


def emptied(host: Host) -> None:
    """Remove all images of a host, as `docker system prune --all` does; what the client remembers stays."""
    for name in list(host.images):
        host.remove_image(name)
    for image in host.untagged:
        host.remove_image(image.id)


def transfers(client: str) -> dict[str, Transfer]:
    """Do the acts that were measured, in their order, and return what each took."""
    told: dict[str, Transfer] = {}
    registry, host = Registry(), host_with(apps(client))

    def push(case: str, image: str, ref: str) -> None:
        told[f"{client}.{case}"] = registry.push(host, image, ref, client)

    def pull(case: str, ref: str) -> None:
        told[f"{client}.{case}"] = registry.pull(host, ref, client)

    push("push_first", "app1", "r/app1:1")
    push("push_again_same_tag", "app1", "r/app1:1")
    push("push_second_tag", "app1", "r/app1:2")
    push("push_sharing_base_other_repo", "app3", "r/app3:1")
    push("push_sharing_base_same_repo", "app2", "r/app1:three")
    push("push_other_repo", "app1", "r/other:1")
    host.forget()
    first, second = ("push_again_another_host", "push_other_repo_another_host")
    if client == "docker":
        push(first, "app1", "r/app1:1")
        host.forget()
        push(second, "app1", "r/other2:1")
    else:
        push("push_other_repo_no_cache", "app1", "r/other2:1")
        host.forget()
        push("push_again_no_cache", "app1", "r/app1:1")
    if client == "skopeo":
        host.forget()
        told["skopeo.registry_to_registry_same_host"] = registry.copy(host, "r/app1:1", "r/copy:1")
        told["skopeo.registry_to_registry_second_time"] = registry.copy(host, "r/app1:1", "r/copy2:1")
        told["skopeo.inspect"] = registry.inspect("r/app1:1")
        told["skopeo.list_tags"] = registry.list_tags("r/app1")
    emptied(host)
    host.forget()
    pull("pull_nothing_here", "r/app1:1")
    pull("pull_again", "r/app1:1")
    pull("pull_sharing_base", "r/app1:three")
    digest = registry.repositories["r/app1"].tags["1"]
    registry.push(host_with(apps(client)), "app2", "r/app1:1", client)
    emptied(host)
    registry.pull(host, f"r/app1@{digest}", client)
    pull("pull_after_tag_moved", "r/app1:1")
    emptied(host)
    pull("pull_by_digest", f"r/app1@{digest}")
    return told
