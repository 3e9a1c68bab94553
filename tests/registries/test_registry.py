"""The model of pushes, pulls and answers, compared with what docker, podman, skopeo and docker-registry did."""

from typing import Any

import pytest

from layerlab import Host, Image, Layer, Registry, RegistryError, Transfer, filler, scratch
from layerlab.model.image import sha256
from layerlab.registries.clients import CLIENTS
from tests.registries.shipping import DATA, apps, emptied, host_with, transfers

MODELLED = {name: transfer for client in CLIENTS for name, transfer in transfers(client).items()}
CASES = DATA["cases"]


def told(transfer: Transfer) -> dict[str, Any]:
    counts = {kind.replace("tags", "other"): count for kind, count in transfer.requests.items()}
    return {
        "requests": sum(transfer.requests.values()),
        "up_bytes": transfer.up,
        "down_bytes": transfer.down,
        "blobs_uploaded": counts.get("PUT upload 201", 0),
        "mounted": transfer.mounts,
        "counts": counts,
    }


@pytest.mark.parametrize("case", CASES)
def test_a_transfer_takes_what_was_measured(case: str) -> None:
    assert CASES[case] == told(MODELLED[case])


@pytest.mark.parametrize(
    ("case", "requests", "up", "mounts"),
    [
        ("docker.push_other_repo", 16, 2_682, 3),
        ("podman.push_other_repo", 15, 2_488, 3),
        ("skopeo.push_sharing_base_same_repo", 13, 503_436, 0),
        ("skopeo.push_again_no_cache", 6, 720, 0),
        ("skopeo.registry_to_registry_second_time", 18, 1_609, 3),
    ],
)
def test_a_transfer_takes_the_requests_and_bytes_that_were_measured(
    case: str, requests: int, up: int, mounts: int
) -> None:
    found = MODELLED[case]
    assert (requests, up, mounts) == (sum(found.requests.values()), found.up, found.mounts)


def layers_of(*sizes: int) -> Image:
    image = scratch
    for number, size in enumerate(sizes):
        image = image.with_layer(Layer.of({f"part-{number}": filler(size, seed=number)}))
    return image


def counted(transfer: Transfer) -> dict[str, int]:
    return dict(transfer.requests)


def test_docker_tries_more_mounts_for_a_larger_layer_and_cancels_what_it_began() -> None:
    # Measured with layers of 50,000, 300,000 and 12,000,000 bytes, pushed to five repositories; then the registry was
    # emptied, and the same host pushed again.
    image = layers_of(50_000, 300_000, 12_000_000)
    host, registry = host_with({"app": image}), Registry()
    for name in ("app1", "b", "c", "d", "e"):
        registry.push(host, "app", f"s/{name}:1")
    expected = {
        "GET ping 200": 1, "HEAD blob 404": 4, "POST upload 202": 9, "DELETE upload 204": 5, "PATCH upload 202": 4,
        "PUT upload 201": 4, "HEAD blob 200": 4, "PUT manifest 201": 1,
    }  # fmt: skip
    emptied_registry = Registry()
    assert expected == counted(emptied_registry.push(host, "app", "s/app1:1"))
    again = counted(emptied_registry.push(host, "app", "s/b:1"))
    assert (16, 3) == (sum(again.values()), again["POST upload 201"])


def test_podman_asks_at_each_place_that_it_knows_and_begins_no_upload_in_vain() -> None:
    image = layers_of(50_000, 300_000, 12_000_000)
    host, registry = host_with({"app": image}), Registry()
    for name in ("app1", "other"):
        registry.push(host, "app", f"s/{name}:1", "podman")
    registry.push(host, "app", "s/other:1", "podman")
    host.add(layers_of(50_000, 300_000, 12_000_001), "app2")
    registry.push(host, "app2", "s/app1:three", "podman")
    # Measured: two of the three blobs were seen at two places, and the third at two as well.
    told = counted(Registry().push(host, "app", "s/app1:1", "podman"))
    assert {"HEAD blob 404": 10, "POST upload 202": 4} == {
        kind: told[kind] for kind in ("HEAD blob 404", "POST upload 202")
    }
    assert 24 == sum(told.values())


