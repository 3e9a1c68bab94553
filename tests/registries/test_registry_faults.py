"""Faults planted in the model of pushes and pulls: the recorded measurements tell each of them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from layerlab.model.known_blobs import KnownBlobs
from layerlab.model.media_types import OCI_LAYER_GZIP
from layerlab.registries import clients
from layerlab.registries.clients import CLIENTS
from layerlab.registries.distribution import Distribution, Repository, Response
from layerlab.registries.push import Pusher
from layerlab.registries.registry import Registry
from tests.registries.shipping import transfers
from tests.registries.test_registry import CASES, told

Plant = Callable[[pytest.MonkeyPatch], None]


def different(client: str) -> list[str]:
    """Return the recorded transfers of a client that the model now does in another way."""
    done = transfers(client)
    return [case for case in CASES if case.startswith(client) and CASES[case] != told(done[case])]


def changed(client: str, **fields: Any) -> Plant:
    return lambda patch: patch.setitem(CLIENTS, client, replace(CLIENTS[client], **fields))


def elsewhere_counts(patch: pytest.MonkeyPatch) -> None:
    def anywhere(registry: Distribution, name: str) -> Repository:
        everything = Repository()
        for each in registry.repositories.values():
            everything.blobs |= each.blobs
            everything.manifests |= each.manifests
        everything.tags |= registry.repositories.get(name, Repository()).tags
        return everything

    patch.setattr(Distribution, "_repository", anywhere)


def oldest_first(patch: pytest.MonkeyPatch) -> None:
    found = Pusher._candidates
    patch.setattr(Pusher, "_candidates", lambda self, stored, diff_id: found(self, stored, diff_id)[::-1])


def nothing_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KnownBlobs, "forget", lambda self: None)


def nothing_is_remembered(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(KnownBlobs, "see", lambda self, place, diff_id=None: None)


def mounts_are_refused(patch: pytest.MonkeyPatch) -> None:
    start = Registry._start_upload
    patch.setattr(Registry, "_start_upload", lambda self, name, query: start(self, name, {}))


def manifests_are_not_kept(patch: pytest.MonkeyPatch) -> None:
    keep = KnownBlobs.keep
    patch.setattr(KnownBlobs, "keep", lambda self, diff_ids, images: keep(self, diff_ids, ()))


def layers_have_another_type(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(clients, "DOCKER_LAYER_GZIP", OCI_LAYER_GZIP)


def tags_do_not_move(patch: pytest.MonkeyPatch) -> None:
    put = Distribution._put_manifest

    def kept(self: Distribution, name: str, reference: str, data: bytes, headers: Any) -> Response:
        before = dict(self.repositories[name].tags)
        answer = put(self, name, reference, data, headers)
        self.repositories[name].tags.update(before)
        return answer

    patch.setattr(Distribution, "_put_manifest", kept)


FAULTS: list[tuple[str, Plant]] = [
    ("docker", changed("docker", verifies=False)),
    ("docker", changed("docker", head_first=False)),
    ("docker", changed("docker", indent=None)),
    ("docker", elsewhere_counts),
    ("docker", nothing_is_forgotten),
    ("docker", nothing_is_remembered),
    ("docker", mounts_are_refused),
    ("docker", manifests_are_not_kept),
    ("docker", layers_have_another_type),
    ("podman", changed("podman", verifies=True)),
    ("podman", changed("podman", compresses=False)),
    ("podman", oldest_first),
    ("podman", tags_do_not_move),
    ("skopeo", changed("skopeo", compresses=True)),
    ("skopeo", changed("skopeo", oci=False)),
    ("skopeo", elsewhere_counts),
]


@pytest.mark.parametrize(("client", "plant"), FAULTS)
def test_a_planted_fault_is_told_by_the_measurements(
    client: str, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [] == different(client)
    plant(monkeypatch)
    assert different(client)
