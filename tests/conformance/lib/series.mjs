// A series of journeys: drawn from seeds, gone one after another.
import { WAYS } from './coverage.mjs';
import { SPELLINGS, applyOps, drawChange, drawData, show } from './data.mjs';
import { fastPaths } from './dom.mjs';
import { closeTabs } from './element-client.mjs';
import { fixedJourneys } from './fixed.mjs';
import { drawTemplate, features, source } from './grammar.mjs';
import { Random, drawStyle } from './random.mjs';
import { failure, shrink, walkable } from './shrink.mjs';
import { drawAnyChange, readVectors } from './vectors.mjs';
import { fits, walk } from './walk.mjs';

/** Ways where limits may be reached: from a long way round a page may not come back, which what they do in between relies on. */
const LIMITED_WAYS = Object.fromEntries(['update', 'update copy', 'patch', 'failing test', 'merge'].map((way) => [way, WAYS[way]]));

let vectors;

/** A journey: a template, the first data, and how its steps are drawn. */
function draw(seed, mode, wire) {
  const random = new Random(seed);
  const length = random.weighted({ 3: 5, 8: 5, 30: 4, 120: 1 });
  let most = 1 + random.below(2 * Number(length));
  // The dashboard is what people will try first.
  const dashboard = random.chance(mode === 'dom' ? 0.05 : 0.1);
  if (mode === 'vectors' || (mode === 'dom' && dashboard)) {
    vectors ??= readVectors();
    const { name, sources, options, first } = random.pick(dashboard ? vectors.filter(({ name }) => name === 'dashboard/dashboard.txtar') : vectors);
    const next = (data, index) =>
      index < most ? { how: random.weighted(WAYS), ops: drawAnyChange(random, data, applyOps), tags: [], spelling: random.pick(SPELLINGS), native: true } : null;
    return { name, sources, options, first, next, tags: [] };
  }
  random.style = drawStyle(random, mode === 'dom', wire);
  const { style } = random;
  // Steps on long lists take their time.
  if (style.big) most = Math.min(most, Math.ceil(30_000 / style.big));
  const template = drawTemplate(random);
  const first = drawData(random, template.shape);
  const native = style.typed || style.objects || style.elements;
  const limits = style.limited ? limitsNear(source(template), random.pick(['maxSteps', 'maxOutput']), first) : null;
  const next = (data, index) =>
    index < most
      ? {
          how: random.weighted(limits ? LIMITED_WAYS : WAYS),
          ...drawChange(random, template.shape, data),
          tick: random.chance(0.3) ? random.below(10) : undefined,
          spelling: random.pick(SPELLINGS),
          native,
        }
      : null;
  const tags = [...features(template)].map((name) => `template: ${name}`);
  for (const [name, on] of Object.entries(style)) if (on) tags.push(`style: ${name}`);
  if (style.big > 1000) tags.push('style: very big');
  return { template, limits, first, next, tags };
}

/** Limits that the first data keeps, and more data may not. */
function limitsNear(source, name, first) {
  for (let most = 20; most < 1e6; most = Math.ceil(most * 1.3)) {
    const limits = { [name]: most };
    if (fits(source, limits, first)) return limits;
  }
  return null;
}

/** What `walk` is told. */
const how = (mode, target) => ({ ...target, dom: mode === 'dom' });

/** Goes the journey of a seed; `target` has a format, where it is applied, and whether the host renders. Gives what is wrong with it, or null. */
export function go(seed, mode, counts, target) {
  return goThrough(draw(seed, mode, target.wire), mode, counts, target);
}

async function goThrough(journey, mode, counts, target) {
  // What happened in the DOM is counted for itself.
  const prefix = mode === 'dom' ? 'dom: ' : '';
  const count = (name) => (counts[prefix + name] = (counts[prefix + name] ?? 0) + 1);
  const steps = [];
  const drawn = (data, index) => {
    const step = journey.next(data, index);
    return step && { ...step, data: applyOps(data, step.ops) };
  };
  const seen = (step) => {
    steps.push(step);
    counts.steps = (counts.steps ?? 0) + 1;
    counts[`steps (${mode})`] = (counts[`steps (${mode})`] ?? 0) + 1;
    count(`way: ${step.how}`);
    for (const tag of step.tags) count(`change: ${tag}`);
    for (const tag of journey.tags) count(tag);
  };
  try {
    await walk({ ...walkable(journey), steps: journey.steps ?? drawn }, how(mode, target), count, seen);
    return null;
  } catch (error) {
    return { journey: { ...journey, steps }, error };
  }
}

/** Prints a failure, made small. */
export async function complain(seed, mode, { journey, error }, target) {
  const small = await shrink(journey, how(mode, target), error);
  const found = await failure(small, how(mode, target));
  const again = `${target.wire ? `--wire ${target.wire} --in ${target.where} ` : ''}${target.host ? '--host ' : ''}`;
  const lines = [
    `FAIL journey ${seed} (${mode})${mode === 'fixed' ? '' : `; again with: node journey.mjs ${again}--only ${seed} --mode ${mode}`}`,
    `  ${found?.message ?? `${error.message} (not again)`}`,
    `  template ${journey.name ?? ''} ${JSON.stringify(walkable(small).sources)} ${small.limits ? JSON.stringify(small.limits) : ''}`,
    `  data     ${show(small.first)}`,
    ...small.steps.map(({ how, ops, data: after }) => `  ${how.padEnd(8)} ${show(/patch|test|one/.test(how) ? ops : after)}`),
  ];
  console.error(lines.join('\n'));
}

/**
 * Goes the journeys that are always the same, with so many `rows`, then others from the seed `base` until each mode has its steps, or there are
 * `mostFailures`. Of `parts` series it is the one numbered `part`. Gives the counts and the number of failures.
 */
export async function run({ base, most, mostFailures, part, parts, target, rows }) {
  const counts = {};
  let failures = 0;
  for (const [index, journey] of rows > 0 ? fixedJourneys(rows).entries() : []) {
    if (index % parts !== part) continue;
    const failed = await goThrough(journey, 'fixed', counts, target);
    if (!failed) continue;
    failures++;
    await complain(index, 'fixed', failed, target);
  }
  for (const [mode, steps] of Object.entries(most)) {
    for (let index = part; (counts[`steps (${mode})`] ?? 0) < steps / parts && failures < mostFailures; index += parts) {
      const failed = await go(base + index, mode, counts, target);
      counts[`journeys (${mode})`] = (counts[`journeys (${mode})`] ?? 0) + 1;
      if (failed) {
        failures++;
        await complain(base + index, mode, failed, target);
      }
      // A page keeps some of all that it showed.
      if (counts[`journeys (${mode})`] % 40 === 0) await closeTabs();
    }
  }
  counts['ranges by the fast path'] = fastPaths();
  await closeTabs();
  return { counts, failures };
}
