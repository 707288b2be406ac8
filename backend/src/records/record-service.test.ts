import { saying } from '@phloem/protocol/testing';
import { toPersonText, CalibrationRequest, createParse, millis, reasonOf } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { LogSnapshot } from '../hub/snapshot.ts';
import type { PointSpec } from '../site/site.ts';
import { createStillClock } from '../store/testing/store-bench.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { toCalibration } from './calibrate.ts';
import { createPointRegistry } from './point-registry.ts';
import { createRecordService } from './record-service.ts';

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
const register = { table: 'input', address: 0, type: 's16', wordOrder: 'ABCD', scale: 0.1, offset: 0, sentinels: [] } as const;
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
      register,
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
  const registry = createPointRegistry(clock, 'Europe/Berlin');
  const alarms = new Map<string, string>();
  const service = createRecordService({
    store,
    registry,
    site: { points },
    isAlarmClear: (alarm) => (alarms.get(alarm) ?? 'cleared') === 'cleared',
  });
  const entries = () => store.log.read(0, { entries: 100, bytes: 1_000_000 });
  const look = () => {
    service.look();
    for (const entry of entries()) if (entry.kind === 'alarm') alarms.set(entry.alarm, entry.state);
  };
  return { clock, hands, store, registry, service, entries, look };
};
const request = (over: Partial<CalibrationRequest> = {}): CalibrationRequest => ({
  pairs: [{ reference: 25.2, reading: 25.5 }],
  instrument: 'HM70 no. 4',
  reason: 'monthly check',
  ...over,
});

