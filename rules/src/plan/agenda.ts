/** Which steps have to run in a pass: those that read a slot that was written, and those that were called. */
export class Agenda {
  /** A bit for each step, in the sorted order. */
  readonly #due: Uint32Array;
  /** The readers of slot `n` are those from `#from[n]` to `#from[n + 1]`. */
  readonly #readers: Uint32Array;
  readonly #from: Uint32Array;

  constructor(readers: readonly (readonly number[])[], steps: number) {
    this.#due = new Uint32Array((steps + 31) >>> 5);
    this.#readers = Uint32Array.from(readers.flat());
    this.#from = new Uint32Array(readers.length + 1);
    for (const [slot, own] of readers.entries()) this.#from[slot + 1] = (this.#from[slot] ?? 0) + own.length;
  }

  call(step: number): void {
    const word = step >>> 5;
    this.#due[word] = (this.#due[word] ?? 0) | (1 << (step & 31));
  }

  touch(slot: number): void {
    const end = this.#from[slot + 1] ?? 0;
    for (let i = this.#from[slot] ?? 0; i < end; i++) this.call(this.#readers[i] ?? 0);
  }

  callAll(steps: number): void {
    for (let step = 0; step < steps; step++) this.call(step);
  }

  /** Runs what is due. In the sorted order: whatever a step writes is read only by those behind it. */
  work<Run>(steps: readonly { readonly run: (run: Run) => void }[], run: Run): void {
    const due = this.#due;
    for (let word = 0; word < due.length; word++) {
      for (let bits = due[word] ?? 0; bits !== 0; bits = due[word] ?? 0) {
        const step = 31 - Math.clz32(bits & -bits);
        due[word] = bits & (bits - 1);
        steps[(word << 5) | step]?.run(run);
      }
    }
  }

  clear(): void {
    this.#due.fill(0);
  }
}
