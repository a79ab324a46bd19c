// Random templates with the shape of the data they read.
//
// A template is a tree of nodes; `source` prints it. A block reads the fields of its dot, described by a shape: an object
// of fields `{kind: text|bool|key|count|record|list|map|texts|tree, of?: shape}`. Element structure is always well formed, so that a
// browser's parser leaves it as it is.

const KEYS = ['id', 'data-key', 'data-lvt-key'];
const ROWS = ['plain', 'plain', 'keyed', 'keyed', 'keyed', 'text', 'two-roots', 'inner-key', 'branch-root', 'slot-only'];

/** Draws a template: `{root, shape, defines, page, title}`. */
export function drawTemplate(random) {
  const shape = {};
  // `top` is the shape of `$`: the argument of the template that is being written. `loop` is set in the rows of a range.
  const context = { random, defines: [], counter: { names: 0 }, scripts: random.chance(0.2), top: shape, loop: false };
  const root = block(context, shape, 3, 'flow');
  const page = random.pick(['bare', 'bare', 'body', 'open-body', 'files', 'files']);
  return { root, shape, defines: context.defines, page, title: page === 'files' ? field(context, shape, 'text') : null };
}

function fresh(context) {
  return context.counter.names++;
}

function field(context, shape, kind, extra = {}) {
  // Only fields without rows of their own are read twice, or keys would stand twice on the page.
  const same = extra.of || kind === 'tree' ? [] : Object.entries(shape).filter(([, known]) => known.kind === kind);
  if (same.length > 0 && context.random.chance(0.3)) return context.random.pick(same)[0];
  const name = `${kind[0].toUpperCase()}${fresh(context)}`;
  shape[name] = { kind, ...extra };
  return name;
}

function block(context, shape, depth, place) {
  const nodes = [];
  const count = 1 + context.random.below(3);
  for (let i = 0; i < count; i++) nodes.push(node(context, shape, depth, place));
  return nodes;
}

