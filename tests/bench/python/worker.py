"""The Python side of the benchmark: rendering from Python's own dicts, driven line by line on standard input.

    python worker.py livetemplate|jinja2 TEMPLATE DATA…

    version     → the version of the renderer
    html I      → LENGTH HASH            the page of the I-th data file, to see that all sides do the same work
    render I MS → OPERATIONS NANOSECONDS  renders it for about MS milliseconds
"""

import json
import sys
import time
from collections.abc import Callable
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


def fnv1a(data: bytes) -> int:
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def main() -> None:
    name, template, *files = sys.argv[1:]
    render = renderer(name, Path(template).read_text("utf-8"))
    pages = [json.loads(Path(file).read_text("utf-8")) for file in files]
    for line in sys.stdin:
        command, *numbers = line.split()
        if command == "version":
            answer = f"{name} {version(name)}"
        elif command == "html":
            html = render(pages[int(numbers[0])]).encode()
            answer = f"{len(html)} {fnv1a(html)}"
        else:
            page, nanoseconds = pages[int(numbers[0])], int(numbers[1]) * 1_000_000
            operations, start = 0, time.perf_counter_ns()
            while time.perf_counter_ns() - start < nanoseconds:
                render(page)
                operations += 1
            answer = f"{operations} {time.perf_counter_ns() - start}"
        print(answer, flush=True)


if __name__ == "__main__":
    main()
