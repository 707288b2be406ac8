import type { EventLoop } from './event-loop.ts';

/** What was seen to be wrong: the rule, and what happened. */
export type Violation = { readonly rule: string; readonly text: string; readonly at: number };

/** Learns of everything: keeps the trace, and the first thing that was wrong. */
export class Witness {
  violation: Violation | null = null;
  /** How often something happened that the run should have; to see what a seed reaches. */
  readonly counts = new Map<string, number>();
  readonly #loop: EventLoop;
  readonly #tell: ((line: string) => void) | null;

  constructor(loop: EventLoop, tell: ((line: string) => void) | null) {
    this.#loop = loop;
    this.#tell = tell;
  }

  get isTracing(): boolean {
    return this.#tell !== null;
  }

  /** One line of the trace; made only when somebody reads it. */
  note(line: () => string): void {
    this.#tell?.(`${(this.#loop.now / 1000).toFixed(3).padStart(8)}  ${line()}`);
  }

  count(what: string, by = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + by);
  }

  fail(rule: string, text: string): void {
    if (this.violation !== null) return;
    this.violation = { rule, text, at: this.#loop.now };
    this.note(() => `!! ${rule}: ${text}`);
  }
}
