"""Starts the demo: ``PORT=9000 python -m demo``. HOST and PORT are read from the environment."""

import asyncio
import os
import sys

from .server import serve


def main() -> int:
    host = os.environ.get("HOST", "127.0.0.1")
    port = os.environ.get("PORT", "8080")
    if not port.isdecimal() or int(port) > 65535:
        print(f"PORT must be a number from 0 to 65535, not {port!r}", file=sys.stderr)
        return 2
    try:
        asyncio.run(serve(host, int(port)))
    except KeyboardInterrupt:
        pass
    except OSError as error:
        print(f"cannot serve at {host}:{port}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
