// Threads, in a process of their own: a deadlock would stop every timer in this one.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

async function run(...args) {
  const child = spawn(process.execPath, args, { timeout: 120_000, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => { output += chunk; });
  const [status, signal] = await once(child, 'close');
  assert.deepEqual([status, signal], [0, null], signal === 'SIGKILL' ? 'a deadlock' : output);
  return output;
}

test('nine pending calls and four threads, while functions come back', async () => {
  const compared = Number(await run(fileURLToPath(new URL('threads.mjs', import.meta.url))));
  assert.equal(compared, 5 * 25 * 17);
});
