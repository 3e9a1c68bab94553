"""See, build and break container images in a notebook, with real bytes and real hashes, and no Docker."""

import lazy_loader

# Each name is imported when it is first asked for, because nothing should wait for what it does not use. The public
# names and their homes stand in __init__.pyi, which type checkers read too.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