@pytest.mark.parametrize(
    ("client", "pushed", "again", "pulled"), [("docker", 15, 13, 6), ("podman", 18, 15, 6), ("skopeo", 17, 13, 6)]
)
def test_a_layer_that_an_image_has_twice_travels_as_was_measured(
    client: str, pushed: int, again: int, pulled: int
) -> None:
    # Measured: a layer of 200,000 bytes at the bottom and on top, another between them. Docker sends and fetches it
    # once, podman twice. skopeo sends one layer after the other, so it finds the second there.
    layer = Layer.of({"a": filler(200_000)})
    image = scratch.with_layer(layer).with_layer(Layer.of({"b": filler(5_000)})).with_layer(layer)
    registry, host = Registry(), host_with({"twice": image})
    assert pushed == sum(registry.push(host, "twice", "s/one:1", client).requests.values())
    assert again == sum(registry.push(host, "twice", "s/two:1", client).requests.values())
    assert pulled == sum(registry.pull(Host(), "s/one:1", client).requests.values())


def test_docker_asks_in_any_registry_for_digests_that_it_knows_and_mounts_in_the_same_alone() -> None:
    # Measured: the same server, asked under a second name and port, answered 6 requests.
    host = host_with({"app": layers_of(400_000, 500_000)})
    one, other = Registry("127.0.0.1:6060"), Registry("127.0.0.1:6061")
    one.push(host, "app", "r/app:1")
    other.push(host_with({"app": layers_of(400_000, 500_000)}), "app", "r/app:1")
    assert ("there", "there") == other.push(host, "app", "r/app:1").layers
    assert 0 == Registry("127.0.0.1:6062").push(host, "app", "r/new:1").mounts


def test_podman_knows_digests_of_one_registry_alone() -> None:
    host = host_with({"app": layers_of(400_000, 500_000)})
    one, other = Registry("127.0.0.1:6061"), Registry("127.0.0.1:6062")
    one.push(host, "app", "r/app:1", "podman")
    other.push(host_with({"app": layers_of(400_000, 500_000)}), "app", "r/app:1", "podman")
    assert ("sent", "sent") == other.push(host, "app", "r/app:1", "podman").layers


def pulled_after_forgetting(client: str) -> Transfer:
    """Pull an image onto a host that has its two lower layers from an archive, and never saw the registry."""
    registry = Registry()
    registry.push(host_with({"new": layers_of(400_000, 500_000, 600_000)}), "new", "r/app:new", client)
    return registry.pull(host_with({"old": layers_of(400_000, 500_000)}), "r/app:new", client)


def test_a_host_that_forgot_fetches_layers_that_it_has() -> None:
    # Measured: a host with the lower layers out of an archive fetched all of them again, 7 requests.
    assert ("fetched", "fetched", "fetched") == pulled_after_forgetting("docker").layers
    assert 7 == sum(pulled_after_forgetting("docker").requests.values())


def test_docker_fetches_no_configuration_of_an_image_that_it_has() -> None:
    # Measured: ping, HEAD and GET of the manifest the first time, ping and HEAD the second.
    registry, host = Registry(), host_with({"app": layers_of(400_000)})
    registry.push(host, "app", "r/app:1")
    assert [3, 2] == [sum(registry.pull(host, "r/app:1").requests.values()) for _ in range(2)]
    emptied(host)
    assert 5 == sum(registry.pull(host, "r/app:1").requests.values())


def test_podman_reuses_a_layer_from_an_archive_whose_blob_it_made_itself() -> None:
    # Measured: after `podman push` the host knows which DiffID the blob has, so it pulls 3 requests.
    registry, host = Registry(), host_with({"app": layers_of(400_000, 500_000)})
    registry.push(host, "app", "r/app:1", "podman")
    pull = registry.pull(host, "r/app:1", "podman")
    assert (3, ("here", "here")) == (sum(pull.requests.values()), pull.layers)


@pytest.mark.parametrize(
    ("client", "pulled"), [("docker", ("here", "fetched", "fetched")), ("podman", ("here", "fetched", "here"))]
)
def test_the_same_blob_on_another_parent_is_fetched_again_by_docker_alone(client: str, pulled: tuple[str, ...]) -> None:
    measured = DATA["same_blob_on_another_parent"]
    base, upper = Layer.of({"base": filler(2_000_000)}), Layer.of({"deps": filler(10_000_000, seed=1)})
    registry, builder, host = Registry(), Host(), Host()
    for release in (1, 2):
        app = Layer.of({"app": filler(1_000_000, seed=release + 1)})
        builder.add(scratch.with_layer(base).with_layer(app).with_layer(upper), "app")
        push = registry.push(builder, "app", f"r/app:{release}", client)
        pull = registry.pull(host, f"r/app:{release}", client)
    assert (("there", "sent", "there"), pulled) == (push.layers, pull.layers)
    assert measured["push_new_bytes"] == pytest.approx(push.up, abs=5_000)
    assert measured[f"{client}_pull_v2_bytes"] == pytest.approx(pull.down, abs=10_000)
    # Both stores keep the layer twice, because it has two ChainIDs.
    assert 24_000_000 == host.usage().disk
    if client == "podman":
        assert measured["podman_disk_after_both"] == pytest.approx(host.usage().disk, rel=0.01)


