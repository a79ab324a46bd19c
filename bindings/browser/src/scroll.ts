// More rows when the end of a list comes into view: an element `lvt-scroll-sentinel` sends the action `load_more`.

/** An answer that does not come is waited for so long. */
const PATIENCE = 30_000;

/** Watches the page's sentinel. One request is under way at a time. */
export class Sentinel {
  #observer: IntersectionObserver | null = null;
  #watched: Element | null = null;
  #pending: ReturnType<typeof setTimeout> | null = null;

  #root: Element;
  #load: () => void;

  constructor(
    root: Element,
    load: () => void,
  ) {
    this.#root = root;
    this.#load = load;
  }

  /** Looks for the sentinel again, after an update. */
  refresh(): void {
    const sentinel = this.#root.querySelector("[lvt-scroll-sentinel]");
    if (sentinel === this.#watched) return;
    this.stop();
    const view = this.#root.ownerDocument.defaultView as (Window & typeof globalThis) | null;
    if (!sentinel || !view?.IntersectionObserver) return;
    this.#watched = sentinel;
    this.#observer = new view.IntersectionObserver(
      (entries) => {
        if (this.#pending || !entries.some((entry) => entry.isIntersecting)) return;
        this.#pending = setTimeout(() => this.answered(), PATIENCE);
        this.#load();
      },
      { rootMargin: "200px" },
    );
    this.#observer.observe(sentinel);
  }

  /** The rows have come. A new observer says whether the sentinel is still in view. */
  answered(): void {
    this.stop();
    this.refresh();
  }

  /** Watches nothing. */
  stop(): void {
    if (this.#pending) clearTimeout(this.#pending);
    this.#pending = null;
    this.#observer?.disconnect();
    this.#watched = null;
  }
}
