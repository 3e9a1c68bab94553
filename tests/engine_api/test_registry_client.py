"""The client of real registries, on a registry that answers as the model does, and badly where a test says so."""

import base64
import json
import platform
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerlab import Image, Layer, LayerlabError, RegistryError, load, push, save, scratch
from layerlab.cli.main import main
from layerlab.engines import registry_client
from layerlab.engines.registry_client import RemoteName, is_loopback
from layerlab.engines.registry_source import PROCESSORS
from layerlab.model.hashing import hashed
from layerlab.model.media_types import OCI_INDEX, OCI_MANIFEST
from layerlab.registries.distribution import Response
from tests.engine_api.fake import PASSWORD, USER, Fake, Handler, serving

BIG = Layer.of({"srv/data": random.Random(1).randbytes(400_000)})
IMAGE = scratch.with_layer(BIG, "COPY data /srv/").with_layer(Layer.of({"etc/motd": b"hi"}), "COPY motd /etc/")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Fake]:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "no-docker"))
    with serving() as found:
        yield found


@pytest.fixture
def name(fake: Fake) -> str:
    """A name under which the image is in the registry."""
    push(IMAGE, ref := f"registry:{fake.host}/team/shop:1")
    return ref


def layer_asked(handler: Handler, response: Response) -> bool:
    """Whether a request is for the large layer."""
    return "/blobs/" in handler.path and len(response.body or b"") > 100_000


def same(images: tuple[Image, ...]) -> bool:
    (image,) = images
    return image == IMAGE and image.view()["srv/data"].read() == IMAGE.view()["srv/data"].read()


def test_what_is_pushed_is_loaded_with_its_id_and_name(fake: Fake, name: str) -> None:
    images = load(name)
    assert same(images)
    assert (f"{fake.host}/team/shop:1",) == images[0].names
    assert fake.registry.repositories["team/shop"].tags["1"] == images[0].digest
    assert same(load(f"registry:{fake.host}/team/shop@{images[0].digest}"))


def test_a_push_sends_only_what_is_missing(fake: Fake, name: str) -> None:
    puts = len([each for each in fake.seen if each[0] == "PUT"])
    assert 4 == puts
    assert 0 == push(IMAGE, name)
    assert 1 == len([each for each in fake.seen[len(fake.seen) - 4 :] if each[0] == "PUT"])
    other = IMAGE.with_layer(Layer.of({"etc/more": b"x"}))
    sent = push(other, f"registry:{fake.host}/team/shop:2")
    assert other.layers[-1].tar_size + len(other.config_json) == sent


def test_a_loaded_layer_is_sent_as_it_was_stored(fake: Fake, name: str, tmp_path: Path) -> None:
    loaded = load(name)[0]
    push(loaded, f"registry:{fake.host}/copy:1")
    assert loaded.digest == fake.registry.repositories["copy"].tags["1"]
    save(loaded, tmp_path / "layout")
    assert loaded.digest == load(tmp_path / "layout")[0].digest


@pytest.mark.parametrize("wants", ["basic", "bearer"])
def test_a_log_in_is_given_where_it_is_asked_for(fake: Fake, name: str, wants: str) -> None:
    fake.wants = wants
    with pytest.raises(RegistryError, match="it asks for a log-in: run docker login") as told:
        load(name)
    assert "\n" not in str(told.value)
    assert same(load(name, login=(USER, PASSWORD)))
    assert 0 < push(IMAGE, f"registry:{fake.host}/other:1", login=(USER, PASSWORD))
    with pytest.raises(RegistryError, match="log-in"):
        load(name, login=(USER, "wrong"))


