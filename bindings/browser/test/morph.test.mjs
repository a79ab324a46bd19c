// What the user has done to a page survives updates of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shown } from './support.mjs';

/** A page with a `change` that shows new content, as any format does. */
function live(html) {
  const it = shown('patches', html);
  it.change = (next) => {
    it.applier.resync({ html: next });
    assert.equal(it.root.innerHTML, it.ends ?? it.root.innerHTML);
  };
  it.get = (selector) => it.root.querySelector(selector);
  return it;
}

test('typed text stays until the server changes the field', () => {
  const it = live('<p>1</p><input name="a" value="x"><textarea name="b">x</textarea>');
  it.get('input').value = 'typed';
  it.get('textarea').value = 'typed';
  it.change('<p>2</p><input name="a" value="x" class="c"><textarea name="b">x</textarea>');
  assert.equal(it.get('input').value, 'typed');
  assert.equal(it.get('input').className, 'c');
  assert.equal(it.get('textarea').value, 'typed');
  it.change('<p>2</p><input name="a" value="y"><textarea name="b">y</textarea>');
  assert.equal(it.get('input').value, 'y');
  assert.equal(it.get('textarea').value, 'y');
});

test('the field with the focus keeps focus, selection and text', () => {
  for (const html of ['<input name="a" value="old">', '<textarea name="a">old</textarea>']) {
    const it = live(`<p>1</p>${html}`);
    const field = it.get('[name=a]');
    field.focus();
    field.value = 'typed text';
    field.setSelectionRange(2, 5);
    it.change(`<b>new</b><p>2</p>${html.replace('old', 'server')}`);
    assert.equal(it.document.activeElement, field);
    assert.equal(field.value, 'typed text');
    assert.deepEqual([field.selectionStart, field.selectionEnd], [2, 5]);
    it.change(`<p>2</p>${html.replace('old', 'forced').replace('name', 'data-lvt-force-update name')}`);
    assert.equal(field.value, 'forced');
  }
});

test('a row that moves keeps the focus', () => {
  const it = live('<ul><li data-key="a"><input name="x"></li><li data-key="b"></li><li data-key="c"></li></ul>');
  const field = it.get('input');
  field.focus();
  field.value = 'abc';
  field.setSelectionRange(1, 1);
  it.change('<ul><li data-key="c"></li><li data-key="b"></li><li data-key="a"><input name="x"></li></ul>');
  assert.equal(it.get('input'), field);
  assert.equal(it.document.activeElement, field);
  assert.equal(field.selectionStart, 1);
});

test('rows move with moveBefore where there is one, and as few as possible', () => {
  const row = (key) => `<li data-key="${key}">${key}</li>`;
  const it = live(`<ul>${['a', 'b', 'c', 'd', 'e'].map(row).join('')}</ul>`);
  const moved = [];
  it.get('ul').moveBefore = function (node, before) {
    moved.push(node.dataset.key);
    this.insertBefore(node, before);
  };
  it.change(`<ul>${['e', 'a', 'b', 'x', 'd', 'c'].map(row).join('')}</ul>`);
  assert.equal(it.get('ul').textContent, 'eabxdc');
  assert.equal(moved.length, 2);
});

test('checked boxes are the user’s until the server changes them', () => {
  const box = (attributes) => `<input type="checkbox" name="a" ${attributes}>`;
  const it = live(`<p>1</p>${box('')}`);
  it.get('input').checked = true;
  it.change(`<p>2</p>${box('class="c"')}`);
  assert.equal(it.get('input').checked, true);
  assert.equal(it.get('input').hasAttribute('checked'), false);
  it.change(box('checked'));
  it.get('input').checked = false;
  it.change(box(''));
  assert.equal(it.get('input').checked, false);
  it.get('input').checked = true;
  it.change(box('lvt-on:click="toggle"'));
  assert.equal(it.get('input').checked, false);
});

test('of radio buttons the chosen one stays chosen', () => {
  const radios = (extra) => ['a', 'b', 'c'].map((v) => `<input type="radio" name="r" value="${v}" ${v === 'a' ? 'checked' : ''} ${extra}>`).join('');
  const it = live(radios(''));
  it.get('[value=b]').checked = true;
  it.change(radios('class="x"'));
  assert.deepEqual([...it.root.querySelectorAll('input')].map((r) => r.checked), [false, true, false]);
});

