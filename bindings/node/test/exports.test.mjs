// The package from outside: both module systems, generated types, the table of codes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build, renderTypes } from '../build.mjs';
import * as esm from 'livetemplate';

const here = path.dirname(fileURLToPath(import.meta.url));
const cjs = createRequire(import.meta.url)('livetemplate');

test('ESM and CommonJS export the same things', () => {
  assert.deepEqual(Object.keys(esm).sort(), Object.keys(cjs).sort());
  for (const name of Object.keys(cjs)) assert.equal(esm[name], cjs[name]);
});

test('index.d.ts is what the sources generate', () => {
  assert.equal(readFileSync(path.join(here, '..', 'index.d.ts'), 'utf8'), renderTypes(build()), 'run `npm run types`');
});

test('the types accept right uses and refuse wrong ones', () => {
  const tsc = path.join(path.dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  const run = spawnSync(process.execPath, [tsc, '--noEmit', '-p', path.join(here, 'types')], { encoding: 'utf8' });
  assert.equal(run.stdout + run.stderr, '');
  assert.equal(run.status, 0);
});

test('codes are stable numbers', () => {
  assert.equal(esm.codes.InvalidArgument, 101);
  assert.equal(esm.codes.PageClosed, 407);
  assert.equal(new Set(Object.values(esm.codes)).size, Object.keys(esm.codes).length);
  assert.ok(Object.isFrozen(esm.codes));
});

test('the versions are told', () => {
  const { version } = JSON.parse(readFileSync(path.join(here, '..', 'package.json'), 'utf8'));
  assert.equal(esm.VERSION, version);
  assert.match(esm.GO_PROFILE, /^go1\.\d+/);
});
