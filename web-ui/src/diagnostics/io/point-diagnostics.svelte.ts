import type { PointRecordsAnswer, RegisterAnswer } from '@phloem/protocol';
import { untrack } from 'svelte';
import { createSiteTime } from '../../format/site-time.ts';
import type { Panel } from '../../panel/panel.ts';
import { toPointView } from '../../points/point-view.ts';
import { toTransactionLines } from '../bus-view.ts';
import { toPipe } from '../pipe-view.ts';
import { emptyWatch, mark, stepPointWatch, toSigma, type PointWatch } from '../point-watch.ts';
import { toChange } from '../propose.ts';
import { toCorrected, toCorrectedSince, toStripPath } from '../strip.ts';
import { followRecords, followWatch, fetchPlaces, toReason } from './run-tech.ts';
import { keepRecent, readPlaces } from './tech-memory.ts';

/** What the diagnostics of a point need of the panel. */
export type DiagnosticsSource = Pick<Panel, 'cell' | 'go' | 'http' | 'hubUp' | 'hubWall' | 'running' | 'state' | 'watch$'>;

/** The size of the strip that the last two minutes are drawn on. */
export const stripSize = { width: 358, height: 96 } as const;

const keptExchanges = 50;
const fastMs = 120_000;
const leastGapMs = 5000;

/** What is shown of a point that is held still. */
type Frozen = { readonly watch: PointWatch; readonly at: number; readonly text: string };

/** Follows a point from its bytes to its value. Create it while a component is set up: it watches for as long as the component is there. */
export class PointDiagnostics {
  readonly #source: DiagnosticsSource;
  readonly #id: string;
  #places: readonly RegisterAnswer[] = $state.raw(readPlaces());
  #watch: PointWatch = $state.raw(emptyWatch);
  records: PointRecordsAnswer | null = $state.raw(null);
  frozen: Frozen | null = $state.raw(null);
  note = $state('');
  /** The reading whose place in a profile is shown. */
  proposed: string | null = $state(null);
  fastSince: number | null = $state(null);
  fastLoad: number | null = $state(null);
  fastRefusal = $state('');

