/** A small generator of random numbers that a seed fixes (mulberry32). */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
    /** Whether to draw only what the client's way of changing the DOM can follow. */
    this.browser = false;
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
}
