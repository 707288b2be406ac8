import {
  isSameAuthor,
  reasonOf,
  toAlarmAction,
  type AlarmAction,
  type AlarmEntry,
  type DeviceEntry,
  type DeviceId,
  type DeviceSpan,
  type Entry,
  type Epoch,
  type NoteEntry,
  type PointId,
  type SensorEntry,
} from '@phloem/protocol';
import { toSamples, type Sample } from '../log/samples/entry-samples.ts';
import type { GapChange, HistoryBatch, HistoryCursor, HistoryState, SpanChange } from './history.ts';
import type { KeptMark, MarkChange } from './marks.ts';

/** The pulse comes every second; a longer silence of the log is a stretch in which nobody measured. */
const awayMs = 5000;

const emptyMark = {
  alarm: null,
  until: null,
  endLsn: null,
  priority: null,
  by: null,
  about: null,
  locations: null,
  why: null,
  written: null,
  action: null,
} as const;

/**
 * Makes rows of a history from the entries of the log, in order: a function of what was there and what came, without a
 * clock. `take` hands over what has come together.
 */
export class LogFolder {
  #cursor: HistoryCursor | null;
  readonly #openGaps: Set<PointId>;
  readonly #openSpans: Map<DeviceId, DeviceSpan>;
  #samples: Sample[] = [];
  #gaps: GapChange[] = [];
  #spans: SpanChange[] = [];
  readonly #openAlarms: Set<string>;
  #marks: MarkChange[] = [];

  constructor({ cursor, openGaps, openSpans, openAlarms }: HistoryState) {
    this.#cursor = cursor;
    this.#openGaps = new Set(openGaps);
    this.#openSpans = new Map(openSpans.map(({ device, span }) => [device, span]));
    this.#openAlarms = new Set(openAlarms);
  }

  /** The newest entry that was folded in. */
  get cursor(): HistoryCursor | null {
    return this.#cursor;
  }

  /** How many samples have come together. */
  get waiting(): number {
    return this.#samples.length;
  }

  apply(epoch: Epoch, entry: Entry): void {
    if (this.#cursor !== null) this.#noteAway(this.#cursor, entry);
    if (entry.kind === 'sensor') this.#foldFrame(entry);
    // What came too late is measured all the same; whether the point has a value now does not follow from it.
    else if (entry.kind === 'late') this.#samples.push(...toSamples(entry));
    else if (entry.kind === 'device') this.#foldDevice(entry);
    else if (entry.kind === 'alarm') this.#foldAlarm(entry);
    else if (entry.kind === 'note') this.#foldNote(entry);
    this.#cursor = { epoch, lsn: entry.lsn, at: entry.at, up: entry.up };
  }

  /** Everything since the last call; null when there was no entry. */
  take(): HistoryBatch | null {
    if (this.#cursor === null) return null;
    const batch = { cursor: this.#cursor, samples: this.#samples, gaps: this.#gaps, spans: this.#spans, marks: this.#marks };
    this.#samples = [];
    this.#gaps = [];
    this.#spans = [];
    this.#marks = [];
    return batch;
  }

  #noteAway(before: HistoryCursor, entry: Entry): void {
    // A gap entry that stands in the place of others has the last of their numbers; one that the log itself appended
    // speaks of older entries, which were read while they were there.
    const isHole = entry.kind === 'gap' && entry.to === entry.lsn;
    const [away, awayUp] = [entry.at - before.at, entry.up - before.up];
    if (away <= 0 || (!isHole && away <= awayMs)) return;
    const isAway = isHole || awayUp > awayMs || awayUp < 0;
    const why = isHole
      ? reasonOf('history/entries-lost', { from: entry.from, to: entry.to, because: entry.why })
      : reasonOf(isAway ? 'history/hub-away' : 'history/clock-forward');
    this.#gaps.push({ kind: 'past', point: null, from: before.at, to: entry.at, why });
    if (!isAway) return;
    // Nobody looked meanwhile. Unless something else is said, the device is then found as it was left.
    for (const [device, span] of this.#openSpans) {
      if (span.value === null || span.from > before.at) continue;
      const unseen = { from: before.at, to: entry.at, value: null, phase: 'unknown', by: { kind: 'hub' }, why, cause: null } as const;
      this.#spans.push(
        { kind: 'close', device, to: before.at },
        { kind: 'open', device, span: { ...unseen, lsn: entry.lsn, isSimulated: false } },
        { kind: 'close', device, to: entry.at },
        { kind: 'open', device, span: { ...span, from: entry.at } },
      );
      this.#openSpans.set(device, { ...span, from: entry.at });
    }
  }

  #foldFrame(entry: SensorEntry): void {
    const samples = toSamples(entry);
    this.#samples.push(...samples);
    for (const [index, { v, q, why }] of Object.values(entry.readings).entries()) {
      const { point, at } = samples[index] ?? { point: '', at: entry.at };
      if (v === null && !this.#openGaps.has(point)) {
        this.#openGaps.add(point);
        this.#gaps.push({ kind: 'open', point, from: at, why: why ?? reasonOf('reading/quality', { quality: q }) });
      } else if (v !== null && this.#openGaps.delete(point)) {
        this.#gaps.push({ kind: 'close', point, to: at });
      }
    }
  }

