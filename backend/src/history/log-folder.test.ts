import { reasonOf, textReason, type EntryDraft } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { HistoryBatch } from './history.ts';
import { LogFolder } from './log-folder.ts';

const fan = 'flower_room/fan';
const point = 'flower_room/front/temperature';
const frame = (v: number | boolean | null, part: object = {}): EntryDraft => ({
  kind: 'sensor',
  location: 'flower_room',
  cluster: 'front',
  readings: { temperature: { v, q: v === null ? 'bad' : 'good', ...part } },
});
const device = (part: Partial<Extract<EntryDraft, { kind: 'device' }>>): EntryDraft => ({
  kind: 'device',
  device: fan,
  phase: 'confirmed',
  value: true,
  by: { kind: 'node', id: 'automation-1' },
  why: textReason('too warm'),
  ...part,
});

/** What these come to, each at its time on both clocks, or at the times that it says. */
const fold = (drafts: readonly (readonly [number | { at: number; up: number }, EntryDraft])[]): HistoryBatch => {
  const folder = new LogFolder({ cursor: null, openGaps: [], openSpans: [], openAlarms: [] });
  drafts.forEach(([time, draft], index) => {
    const { at, up } = typeof time === 'number' ? { at: time, up: time } : time;
    folder.apply('AAAAAAAAAAAA', { lsn: index + 1, at, up, ...draft });
  });
  const batch = folder.take();
  if (batch === null) throw new Error('nothing was folded');
  return batch;
};

describe('samples', () => {
  it('[VE4] go on past an entry of a kind that is not known', () => {
    const forecast = { ...frame(40), kind: 'forecast' } as unknown as EntryDraft;
    const { samples, marks } = fold([
      [1, frame(20)],
      [2, forecast],
      [3, frame(21)],
    ]);
    expect(samples.map(({ lsn, v }) => [lsn, v])).toEqual([
      [1, 20],
      [3, 21],
    ]);
    expect(marks).toEqual([]);
  });

  it('have their own time where a frame was put together later', () => {
    expect(fold([[{ at: 5000, up: 900 }, frame(21, { t: 400 })]]).samples).toEqual([{ point, at: 4500, lsn: 1, v: 21, q: 'good' }]);
  });

  it('[IG8] of readings that came too late stand where they were measured, and say nothing of now', () => {
    const late: EntryDraft = { ...frame(19), kind: 'late', measured: 800.4 } as EntryDraft;
    const { samples, gaps } = fold([
      [1000, frame(null)],
      [2000, late],
    ]);
    expect(samples).toMatchObject([
      { at: 1000, v: null },
      { point, at: 800, lsn: 2, v: 19, q: 'good' },
    ]);
    expect(gaps).toMatchObject([{ kind: 'open', from: 1000 }]);
  });

  it('are 1 and 0 for true and false', () => {
    expect(
      fold([
        [1, frame(true)],
        [2, frame(false)],
      ]).samples.map(({ v }) => v),
    ).toEqual([1, 0]);
  });
});

describe('stretches without a value', () => {
  it('last from the first reading without one to the next with one', () => {
    const folded = fold([
      [1000, frame(20)],
      [2000, frame(null, { why: textReason('no answer') })],
      [3000, frame(null, { q: 'stale', why: textReason('no reading for 15 s') })],
      [4000, frame(21)],
    ]);
    expect(folded.gaps).toEqual([
      { kind: 'open', point, from: 2000, why: textReason('no answer') },
      { kind: 'close', point, to: 4000 },
    ]);
  });

  it.each([
    [
      'the hub was away',
      [
        { at: 1000, up: 1000 },
        { at: 9000, up: 9000 },
      ],
      reasonOf('history/hub-away'),
    ],
    [
      'the log is another one',
      [
        { at: 1000, up: 90_000 },
        { at: 9000, up: 0 },
      ],
      reasonOf('history/hub-away'),
    ],
    [
      'the wall clock was set',
      [
        { at: 1000, up: 1000 },
        { at: 9000, up: 2000 },
      ],
      reasonOf('history/clock-forward'),
    ],
  ] as const)('are said when %s', (_, [before, after], why) => {
    expect(
      fold([
        [before, { kind: 'pulse' }],
        [after, { kind: 'pulse' }],
      ]).gaps,
    ).toEqual([{ kind: 'past', point: null, from: 1000, to: 9000, why }]);
  });

  it.each([
    [
      'a pulse that is a little late',
      [
        { at: 1000, up: 1000 },
        { at: 5900, up: 5900 },
      ],
    ],
    [
      'a wall clock that was set back',
      [
        { at: 9000, up: 1000 },
        { at: 1000, up: 9000 },
      ],
    ],
  ] as const)('are not made of %s', (_, [before, after]) => {
    expect(
      fold([
        [before, { kind: 'pulse' }],
        [after, { kind: 'pulse' }],
      ]).gaps,
    ).toEqual([]);
  });

  it('are said where entries are missing, and not where the log let old ones go', () => {
    const gap = (from: number, to: number): EntryDraft => ({ kind: 'gap', from, to, why: reasonOf('log/damaged') });
    expect(
      fold([
        [1000, { kind: 'pulse' }],
        [1500, gap(2, 2)],
        [1600, gap(1, 2)],
      ]).gaps,
    ).toEqual([
      {
        kind: 'past',
        point: null,
        from: 1000,
        to: 1500,
        why: reasonOf('history/entries-lost', { from: 2, to: 2, because: reasonOf('log/damaged') }),
      },
    ]);
  });
});