test('the user’s choice in a select stays until the server chooses', () => {
  const select = (marked, ...values) =>
    `<select name="s">${values.map((v) => `<option value="${v}"${v === marked ? ' selected' : ''}>${v}</option>`).join('')}</select>`;
  const it = live(select('a', 'a', 'b', 'c'));
  it.get('select').value = 'c';
  it.change(select('a', 'x', 'a', 'b', 'c'));
  assert.equal(it.get('select').value, 'c');
  it.change(select('b', 'x', 'a', 'b', 'c'));
  assert.equal(it.get('select').value, 'b');
});

test('details and dialogs stay as the user has left them', () => {
  const it = live('<p>1</p><details><summary>s</summary>x</details><dialog>d</dialog>');
  it.get('details').open = true;
  it.get('dialog').setAttribute('open', '');
  it.change('<p>2</p><details><summary>s</summary>y</details><dialog>e</dialog>');
  assert.equal(it.get('details').open, true);
  assert.equal(it.get('dialog').hasAttribute('open'), true);
  assert.match(it.root.textContent, /ye$/);
  it.change('<details open><summary>s</summary>y</details><dialog open>e</dialog>');
  it.get('details').open = false;
  it.change('<details open><summary>s</summary>z</details><dialog open>f</dialog>');
  assert.equal(it.get('details').open, false);
  it.change('<details><summary>s</summary>z</details><dialog>f</dialog>');
  assert.equal(it.get('dialog').hasAttribute('open'), false);
});

test('details that came with an update are closed by the server', () => {
  const it = live('<p>1</p>');
  it.change('<p>1</p><details open>x</details>');
  it.change('<p>1</p><details>x</details>');
  assert.equal(it.get('details').open, false);
});

test('without a user the page is what the server renders, whatever it was', () => {
  const parts = [
    '<details open>a</details>', '<details>b</details>', '<input name="a" value="1">', '<input type="checkbox" name="c" checked>', '<input type="checkbox" name="c">',
    '<select name="s"><option>1</option><option selected>2</option></select>', '<textarea name="t">x</textarea>', 'text', '<!-- c -->', '<p id="i">p</p>', '<p id="j" class="k">q</p>',
    '<svg viewBox="0 0 1 1"><path d="M0"></path></svg>', '<template><b>1</b></template>', '<template><b>2</b></template>', '<ul><li data-key="1">1</li><li data-key="2">2</li></ul>',
    '<ul><li data-key="2">2</li><li data-key="1">1</li><li data-key="1">twice</li></ul>',
  ];
  let seed = 5;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const html = () => Array.from({ length: random(7) }, () => parts[random(parts.length)]).join('');
  const it = live(html());
  for (let round = 0; round < 500; round += 1) {
    const next = html();
    it.change(next);
    const fresh = it.document.createElement('div');
    fresh.innerHTML = next;
    assert.equal(it.root.innerHTML, fresh.innerHTML);
    for (const field of it.root.querySelectorAll('input')) assert.equal(field.checked, field.defaultChecked);
  }
});

test('lvt-ignore leaves an element to the page, lvt-ignore-attrs its attributes', () => {
  const it = live('<div id="map" lvt-ignore></div><p lvt-ignore-attrs>1</p>');
  it.get('#map').innerHTML = '<canvas></canvas>';
  it.get('p').setAttribute('data-x', '1');
  it.change('<div id="map" lvt-ignore class="c"></div><p lvt-ignore-attrs title="t">2</p>');
  assert.equal(it.get('#map').innerHTML, '<canvas></canvas>');
  assert.equal(it.get('p').outerHTML, '<p lvt-ignore-attrs="" data-x="1" title="t">2</p>');
});

test('a field of another name is another field', () => {
  const it = live('<input name="a"><input name="b">');
  it.root.querySelectorAll('input')[1].value = 'typed';
  it.change('<input name="new"><input name="a"><input name="b">');
  assert.deepEqual([...it.root.querySelectorAll('input')].map((i) => i.value), ['', '', 'typed']);
});

test('scripts that come with an update do not run', () => {
  const it = live('<p></p>');
  it.window.hit = 0;
  it.change('<p><script>window.hit = 1</script><img src="x" onerror="window.hit = 2"></p>');
  assert.equal(it.window.hit, 0);
});