function node(context, shape, depth, place) {
  const { random } = context;
  const kinds = ['text', 'slot', 'slot', 'element', 'attribute', 'outer', 'variable', 'branch-in-attribute', 'texts', 'count'];
  if (depth > 0) kinds.push('element', 'if', 'if', 'with', 'list', 'list', 'list', 'range', 'map', 'call', 'switch-attribute', 'else-if', 'tree');
  // A row that ends inside an element leaves it open: the browser's parser would move what comes then.
  if (context.loop && !random.browser) kinds.push('leave');
  if (depth > 0 && !random.browser) kinds.push('total', 'chain');
  if (context.scripts) kinds.push('script', random.browser ? 'script' : 'textarea');
  const kind = random.pick(kinds);
  switch (kind) {
    case 'text':
      return { kind, text: random.pick([' ', 'word', '\n  ', ' &amp; ', '<!-- c -->', '<br>', 'a longer run of plain text, with a comma']) };
    case 'slot':
      return { kind, field: field(context, shape, 'text') };
    case 'element':
      return { kind, tag: random.pick(['div', 'section', 'span', 'b']), body: block(context, shape, depth - 1, place) };
    case 'attribute':
      return { kind, name: random.pick(['title', 'class', 'href', 'style', 'onclick', 'data-x']), field: field(context, shape, 'text') };
    case 'outer':
      return { kind, field: field(context, context.top, 'text') };
    case 'variable':
      return { kind, name: `v${fresh(context)}`, field: field(context, shape, 'text'), test: field(context, shape, 'bool'), other: field(context, shape, 'text') };
    case 'branch-in-attribute':
      return { kind, test: field(context, shape, 'bool'), field: field(context, shape, 'text'), list: random.chance(0.5) ? field(context, shape, 'texts') : null };
    case 'texts':
      return { kind, field: field(context, shape, 'texts'), form: random.pick(['bare', 'element', 'index', 'length']) };
    case 'count':
      return { kind, field: field(context, shape, 'count') };
    case 'leave':
      return { kind, how: random.pick(['break', 'continue']), test: field(context, shape, 'bool') };
    case 'total': {
      const of = { [`B${fresh(context)}`]: { kind: 'bool' }, [`T${fresh(context)}`]: { kind: 'text' } };
      return { kind, name: `v${fresh(context)}`, field: field(context, shape, 'list', { of }), cells: Object.keys(of) };
    }
    case 'chain': {
      const [first, second] = [{}, {}];
      return {
        kind,
        name: `v${fresh(context)}`,
        fields: [field(context, shape, 'record', { of: first }), field(context, shape, 'record', { of: second })],
        value: field(context, first, 'text'),
        body: block(context, first, depth - 1, place),
        cells: block(context, second, depth - 1, place),
        otherwise: random.chance(0.5) ? block(context, shape, depth - 1, place) : null,
      };
    }
    case 'tree': {
      if (!context.defines.some(({ name }) => name === 'tree')) {
        context.defines.push({ name: 'tree', body: [{ kind: 'tree-body', attribute: random.pick(KEYS), form: random.pick(['if', 'else', 'bare']) }] });
      }
      return { kind, field: field(context, shape, 'tree') };
    }
    case 'else-if':
      return {
        kind,
        tests: [field(context, shape, 'bool'), field(context, shape, 'bool')],
        body: block(context, shape, depth - 1, place),
        cells: block(context, shape, depth - 1, place),
        otherwise: random.chance(0.5) ? block(context, shape, depth - 1, place) : null,
      };
    case 'switch-attribute':
      return { kind, test: field(context, shape, 'bool'), field: field(context, shape, 'text'), body: block(context, shape, depth - 1, place) };
    case 'script':
    case 'textarea':
      return { kind, field: field(context, shape, 'text') };
    case 'if':
      return {
        kind,
        test: field(context, shape, random.chance(0.8) ? 'bool' : 'text'),
        body: block(context, shape, depth - 1, place),
        otherwise: random.chance(0.5) ? block(context, shape, depth - 1, place) : null,
      };
    case 'with': {
      const of = {};
      const name = field(context, shape, 'record', { of });
      return {
        kind,
        field: name,
        body: block(context, of, depth - 1, place),
        otherwise: random.chance(0.5) ? block(context, shape, depth - 1, place) : null,
      };
    }
    case 'list':
    case 'range':
    case 'map':
      return range(context, shape, depth, kind);
    case 'call': {
      const of = {};
      const body = block({ ...context, top: of, loop: false }, of, depth - 1, place);
      const name = `t${context.defines.length}`;
      context.defines.push({ name, body });
      return { kind, name, field: field(context, shape, 'record', { of, always: true }) };
    }
    default:
      throw new Error(kind);
  }
}

/** A range: `list` stands alone in an element, `range` beside whatever there is, `map` goes over a map. */
function range(context, shape, depth, kind) {
  const { random } = context;
  const row = random.pick(ROWS);
  const of = {};
  const over = kind === 'map' ? 'map' : 'list';
  const id = row === 'keyed' || row === 'inner-key' || random.chance(0.3) ? random.pick(['ID', 'key', 'Ref']) : null;
  if (id) of[id] = { kind: 'key' };
  const name = field(context, shape, over, { of, id });
  return {
    kind: 'range',
    over,
    field: name,
    alone: kind === 'list',
    container: random.pick(['ul', 'ul', 'tbody', 'div']),
    before: kind !== 'list' && random.chance(0.5) ? 'head' : null,
    after: kind !== 'list' && random.chance(0.5) ? 'foot' : null,
    wrapped: kind === 'list' || random.chance(0.5),
    row,
    id,
    attribute: random.pick(KEYS),
    quoted: random.chance(0.9),
    variables: random.pick([null, null, 'one', 'two']),
    cells: row === 'slot-only' ? [{ kind: 'slot', field: field(context, of, 'text') }] : block({ ...context, loop: true }, of, depth - 1, 'row'),
    test: row === 'branch-root' ? field(context, of, 'bool') : null,
    leave: random.chance(0.15) ? { how: random.pick(['break', 'continue']), test: field(context, of, 'bool') } : null,
    otherwise: random.chance(0.4) ? block(context, shape, depth - 1, 'flow') : null,
  };
}

