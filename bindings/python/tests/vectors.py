"""The vector suite, run through the Python package; see tests/vectors/README.md."""

from __future__ import annotations

import json
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
class Step:
    """What leads to the next state."""

    kind: str
    title: str
    text: bytes


@dataclass
class Case:
    """One file of the suite."""

    path: Path
    options: list[str] = field(default_factory=list)
    templates: list[tuple[str, bytes]] = field(default_factory=list)
    data: bytes = b"null"
    #: The first state of a page whose HTML its host renders; there is no template then.
    html: bytes | None = None
    steps: list[Step] = field(default_factory=list)
    #: Control messages, by the number of steps before them.
    receives: dict[int, list[bytes]] = field(default_factory=dict)
    wants: dict[int, bytes] = field(default_factory=dict)
    errors: dict[int, dict[str, str]] = field(default_factory=dict)
    dependencies: list[dict[str, object]] | None = None
    analysis: dict[str, object] | None = None

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}-{self.path.stem}"

    @property
    def wires(self) -> list[Any]:
        return self.option("wire", "").split()

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
        elif kind == "html":
            case.html = content
        elif kind == "receive":
            case.receives.setdefault(len(case.steps), []).append(content)
        elif kind in ("patch", "update", "set_data", "update_html"):
            case.steps.append(Step(kind, name, content))
        elif kind == "analysis":
            case.analysis = json.loads(content)
        elif kind == "dependencies":
            case.dependencies = [json.loads(line) for line in content.splitlines()]
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


def check(ok: object, value: object) -> object:
    """A function that templates with the option `functions` call."""
    if ok is not True:
        raise ValueError("check failed")
    return value


def tick() -> str:
    """The other one."""
    return "tick"


def build(case: Case) -> livetemplate.Template:
    delims = case.option("delims", "")
    left, _, right = delims.partition(" ")
    options: Any = {
        "delims": (left, right) if delims else None,
        "missing_key": case.option("missingkey", "default"),
        "numbers": case.option("numbers", "adaptive"),
        "functions": {"check": check, "tick": tick} if "functions" in case.options else None,
        "max_steps": int(case.option("max-steps", "0")) or None,
        "max_output": int(case.option("max-output", "0")) or None,
    }
    return livetemplate.Template.from_sources(case.templates, **options)


def native(text: bytes, flags: dict[str, bool]) -> Any:
    """JSON text as Python objects: what a page that was told it says it has."""
    with livetemplate.Application() as app:
        page = app.new_page(livetemplate.Template(""), None)
        page.update_json(text, **flags)
        return page.data()


def first_page(app: livetemplate.Application, template: livetemplate.Template, case: Case) -> livetemplate.Page:
    """A page made from the case's data as Python objects."""
    page = app.new_page(template, native(case.data, case.flags))
    if NANOSECONDS.search(case.data):
        # A datetime cannot hold them.
        page.update_json(case.data, **case.flags)
    return page


def by_text(page: livetemplate.Page, step: Step, flags: dict[str, bool]) -> livetemplate.Update | None:
    """Takes a step by its JSON text, where there is such a call; setting data aside gives no update."""
    if step.kind == "patch":
        return page.patch_json(step.text, **flags)
    if step.kind == "update":
        return page.update_json(step.text, **flags)
    if step.kind == "update_html":
        return page.update_html(step.text)
    return by_objects(page, step, flags)


def by_objects(page: livetemplate.Page, step: Step, flags: dict[str, bool]) -> livetemplate.Update | None:
    """Takes a step by Python objects."""
    data = native(step.text, flags)
    if step.kind == "patch":
        return page.patch(data)
    if step.kind == "update":
        return page.update(data)
    page.set_data(data)
    return None


def stats(update: livetemplate.Update) -> str:
    """The figures of an update as a transcript has them."""
    s = update.stats
    figures = {
        "bytes": s.bytes,
        "full_render_bytes": s.full_render_bytes,
        "reduction": int(s.reduction * 1e6),
        "slots_evaluated": s.slots_evaluated,
        "outside": s.outside,
        **s.reasons,
        **({"strategy": s.strategy} if s.strategy else {}),
    }
    return "\n".join(f"{name} {figure}" for name, figure in figures.items())


def told(take: Callable[[], livetemplate.Update | None]) -> str:
    """What a step gave, or its error, as text to compare."""
    try:
        update = take()
    except livetemplate.Error as error:
        return f"{type(error).__name__}: {error}"
    return f"{text(update.payload)}\n{stats(update)}" if update else ""


def nothing(what: str, update: livetemplate.Update) -> None:
    if not update.is_empty:
        raise Mismatch(f"{what}, given again, sent {update.payload!r}")


def compare_dependencies(case: Case, template: livetemplate.Template) -> None:
    if case.dependencies is None:
        return
    names = ("action", "always", "column", "kind", "line", "paths", "template")
    got = [{name: getattr(dependency, name) for name in names} for dependency in template.dependencies()]
    if got != case.dependencies:
        raise Mismatch(f"dependencies\n   got {got}\n  want {case.dependencies}")


