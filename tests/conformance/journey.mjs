// Random journeys: random templates, random data, random changes. After every change the published client, fed our
// updates, must hold what `page.render()` gives, and that must be what the template renders from scratch.
//
//   node journey.mjs [--runs N] [--dom-runs N] [--seed N]
//
// A failure prints its seed and a smaller journey that fails too. `--seed random` draws a new series; by default the
// series is always the same.
import { createRequire } from 'node:module';
import path from 'node:path';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { difference, newRenderer, pushedTree } from './lib/client.mjs';
import { applyOps, drawChange, drawData } from './lib/data.mjs';
import { Tab, fastPaths, parsed } from './lib/dom.mjs';
import { drawTemplate, lists, source } from './lib/grammar.mjs';
import { Random } from './lib/random.mjs';
import { splitPage } from './lib/transcript.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const { Application, Template } = createRequire(import.meta.url)(path.join(here, '..', '..', 'bindings', 'node'));

const app = new Application({ maxPages: 10 });

/** A journey: a template, the first data, and steps `{how, ops, data}` with the data after each. */
function draw(seed, mode) {
  const random = new Random(seed);
  // The client's morph finds elements by `data-key` on the whole page: with equal ones it keeps wrong elements, whatever
  // it is sent. And a textarea's text is the user's: it changes `value`, not the content. Its renderer, which the other
  // mode checks, takes both.
  random.browser = mode === 'dom';
  const template = drawTemplate(random);
  const first = drawData(random, template.shape);
  const steps = [];
  let data = first;
  for (let count = 1 + random.below(6); count > 0; count--) {
    const ops = drawChange(random, template.shape, data);
    data = applyOps(data, ops);
    steps.push({ how: random.pick(['update', 'update', 'patch', 'patch', 'set']), ops, data });
  }
  return { template, first, steps };
}

function same(what, got, want) {
  if (got !== want) throw new Error(`${what} differs ${difference(got, want)}`);
}

/** Goes a journey; throws at the first thing that is wrong. `mode` is `string` or `dom`. Returns the updates made. */
function go({ template, first, steps }, mode) {
  const compiled = new Template(source(template), { name: 'journey' });
  const page = app.newPage(compiled, first);
  try {
    const renderer = newRenderer();
    const state = (data) => {
      const { before, region, after } = splitPage(page.render());
      same('page.render()', before + region + after, compiled.render(data));
      return region;
    };
    const region = state(first);
    const tree = pushedTree(page.tree());
    same('the first tree', renderer.applyUpdate(structuredClone(tree)).html, region);
    const tab = mode === 'dom' ? new Tab(region) : null;
    tab?.apply(structuredClone(tree));
    if (tab) same('the first DOM', tab.html(), parsed(region));

    let held = region;
    let updates = 0;
    steps.forEach(({ how, ops, data }, index) => {
      const at = `step ${index + 1} (${how})`;
      let update;
      if (how === 'update') update = page.update(data);
      else if (how === 'patch') update = page.patch(ops);
      else {
        page.setData(data);
        update = page.patch([]);
      }
      if (!isDeepStrictEqual(page.data(), data)) throw new Error(`${at}: page.data() is ${JSON.stringify(page.data())}`);
      const now = state(data);
      try {
        if (!update.isEmpty) {
          const change = pushedTree(update.payload);
          held = renderer.applyUpdate(structuredClone(change)).html;
          tab?.apply(structuredClone(change));
          updates++;
        } else if (held !== now) {
          throw new Error('an empty update although the page changed');
        }
        same(`${at}: the client`, held, now);
        same(`${at}: a new client`, newRenderer().applyUpdate(pushedTree(page.tree())).html, now);
        if (tab) same(`${at}: the DOM`, tab.html(), parsed(now));
      } catch (error) {
        error.message += `\n    update ${update.payload}`;
        throw error;
      }
    });
    if (!page.patch([]).isEmpty) throw new Error('an empty patch sends something');
    return updates;
  } finally {
    page.close();
  }
}

/** The error of a journey, or null. One that the template or the data makes by itself is not a failure when shrinking. */
function failure(journey, mode) {
  try {
    go(journey, mode);
    return null;
  } catch (error) {
    return error;
  }
}

/** A smaller journey that fails with an error that begins alike. */
function shrink(journey, mode, error) {
  const kind = (e) => e.message.replace(/step \d+/, 'step').split(/ differs|:|\n/).slice(0, 2).join();
  const still = (candidate) => {
    const found = failure(candidate, mode);
    return found !== null && kind(found) === kind(error);
  };
  let best = journey;
  const tries = (candidate) => {
    if (!still(candidate)) return false;
    best = candidate;
    return true;
  };
  tries({ ...best, steps: best.steps.map((step) => ({ ...step, how: 'update' })) });
  for (let changed = true; changed; ) {
    changed = false;
    for (let index = best.steps.length - 1; index >= 0; index--) {
      const steps = best.steps.filter((_, other) => other !== index);
      // Operations fit only the data before them: what comes later must not be one of them.
      if (steps.slice(index).every(({ how }) => how !== 'patch') && tries({ ...best, steps })) changed = true;
      else if (best.steps.length > 1 && index === 0 && tries({ ...best, first: best.steps[0].data, steps: best.steps.slice(1) })) changed = true;
    }
    for (let list = 0; list < [...lists(best.template)].length; list++) {
      for (let index = 0; index < ([...lists(best.template)][list]?.length ?? 0); ) {
        const template = structuredClone(best.template);
        const [node] = [...lists(template)][list].splice(index, 1);
        if (tries({ ...best, template })) {
          changed = true;
          continue;
        }
        // Where a node must stay, its body may stand in its place.
        if (node.body && ['element', 'if', 'switch-attribute'].includes(node.kind)) {
          const opened = structuredClone(best.template);
          [...lists(opened)][list].splice(index, 1, ...node.body);
          if (tries({ ...best, template: opened })) changed = true;
        }
        index++;
      }
    }
  }
  return best;
}

function report(seed, mode, journey, error) {
  const small = shrink(journey, mode, error);
  const found = failure(small, mode);
  const lines = [
    `FAIL journey ${seed} (${mode}); again with: node journey.mjs --seed ${seed} --${mode === 'dom' ? 'dom-runs 1 --runs 0' : 'runs 1 --dom-runs 0'}`,
    `  ${found?.message ?? error.message}`,
    `  template ${JSON.stringify(source(small.template))}`,
    `  data     ${JSON.stringify(small.first)}`,
    ...small.steps.map(({ how, ops, data }) => `  ${how.padEnd(8)} ${JSON.stringify(how === 'patch' ? ops : data)}`),
  ];
  console.error(lines.join('\n'));
}

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '2000' }, 'dom-runs': { type: 'string', default: '500' }, seed: { type: 'string', default: '1' } },
});
const base = values.seed === 'random' ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
let failures = 0;
for (const [mode, runs] of [['string', Number(values.runs)], ['dom', Number(values['dom-runs'])]]) {
  let updates = 0;
  let gone = 0;
  for (; gone < runs && failures < 5; gone++) {
    const seed = base + gone;
    const journey = draw(seed, mode);
    try {
      updates += go(journey, mode);
    } catch (error) {
      failures++;
      report(seed, mode, journey, error);
    }
  }
  const paths = mode === 'dom' ? `, ${fastPaths()} ranges by the fast path` : '';
  console.log(`journeys: ${gone} from seed ${base}, ${updates} updates applied${paths} (${mode})`);
  if (runs > 0 && updates === 0) failures++;
}
if (failures > 0) process.exitCode = 1;
process.exit();
