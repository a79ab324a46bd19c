"""The vector suite, run through the Python package; see tests/vectors/README.md."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Callable

import livetemplate

ROOT = Path(__file__).resolve().parents[3]
VECTORS = ROOT / "tests" / "vectors"
TRANSCRIPTS = ROOT / "target" / "transcripts" / "python"

NANOSECONDS = re.compile(rb"T\d\d:\d\d:\d\d\.\d{7}")
HEADING = re.compile(rb"-- (.+) --\r?$")


class Mismatch(Exception):
    """A case did not give what it must."""


@dataclass
class Case:
    """One file of the suite."""

    path: Path
    options: list[str] = field(default_factory=list)
    templates: list[tuple[str, bytes]] = field(default_factory=list)
    data: bytes = b"null"
    patches: list[tuple[str, bytes]] = field(default_factory=list)
    wants: dict[int, bytes] = field(default_factory=dict)
    errors: dict[int, dict[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}-{self.path.stem}"

    def option(self, name: str, default: str) -> str:
        values = [line.split(" ", 1)[1] for line in self.options if line.startswith(name + " ")]
        return values[-1] if values else default

    @property
    def flags(self) -> dict[str, bool]:
        return {"times": "no-times" not in self.options, "trusted": "trusted" in self.options}


def sections(text: bytes) -> list[tuple[str, bytes]]:
    """Heading and content of each section; the last newline before a heading, or the end, is no content."""
    found: list[tuple[str, list[bytes]]] = []
    for line in text.split(b"\n"):
        heading = HEADING.match(line)
        if heading:
            found.append((heading[1].decode(), []))
        elif found:
            found[-1][1].append(line)
    if found and found[-1][1] and found[-1][1][-1] == b"":
        found[-1][1].pop()
    return [(heading, b"\n".join(lines)) for heading, lines in found]


def read(path: Path) -> Case:
    case = Case(path)
    for heading, content in sections(path.read_bytes()):
        kind, _, rest = heading.partition(" ")
        name, _, file = rest.partition("< ")
        name = name.strip()
        if file:
            content = (path.parent / file).read_bytes()
        if kind == "options":
            case.options = content.decode().splitlines()
        elif kind == "template":
            case.templates.append((name, content))
        elif kind == "data":
            case.data = content
        elif kind == "patch":
            case.patches.append((name, content))
        elif kind == "want":
            case.wants[int(name)] = content
        elif kind == "details":
            case.errors.setdefault(int(name), {})["details"] = content.decode()
        elif kind == "error":
            fields = (line.split(" ", 1) for line in content.decode().splitlines())
            case.errors.setdefault(int(name), {}).update({key: value for key, value in fields})
        else:
            raise Mismatch(f"unknown section {heading!r}")
    return case


def cases() -> list[Path]:
    return sorted(VECTORS.glob("*/*.txtar"))


def build(case: Case) -> livetemplate.Template:
    delims = case.option("delims", "")
    left, _, right = delims.partition(" ")
    options: Any = {
        "delims": (left, right) if delims else None,
        "missing_key": case.option("missingkey", "default"),
        "numbers": case.option("numbers", "adaptive"),
    }
    return livetemplate.Template.from_sources(case.templates, **options)


def first_page(app: livetemplate.Application, template: livetemplate.Template, case: Case) -> livetemplate.Page:
    """A page made from the case's data as Python objects: what a page that was told the JSON text says it has."""
    plain = app.new_page(livetemplate.Template(""), None)
    plain.update_json(case.data, **case.flags)
    page = app.new_page(template, plain.data())
    if NANOSECONDS.search(case.data):
        # A datetime cannot hold them.
        page.update_json(case.data, **case.flags)
    return page


def text(content: bytes) -> str:
    """The engine's bytes as Python shows them."""
    return content.decode("utf-8", "replace")


def same(what: str, got: str, want: str) -> None:
    if got != want:
        raise Mismatch(f"{what}\n   got {got!r}\n  want {want!r}")


def fails(what: str, wanted: dict[str, str], action: Callable[[], object]) -> None:
    """Sees that an action raises the wanted error; fields that are not wanted are not compared."""
    try:
        got = action()
    except livetemplate.Error as error:
        place = (error.template, error.line, error.column, str(error), error.details, type(error).__name__)
        actual = dict(zip(("template", "line", "column", "message", "details", "code"), place))
        for name, value in wanted.items():
            same(f"{what}: {name} of the error", str(actual[name]), value)
        if getattr(livetemplate, wanted["code"]).code != error.code:
            raise Mismatch(f"{what}: number {error.code}") from error
        return
    raise Mismatch(f"{what}: no error but {got!r}")


def unwrap(html: str, identity: str) -> str:
    """The page without the wrapper of its live region, whose end tag is the last before the end of the body."""
    start = f'<div data-lvt-id="{identity}">'
    if html.count(start) != 1:
        raise Mismatch(f"{html.count(start)} wrappers in {html!r}")
    before, after = html.split(start)
    bodies = [match.start() for match in re.finditer("(?i)</body", after)]
    region = after[: bodies[-1]] if bodies else after
    end = region.rfind("</div>")
    if end < 0:
        raise Mismatch(f"no end of the wrapper in {html!r}")
    return before + after[:end] + after[end + len("</div>") :]


def run(case: Case) -> list[tuple[str, bytes]]:
    """Runs a case and gives the records of its transcript; none where there is no page."""
    if 0 in case.errors:
        wanted = case.errors[0]
        fails("render", wanted, lambda: build(case).render_json(case.data, **case.flags))
        return []
    template = build(case)
    same("render of state 0", template.render_json(case.data, **case.flags), text(case.wants[0]))
    with livetemplate.Application() as app:
        page = first_page(app, template, case)
        records = [("tree", page.tree().encode())]
        html = page.render()
        same("page of state 0", unwrap(html, page.id), text(case.wants[0]))
        records.append(("html", html.encode()))
        current = 0
        for state, (title, patch) in enumerate(case.patches, 1):
            if state in case.errors:
                fails(f"patch {title!r}", case.errors[state], lambda: page.patch_json(patch, **case.flags))
                payload = None
            else:
                payload = page.patch_json(patch, **case.flags).payload
                current = state
            html = page.render()
            same(f"page after {title!r}", unwrap(html, page.id), text(case.wants[current]))
            same(f"template after {title!r}", template.render(page.data()), text(case.wants[current]))
            if payload is not None:
                records += [("update", payload), ("html", html.encode())]
        if not page.patch([]).is_empty:
            raise Mismatch("an empty patch gave an update")
        return records


def write(case: Case, records: list[tuple[str, bytes]]) -> None:
    """Writes the transcript that tests/conformance reads."""
    TRANSCRIPTS.mkdir(parents=True, exist_ok=True)
    with open(TRANSCRIPTS / f"{case.name}.bin", "wb") as out:
        for kind, content in records:
            out.write(f"{kind} {len(content)}\n".encode() + content + b"\n")
