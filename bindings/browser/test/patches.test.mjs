import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mismatch, checksum } from '../dist/index.js';
import { parsed, shown } from './support.mjs';

const H1 = '<h1 data-fragment-id="f-1" class="a">Hi &amp; <b>Bob</b></h1>';
const LIST =
  '<ul data-fragment-id="f-2" class="x"> <li data-fragment-id="f-3" data-key="a">A</li> <li data-fragment-id="f-4" data-key="b">B</li> </ul>';
const PAGE = `<!-- top -->${H1}<p>still</p>${LIST}`;

const message = (...updates) => ({ version: '1.0', seq: 1, timestamp: '2026-11-21T12:00:00.000Z', updates });
const values = (id, ...data) => ({
  fragment_id: id,
  action: 'value_updates',
  data: data.map(([position, length, new_value]) => ({ position, length, new_value, data_path: '.' })),
});
const replace = (id, data) => ({ fragment_id: id, action: 'replace', data });
/** The value update that puts `to` in the place of `from` in `text`. */
const edit = (text, from, to) => [text.indexOf(from), from.length, to];

test('an element becomes another one, with an id of its own', () => {
  const { applier, root } = shown('patches', PAGE);
  applier.apply(message(replace('f-1', '<h2 data-fragment-id="f-9">Ho</h2>')));
  assert.equal(root.innerHTML, parsed(PAGE.replace(H1, '<h2 data-fragment-id="f-9">Ho</h2>')));
  const text = '<h2 data-fragment-id="f-9">Ho</h2>';
  applier.apply(message(values('f-9', edit(text, 'Ho', 'Hu'))));
  assert.equal(root.querySelector('h2').textContent, 'Hu');
  assert.throws(() => applier.apply(message(values('f-1', edit(H1, 'Hi', 'Ho')))), Mismatch);
});

test('values are put into the text as it was sent, all positions in the text before', () => {
  const { applier, root } = shown('patches', PAGE);
  const h1 = root.querySelector('h1');
  applier.apply(message(values('f-1', edit(H1, 'Bob', '&lt;Al&gt; 😀'), edit(H1, '"a"', '"b c"'), edit(H1, 'Hi', ''))));
  const after = '<h1 data-fragment-id="f-1" class="b c"> &amp; <b>&lt;Al&gt; 😀</b></h1>';
  assert.equal(root.innerHTML, parsed(PAGE.replace(H1, after)));
  assert.equal(root.querySelector('h1'), h1);
  assert.deepEqual(applier.checksums(), { 'f-1': checksum(after) });
  assert.deepEqual(applier.checksums(), {});
  applier.apply(message(values('f-1', edit(after, '😀', 'x'))));
  assert.equal(h1.textContent, ' & <Al> x');
});

test('what a browser writes anew does not shift positions', () => {
  const text = `<input data-fragment-id=f-9 >`.replace('=f-9 ', '="f-9" disabled value=\'"\'');
  const { applier, root } = shown('patches', `<p>${text}</p>`);
  applier.apply(message(values('f-9', [text.indexOf("'\"'") + 1, 1, 'new'])));
  assert.equal(root.querySelector('input').getAttribute('value'), 'new');
});

test('a fragment with others inside changes its own tag only', () => {
  const { applier, root } = shown('patches', PAGE);
  const first = root.querySelector('li');
  applier.apply(message(values('f-2', edit(LIST, '"x"', '"y"')), values('f-3', [LIST.indexOf('>A') - LIST.indexOf('<li') + 1, 1, 'AA'])));
  assert.equal(root.innerHTML, parsed(PAGE.replace('"x"', '"y"').replace('>A<', '>AA<')));
  assert.equal(root.querySelector('li'), first);
  assert.deepEqual(applier.checksums(), {
    'f-2': checksum('<ul data-fragment-id="f-2" class="y">'),
    'f-3': checksum('<li data-fragment-id="f-3" data-key="a">AA</li>'),
  });
});

test('a replaced fragment has the texts of the new one', () => {
  const { applier, root } = shown('patches', PAGE);
  const [, b] = root.querySelectorAll('li');
  const list = LIST.replace(/<li.*?A<\/li> /, '').replace('>B<', '>BB<');
  applier.apply(message(replace('f-2', list)));
  assert.equal(root.innerHTML, parsed(PAGE.replace(LIST, list)));
  assert.equal(root.querySelector('li'), b);
  const row = '<li data-fragment-id="f-4" data-key="b">BB</li>';
  applier.apply(message(values('f-4', edit(row, 'BB', 'CCC'))));
  assert.equal(b.textContent, 'CCC');
  assert.throws(() => applier.apply(message(values('f-3', [0, 0, '']))), Mismatch);
});