/** The template's text. */
export function source({ root, defines, page, title }) {
  const defined = defines.map(({ name, body }) => `{{define "${name}"}}${print(body)}{{end}}`).join('');
  if (page === 'files') {
    // The two tags of the live region stand in templates of their own, with slots around them.
    const header = `<!DOCTYPE html><html><head><title>{{.${title}}}</title></head><body class="{{.${title}}}" {{if .${title}}}id="b"{{end}}><p>{{.${title}}}</p>`;
    const footer = `<p>{{.${title}}}</p></body><!-- end --></html>{{.${title}}}\n`;
    return `{{template "header" .}}${print(root)}{{template "footer" .}}${defined}{{define "header"}}${header}{{end}}{{define "footer"}}${footer}{{end}}`;
  }
  const text = `${print(root)}${defined}`;
  if (page === 'bare') return text;
  const end = page === 'body' ? '</body></html>\n' : '';
  return `<!DOCTYPE html><html><head><title>page</title></head><body>${text}${end}`;
}

function print(nodes) {
  return nodes.map(printNode).join('');
}

function printNode(node) {
  const otherwise = node.otherwise ? `{{else}}${print(node.otherwise)}` : '';
  switch (node.kind) {
    case 'text':
      return node.text;
    case 'slot':
      return `{{.${node.field}}}`;
    case 'element':
      return `<${node.tag}>${print(node.body)}</${node.tag}>`;
    case 'attribute':
      return `<i ${node.name}="${node.name === 'onclick' ? `f({{.${node.field}}})` : `{{.${node.field}}}`}">i</i>`;
    case 'outer':
      return `<i>{{$.${node.field}}}</i>`;
    case 'variable':
      return `{{$${node.name} := .${node.field}}}{{$${node.name}}}{{if .${node.test}}}{{$${node.name} = .${node.other}}}{{end}}<b>{{$${node.name}}}</b>`;
    case 'branch-in-attribute': {
      const list = node.list ? ` {{range .${node.list}}}{{.}} {{end}}` : '';
      return `<i class="{{if .${node.test}}}on{{else}}{{.${node.field}}}{{end}}${list}">i</i>`;
    }
    case 'texts':
      if (node.form === 'length') return `{{len .${node.field}}}`;
      if (node.form === 'bare') return `{{range .${node.field}}}{{.}}{{end}}`;
      if (node.form === 'index') return `<ul>{{range $i, $e := .${node.field}}}<li>{{$i}}: {{$e}}</li>{{end}}</ul>`;
      return `<ul>{{range .${node.field}}}<li>{{.}}</li>{{else}}<li>none</li>{{end}}</ul>`;
    case 'count':
      return `{{range .${node.field}}}<u>{{.}}</u>{{end}}`;
    case 'leave':
      return `{{if .${node.test}}}{{${node.how}}}{{end}}`;
    case 'total':
      return `{{$${node.name} := 0}}{{range $i, $e := .${node.field}}}{{if $e.${node.cells[0]}}}{{$${node.name} = $i}}{{continue}}{{else}}{{$e.${node.cells[1]}}}{{end}}-{{end}}{{$${node.name}}}`;
    case 'chain':
      return `{{with $${node.name} := .${node.fields[0]}}}{{$${node.name}.${node.value}}}${print(node.body)}{{else with .${node.fields[1]}}}${print(node.cells)}${otherwise}{{end}}`;
    case 'tree':
      return `{{template "tree" .${node.field}}}`;
    case 'tree-body': {
      const inner = node.form === 'if' ? '{{if .Kids}}{{template "tree" .}}{{end}}' : '{{template "tree" .}}';
      return `<ul>{{range .Kids}}<li ${node.attribute}="{{.ID}}">{{.T}}${inner}</li>${node.form === 'else' ? '{{else}}<li>leaf {{.T}}</li>' : ''}{{end}}</ul>`;
    }
    case 'else-if':
      return `{{if .${node.tests[0]}}}${print(node.body)}{{else if .${node.tests[1]}}}${print(node.cells)}${otherwise}{{end}}`;
    case 'switch-attribute':
      return `<div {{if .${node.test}}}class="{{.${node.field}}}"{{end}}>${print(node.body)}</div>`;
    case 'script':
      return `<script>var x = {{.${node.field}}};</script>`;
    case 'textarea':
      return `<textarea>{{.${node.field}}}</textarea>`;
    case 'if':
      return `{{if .${node.test}}}${print(node.body)}${otherwise}{{end}}`;
    case 'with':
      return `{{with .${node.field}}}${print(node.body)}${otherwise}{{end}}`;
    case 'call':
      return `{{template "${node.name}" .${node.field}}}`;
    case 'range':
      return printRange(node);
    default:
      throw new Error(node.kind);
  }
}