def test_docker_and_podman_share_no_blob_of_a_layer() -> None:
    registry, host = Registry(), host_with({"app": layers_of(400_000)})
    registry.push(host, "app", "r/app:docker", "docker")
    before = registry.stored
    assert ("sent",) == registry.push(host, "app", "r/app:podman", "podman").layers
    assert registry.stored - before > 400_000
    configs = {registry.parts(f"r/app:{client}")[0] for client in ("docker", "podman")}
    assert 1 == len({each.digest for each in configs})


def test_skopeo_sends_a_blob_on_as_it_came() -> None:
    registry, builder, layout = Registry(), host_with({"app": layers_of(400_000)}), Host()
    registry.push(builder, "app", "r/app:1", "docker")
    registry.pull(layout, "r/app:1", "skopeo")
    other = Registry("other.example")
    other.push(layout, "registry.example/r/app:1", "r/app:1", "skopeo")
    assert registry.parts("r/app:1")[1].digest == other.parts("r/app:1")[1].digest


def test_a_tag_moves_and_the_manifest_before_it_stays() -> None:
    registry, host = Registry(), host_with(apps("docker"))
    registry.push(host, "app1", "app:latest")
    first = registry.repositories["app"].tags["latest"]
    server = Host()
    registry.pull(server, "app")
    web = server.run("registry.example/app", name="web")
    registry.push(host, "app2", "app:latest")
    assert first in registry.repositories["app"].manifests
    assert first != registry.repositories["app"].tags["latest"]
    assert apps("docker")["app1"] == web.image
    registry.pull(server, "app")
    assert (apps("docker")["app1"],) == server.untagged
    assert web.image in server.untagged
    assert apps("docker")["app1"] == registry.image(f"app@{first}")


def test_an_unknown_tag_is_refused_and_nothing_comes_to_the_host() -> None:
    registry, host = Registry(), host_with(apps("docker"))
    registry.push(host, "app1", "app:1")
    server = Host()
    with pytest.raises(RegistryError, match=r"manifest for registry\.example/app:2 not found: manifest unknown"):
        registry.pull(server, "app:2")
    with pytest.raises(RegistryError, match="name unknown"):
        registry.list_tags("nothing")
    with pytest.raises(RegistryError, match="lower-case"):
        registry.push(host, "app1", "App:1")
    assert {} == dict(server.images)


HELLO = b"hello\n"
DIGEST, ABSENT = sha256(HELLO), "sha256:" + 64 * "0"
OCI = "application/vnd.oci.image.manifest.v1+json"
MANIFEST = (
    '{"schemaVersion":2,"mediaType":"%s","config":{"mediaType":"application/vnd.oci.image.config.v1+json",'
    '"digest":"%s","size":%d},"layers":[]}'
)