test('the live region itself is replaced by new content', () => {
  const { applier, root } = shown('patches', PAGE, { attributes: 'data-fragment-id="f-0"' });
  applier.apply(message(replace('f-0', '<p data-fragment-id="f-5">all new</p>')));
  assert.equal(root.innerHTML, '<p data-fragment-id="f-5">all new</p>');
  applier.apply(message(values('f-5', ['<p data-fragment-id="f-5">'.length, 3, 'ALL'])));
  assert.equal(root.textContent, 'ALL new');
});

test('table rows keep their place', () => {
  const row = '<tr data-fragment-id="f-r"><td>1</td></tr>';
  const { applier, root } = shown('patches', `<table><tbody>${row}</tbody></table>`);
  applier.apply(message(replace('f-r', '<tr data-fragment-id="f-r"><td>2</td><td>3</td></tr>')));
  assert.equal(root.innerHTML, '<table><tbody><tr data-fragment-id="f-r"><td>2</td><td>3</td></tr></tbody></table>');
});

const good = values('f-1', edit(H1, 'Bob', 'Al'));
for (const [what, broken] of [
  ['an unknown version', { ...message(good), version: '2.0' }],
  ['no updates', { version: '1.0' }],
  ['updates that are no list', { version: '1.0', updates: {} }],
  ['an unknown fragment', message(good, values('f-99', [0, 0, 'x']))],
  ['an unknown action', message(good, { fragment_id: 'f-2', action: 'explode', data: [] })],
  ['a position behind the text', message(good, values('f-3', [1000, 0, 'x']))],
  ['a length behind the text', message(good, values('f-3', [0, 1000, 'x']))],
  ['a negative position', message(good, values('f-3', [-1, 1, 'x']))],
  ['a position that is no integer', message(good, values('f-3', [1.5, 1, 'x']))],
  ['values that overlap', message(good, values('f-3', [41, 2, 'x'], [42, 1, 'y']))],
  ['a value that is no text', message(good, { ...values('f-3'), data: [{ position: 0, length: 0, new_value: 7 }] })],
  ['values that destroy the element', message(good, values('f-3', [0, 3, '']))],
  ['values that change the annotation', message(good, values('f-3', edit('<li data-fragment-id="f-3" data-key="a">A</li>', 'f-3', 'f-8')))],
  ['two elements in place of one', message(good, replace('f-3', '<li data-fragment-id="f-3">A</li><li>B</li>'))],
  ['text in place of an element', message(good, replace('f-3', 'A'))],
  ['an element of another page', message(good, replace('f-3', '<li data-fragment-id="f-4">A</li>'))],
  ['a replacement that is no text', message(good, replace('f-3', [1]))],
  ['a fragment twice', message(good, good)],
  ['a fragment in one that is replaced', message(good, replace('f-2', LIST), values('f-3', [0, 0, '']))],
]) {
  test(`${what}: the page stays as it is`, () => {
    const { applier, root } = shown('patches', PAGE);
    const before = root.innerHTML;
    assert.throws(() => applier.apply(broken), Mismatch);
    assert.equal(root.innerHTML, before);
    assert.deepEqual(applier.checksums(), {});
    applier.apply(message(good));
    assert.match(root.innerHTML, /<b>Al<\/b>/);
  });
}

test('texts of rows that went are not kept', () => {
  const rows = (from) => Array.from({ length: 600 }, (_, n) => `<li data-fragment-id="r${from + n}">${n}</li>`).join('');
  const { applier, root } = shown('patches', `<ul data-fragment-id="l">${rows(0)}</ul>`);
  for (let from = 600; from < 6000; from += 600) applier.apply(message(replace('l', `<ul data-fragment-id="l">${rows(from)}</ul>`)));
  assert.throws(() => applier.apply(message(values('r1', [0, 0, '']))), Mismatch);
  applier.apply(message(values('r5999', ['<li data-fragment-id="r5999">'.length, 3, 'last'])));
  assert.equal(root.querySelector('li:last-child').textContent, 'last');
});

test('an empty value directly behind the start tag is content', () => {
  const { root, applier } = shown('patches', '<p data-fragment-id="p"></p>');
  const data = [{ position: '<p data-fragment-id="p">'.length, length: 0, new_value: 'x', data_path: '.' }];
  applier.apply({ version: '1.0', seq: 1, timestamp: '', updates: [{ fragment_id: 'p', action: 'value_updates', data }] });
  assert.equal(root.innerHTML, '<p data-fragment-id="p">x</p>');
});