describe('spans', () => {
  it('are what a device was confirmed to be, with the reason of the first that said so', () => {
    const folded = fold([
      [1000, device({ cause: { epoch: 'AAAAAAAAAAAA', lsn: 7 } })],
      [2000, device({ why: textReason('still too warm') })],
      [3000, device({ phase: 'requested', value: false })],
      [3000, device({ phase: 'failed', value: false })],
      [4000, device({ phase: 'unknown', value: null, by: { kind: 'hub' }, why: textReason('has not answered') })],
      [5000, device({ phase: 'unknown', value: false })],
    ]);
    const span = { to: null, isSimulated: false };
    expect(folded.spans).toEqual([
      {
        kind: 'open',
        device: fan,
        span: {
          ...span,
          from: 1000,
          value: true,
          phase: 'confirmed',
          by: { kind: 'node', id: 'automation-1' },
          why: textReason('too warm'),
          cause: 7,
          lsn: 1,
        },
      },
      { kind: 'close', device: fan, to: 4000 },
      {
        kind: 'open',
        device: fan,
        span: {
          ...span,
          from: 4000,
          value: null,
          phase: 'unknown',
          by: { kind: 'hub' },
          why: textReason('has not answered'),
          cause: null,
          lsn: 5,
        },
      },
    ]);
  });

  it('change hands when somebody else requests the same', () => {
    const folded = fold([
      [1000, device({})],
      [2000, device({ by: { kind: 'user', id: 'anna' } })],
    ]);
    expect(folded.spans.map((change) => (change.kind === 'open' ? change.span.by : change.to))).toEqual([
      { kind: 'node', id: 'automation-1' },
      2000,
      { kind: 'user', id: 'anna' },
    ]);
  });

  it('are unknown while the hub was away, and then what they were', () => {
    const folded = fold([
      [1000, device({})],
      [1500, { kind: 'pulse' }],
      [9000, { kind: 'pulse' }],
    ]);
    expect(
      folded.spans.slice(1).map((change) => (change.kind === 'open' ? [change.span.from, change.span.value, change.span.lsn] : change.to)),
    ).toEqual([1500, [1500, null, 3], 9000, [9000, true, 1]]);
  });
});

it('goes on where another one stopped', () => {
  const span = {
    from: 1,
    to: null,
    value: true,
    phase: 'confirmed',
    by: { kind: 'hub' },
    why: null,
    cause: null,
    lsn: 1,
    isSimulated: false,
  } as const;
  const folder = new LogFolder({
    cursor: { epoch: 'AAAAAAAAAAAA', lsn: 9, at: 1000, up: 1000 },
    openGaps: [point],
    openSpans: [{ device: fan, span }],
    openAlarms: [],
  });
  folder.apply('AAAAAAAAAAAA', { lsn: 10, at: 1100, up: 1100, ...frame(20) });
  folder.apply('AAAAAAAAAAAA', { lsn: 11, at: 1200, up: 1200, ...device({ by: { kind: 'hub' } }) });
  expect(folder.take()).toMatchObject({ gaps: [{ kind: 'close', point, to: 1100 }], spans: [], cursor: { lsn: 11 } });
});

