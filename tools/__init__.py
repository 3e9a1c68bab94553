"""What maintainers and `make` run; the lessons and the package do not use it."""
