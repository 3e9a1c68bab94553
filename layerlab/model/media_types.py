"""Media types: what layouts and registries call each kind of blob.

OCI's are those of image-spec 1.1, media-types.md. Docker's are older and mean the same: distribution, manifest v2.2.
Engines write one set or the other, and read both.
"""

OCI = "application/vnd.oci.image."
OCI_INDEX = f"{OCI}index.v1+json"
OCI_MANIFEST = f"{OCI}manifest.v1+json"
OCI_CONFIG = f"{OCI}config.v1+json"
OCI_LAYER = f"{OCI}layer.v1.tar"
OCI_LAYER_GZIP = f"{OCI_LAYER}+gzip"
OCI_LAYER_ZSTD = f"{OCI_LAYER}+zstd"

DOCKER = "application/vnd.docker."
DOCKER_LIST = f"{DOCKER}distribution.manifest.list.v2+json"
DOCKER_MANIFEST = f"{DOCKER}distribution.manifest.v2+json"
DOCKER_CONFIG = f"{DOCKER}container.image.v1+json"
DOCKER_LAYER = f"{DOCKER}image.rootfs.diff.tar"
DOCKER_LAYER_GZIP = f"{DOCKER_LAYER}.gzip"

DOCKER_SCHEMA1 = f"{DOCKER}distribution.manifest.v1+"
"""How the types of Docker's first manifests begin, whose layers have no DiffIDs."""