  #foldDevice(entry: DeviceEntry): void {
    const isProof = entry.phase === 'confirmed' || entry.phase === 'discrepancy' || entry.phase === 'safe';
    if (!isProof && entry.phase !== 'unknown') return;
    const { device, phase, at, by, why, cause, lsn } = entry;
    const value = isProof ? entry.value : null;
    const open = this.#openSpans.get(device);
    if (open?.value === value && (value === null || (open.phase === phase && isSameAuthor(open.by, by)))) return;
    const span: DeviceSpan = {
      from: at,
      to: null,
      value,
      phase,
      by,
      why: why ?? null,
      cause: cause?.lsn ?? null,
      lsn,
      isSimulated: false,
    };
    if (open !== undefined) this.#spans.push({ kind: 'close', device, to: Math.max(at, open.from) });
    this.#spans.push({ kind: 'open', device, span });
    this.#openSpans.set(device, span);
  }

  /** From its first `active` to its `cleared` an alarm is one mark, however often it is reported meanwhile. */
  #foldAlarm(entry: AlarmEntry): void {
    const { alarm, state, priority, why, locations, at, lsn } = entry;
    const action = toAlarmAction(entry);
    if (action !== null) {
      this.#marks.push({ kind: 'open', mark: toActionMark(entry, action) });
    } else if (state === 'active' && !this.#openAlarms.has(alarm)) {
      this.#openAlarms.add(alarm);
      const mark = { ...emptyMark, alarm, at, lsn, priority, text: '', why: why ?? null, locations: locations ?? null };
      this.#marks.push({ kind: 'open', mark });
    } else if (state === 'cleared' && this.#openAlarms.delete(alarm)) {
      this.#marks.push({ kind: 'close', alarm, to: at, lsn });
    }
  }

  #foldNote({ by, about, text, record, moment, at, lsn }: NoteEntry): void {
    const when = moment ?? at;
    const written = when === at ? null : at;
    const mark = { ...emptyMark, at: when, until: when, lsn, endLsn: lsn, text, by, about: record?.point ?? about, written };
    this.#marks.push({ kind: 'open', mark });
  }
}

const toActionMark = ({ alarm, priority, by, reason, locations, shelving, at, lsn }: AlarmEntry, action: AlarmAction): KeptMark => ({
  ...emptyMark,
  action,
  about: alarm,
  at,
  until: shelving?.kind === 'shelve' ? Math.round(shelving.until) : at,
  lsn,
  endLsn: lsn,
  priority,
  by: by ?? null,
  text: reason ?? '',
  locations: locations ?? null,
});
