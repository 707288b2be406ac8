import {
  canonicalJson,
  Fault,
  hashDocument,
  type EntryDraft,
  type IngestMessage,
  type IngestOutcome,
  type LocationId,
  type NodeId,
  type PointId,
  type SourceId,
} from '@phloem/protocol';
import type { PointRecords } from '../field/readings/correct-reading.ts';
import type { SentReadings } from '../field/field-port.ts';
import type { Site, SourceSpec } from '../site/site.ts';
import type { HubStore, SourceRecord } from '../store/hub-store.ts';
import type { SourceStanding } from './source-alarms.ts';
import { sortReadings, type SentPoint, type SortedReadings } from './sort-readings.ts';
import { toLateEntries } from './to-late-entries.ts';

/** Who sends: the node of a credential, and the locations that it is for (undefined for all). */
export type Sender = { readonly nodeId: NodeId | null; readonly locations?: readonly LocationId[] | undefined };

/** How far a source has come. */
export type SourceState = { readonly source: SourceId; readonly seq: number; readonly position: string | null };

/** What a source has sent since the start, for anyone who counts. */
export type SourceFigures = {
  readonly source: SourceId;
  readonly seq: number;
  readonly messages: number;
  readonly live: number;
  readonly late: number;
  readonly refused: number;
};

/** Takes the readings of sources in. */
export interface IngestService {
  /**
   * How far a source has come.
   *
   * @throws Fault `source/unknown`, `auth/forbidden`.
   */
  state(source: SourceId, sender: Sender): SourceState;
  /**
   * Takes a message in, with its number, and resolves when it is on disk. The same message again resolves with the first outcome. What is
   * decided is decided before the call returns, so that calls are taken in their order.
   *
   * @throws Fault `source/unknown`, `auth/forbidden`, `ingest/order`, `ingest/conflict`, `ingest/busy`, `store/…`; nothing was taken then.
   */
  take(message: IngestMessage, sender: Sender): Promise<IngestOutcome>;
  figures(): readonly SourceFigures[];
  /** For how long each source has sent nothing, since the hub started at most. */
  standings(): readonly SourceStanding[];
}

export type IngestParts = {
  readonly store: HubStore;
  readonly site: Pick<Site, 'points' | 'sources' | 'isDemonstration'>;
  readonly sent: SentReadings;
  readonly records: PointRecords;
  /** For how long a message that arrives now may have waited for this process. */
  readonly waitedMs: () => number;
};

/** So many messages of a source may be under way before the first is answered. */
export const ingestWindow = 16;
/** Outcomes that are kept of a source, so that a repeat is answered as the first was: more than are ever under way. */
const keptOutcomes = 2 * ingestWindow;
/** Messages of all sources that wait for the disk; more of them mean that it does not keep up. */
const maxWaiting = 128;
/** Readings of all sources in a second: so many leave the hub its time for control. */
const readingsPerSecond = 10_000;
const readingsBurst = 20_000;

/** A source is silent when its fastest point turns stale: after so many intervals, and this at least (IG9). */
const limitIntervals = 3;
const shortestLimitMs = 5000;

const noFigures: SourceFigures = { source: '', seq: 0, messages: 0, live: 0, late: 0, refused: 0 };
const nothingYet: SourceRecord = { seq: 0, position: null, recent: [] };

const countOf = (parts: SortedReadings['live']): number => parts.reduce((sum, { values }) => sum + values.size, 0);

/** Takes the readings of sources in. Off where the site declares none. */
export class IngestReceiver implements IngestService {
  readonly #parts: IngestParts;
  readonly #sources: ReadonlyMap<SourceId, SourceSpec>;
  readonly #points: ReadonlyMap<SourceId, ReadonlyMap<PointId, SentPoint>>;
  /** When the newest live reading of a point was measured. */
  readonly #newest = new Map<PointId, number>();
  readonly #figures = new Map<SourceId, SourceFigures>();
  readonly #waiting = new Map<SourceId, number>();
  /** When a message of a source came last. */
  readonly #heard = new Map<SourceId, number>();
  readonly #startedUp: number;
  #allowance: { readonly left: number; readonly up: number };