describe('calibration', () => {
  it('[RE2] with one pair shifts the scale, with who, when, against what, as found and as left', async () => {
    const { service, registry, entries, clock } = open();
    const { calibration } = await service.calibrate(id, request({ due: clock.at() + 30 * day }), { kind: 'user', id: 'jan' });
    expect(calibration).toMatchObject({
      by: { kind: 'user', id: 'jan' },
      at: clock.at(),
      instrument: 'HM70 no. 4',
      gain: 1,
      offset: -0.3,
      asFound: [{ reference: 25.2, reading: 25.5 }],
      asLeft: [{ reference: 25.2, reading: 25.2 }],
      isOverdue: false,
    });
    expect(registry.correct(id)).toMatchObject({ gain: 1, offset: -0.3 });
    expect(entries().at(-1)).toMatchObject({
      kind: 'note',
      by: { kind: 'user', id: 'jan' },
      text: expect.stringContaining('− 0.3 °C, against HM70 no. 4'),
    });
  });

  it('[RE2] with two pairs shifts and stretches it, from what the point showed with the correction before', async () => {
    const { service } = open();
    await service.calibrate(id, request({ pairs: [{ reference: 1, reading: 0 }] }), { kind: 'user', id: 'jan' });
    // The point itself says 0 and 50; it shows 1 and 51, and should show 0 and 52.
    const { calibration, earlier } = await service.calibrate(
      id,
      request({
        pairs: [
          { reference: 52, reading: 51 },
          { reference: 0, reading: 1 },
        ],
      }),
      { kind: 'user', id: 'jan' },
    );
    expect(calibration?.gain).toBeCloseTo(1.04, 9);
    expect(calibration?.offset).toBeCloseTo(0, 9);
    expect(calibration?.asLeft.map(({ reading }) => reading)).toEqual([52, 0]);
    expect(earlier.map(({ offset }) => offset)).toEqual([1]);
  });

  it('[RE2] can be taken back, again and again down to the point as it came, and nothing is forgotten', async () => {
    const { service } = open();
    await service.calibrate(id, request({ pairs: [{ reference: 26, reading: 25 }] }), { kind: 'user', id: 'jan' });
    await service.calibrate(id, request({ pairs: [{ reference: 24, reading: 26 }] }), { kind: 'user', id: 'jan' });
    expect((await service.undo(id, { reason: 'wrong probe' }, { kind: 'user', id: 'jan' })).calibration).toMatchObject({
      offset: 1,
      reason: 'wrong probe',
    });
    const { calibration, earlier } = await service.undo(id, { reason: 'that one too' }, { kind: 'user', id: 'jan' });
    expect(calibration).toMatchObject({ gain: 1, offset: 0, instrument: null });
    expect(earlier.map(({ offset }) => offset)).toEqual([1, -1, 1]);
  });

  it.each<[string, Partial<CalibrationRequest>, string]>([
    ['a reference out of range', { pairs: [{ reference: 100, reading: 25 }] }, 'outside of what'],
    [
      'two references that are the same',
      {
        confirmed: true,
        pairs: [
          { reference: 25, reading: 25 },
          { reference: 25, reading: 25.6 },
        ],
      },
      'both references are 25 °C',
    ],
    [
      'two pairs that are mixed up',
      {
        pairs: [
          { reference: 10, reading: 30 },
          { reference: 30, reading: 10 },
        ],
      },
      'the reference rises from 10 to 30 °C while the reading falls from 30 to 10 °C',
    ],
    [
      'a slope of no instrument, confirmed or not',
      {
        confirmed: true,
        pairs: [
          { reference: 0, reading: 0 },
          { reference: 50, reading: 10 },
        ],
      },
      'a slope of 5',
    ],
    ['a day that has passed', { due: 0 }, 'has passed'],
    ['a reference that is itself overdue', { instrumentDue: 0 }, 'overdue'],
  ])('[RE2] refuses %s and changes nothing', async (_what, over, words) => {
    const { service, registry, entries } = open();
    await expect(service.calibrate(id, request(over), { kind: 'user', id: 'jan' })).rejects.toThrow(words);
    expect(registry.correct(id)).toBeNull();
    expect(entries()).toEqual([]);
  });

  it.each<[string, CalibrationRequest['pairs'], string]>([
    [
      'an offset that is not plausible',
      [{ reference: 25.2, reading: 45 }],
      'the reference 25.2 °C and the reading 45 °C are 19.8 K apart; Temperature is plausibly off by 5 K at most',
    ],
    [
      'a slope that is not plausible',
      [
        { reference: 10, reading: 12 },
        { reference: 20, reading: 20 },
      ],
      'the pairs need a slope of 1.25; a working instrument has 0.8 to 1.2',
    ],
    [
      'two references too near to each other',
      [
        { reference: 25, reading: 25 },
        { reference: 25.5, reading: 25.6 },
      ],
      'the two references are 0.5 K apart, which is too close: noise would determine the slope. Take them at least 2 K apart',
    ],
    [
      'a reading that the point cannot show',
      [{ reference: 25.2, reading: 95 }],
      'house/north/temperature cannot show the reading 95 °C: it shows -40 to 60 °C. A pair is the reference first, then the reading; the reference 25.2 °C and the reading 95 °C are 69.8 K apart',
    ],
  ])('[RE6] refuses %s until somebody confirms it', async (_what, pairs, words) => {
    const { service, registry, entries } = open();
    const refused = { code: 'calibration/implausible', message: expect.stringContaining(words) as string };
    await expect(service.calibrate(id, request({ pairs }), { kind: 'user', id: 'jan' })).rejects.toMatchObject(refused);
    await expect(service.calibrate(id, request({ pairs, confirmed: false }), { kind: 'user', id: 'jan' })).rejects.toMatchObject(refused);
    expect([registry.correct(id), entries()]).toEqual([null, []]);
    const { calibration } = await service.calibrate(id, request({ pairs, confirmed: true }), { kind: 'user', id: 'jan' });
    expect(calibration?.asFound).toEqual(pairs);
  });

  it('[RE6] refuses a pair the other way round, by what the point shows', async () => {
    const { service, hands, store, registry } = open();
    const show = (v: number): void => {
      const readings = { temperature: { v, q: 'good' } } as const;
      for (const entry of store.log.append([{ kind: 'sensor', location: 'house', cluster: 'north', readings }])) registry.apply(entry);
    };
    show(25.5);
    hands.wall += 10_000;
    const swapped = request({ pairs: [{ reference: 25.5, reading: 25.2 }] });
    await expect(service.calibrate(id, swapped, { kind: 'user', id: 'jan' })).rejects.toMatchObject({
      code: 'calibration/implausible',
      message: expect.stringContaining(
        'shows 25.5 °C now, which is the reference 25.5 °C and not the reading 25.2 °C: reference and reading look swapped',
      ) as string,
    });
    await service.calibrate(id, request({ pairs: [{ reference: 25.2, reading: 25.5 }] }), { kind: 'user', id: 'jan' });
    // What the point showed before a calibration says nothing of the pair.
    await service.calibrate(id, swapped, { kind: 'user', id: 'jan' });
    hands.wall += 1000;
    show(25.5);
    hands.wall += 61_000;
    // Nor does what it showed long ago.
    expect((await service.calibrate(id, swapped, { kind: 'user', id: 'jan' })).earlier).toHaveLength(2);
  });

  it('[RE6] takes nothing for a confirmation but true', () => {
    const parse = createParse(CalibrationRequest, 'a calibration', 'protocol/invalid');
    expect(parse(request({ confirmed: true })).confirmed).toBe(true);
    for (const confirmed of ['true', 1, 'yes', null]) expect(() => parse({ ...request(), confirmed })).toThrow('confirmed');
  });

  it('[RE6] counts the corrections so far: small steps do not add up to an implausible one', async () => {
    const { service } = open();
    await service.calibrate(id, request({ pairs: [{ reference: 24, reading: 20 }] }), { kind: 'user', id: 'jan' });
    await expect(service.calibrate(id, request({ pairs: [{ reference: 28, reading: 24 }] }), { kind: 'user', id: 'jan' })).rejects.toThrow(
      'with the corrections so far the value is moved by 8 K, from 20 °C to 28 °C',
    );
  });

  it('[RE2] of two people who do it at once, the second learns who was first, and writes nothing', async () => {
    const { service, entries, hands } = open();
    const { calibration: first } = await service.calibrate(id, request({ seen: null }), { kind: 'user', id: 'jan' });
    hands.wall += 1000;
    const written = entries().length;
    const late = service.calibrate(id, request({ seen: null, pairs: [{ reference: 24, reading: 25.5 }] }), { kind: 'user', id: 'mia' });
    await expect(late).rejects.toMatchObject({
      code: 'calibration/newer',
      message: expect.stringMatching(/^jan calibrated house\/north\/temperature at .*\(monthly check\)/) as string,
    });
    await expect(service.undo(id, { reason: 'not mine', seen: null }, { kind: 'user', id: 'mia' })).rejects.toMatchObject({
      code: 'calibration/newer',
    });
    expect(entries()).toHaveLength(written);
    // Anyone who has looked again goes on from there; anyone who does not say what he saw is not asked.
    const { calibration: second } = await service.calibrate(id, request({ seen: first?.hash ?? null }), { kind: 'user', id: 'mia' });
    expect(second?.by).toEqual({ kind: 'user', id: 'mia' });
    await service.undo(id, { reason: 'done', seen: second?.hash ?? null }, { kind: 'user', id: 'mia' });
    await service.calibrate(id, request(), { kind: 'user', id: 'jan' });
  });

  it('[RE2] refuses a point with named values', () => {
    const named = { ...register, names: { off: 0, heat: 4 } };
    const mode = {
      ...base,
      id,
      measurement: 'mode',
      source: { kind: 'register', instrument: 'one', bus: 'line', unit: 1, register: named },
    } as const;
    const current = { coefficients: { gain: 1, offset: 0 }, hash: null, shown: null };
    expect(() => toCalibration(mode, request(), current, { at: 0, by: 'user:jan' })).toThrow(
      'has named values; there is nothing to calibrate',
    );
  });

  it('[RE2] refuses derived and unknown points by name', async () => {
    const { service } = open();
    await expect(service.calibrate('house/north/dew_point', request(), { kind: 'user', id: 'jan' })).rejects.toThrow(
      'calculated from other points',
    );
    await expect(service.calibrate('house/north/nothing', request(), { kind: 'user', id: 'jan' })).rejects.toMatchObject({
      code: 'point/unknown',
    });
    await expect(service.undo(id, { reason: 'why not' }, { kind: 'user', id: 'jan' })).rejects.toMatchObject({ code: 'calibration/none' });
  });

  it('[RE2] that is overdue raises one alarm, which the next calibration clears', async () => {
    const { service, clock, hands, entries, look, registry } = open();
    await service.calibrate(id, request({ due: clock.at() + day }), { kind: 'user', id: 'jan' });
    look();
    hands.wall += day + 1;
    look();
    look();
    expect(registry.correct(id)?.overdue?.code).toBe('calibration/due');
    await service.calibrate(id, request(), { kind: 'user', id: 'jan' });
    look();
    expect(entries().flatMap((entry) => (entry.kind === 'alarm' ? [`${entry.alarm} ${entry.state} ${entry.priority}`] : []))).toEqual([
      `point/${id}/calibration active P4`,
      `point/${id}/calibration cleared P4`,
    ]);
  });
});

