/** A small generator of random numbers that a seed fixes (mulberry32). */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
    /** What is drawn: see `drawStyle`. */
    this.style = {};
  }

  /** A number from 0 up to, not including, 1. */
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** An integer from 0 up to, not including, `n`. */
  below(n) {
    return Math.floor(this.next() * n);
  }

  /** True with this probability. */
  chance(probability) {
    return this.next() < probability;
  }

  /** One of the items. */
  pick(items) {
    return items[this.below(items.length)];
  }

  /** One of the names, each as often as its weight in `weights` says. */
  weighted(weights) {
    const entries = Object.entries(weights);
    let left = this.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [name, weight] of entries) {
      left -= weight;
      if (left < 0) return name;
    }
    return entries.at(-1)[0];
  }
}

/**
 * What a journey is about. `browser` draws only what the client's way of changing the DOM can follow: its morph finds
 * elements by `data-key` on the whole page, so with equal ones it keeps wrong elements, whatever it is sent; and a
 * textarea's text is the user's: it changes `value`, not the content. Its renderer, which the other mode checks, takes both.
 * `elements` is for formats that address elements: more kinds of elements, ids, and tags that a parser moves.
 */
export function drawStyle(random, browser, elements) {
  const big = random.chance(browser ? 0.1 : 0.16);
  return {
    browser,
    /** More kinds of elements, with ids that are the only ones. */
    elements: Boolean(elements),
    /** Tags that a parser moves, or closes by itself. */
    messy: Boolean(elements) && random.chance(0.15),
    /** No assignment, `break`, `continue` or volatile function: the data alone decides what every place shows. */
    decided: random.chance(0.65),
    /** One list has many rows: about so many. */
    big: big ? random.pick(browser ? [40, 130, 200] : elements ? [40, 40, 130, 200] : [40, 130, 130, 200, 500, 1100, 2000]) : 0,
    /** Values that JSON has none of. */
    typed: !browser && random.chance(0.12),
    objects: random.chance(0.06),
    functions: random.chance(0.25),
    /** Lists become maps, null and text; rows become null. Much of it is an error. */
    wild: !browser && random.chance(0.18),
    /** Many rows without a key among rows with one. */
    mixed: !browser && random.chance(0.15),
    /** A limit that may be reached. */
    limited: random.chance(0.03),
    deep: !big && random.chance(0.1),
  };
}
