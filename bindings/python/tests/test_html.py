"""Pages whose HTML the host renders: Jinja2, through random data journeys.

Each leaves a transcript that tests/conformance applies with the published client and compares with what a browser's parser makes
of the host's HTML.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import jinja2
import livetemplate as lvt
import pytest

TRANSCRIPTS = Path(__file__).resolve().parents[3] / "target" / "transcripts-html" / "python"

# As hosts write them: white space of loops and conditions stays, lists have keys, ids or nothing, and tags are left out.
TEMPLATES = {
    "shop": """<!DOCTYPE html>
<html><head><title>{{ title }}</title></head>
<body class="{{ theme }}">
  <h1>{{ title }}</h1>
  {% if flash %}<div class="flash {{ theme }}" role="alert">{{ flash }}</div>{% endif %}
  <table id="rows">
    <thead><tr><th>Name<th>Count</tr></thead>
    <tbody>
    {% for row in rows %}
      <tr data-key="{{ row.id }}"{% if row.open %} class="open"{% endif %}>
        <td>{{ row.name }}</td><td{% if row.count < 3 %} class="low"{% endif %}>{{ row.count }}</td>
        <td><input type="checkbox" name="c{{ row.id }}"{% if row.open %} checked{% endif %}></td>
        <td>{% for tag in row.tags %}<b>{{ tag }}</b> {% endfor %}</td>
      </tr>
    {% else %}
      <tr><td colspan="4">None</td></tr>
    {% endfor %}
    </tbody>
  </table>
  <form><select name="s">{% for row in rows %}<option{% if row.open %} selected{% endif %}>{{ row.name }}</option>{% endfor %}</select>
  <textarea name="t">
{{ flash }}</textarea></form>
</body></html>""",
    "article": """<!DOCTYPE html><title>{{ title }}</title>
<header><nav><ul>{% for row in rows %}<li><a href="/{{ row.id }}?a=1&amp;b={{ row.count }}">{{ row.name }}</a>{% endfor %}</ul></nav></header>
<main>
{% for row in rows %}
<section id="s{{ row.id }}">
<h2>{{ row.name }}</h2>
{% if row.open %}<p>{{ row.text }}<p>{{ row.text }} <em>{{ row.count }}</em> of {{ rows | length }}{% else %}<p hidden>closed{% endif %}
<dl>{% for tag in row.tags %}<dt>{{ tag }}<dd>{{ row.count }}{% endfor %}</dl>
</section>
{% endfor %}
{% if flash %}<aside><!-- {{ theme }} --><p>{{ flash }}</aside>{% endif %}
<svg viewBox="0 0 9 9">{% for row in rows %}<circle r="{{ row.count }}"/>{% endfor %}</svg>
<script>var data = {{ rows | length }} < 3 && "</p>";</script>
<noscript><p>{{ flash }}</noscript>
</main>""",
    "quirks": """<p>{{ flash }}<table><tr><td>{{ title }}</table>
{% for row in rows %}<div>{{ row.name }}{% if row.open %}<br><i>{{ row.text }}</i>{% endif %}</div>
{% endfor %}<pre>

{{ flash }}</pre>{% for row in rows %}{{ row.name }}, {% endfor %}""",
}

NAMES = ["", "a", "Ann", "<b>", "\"quoted\" & 'single'", "é\u00a0ß", "{{ x }}", "  ", "</script>", "two\nlines"]
TEXT = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore. "


def row(rng: random.Random, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": rng.choice(NAMES),
        "count": rng.randrange(9),
        "open": rng.random() < 0.3,
        "tags": rng.sample(NAMES, rng.randrange(4)),
        "text": TEXT * rng.randrange(8),
    }


def change(rng: random.Random, data: dict[str, Any]) -> None:
    rows = data["rows"]
    match rng.randrange(9):
        case 0:
            data["title"] = rng.choice(NAMES)
        case 1:
            data["flash"] = rng.choice(["", *NAMES])
        case 2:
            data["theme"] = rng.choice(["dark", "light"])
        case 3:
            data["number"] += 1
            rows.insert(rng.randrange(len(rows) + 1), row(rng, data["number"]))
        case 4 if rows:
            rows.pop(rng.randrange(len(rows)))
        case 5:
            rng.shuffle(rows)
        case 6 if rng.random() < 0.1:
            rows.clear()
        case _ if rows:
            at = rng.randrange(len(rows))
            rows[at] = row(rng, rows[at]["id"])
        case _:
            pass


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", TEMPLATES)
def test_random_journeys_of_jinja2(name: str, seed: int) -> None:
    rng = random.Random(f"{name} {seed}")
    template = jinja2.Environment(autoescape=True).from_string(TEMPLATES[name])
    data: dict[str, Any] = {"title": "T", "theme": "dark", "flash": "", "number": 0, "rows": []}
    for _ in range(rng.randrange(12)):
        data["number"] += 1
        data["rows"].append(row(rng, data["number"]))
    records = bytearray()

    def record(kind: str, content: bytes) -> None:
        records.extend(f"{kind} {len(content)}\n".encode() + content + b"\n")

    with lvt.Application() as app:
        html = template.render(data)
        page = app.new_page_from_html(html)
        record("tree", page.tree().encode())
        record("html", html.encode())
        for _ in range(100):
            for _ in range(rng.randrange(3)):
                change(rng, data)
            html = template.render(data)
            update = page.update_html(html if rng.random() < 0.5 else html.encode())
            record("update", update.payload)
            record("html", html.encode())
            fresh = app.new_page_from_html(html)
            # The order of attributes may differ, so the lengths are compared: no byte is lost.
            assert len(page.render()) == len(fresh.render())
            fresh.close()
    TRANSCRIPTS.mkdir(parents=True, exist_ok=True)
    (TRANSCRIPTS / f"{name}-{seed}.bin").write_bytes(records)


def test_each_kind_of_page_has_its_own_updates() -> None:
    with lvt.Application() as app:
        page = app.new_page_from_html(b"<p>a", wire="tree")
        assert page.update_html("<p>b").payload == b'{"tree":{"0":{"0":"b"}}}'
        assert page.render().startswith("<html><head></head><body><div data-lvt-id=")
        with pytest.raises(lvt.errors.PageKind) as raised:
            page.update({})
        assert raised.value.code == 103
        for refused in (page.data, lambda: page.patch([]), lambda: page.set_data({})):
            with pytest.raises(lvt.errors.PageKind):
                refused()
        with pytest.raises(lvt.errors.PageKind):
            app.new_page(lvt.Template("x"), {}).update_html("y")
        with pytest.raises(lvt.errors.DepthExceeded):
            page.update_html("<div>" * 1000)
        assert page.update_html("<p>b").is_empty


def test_upon() -> None:
    template = lvt.Template.upon('<p title="{{ a }}">{% for x in l %}<b>{{ x }}</b>{% endfor %}', "page")
    assert template.render({"a": '"', "l": ["<", 1]}) == '<p title="&#34;"><b>&lt;</b><b>1</b>'
    with lvt.Application() as app:
        page = app.new_page(template, {"a": "x", "l": []})
        assert page.update({"a": "y", "l": []}).payload == b'{"tree":{"0":{"0":"y"}}}'
        assert page.data() == {"a": "y", "l": []}
    with pytest.raises(lvt.errors.TemplateParse) as raised:
        lvt.Template.upon("\n{{", "page")
    assert (raised.value.template, raised.value.line) == ("page", 2)
