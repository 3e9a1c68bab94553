"""`python -m layerlab` is the command `layerlab`."""

import sys

from layerlab.cli.main import program

if __name__ == "__main__":
    sys.exit(program())