function printRange(node) {
  const table = node.wrapped && node.container === 'tbody';
  const tag = table ? 'tr' : node.wrapped && node.container === 'ul' ? 'li' : 'p';
  const inner = (text) => (table ? `<td>${text}</td>` : tag === 'p' ? `<span>${text}</span>` : text);
  // `<p>` must hold phrasing content only, so rows outside lists and tables are `<div>`s.
  const element = tag === 'p' ? 'div' : tag;
  const extra = (text) => `<${element}>${inner(text)}</${element}>`;
  const cells = print(node.cells);
  const attribute = node.quoted ? `${node.attribute}="{{.${node.id}}}"` : `${node.attribute}={{.${node.id}}}`;
  let row;
  switch (node.row) {
    case 'keyed':
      row = `<${element} ${attribute}>${inner(cells)}</${element}>`;
      break;
    case 'two-roots':
      row = `<${element}>${inner(cells)}</${element}>${extra('second')}`;
      break;
    case 'inner-key':
      row = `<${element}>${table ? `<td ${attribute}>${cells}</td>` : `<b ${attribute}>${cells}</b>`}</${element}>`;
      break;
    case 'branch-root':
      row = `{{if .${node.test}}}<${element}>${inner(cells)}</${element}>{{else}}${extra('other')}{{end}}`;
      break;
    case 'text':
      row = table ? extra(cells) : `${cells}, `;
      break;
    case 'slot-only':
      row = table ? extra(cells) : cells;
      break;
    default:
      row = `\n  <${element}>${inner(cells)}</${element}>\n`;
  }
  if (node.leave) row = `{{if .${node.leave.test}}}{{${node.leave.how}}}{{end}}${row}`;
  const variables = node.variables === 'one' ? `$e${node.field} := ` : node.variables === 'two' ? `$i${node.field}, $e${node.field} := ` : '';
  if (node.variables === 'two') row += table ? '' : `{{$i${node.field}}}`;
  const otherwise = node.otherwise ? `{{else}}${table ? `<tr><td>${print(node.otherwise)}</td></tr>` : element === 'li' ? `<li>${print(node.otherwise)}</li>` : print(node.otherwise)}` : '';
  const loop = `{{range ${variables}.${node.field}}}${row}${otherwise}{{end}}`;
  const around = `${node.before ? extra(node.before) : ''}${loop}${node.after ? extra(node.after) : ''}`;
  if (!node.wrapped) return around;
  if (table) return `<table><tbody>${around}</tbody></table>`;
  return `<${node.container}>${around}</${node.container}>`;
}

/** Every list of nodes in a template, with what replaces it when it is cut: for shrinking. */
export function* lists(template) {
  const walk = function* (nodes) {
    yield nodes;
    for (const node of nodes) {
      if (node.body) yield* walk(node.body);
      if (node.cells) yield* walk(node.cells);
      if (node.otherwise) yield* walk(node.otherwise);
    }
  };
  yield* walk(template.root);
  for (const { body } of template.defines) yield* walk(body);
}