def test_dockers_own_log_in_is_used(fake: Fake, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    (tmp_path / "config.json").write_text(json.dumps({"auths": {fake.host: {"auth": auth}}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    fake.wants = "bearer"
    assert same(load(name))


def test_nothing_is_given_to_a_registry_that_does_not_ask(fake: Fake, name: str) -> None:
    assert same(load(name, login=(USER, PASSWORD)))
    assert {None} == {authorization for _, _, authorization in fake.seen}


def test_a_tampered_blob_is_refused(fake: Fake, name: str) -> None:
    def fault(handler: Handler, response: Response) -> bool:
        if layer_asked(handler, response):
            handler.answer(response, b"!" + (response.body or b"")[1:])
        return layer_asked(handler, response)

    fake.fault = fault
    with pytest.raises(LayerlabError, match="the bytes have another digest"):
        load(name)


def test_a_tampered_manifest_that_was_asked_for_by_its_digest_is_refused(fake: Fake, name: str) -> None:
    digest = load(name)[0].digest

    def fault(handler: Handler, response: Response) -> bool:
        handler.answer(response, (response.body or b"").replace(b'"schemaVersion":2', b'"schemaVersion":3'))
        return True

    fake.fault = fault
    with pytest.raises(LayerlabError, match="the bytes have another digest"):
        load(f"registry:{fake.host}/team/shop@{digest}")


@pytest.mark.parametrize(("more", "says"), [(-5, "wrong length"), (7, "wrong length")])
def test_a_wrong_length_is_refused(fake: Fake, name: str, more: int, says: str) -> None:
    def fault(handler: Handler, response: Response) -> bool:
        if layer_asked(handler, response):
            data = (response.body or b"") + b"x" * 10
            size = len(response.body or b"") + more
            handler.answer(Response(200, headers={"Content-Length": str(size)}), data[:size])
        return layer_asked(handler, response)

    fake.fault = fault
    with pytest.raises(LayerlabError, match=says):
        load(name)


def test_a_broken_download_goes_on_where_it_broke(fake: Fake, name: str) -> None:
    broken: list[str | None] = []

    def fault(handler: Handler, response: Response) -> bool:
        if not layer_asked(handler, response):
            return False
        broken.append(handler.headers.get("Range"))
        if len(broken) > 2:
            return False
        data = response.body or b""
        handler.send_response(response.status)
        for header, value in response.headers.items():
            handler.send_header(header, value)
        handler.end_headers()
        handler.wfile.write(data[:100_000])
        handler.close_connection = True
        return True

    fake.fault = fault
    assert same(load(name))
    # In whole pieces of 64 KiB: one that has begun is lost.
    assert [None, "bytes=65536-", "bytes=131072-"] == broken


def test_a_redirect_to_another_host_gets_no_credentials(fake: Fake, name: str) -> None:
    fake.wants = "basic"
    with serving() as storage:
        storage.registry = fake.registry

        def fault(handler: Handler, response: Response) -> bool:
            if "/blobs/" in handler.path:
                handler.answer(Response(307, headers={"Location": f"http://{storage.host}{handler.path}"}), b"")
            return "/blobs/" in handler.path

        fake.fault = fault
        assert same(load(name, login=(USER, PASSWORD)))
        assert 3 == len(storage.seen)
        assert {None} == {authorization for _, _, authorization in storage.seen}


def test_redirects_in_a_circle_are_refused(fake: Fake, name: str) -> None:
    def fault(handler: Handler, response: Response) -> bool:
        handler.answer(Response(302, headers={"Location": handler.path}), b"")
        return True

    fake.fault = fault
    with pytest.raises(LayerlabError, match="its redirects lead in a circle"):
        load(name)


def test_a_registry_that_stalls_is_given_up(fake: Fake, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    monkeypatch.setattr(registry_client, "STALLED", 0.3)
    let_go = threading.Event()

    def fault(handler: Handler, response: Response) -> bool:
        if layer_asked(handler, response):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(response.body or b"")))
            handler.end_headers()
            handler.wfile.write((response.body or b"")[:1000])
            handler.wfile.flush()
            let_go.wait(20)
        return layer_asked(handler, response)

    fake.fault = fault
    try:
        with pytest.raises(LayerlabError, match=r"has been silent for 0\.3 seconds"):
            load(name)
    finally:
        let_go.set()


def test_what_is_not_there_is_told_in_the_registrys_words(fake: Fake, name: str) -> None:
    with pytest.raises(RegistryError, match="manifest 2: MANIFEST_UNKNOWN: manifest unknown"):
        load(f"registry:{fake.host}/team/shop:2")
    with pytest.raises(RegistryError, match="Connection refused"):
        load("registry:127.0.0.1:1/shop:1")


@pytest.mark.parametrize(
    "text", ["registry:shop", "registry:a b/shop:1", "registry:host/Shop:1", "registry:host/shop:!"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(RegistryError):
        RemoteName.of(text)


def test_this_machine_alone_is_asked_without_tls() -> None:
    hosts = ["127.0.0.1:5000", "localhost:5000", "[::1]:5000", "registry.example", "127.0.0.1.example", "10.0.0.1:5000"]
    assert [True, True, True, False, False, False] == [is_loopback(host) for host in hosts]


def test_progress_tells_bytes_and_a_pipe_shows_none(fake: Fake, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    told: list[tuple[int, int]] = []
    load(name, progress=lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] > 400_000
    assert 0 == main(["inspect", name])
    printed = capsys.readouterr()
    assert "team/shop:1" in printed.out
    assert "" == printed.err


def test_a_refusal_on_the_command_line_is_one_line(fake: Fake, capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["inspect", f"registry:{fake.host}/no:1"])
    assert 1 == len(capsys.readouterr().err.splitlines())


def pinned(fake: Fake, **changes: object) -> str:
    """Return the name of an index, pinned by its digest, whose one entry states `changes` of the image's manifest."""
    registry = fake.registry
    data = registry.ask("GET", "/v2/team/shop/manifests/1", b"", {"accept": OCI_MANIFEST}).body or b""
    here = {"os": "linux", "architecture": PROCESSORS.get(platform.machine(), platform.machine())}
    entry = {"mediaType": OCI_MANIFEST, "digest": hashed(data), "size": len(data), "platform": here} | changes
    index = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}).encode()
    other = hashed(index)

    def fault(handler: Handler, response: Response) -> bool:
        if "/manifests/" not in handler.path:
            return False
        listed = handler.path.endswith(other)
        kind = OCI_INDEX if listed else OCI_MANIFEST
        handler.answer(Response(200, headers={"Content-Type": kind}), index if listed else data)
        return True

    fake.fault = fault
    return f"registry:{fake.host}/team/shop@{other}"


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_a_manifest_that_an_index_states_by_any_known_algorithm_is_loaded(
    fake: Fake, name: str, algorithm: str
) -> None:
    data = load(name)[0].manifest_json or b""
    assert same(load(pinned(fake, digest=hashed(data, algorithm))))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"digest": "sha256:" + 64 * "a"}, "the bytes have another digest"),
        ({"digest": "sha384:" + 96 * "a"}, "the bytes have another digest"),
        ({"digest": "sha512:" + 128 * "a"}, "the bytes have another digest"),
        ({"digest": "sha512:" + 64 * "a"}, "is no digest: 'sha512:aaa"),
        ({"digest": "md5:" + 32 * "a"}, "is no digest: 'md5:aaa"),
        ({"digest": "1"}, "is no digest: '1'"),
        ({"digest": "../../copy/manifests/1"}, "is no digest"),
        ({"digest": None}, "digest is missing"),
        ({"size": 7}, r"wrong size: it is [\d,]+ bytes, stated are 7$"),
        ({"size": 5000}, r"wrong size: it is [\d,]+ bytes, stated are 5,000"),
        ({"size": "7"}, "size is not a whole number"),
        ({"size": None}, "size is missing"),
    ],
)
def test_a_manifest_that_is_not_what_the_index_states_is_refused(
    fake: Fake, name: str, changes: dict[str, object], says: str
) -> None:
    assert name
    with pytest.raises(LayerlabError, match=says) as told:
        load(pinned(fake, **changes))
    assert "\n" not in str(told.value)
    assert fake.host in str(told.value)


