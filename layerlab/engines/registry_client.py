"""Registry client: asks a real registry over HTTP (OCI distribution-spec 1.1), and trusts none of its bytes.

`requests` does connections, TLS and its certificates. What is written here is what no client for Python did when it was
tried: digests and sizes are verified while bytes come, a broken download goes on where it broke, and no credentials
follow a redirect to another host.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

from layerlab.archive.progress import OnProgress
from layerlab.engines.prefixes import REGISTRY
from layerlab.model.content import Content
from layerlab.model.hashing import DIGEST, algorithm, hashed
from layerlab.model.host import reference
from layerlab.model.media_types import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from layerlab.registries.distribution import (
    REPOSITORY_NAME,
    TAG,
    RegistryError,
)
from layerlab.words.digests import cut_digest
from layerlab.words.printable import printable, shown

ACCEPT = ", ".join((OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST))
# Seconds: to connect, and between two pieces of an answer.
CONNECT, STALLED = 10, 30
# Redirects that are followed for one request, and times that a broken download goes on.
MOST_REDIRECTS, MOST_RESUMED = 5, 3
# Bytes of a manifest: the specification asks registries to take 4 MiB.
LARGEST_MANIFEST = 4 << 20
# Bytes that are read at once: where a connection breaks, a piece that has begun is lost.
PIECE = 1 << 16
REDIRECTS = (301, 302, 303, 307, 308)
DOCKER_HUB, DOCKER_HUB_KEY = "registry-1.docker.io", "https://index.docker.io/v1/"
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


class RemoteName(NamedTuple):
    """A name of an image in a registry, in its parts.

    >>> RemoteName.of("registry:127.0.0.1:5000/team/shop:1")
    RemoteName(host='127.0.0.1:5000', repository='team/shop', reference='1')
    """

    host: str
    repository: str
    reference: str

    @classmethod
    def of(cls, text: str) -> "RemoteName":
        """Split a name such as "registry:127.0.0.1:5000/shop:1"; what is none raises RegistryError."""
        host, slash, rest = text.removeprefix(REGISTRY).partition("/")
        repository, at, digest = rest.partition("@")
        if not at:
            repository, _, digest = reference(rest).rpartition(":")
        good = DIGEST.fullmatch(digest) if at else TAG.fullmatch(digest)
        if not slash or not re.fullmatch(r"[\w.-]+(:\d+)?|\[[0-9a-f:]+\](:\d+)?", host) or not good:
            raise RegistryError(
                printable(f"{text}: a name in a registry is HOST/NAME:TAG, as in 127.0.0.1:5000/shop:1")
            )
        if not REPOSITORY_NAME.fullmatch(repository):
            raise RegistryError(printable(f"{text}: {repository!r} is no repository: its name is lower-case words"))
        return cls(host, repository, digest)

    def __str__(self) -> str:
        mark = "@" if DIGEST.fullmatch(self.reference) else ":"
        return f"{self.host}/{self.repository}{mark}{self.reference}"


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine itself, the only one that is asked without TLS.

    >>> is_loopback("127.0.0.1:5000"), is_loopback("localhost"), is_loopback("127.example.com")
    (True, True, False)
    """
    name = urlsplit(f"//{host}").hostname or ""
    return name in ("localhost", "::1") or re.fullmatch(r"127\.\d{1,3}\.\d{1,3}\.\d{1,3}", name) is not None