def compare_analysis(case: Case, what: str, got: livetemplate.Analysis) -> None:
    if case.analysis is not None and got != case.analysis:
        raise Mismatch(f"analysis of the {what}\n   got {got}\n  want {case.analysis}")


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
    if case.html is not None:
        return run_html(case, case.html)
    if 0 in case.errors:
        wanted = case.errors[0]
        fails("render", wanted, lambda: build(case).render_json(case.data, **case.flags))
        return []
    template = build(case)
    same("render of state 0", template.render_json(case.data, **case.flags), text(case.wants[0]))
    compare_dependencies(case, template)
    compare_analysis(case, "template", template.analysis())
    # A datetime cannot hold nanoseconds: such a case is walked by JSON text alone.
    holdable = not any(map(NANOSECONDS.search, [case.data, *(step.text for step in case.steps)]))
    with livetemplate.Application() as app:
        page = first_page(app, template, case)
        refuse(case, page)
        compare_analysis(case, "page", page.analysis())
        # The same journey once more, by Python objects.
        other = first_page(app, template, case)
        records = [("tree", page.tree().encode())]
        html = page.render()
        same("page of state 0", unwrap(html, page.id), text(case.wants[0]))
        records.append(("html", html.encode()))
        current = 0
        for state, step in enumerate(case.steps, 1):
            what = f"{step.kind} {step.title!r}"
            update = None
            if state in case.errors:
                by_json = told(lambda: by_text(page, step, case.flags))
                fails(what, case.errors[state], lambda: by_text(page, step, case.flags))
            else:
                update = by_text(page, step, case.flags)
                by_json = told(lambda: update)
                current = state
            if holdable:
                same(f"{what} by objects", told(lambda: by_objects(other, step, case.flags)), by_json)
                same(f"other page after {what}", unwrap(other.render(), other.id), text(case.wants[current]))
            html = page.render()
            same(f"page after {what}", unwrap(html, page.id), text(case.wants[current]))
            same(f"template after {what}", template.render(page.data()), text(case.wants[current]))
            if update is not None:
                records += [("update", update.payload), ("stats", stats(update).encode()), ("html", html.encode())]
                if step.kind == "update":
                    nothing(what, page.update_json(step.text, **case.flags))
        nothing("an empty patch", page.patch([]))
        if holdable:
            nothing("the same data", page.update(page.data()))
        return records


def run_html(case: Case, html: bytes) -> list[tuple[str, bytes]]:
    """The same for a page whose HTML its host renders."""
    with livetemplate.Application() as app:
        page = app.new_page_from_html(html)
        refuse(case, page)
        records = [("tree", page.tree().encode()), ("html", page.render().encode())]
        for step in case.steps:
            update = page.update_html(step.text)
            whole(update)
            records += [("update", update.payload), ("stats", stats(update).encode()), ("html", page.render().encode())]
            nothing(step.title, page.update_html(step.text))
        return records


def refuse(case: Case, page: livetemplate.Page) -> None:
    """Sees that a page in a format of another client takes no control messages."""
    for message in sum(case.receives.values(), []):
        fails(f"a control message in {page.wire}", {"code": "InvalidArgument"}, lambda: page.receive(message))


def whole(update: livetemplate.Update) -> None:
    """Sees that an update's messages put together are its payload."""
    messages = update.messages
    together = b",".join(messages)
    if (b"[" + together + b"]" if len(messages) > 1 else together) != update.payload:
        raise Mismatch("the messages are not the payload")


def walk(case: Case, wire: Any) -> list[tuple[str, bytes]]:
    """The journey of a page in another format, as the records of a transcript."""
    with livetemplate.Application() as app:
        if case.html is not None:
            page = app.new_page_from_html(case.html, wire=wire)
        else:
            page = app.new_page(build(case), native(case.data, case.flags), wire=wire)
        records = [("resync", page.resync()), ("html", page.render().encode())]
        has_control = wire in ("operations", "fragments", "patches")
        if not has_control:
            refuse(case, page)

        def answers(state: int) -> None:
            if has_control:
                records.extend(("answer", page.receive(message)) for message in case.receives.get(state, []))

        answers(0)
        for state, step in enumerate(case.steps, 1):
            if state in case.errors:
                fails(step.title, case.errors[state], lambda: by_text(page, step, case.flags))
                continue
            update = by_text(page, step, case.flags)
            if update is not None:
                whole(update)
                reply = update.reply("save", {"Name": "is <empty>"})
                records += [("update", update.payload), ("reply", reply), ("stats", stats(update).encode())]
                if wire == "fragments":
                    records.append(("fragments", json.dumps(update.fragments).encode()))
                if case.html is not None:
                    records.append(("changes", json.dumps(update.changes).encode()))
                records.append(("html", page.render().encode()))
            answers(state)
        return [*records, ("resync", page.resync())]


def write(case: Case, records: list[tuple[str, bytes]], suffix: str = "") -> None:
    """Writes a transcript that tests/conformance reads."""
    TRANSCRIPTS.mkdir(parents=True, exist_ok=True)
    with open(TRANSCRIPTS / f"{case.name}{suffix}.bin", "wb") as out:
        for kind, content in records:
            out.write(f"{kind} {len(content)}\n".encode() + content + b"\n")