def test_a_name_pinned_by_sha512_is_verified(fake: Fake, name: str) -> None:
    data = load(name)[0].manifest_json or b""
    pinned(fake)
    digest = hashed(data, "sha512")
    (image,) = load(f"registry:{fake.host}/team/shop@{digest}")
    assert digest == image.digest
    assert (f"{fake.host}/team/shop@{digest}",) == image.names
    with pytest.raises(LayerlabError, match="the bytes have another digest"):
        load(f"registry:{fake.host}/team/shop@sha512:{128 * 'a'}")


@pytest.mark.parametrize("digest", ["manifest.json", "index.json", "sha256:1", "md5:" + 32 * "a"])
@pytest.mark.parametrize("which", ["config", "layers"])
def test_a_blob_whose_digest_is_none_is_refused_and_never_asked_for(
    fake: Fake, name: str, digest: str, which: str
) -> None:
    def fault(handler: Handler, response: Response) -> bool:
        document = json.loads(response.body or b"")
        entry = document["config"] if which == "config" else document["layers"][0]
        entry["digest"] = digest
        handler.answer(Response(200, headers={"Content-Type": OCI_MANIFEST}), json.dumps(document).encode())
        return True

    fake.fault = fault
    fake.seen.clear()
    with pytest.raises(LayerlabError, match="is no digest") as told:
        load(name)
    assert "\n" not in str(told.value)
    assert [] == [path for _, path, _ in fake.seen if "/blobs/" in path]


def test_a_blob_is_refused_by_the_client_where_its_digest_is_none(fake: Fake) -> None:
    client = registry_client.RegistryClient(RemoteName.of(f"registry:{fake.host}/team/shop:1"))
    for digest in ("md5:" + 32 * "a", "../manifests/1"):
        with pytest.raises(RegistryError, match="this is no digest by sha256, sha384 or sha512"):
            list(client.blob(digest, 5))
        with pytest.raises(RegistryError, match="this is no digest by sha256, sha384 or sha512"):
            client.manifest(digest)
