import type { BusHealthAnswer, BusReadAnswer, BusTransaction, RegisterAnswer } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toBusView, toTransactionLines } from './bus-view.ts';
import { findPlaces, mostHits, toEnterHref, toMoreText, toNothingText, toRawOffers } from './find-places.ts';
import { toPipe } from './pipe-view.ts';
import { emptyWatch, mark, stepPointWatch, toSigma } from './point-watch.ts';
import { toChange, toPointLine } from './propose.ts';
import { toRawHref, toRawRequest, toRawView } from './raw-view.ts';
import { toTagMeaning } from './read-tag-text.ts';
import { toCorrected, toCorrectedSince, toStripPath } from './strip.ts';

const place: RegisterAnswer = {
  id: 'flower_room/front/temperature',
  kind: 'point',
  title: 'Temperature',
  bus: 'line',
  unit: 3,
  function: 3,
  address: 11,
  count: 2,
  type: 'f32',
  wordOrder: 'ABCD',
  scale: 1,
  offset: 0,
  quantity: 'temperature',
  decimals: 1,
  intervalMs: 1000,
};
const humidity: RegisterAnswer = {
  ...place,
  id: 'flower_room/back/humidity',
  title: 'Humidity',
  unit: 4,
  address: 0,
  count: 1,
  type: 'u16',
  scale: 0.1,
};
const transaction = (n: number, change: Partial<BusTransaction> = {}): BusTransaction => ({
  n,
  at: 1_800_000_000_000 + n * 1000,
  unit: 3,
  function: 3,
  address: 10,
  count: 3,
  rank: 'poll',
  outcome: 'answered',
  why: null,
  values: [0, 0x41c8, 0x6666],
  sent: '03 03 00 0A 00 03 25 EB',
  received: '03 03 06 00 00 41 C8 66 66 00 00',
  tookMs: 12,
  ...change,
});
const come = (...items: BusTransaction[]) => ({ event: 'transactions' as const, payload: { watch: 'raw', dropped: 0, items } });
const clock = (at: number): string => `at ${at - 1_800_000_000_000}`;

describe('the find box', () => {
  it.each([
    ['flo fro temp', 'flower_room/front/temperature'],
    ['TEMP', 'flower_room/front/temperature'],
    ['3/40012', 'flower_room/front/temperature'],
    ['u3 h13', 'flower_room/front/temperature'],
    ['0x0B', 'flower_room/front/temperature'],
    ['4/40001', 'flower_room/back/humidity'],
    ['hum', 'flower_room/back/humidity'],
  ])('%s finds %s alone', (text, id) => {
    expect(findPlaces([place, humidity], text).map((hit) => hit.id)).toEqual([id]);
  });

  it('says what it looked for where it finds nothing', () => {
    expect(findPlaces([place, humidity], '3/40014')).toEqual([]);
    expect(toNothingText('3/40014')).toMatch(/unit 3, 40014 \(address 13\)\. Most often off by one/);
    expect(toNothingText('cellar')).toMatch(/No matching points/);
  });

  it('finds every place, and says how many are not drawn', () => {
    const many = Array.from({ length: mostHits + 1 }, (_, index) => ({ ...place, id: `flower_room/front/t${index}` }));
    expect(findPlaces(many, '')).toHaveLength(mostHits + 1);
    expect(toMoreText(many.length)).toBe('30 of 31: type more to narrow the list.');
    expect(toMoreText(mostHits)).toBe('');
  });
});

