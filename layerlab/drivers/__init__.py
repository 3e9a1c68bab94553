"""How storage drivers keep containers on a real disk: what each change costs there, and which pages are shared.

Each driver is a set of values and a rule for copying, in `driver`. Only the standard library is imported.
"""
