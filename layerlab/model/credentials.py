"""Credentials: passwords and keys of well-known kinds that an image gives to everybody who gets it.

A later layer that deletes or replaces such a file only hides it, because the lower layer still contains the file. A
variable stays in the metadata, and each argument of a build stays in the history. Nothing here holds a value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from layerlab.model.explain import Report
from layerlab.model.history import KNOWN, LOG_IN, SECRET
from layerlab.model.image import Image
from layerlab.model.layer import Layer

# Examples such as .env.example hold no credentials, and neither do programs such as server.env.js.
VARIABLES = (
    r"(?:^|/)(?!(?:example|sample|template|default)s?\.)[\w.-]*\.env"
    r"(?:\.(?!(?:examples?|sample|template|tmpl|tpl|dist|defaults?|schema|[cm]?js|ts|py|rb|md|j2)\Z)\w+)?"
)
# Files that exist to hold credentials: a word that the path contains, the pattern of its end, and the kind.
FILES = (
    ("netrc", r"(?:^|/)[._]netrc", "log-ins of ftp and curl"),
    (".git-credentials", r"(?:^|/)\.git-credentials", "log-ins of git"),
    (".pgpass", r"(?:^|/)\.pgpass", "log-ins of PostgreSQL"),
    (".aws/credentials", r"(?:^|/)\.aws/credentials", "keys of AWS"),
    (".ssh/id_", r"(?:^|/)\.ssh/id_\w+", "a private key"),
    ("ssh_host_", r"(?:^|/)ssh_host_\w+_key", "a private key"),
    (".vault-token", r"(?:^|/)\.vault-token", "a token of Vault"),
    ("run/secrets/", r"(?:^|/)run/secrets/.+", "a secret of a build or a service"),
)
KEY = rb"\A\s*-----BEGIN [A-Z ]*PRIVATE KEY-----"
PASSWORD = rb"://[^/\s:@]+:(?!\$)[^/\s@]+@"
# A value that names a variable, as in _authToken=${NPM_TOKEN}, is not in the image.
VALUE = rb"\s*[\"']?(?!\$)[^\s\"'$]"
# Files that may hold credentials: a word and a pattern as above, what such a file contains then, and the kind.
CONTENTS = (
    (".env", VARIABLES, rb"(?m)^[ \t]*(?:export[ \t]+)?[\w.]+[ \t]*[=:][ \t]*[^\s#]", "variables of a program"),
    (".pem", r"\.pem", rb"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a private key"),
    (".key", r"\.key", rb"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a private key"),
    (".p8", r"\.p8", rb"-----BEGIN [A-Z ]*PRIVATE KEY-----", "a private key"),
    (".ssh/", r"(?:^|/)\.ssh/[^/]+", KEY, "a private key"),
    ("_key", r"_key", KEY, "a private key"),
    ("-key", r"-key", KEY, "a private key"),
    ("_rsa", r"_rsa", KEY, "a private key"),
    ("_dsa", r"_dsa", KEY, "a private key"),
    ("_ecdsa", r"_ecdsa", KEY, "a private key"),
    ("_ed25519", r"_ed25519", KEY, "a private key"),
    (".npmrc", r"(?:^|/)\.npmrc", rb"_(?:authToken|auth|password)\s*=" + VALUE, "log-ins of npm"),
    (".yarnrc.yml", r"(?:^|/)\.yarnrc\.yml", rb"npmAuth(?:Token|Ident):" + VALUE, "log-ins of npm"),
    (".pypirc", r"(?:^|/)\.pypirc", rb"password\s*[=:]" + VALUE, "log-ins of a Python index"),
    ("pip.conf", r"(?:^|/)pip\.conf", PASSWORD, "log-ins of a Python index"),
    (
        "config.json",
        r"(?:^|/)\.docker/config\.json",
        rb'"(?:auth|identitytoken)"\s*:\s*"[^"]+',
        "log-ins of registries",
    ),
    (".dockercfg", r"(?:^|/)\.dockercfg", rb'"auth"\s*:\s*"[^"]+', "log-ins of registries"),
    ("containers/auth.json", r"(?:^|/)containers/auth\.json", rb'"auth"\s*:\s*"[^"]+', "log-ins of registries"),
    (".git/config", r"(?:^|/)\.git/config", PASSWORD, "log-ins of git"),
    (
        "kube",
        r"(?:^|/)(?:\.kube/config|(?:[\w.-]*\.)?kubeconfig(?:\.ya?ml)?)",
        rb"(?:token|client-key-data|password):" + VALUE,
        "log-ins of Kubernetes",
    ),
    ("account", r"(?:^|/)[\w.-]*service[_-]?account[\w.-]*\.json", rb'"private_key"\s*:\s*"-', "keys of Google"),
    ("key.json", r"key\.json", rb'"private_key"\s*:\s*"-', "keys of Google"),
    ("credentials.json", r"credentials\.json", rb'"private_key"\s*:\s*"-', "keys of Google"),
    (
        "wp-config.php",
        r"(?:^|/)wp-config\.php",
        rb"[\"']DB_PASSWORD[\"']\s*,\s*[\"'][^\"']",
        "the log-in of a database",
    ),
    (
        ".tfvars",
        r"\.tfvars",
        rb"(?im)^\s*\w*(?:password|secret|token|api_?key|access_key|private_key)\w*\s*=\s*\"[^\"]",
        "variables of Terraform",
    ),
    (
        "application_default_credentials",
        r"(?:^|/)application_default_credentials\.json",
        rb'"(?:private_key|refresh_token)"\s*:\s*"[^"]',
        "keys of Google",
    ),
    ("gh/hosts.yml", r"(?:^|/)gh/hosts\.yml", rb"oauth_token:" + VALUE, "log-ins of GitHub"),
    (".m2/settings", r"(?:^|/)\.m2/settings\.xml", rb"<password>\s*(?!\$)[^<\s]", "log-ins of Maven"),
    (
        "gradle.properties",
        r"(?:^|/)\.gradle/gradle\.properties",
        rb"(?i)(?:password|token)\s*=" + VALUE,
        "log-ins of Gradle",
    ),
    ("cargo/credentials", r"(?:^|/)\.?cargo/credentials(?:\.toml)?", rb"token\s*=" + VALUE, "log-ins of Cargo"),
    (".terraformrc", r"(?:^|/)\.terraformrc", rb"token\s*=" + VALUE, "log-ins of Terraform"),
    ("credentials.tfrc", r"(?:^|/)credentials\.tfrc\.json", rb'"token"\s*:' + VALUE, "log-ins of Terraform"),
    (".my.cnf", r"(?:^|/)\.my\.cnf", rb"password\s*=" + VALUE, "log-ins of MySQL"),
)
LONGEST = 1 << 16
"""Bytes of a file that are searched. Files of these kinds are short."""
TOKEN = re.compile(rf"\b(\w+)=[\"']?(?:{KNOWN.pattern}|[^\s\"']*{LOG_IN.pattern})")
"""A variable of any name whose value is a token of a well-known kind, or an address with a password."""
NO_SECRET = (
    "_FILE", "_PATH", "_DIR", "_NAME", "_URL", "_URI", "_ENDPOINT", "_HEADER", "_LIMIT", "_LENGTH", "_TTL", "_TYPE",
    "_MIN", "_MAX", "_EXPIRY", "_EXPIRES", "_LIFETIME", "_ISSUER", "_ALGORITHM",
)  # fmt: skip
"""How the names of variables end that say where a secret is, or what it is like, and are none themselves."""

# An image has many thousand files, and their paths are searched for words in a tenth of the time of the patterns.
_word = re.compile("|".join(re.escape(word) for word, *_ in (*FILES, *CONTENTS)))
_file = re.compile("|".join(rf"({pattern})\Z" for _, pattern, _ in FILES))
_content = re.compile("|".join(rf"({pattern})\Z" for _, pattern, _, _ in CONTENTS))


@dataclass(frozen=True)
class Credential:
    """One password or key: where it is, of which kind, and in which layer.

    `layer` is the layer's number, None for the metadata. `by` is the layer that hides it, None if everybody sees it.

    >>> str(Credential("root/.netrc", "log-ins of ftp and curl", 3, 5))
    'root/.netrc: log-ins of ftp and curl, in layer 3, hidden by layer 5 and still there'
    """

    place: str
    kind: str
    layer: int | None
    by: int | None = None

    def __str__(self) -> str:
        if self.layer is None:
            return f"{self.place}: {self.kind}"
        hidden = "visible" if self.by is None else f"hidden by layer {self.by} and still there"
        return f"{self.place}: {self.kind}, in layer {self.layer}, {hidden}"


def credentials(image: Image, report: Report) -> tuple[Credential, ...]:
    """Return what is found in an image of which `explain` made the report: files from the bottom, then variables.

    >>> made = scratch.with_layer(Layer.of({"root/.netrc": b"machine a"})).with_config(env={"API_KEY": "x"})
    >>> [found.place for found in credentials(made, explain(made))]
    ['root/.netrc', 'API_KEY']
    """
    hidden = {(row.layer, row.path): row.by for row in report.dead}
    found = [
        Credential(path, kind, number, hidden.get((number, path)))
        for number, layer in enumerate(image.layers)
        for path, kind in _in_files(layer)
    ]
    return (*found, *_in_metadata(image))


def _in_files(layer: Layer) -> Iterator[tuple[str, str]]:
    for path, entry in layer.entries.items():
        if entry.kind != "file" or not entry.size or not _word.search(path):
            continue
        if match := _file.search(path):
            yield path, FILES[(match.lastindex or 1) - 1][-1]
        elif match := _content.search(path):
            _, _, words, kind = CONTENTS[(match.lastindex or 1) - 1]
            if re.search(words, entry.content.read(0, LONGEST)):
                yield path, kind


def _in_metadata(image: Image) -> Iterator[Credential]:
    """Yield the variables of the configuration, then those that only the history has, each once."""
    found: dict[str, str] = {}
    for line in image.config.get("Env") or ():
        found |= dict.fromkeys(_variables(str(line)), "a variable of every container")
    for step in image.history:
        # Arguments of a build stand before the shell: |1 TOKEN=abc /bin/sh -c make
        for name in _variables(step.created_by):
            found.setdefault(name, "a value in the history of the image")
    for name, kind in found.items():
        yield Credential(name, kind, None)
    for number, step in enumerate(image.history, start=1):
        # A token that a variable has is told of above. Others stand in a command, as in git clone https://me:pass@host
        rest = TOKEN.sub("", step.created_by)
        if KNOWN.search(rest) or LOG_IN.search(rest):
            yield Credential(f"line {number} of the history", "a token, or an address with a password", None)


def _variables(line: str) -> Iterator[str]:
    yield from (name for name, _ in SECRET.findall(line) if not name.upper().endswith(NO_SECRET))
    yield from (found[1] for found in TOKEN.finditer(line))
