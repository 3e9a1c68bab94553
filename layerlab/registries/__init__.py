"""What travels between a host and a registry: blobs, manifests, tags, and what each client asks for and remembers.

Everything here is computed; the client of a real registry is in `engines`. Only the standard library is imported.
"""
