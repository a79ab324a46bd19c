// The README's Node example does what its comments say.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

test('the example of the README', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  const [code] = [...readme.matchAll(/```js\n(.*?)```/gs)].map((match) => match[1]);
  const promised = [...code.matchAll(/\/\/ (\{.*\})$/gm)].map((match) => match[1]);
  assert.ok(promised.length > 0);
  // A package may import itself by name, so the example runs as it stands.
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const run = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { cwd, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  for (const line of promised) assert.ok(run.stdout.includes(line), run.stdout);
});
