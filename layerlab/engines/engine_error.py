"""The one error that asking an engine raises."""

from layerlab.model.layerlab_error import LayerlabError
from layerlab.words.printable import printable


class EngineError(LayerlabError, RuntimeError):
    """An engine does not answer, or refuses: one line that says which engine and why.

    >>> engine("unix:///no/such.sock")
    Traceback (most recent call last):
    layerlab.engines.engine_error.EngineError: no engine answers at unix:///no/such.sock (No such file or directory): \
start Docker, or Podman with `systemctl start podman.socket`, or give the address of its socket
    """

    def __init__(self, text: str) -> None:
        super().__init__(printable(text))
