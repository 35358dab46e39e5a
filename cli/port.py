"""Say whether the app's port is free: `python -m cli.port 8501`, on nothing but the standard library."""

from __future__ import annotations

import errno
import socket
import sys

LOOPBACK = "127.0.0.1"


def port_problem(port: str) -> str | None:
    """Return one line saying why the app cannot listen on `port` of the loopback address, None when it can."""
    if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
        return f"PORT={port} is no port: give a number from 1 to 65535"
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the app's server does it: a port that only waits for its last connections to fade is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, int(port)))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return (
                    f"port {port} is in use (by the app already running?): stop that, or choose another with PORT=8502"
                )
            return f"port {port} cannot be used: {error.strerror}; choose another with PORT=8502"
    return None


if __name__ == "__main__":
    problem = port_problem(sys.argv[1])
    if problem:
        sys.exit(problem)
