import type { DeviceLayout, DeviceState, OverrideStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { emptyForm, toAnswer, type OverrideForm } from './override-form.ts';
import { toOverrideLines } from './override-line.ts';
import { toSteps, type Sent } from './override-steps.ts';

const at = Date.UTC(2026, 10, 23, 13, 0, 0);
const fan: DeviceLayout = {
  id: 'flower_room/exhaust_fan',
  kind: 'percent',
  title: 'Exhaust fan',
  power: null,
  failSafe: { afterMs: 10_000, value: 20 },
  limits: { maxOverrideMs: 4 * 3_600_000 },
};
const form = (part: Partial<OverrideForm> = {}): OverrideForm => ({ ...emptyForm, value: 40, chip: 'test', ...part });

describe('override form', () => {
  it('offers an hour, and asks for what is missing', () => {
    expect(toAnswer(emptyForm, fan, null)).toEqual({ request: null, missing: 'Still needed: a value, a reason.' });
    expect(toAnswer(form(), fan, null).request).toEqual({ value: 40, reason: 'test', forMs: 3_600_000 });
  });

  it('joins chip and words to one reason', () => {
    expect(toAnswer(form({ note: ' belt squeaks ' }), fan, null).request?.reason).toBe('test: belt squeaks');
    expect(toAnswer(form({ chip: '', note: 'belt' }), fan, null).request?.reason).toBe('belt');
  });

  it('knows no override without an end, and none longer than the site allows', () => {
    expect(toAnswer(form({ expiry: 'custom' }), fan, null).missing).toMatch(/how long/);
    expect(toAnswer(form({ expiry: 'custom', customMinutes: 0.5 }), fan, null).missing).toMatch(/at least a minute/);
    expect(toAnswer(form({ expiry: 'custom', customMinutes: 241 }), fan, null).missing).toMatch(/at most 4 h/);
    expect(toAnswer(form({ expiry: 'custom', customMinutes: 240 }), fan, null).request?.forMs).toBe(14_400_000);
  });

  it('ends with the change of lights where that is known', () => {
    expect(toAnswer(form({ expiry: 'lights' }), fan, 1_800_000).request?.forMs).toBe(1_800_000);
    expect(toAnswer(form({ expiry: 'lights' }), fan, null).request).toBeNull();
  });

  it('takes no percentage that is none', () => {
    expect(toAnswer(form({ value: 140 }), fan, null).missing).toMatch(/0 to 100/);
    expect(toAnswer(form({ value: Number.NaN }), fan, null).missing).toMatch(/0 to 100/);
  });
});

const override: OverrideStatus = {
  device: fan.id,
  value: 40,
  by: { kind: 'user', id: 'anna' } as const,
  reason: 'test',
  since: at,
  until: at + 3_600_000,
  untilUp: 3_700_000,
  lsn: 50,
  isReleased: false,
};
const sent: Sent = { value: 40, takenAt: 1000, lsn: 50 };
const before: DeviceState = {
  id: fan.id,
  requested: 20,
  written: 20,
  confirmed: 20,
  phase: 'confirmed',
  by: { kind: 'node', id: 'automation-1' } as const,
  why: null,
  since: at,
  lsn: 40,
};
const states = (part: Partial<DeviceState>, running = 1200) =>
  toSteps(sent, { ...before, ...part }, override, running).map(({ state }) => state);

describe('the steps of an override', () => {
  it('[DE8] nothing counts as done before the device itself confirms it', () => {
    expect(states({})).toEqual(['done', 'waiting', 'waiting']);
    expect(states({ requested: 40, phase: 'requested', lsn: 51 })).toEqual(['done', 'waiting', 'waiting']);
    expect(states({ requested: 40, written: 40, phase: 'written', lsn: 52 })).toEqual(['done', 'done', 'waiting']);
    expect(states({ requested: 40, written: 40, confirmed: 40, phase: 'confirmed', lsn: 53 })).toEqual(['done', 'done', 'done']);
  });

  it('a rule’s request that is held below it does not hide that the device does what was sent', () => {
    expect(states({ requested: 20, written: 40, confirmed: 40, phase: 'held', lsn: 53 })).toEqual(['done', 'done', 'done']);
  });

  it('says what did not happen after five seconds', () => {
    const last = (part: Partial<DeviceState>) => toSteps(sent, { ...before, ...part }, override, 6001);
    expect(last({ requested: 40, phase: 'requested', lsn: 51 })[1]).toMatchObject({ state: 'failed', text: 'not written after 5 s' });
    expect(last({ requested: 40, written: 40, phase: 'written', lsn: 52 })[2]).toMatchObject({
      state: 'failed',
      text: 'not confirmed after 5 s',
    });
  });

  it('says why the hub holds it, and what the device reads instead', () => {
    expect(toSteps(sent, { ...before, phase: 'held', lsn: 51 }, override, 1200, { why: 'min-off, 50 s left' })[1]?.text).toBe(
      'held: min-off, 50 s left',
    );
    expect(toSteps(sent, { ...before, written: 40, confirmed: 0, phase: 'discrepancy', lsn: 52 }, override, 1200)[2]).toMatchObject({
      state: 'failed',
      text: 'the device reads 0 %',
    });
  });

  it('[DE8] has a fourth where the device has run feedback: read back is not proven', () => {
    const done = { ...before, requested: 40, written: 40, confirmed: 40, phase: 'confirmed', lsn: 53 } as const;
    const feedback = (isProven: boolean | null) => ({ isProven, title: 'PPFD', withinMs: 30_000 });
    const last = (isProven: boolean | null, running: number) => toSteps(sent, done, override, running, { feedback: feedback(isProven) })[3];
    expect(last(true, 1200)).toEqual({ name: 'proven', state: 'done', text: 'proven by PPFD' });
    expect(last(false, 20_000)).toMatchObject({ state: 'waiting' });
    expect(last(false, 60_000)).toMatchObject({ state: 'failed', text: 'not proven: PPFD does not match' });
    expect(last(null, 60_000)).toMatchObject({ state: 'failed', text: 'not proven: PPFD has no value' });
    const early = toSteps(sent, { ...done, confirmed: 0, phase: 'written' }, override, 1200, { feedback: feedback(true) });
    expect(early.map(({ state }) => state)).toEqual(['done', 'done', 'waiting', 'waiting']);
  });

  it('an interlock that wins is said with the state that it leaves', () => {
    const limited = { ...before, written: 0, confirmed: 0, lsn: 52 };
    expect(toSteps(sent, limited, override, 6001, { why: 'interlock co2-person' })[1]).toMatchObject({
      state: 'failed',
      text: '0 % instead: interlock co2-person',
    });
  });
});

describe('overrides that stand', () => {
  const site = { locations: [{ id: 'flower_room', title: 'Flower 1' }], devices: [fan] };
  const lines = (overrides: readonly OverrideStatus[], hubUp: number) =>
    toOverrideLines(overrides, site as unknown as Parameters<typeof toOverrideLines>[1], hubUp, at, createSiteTime('Europe/Berlin'));

  it('count down in the running time of the hub, whatever the wall clocks say', () => {
    expect(lines([override], 100_000)[0]).toMatchObject({
      title: 'Flower 1 Exhaust fan',
      value: '40 %',
      by: 'anna',
      left: '1:00:00',
      until: '15:00',
    });
    expect(lines([override], 3_640_000)[0]).toMatchObject({ left: '01:00', isEnding: true });
    expect(lines([override], 9_999_999)[0]?.left).toBe('00:00');
  });

  it('the next to end comes first', () => {
    const later = { ...override, device: 'flower_room/heater', untilUp: 9_000_000 };
    expect(lines([later, override], 0).map(({ device }) => device)).toEqual([fan.id, 'flower_room/heater']);
  });
});