class RegistryClient:
    """A repository of a real registry. `login` is a name and a password; without one, Docker's own are looked up."""

    def __init__(self, name: RemoteName, login: tuple[str, str] | None = None) -> None:
        try:
            import requests
        except ImportError:
            raise RegistryError("to ask a registry, install the package requests: pip install requests") from None
        from urllib.request import getproxies

        self.name = name
        self._session = requests.Session()
        # Without it, requests would send what a file .netrc has for any host that a redirect leads to.
        self._session.trust_env = False
        # Packed by HTTP, an answer would not have the length and the digest that the manifest states.
        self._session.headers["Accept-Encoding"] = "identity"
        local = is_loopback(name.host)
        self._session.proxies = {} if local else getproxies()
        scheme, host = ("http" if local else "https"), (DOCKER_HUB if name.host == "docker.io" else name.host)
        self._base: str = f"{scheme}://{host}"
        self._login = login
        self._looked_up = login is not None
        self._authorization = ""

    def url(self, path: str) -> str:
        """Return the address of something in the repository."""
        return f"{self._base}/v2/{self.name.repository}/{path}"

    def manifest(self, wanted: str, size: int | None = None) -> tuple[bytes, str]:
        """Return a manifest and its media type. What is stated of it is verified: its digest, and its size in bytes.

        `wanted` is a digest or a tag. A tag says nothing about the bytes.
        """
        by_digest = not TAG.fullmatch(wanted)
        if by_digest:
            self._known(wanted, "manifest")
        with self.ask("GET", self.url(f"manifests/{wanted}"), headers={"Accept": ACCEPT}) as answer:
            self._refused(answer, f"manifest {wanted}")
            data = b"".join(self._bounded(answer, LARGEST_MANIFEST))
            kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if size is not None and size != len(data):
            raise self._error(
                f"manifest {cut_digest(wanted)}: wrong size: it is {len(data):,} bytes, stated are {size:,}"
            )
        if by_digest and wanted != (found := hashed(data, wanted)):
            raise self._error(f"manifest {cut_digest(wanted)}: the bytes have another digest, {cut_digest(found)}")
        return data, kind

    def blob(self, digest: str, size: int, told: Callable[[int], object] | None = None) -> Iterator[bytes]:
        """Yield a blob's bytes. Too many, too few or other bytes raise RegistryError at the end, and never pass."""
        self._known(digest, "blob")
        sha = hashlib.new(algorithm(digest))
        done = resumed = 0
        while True:
            for chunk in self._part(digest, done, size):
                sha.update(chunk)
                done += len(chunk)
                if told:
                    told(len(chunk))
                yield chunk
            if done == size:
                break
            resumed += 1
            if resumed > MOST_RESUMED:
                raise self._error(f"blob {cut_digest(digest)}: it ended after {done:,} of {size:,} bytes")
        if digest != f"{sha.name}:{sha.hexdigest()}":
            raise self._error(f"blob {cut_digest(digest)}: the bytes have another digest")

    def _known(self, digest: str, what: str) -> None:
        """Raise RegistryError where a text is no digest, because nothing could be verified by it."""
        if not DIGEST.fullmatch(digest):
            raise self._error(f"{what} {shown(digest)}: this is no digest by sha256, sha384 or sha512")

    def _part(self, digest: str, start: int, size: int) -> Iterator[bytes]:
        """Yield what comes from `start` on, until the end or until the connection breaks."""
        from requests.exceptions import RequestException

        headers = {"Range": f"bytes={start}-"} if start else {}
        with self.ask("GET", self.url(f"blobs/{digest}"), headers=headers) as answer:
            self._refused(answer, f"blob {cut_digest(digest)}")
            if start and answer.status_code != 206:
                raise self._error(f"blob {cut_digest(digest)}: the registry cannot go on with a broken download")
            stated = answer.headers.get("Content-Length")
            if stated is not None and stated.isdigit() and int(stated) != size - start:
                raise self._error(
                    f"blob {cut_digest(digest)}: wrong length: {int(stated) + start:,} bytes, stated are {size:,}"
                )
            try:
                yield from self._bounded(answer, size - start, f"blob {cut_digest(digest)}")
            except RequestException as error:
                if _timed_out(error):
                    raise self._error(f"blob {cut_digest(digest)}: {self._silent}") from error

    def has(self, digest: str) -> bool:
        """Tell whether the repository has a blob."""
        with self.ask("HEAD", self.url(f"blobs/{digest}")) as answer:
            if answer.status_code == 404:
                return False
            self._refused(answer, f"blob {cut_digest(digest)}")
            return True

    def upload(self, digest: str, content: Content, told: Callable[[int], object] | None = None) -> None:
        """Upload a blob."""
        with self.ask("POST", self.url("blobs/uploads/")) as begun:
            self._refused(begun, "an upload")
            place = self._place(begun)
        mark = "&" if urlsplit(place).query else "?"
        kind = {"Content-Type": "application/octet-stream"}
        # With its digest the registry verifies the blob before it keeps it; all of it goes in one PUT.
        target = f"{place}{mark}{urlencode({'digest': digest})}"
        with self.ask("PUT", target, headers=kind, data=_Body(content, told)) as answer:
            self._refused(answer, f"blob {cut_digest(digest)}")

    def put_manifest(self, data: bytes, kind: str, wanted: str) -> None:
        """Upload a manifest."""
        with self.ask("PUT", self.url(f"manifests/{wanted}"), headers={"Content-Type": kind}, data=data) as answer:
            self._refused(answer, f"manifest {wanted}")

    def ask(self, method: str, url: str, headers: Mapping[str, str] | None = None, data: Any = None) -> Any:
        """Ask, log in where the registry wants that, and follow redirects; return an answer of `requests`."""
        answer = self._followed(method, url, dict(headers or {}), data)
        # A registry says how to log in only when something was asked without (distribution-spec, RFC 7235).
        if answer.status_code == 401:
            challenge = answer.headers.get("WWW-Authenticate", "")
            answer.close()
            if not self._log_in(challenge, method):
                raise self._error("it asks for a log-in: run docker login, or give login=(name, password)")
            answer = self._followed(method, url, dict(headers or {}), data)
            if answer.status_code in (401, 403):
                answer.close()
                raise self._error("the log-in was refused")
        return answer

    def _followed(self, method: str, url: str, headers: dict[str, str], data: Any) -> Any:
        seen = {url}
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._sent(method, url, headers, data)
            if answer.status_code not in REDIRECTS:
                return answer
            # A Location may be relative to the address that was asked (RFC 9110, 10.2.2).
            target = urljoin(url, answer.headers.get("Location", ""))
            answer.close()
            if target in seen:
                raise self._error("its redirects lead in a circle")
            if urlsplit(url).scheme == "https" and urlsplit(target).scheme != "https":
                raise self._error("it redirects from TLS to a connection without TLS")
            seen.add(target)
            url = target
        raise self._error(f"more than {MOST_REDIRECTS} redirects")

    def _sent(self, method: str, url: str, headers: dict[str, str], data: Any) -> Any:
        from requests.exceptions import RequestException

        given = dict(headers)
        # Storage behind a registry is another host, which must not learn the registry's password or token.
        if self._authorization and _origin(url) == _origin(self._base):
            given["Authorization"] = self._authorization
        try:
            return self._session.request(
                method, url, headers=given, data=data, stream=True, allow_redirects=False, timeout=(CONNECT, STALLED)
            )
        except RequestException as error:
            if _timed_out(error):
                raise self._error(self._silent) from error
            raise self._error(_why(error)) from error

    def _log_in(self, challenge: str, method: str) -> bool:
        """Get what the registry asks for; return whether there is something new to try."""
        if not self._looked_up:
            self._login, self._looked_up = docker_login(self.name.host), True
        kind, _, rest = challenge.partition(" ")
        basic = ""
        if self._login:
            basic = "Basic " + base64.b64encode(":".join(self._login).encode()).decode()
        before = self._authorization
        if kind.lower() == "basic":
            self._authorization = basic
        elif kind.lower() == "bearer":
            self._authorization = self._token(dict(_CHALLENGE.findall(rest)), basic, method)
        return bool(self._authorization) and self._authorization != before

    def _token(self, asked: dict[str, str], basic: str, method: str) -> str:
        realm = asked.get("realm", "")
        # The place for log-ins gets the password. The registry names it, and without TLS others could read along.
        safe = urlsplit(realm).scheme == "https" or is_loopback(urlsplit(realm).netloc)
        if not safe:
            raise self._error("it names a place for log-ins without TLS")
        actions = "pull" if method in ("GET", "HEAD") else "pull,push"
        scope = asked.get("scope") or f"repository:{self.name.repository}:{actions}"
        query = {"service": asked["service"], "scope": scope} if "service" in asked else {"scope": scope}
        address = f"{realm}?{urlencode(query)}"
        from requests.exceptions import RequestException

        try:
            answer = self._session.get(
                address,
                headers={"Authorization": basic} if basic else {},
                allow_redirects=False,
                timeout=(CONNECT, STALLED),
            )
            document: Any = answer.json() if answer.status_code == 200 else {}
        except (RequestException, ValueError) as error:
            raise self._error(
                f"the place for log-ins, {urlsplit(realm).netloc}, does not answer as it should"
            ) from error
        token = str(document.get("token") or document.get("access_token") or "")
        return f"Bearer {token}" if token else ""

    def _place(self, begun: Any) -> str:
        """Return where an upload goes on. Another host would get the layers, so it is refused."""
        place: str = urljoin(self._base, begun.headers.get("Location", ""))
        if _origin(place) != _origin(self._base):
            raise self._error("it wants an upload to go on at another host")
        return place

    def _bounded(self, answer: Any, most: int, what: str = "an answer") -> Iterator[bytes]:
        """Yield an answer's bytes; more than `most` raise RegistryError."""
        from requests.exceptions import RequestException

        done = 0
        try:
            for chunk in answer.iter_content(PIECE):
                done += len(chunk)
                if done > most:
                    raise self._error(f"{what}: more than the {most:,} bytes that are stated")
                yield chunk
        except RequestException as error:
            if what == "an answer" or _timed_out(error):
                raise self._error(f"{what}: {self._silent if _timed_out(error) else _why(error)}") from error
            raise

    def _refused(self, answer: Any, what: str) -> None:
        """Raise what a registry says if it refused something."""
        if answer.status_code < 400:
            return
        said = ""
        try:
            first = json.loads(b"".join(self._bounded(answer, 1 << 16)))["errors"][0]
            said = f"{first.get('code', '')}: {first.get('message', '')}".strip(": ")
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RegistryError):
            said = ""
        raise self._error(f"{what}: {said or f'the registry answers {answer.status_code}'}")

    @property
    def _silent(self) -> str:
        return f"the registry has been silent for {STALLED} seconds"

    def _error(self, text: str) -> RegistryError:
        return RegistryError(printable(f"{self.name}: {text}"))


