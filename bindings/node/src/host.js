// The JavaScript side of what the engine keeps and calls: run once for each environment by host.rs, which gives `take`, a
// native function that reads a value as data, and `cancel`, one that ends the work of a watched signal. Whatever is thrown,
// by the host's code or while a result is read, is caught here and handed over as `[number, text]`, so that no exception is
// pending while the engine works. Any other answer is a number.
(take, cancel) => {
  'use strict';
  const { apply, get, getPrototypeOf, getOwnPropertyDescriptor } = Reflect;
  const { then } = Promise.prototype;
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  const { get: aborted } = getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted');
  const { toString: objectText } = Object.prototype;
  const { toString: functionText } = Function.prototype;
  const { isArray } = Array;
  const { isSafeInteger } = Number;
  const { iterator: iteratorOf } = Symbol;
  const string = String;

  // The values that the engine keeps, by number, the numbers that are free again, and the numbers of objects.
  const kept = [];
  const free = [];
  let frees = 0;
  const numbers = new WeakMap();

  const keep = (value) => {
    const number = frees > 0 ? free[--frees] : kept.length;
    kept[number] = value;
    return number;
  };

  const release = (number) => {
    const value = kept[number];
    if (numbers.get(value) === number) numbers.delete(value);
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

  /** Wraps a function of the host's code, so that what it throws is handed over. */
  const caught = (work) => (...args) => {
    try {
      return work(...args);
    } catch (thrown) {
      return [keep(thrown), text(thrown)];
    }
  };

  // What the language itself puts on the prototypes of its own classes is nothing that a class offers.
  const builtin = new Set([Function, Array, Map, Set, WeakMap, WeakSet, WeakRef, Date, RegExp, Promise, Error, EvalError,
    RangeError, ReferenceError, SyntaxError, TypeError, URIError, AggregateError, ArrayBuffer, SharedArrayBuffer, DataView,
    getPrototypeOf(Uint8Array), Boolean, Number, String, Symbol, BigInt].map((of) => of.prototype));
  builtin.add(getPrototypeOf(getPrototypeOf([][iteratorOf]())));

  const never = new Set(['constructor', 'prototype', '__proto__']);
  const isFunction = (value) => typeof value === 'function';

  /**
   * Where the property stands that an object offers under a name: 1 is the object itself, 2 a class of it, 0 nowhere. The
   * end of every prototype chain (`Object.prototype`, of whatever realm) is no class.
   */
  const offered = (object, name) => {
    if (isFunction(object) || never.has(name)) return 0;
    if (getOwnPropertyDescriptor(object, name)) return 1;
    let holder = getPrototypeOf(object);
    while (holder !== null && !builtin.has(holder)) {
      const next = getPrototypeOf(holder);
      if (next === null) return 0;
      if (getOwnPropertyDescriptor(holder, name)) return 2;
      holder = next;
    }
    return 0;
  };

  const typeName = (object) => {
    if (isFunction(object)) return 'func';
    const { constructor } = getPrototypeOf(object) ?? {};
    const name = isFunction(constructor) ? constructor.name : '';
    return typeof name === 'string' && name !== '' ? name : 'object';
  };

  /** The own text of an object: no text says `[object Object]` or a function's source. */
  const ownText = (object) => {
    const { toString } = object;
    if (isFunction(object) || !isFunction(toString) || toString === objectText || toString === functionText) return undefined;
    return string(apply(toString, object, []));
  };

  /** How a value shows inside the text of an object that has none of its own: as a record prints, objects by their class. */
  const show = (value) => {
    if (value === null || value === undefined) return '<nil>';
    if (isArray(value)) return `[${value.map(show).join(' ')}]`;
    return typeof value === 'object' || isFunction(value) ? ownText(value) ?? typeName(value) : string(value);
  };

  const show1 = (object) => ownText(object) ?? (isFunction(object) ? 'func' : `{${Object.values(object).map(show).join(' ')}}`);

  return {
    keep,
    release,
    value: (number) => kept[number],

    /** The number of an object that is kept; -1 when it is not. */
    number: (object) => numbers.get(object) ?? -1,

    keepObject(object) {
      const number = keep(object);
      numbers.set(object, number);
      return number;
    },

    call: caught((number, _name, args) => { take(apply(kept[number], undefined, args)); return 0; }),
    invoke: caught((number, name, args) => { take(apply(kept[number][name], kept[number], args)); return 0; }),

    /** 0: there is none; 1: its value was taken; 2: it is a method. */
    member: caught((number, name) => {
      const object = kept[number];
      const where = offered(object, name);
      if (where === 0) return 0;
      const value = get(object, name);
      if (where === 2 && isFunction(value)) return 2;
      take(value);
      return 1;
    }),

    /** What `object[name]` is, of what is no method; null when there is none. */
    index: caught((number, name) => {
      const object = kept[number];
      const where = offered(object, name);
      const value = where === 0 ? null : get(object, name);
      take(where === 2 && isFunction(value) ? null : value);
      return 0;
    }),

    /** -1: it has none. */
    length: caught((number) => {
      const object = kept[number];
      if (isFunction(object)) return -1;
      const length = object.length ?? object.size;
      return isSafeInteger(length) && length >= 0 ? length : -1;
    }),

    /** -1: it has none. */
    iterator: caught((number) => {
      const object = kept[number];
      const start = isFunction(object) ? undefined : object[iteratorOf];
      return isFunction(start) ? keep(apply(start, object, [])) : -1;
    }),

    /** 0: it has ended; 1: the next value was taken. */
    next: caught((number) => {
      const { done, value } = kept[number].next();
      if (done) return 0;
      take(value);
      return 1;
    }),

    close: caught((number) => { kept[number].return?.(); return 0; }),

    text: caught((number) => { take(show1(kept[number])); return 0; }),
    typeName: caught((number) => { take(typeName(kept[number])); return 0; }),

    /** What stands for it in JSON: what its `toJSON` gives, else its own properties; -1: it has no such form. */
    json: caught((number) => {
      const object = kept[number];
      if (isFunction(object)) return -1;
      if (isFunction(object.toJSON)) {
        take(object.toJSON());
        return 0;
      }
      const fields = { __proto__: null };
      for (const name of Object.keys(object)) {
        const value = object[name];
        if (value !== undefined && !isFunction(value)) fields[name] = value;
      }
      take(fields);
      return 0;
    }),

    /** Lets a promise that is refused be rejected without ending the process. */
    ignore: caught((promise) => { apply(then, promise, [undefined, () => {}]); return 0; }),

    /** -1: it is no signal; -2: it has been aborted; else the number under which `cancel` is called when it is. */
    watch(signal) {
      try {
        if (apply(aborted, signal, [])) return -2;
      } catch {
        return -1;
      }
      const listener = () => cancel(number);
      const number = keep(() => apply(removeEventListener, signal, ['abort', listener]));
      apply(addEventListener, signal, ['abort', listener, { once: true }]);
      return number;
    },

    unwatch(number) {
      kept[number]();
      release(number);
    },
  };
};
