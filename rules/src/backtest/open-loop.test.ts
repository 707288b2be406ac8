import { reasonOf, type Entry } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { BacktestResult } from './result.ts';
import { atOf, backtest, bundleOf, hashOf, recordRoom } from './testing.ts';

const live = bundleOf(20);
const day = recordRoom(live, 60);
const heaterOf = ({ devices }: BacktestResult) => devices.find(({ device }) => device === 'room/heater');
const lightsOf = ({ devices }: BacktestResult) => devices.find(({ device }) => device === 'room/lights');
const isDoor = (entry: Entry): boolean => entry.kind === 'sensor' && entry.cluster === 'door';

describe('a back-test of what was live', () => {
  it('decides what the log says was decided, id by id, and differs nowhere', () => {
    const result = backtest(day, live);
    expect(result.reconciliation?.mismatches).toEqual([]);
    expect(result.reconciliation?.matched).toBe(day.filter((entry) => entry.kind === 'device' && entry.phase === 'requested').length);
    expect(result.reconciliation?.matched).toBeGreaterThan(10);
    expect(result.devices.flatMap(({ apart }) => apart)).toEqual([]);
    expect(heaterOf(result)?.candidate).toEqual(heaterOf(result)?.baseline);
    expect(heaterOf(result)?.candidate.starts).toMatchObject({ kind: 'known' });
  });

  it('still does over a switch of the bundle, an override, an interlock and a missing stretch', () => {
    const next = bundleOf(21.5);
    const by = { kind: 'user', id: 'anna' } as const;
    const entries = recordRoom(live, 60, [
      { atS: 900, draft: { kind: 'override', device: 'room/heater', value: true, by, reason: 'test', forMs: 600_000 } },
      { atS: 1800, draft: { kind: 'bundle', scope: 'room', hash: hashOf(next), revision: 2, mode: 'live' } },
      { atS: 2400, draft: { kind: 'gap', from: 1, to: 1, why: reasonOf('log/damaged') } },
      { atS: 2700, draft: { kind: 'lease', scope: 'room', term: 2, holder: null } },
      { atS: 2760, draft: { kind: 'lease', scope: 'room', term: 3, holder: 'automation-2' } },
    ]);
    const result = backtest(entries, live);
    expect(new Set(result.events.map(({ kind }) => kind))).toEqual(new Set(['override', 'trip', 'bundle', 'gap', 'no-lease']));
    expect(result.coverage.overriddenMs).toBeGreaterThan(500_000);
    // Without a lease nobody commanded anything: what the recording did then has no decision.
    const during = entries.filter(
      (entry) => entry.kind === 'device' && entry.phase === 'requested' && entry.up >= 2_700_000 && entry.up < 2_760_000,
    );
    expect(result.reconciliation?.mismatches.map(({ kind, lsn }) => [kind, lsn])).toEqual(during.map(({ lsn }) => ['unexpected', lsn]));
  });

  it('finds one changed reading', () => {
    const at = day.findIndex((entry) => isDoor(entry) && entry.up > 1_000_000);
    const changed = day.map((entry, i): Entry =>
      i === at && entry.kind === 'sensor' ? { ...entry, readings: { open: { v: entry.readings['open']?.v !== true, q: 'good' } } } : entry,
    );
    expect(backtest(changed, live).reconciliation?.mismatches.map(({ kind }) => kind)).toContain('missing');
  });
});

