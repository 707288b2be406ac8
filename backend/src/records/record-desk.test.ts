import { millis, type CalibrationRequest } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { Standing } from '../hub/standing.ts';
import type { PointSpec } from '../site/site.ts';
import { createStillClock } from '../store/hub-store-contract.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { createPointBook } from './point-book.ts';
import { createRecordDesk } from './record-desk.ts';

const id = 'house/north/temperature';
const base = {
  location: 'house',
  cluster: 'north',
  title: 'Temperature',
  quantity: 'temperature',
  decimals: 1,
  intervalMs: millis(1000),
  range: { min: -40, max: 60 },
} as const;
const points: readonly PointSpec[] = [
  {
    ...base,
    id,
    measurement: 'temperature',
    source: {
      kind: 'register',
      instrument: 'one',
      bus: 'line',
      unit: 1,
      register: { table: 'input', address: 0, type: 's16', wordOrder: 'big', scale: 0.1, offset: 0, sentinels: [] },
    },
  },
  {
    ...base,
    id: 'house/north/dew_point',
    measurement: 'dew_point',
    source: { kind: 'derived', formula: 'dew_point', inputs: [id], offset: 0 },
  },
];
const day = 86_400_000;

const open = () => {
  const { clock, hands } = createStillClock();
  const store = createMemoryStore({ random: () => 0.5, clock });
  const book = createPointBook(clock, 'Europe/Berlin');
  const alarms = new Map<string, string>();
  const desk = createRecordDesk({ store, book, site: { points }, isAlarmClear: (alarm) => (alarms.get(alarm) ?? 'cleared') === 'cleared' });
  const entries = () => store.log.read(0, { entries: 100, bytes: 1_000_000 });
  const look = () => {
    desk.look();
    for (const entry of entries()) if (entry.kind === 'alarm') alarms.set(entry.alarm, entry.state);
  };
  return { clock, hands, store, book, desk, entries, look };
};
const request = (over: Partial<CalibrationRequest> = {}): CalibrationRequest => ({
  pairs: [{ reference: 25.2, reading: 25.5 }],
  instrument: 'HM70 no. 4',
  reason: 'monthly check',
  ...over,
});

describe('calibration', () => {
  it('[RE2] with one pair shifts the scale, with who, when, against what, as found and as left', async () => {
    const { desk, book, entries, clock } = open();
    const { calibration } = await desk.calibrate(id, request({ due: clock.at() + 30 * day }), 'user:jan');
    expect(calibration).toMatchObject({
      by: 'user:jan',
      at: clock.at(),
      instrument: 'HM70 no. 4',
      gain: 1,
      offset: -0.3,
      asFound: [{ reference: 25.2, reading: 25.5 }],
      asLeft: [{ reference: 25.2, reading: 25.2 }],
      isOverdue: false,
    });
    expect(book.correct(id)).toMatchObject({ gain: 1, offset: -0.3 });
    expect(entries().at(-1)).toMatchObject({ kind: 'note', by: 'user:jan', text: expect.stringContaining('− 0.3 °C, against HM70 no. 4') });
  });

  it('[RE2] with two pairs shifts and stretches it, from what the point showed with the correction before', async () => {
    const { desk } = open();
    await desk.calibrate(id, request({ pairs: [{ reference: 1, reading: 0 }] }), 'user:jan');
    // The point itself says 0 and 50; it shows 1 and 51, and should show 0 and 52.
    const { calibration, earlier } = await desk.calibrate(
      id,
      request({
        pairs: [
          { reference: 52, reading: 51 },
          { reference: 0, reading: 1 },
        ],
      }),
      'user:jan',
    );
    expect(calibration?.gain).toBeCloseTo(1.04, 9);
    expect(calibration?.offset).toBeCloseTo(0, 9);
    expect(calibration?.asLeft.map(({ reading }) => reading)).toEqual([52, 0]);
    expect(earlier.map(({ offset }) => offset)).toEqual([1]);
  });

  it('[RE2] can be taken back, again and again down to the point as it came, and nothing is forgotten', async () => {
    const { desk } = open();
    await desk.calibrate(id, request({ pairs: [{ reference: 26, reading: 25 }] }), 'user:jan');
    await desk.calibrate(id, request({ pairs: [{ reference: 24, reading: 26 }] }), 'user:jan');
    expect((await desk.undo(id, { reason: 'wrong probe' }, 'user:jan')).calibration).toMatchObject({ offset: 1, reason: 'wrong probe' });
    const { calibration, earlier } = await desk.undo(id, { reason: 'that one too' }, 'user:jan');
    expect(calibration).toMatchObject({ gain: 1, offset: 0, instrument: null });
    expect(earlier.map(({ offset }) => offset)).toEqual([1, -1, 1]);
  });

  it.each<[string, Partial<CalibrationRequest>, string]>([
    ['a reference out of range', { pairs: [{ reference: 100, reading: 25 }] }, 'outside of what'],
    [
      'two references that are nearly the same',
      {
        pairs: [
          { reference: 25, reading: 25 },
          { reference: 25.5, reading: 25.6 },
        ],
      },
      'too near',
    ],
    [
      'two pairs that are mixed up',
      {
        pairs: [
          { reference: 10, reading: 30 },
          { reference: 30, reading: 10 },
        ],
      },
      'a gain of',
    ],
    ['a day that has passed', { due: 0 }, 'has passed'],
    ['a reference that is itself overdue', { instrumentDue: 0 }, 'overdue'],
  ])('[RE2] refuses %s and changes nothing', async (_what, over, words) => {
    const { desk, book, entries } = open();
    await expect(desk.calibrate(id, request(over), 'user:jan')).rejects.toThrow(words);
    expect(book.correct(id)).toBeNull();
    expect(entries()).toEqual([]);
  });

  it('[RE2] of two who do it at once the second is told who was first, and writes nothing', async () => {
    const { desk, entries, hands } = open();
    const { calibration: first } = await desk.calibrate(id, request({ seen: null }), 'user:jan');
    hands.wall += 1000;
    const written = entries().length;
    const late = desk.calibrate(id, request({ seen: null, pairs: [{ reference: 24, reading: 25.5 }] }), 'user:mia');
    await expect(late).rejects.toMatchObject({
      code: 'calibration/newer',
      message: expect.stringMatching(/^user:jan calibrated house\/north\/temperature at .*\(monthly check\)/) as string,
    });
    await expect(desk.undo(id, { reason: 'not mine', seen: null }, 'user:mia')).rejects.toMatchObject({ code: 'calibration/newer' });
    expect(entries()).toHaveLength(written);
    // Whoever has looked again goes on from there; whoever does not say what he saw is not asked.
    const { calibration: second } = await desk.calibrate(id, request({ seen: first?.hash ?? null }), 'user:mia');
    expect(second?.by).toBe('user:mia');
    await desk.undo(id, { reason: 'done', seen: second?.hash ?? null }, 'user:mia');
    await desk.calibrate(id, request(), 'user:jan');
  });

  it('[RE2] refuses derived and unknown points by name', async () => {
    const { desk } = open();
    await expect(desk.calibrate('house/north/dew_point', request(), 'user:jan')).rejects.toThrow('worked out from other points');
    await expect(desk.calibrate('house/north/nothing', request(), 'user:jan')).rejects.toMatchObject({ code: 'point/unknown' });
    await expect(desk.undo(id, { reason: 'why not' }, 'user:jan')).rejects.toMatchObject({ code: 'calibration/none' });
  });

  it('[RE2] that is overdue raises one alarm, which the next calibration clears', async () => {
    const { desk, clock, hands, entries, look, book } = open();
    await desk.calibrate(id, request({ due: clock.at() + day }), 'user:jan');
    look();
    hands.wall += day + 1;
    look();
    look();
    expect(book.correct(id)?.overdue).toContain('calibration was due on');
    await desk.calibrate(id, request(), 'user:jan');
    look();
    expect(entries().flatMap((entry) => (entry.kind === 'alarm' ? [`${entry.alarm} ${entry.state} ${entry.priority}`] : []))).toEqual([
      `point/${id}/calibration active P4`,
      `point/${id}/calibration cleared P4`,
    ]);
  });
});

