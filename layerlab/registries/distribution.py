"""Distribution: what a registry answers, request by request (OCI distribution-spec; docker-registry 2.8.2 decides).

A registry has repositories. A repository has blobs, manifests and tags: each blob and manifest is named by its digest,
each tag by people. The registry stores a blob once, but a repository knows only the blobs that came to it.

Where docker-registry and the specification differ, this does what docker-registry 2.8.2 was measured to do.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from layerlab.model.hashing import DIGEST
from layerlab.model.image import sha256
from layerlab.model.layerlab_error import LayerlabError

# distribution, reference/regexp.go: parts of lower-case letters and digits, with single separators inside.
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY_NAME = re.compile(rf"{_PART}(?:/{_PART})*")
TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_ROUTE = re.compile(r"/v2/(?P<name>.+?)/(?P<what>blobs/uploads|blobs|manifests|tags|referrers)/(?P<rest>[^/]*)")
_RANGE = re.compile(r"bytes=(\d+)-(\d*)")
CATALOG_PAGE = 100

# What docker-registry writes beside each code.
_MESSAGES = {
    "BLOB_UNKNOWN": "blob unknown to registry",
    "BLOB_UPLOAD_INVALID": "blob upload invalid",
    "BLOB_UPLOAD_UNKNOWN": "blob upload unknown to registry",
    "DIGEST_INVALID": "provided digest did not match uploaded content",
    "MANIFEST_BLOB_UNKNOWN": "blob unknown to registry",
    "MANIFEST_INVALID": "manifest invalid",
    "MANIFEST_UNKNOWN": "manifest unknown",
    "NAME_UNKNOWN": "repository name not known to registry",
    "UNSUPPORTED": "The operation is unsupported.",
}


class RegistryError(LayerlabError, ValueError):
    """What a registry refuses or does not have, in one line that names what was asked for.

    >>> Registry().pull(Host(), "shop:9")
    Traceback (most recent call last):
    layerlab.registries.distribution.RegistryError: manifest for registry.example/shop:9 not found: manifest unknown
    """


@dataclass(frozen=True)
class BlobRef:
    """A blob by its digest and its size in bytes: enough for a registry that counts, without the bytes themselves.

    `media_type` is the manifest's word for what it contains.

    >>> BlobRef("sha256:" + 64 * "0", 1_733).size
    1733
    """

    digest: str
    size: int
    media_type: str = ""


@dataclass(frozen=True)
class Response:
    """What a registry answers: a status of HTTP, and the registry's own code for an error.

    `size` counts the bytes of the body. `body` is None where the registry was told only a blob's size.

    >>> Response(404, "BLOB_UNKNOWN").status
    404
    """

    status: int
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = b""
    size: int = 0


@dataclass
class Repository:
    """What one repository has: blobs and manifests by digest, and tags, each naming a manifest."""

    blobs: dict[str, int] = field(default_factory=dict)
    manifests: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class _Upload:
    repository: str
    parts: list[bytes | BlobRef] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(len(part) if isinstance(part, bytes) else part.size for part in self.parts)

    @property
    def bytes(self) -> bytes:
        return b"".join(part for part in self.parts if isinstance(part, bytes))


class Distribution:
    """A registry that is asked over HTTP's words, without a network.

    >>> registry = Distribution()
    >>> registry.ask("GET", "/v2/").status
    200
    >>> answer = registry.ask("GET", "/v2/shop/manifests/1")
    >>> answer.status, answer.code
    (404, 'MANIFEST_UNKNOWN')
    """

    def __init__(self) -> None:
        self._repositories: dict[str, Repository] = {}
        self._contents: dict[str, bytes | BlobRef] = {}
        self._uploads: dict[str, _Upload] = {}
        self._started = 0

    @property
    def repositories(self) -> Mapping[str, Repository]:
        """The repositories by name, in the order in which something first came to them."""
        return dict(self._repositories)

    @property
    def stored(self) -> int:
        """Bytes of all blobs and manifests, each counted once, in however many repositories it is."""
        return sum(len(each) if isinstance(each, bytes) else each.size for each in self._contents.values())

    def ask(
        self, method: str, target: str, body: bytes | BlobRef = b"", headers: Mapping[str, str] | None = None
    ) -> Response:
        """Answer one request. `body` is bytes, or a `BlobRef` that stands for bytes which nobody needs to see."""
        answer = self._answer(method, target, body, headers or {})
        # HEAD answers with the headers alone. The code of a refusal is in the body.
        return replace(answer, code=None, body=b"", size=0) if method == "HEAD" else answer

    def _answer(self, method: str, target: str, body: bytes | BlobRef, headers: Mapping[str, str]) -> Response:
        given = {name.lower(): value for name, value in headers.items()}
        url = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(url.query).items()}
        path = unquote(url.path)
        if path == "/v2/":
            return _answer(200, body=b"{}", headers={"Docker-Distribution-Api-Version": "registry/2.0"})
        if path == "/v2/_catalog":
            return self._catalog(query)
        route = _ROUTE.fullmatch(path)
        # A name that no repository can have, and what version 2.8 does not know, such as referrers, get a bare page.
        if route is None or not REPOSITORY_NAME.fullmatch(route["name"]) or route["what"] == "referrers":
            return _page_not_found()
        name, rest = route["name"], route["rest"]
        if route["what"] == "blobs/uploads":
            return self._upload(method, name, rest, query, body)
        if route["what"] == "blobs":
            return self._blob(method, name, rest, given)
        if route["what"] == "tags":
            return self._tags(name)
        return self._manifest(method, name, rest, body, given)

    def _catalog(self, query: Mapping[str, str]) -> Response:
        page = int(query.get("n", CATALOG_PAGE))
        names = sorted(name for name in self._repositories if name > query.get("last", ""))
        shown = names[:page]
        headers = {"Content-Type": "application/json"}
        if len(names) > page:
            headers["Link"] = f'</v2/_catalog?last={quote(shown[-1], safe="")}&n={page}>; rel="next"'
        return _answer(200, body=_line({"repositories": shown}), headers=headers)

    def _tags(self, name: str) -> Response:
        if name not in self._repositories:
            return _refusal(404, "NAME_UNKNOWN", {"name": name})
        tags = list(self._repositories[name].tags)
        return _answer(200, body=_line({"name": name, "tags": tags}), headers={"Content-Type": "application/json"})

    def _blob(self, method: str, name: str, digest: str, headers: Mapping[str, str]) -> Response:
        if method == "DELETE":
            return _refusal(405, "UNSUPPORTED")
        if digest not in self._repository(name).blobs:
            return _refusal(404, "BLOB_UNKNOWN", digest)
        content = self._contents[digest]
        size = len(content) if isinstance(content, bytes) else content.size
        told = {
            "Docker-Content-Digest": digest,
            "Content-Length": str(size),
            "Content-Type": "application/octet-stream",
        }
        if method == "HEAD":
            return Response(200, headers=told)
        start, stop = 0, size
        if asked := _RANGE.fullmatch(headers.get("range", "")):
            start, stop = int(asked[1]), min(size, int(asked[2]) + 1 if asked[2] else size)
            if start >= size:
                return Response(416)
            told |= {"Content-Range": f"bytes {start}-{stop - 1}/{size}", "Content-Length": str(stop - start)}
        body = content[start:stop] if isinstance(content, bytes) else None
        return Response(206 if asked else 200, headers=told, body=body, size=stop - start)

    def _upload(self, method: str, name: str, number: str, query: Mapping[str, str], body: bytes | BlobRef) -> Response:
        if method == "POST" and not number:
            return self._start_upload(name, query)
        upload = self._uploads.get(number)
        if upload is None or upload.repository != name:
            return _refusal(404, "BLOB_UPLOAD_UNKNOWN")
        # The address states how far the upload had come; one that was handed out earlier is refused.
        if query.get("_state") != str(upload.size):
            return _refusal(404, "BLOB_UPLOAD_INVALID")
        if method == "DELETE":
            del self._uploads[number]
            return Response(204)
        if method == "GET":
            return Response(204, headers=_at(number, upload))
        if body:
            # Measured: a chunk is appended wherever its Content-Range says that it begins. The specification asks 416.
            upload.parts.append(body)
        if method == "PATCH":
            return Response(202, headers=_at(number, upload))
        return self._finish_upload(number, upload, query.get("digest", ""))

    def _start_upload(self, name: str, query: Mapping[str, str]) -> Response:
        digest, source = query.get("mount", ""), query.get("from", "")
        if digest in self._repository(source).blobs:
            self._repositories.setdefault(name, Repository()).blobs[digest] = self._repositories[source].blobs[digest]
            return Response(201, headers={"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})
        # A mount that is not possible begins an ordinary upload, and so does a POST with a digest.
        self._started += 1
        number = f"upload-{self._started}"
        upload = self._uploads[number] = _Upload(name)
        return Response(202, headers=_at(number, upload))

    def _finish_upload(self, number: str, upload: _Upload, digest: str) -> Response:
        # A blob that comes in one piece may be known by its digest alone, and is kept as that.
        content = upload.parts[0] if len(upload.parts) == 1 else upload.bytes
        made = sha256(content) if isinstance(content, bytes) else content.digest
        del self._uploads[number]
        if made != digest:
            return _refusal(400, "DIGEST_INVALID")
        self._contents.setdefault(digest, content)
        name = upload.repository
        self._repositories.setdefault(name, Repository()).blobs[digest] = upload.size
        return Response(201, headers={"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest})

    def _manifest(
        self, method: str, name: str, reference: str, body: bytes | BlobRef, headers: Mapping[str, str]
    ) -> Response:
        if method == "DELETE":
            return _refusal(405, "UNSUPPORTED")
        if method == "PUT":
            return self._put_manifest(name, reference, body if isinstance(body, bytes) else b"", headers)
        repository = self._repository(name)
        digest = repository.tags.get(reference, reference)
        if digest not in repository.manifests:
            detail = {"revision": reference} if DIGEST.fullmatch(reference) else {"Tag": reference}
            return _refusal(404, "MANIFEST_UNKNOWN", detail)
        kind = repository.manifests[digest]
        if kind.startswith("application/vnd.oci.") and kind not in headers.get("accept", ""):
            return _refusal(404, "MANIFEST_UNKNOWN")
        content = self._contents[digest]
        data = content if isinstance(content, bytes) else b""
        told = {"Docker-Content-Digest": digest, "Content-Type": kind, "Content-Length": str(len(data))}
        return Response(200, headers=told) if method == "HEAD" else _answer(200, body=data, headers=told)

    def _put_manifest(self, name: str, reference: str, data: bytes, headers: Mapping[str, str]) -> Response:
        by_digest = DIGEST.fullmatch(reference) is not None
        digest = sha256(data)
        try:
            document: Any = json.loads(data)
            kind = str(headers.get("content-type") or document["mediaType"])
            parts = [str(part["digest"]) for part in (*document.get("layers", ()), *_config_of(document))]
            listed = [str(part["digest"]) for part in document.get("manifests", ())]
        except (ValueError, KeyError, TypeError, AttributeError):
            return _refusal(400, "MANIFEST_INVALID")
        if not by_digest and not TAG.fullmatch(reference):
            return _page_not_found()
        if by_digest and reference != digest:
            return _refusal(400, "DIGEST_INVALID")
        repository = self._repository(name)
        # Measured: that each blob is in this repository is checked, but not that it has the size that is stated.
        if any(part not in repository.blobs for part in parts):
            return _refusal(400, "MANIFEST_BLOB_UNKNOWN")
        if any(each not in repository.manifests for each in listed):
            return _refusal(400, "MANIFEST_UNKNOWN")
        repository = self._repositories.setdefault(name, Repository())
        self._contents[digest] = data
        repository.manifests[digest] = kind
        if not by_digest:
            # The manifest that had this tag before stays, and can still be asked for by its digest.
            repository.tags[reference] = digest
        return Response(201, headers={"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest})

    def _repository(self, name: str) -> Repository:
        return self._repositories.get(name) or Repository()


def _config_of(document: Mapping[str, Any]) -> list[Any]:
    return [document["config"]] if "config" in document else []


def _at(number: str, upload: _Upload) -> dict[str, str]:
    return {
        "Location": f"/v2/{upload.repository}/blobs/uploads/{number}?_state={upload.size}",
        # Measured: an upload that has no bytes yet states the range 0-0 too.
        "Range": f"0-{max(0, upload.size - 1)}",
        "Docker-Upload-UUID": number,
    }


def _line(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def _refusal(status: int, code: str, detail: object = None) -> Response:
    error: dict[str, object] = {"code": code, "message": _MESSAGES[code]}
    if detail is not None:
        error["detail"] = detail
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return _answer(status, code, body=_line({"errors": [error]}), headers=headers)


def _page_not_found() -> Response:
    # The words of Go's own server: such a request reaches no handler of the registry.
    return _answer(404, body=b"404 page not found\n", headers={"Content-Type": "text/plain; charset=utf-8"})


def _answer(status: int, code: str | None = None, *, body: bytes, headers: Mapping[str, str]) -> Response:
    return Response(status, code, headers, body, len(body))