class _Body:
    """A content as the body of a request, sent a piece at a time, and once more after a log-in."""

    def __init__(self, content: Content, told: Callable[[int], object] | None) -> None:
        self._content = content
        self._told = told

    def __len__(self) -> int:
        return self._content.size

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._content.chunks():
            if self._told:
                self._told(len(chunk))
            yield chunk


def docker_login(host: str) -> tuple[str, str] | None:
    """Return the name and password that `docker login` kept for a registry, None where there are none.

    They are in Docker's config.json, or in the helper that it names.
    """
    folder = os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker"
    try:
        document = json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))
        keys = [host, f"https://{host}", f"https://{host}/v1/", *([DOCKER_HUB_KEY] if host == "docker.io" else [])]
        helper = (document.get("credHelpers") or {}).get(host) or document.get("credsStore")
        for key in keys:
            auth = ((document.get("auths") or {}).get(key) or {}).get("auth")
            if isinstance(auth, str) and auth:
                user, _, password = base64.b64decode(auth).decode().partition(":")
                return user, password
            if helper and (found := _from_helper(helper, key)):
                return found
    except (OSError, ValueError, AttributeError):
        return None
    return None


def _from_helper(helper: str, key: str) -> tuple[str, str] | None:
    if not re.fullmatch(r"[\w.-]+", helper) or sys.platform == "emscripten":
        return None
    command = [f"docker-credential-{helper}", "get"]
    try:
        run = subprocess.run(command, input=key, capture_output=True, text=True, timeout=CONNECT, check=True)
        document = json.loads(run.stdout)
        return str(document["Username"]), str(document["Secret"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return None


def progress_of(report: OnProgress | None, total: int) -> Callable[[int], object] | None:
    """Return what counts pieces and reports their sum, at most ten times a second."""
    if report is None:
        return None
    done, last = 0, 0.0

    def count(piece: int) -> None:
        nonlocal done, last
        done += piece
        now = time.monotonic()
        if now - last > 0.1 or done == total:
            last = now
            report(done, total)

    return count


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _timed_out(error: BaseException | None) -> bool:
    """Tell whether an error is a time-out, or was caused by one."""
    from requests.exceptions import Timeout

    return isinstance(error, Timeout) or "timed out" in str(error).lower()


def _why(error: Exception) -> str:
    """Return the system's words for what went wrong, without Python's names of objects."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        cause = cause.__cause__ or cause.__context__
    if "certificate" in str(error).lower():
        return "its certificate is not trusted"
    return "it does not answer as a registry does"
