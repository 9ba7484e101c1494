"""Runs a command in a network namespace of its own where only loopback is up: nothing it sends can leave the machine.

`unshare -rn python alone.py COMMAND…`. It brings loopback up by itself, as not every machine has iproute2.
"""

import fcntl
import os
import socket
import struct
import sys

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    asked = fcntl.ioctl(any_socket, SIOCGIFFLAGS, struct.pack("16sh14x", b"lo", 0))
    flags = struct.unpack("16sh14x", asked)[1]
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))
assert [name for _, name in socket.if_nameindex()] == ["lo"]

os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606