describe('maintenance', () => {
  it('[RE5] takes a point out for 20 minutes unless said otherwise, by the running time of the hub', async () => {
    const { desk, book, hands, clock } = open();
    const { maintenance } = await desk.takeOut(id, { reason: 'probe swapped' }, 'user:jan');
    expect(maintenance).toMatchObject({ by: 'user:jan', reason: 'probe swapped', until: clock.at() + 20 * 60_000 });
    hands.wall += day;
    expect(book.correct(id)?.maintenance).toContain('user:jan: probe swapped');
    hands.up += 20 * 60_000;
    expect(book.correct(id)).toBeNull();
  });

  it('[RE5] ends by hand or by itself, and the log says which', async () => {
    const { desk, hands, entries, look } = open();
    await desk.takeOut(id, { reason: 'probe swapped' }, 'user:jan');
    await desk.putBack(id, 'done', 'user:jan');
    await desk.takeOut(id, { forMs: 60_000, reason: 'cleaned' }, 'user:jan');
    hands.up += 60_000;
    look();
    look();
    expect(entries().map((entry) => (entry.kind === 'note' ? `${entry.by} ${entry.text}` : entry.kind))).toEqual([
      `user:jan Temperature (${id}) is out of use for 20 min: probe swapped`,
      `user:jan Temperature (${id}) is back in use: done`,
      `user:jan Temperature (${id}) is out of use for 1 min: cleaned`,
      `hub Temperature (${id}) is back in use: the time is over`,
    ]);
  });
});

describe('after a restart', () => {
  it('[RE2] [RE5] both still hold, also where the log has been cut long since', async () => {
    const { desk, entries, clock } = open();
    await desk.calibrate(id, request(), 'user:jan');
    await desk.takeOut(id, { reason: 'probe swapped' }, 'user:jan');
    const standing = new Standing(null);
    for (const entry of entries()) standing.apply(entry);
    const book = createPointBook(clock, 'Europe/Berlin');
    for (const entry of standing.toStored().entries) book.apply(entry);
    expect(book.correct(id)).toMatchObject({ offset: -0.3, maintenance: expect.stringContaining('probe swapped') });
  });

  it('[RE5] a point that was put back is not taken out again', async () => {
    const { desk, entries } = open();
    await desk.takeOut(id, { reason: 'probe swapped' }, 'user:jan');
    await desk.putBack(id, 'done', 'user:jan');
    const standing = new Standing(null);
    for (const entry of entries()) standing.apply(entry);
    expect(standing.toStored().entries).toEqual([]);
  });
});