describe('a register that no point reads', () => {
  it('is offered as a manual read on each bus once its unit is named, and Enter goes to the only place there is', () => {
    const offers = toRawOffers(['line', 'roof'], '3/40014');
    expect(offers.map(({ bus, text, href }) => [bus, text, href])).toEqual([
      ['line', 'unit 3 · 40014 · 0x000D', '/diagnostics/read/line/3/40014'],
      ['roof', 'unit 3 · 40014 · 0x000D', '/diagnostics/read/roof/3/40014'],
    ]);
    expect(toEnterHref([], offers)).toBeNull();
    expect(toEnterHref([], offers.slice(0, 1))).toBe('/diagnostics/read/line/3/40014');
    expect(toEnterHref(findPlaces([place, humidity], 'temp'), [])).toBe('/diagnostics/point/flower_room%2Ffront%2Ftemperature');
    expect(toEnterHref(findPlaces([place, humidity], ''), offers)).toBeNull();
    expect(toRawOffers(['line'], '40014')).toEqual([]);
    expect(toRawOffers(['line'], 'temp')).toEqual([]);
    expect(toNothingText('40014')).toContain('Add its unit to read it manually: 3/40014.');
  });

  it('is asked for as it was typed, and not past the end of its table', () => {
    expect(toRawRequest('u3 h12', 2)).toEqual({ unit: 3, function: 3, address: 11, count: 2 });
    expect(toRawRequest('3/i0xFFFF', 1)).toEqual({ unit: 3, function: 4, address: 65_535, count: 1 });
    expect(toRawRequest('3/i0xFFFF', 2)).toBeNull();
    expect(toRawRequest('40012', 1)).toBeNull();
    expect(toRawHref('a b', '3/40012')).toBe('/diagnostics/read/a%20b/3/40012');
  });

  const answer: BusReadAnswer = {
    bus: 'line',
    outcome: 'answered',
    why: null,
    exception: null,
    values: [0x41c8, 0x6666],
    sent: '03 03 00 0B 00 02 B4 2B',
    received: '03 03 04 41 C8 66 66 00 00',
    tookMs: 12,
    totalMs: 20,
    answerTimeoutMs: 500,
    load: 0.034,
  };

  it('is shown in every way that it can be read, each with what a profile would say of it', () => {
    const view = toRawView({ unit: 3, function: 3, address: 11, count: 2 }, answer);
    expect(view.cost).toBe('12 ms on the line · 8 ms in the queue · bus busy 3.4 % of the time');
    expect(view.groups.map(({ title }) => title)).toEqual([
      '40012',
      '40012 to 40013 as u32',
      '40012 to 40013 as s32',
      '40012 to 40013 as f32',
      '40013',
    ]);
    const float = view.groups.find(({ title }) => title.endsWith('as f32'))?.readings;
    expect(float?.[0]).toMatchObject({ name: 'ABCD', text: '25.05' });
    expect(float?.[1]?.proposal?.line).toBe(
      '"new_point": { "title": "", "quantity": "number", "table": "holding", "address": 11, "vendorAddress": "40012", "type": "f32", "wordOrder": "CDAB", "access": "read" }',
    );
    expect(float?.[3]?.proposal?.line).toContain('"wordOrder": "DCBA"');
    // What is proposed is a point that a profile takes.
    const { new_point: point } = JSON.parse(`{${float?.[0]?.proposal?.line}}`) as { new_point: Record<string, unknown> };
    expect(point).toMatchObject({ table: 'holding', address: 11, type: 'f32', wordOrder: 'ABCD' });
  });

  it('that is refused says why, and shows no value', () => {
    const refused: BusReadAnswer = {
      ...answer,
      outcome: 'exception',
      exception: 2,
      values: [],
      why: '02: this unit has no register 40012',
    };
    expect(toRawView({ unit: 3, function: 3, address: 11, count: 2 }, refused)).toMatchObject({
      why: '02: this unit has no register 40012',
      groups: [],
    });
    const bits = toRawView({ unit: 3, function: 1, address: 0, count: 2 }, { ...answer, values: [1, 0] });
    expect(bits.groups.map(({ title, readings }) => [title, readings[0]?.text])).toEqual([
      ['00001', '1 on'],
      ['00002', '0 off'],
    ]);
    expect(bits.groups[0]?.readings[0]?.proposal?.line).toContain('"table": "coil", "address": 0, "vendorAddress": "00001", "type": "bit"');
  });
});

describe('a tag', () => {
  it.each([
    [
      'http://10.0.0.7:8420/diagnostics/point/flower_room%2Ffront%2Ftemperature',
      { href: '/diagnostics/point/flower_room%2Ffront%2Ftemperature' },
    ],
    ['https://hub.local/room/flower_room?at=5', { href: '/room/flower_room?at=5' }],
    ['https://elsewhere.example/shop', { text: 'https://elsewhere.example/shop' }],
    ['https://elsewhere.example/track', { text: 'https://elsewhere.example/track' }],
    [' 3/40012 ', { text: '3/40012' }],
    ['javascript:alert(1)', { text: 'javascript:alert(1)' }],
  ])('%s leads to a place of this panel or is a text to find', (tag, meaning) => {
    expect(toTagMeaning(tag)).toEqual(meaning);
  });
});

