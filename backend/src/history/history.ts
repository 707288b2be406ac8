import type {
  DeviceId,
  DeviceSpan,
  DeviceTimeline,
  Epoch,
  Lsn,
  NamedValues,
  PointHistory,
  PointId,
  Quality,
  Reason,
  SimulatedPast,
  SimulatedPastAnswer,
  SimulatedPastReach,
} from '@phloem/protocol';
import type { LogEntries } from '../log/log-entries.ts';
import type { Sample, SampleKey } from '../log/samples/entry-samples.ts';
import type { CsvFormat } from './csv-format.ts';
import type { FoundMarks, MarkChange, MarksQuery } from './marks.ts';

/** Now or later: what is kept in this process answers at once, a database elsewhere does not. */
export type Later<T> = T | Promise<T>;

/** How far a history has taken the log in, with the times of the entry there. */
export type HistoryCursor = { readonly epoch: Epoch; readonly lsn: Lsn; readonly at: number; readonly up: number };

/** What happens to the stretches without a value; `point: null` is the whole hub's. */
export type GapChange =
  | { readonly kind: 'open'; readonly point: PointId; readonly from: number; readonly why: Reason }
  | { readonly kind: 'close'; readonly point: PointId; readonly to: number }
  | { readonly kind: 'past'; readonly point: null; readonly from: number; readonly to: number; readonly why: Reason };

/** What happens to the spans of a device. */
export type SpanChange =
  | { readonly kind: 'open'; readonly device: DeviceId; readonly span: DeviceSpan }
  | { readonly kind: 'close'; readonly device: DeviceId; readonly to: number };

/** What a stretch of the log comes to. It is kept with its cursor, all of it or nothing. */
export type HistoryBatch = {
  readonly cursor: HistoryCursor;
  readonly samples: readonly Sample[];
  readonly gaps: readonly GapChange[];
  readonly spans: readonly SpanChange[];
  readonly marks: readonly MarkChange[];
};

/** What a reader of the log needs to go on where it stopped. */
export type HistoryState = {
  /** Null before the first entry. */
  readonly cursor: HistoryCursor | null;
  readonly openGaps: readonly PointId[];
  readonly openSpans: readonly { readonly device: DeviceId; readonly span: DeviceSpan }[];
  /** The alarms that are active. */
  readonly openAlarms: readonly string[];
};

/** A stretch of time, both ends included, in milliseconds since 1970. */
export type Stretch = { readonly from: number; readonly to: number };

/** Samples of a point as they were taken, oldest first; `next` leads to those after them, null when there are none. */
export type SamplePage = { readonly samples: readonly PageSample[]; readonly next: SampleKey | null };
export type PageSample = {
  readonly at: number;
  readonly v: number | null;
  readonly q: Quality;
  readonly why: Reason | null;
  readonly isSimulated: boolean;
};
/** How long and how much is kept, by the times of the samples. */
export type HistoryLimits = {
  readonly rawMs: number;
  readonly minuteMs: number;
  readonly hourMs: number;
  /** Past it the oldest raw samples go early; what they came to per minute and hour stays. */
  readonly maxBytes: number;
};

/** What is asked of a history; an answer is null for a point or device of which nothing is known. */
export interface HistoryAnswers {
  pointHistory(query: Stretch & { readonly id: PointId; readonly buckets: number }): Later<PointHistory | null>;
  samples(query: Stretch & { readonly id: PointId; readonly after: SampleKey | null; readonly limit: number }): Later<SamplePage | null>;
  timeline(query: Stretch & { readonly id: DeviceId }): Later<DeviceTimeline | null>;
  /** The alarms and notes of a location, known or not; or the alarms of the site. */
  marks(query: MarksQuery): Later<FoundMarks>;
  /**
   * Takes in samples and spans that were made up, as far as they are older than all that was lived. The same again
   * changes nothing, and nothing that was lived is touched.
   */
  importPast(past: SimulatedPast): Later<SimulatedPastAnswer>;
  simulatedReach(): Later<SimulatedPastReach>;
}

/** A page of samples as lines of a CSV file. */
export type CsvQuery = Stretch & {
  readonly id: PointId;
  readonly after: SampleKey | null;
  readonly limit: number;
  readonly isBoolean: boolean;
  readonly names?: NamedValues | undefined;
  readonly format: CsvFormat;
};
export type CsvPage = { readonly text: string; readonly next: SampleKey | null };

/** A history as the hub asks it, in whatever thread it lives. Fault `history/unavailable` while it does not. */
export type HistoryClient = {
  [C in keyof HistoryAnswers]: (...query: Parameters<HistoryAnswers[C]>) => Promise<Awaited<ReturnType<HistoryAnswers[C]>>>;
} & { csv(query: CsvQuery): Promise<CsvPage | null> };

/**
 * Per point what its samples come to per minute and hour, the samples themselves being in the log; per device what it was confirmed to be;
 * alarms and notes. It is written by one reader of the log, and can be built again from it: losing it never stops control.
 *
 * Every implementation passes one contract suite.
 */
export interface History extends HistoryAnswers {
  load(): Later<HistoryState>;
  /** Keeps what a stretch of the log came to, together with the cursor. */
  write(batch: HistoryBatch): Later<void>;
  /**
   * Goes back to a cursor that the log still knows. What was measured after it stays; spans whose entries are no more
   * go. `isForeign` when the log is another one altogether: then no span names an entry of it.
   */
  rewind(cursor: HistoryCursor, isForeign: boolean): Later<void>;
  /** Removes samples that an older version kept although the log has them, a few at a call; call again while `isMore`. */
  removeDoubled(log: LogEntries): Later<{ readonly isMore: boolean }>;
  /** Removes what has been kept long enough, a slice at a call; call again while `isMore`. */
  retain(limits: HistoryLimits, now: number): Later<{ readonly isMore: boolean }>;
  close(): Later<void>;
}
