"""The processes of a container: a PID namespace, its first process, signals, and a small shell to write programs in.

`real_namespace` runs the same text in a real namespace where the machine allows it. Everything else is computed. Only
the standard library is imported.
"""
