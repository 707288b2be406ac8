import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toRuns } from '../testing/cases.ts';
import { canonicalJson, type Entry } from '@phloem/protocol';
import { readBundle, type BundleContent } from '../bundle.ts';
import { DocumentFault } from '../documents/problem.ts';
import type { MergePolicy } from '../site-model.ts';
import { compileBundle } from '../bundles/compile-bundle.ts';
import { requestLevels } from './arbiter.ts';
import { compileTexts, device, head, room } from './testing.ts';

const epoch = 'aaaaaaaaaaaa';

const signals = `${head('Signals', 'room/s')}spec:
  inputs:
    a: { point: room/front/temperature, maxAge: 5s }
    b: { point: room/middle/temperature, maxAge: 5s }
    door: { point: room/door/open, maxAge: 5s }
`;

type Drawn = {
  readonly input: string;
  readonly on: number;
  readonly band: number;
  readonly forS: number;
  readonly level: string;
  readonly value: number;
  readonly hold: number;
};
const ruleText = ({ input, on, band, forS, level, value, hold }: Drawn, i: number): string => `${head('Rule', `room/r${i}`)}spec:
  use: { signals: room/s }
  when: { hysteresis: { on: '${input} > degC(${on}.0)', off: '${input} < degC(${on - band}.0)' }, for: { on: ${forS}s, off: 1s } }
  unless: [ { expr: door } ]
  then: [ { request: { device: room/fan, value: ${value}, level: ${level} } } ]
  onUnknown: { hold: ${hold}s, then: release }
`;
const drawnRule: fc.Arbitrary<Drawn> = fc.record({
  input: fc.constantFrom('a', 'b'),
  on: fc.integer({ min: 15, max: 30 }),
  band: fc.integer({ min: 0, max: 4 }),
  forS: fc.integer({ min: 0, max: 4 }),
  level: fc.constantFrom(...requestLevels),
  value: fc.integer({ min: 21, max: 100 }),
  hold: fc.integer({ min: 0, max: 6 }),
});
type Move = readonly [kind: number, value: number, wait: number];
const moves = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 10, max: 35 }), fc.constantFrom(0, 200, 1000, 3000, 20_000)),
  {
    minLength: 1,
    maxLength: 40,
  },
);
const toEntries = (drawn: readonly Move[]): readonly Entry[] => {
  let up = 0;
  return drawn.map(([kind, value, wait], i) => {
    up += wait;
    const stamp = { lsn: i + 1, at: 1_800_000_000_000 + up, up };
    const sensor = (cluster: string, measurement: string, v: number | boolean | null): Entry => ({
      ...stamp,
      kind: 'sensor',
      location: 'room',
      cluster,
      readings: { [measurement]: { v, q: v === null ? 'bad' : 'good' } },
    });
    if (kind === 0) return sensor('front', 'temperature', value);
    if (kind === 1) return sensor('middle', 'temperature', value);
    if (kind === 2) return sensor('front', 'temperature', null);
    if (kind === 3) return sensor('door', 'open', value > 30);
    if (kind === 4) return { ...stamp, kind: 'lease', scope: 'room', term: i + 1, holder: value > 20 ? 'automation-1' : null };
    return { ...stamp, kind: 'pulse' };
  });
};

