"""People who look at the live page, as one light process: reads events and does nothing with them.

    python -m benchmarks.status_viewers HOST PORT PATH COOKIE VIEWERS

Prints ``ready`` once every connection has had its first event, and at the end of its standard
input how many events and bytes came, as JSON. One thread, plain sockets: what it costs is the
kernel's work of handing the bytes over, as it would be with viewers on other machines.
"""

from __future__ import annotations

import json
import os
import selectors
import socket
import sys

_REQUEST = "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nCookie: {cookie}\r\n\r\n"
_MARK = b"event: page\n"


def main(host: str, port: int, path: str, cookie: str, viewers: int) -> None:
    """Look until standard input ends."""
    os.nice(19)
    request = _REQUEST.format(path=path, host=host, port=port, cookie=cookie).encode()
    chosen = selectors.DefaultSelector()
    chosen.register(sys.stdin.buffer, selectors.EVENT_READ)
    streams: dict[socket.socket, int] = {}
    for _ in range(viewers):
        one = socket.create_connection((host, port))
        one.sendall(request)
        chosen.register(one, selectors.EVENT_READ)
        streams[one] = 0
    read_bytes, lost, is_ready = 0, 0, False
    while True:
        for key, _ in chosen.select():
            if not isinstance(key.fileobj, socket.socket):
                found = {"events": sum(streams.values()), "bytes": read_bytes, "lost": lost}
                print(json.dumps(found), flush=True)
                return
            data = key.fileobj.recv(256 * 1024)
            read_bytes += len(data)
            streams[key.fileobj] += data.count(_MARK)
            if not data:
                chosen.unregister(key.fileobj)
                lost += 1
        if not is_ready and all(streams.values()):
            is_ready = True
            print("ready", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], int(sys.argv[5]))