describe('marks', () => {
  const alarm = (part: Partial<Extract<EntryDraft, { kind: 'alarm' }>> = {}): EntryDraft => ({
    kind: 'alarm',
    alarm: 'flower_room/climate/too-hot',
    state: 'active',
    priority: 'P1',
    why: textReason('too hot'),
    ...part,
  });
  const opened = {
    alarm: 'flower_room/climate/too-hot',
    until: null,
    endLsn: null,
    priority: 'P1',
    by: null,
    about: null,
    locations: null,
    text: '',
    why: textReason('too hot'),
    written: null,
    action: null,
  };

  const done = { ...opened, alarm: null, about: opened.alarm, by: { kind: 'user', id: 'anna' }, text: 'on my way', why: null };

  it('[AL8] an alarm is one from its first active to its cleared, however often it is reported meanwhile', () => {
    const { marks } = fold([
      [1000, alarm()],
      [1500, alarm({ why: textReason('hotter') })],
      [1700, alarm({ state: 'acknowledged', by: { kind: 'user', id: 'anna' }, reason: 'on my way' })],
      [2000, alarm({ state: 'cleared' })],
      [2100, alarm({ state: 'cleared', isAcknowledged: true, by: { kind: 'user', id: 'anna' }, reason: 'on my way' })],
      [3000, alarm()],
    ]);
    expect(marks).toEqual([
      { kind: 'open', mark: { ...opened, at: 1000, lsn: 1 } },
      { kind: 'open', mark: { ...done, action: 'acknowledge', at: 1700, until: 1700, lsn: 3, endLsn: 3 } },
      { kind: 'close', alarm: opened.alarm, to: 2000, lsn: 4 },
      { kind: 'open', mark: { ...done, action: 'acknowledge', at: 2100, until: 2100, lsn: 5, endLsn: 5 } },
      { kind: 'open', mark: { ...opened, at: 3000, lsn: 6 } },
    ]);
  });

  it('[AL8] shelving is kept with its end, and neither begins nor ends the alarm', () => {
    const said = { by: { kind: 'user', id: 'anna' } as const, reason: 'on my way', locations: ['cold_store'] };
    const { marks } = fold([
      [1000, alarm({ ...said, shelving: { kind: 'shelve', forMs: 4000, until: 5000 } })],
      [2000, alarm({ ...said, state: 'cleared', shelving: { kind: 'unshelve' } })],
    ]);
    const both = { ...done, locations: ['cold_store'] };
    expect(marks).toEqual([
      { kind: 'open', mark: { ...both, action: 'shelve', at: 1000, until: 5000, lsn: 1, endLsn: 1 } },
      { kind: 'open', mark: { ...both, action: 'unshelve', at: 2000, until: 2000, lsn: 2, endLsn: 2 } },
    ]);
  });

  it('a note stands where it was written, or at the moment that it is about', () => {
    const note = { kind: 'note', by: { kind: 'user', id: 'anna' }, about: 'flower_room', text: 'mist on the leaves' } as const;
    const { marks } = fold([
      [1000, note],
      [2000, { ...note, moment: 700 }],
    ]);
    expect(marks.map((change) => change.kind === 'open' && [change.mark.at, change.mark.written, change.mark.by])).toEqual([
      [1000, null, { kind: 'user', id: 'anna' }],
      [700, 2000, { kind: 'user', id: 'anna' }],
    ]);
  });

  it('a calibration is a note about its point', () => {
    const record = { kind: 'maintenance', point, forMs: 0, reason: 'done' } as const;
    const { marks } = fold([
      [1, { kind: 'note', by: { kind: 'user', id: 'anna' }, about: `maintenance/${point}`, text: 'back in use', record }],
    ]);
    expect(marks[0]).toMatchObject({ kind: 'open', mark: { about: point, text: 'back in use' } });
  });

  it('an alarm that was active when the folder began is closed by the entry that clears it', () => {
    const cursor = { epoch: 'AAAAAAAAAAAA', lsn: 9, at: 1000, up: 1000 };
    const folder = new LogFolder({ cursor, openGaps: [], openSpans: [], openAlarms: [opened.alarm] });
    folder.apply('AAAAAAAAAAAA', { lsn: 10, at: 1100, up: 1100, ...alarm() });
    folder.apply('AAAAAAAAAAAA', { lsn: 11, at: 1200, up: 1200, ...alarm({ state: 'cleared' }) });
    expect(folder.take()?.marks).toEqual([{ kind: 'close', alarm: opened.alarm, to: 1200, lsn: 11 }]);
  });
});
