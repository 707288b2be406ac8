import { toLocation, type BacktestStatus } from '@phloem/protocol';
import type { Panel } from '../panel/panel.ts';
import { toProblemText } from './backtest-view.ts';
import { followBacktest } from './io/follow-backtest.ts';
import type { LiveBundle, RuleDocument } from './rule-list.ts';
import { findNumbers, withNumber, type RuleNumber } from './rule-numbers.ts';

type Parts = { readonly panel: Pick<Panel, 'http' | 'hubWall'>; readonly document: RuleDocument; readonly bundle: LiveBundle };

/** A rule with other numbers, and its back-test. Create it while a component is set up. */
export class RuleDraft {
  readonly #parts: Parts;
  #spec = $state.raw<unknown>(null);
  #refusal = $state('');
  status = $state.raw<BacktestStatus | null>(null);
  spanMs = $state(12 * 3_600_000);
  readonly numbers = $derived(findNumbers(this.#spec));
  readonly live: ReadonlyMap<string, number>;
  readonly changes = $derived(this.numbers.filter(({ key, value }) => this.live.get(key) !== value).length);
  readonly isChanged = $derived(this.changes > 0);
  readonly document = $derived.by((): RuleDocument => ({ ...this.#parts.document, spec: this.#spec as RuleDocument['spec'] }));
  readonly isRunning = $derived(
    this.isChanged && this.#refusal === '' && (this.status === null || this.status.state === 'waiting' || this.status.state === 'running'),
  );
  readonly problem = $derived(this.#refusal === '' ? toProblemText(this.status?.failure?.message ?? '') : this.#refusal);
  /** Whole minutes: the same question is answered from memory. */
  readonly period = $derived.by(() => {
    const to = Math.floor((this.#parts.panel.hubWall() ?? 0) / 60_000) * 60_000;
    return { from: to - this.spanMs, to };
  });

  constructor(parts: Parts, mayTest: () => boolean) {
    this.#parts = parts;
    this.#spec = parts.document.spec;
    this.live = new Map(findNumbers(parts.document.spec).map(({ key, value }) => [key, value]));
    $effect(() => {
      this.status = null;
      this.#refusal = '';
      return this.isChanged && mayTest() ? this.#test() : undefined;
    });
  }

  change(number: RuleNumber, value: number): void {
    if (Number.isFinite(value)) this.#spec = withNumber(this.#spec, number, value);
  }

  discard(): void {
    this.#spec = this.#parts.document.spec;
  }

  #test(): () => void {
    const { panel, document, bundle } = this.#parts;
    const documents = bundle.documents.map((each) => JSON.stringify(each === document ? this.document : each)).join('\n---\n');
    const request = { candidate: { documents }, locations: [toLocation(document.metadata.id)], ...this.period };
    return followBacktest(panel.http, request, (news) => {
      if (news.kind === 'status') this.status = news.status;
      else this.#refusal = news.why;
    });
  }
}
