"""The Python side of the benchmark: rendering from Python's own dicts, driven line by line on standard input.

    python worker.py livetemplate|jinja2

Fields are separated by tabs.

    version            → the version of the renderer
    load TEMPLATE DATA → LENGTH SHA256   makes this the page that is rendered, and shows that all sides do the same work
    render MS          → OPERATIONS NANOSECONDS   renders it for about MS milliseconds
"""

import json
import sys
import time
from collections.abc import Callable
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any


def renderer(name: str, source: str) -> Callable[[dict[str, Any]], str]:
    if name == "livetemplate":
        import livetemplate

        return livetemplate.Template(source).render
    import jinja2

    # As Flask sets it up, but for the last line's end, which Go keeps.
    return jinja2.Environment(autoescape=True, keep_trailing_newline=True).from_string(source).render


def main() -> None:
    name = sys.argv[1]
    render: Callable[[dict[str, Any]], str]
    page: dict[str, Any]
    for line in sys.stdin:
        command, *arguments = line.rstrip("\n").split("\t")
        if command == "version":
            answer = f"{name} {version(name)}"
        elif command == "load":
            template, data = map(Path, arguments)
            render, page = renderer(name, template.read_text("utf-8")), json.loads(data.read_text("utf-8"))
            html = render(page).encode()
            answer = f"{len(html)} {sha256(html).hexdigest()}"
        else:
            nanoseconds = int(arguments[0]) * 1_000_000
            operations, start = 0, time.perf_counter_ns()
            while time.perf_counter_ns() - start < nanoseconds:
                render(page)
                operations += 1
            answer = f"{operations} {time.perf_counter_ns() - start}"
        print(answer, flush=True)


if __name__ == "__main__":
    main()