describe('the way of a value', () => {
  it('says what a profile would have to say for another reading, and what the point would show', () => {
    const pipe = toPipe({ ...humidity, unit: 3, address: 11, type: 's16' }, [transaction(1)], clock);
    expect(pipe?.readings.map(({ name, would }) => [name, would])).toEqual([
      ['u16', '1684.00'],
      ['s16', '1684.00'],
      ['bytes swapped', '−1427.10'],
      ['bits', '–'],
    ]);
    const change = toChange(place, { type: 'f32', order: 'CDAB' }, '24.7 °C');
    expect(change.line).toBe('"type": "f32", "wordOrder": "CDAB"');
    expect(change.words).toMatch(/^It would show 24\.7 °C\. In the profile .* address 11 \(40012\):$/);
    expect(toChange(place, { type: 'f32', order: 'DCBA' }, '').line).toBe('"type": "f32", "wordOrder": "DCBA"');
    expect(toChange(place, { type: 'bits', order: null }, '')).toMatchObject({
      line: null,
      words: expect.stringContaining('"bit": 3') as string,
    });
    expect(toPointLine('input', 0, { type: 's16', order: null }).line).toContain('"vendorAddress": "30001", "type": "s16"');
  });

  it('[RE2] is drawn as the hub reports it, when it has been calibrated', () => {
    const samples = [
      { at: 1, value: 20 },
      { at: 2, value: 22 },
    ];
    expect(toCorrected(samples, { gain: 2, offset: -1 }).map(({ value }) => value)).toEqual([39, 43]);
    expect(toCorrected(samples, null)).toBe(samples);
    const since = { at: 1, n: 2, min: 20, max: 22, mean: 21, m2: 2 };
    const corrected = toCorrectedSince(since, { gain: 2, offset: -1 });
    expect(corrected).toMatchObject({ min: 39, max: 43, mean: 41 });
    expect(toSigma(corrected)).toBeCloseTo(2 * (toSigma(since) ?? 0));
    expect(toCorrectedSince(since, null)).toBe(since);
  });

  it('[RE1] shows its own registers out of a longer answer, in all orders, with the one in use', () => {
    const pipe = toPipe(place, [transaction(1)], clock);
    expect(pipe?.raw).toBe('41 C8 66 66');
    expect(pipe?.about).toBe('fc 03 · unit 3 · 40012 to 40013 · at 1000 · 12 ms');
    expect(pipe?.readings.map(({ name, text, isUsed }) => [name, text, isUsed])).toEqual([
      ['ABCD', '25.05', true],
      ['CDAB', '2.72e+23', false],
      ['BADC', expect.any(String), false],
      ['DCBA', expect.any(String), false],
    ]);
    expect(pipe?.type).toBe('float32 ABCD · scale ×1 +0');
  });

  it('is that of the last answer that held it: a failure, or another register, is none', () => {
    const failed = transaction(2, { outcome: 'timeout', values: [] });
    const elsewhere = transaction(3, { address: 12, count: 1, values: [7] });
    expect(toPipe(place, [transaction(1), failed, elsewhere], clock)?.about).toContain('at 1000');
    expect(toPipe(place, [failed, elsewhere], clock)).toBeNull();
  });
});