  constructor(source: DiagnosticsSource, id: string) {
    this.#source = source;
    this.#id = id;
    keepRecent(id);
    $effect(() => void this.#loadPlaces());
    $effect(() =>
      followRecords(source, id, (news) => {
        if ('records' in news) this.records = news.records;
        else this.note = news.why;
      }),
    );
    $effect(() => this.#follow());
    $effect(() => this.#followFast());
  }

  readonly #told = $derived.by(() => {
    void this.#source.cell.view;
    const { state, hubUp, hubWall, running } = this.#source;
    return { state: state(), up: hubUp() ?? 0, at: hubWall() ?? 0, running: running() };
  });
  readonly #time = $derived.by(() => createSiteTime(this.#told.state.site?.timeZone ?? 'UTC'));
  readonly layout = $derived.by(() => this.#told.state.site?.points.find((point) => point.id === this.#id));
  readonly point = $derived.by(() => {
    const { layout } = this;
    return layout === undefined ? null : toPointView(layout, this.#told.state.points.get(this.#id), this.#told.up, this.#time);
  });
  readonly lsn = $derived.by(() => this.#told.state.points.get(this.#id)?.lsn);
  /** The register of the point; undefined where it has none, or none is known yet. */
  readonly place = $derived.by(() => (this.layout?.source === undefined ? this.#places.find((one) => one.id === this.#id) : undefined));
  /** Whether the person may see the traffic of a bus; null as long as the hub has not said. */
  readonly may = $derived.by(() => this.#told.state.me?.permissions.includes('inspect') ?? null);
  readonly time = $derived.by(() => createSiteTime(this.#told.state.site?.timeZone ?? 'UTC'));
  readonly frozenMs = $derived.by(() => (this.frozen === null ? 0 : this.#told.at - this.frozen.at));
  readonly shown = $derived.by(() => this.frozen?.watch ?? this.#watch);
  readonly shownAt = $derived.by(() => this.frozen?.at ?? this.#told.at);
  readonly isWatched = $derived.by(() => this.#watch.watching?.state === 'on');
  readonly decimals = $derived.by(() => (this.layout?.decimals ?? 1) + 1);
  readonly word = $derived.by(() => {
    const { point } = this;
    if (point === null) return '';
    return point.freshness === 'fresh' && point.quality !== 'none' ? point.quality : point.freshness;
  });

  readonly pipe = $derived.by(() => {
    const toMoment = (at: number): string => `${this.time.clock(at)}.${String(Math.floor(at % 1000)).padStart(3, '0')}`;
    return this.place === undefined ? null : toPipe(this.place, this.shown.transactions, toMoment);
  });
  readonly proposal = $derived.by(() => {
    const reading = this.pipe?.readings.find(({ name, isUsed }) => name === this.proposed && !isUsed);
    if (reading === undefined || this.place === undefined) return null;
    return toChange(this.place, reading.decoding, `${reading.would} ${this.point?.unit ?? ''}`.trim());
  });
  readonly lines = $derived.by(() => toTransactionLines(this.shown.transactions, this.time.clock));
  /** The strip and its figures are made from what passed on the bus, and corrected as the hub corrects the value. */
  readonly correction = $derived.by(() => this.records?.calibration ?? null);
  readonly strip = $derived.by(() => {
    const gapMs = Math.max(leastGapMs, 3 * (this.place?.intervalMs ?? 1000));
    return toStripPath(toCorrected(this.shown.samples, this.correction), this.shownAt, { ...stripSize, gapMs });
  });
  readonly since = $derived.by(() => toCorrectedSince(this.shown.since, this.correction));
  readonly sigma = $derived.by(() => toSigma(this.since));
  readonly fastLeftMs = $derived.by(() => (this.fastSince === null ? 0 : Math.max(0, fastMs - (this.#told.running - this.fastSince))));

  freeze(): void {
    const { point } = this;
    this.frozen = this.frozen === null && point !== null ? { watch: this.#watch, at: this.#told.at, text: point.text } : null;
  }

  mark(): void {
    this.#watch = mark(this.#watch, this.#told.at);
  }

  propose(name: string): void {
    this.proposed = this.proposed === name ? null : name;
  }

  goFast(): void {
    this.fastRefusal = '';
    this.fastLoad = null;
    this.fastSince = this.#source.running();
  }

  /** All that is shown, as text. */
  toText(): string {
    const { pipe, since, time, shownAt, point } = this;
    const readings = pipe?.readings.map(({ name, text, isUsed }) => `${name} ${text}${isUsed ? ' (in use)' : ''}`).join(' | ');
    return [
      `${this.#id}  ${this.frozen?.text ?? point?.text ?? ''} ${point?.unit ?? ''}  ${this.word}  ${time.stamp(shownAt)} ${time.zone(shownAt)}`,
      ...(pipe === null ? [] : [`RAW   ${pipe.raw}  (${pipe.about})`, `WORD  ${readings}`, `TYPE  ${pipe.type}`]),
      `since ${since.at === null ? 'now' : time.clock(since.at)}: n ${since.n}, min ${since.min}, mean ${since.mean}, max ${since.max}`,
    ].join('\n');
  }

  async #loadPlaces(): Promise<void> {
    try {
      this.#places = await fetchPlaces(this.#source);
      this.note = '';
    } catch (error) {
      this.note = toReason(error);
    }
  }

  #follow(): (() => void) | undefined {
    const { place } = this;
    if (place === undefined || this.may !== true) return undefined;
    return followWatch(this.#source, { watch: 'raw', target: { point: this.#id }, recent: keptExchanges }, (news) => {
      this.#watch = stepPointWatch(
        untrack(() => this.#watch),
        place,
        news,
      );
    });
  }

  #followFast(): (() => void) | undefined {
    if (this.fastSince === null) return undefined;
    return followWatch(
      this.#source,
      { watch: 'fast', target: { point: this.#id, isFast: true } },
      ({ event, payload }) => {
        if (event !== 'watching') return;
        this.fastLoad = payload.load;
        if (payload.state !== 'refused') return;
        this.fastRefusal = payload.why ?? '';
        this.fastSince = null;
      },
      { forMs: fastMs, over: () => (this.fastSince = null) },
    );
  }
}