describe('maintenance', () => {
  it('[RE5] takes a point out for 20 minutes unless said otherwise, by the running time of the hub', async () => {
    const { service, registry, hands, clock } = open();
    const { maintenance } = await service.takeOut(id, { reason: 'probe swapped' }, { kind: 'user', id: 'jan' });
    expect(maintenance).toMatchObject({ by: { kind: 'user', id: 'jan' }, reason: 'probe swapped', until: clock.at() + 20 * 60_000 });
    hands.wall += day;
    expect(registry.correct(id)).toMatchObject({ maintenance: saying('jan: probe swapped', 'part') });
    hands.up += 20 * 60_000;
    expect(registry.correct(id)).toBeNull();
  });

  it('[RE5] ends manually or by itself, and the log says which', async () => {
    const { service, hands, entries, look } = open();
    await service.takeOut(id, { reason: 'probe swapped' }, { kind: 'user', id: 'jan' });
    await service.putBack(id, 'done', { kind: 'user', id: 'jan' });
    await service.takeOut(id, { forMs: 60_000, reason: 'cleaned' }, { kind: 'user', id: 'jan' });
    hands.up += 60_000;
    look();
    look();
    expect(entries().map((entry) => (entry.kind === 'note' ? `${toPersonText(entry.by)} ${entry.text}` : entry.kind))).toEqual([
      `jan Temperature (${id}) is out of use for 20 min: probe swapped`,
      `jan Temperature (${id}) is back in use: done`,
      `jan Temperature (${id}) is out of use for 1 min: cleaned`,
      `hub Temperature (${id}) is back in use: its time was over`,
    ]);
    const last = entries().at(-1);
    expect(last).toMatchObject({ kind: 'note', record: { kind: 'maintenance', forMs: 0, why: reasonOf('time/over') } });
    expect(last?.kind === 'note' && last.record).not.toHaveProperty('reason');
  });
});

describe('after a restart', () => {
  it('[RE2] [RE5] both still hold, also where the log has been cut long since', async () => {
    const { service, entries, clock } = open();
    await service.calibrate(id, request(), { kind: 'user', id: 'jan' });
    await service.takeOut(id, { reason: 'probe swapped' }, { kind: 'user', id: 'jan' });
    const standing = new LogSnapshot(null);
    for (const entry of entries()) standing.apply(entry);
    const registry = createPointRegistry(clock, 'Europe/Berlin');
    for (const entry of standing.toStored().entries) registry.apply(entry);
    expect(registry.correct(id)).toMatchObject({ offset: -0.3, maintenance: saying('probe swapped', 'part') });
  });

  it('[RE5] a point that was put back is not taken out again', async () => {
    const { service, entries } = open();
    await service.takeOut(id, { reason: 'probe swapped' }, { kind: 'user', id: 'jan' });
    await service.putBack(id, 'done', { kind: 'user', id: 'jan' });
    const standing = new LogSnapshot(null);
    for (const entry of entries()) standing.apply(entry);
    expect(standing.toStored().entries).toEqual([]);
  });
});