describe('a watched point', () => {
  const values = (...temperatures: number[]) =>
    temperatures.map((value, index) => {
      const view = new DataView(new ArrayBuffer(4));
      view.setFloat32(0, value);
      return transaction(index + 1, { values: [0, view.getUint16(0), view.getUint16(2)] });
    });

  it('counts since Mark: least, mean, most and spread', () => {
    const state = stepPointWatch(emptyWatch, place, come(...values(20, 22, 24)));
    expect(state.since).toMatchObject({ n: 3, min: 20, max: 24, mean: 22 });
    expect(toSigma(state.since)).toBe(2);
    const marked = mark(state, 5);
    expect(marked.since).toMatchObject({ at: 5, n: 0 });
    expect(toSigma(marked.since)).toBeNull();
    expect(marked.samples).toHaveLength(3);
  });

  it('takes what arrived before a cut only once', () => {
    const [one, two] = values(20, 22);
    if (one === undefined || two === undefined) throw new Error('no transactions');
    const before = stepPointWatch(emptyWatch, place, come(one, two));
    const after = stepPointWatch(before, place, come(one, two, transaction(3)));
    expect(after.since.n).toBe(3);
    expect(after.transactions.map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  it('keeps two minutes and fifty transactions, whatever comes', () => {
    let state = emptyWatch;
    for (let n = 1; n <= 500; n += 1) state = stepPointWatch(state, place, come(transaction(n)));
    expect(state.transactions).toHaveLength(50);
    expect(state.samples).toHaveLength(120);
    expect(state.since.n).toBe(500);
  });

  it('draws a silence as a gap, and what is not a number not at all', () => {
    const box = { width: 120, height: 10, gapMs: 5000 };
    const path = toStripPath(
      [
        { at: 0, value: 1 },
        { at: 1000, value: 2 },
        { at: 60_000, value: 3 },
      ],
      100_000,
      box,
    );
    expect(path?.path.match(/M/g)).toHaveLength(2);
    expect(path).toMatchObject({ low: 1, high: 3 });
    expect(toStripPath([{ at: 0, value: 1 }], 500_000, box)).toBeNull();
    const broken = stepPointWatch(emptyWatch, place, come(transaction(1, { values: [0, 0x7fc0, 0] })));
    expect(broken.samples).toEqual([]);
    expect(broken.since.n).toBe(0);
  });
});

describe('a bus', () => {
  const unit = {
    unit: 3,
    requests: 1000,
    timeouts: 0,
    mismatches: 0,
    checksums: 0,
    exceptions: 0,
    unsent: 0,
    p50: 11,
    p95: 14,
    silentMs: 0,
    gapMs: 0,
    isGapLearned: false,
    holes: [],
    advice: [],
    names: ['probe'],
  };
  const bus: BusHealthAnswer = {
    bus: 'line',
    transport: 'RTU /dev/ttyUSB0, 9600 baud, parity none',
    line: { baudRate: 9600, parity: 'none' },
    state: 'up',
    load: 0.64,
    scanLoad: 0.05,
    queue: 0,
    reconnects: 0,
    checksums: 0,
    lates: 0,
    mismatches: 0,
    skipped: 0,
    cycleMs: 640,
    intervalMs: 1000,
    answerTimeoutMs: 500,
    units: [unit],
  };

  it('[FB13] says how much of its cycle is used, and by whom', () => {
    expect(toBusView(bus)).toMatchObject({ budget: 0.64, budgetText: '1000 ms cycle, 640 ms used' });
    expect(toBusView(bus).loadText).toBe('busy 64 % of the last 10 s, 5.0 % of it manual reads; 0 waiting');
    expect(toBusView({ ...bus, cycleMs: null })).toMatchObject({ budget: null });
  });

  it('never says 100 % of a unit that has failed once', () => {
    const ok = (timeouts: number, requests: number) => toBusView({ ...bus, units: [{ ...unit, timeouts, requests }] }).units[0]?.ok;
    expect([ok(0, 1), ok(1, 100_000), ok(1, 8), ok(0, 0)]).toEqual(['100 %', '99.9 %', '87.5 %', '–']);
  });

  it.each([
    [{}, 'ok'],
    [{ timeouts: 20 }, 'ill'],
    [{ silentMs: 61_000 }, 'silent'],
    [{ requests: 0 }, 'unasked'],
  ] as const)('a unit with %o is %s', (change, standing) => {
    expect(toBusView({ ...bus, units: [{ ...unit, ...change }] }).units[0]?.standing).toBe(standing);
  });

  it('says what was found out about a unit, and what to write down of it', () => {
    const holes = [{ function: 3 as const, address: 5, count: 1, why: '04: the unit failed' }];
    const advice = ['unit 1 answers only after a pause; the hub leaves it 100 ms: set quirks: { requestGap: 100ms }'];
    expect(toBusView({ ...bus, units: [{ ...unit, unit: 1, holes, advice }] }).units[0]?.notes).toEqual([
      'unit 1 cannot be read at 40006: 04: the unit failed',
      ...advice,
    ]);
  });

  it('names the slowest three, the slowest first', () => {
    const units = [5, 30, 20, 10].map((p95, index) => ({ ...unit, unit: index + 1, p95 }));
    expect(toBusView({ ...bus, units }).slowest.map((text) => text.slice(0, 6))).toEqual(['unit 2', 'unit 3', 'unit 4']);
  });

  it('lists what passed, the newest first, with the changed bytes marked', () => {
    const lines = toTransactionLines(
      [
        transaction(1),
        transaction(2, { received: '03 03 06 00 00 41 C9 66 66 00 00' }),
        transaction(3, { outcome: 'exception', why: '02: no', received: '' }),
      ],
      clock,
    );
    expect(lines.map(({ time }) => time)).toEqual(['at 3000.000', 'at 2000.000', 'at 1000.000']);
    expect(lines[1]?.received.filter(({ isChanged }) => isChanged).map(({ hex }) => hex)).toEqual(['C9']);
    expect(lines[0]).toMatchObject({ isBad: true, why: 'refused, 02: no' });
  });
});