describe('a back-test of a candidate', () => {
  it('says how much sooner it would have acted, and counts nothing past its first difference', () => {
    const result = backtest(day, bundleOf(20.5, 21));
    const heater = heaterOf(result);
    expect(heater?.action).toMatchObject({ kind: 'sooner' });
    expect(heater?.candidate.horizon).toEqual({ ...heater?.firstDifference, by: 'room/heater' });
    expect(heater?.candidate.starts).toMatchObject({ kind: 'undetermined', atLeast: 1 });
    expect(heater?.baseline.starts).toMatchObject({ kind: 'known' });
    expect(heater?.episodes.filter(({ isConditional }) => !isConditional)).toHaveLength(0);
  });

  it('counts devices whose inputs nobody moves to the end', () => {
    const lights = lightsOf(backtest(day, bundleOf(20.5, 21)));
    expect(lights?.candidate.horizon).toBeNull();
    expect(lights?.candidate.starts).toEqual(lights?.baseline.starts);
    expect(lights?.candidate.starts).toMatchObject({ kind: 'known' });
  });

  it('takes every input of a location for moved where nobody says what a device moves', () => {
    const lights = lightsOf(backtest(day, bundleOf(20.5, 21), { moves: new Map() }));
    expect(lights?.candidate.horizon?.by).toBe('room/heater');
    expect(lights?.candidate.starts.kind).toBe('undetermined');
    expect(lights?.action.kind).toBe('undetermined');
  });

  it('does not say when it would have acted later: the readings are those of a room that was heated', () => {
    const heater = heaterOf(backtest(day, bundleOf(19.5)));
    expect(heater?.action).toEqual({ kind: 'undetermined' });
    expect(heater?.candidate.first).toMatchObject({ kind: 'undetermined' });
  });

  it('knows nothing of the future: any beginning of the log gives the beginning of the result', () => {
    const candidate = bundleOf(20.5, 21);
    const entries = day.filter(({ up }) => up < 900_000);
    const full = backtest(entries, candidate);
    expect(full.devices.flatMap(({ apart }) => apart).length).toBeGreaterThanOrEqual(3);
    let seed = 7;
    const next = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
    for (let i = 0; i < 200; i++) {
      const cut = 1 + Math.floor(next() * entries.length);
      const part = backtest(entries.slice(0, cut), candidate);
      const isBefore = (moment: { readonly lsn: number } | null): boolean => moment !== null && moment.lsn <= cut;
      for (const { device, apart, firstDifference, candidate: side } of part.devices) {
        const whole = full.devices.find((each) => each.device === device);
        const begun = whole?.apart.filter(({ from }) => isBefore(from)).map((each) => (isBefore(each.to) ? each : { ...each, to: null }));
        expect(apart).toEqual(begun);
        expect(firstDifference).toEqual(isBefore(whole?.firstDifference ?? null) ? whole?.firstDifference : null);
        expect(side.horizon).toEqual(isBefore(whole?.candidate.horizon ?? null) ? whole?.candidate.horizon : null);
      }
    }
  }, 60_000);

  it('gives the same rows after a warm-up of twice the length', () => {
    const options = { from: atOf(10), warmUpMs: 120_000 };
    const candidate = bundleOf(20.5, 21);
    expect(backtest(day, candidate, { ...options, warmUpMs: 240_000 }).devices).toEqual(backtest(day, candidate, options).devices);
  });

  it('counts only what is warm', () => {
    const { window } = backtest(day, live, { from: atOf(-10), warmUpMs: 300_000 });
    expect(window.counted?.first.at).toBe(atOf(5));
    expect(window.coldMs).toBe(15 * 60_000);
  });

  it('gives bounds where time is missing', () => {
    const isMissing = (entry: Entry): boolean => entry.up > 1_200_000 && entry.up <= 1_500_000;
    const lost = backtest(
      day.filter((entry) => !isMissing(entry)),
      live,
    );
    expect(lost.coverage.lostMs).toBe(301_000);
    const { baseline } = heaterOf(lost) ?? {};
    expect(baseline?.starts).toMatchObject({ kind: 'between', max: null });
    const full = heaterOf(backtest(day, live))?.baseline.onMs;
    if (full?.kind !== 'known' || baseline?.onMs.kind !== 'between') throw new Error('not so');
    expect(baseline.onMs.min).toBeLessThanOrEqual(full.value);
    expect(baseline.onMs.max).toBeGreaterThanOrEqual(full.value);
  });

  it('compares with another bundle, each side up to its own horizon', () => {
    const result = backtest(day, bundleOf(20.5, 21), { baseline: hashOf(bundleOf(20.5, 21)) });
    expect(heaterOf(result)?.baseline).toEqual(heaterOf(result)?.candidate);
    expect(heaterOf(result)?.baseline.starts.kind).toBe('undetermined');
    expect(result.reconciliation?.mismatches).toEqual([]);
  });
});
