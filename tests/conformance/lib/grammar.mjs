// Random templates with the shape of the data they read.
//
// A template is a tree of nodes; `source` prints it. A block reads the fields of its dot, described by a shape: an object
// of fields `{kind: text|bool|key|count|record|list|map|texts|tree|object, of?: shape}`. Element structure is always well
// formed, so that a browser's parser leaves it as it is.

const KEYS = ['id', 'data-key', 'data-lvt-key'];
const ROWS = ['plain', 'plain', 'keyed', 'keyed', 'keyed', 'text', 'two-roots', 'inner-key', 'branch-root', 'slot-only', 'called', 'called-root', 'index-key'];

/** Draws a template: `{root, shape, defines, page, title}`. */
export function drawTemplate(random) {
  const shape = {};
  // `top` is the shape of `$`: the argument of the template that is being written. `loop` is set in the rows of a range.
  // `variables` are those in scope: `{name, kind: value|record|index|name, of?: shape}`.
  const context = { random, style: random.style, defines: [], counter: { names: 0 }, scripts: random.chance(0.2), top: shape, loop: false, variables: [] };
  const { big, deep } = random.style;
  const root = block(context, shape, deep ? 6 : big ? 1 : 3, 'flow');
  if (big) root.splice(random.below(root.length + 1), 0, bigList(context, shape));
  const page = random.pick(['bare', 'bare', 'body', 'open-body', 'files', 'files']);
  if (random.style.elements) return { root, shape, defines: context.defines, page: page === 'files' ? 'regions' : page, title: page === 'files' ? field(context, shape, 'text') : null };
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

/** A field that nothing else reads. */
function fieldOnce(context, shape, known) {
  const name = `${known.kind[0].toUpperCase()}${fresh(context)}`;
  shape[name] = known;
  return name;
}

function block(outer, shape, depth, place) {
  const context = { ...outer, variables: [...outer.variables] };
  const nodes = [];
  const count = context.style.deep ? 1 + context.random.below(2) : 1 + context.random.below(3);
  for (let i = 0; i < count; i++) nodes.push(node(context, shape, depth, place));
  return nodes;
}

/** A range over a long list of simple rows. */
function bigList(context, shape) {
  const { random } = context;
  if (random.chance(0.1)) return { kind: 'texts', field: field(context, shape, 'texts', { big: context.style.big }), form: random.pick(['bare', 'element', 'index']) };
  const range = drawRange(context, shape, 1, random.pick(['list', 'list', 'range']));
  shape[range.field].big = context.style.big;
  return range;
}

function node(context, shape, depth, place) {
  const { random, style } = context;
  const kinds = ['text', 'slot', 'slot', 'element', 'attribute', 'outer', 'variable', 'branch-in-attribute', 'texts', 'count', 'declare', 'reread', 'predefined'];
  if (context.variables.length > 0) kinds.push('read', 'read', 'read', 'test-variable');
  if (depth > 0) kinds.push('element', 'if', 'if', 'with', 'list', 'list', 'list', 'range', 'map', 'call', 'switch-attribute', 'else-if', 'tree', 'if-declare', 'chain');
  if (style.deep && depth > 0) kinds.push('if', 'with', 'list', 'call', 'if', 'with', 'list', 'call');
  if (style.functions) kinds.push('function', 'function', 'function');
  if (style.objects) kinds.push('object', 'object');
  if (!style.decided) {
    if (context.variables.some(({ kind }) => kind === 'value')) kinds.push('assign', 'assign');
    // A row that ends inside an element leaves it open: the browser's parser would move what comes then.
    if (context.loop && !style.browser) kinds.push('leave');
    if (depth > 0 && !style.browser) kinds.push('total');
    if (style.functions) kinds.push('volatile', 'volatile');
  }
  if (style.elements) kinds.push('select', 'svg', 'input', 'style', 'named', 'named', 'trusted', 'paragraph', 'raw', 'keyed-part');
  if (style.messy) kinds.push('tag', 'tag', 'misplaced', 'misplaced');
  if (context.scripts) kinds.push('script', style.browser ? 'script' : 'textarea');
  const kind = random.pick(kinds);
  switch (kind) {
    case 'text':
      return { kind, text: random.pick([' ', 'word', '\n  ', ' &amp; ', '<!-- c -->', '<br>', 'a longer run of plain text, with a comma']) };
    case 'slot':
      return { kind, field: field(context, shape, 'text') };
    case 'element':
      // No scope: what is declared inside is known behind it.
      return { kind, tag: random.pick(['div', 'section', 'span', 'b']), body: block(context, shape, depth - 1, place) };
    case 'select':
      return { kind, field: field(context, shape, 'texts'), name: field(context, shape, 'text'), form: random.pick(['options', 'values', 'group']) };
    case 'svg':
      return { kind, field: field(context, shape, 'text'), list: random.chance(0.6) ? field(context, shape, 'texts') : null, test: field(context, shape, 'bool') };
    case 'input':
      return { kind, field: field(context, shape, 'text'), test: field(context, shape, 'bool'), form: random.pick(['value', 'checked', 'image', 'line']) };
    case 'style':
    case 'paragraph':
      return { kind, field: field(context, shape, 'text') };
    case 'trusted':
      return { kind, field: field(context, shape, 'html') };
    case 'raw':
      return { kind, tag: random.pick(['textarea', 'script', 'pre']), field: field(context, shape, 'text') };
    // An element with an id of its own, literal or not. In the rows of a range only the second is the only one of its id.
    case 'named': {
      const literal = !context.repeated && random.chance(0.6);
      const id = literal ? `n${fresh(context)}` : fieldOnce(context, shape, { kind: 'key', unique: true });
      const attribute = random.chance(0.4) ? field(context, shape, 'text') : null;
      return { kind, literal, id, attribute, tag: random.pick(['div', 'span', 'section', 'b']), body: block(context, shape, Math.max(0, depth - 1), place) };
    }
    // Only a part of the id is from the data.
    case 'keyed-part':
      return { kind, id: fieldOnce(context, shape, { kind: 'key', unique: true }), number: fresh(context), field: field(context, shape, 'text') };
    case 'tag':
      return { kind, text: random.pick(['<p>', '</p>', '</b>', '</i>', '<li>', '<br><td>x', '</table>', '<br><tr>', '<hr>', '</br>', '<option>', '<a href="/">', '</a>', '<nobr>', '<b>']) };
    case 'misplaced':
      return { kind, tag: random.pick(['p', 'a', 'button', 'h1', 'ul', 'li', 'table', 'form', 'i', 'em', 'label', 'option', 'article', 'nobr', 'dd', 'template', 'center']), body: block(context, shape, Math.max(0, depth - 1), place) };
    case 'attribute':
      return { kind, name: random.pick(['title', 'class', 'href', 'style', 'onclick', 'data-x']), field: field(context, shape, 'text') };
    case 'outer':
      return { kind, field: field(context, context.top, 'text') };
    case 'variable':
      return {
        kind,
        name: `v${fresh(context)}`,
        field: field(context, shape, 'text'),
        test: field(context, shape, 'bool'),
        other: field(context, shape, 'text'),
        assigns: !style.decided,
      };
    case 'declare': {
      const name = `v${fresh(context)}`;
      const of = {};
      const form = random.pick(['value', 'value', 'length', 'record', 'dot', 'top']);
      const value = {
        value: () => `.${field(context, shape, 'text')}`,
        length: () => `len .${field(context, shape, 'texts')}`,
        record: () => `.${field(context, shape, 'record', { of, always: true })}`,
        dot: () => '.',
        top: () => '$',
      }[form]();
      const known = ['value', 'length'].includes(form) ? 'value' : 'record';
      context.variables.push({ name, kind: known, of: form === 'dot' ? shape : form === 'top' ? context.top : of });
      return { kind, name, value };
    }
    case 'read': {
      const variable = random.pick(context.variables);
      if (variable.kind !== 'record') return { kind, value: `$${variable.name}` };
      return { kind, value: `$${variable.name}.${field(context, variable.of, 'text')}` };
    }
    case 'test-variable': {
      const variable = random.pick(context.variables);
      const value = variable.kind === 'record' ? `$${variable.name}.${field(context, variable.of, 'bool')}` : `$${variable.name}`;
      const test = variable.kind === 'index' && random.chance(0.5) ? `eq ${value} ${random.below(3)}` : value;
      return { kind, test, body: block(context, shape, depth - 1, place), otherwise: random.chance(0.5) ? block(context, shape, depth - 1, place) : null };
    }
    case 'assign': {
      const { name } = random.pick(context.variables.filter((variable) => variable.kind === 'value'));
      return { kind, name, field: field(context, shape, 'text'), test: random.chance(0.5) ? field(context, shape, 'bool') : null };
    }
    case 'if-declare': {
      const name = `v${fresh(context)}`;
      const value = field(context, shape, 'text');
      const inner = { ...context, variables: [...context.variables, { name, kind: 'value' }] };
      return { kind, name, field: value, body: block(inner, shape, depth - 1, place), otherwise: random.chance(0.5) ? block(inner, shape, depth - 1, place) : null };
    }
    case 'reread': {
      // Something of a list that another place shows too.
      const lists = Object.entries(shape).filter(([, known]) => ['list', 'texts', 'map'].includes(known.kind));
      if (lists.length === 0) return { kind: 'slot', field: field(context, shape, 'text') };
      const [name, { kind: type, of }] = random.pick(lists);
      const forms = ['length', 'test', 'with'];
      if (type === 'texts') forms.push('print', 'first', 'second', 'tail');
      if (type === 'list') forms.push('first', 'second', 'texts', 'tail');
      if (type === 'map') forms.push('index');
      if (context.scripts) forms.push('json');
      return { kind, field: name, form: random.pick(forms), cell: of ? `.${field(context, of, 'text')}` : '.' };
    }
    case 'predefined': {
      const text = () => `.${field(context, shape, 'text')}`;
      const bool = () => `.${field(context, shape, 'bool')}`;
      return {
        kind,
        value: random.pick([
          () => `printf "%v-%q" ${text()} ${bool()}`,
          () => `or ${bool()} ${text()}`,
          () => `and ${bool()} ${text()}`,
          () => `not ${bool()}`,
          () => `eq (print ${text()}) (print ${text()})`,
          () => `len (printf "%v" ${text()})`,
          () => `${text()} | html`,
          () => `print ${text()} (print ${text()} | urlquery)`,
          () => `default "none" ${text()}`,
        ])(),
      };
    }
    case 'function': {
      const text = () => `.${field(context, shape, 'text')}`;
      const list = () => `.${field(context, shape, 'texts')}`;
      const form = random.pick(['value', 'value', 'test', 'range', 'range', 'rows', 'check', 'check']);
      if (form === 'rows') {
        const of = { ID: { kind: 'key' } };
        const cell = field(context, of, 'text');
        return { kind, form, value: `${random.pick(['evens', 'backwards'])} .${field(context, shape, 'list', { of, id: 'ID' })}`, cell };
      }
      const value = {
        value: () => random.pick([`shout ${text()}`, `both ${text()} ${text()}`, style.big ? `shout ${text()}` : `shout (both ${text()} $)`, `${text()} | shout`]),
        test: () => `same ${text()} ${text()}`,
        range: () => `${random.pick(['evens', 'backwards'])} ${list()}`,
        check: () => `check .${field(context, shape, 'bool')} .${field(context, shape, 'bool')}`,
      }[form]();
      return { kind, form, value };
    }
    case 'volatile':
      return { kind, value: random.pick(['tick', 'tick', 'if (odd)']) };
    case 'object':
      return { kind, field: field(context, shape, 'object'), form: random.pick(['title', 'method', 'tags', 'print']) };
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
      const name = `v${fresh(context)}`;
      const fields = [field(context, shape, 'record', { of: first }), field(context, shape, 'record', { of: second })];
      const inner = { ...context, variables: [...context.variables, { name, kind: 'record', of: first }] };
      return {
        kind,
        name,
        fields,
        value: field(context, first, 'text'),
        body: block(inner, first, depth - 1, place),
        cells: block(context, second, depth - 1, place),
        otherwise: random.chance(0.5) ? block(context, shape, depth - 1, place) : null,
      };
    }
    case 'tree': {
      if (!context.defines.some(({ name }) => name === 'tree')) {
        context.defines.push({ name: 'tree', body: [{ kind: 'tree-body', attribute: random.pick(KEYS), form: random.pick(['if', 'else', 'bare', 'index']) }] });
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
      return { kind, field: field(context, shape, 'text'), list: random.chance(0.3) ? field(context, shape, 'texts') : null };
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
      return drawRange(context, shape, depth, kind);
    case 'call': {
      const form = random.pick(['field', 'field', 'dot', 'nothing']);
      const of = form === 'dot' ? shape : {};
      const name = define(context, of, form === 'nothing' ? [{ kind: 'text', text: 'static' }] : null, depth);
      return { kind, name, argument: { field: () => ` .${field(context, shape, 'record', { of, always: true })}`, dot: () => ' .', nothing: () => '' }[form]() };
    }
    default:
      throw new Error(kind);
  }
}

/** Defines a template whose `$` has the shape; returns its name. */
function define(context, of, body, depth) {
  const written = body ?? block({ ...context, top: of, loop: false, variables: [] }, of, depth - 1, 'row');
  const name = `t${context.defines.length}`;
  context.defines.push({ name, body: written });
  return name;
}

/** A range: `list` stands alone in an element, `range` beside whatever there is, `map` goes over a map. */
function drawRange(context, shape, depth, kind) {
  const { random, style } = context;
  const row = random.pick(ROWS);
  const of = {};
  const over = kind === 'map' ? 'map' : 'list';
  const id = ['keyed', 'inner-key', 'called', 'called-root'].includes(row) || random.chance(0.3) ? random.pick(['ID', 'key', 'Ref']) : null;
  if (id) of[id] = { kind: 'key' };
  const name = field(context, shape, over, { of, id });
  const declared = row === 'index-key' ? 'two' : random.pick([null, null, 'one', 'two']);
  const variables = [];
  if (declared === 'two') variables.push({ name: `i${name}`, kind: over === 'list' ? 'index' : 'name' });
  if (declared) variables.push({ name: `e${name}`, kind: 'record', of });
  const inner = { ...context, loop: true, repeated: true, variables: [...context.variables, ...variables] };
  // The numbers of rows come again in other lists.
  const attribute = row === 'index-key' && style.browser ? 'id' : row === 'index-key' && style.elements ? 'data-key' : random.pick(KEYS);
  if (style.elements && id && attribute === 'id') of[id].unique = true;
  let called = null;
  if (row === 'called') called = define({ ...context, repeated: true }, of, null, depth);
  if (row === 'called-root') {
    const body = block({ ...context, top: of, loop: false, repeated: true, variables: [] }, of, depth - 1, 'row');
    called = define(context, of, [{ kind: 'keyed-element', attribute, id, body }], depth);
  }
  return {
    kind: 'range',
    over,
    field: name,
    alone: kind === 'list',
    container: row === 'called-root' ? 'div' : random.pick(['ul', 'ul', 'tbody', 'div']),
    before: kind !== 'list' && random.chance(0.5) ? 'head' : null,
    after: kind !== 'list' && random.chance(0.5) ? 'foot' : null,
    wrapped: kind === 'list' || random.chance(0.5),
    containerClass: random.chance(0.2) ? field(context, shape, 'text') : null,
    row,
    id,
    called,
    attribute,
    quoted: random.chance(0.9),
    spaced: style.elements && random.chance(0.4),
    rowAttribute: style.elements && random.chance(0.4) ? { name: random.pick(['class', 'title', 'style']), field: field(context, of, 'text') } : null,
    secondCell: style.elements && random.chance(0.5) ? field(context, of, 'text') : null,
    variables: declared,
    printsIndex: declared === 'two' && random.chance(0.4),
    cells: called ? [] : row === 'slot-only' ? [{ kind: 'slot', field: field(context, of, 'text') }] : block(inner, of, depth - 1, 'row'),
    test: row === 'branch-root' ? field(context, of, 'bool') : null,
    leave: !style.decided && random.chance(style.browser ? 0.6 : 0.3) ? { how: random.pick(['break', 'continue']), test: field(context, of, 'bool') } : null,
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
  if (page === 'regions') {
    // An id of the body that is literal, or is not known, or none.
    const id = ['', ' id="region"', ` id="{{.${title}}}"`][root.length % 3];
    return `<!DOCTYPE html><html><head><title>{{.${title}}}</title></head><body${id} class="{{.${title}}}">\n${print(root)}{{template "footer" .}}${defined}{{define "footer"}}<p>{{.${title}}}</p></body></html>\n{{end}}`;
  }
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
    case 'trusted':
      return `{{.${node.field}}}`;
    case 'select': {
      // (Without tags: what a parser does with them there differs between versions of the standard.)
      const text = '{{printf "%v" .}}';
      const option = { options: `<option>${text}</option>`, values: `<option value="{{.}}">${text}</option>`, group: `<optgroup label="{{.}}"><option>${text}</option></optgroup>` }[node.form];
      return `<select name="{{.${node.name}}}">{{range .${node.field}}}${option}{{end}}</select>`;
    }
    case 'svg': {
      const list = node.list ? `{{range .${node.list}}}<text>{{printf "%v" .}}</text>{{end}}` : '';
      return `<svg viewBox="0 0 1 1"><g class="{{.${node.field}}}">{{if .${node.test}}}<circle r="1"/>{{end}}${list}</g><title>{{.${node.field}}}</title></svg>`;
    }
    case 'input':
      return {
        value: `<input name="i" value="{{.${node.field}}}">`,
        checked: `<input type="checkbox"{{if .${node.test}}} checked{{end}}>`,
        image: `<img alt="{{.${node.field}}}" src="/i.png"/>`,
        line: `<hr title="{{.${node.field}}}">`,
      }[node.form];
    case 'style':
      return `<style>.x { color: {{.${node.field}}} }</style>`;
    case 'paragraph':
      return `<p title="x">{{.${node.field}}}</p>`;
    case 'raw':
      return `<${node.tag}>${node.tag === 'script' ? 'var y = ' : '\n'}{{.${node.field}}}</${node.tag}>`;
    case 'named':
      return `<${node.tag} id="${node.literal ? node.id : `{{.${node.id}}}`}"${node.attribute ? ` title="{{.${node.attribute}}}"` : ''}>${print(node.body)}</${node.tag}>`;
    case 'keyed-part':
      return `<i id="p${node.number}-{{.${node.id}}}">{{.${node.field}}}</i>`;
    case 'tag':
      return node.text;
    case 'misplaced':
      return `<${node.tag}>${print(node.body)}</${node.tag}>`;
    case 'element':
      return `<${node.tag}>${print(node.body)}</${node.tag}>`;
    case 'keyed-element':
      return `<div ${node.attribute}="{{.${node.id}}}">${print(node.body)}</div>`;
    case 'attribute':
      return `<i ${node.name}="${node.name === 'onclick' ? `f({{.${node.field}}})` : `{{.${node.field}}}`}">i</i>`;
    case 'outer':
      return `<i>{{$.${node.field}}}</i>`;
    case 'variable': {
      const again = node.assigns ? `{{if .${node.test}}}{{$${node.name} = .${node.other}}}{{end}}` : `{{if .${node.test}}}{{$${node.name} := .${node.other}}}{{$${node.name}}}{{end}}`;
      return `{{$${node.name} := .${node.field}}}{{$${node.name}}}${again}<b>{{$${node.name}}}</b>`;
    }
    case 'declare':
      return `{{$${node.name} := ${node.value}}}`;
    case 'read':
    case 'predefined':
      return `{{${node.value}}}`;
    case 'test-variable':
      return `{{if ${node.test}}}${print(node.body)}${otherwise}{{end}}`;
    case 'if-declare':
      return `{{if $${node.name} := .${node.field}}}${print(node.body)}${otherwise}{{end}}`;
    case 'assign': {
      const assign = `{{$${node.name} = .${node.field}}}`;
      return node.test ? `{{if .${node.test}}}${assign}{{end}}` : assign;
    }
    case 'reread':
      return printReread(node);
    case 'function':
      switch (node.form) {
        case 'test':
          return `{{if ${node.value}}}same{{else}}<i>other</i>{{end}}`;
        case 'range':
          return `<ul>{{range ${node.value}}}<li>{{.}}</li>{{else}}<li>none</li>{{end}}</ul>`;
        case 'rows':
          return `<ul>{{range ${node.value}}}<li>{{.${node.cell}}}</li>{{end}}</ul>`;
        default:
          return `{{${node.value}}}`;
      }
    case 'volatile':
      return node.value === 'tick' ? '{{tick}}' : '{{if odd}}odd{{tick}}{{end}}';
    case 'object':
      return {
        title: `{{.${node.field}.title}}`,
        method: `{{.${node.field}.label "a "}}`,
        tags: `{{range .${node.field}.tags}}<u>{{.}}</u>{{end}}`,
        print: `{{if .${node.field}}}card{{end}}`,
      }[node.form];
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
      const range = node.form === 'index' ? 'range $i, $e := .Kids' : 'range .Kids';
      const index = node.form === 'index' ? '{{$i}}' : '';
      return `<ul>{{${range}}}<li ${node.attribute}="{{.ID}}">${index}{{.T}}${inner}</li>${node.form === 'else' ? '{{else}}<li>leaf {{.T}}</li>' : ''}{{end}}</ul>`;
    }
    case 'else-if':
      return `{{if .${node.tests[0]}}}${print(node.body)}{{else if .${node.tests[1]}}}${print(node.cells)}${otherwise}{{end}}`;
    case 'switch-attribute':
      return `<div {{if .${node.test}}}class="{{.${node.field}}}"{{end}}>${print(node.body)}</div>`;
    case 'script':
      return `<script>var x = {{.${node.field}}};${node.list ? `{{range .${node.list}}}f({{.}});{{end}}` : ''}</script>`;
    case 'textarea':
      return `<textarea>{{.${node.field}}}${node.list ? `{{range .${node.list}}}{{.}} {{end}}` : ''}</textarea>`;
    case 'if':
      return `{{if .${node.test}}}${print(node.body)}${otherwise}{{end}}`;
    case 'with':
      return `{{with .${node.field}}}${print(node.body)}${otherwise}{{end}}`;
    case 'call':
      return `{{template "${node.name}"${node.argument}}}`;
    case 'range':
      return printRange(node);
    default:
      throw new Error(node.kind);
  }
}

function printReread({ field, form, cell }) {
  switch (form) {
    case 'length':
      return `{{len .${field}}}`;
    case 'test':
      return `{{if .${field}}}some{{else}}<i>none</i>{{end}}`;
    case 'with':
      return `{{with .${field}}}{{len .}}{{end}}`;
    case 'print':
      return `<i title="{{.${field}}}">{{.${field}}}</i>`;
    case 'first':
      return `{{if .${field}}}{{with index .${field} 0}}{{${cell}}}{{end}}{{end}}`;
    case 'second':
      // Not in every list: an error then.
      return `{{if .${field}}}{{with index .${field} 1}}{{${cell}}}{{end}}{{end}}`;
    case 'index':
      return `{{with index .${field} "a"}}{{${cell}}}{{end}}`;
    case 'texts':
      return `{{range .${field}}}{{${cell}}},{{end}}`;
    case 'tail':
      return `{{if .${field}}}{{range slice .${field} 1}}{{${cell}}},{{end}}{{end}}`;
    case 'json':
      return `<script>var l = {{.${field}}};</script>`;
    default:
      throw new Error(form);
  }
}

function printRange(node) {
  const table = node.wrapped && node.container === 'tbody';
  const tag = table ? 'tr' : node.wrapped && node.container === 'ul' ? 'li' : 'p';
  const second = node.secondCell ? `<td title="{{.${node.secondCell}}}">{{.${node.secondCell}}}</td>` : '';
  const inner = (text) => (table ? `<td>${text}</td>${second}` : tag === 'p' ? `<span>${text}</span>` : text);
  // `<p>` must hold phrasing content only, so rows outside lists and tables are `<div>`s.
  const element = tag === 'p' ? 'div' : tag;
  const extra = (text) => `<${element}>${inner(text)}</${element}>`;
  const cells = node.called ? `{{template "${node.called}" .}}` : print(node.cells);
  const key = node.quoted ? `${node.attribute}="{{.${node.id}}}"` : `${node.attribute}={{.${node.id}}}`;
  const own = node.rowAttribute ? ` ${node.rowAttribute.name}="{{.${node.rowAttribute.field}}}"` : '';
  const attribute = `${key}${own}`;
  let row;
  switch (node.row) {
    case 'keyed':
    case 'called':
      row = `<${element} ${attribute}>${inner(cells)}</${element}>`;
      break;
    case 'called-root':
      row = cells;
      break;
    case 'index-key':
      row = `<${element} ${node.attribute}="i{{$i${node.field}}}">${inner(cells)}</${element}>`;
      break;
    case 'two-roots':
      row = `<${element}>${inner(cells)}</${element}>${extra('second')}`;
      break;
    case 'inner-key':
      row = `<${element}>${table ? `<td ${key}>${cells}</td>` : `<b ${key}>${cells}</b>`}</${element}>`;
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
      row = `\n  <${element}${own}>${inner(cells)}</${element}>\n`;
  }
  if (node.spaced) row = `\n  ${row} `;
  if (node.leave) row = `{{if .${node.leave.test}}}{{${node.leave.how}}}{{end}}${row}`;
  const variables = node.variables === 'one' ? `$e${node.field} := ` : node.variables === 'two' ? `$i${node.field}, $e${node.field} := ` : '';
  if (node.printsIndex) row += table ? '' : `{{$i${node.field}}}`;
  const otherwise = node.otherwise ? `{{else}}${table ? `<tr><td>${print(node.otherwise)}</td></tr>` : element === 'li' ? `<li>${print(node.otherwise)}</li>` : print(node.otherwise)}` : '';
  const loop = `{{range ${variables}.${node.field}}}${row}${otherwise}{{end}}`;
  const around = `${node.before ? extra(node.before) : ''}${loop}${node.after ? extra(node.after) : ''}`;
  if (!node.wrapped) return around;
  const classes = node.containerClass ? ` class="{{.${node.containerClass}}}"` : '';
  if (table) return `<table><tbody${classes}>${around}</tbody></table>`;
  return `<${node.container}${classes}>${around}</${node.container}>`;
}

/** Every list of nodes in a template, with what replaces it when it is cut: for shrinking. */
export function* lists(template) {
  const walk = function* (nodes) {
    yield nodes;
    for (const node of nodes) {
      if (node.body) yield* walk(node.body);
      if (node.cells && typeof node.cells[0] !== 'string') yield* walk(node.cells);
      if (node.otherwise) yield* walk(node.otherwise);
    }
  };
  yield* walk(template.root);
  for (const { body } of template.defines) yield* walk(body);
}

/** What a template holds, by name. */
export function features(template) {
  const found = new Set();
  for (const list of lists(template)) {
    for (const node of list) {
      found.add(node.kind);
      if (node.otherwise) found.add('else');
      if (node.kind === 'named') found.add(node.literal ? 'literal id' : 'id from data');
      if (node.kind !== 'range') continue;
      found.add(`rows: ${node.row}`);
      if (node.id && node.attribute === 'id') found.add('rows: by id');
      if (node.spaced || node.row === 'plain') found.add('rows with white space');
      if (node.rowAttribute) found.add('a slot in a row\u2019s start tag');
      if (node.wrapped && node.container === 'tbody') found.add('rows of a table');
      if (node.leave) found.add(node.leave.how);
      if (node.variables === 'two') found.add('index variable');
      if (node.before || node.after || !node.wrapped) found.add('rows beside others');
      if (!node.wrapped && list === template.root) found.add('rows at the top');
      if (node.wrapped && node.containerClass) found.add('container with a slot');
      if (node.otherwise) found.add('range with else');
      if (['keyed', 'two-roots', 'inner-key'].includes(node.row) && node.attribute !== 'id' && list === template.root) found.add('data-key in a range at the top');
      if (node.cells.some((cell) => JSON.stringify(cell).includes('"range"'))) found.add('range in a range');
    }
  }
  if (found.has('leave')) found.add('break');
  if (template.page === 'bare') found.add('no <body>');
  return found;
}
