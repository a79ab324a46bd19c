// The JavaScript side of what the engine keeps and calls: run once for each environment by host.rs, which gives `take`, a
// native function that reads a value as data. Whatever is thrown, by the host's code or while a result is read, is caught
// here and handed over as `[number, text]`, so that no exception is pending while the engine works.
(take) => {
  'use strict';
  const { apply } = Reflect;
  const { then } = Promise.prototype;
  const string = String;

  // The values that the engine keeps, by number, and the numbers that are free again.
  const kept = [];
  const free = [];
  let frees = 0;

  const keep = (value) => {
    const number = frees > 0 ? free[--frees] : kept.length;
    kept[number] = value;
    return number;
  };

  const release = (number) => {
    kept[number] = undefined;
    free[frees++] = number;
  };

  /** What an error says: its message, else what it is as a string. */
  const text = (thrown) => {
    try {
      const message = typeof thrown === 'object' && thrown !== null ? thrown.message : undefined;
      return typeof message === 'string' && message !== '' ? message : string(thrown);
    } catch {
      return 'a value that cannot be shown was thrown';
    }
  };

  const failed = (thrown) => [keep(thrown), text(thrown)];

  return {
    keep,
    release,
    value: (number) => kept[number],

    call(number, args) {
      try {
        return take(apply(kept[number], undefined, args));
      } catch (thrown) {
        return failed(thrown);
      }
    },

    /** Lets a promise that is refused be rejected without ending the process. */
    ignore(promise) {
      try {
        apply(then, promise, [undefined, () => {}]);
      } catch {}
    },
  };
};
