// Making a journey that fails smaller.
import { lists, source } from './grammar.mjs';
import { walk } from './walk.mjs';

/** What `walk` takes, of a journey with a template that was drawn or with sources. */
export const walkable = (journey) => ({ ...journey, sources: journey.template ? source(journey.template) : journey.sources });

/** The error of a journey, or null. */
export async function failure(journey, mode) {
  try {
    await walk(walkable(journey), mode);
    return null;
  } catch (error) {
    return error;
  }
}

/** A smaller journey that fails with an error that begins alike. It ends when `most` seconds have passed. */
export async function shrink(journey, mode, error, most = 60) {
  const end = Date.now() + most * 1000;
  const kind = (e) => e.message.replace(/step \d+ \([a-z ]+\)/, 'step').split(/ differs| is |:|\n/).slice(0, 2).join();
  const still = async (candidate) => {
    if (Date.now() > end) return false;
    const found = await failure(candidate, mode);
    return found !== null && kind(found) === kind(error);
  };
  let best = journey;
  const tries = async (candidate) => {
    if (!(await still(candidate))) return false;
    best = candidate;
    return true;
  };
  await tries({ ...best, steps: best.steps.map((step) => ({ ...step, how: 'update' })) });
  for (let changed = true; changed; ) {
    changed = false;
    changed = (await shrinkSteps(() => best, tries)) || changed;
    if (best.template) changed = (await shrinkTemplate(() => best, tries)) || changed;
    changed = (await shrinkData(() => best, tries)) || changed;
  }
  return best;
}

async function shrinkSteps(best, tries) {
  let changed = false;
  for (let index = best().steps.length - 1; index >= 0; index--) {
    const steps = best().steps.filter((_, other) => other !== index);
    if (steps.length === 0) continue;
    // Operations fit only the data before them: what comes later must not be one of them.
    if (steps.slice(index).every(({ how }) => how === 'update') && (await tries({ ...best(), steps }))) changed = true;
    else if (index === 0 && (await tries({ ...best(), first: best().steps[0].data, steps: best().steps.slice(1) }))) changed = true;
  }
  return changed;
}

async function shrinkTemplate(best, tries) {
  let changed = false;
  for (let list = 0; list < [...lists(best().template)].length; list++) {
    for (let index = 0; index < ([...lists(best().template)][list]?.length ?? 0); ) {
      const template = structuredClone(best().template);
      const [node] = [...lists(template)][list].splice(index, 1);
      if (await tries({ ...best(), template })) {
        changed = true;
        continue;
      }
      // Where a node must stay, its body may stand in its place.
      if (node.body) {
        const opened = structuredClone(best().template);
        [...lists(opened)][list].splice(index, 1, ...node.body);
        if (await tries({ ...best(), template: opened })) changed = true;
      }
      if (node.otherwise) {
        const bare = structuredClone(best().template);
        [...lists(bare)][list][index].otherwise = null;
        if (await tries({ ...best(), template: bare })) changed = true;
      }
      index++;
    }
  }
  return changed;
}

/** Cuts fields, and rows by halves, from all data at once; only where every step is an update. */
async function shrinkData(best, tries) {
  if (!best().steps.every(({ how }) => how === 'update')) return false;
  let changed = false;
  const everywhere = (how) => ({ ...best(), first: how(best().first), steps: best().steps.map((step) => ({ ...step, ops: [], data: how(step.data) })) });
  for (const name of Object.keys(best().first ?? {})) {
    if (await tries(everywhere((data) => Object.fromEntries(Object.entries(data).filter(([other]) => other !== name))))) changed = true;
    else if (Array.isArray(best().first[name])) {
      for (let size = best().first[name].length >> 1; size > 0; size >>= 1) {
        for (let at = 0; at < best().first[name].length; ) {
          const kept = (data) => (Array.isArray(data[name]) ? { ...data, [name]: data[name].filter((_, index) => index < at || index >= at + size) } : data);
          if (await tries(everywhere(kept))) changed = true;
          else at += size;
        }
      }
    }
  }
  return changed;
}
