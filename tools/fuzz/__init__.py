"""Fuzz: what reads archives, fed with inputs that nobody wrote, guided by the code that they reach (atheris)."""
