// Random journeys: random templates, random data, random changes. After every change the published client, fed our
// updates, must hold what `page.render()` gives, and that must be what the template renders from scratch.
//
//   node journey.mjs [--steps N] [--dom-steps N] [--rows N] [--seed N] [--jobs N] [--floors] [--host]
//   node journey.mjs --wire WIRE [--in jsdom|chromium] [--steps N] …
//   node journey.mjs --only SEED --mode string|dom|vectors [--wire WIRE] [--in jsdom|chromium] [--host]
//
// With `--wire` the messages are of that format, and go to a page that has the client for them (for `tree`, ours): what it shows
// must be what a parser makes of `page.render()`. With `--host` the engine gets the HTML that the templates make, as from a host that renders
// itself, and the page must be what a parser makes of that.
//
// First come the steps of the dashboard and the operations of js-framework-benchmark with `--rows` rows, 0 for neither.
//
// A failure prints its seed and a smaller journey that fails too. `--seed random` draws a new series; by default the
// series is always the same. With `--floors` the run says how often each situation occurred, and fails when one came up
// too rarely in a long one.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { belowFloor, report } from './lib/coverage.mjs';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '4000' },
    'dom-steps': { type: 'string', default: '800' },
    rows: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    /** How many processes share the work. */
    jobs: { type: 'string', default: '1' },
    floors: { type: 'boolean', default: false },
    failures: { type: 'string', default: '3' },
    only: { type: 'string' },
    mode: { type: 'string', default: 'string' },
    wire: { type: 'string' },
    /** Pages whose HTML the host renders. */
    host: { type: 'boolean', default: false },
    in: { type: 'string', default: 'jsdom' },
  },
});

/** A process that goes one part; gives its counts. */
function start(order) {
  return new Promise((resolve) => {
    let result = { counts: {}, failures: 1 };
    const child = fork(fileURLToPath(import.meta.url));
    child.on('message', (message) => (result = message));
    child.on('exit', () => resolve(result));
    child.send(order);
  });
}

async function main() {
  const { wire, host } = values;
  const target = { wire, where: wire && values.in, host };
  if (values.only) {
    const { complain, go } = await import('./lib/series.mjs');
    const failed = await go(Number(values.only), values.mode, {}, target);
    if (failed) await complain(Number(values.only), values.mode, failed, target);
    return failed ? 1 : 0;
  }
  const base = values.seed === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
  const steps = Number(values.steps);
  const parts = Number(values.jobs);
  // Every tenth step is one of the templates of tests/vectors.
  const most = { string: Math.ceil(steps * 0.9), vectors: Math.floor(steps * 0.1), dom: wire || host ? 0 : Number(values['dom-steps']) };
  const orders = Array.from({ length: parts }, (_, part) => ({ base, most, mostFailures: Number(values.failures), part, parts, target, rows: Number(values.rows) }));
  const results = parts === 1 ? [await (await import('./lib/series.mjs')).run(orders[0])] : await Promise.all(orders.map(start));

  const counts = {};
  for (const result of results) for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count;
  const failures = results.reduce((sum, result) => sum + result.failures, 0);
  const rare = values.floors ? belowFloor(counts, target) : [];
  if (values.floors) console.log(report(counts));
  for (const line of rare) console.error(`FAIL too rare: ${line}`);
  const made = `${host ? 'of host HTML ' : ''}${wire ? `in ${wire} in ${values.in}` : `${counts['steps (dom)'] ?? 0} of them in the DOM`}`;
  console.log(`journeys: ${counts.steps ?? 0} steps from seed ${base}, ${made}; ${failures} mismatches`);
  return failures > 0 || rare.length > 0 || !(counts['an update'] > 0) ? 1 : 0;
}

if (process.send) {
  process.once('message', async (order) => {
    const { run } = await import('./lib/series.mjs');
    // jsdom keeps timers.
    process.send(await run(order), () => process.exit());
  });
} else {
  process.exitCode = await main();
  process.exit();
}
