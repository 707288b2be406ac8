/** Something that is to happen; it does not when it was called off. */
export type Event = { readonly at: number; readonly order: number; readonly work: () => void; isOff: boolean };

/** The one clock of a simulation, in milliseconds, and everything that is still to happen, in one order. */
export class EventLoop {
  now = 0;
  /** How many events have happened. */
  count = 0;
  #order = 0;
  readonly #heap: Event[] = [];

  /** Lets something happen in `delay` ms; at the same moment, in the order in which it was asked. */
  after(delay: number, work: () => void): Event {
    const event: Event = { at: this.now + Math.max(0, delay), order: (this.#order += 1), work, isOff: false };
    this.#push(event);
    return event;
  }

  /** Lets the next thing happen; false when nothing more would before `until`, which it then is. */
  step(until: number): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > until) {
        this.now = Math.max(this.now, until);
        return false;
      }
      this.#pop();
      if (next.isOff) continue;
      this.now = next.at;
      this.count += 1;
      next.work();
      return true;
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, event)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      if (left === undefined) break;
      const isRight = right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    heap[index] = last;
  }
}

const isBefore = (a: Event, b: Event): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

/** The longest chain of promises that one event sets off, and some more. */
const turns = 24;

/** Lets every promise that can go on go on, before the next event. */
export const drained = async (): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
};
