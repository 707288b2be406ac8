import type { AutomationStatus, BusStatus, DeviceLayout } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toAutomationIndicator, toBusIndicators } from './indicators.ts';
import { toLinkView, type LinkFacts, type LinkReport } from './link-view.ts';

const ready: LinkReport = { phase: 'ready', sinceAt: 1000, retryAt: null, bye: null, roundTripMs: 20, hubClock: null };
const facts = (part: Partial<LinkFacts>, report: Partial<LinkReport> = {}): LinkFacts => ({
  report: { ...ready, ...report },
  lastFrameAt: 60_000,
  delayMs: 0,
  frameIntervalMs: 1000,
  ...part,
});

describe('link view', () => {
  it('is live while frames come', () => {
    expect(toLinkView(facts({ delayMs: 170 }), 60_200)).toMatchObject({ word: 'live', text: 'live 180 ms', isHeard: true });
  });

  it('is slow when they take more than a second', () => {
    expect(toLinkView(facts({ delayMs: 1400 }), 60_200)).toMatchObject({ word: 'slow', text: 'slow 1.4 s' });
  });

  it('is late by the running clock alone when the socket has not noticed', () => {
    expect(toLinkView(facts({}), 66_000)).toMatchObject({ word: 'late', text: 'late, last frame 6 s' });
  });

  it('counts since the last frame when there is no link, and says when it tries again', () => {
    const resting = facts({}, { phase: 'resting', sinceAt: 100_000, retryAt: 105_500 });
    expect(toLinkView(resting, 102_000)).toMatchObject({
      word: 'down',
      text: 'no link 00:42, retry in 4 s',
      isHeard: false,
      canRetry: true,
    });
    expect(toLinkView(facts({}, { phase: 'dialing', sinceAt: 101_000 }), 102_000).text).toBe('no link 00:42, trying now');
  });

  it('catches up from the welcome to the first frame', () => {
    const back = facts({}, { sinceAt: 102_000 });
    expect(toLinkView(back, 102_100)).toMatchObject({ word: 'catching-up', text: 'catching up 00:42', isHeard: false });
    expect(toLinkView({ ...back, lastFrameAt: 102_050 }, 102_100).word).toBe('live');
  });

  it('is patient with the first attempt, not for long', () => {
    const first = facts({ lastFrameAt: null }, { phase: 'dialing', sinceAt: 0 });
    expect(toLinkView(first, 500)).toMatchObject({ word: 'connecting', isHeard: false });
    expect(toLinkView(first, 4000)).toMatchObject({ word: 'down', text: 'no link 00:04, trying now' });
  });

  it('says when the hub ended it for good', () => {
    expect(toLinkView(facts({}, { phase: 'closed' }), 70_000)).toMatchObject({ word: 'closed', isHeard: false });
  });
});

describe('indicators', () => {
  const bus: BusStatus = { bus: 'simulator', state: 'up', silentUnits: [], cycleMs: 640 };
  const devices: readonly DeviceLayout[] = [
    {
      id: 'r/heater',
      kind: 'switch',
      title: 'Heater',
      power: null,
      failSafe: { afterMs: 60_000, value: false },
      limits: { maxOverrideMs: 1 },
    },
    { id: 'r/fan', kind: 'switch', title: 'Fan', power: null, failSafe: { afterMs: 90_000, value: true }, limits: { maxOverrideMs: 1 } },
  ];
  const held: AutomationStatus = { scope: 'r', holder: 'automation-1', term: 4, bundle: { hash: 'a', revision: 41 }, since: 1_000_000 };

  it('nothing behind the hub is known while the hub is not heard', () => {
    expect(toBusIndicators([bus], false)).toEqual([{ key: 'all', state: 'unknown', text: 'bus not known' }]);
    expect(toAutomationIndicator([held], devices, false, 0).state).toBe('unknown');
  });

  it('names each bus, those that need attention first', () => {
    expect(toBusIndicators([bus], true)).toEqual([{ key: 'simulator', state: 'ok', text: 'bus simulator' }]);
    const silent: BusStatus = { ...bus, bus: 'b', state: 'partial', silentUnits: [3, 5] };
    const down: BusStatus = { ...bus, bus: 'c', state: 'down' };
    expect(toBusIndicators([bus, silent, down], true)).toEqual([
      { key: 'c', state: 'down', text: 'bus c does not answer' },
      { key: 'b', state: 'partial', text: 'bus b: units 3, 5 silent' },
      { key: 'simulator', state: 'ok', text: 'bus simulator' },
    ]);
  });

  it('counts many buses that are ok, and still names the one that is not', () => {
    const buses = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ ...bus, bus: name }));
    expect(toBusIndicators(buses, true)).toEqual([{ key: 'ok', state: 'ok', text: '5 buses' }]);
    const indicators = toBusIndicators([...buses, { ...bus, bus: 'f', state: 'down' }], true);
    expect(indicators.map(({ text }) => text)).toEqual(['bus f does not answer', '5 buses']);
  });

  it('says which rules run', () => {
    expect(toAutomationIndicator([held], devices, true, 0)).toEqual({ state: 'ok', text: 'automation rev 41' });
  });

  it('counts down to the fail-safe when nobody is in command, and says when it is there', () => {
    const gone = { ...held, holder: null, term: null };
    expect(toAutomationIndicator([gone], devices, true, 1_031_000).text).toBe('automation gone 00:31 — devices fall back in 00:29');
    expect(toAutomationIndicator([gone], devices, true, 1_060_001).text).toBe('automation gone 01:00 — devices are in fail-safe');
    expect(toAutomationIndicator([], devices, true, 0)).toEqual({ state: 'down', text: 'automation not connected yet' });
  });
});
