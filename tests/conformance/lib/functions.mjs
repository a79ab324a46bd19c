// Functions that templates of journeys call.

/** What the volatile functions show. */
export const clock = { now: 0 };

const text = (value) => (value !== null && typeof value === 'object' ? `(${Object.keys(value).length})` : String(value));

export const functions = {
  shout: (value) => text(value).toUpperCase(),
  both: (a, b) => `${text(a)}/${text(b)}`,
  same: (a, b) => text(a) === text(b),
  evens: (list) => (Array.isArray(list) ? list.filter((_, index) => index % 2 === 0) : []),
  backwards: (list) => (Array.isArray(list) ? [...list].reverse() : []),
  /** Fails when both are true. */
  check: (a, b) => {
    if (a === true && b === true) throw new Error('refused');
    return 'checked';
  },
  tick: { call: () => clock.now, maxArgs: 0 },
  odd: { call: () => clock.now % 2 === 1, maxArgs: 0 },
};