def answers() -> dict[str, Any]:
    """Ask the model what was asked of docker-registry, in the same order, and return its answers by case."""
    registry, told = Registry(), {}

    def ask(case: str, method: str, target: str, body: bytes = b"", **headers: str) -> None:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        told[case] = registry.ask(method, target, body, names)

    def upload(name: str) -> str:
        return registry.ask("POST", f"/v2/{name}/blobs/uploads/").headers["Location"]

    def manifest(digest: str, size: int) -> bytes:
        return (MANIFEST % (OCI, digest, size)).encode()

    ask("api version", "GET", "/v2/")
    ask("PUT whole blob in one, wrong digest", "PUT", f"{upload('e/x')}&digest={ABSENT}", HELLO)
    ask("PUT whole blob, right digest", "PUT", f"{upload('e/x')}&digest={DIGEST}", HELLO)
    ask("single POST with digest", "POST", f"/v2/e/x2/blobs/uploads/?digest={DIGEST}", HELLO)
    ask("HEAD blob there", "HEAD", f"/v2/e/x/blobs/{DIGEST}")
    ask("HEAD blob not there", "HEAD", f"/v2/e/x/blobs/{ABSENT}")
    ask("GET blob not there", "GET", f"/v2/e/x/blobs/{ABSENT}")
    ask("HEAD the same blob in another repository", "HEAD", f"/v2/e/zz/blobs/{DIGEST}")
    ask("mount from e/x to e/y", "POST", f"/v2/e/y/blobs/uploads/?mount={DIGEST}&from=e/x")
    ask("mount, source unknown", "POST", f"/v2/e/y/blobs/uploads/?mount={ABSENT}&from=e/x")
    ask("mount without from", "POST", f"/v2/e/w/blobs/uploads/?mount={DIGEST}")
    ask("GET range", "GET", f"/v2/e/x/blobs/{DIGEST}", Range="bytes=1-2")
    ask("GET manifest unknown tag", "GET", "/v2/e/x/manifests/no")
    ask("GET manifest unknown repository", "GET", "/v2/no/such/manifests/no")
    ask("tags of unknown repository", "GET", "/v2/no/such/tags/list")
    ask("bad name", "GET", "/v2/UPPER/tags/list")
    put = "/v2/e/x/manifests/"
    ask("PUT manifest naming a blob that is not there", "PUT", put + "t", manifest(ABSENT, 3), Content_Type=OCI)
    ask("PUT manifest not JSON", "PUT", put + "t", b"nope", Content_Type=OCI)
    ask("PUT manifest by wrong digest", "PUT", put + ABSENT, manifest(DIGEST, 6), Content_Type=OCI)
    ask("PUT manifest ok", "PUT", put + "t", manifest(DIGEST, 6), Content_Type=OCI)
    ask("PUT manifest with wrong size for config", "PUT", put + "t2", manifest(DIGEST, 7), Content_Type=OCI)
    ask("GET OCI manifest without Accept", "GET", put + "t")
    ask("DELETE manifest (delete disabled)", "DELETE", put + ABSENT)
    ask("DELETE blob (delete disabled)", "DELETE", f"/v2/e/x/blobs/{DIGEST}")
    ask("tags", "GET", "/v2/e/x/tags/list")
    ask("catalog", "GET", "/v2/_catalog?n=1")
    ask("referrers (OCI 1.1)", "GET", f"/v2/e/x/referrers/{DIGEST}")
    ask("chunk 1", "PATCH", upload("e/c"), b"hel", Content_Range="0-2")
    at = told["chunk 1"].headers["Location"]
    ask("chunk 2 at the wrong offset", "PATCH", at, b"lo", Content_Range="7-8")
    ask("upload status", "GET", at)
    ask("cancel", "DELETE", at)
    return told


@pytest.mark.parametrize("row", DATA["answers"], ids=lambda row: row["case"])
def test_a_request_is_answered_as_docker_registry_answers(row: dict[str, Any]) -> None:
    answer = answers()[row["case"]]
    assert (row["status"], row.get("code")) == (answer.status, answer.code)
    assert set(row.get("headers", ())) <= set(answer.headers)


def test_every_recorded_answer_is_asked_for() -> None:
    assert {row["case"] for row in DATA["answers"]} == set(answers())


def test_the_answers_about_uploads_say_how_far_they_are() -> None:
    told = answers()
    assert ["0-2", "0-4"] == [told[case].headers["Range"] for case in ("chunk 1", "chunk 2 at the wrong offset")]
    assert b"el" == told["GET range"].body


def test_clients_that_share_a_memory_and_blobs_of_others_take_the_requests_that_were_measured() -> None:
    # Measured, act by act, with layers of 50,000 and 300,000 bytes, one server under three names: podman and skopeo
    # share what they remember, and docker pulls and mounts blobs that podman made.
    registry, host, server = Registry("one"), host_with({"mix": layers_of(50_000, 300_000)}), Host()
    told = [
        registry.push(host, "mix", "k/a:1", "podman"),
        registry.push(host, "mix", "k/b:1", "skopeo"),
        registry.push(host, "mix", "k/c:1", "podman"),
    ]
    registry.name = "two"
    told += [
        registry.push(host, "mix", "k/d:1", "skopeo"),
        registry.push(host, "mix", "k/e:1", "podman"),
        registry.copy(host, "k/d:1", "k/f:1"),
    ]
    emptied(host)
    told += [registry.pull(host, "k/d:1", "podman") for _ in range(2)]
    registry.name = "three"
    told += [registry.pull(server, "k/a:1"), registry.push(server, "three/k/a:1", "k/g:1")]
    server.forget()
    told += [registry.push(server, "three/k/a:1", "k/h:1"), registry.pull(server, "k/a:1")]
    assert [14, 12, 12, 16, 12, 15, 5, 3, 6, 13, 15, 2] == [sum(each.requests.values()) for each in told]
    assert [0, 2, 2, 0, 2, 2, 0, 0, 0, 2, 0, 0] == [each.mounts for each in told]


def test_a_client_that_is_not_known_is_an_error_of_the_package() -> None:
    host = Host()
    host.add(scratch, "shop")
    with pytest.raises(RegistryError, match=r"^a client is one of docker, podman, skopeo, not 'buildah'$"):
        Registry().push(host, "shop", "shop:1", client="buildah")
