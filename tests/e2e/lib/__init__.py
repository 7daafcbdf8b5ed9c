"""What the end-to-end tests are made of: a laboratory of network namespaces, real servers and clients, and sluice.

It needs root, iproute2 and Debian's Python 3; no other module than the standard library.
"""