  constructor(parts: IngestParts) {
    const { site, store } = parts;
    this.#parts = parts;
    this.#sources = new Map((site.sources ?? []).map((source) => [source.id, source]));
    this.#points = new Map(
      [...this.#sources.keys()].map((id) => [
        id,
        new Map(site.points.flatMap((point) => (isSent(point) && point.source.source === id ? [[point.id, point] as const] : []))),
      ]),
    );
    this.#startedUp = store.clock.up();
    this.#allowance = { left: readingsBurst, up: this.#startedUp };
  }

  state(source: SourceId, sender: Sender): SourceState {
    this.#check(source, sender);
    const { seq, position } = this.#recordOf(source);
    return { source, seq, position };
  }

  async take(message: IngestMessage, sender: Sender): Promise<IngestOutcome> {
    const outcome = this.#decide(message, sender);
    const { source } = message;
    this.#heard.set(source, this.#parts.store.clock.up());
    this.#waiting.set(source, (this.#waiting.get(source) ?? 0) + 1);
    try {
      await this.#parts.store.sync();
    } finally {
      this.#waiting.set(source, (this.#waiting.get(source) ?? 1) - 1);
    }
    return outcome;
  }

  figures(): readonly SourceFigures[] {
    return [...this.#sources.keys()].map(
      (source) => this.#figures.get(source) ?? { ...noFigures, source, seq: this.#recordOf(source).seq },
    );
  }

  standings(): readonly SourceStanding[] {
    const up = this.#parts.store.clock.up();
    return [...this.#sources.values()].flatMap(({ id, node }) => {
      const points = [...(this.#points.get(id)?.values() ?? [])];
      if (points.length === 0) return [];
      const limitMs = Math.max(shortestLimitMs, limitIntervals * Math.min(...points.map(({ intervalMs }) => intervalMs)));
      const locations = [...new Set(points.map(({ location }) => location))];
      return [{ source: id, node, silentMs: up - (this.#heard.get(id) ?? this.#startedUp), limitMs, locations }];
    });
  }

  #recordOf(source: SourceId): SourceRecord {
    return this.#parts.store.sources.get(source) ?? nothingYet;
  }

  #check(source: SourceId, { nodeId }: Sender): void {
    const spec = this.#sources.get(source);
    if (spec === undefined) throw new Fault('source/unknown', `the site declares no source ${source}`);
    if (spec.node !== nodeId) throw new Fault('auth/forbidden', `the source ${source} is sent by the node ${spec.node}`);
  }

  #decide(message: IngestMessage, sender: Sender): IngestOutcome {
    const { source, seq, frames, position = null } = message;
    this.#check(source, sender);
    const record = this.#recordOf(source);
    const hash = toContentHash({ frames, position });
    if (seq <= record.seq) return toFirstOutcome(message, hash, record);
    if (seq !== record.seq + 1)
      throw new Fault(
        'ingest/order',
        `message ${seq} of ${source} arrived, but message ${record.seq + 1} is next; ask GET /api/v1/ingest/${source} for the last number`,
      );
    this.#mustHaveRoom(message);
    const outcome = this.#keep(message, hash, record, sender);
    const before = this.#figures.get(source) ?? noFigures;
    this.#figures.set(source, {
      source,
      seq,
      messages: before.messages + 1,
      live: before.live + outcome.live,
      late: before.late + outcome.late,
      refused: before.refused + outcome.refusedCount,
    });
    return outcome;
  }

  #mustHaveRoom({ source, frames }: IngestMessage): void {
    if ((this.#waiting.get(source) ?? 0) >= ingestWindow)
      throw new Fault('ingest/busy', `${ingestWindow} messages of ${source} wait for the disk already`);
    if ([...this.#waiting.values()].reduce((sum, count) => sum + count, 0) >= maxWaiting)
      throw new Fault('ingest/busy', 'the disk of the hub does not keep up with what is sent');
    const up = this.#parts.store.clock.up();
    const { left: before, up: since } = this.#allowance;
    const left = Math.min(readingsBurst, before + ((up - since) / 1000) * readingsPerSecond);
    const needed = frames.reduce((sum, { readings }) => sum + Object.keys(readings).length, 0);
    // A message larger than the burst would never find room otherwise.
    if (left < Math.min(needed, readingsBurst)) throw new Fault('ingest/busy', `more than ${readingsPerSecond} readings a second`);
    this.#allowance = { left: left - needed, up };
  }

  /** Entries and number are kept in one transaction; what could not be kept was never known. */
  #keep({ source, seq, frames, position }: IngestMessage, hash: string, record: SourceRecord, { locations }: Sender): IngestOutcome {
    const { store, sent } = this.#parts;
    const points = this.#points.get(source) ?? new Map<PointId, SentPoint>();
    const now = store.clock.at();
    const newest = (id: PointId): number => this.#newest.get(id) ?? -Infinity;
    const arrived = now - this.#parts.waitedMs();
    const sorted = sortReadings(frames, { source, points, locations, now, arrived, newest });
    const undo = sent.mark();
    try {
      const outcome = store.transact(() => {
        const entries = store.log.append(this.#toDrafts(sorted, points, now));
        const made = toOutcome(sorted, entries.at(-1)?.lsn ?? store.log.head);
        const recent = [...record.recent, { seq, hash, outcome: made }].slice(-keptOutcomes);
        store.sources.put(source, { seq, position: position ?? record.position, recent });
        return made;
      });
      for (const { at, values } of sorted.live) for (const id of values.keys()) this.#newest.set(id, at);
      return outcome;
    } catch (error) {
      undo();
      throw error;
    }
  }

  #toDrafts({ live, late }: SortedReadings, points: ReadonlyMap<PointId, SentPoint>, now: number): readonly EntryDraft[] {
    const { store, sent, site, records } = this.#parts;
    const up = store.clock.up();
    const drafts = live.flatMap(({ at, values }) => {
      const ageMs = now - at;
      return sent.take(values, ageMs).map((draft) => (ageMs === 0 ? draft : withTime(draft, Math.max(0, up - ageMs))));
    });
    return [...drafts, ...toLateEntries(late, points, { records, isDemonstration: site.isDemonstration })];
  }
}

/** A text that is no Unicode, and a number that JSON does not have, have no canonical form. */
const toContentHash = (content: { readonly frames: IngestMessage['frames']; readonly position: string | null }): string => {
  try {
    return hashDocument(canonicalJson(content));
  } catch (cause) {
    throw new Fault('protocol/invalid', cause instanceof Error ? cause.message : 'the message has no canonical JSON', { cause });
  }
};

const toFirstOutcome = ({ source, seq }: IngestMessage, hash: string, record: SourceRecord): IngestOutcome => {
  const first = record.recent.find((one) => one.seq === seq);
  const next = `message ${record.seq + 1} is the next`;
  if (first === undefined) throw new Fault('ingest/order', `message ${seq} of ${source} was taken long ago; ${next}`);
  if (first.hash !== hash) throw new Fault('ingest/conflict', `message ${seq} of ${source} was taken before, with other content; ${next}`);
  return first.outcome;
};

const toOutcome = ({ live, late, refused }: SortedReadings, lsn: number): IngestOutcome => ({
  lsn,
  live: countOf(live),
  late: countOf(late),
  refusedCount: refused.length,
  refused: refused.slice(0, 16),
});

const isSent = (point: Site['points'][number]): point is SentPoint => point.source.kind === 'ingest';

type SensorDraft = Extract<EntryDraft, { kind: 'sensor' }>;

/** What follows from readings that were measured a while ago is as old as they are. */
const withTime = (draft: SensorDraft, t: number): SensorDraft => ({
  ...draft,
  readings: Object.fromEntries(Object.entries(draft.readings).map(([name, reading]) => [name, { ...reading, t }])),
});
