import { textReason, type DeviceSpan, type Quality, type SimulatedPast } from '@phloem/protocol';
import type { History, HistoryBatch, HistoryCursor, HistoryLimits } from '../history.ts';
import { inOrder, type Sample } from '../../log/samples/entry-samples.ts';
import type { SampleSource } from '../../log/samples/sample-source.ts';
import type { KeptMark } from '../marks.ts';

/** Opens histories over the same data: each call finds what the last one left. */
export type OpenHistory = () => History;

export const epoch = 'AAAAAAAAAAAA';
export const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
export const forever: HistoryLimits = { rawMs: 1e6 * day, minuteMs: 1e6 * day, hourMs: 1e6 * day, maxBytes: 1e12 };
export const id = 'flower_room/front/temperature';
export const fan = 'flower_room/fan';

export const cursorAt = (lsn: number, at = 0): HistoryCursor => ({ epoch, lsn, at, up: at });
export const sample = (at: number, v: number | null, q: Quality = v === null ? 'bad' : 'good', lsn = at + 1): Sample => ({
  point: id,
  at,
  lsn,
  v,
  q,
});
export const batch = (part: Partial<HistoryBatch>): HistoryBatch => ({
  cursor: cursorAt(1),
  samples: [],
  gaps: [],
  spans: [],
  marks: [],
  ...part,
});
export const span = (part: Partial<DeviceSpan>): DeviceSpan => ({
  from: 0,
  to: null,
  value: true,
  phase: 'confirmed',
  by: { kind: 'node', id: 'automation-1' },
  why: textReason('too warm'),
  cause: 3,
  lsn: 4,
  isSimulated: false,
  ...part,
});
export const alarmMark = (alarm: string, at: number, lsn: number): KeptMark => ({
  alarm,
  at,
  until: null,
  lsn,
  endLsn: null,
  priority: 'P1',
  text: '',
  why: textReason('words'),
  by: null,
  about: null,
  locations: null,
  written: null,
  action: null,
});
export const noteMark = (about: string, at: number, lsn: number): KeptMark => ({
  ...alarmMark('', at, lsn),
  alarm: null,
  text: 'words',
  why: null,
  until: at,
  endLsn: lsn,
  priority: null,
  by: { kind: 'user', id: 'anna' },
  about,
});
export const past = (part: Partial<SimulatedPast>): SimulatedPast => ({ samples: [], spans: [], ...part });

/** The samples that a log has, given to it directly. */
export const createLoggedSamples = () => {
  const logged: Sample[] = [];
  const source: SampleSource = {
    reach: () => (logged.length === 0 ? null : { at: Math.min(...logged.map((one) => one.at)), isWhole: true }),
    read: ({ point, from, to, after }) =>
      inOrder(
        logged.flatMap(({ point: of, ...one }) => {
          const isWanted = of === point && one.at >= from && one.at <= to;
          return isWanted && (after === null || one.at > after.at || (one.at === after.at && one.lsn > after.lsn)) ? one : [];
        }),
      ),
    release: () => undefined,
  };
  const add = (samples: readonly Sample[]): void => samples.forEach((one) => logged.push(one));
  return { source, add };
};

/** A history that is given batches as if their samples were in the log. */
export const withLogged = <H extends History>(history: H, logged: ReturnType<typeof createLoggedSamples>): H => {
  const write = history.write.bind(history);
  history.write = (given) => {
    logged.add(given.samples);
    return write(given);
  };
  return history;
};