describe('whatever happens', () => {
  const site = (merge: MergePolicy) => ({ ...room, devices: [device('room/fan', { kind: 'percent', fallback: 20, merge })] });

  it('a device has one request: of the highest level that asks, or its fallback, and never two in one entry', () => {
    fc.assert(
      fc.property(
        fc.array(drawnRule, { minLength: 1, maxLength: 5 }),
        fc.constantFrom<MergePolicy>('max', 'min'),
        moves,
        (rules, merge, drawn) => {
          const plan = compileTexts([signals, ...rules.map(ruleText)], site(merge));
          let state = plan.start();
          let request: number | boolean | string = 20;
          for (const entry of toEntries(drawn)) {
            const result = plan.step(state, entry, { epoch });
            state = result.state;
            expect(result.decisions.length).toBeLessThanOrEqual(1);
            for (const decision of result.decisions) {
              expect(decision.cause).toBe(entry.lsn);
              request = decision.value;
            }
            const explanation = plan.explain(state, 'room/fan');
            const asking = explanation?.levels.find((level) => level.requests.length > 0 && level.level !== 'manual');
            const values = asking?.requests.map((request) => Number(request.value)) ?? [];
            expect(request).toBe(merge === 'max' ? Math.max(...values) : Math.min(...values));
            expect(explanation?.value).toBe(request);
          }
        },
      ),
      toRuns('arbitration: whole plans', 3),
    );
  }, 600_000);

  it('a saved state goes on as the one in memory, from any entry, and the same entries give the same state', () => {
    fc.assert(
      fc.property(fc.array(drawnRule, { minLength: 1, maxLength: 3 }), moves, fc.nat(40), (rules, drawn, cut) => {
        const plan = compileTexts([signals, ...rules.map(ruleText)], site('max'));
        let whole = plan.start();
        let parted = plan.start();
        for (const [i, entry] of toEntries(drawn).entries()) {
          if (i === cut) parted = plan.restore(plan.save(parted));
          const [a, b] = [plan.step(whole, entry, { epoch }), plan.step(parted, entry, { epoch })];
          expect(b.decisions).toEqual(a.decisions);
          [whole, parted] = [a.state, b.state];
        }
        expect(plan.hashState(parted)).toBe(plan.hashState(whole));
      }),
      toRuns('restarts: whole plans', 4),
    );
  }, 600_000);

  it('an unknown reading is nowhere a number, and nothing reported is NaN', () => {
    fc.assert(
      fc.property(fc.array(drawnRule, { minLength: 1, maxLength: 3 }), moves, (rules, drawn) => {
        const plan = compileTexts([signals, ...rules.map(ruleText)], site('max'));
        const isKnown = plan.query('has_value(a)');
        let state = plan.start();
        for (const entry of toEntries(drawn)) {
          const result = plan.step(state, entry, { epoch });
          state = result.state;
          const isGone = entry.kind === 'sensor' && entry.cluster === 'front' && entry.readings['temperature']?.v === null;
          expect(isGone && isKnown(state) !== false).toBe(false);
          for (const { v } of result.values) expect(Number.isNaN(v)).toBe(false);
          // Canonical JSON refuses what is no number: a state that holds one cannot be saved.
          expect(plan.save(state)).toContain('"v":1');
        }
      }),
      toRuns('unknown: whole plans', 5),
    );
  }, 600_000);
});

describe('documents', () => {
  const good = readBundle([
    { path: 's', text: signals },
    { path: 'r', text: ruleText({ input: 'a', on: 25, band: 2, forS: 1, level: 'control', value: 60, hold: 5 }, 0) },
  ]).documents;

  /** Every place in a document, with what stands there. */
  const places = (value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] => [
    path,
    ...(Array.isArray(value) ? value.flatMap((item, i) => places(item, [...path, i])) : []),
    ...(typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, item]) => places(item, [...path, key]))
      : []),
  ];
  const replaceAt = (value: unknown, [key, ...rest]: readonly (string | number)[], by: unknown): unknown => {
    if (key === undefined) return by;
    // A change before may have taken away what this one would change.
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value;
    if (Array.isArray(value)) return value.map((item, i) => (i === key ? replaceAt(item, rest, by) : item));
    return { ...value, [key]: replaceAt((value as Record<string, unknown>)[key], rest, by) };
  };
  const rubbish = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom<unknown>(
      '',
      'on',
      '1s',
      '-1s',
      '25 °C',
      '∞',
      'a > degC(1.0)',
      'a +',
      '{{',
      null,
      -1,
      1e308,
      [],
      {},
      { expr: 'a' },
      'room/s',
      'room/fan',
      'constructor',
      '__proto__',
    ),
  );

  it('with anything anywhere are taken or refused with their place, and never break the compiler', () => {
    const all = good.flatMap((document, i) => places(document).map((path) => [i, path] as const));
    let taken = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(all.length - 1), rubbish), { minLength: 1, maxLength: 3 }), (changes) => {
        const documents = [...good];
        for (const [at, by] of changes) {
          const [i, path] = all[at] ?? [0, []];
          documents[i] = replaceAt(documents[i], path, by);
        }
        const content: BundleContent = { apiVersion: 'phloem/v1', kind: 'Bundle', documents };
        try {
          const plan = compileBundle(content, room);
          taken += 1;
          plan.step(plan.start(), { kind: 'pulse', lsn: 1, at: 0, up: 0 }, { epoch });
          return canonicalJson(content).length > 0;
        } catch (error) {
          if (error instanceof DocumentFault)
            return error.problems.length > 0 && error.problems.every((problem) => problem.expected !== '');
          throw error;
        }
      }),
      toRuns('documents: rubbish', 6),
    );
    expect(taken).toBeGreaterThan(10);
  }, 600_000);
});
