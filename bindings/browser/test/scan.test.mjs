import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum, elementEnds } from '../dist/index.js';
import { page } from './support.mjs';

/** The text of the element that begins at `start`. */
const cut = (html, start = 0) => {
  const ends = elementEnds(html, start);
  return ends && [html.slice(start, ends[0]), html.slice(start, ends[1])];
};

for (const [html, tag, text = html] of [
  ['<p>x</p>tail', '<p>', '<p>x</p>'],
  ['<div><div>a</div><p>b</p></div></div>', '<div>', '<div><div>a</div><p>b</p></div>'],
  ['<DIV>a<div>b</dIv ></Div\n>c', '<DIV>', '<DIV>a<div>b</dIv ></Div\n>'],
  ['<br>text', '<br>', '<br>'],
  ['<input value=">"/>text', '<input value=">"/>', '<input value=">"/>'],
  ['<a title="</a>">x</a>', '<a title="</a>">'],
  ["<a title='</a>'>x</a>", "<a title='</a>'>"],
  ['<a title = "</a>" b>x</a>', '<a title = "</a>" b>'],
  ['<a b=c"d>"x"</a>', '<a b=c"d>'],
  ['<a b="1"c=\'>\'>x</a>', '<a b="1"c=\'>\'>'],
  ['<a b=>x</a>', '<a b=>'],
  ['<a b=x=">">"</a>', '<a b=x=">'],
  ['<i><!-- </i> --></i>', '<i>'],
  ['<i><!--></i>-->', '<i>', '<i><!--></i>'],
  ['<i><!---></i>-->', '<i>', '<i><!---></i>'],
  ['<i><!-- --!></i>-->', '<i>', '<i><!-- --!></i>'],
  ['<i><?php </i></i>', '<i>', '<i><?php </i></i>'],
  ['<i><!doctype </i></i>', '<i>', '<i><!doctype </i></i>'],
  ['<b><script>"</b>"</script></b>', '<b>'],
  ['<b><textarea><b></textarea></b>', '<b>'],
  ['<textarea></b></textarea>', '<textarea>'],
  ['<b><style></style >"</b>', '<b>'],
  ['<b><script></scripty></b></script></b>', '<b>'],
  ['<b>1 < 2 <3 </b>', '<b>'],
  ['<my-row a><my-row></my-row></my-row>', '<my-row a>'],
]) {
  test(`the ends of ${JSON.stringify(html)}`, () => assert.deepEqual(cut(html), [tag, text]));
}

test('what has no end has no text', () => {
  for (const html of ['<p>x', '<p', '<p a="', '<p><!-- </p>', '<p><script></p>', 'text', '</p>', '', '<div><div></div>']) {
    assert.equal(elementEnds(html, 0), null, html);
  }
});

test('the text of a random element is what the parser makes of it', () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 48271) % 2147483647) % n;
  const pick = (list) => list[random(list.length)];
  const attribute = () => pick(['', ' a', ' a="x>y"', " b='</div>'", ' c=d"e', ' d="<div>"', ' e = "f"', ' g=h/i']);
  const element = (depth) => {
    const name = pick(['div', 'span', 'section', 'b-c', 'DIV']);
    const parts = Array.from({ length: random(4) }, () =>
      depth > 0 && random(2) ? element(depth - 1) : pick(['text', '<br>', '<img alt=">">', '<!-- <div> -->', '<!---->', ' < ', '<textarea></div><div></textarea>', '<style>div > p</style>', '\n']));
    return `<${name}${attribute()}${attribute()}>${parts.join('')}</${name}>`;
  };
  const { document } = page();
  for (let round = 0; round < 500; round += 1) {
    const html = element(4);
    const [, text] = cut(`x${html}<div></div></div>`, 1);
    assert.equal(text, html);
    const holder = document.createElement('div');
    holder.innerHTML = text;
    assert.equal(holder.childNodes.length, 1, html);
  }
});

test('checksums are CRC-32 of UTF-8', () => {
  assert.equal(checksum('123456789'), 'cbf43926');
  assert.equal(checksum(''), '00000000');
  assert.equal(checksum('grüße 😀'), 'ecd1b345');
});
