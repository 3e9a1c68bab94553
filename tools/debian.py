"""Build the image that loading is timed with: Debian, Apache, a layer that changes and one that deletes.

About 350 MB in 11,000 files, as a docker-archive, an OCI layout of gzip layers and one of zstd layers. It needs root,
mmdebstrap, buildah and skopeo, and a Debian mirror; it takes about a minute. Where only skopeo is installed, the bottom
layer is made of as many files of this machine instead. `make bench` runs this.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from itertools import accumulate, takewhile
from pathlib import Path

from layerlab import WHITEOUT, Layer, filler, load, save

NEEDS = ("mmdebstrap", "buildah", "skopeo")
NAME = "debian:bench"
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
INSTALL = (
    "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -yq --no-install-recommends apache2"
    " && dd if=/dev/urandom of=/var/cache/big.bin bs=1M count=20 && apt-get clean"
)
CHANGE = (
    "echo 'ServerName bench' >> /etc/apache2/apache2.conf; ln /etc/apache2/apache2.conf /etc/apache2/apache2.hard;"
    " mkdir -p /srv/app && ln -s /var/www/html /srv/app/web; chmod 0750 /var/log/apache2"
)
DELETE = (
    "rm /var/cache/big.bin; rm -rf /usr/share/doc/apache2;"
    " rm -rf /var/lib/apt/lists && mkdir -p /var/lib/apt/lists/partial"
)
FILES, BYTES = 11_000, 320_000_000
LARGEST = 20_000_000


def main() -> int:
    """Build the archives in the folder that is named."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/bench-image").resolve()
    if shutil.which("skopeo") is None:
        print("the image is not built: it needs skopeo", file=sys.stderr)
        return 1
    print(f"building the image in {folder}, which takes a minute or more", flush=True)
    build(folder)
    return 0


def build(folder: Path) -> None:
    """Write docker.tar, gzip/ and zstd/ into a folder, which is there only once all of them are."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}-", dir=folder.parent) as unfinished:
        images = Path(unfinished, "images")
        _write(images, Path(unfinished))
        images.rename(folder)


def _write(images: Path, scratch: Path) -> None:
    images.mkdir()
    rootfs = scratch / "rootfs.tar"
    if all(map(shutil.which, NEEDS)) and hasattr(os, "getuid") and not os.getuid():
        _debian(images, rootfs, scratch)
    else:
        _this_machine(images, rootfs)
    for kind in ("gzip", "zstd"):
        source, target = f"docker-archive:{images / 'docker.tar'}", f"oci:{images / kind}:bench"
        run("skopeo", "copy", "--quiet", f"--dest-compress-format={kind}", source, target)


def _debian(images: Path, rootfs: Path, scratch: Path) -> None:
    run("mmdebstrap", "--quiet", "--variant=minbase", "--include=ca-certificates", "bookworm", str(rootfs))
    layer(scratch, "scratch", "ADD rootfs.tar /", add=rootfs)
    layer(scratch, NAME, "RUN apt-get install apache2", INSTALL)
    layer(scratch, NAME, "RUN configure", CHANGE)
    layer(scratch, NAME, "RUN rm", DELETE)
    buildah(scratch, "push", NAME, f"docker-archive:{images / 'docker.tar'}:{NAME}")


def _this_machine(images: Path, rootfs: Path) -> None:
    """Write the docker-archive with files of this machine at the bottom, and layers that change and delete as above."""
    files = list(some_files())
    with tarfile.open(rootfs, "w") as archive:
        for path in files:
            archive.add(path, recursive=False)
    (image,) = load(rootfs)
    names = [str(path.relative_to("/")) for path in files]
    image = image.with_layer(Layer.of({"var/cache/big.bin": filler(LARGEST)}), "RUN dd")
    image = image.with_layer(Layer.of(dict.fromkeys(names[:3], b"changed")), "RUN configure")
    image = image.with_layer(Layer.of(dict.fromkeys(["var/cache/big.bin", *names[3:300]], WHITEOUT)), "RUN rm")
    save({NAME: image}, images / "docker.tar", format="docker")


def some_files() -> Iterator[Path]:
    """Yield files of this machine, taken evenly from all of /usr, until they are as many or as large as in Debian."""
    found = [
        (path, path.stat().st_size)
        for folder in ("/usr/bin", "/usr/lib", "/usr/share")
        for path in sorted(Path(folder).rglob("*"))
        if path.is_file() and not path.is_symlink() and path.stat().st_size < LARGEST
    ]
    taken = found[:: max(1, len(found) // FILES)]
    sums = accumulate(size for _, size in taken)
    yield from (path for (path, _), _ in takewhile(lambda each: each[1] < BYTES, zip(taken, sums, strict=True)))


def layer(scratch: Path, base: str, created_by: str, command: str = "", add: Path | None = None) -> None:
    """Add one layer to an image: what a command changes, or an archive's contents."""
    name = buildah(scratch, "from", "--pull-never", base)
    if add:
        buildah(scratch, "add", "--quiet", name, str(add), "/")
    else:
        buildah(scratch, "run", "--network=host", name, "--", "sh", "-c", command)
    buildah(scratch, "config", "--env", PATH, "--created-by", created_by, name)
    buildah(scratch, "commit", "--quiet", name, NAME)
    buildah(scratch, "rm", name)


def buildah(scratch: Path, *arguments: str) -> str:
    """Run buildah with a storage of its own, which leaves this machine's images alone."""
    storage = ("--storage-driver=overlay", f"--root={scratch / 'storage'}", f"--runroot={scratch / 'run'}")
    return run("buildah", *storage, *arguments).strip()


def run(*command: str) -> str:
    """Run a command and return what it prints."""
    settings = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
    done = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:2])} failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
