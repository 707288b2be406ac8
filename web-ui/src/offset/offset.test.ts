import type { OffsetStatus, SetpointAhead, SetpointsAhead, SiteLayout, ValueStatus } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createHubHttp } from '../live/hub-http.ts';
import { toDeltaText, toWanted } from '../setpoints/moved.ts';
import { createSiteTime } from '../format/site-time.ts';
import { emptyOffsetForm, moveDelta, toFixedText, toOffsetAnswer, toStep, type OffsetForm } from './offset-form.ts';
import { toOffsetLines } from './offset-line.ts';
import { toForecast } from './offset-forecast.ts';
import { releaseOffset, setOffset } from './offset-calls.ts';
import { toOffsetSteps } from './offset-steps.ts';

const minute = 60_000;
const hour = 60 * minute;
const at = Date.UTC(2026, 10, 23, 13);
const time = createSiteTime('Europe/Berlin');
const standing: OffsetStatus = {
  setpoint: 'flower_room/climate/temp',
  delta: 1,
  by: { kind: 'user', id: 'anna' } as const,
  reason: 'weather',
  since: at - 10 * minute,
  until: at + 50 * minute,
  untilUp: 3_600_000,
  lsn: 70,
  isReleased: false,
};
/** 26 °C until half past two of the site, 21 °C from then on. */
const setpoint = (part: Partial<SetpointAhead> = {}): SetpointAhead => ({
  name: standing.setpoint,
  title: 'Temperature',
  quantity: 'temperature',
  now: 26,
  base: 26,
  offset: null,
  reach: 2,
  target: { low: 25, high: 27 },
  alarm: { low: 22, high: 30 },
  points: [],
  steps: [
    { at: at - 24 * hour, value: 26, isRamp: false },
    { at: at + 90 * minute, value: 21, isRamp: false },
    { at: at + 12 * hour, value: 21, isRamp: false },
  ],
  ...part,
});
/** The same with an offset: its line is 27 °C from ten minutes ago to in fifty. */
const moved = setpoint({
  now: 27,
  offset: standing,
  target: { low: 26, high: 28 },
  alarm: { low: 23, high: 31 },
  steps: [
    { at: at - 24 * hour, value: 26, isRamp: false },
    { at: standing.since, value: 27, isRamp: false },
    { at: standing.until, value: 26, isRamp: false },
    { at: at + 90 * minute, value: 21, isRamp: false },
    { at: at + 12 * hour, value: 21, isRamp: false },
  ],
});
const form = (part: Partial<OffsetForm> = {}): OffsetForm => ({ ...emptyOffsetForm, delta: 1, chip: 'weather', ...part });
const answer = (part: Partial<OffsetForm> = {}) => toOffsetAnswer(form(part), setpoint(), 1, null);

describe('a set-point with an offset', () => {
  it('says what is wanted, and what its schedule alone would want', () => {
    expect(toWanted(setpoint(), at)).toEqual({ value: 26, base: null });
    expect(toWanted(moved, at)).toEqual({ value: 27, base: 26 });
    expect(toWanted({ ...moved, offset: { ...standing, isReleased: true } }, standing.until)).toEqual({ value: 26, base: null });
    expect(toWanted(setpoint({ steps: [], now: null }), at)).toBeNull();
  });

  it.each([
    ['ten minutes back', standing.since - 1, 26],
    ['two hours ahead', standing.until, 26],
    ['to after the next turn of its schedule', at + 2 * hour, 21],
  ])('[SP1] is moved as long as the hub has it so, also with the wall clock set %s', (_what, now, base) => {
    expect(toWanted(moved, now)).toEqual({ value: base + 1, base });
  });

  it('differences of temperatures are in K, never in °C', () => {
    expect(toDeltaText(1, 'temperature', 1)).toBe('+1.0 K');
    expect(toDeltaText(-0.15, 'vapour_pressure_deficit', 2)).toBe('−0.15 kPa');
    expect(toDeltaText(100, 'mole_fraction', 0)).toBe('+100 ppm');
  });
});

describe('the form of an offset', () => {
  it('offers an hour, and asks for what is missing', () => {
    expect(toOffsetAnswer(emptyOffsetForm, setpoint(), 1, null)).toEqual({
      request: null,
      missing: 'Still needed: by how much, a reason.',
    });
    expect(answer().request).toEqual({ delta: 1, reason: 'weather', forMs: hour });
    expect(answer({ expiry: '15m', note: ' cold front ' }).request).toEqual({
      delta: 1,
      reason: 'weather: cold front',
      forMs: 15 * minute,
    });
  });

  it('knows none without an end, none beyond a day, and none farther than its reach', () => {
    expect(answer({ expiry: 'custom' }).missing).toContain('how long');
    expect(answer({ expiry: 'custom', customMinutes: 1441 }).missing).toContain('at most 24 h');
    expect(answer({ expiry: 'custom', customMinutes: 1440 }).request?.forMs).toBe(24 * hour);
    expect(answer({ delta: 2.1 }).missing).toBe('Still needed: at most 2.0 K either way.');
    expect(answer({ delta: -2 }).request?.delta).toBe(-2);
    expect(answer({ delta: 0.1 + 0.2 + 1.7 }).request).not.toBeNull();
    expect(answer({ delta: Number.NaN }).missing).toContain('by how much');
  });

  it('ends with the change of lights where that is known', () => {
    expect(toOffsetAnswer(form({ expiry: 'lights' }), setpoint(), 1, 30 * minute).request?.forMs).toBe(30 * minute);
    expect(answer({ expiry: 'lights' }).request).toBeNull();
  });

  it.each([
    [2, 1, 0.5],
    [0.2, 2, 0.05],
    [200, 0, 50],
    [0.3, 1, 0.1],
    [null, 1, 0.1],
  ])('with a reach of %s and %i decimals a press moves it by %s', (reach, decimals, step) =>
    expect(toStep(reach, decimals)).toBeCloseTo(step, 9),
  );

  it('presses stay on the steps, and within reach', () => {
    expect([1, 1, 1, 1, 1].reduce<number>((delta) => moveDelta(delta, 1, 0.5, 2), 0)).toBe(2);
    expect(moveDelta(null, -1, 0.05, 0.2)).toBe(-0.05);
    expect(moveDelta(0.07, 1, 0.05, 0.2)).toBe(0.1);
  });

  it('one that may not be moved says why', () => {
    expect(toFixedText({ reach: null, now: 26 })).toMatch(/cannot be moved/);
    expect(toFixedText({ reach: 2, now: null })).toMatch(/has no value now/);
    expect(toFixedText({ reach: 2, now: 26 })).toBe('');
  });
});

describe('what would come of an offset', () => {
  const forecast = (delta: number | null, forMs: number | null, from = setpoint(), automation = '') =>
    toForecast(from, { delta, forMs, decimals: 1, at, time, automation });

  it('is said with the new target, its bands and the end', () => {
    expect(forecast(1, hour)).toEqual([
      'From 26.0 °C to 27.0 °C, until 15:00.',
      'These move with it: target band 26.0 to 28.0 °C and alarm limits 23.0 to 31.0 °C.',
      'Then it follows its schedule again: 26.0 °C as of now.',
      'It may be moved by 2.0 K either way.',
    ]);
  });

  it('names what the schedule does meanwhile', () => {
    expect(forecast(1, 2 * hour)).toContain('Meanwhile the schedule goes to 21.0 °C, with the offset 22.0 °C.');
    expect(forecast(1, 2 * hour)).toContain('Then it follows its schedule again: 21.0 °C as of now.');
  });

  it('counts from the schedule, not from the hand that stands already', () => {
    expect(forecast(-1, hour, moved)).toEqual([
      'From 26.0 °C to 25.0 °C, until 15:00.',
      'These move with it: target band 24.0 to 26.0 °C and alarm limits 21.0 to 29.0 °C.',
      'Then it follows its schedule again: 26.0 °C as of now.',
      'It replaces the offset of +1.0 K.',
      'It may be moved by 2.0 K either way.',
    ]);
  });

  it('says where nobody follows, and nothing but the reach before anything is chosen', () => {
    expect(forecast(1, hour, setpoint(), 'automation gone 00:31')).toContain('Nothing is controlled to it now: automation gone 00:31.');
    expect(forecast(0, hour)).toEqual(['It may be moved by 2.0 K either way.']);
    expect(forecast(1, null)).toEqual(['It may be moved by 2.0 K either way.']);
  });
});

describe('an offset over HTTP', () => {
  it('goes to its set-point by name, and is released by the entry that began it', async () => {
    const asked: unknown[] = [];
    const http = createHubHttp((ask) => {
      asked.push([ask.method, ask.path, ask.body, ask.answer]);
      return Promise.resolve(standing);
    });
    await setOffset(http, 'flower_room/climate/temp', { delta: 1, reason: 'weather', forMs: hour });
    await releaseOffset(http, 'flower_room/climate/temp', 70);
    expect(asked).toEqual([
      ['POST', '/api/v1/setpoints/flower_room%2Fclimate%2Ftemp/offset', { delta: 1, reason: 'weather', forMs: hour }, 'offset'],
      ['DELETE', '/api/v1/setpoints/flower_room%2Fclimate%2Ftemp/offset', { lsn: 70 }, 'offset'],
    ]);
  });
});

describe('the steps of an offset', () => {
  const sent = { delta: 1, base: 26, sinceUp: 500, takenAt: 1000 };
  const value = (v: number, up: number): ValueStatus => ({ name: standing.setpoint, v, q: 'good', up });
  const states = (v: number | null, running: number, up = 600) =>
    toOffsetSteps(sent, v === null ? undefined : value(v, up), (n) => `${n} °C`, running).map(({ state, text }) => [state, text]);

  it('what was reported for an offset before does not count, however near it is', () => {
    expect(states(26.8, 1200, 400)[1]?.[0]).toBe('waiting');
    expect(states(26.8, 1200, 500)[1]?.[0]).toBe('done');
    expect(states(27, 1200, 400)[1]?.[0]).toBe('done');
  });

  it('counts nothing as applied before the rules report it', () => {
    expect(states(26, 1200)[1]).toEqual(['waiting', 'waiting for the rules']);
    expect(states(27, 1200)[1]).toEqual(['done', 'the rules control to 27 °C']);
    expect(states(26, 6001)[1]).toEqual(['failed', 'not applied after 5 s: the rules control to 26 °C, as before']);
    expect(states(null, 6001)[1]).toEqual(['failed', 'not applied after 5 s: the rules report no value for it']);
  });
});

describe('offsets that stand', () => {
  const site = { locations: [{ id: 'flower_room', title: 'Flower 1' }] } as unknown as SiteLayout;
  const steered = new Map([['flower_room', { location: 'flower_room', setpoints: [moved] } as unknown as SetpointsAhead]]);

  it('count down in the running time of the hub, and name the room', () => {
    expect(toOffsetLines([standing], steered, site, 600_000, at, time)).toMatchObject([
      { title: 'Flower 1 Temperature', value: '+1.0 K', by: 'anna', reason: 'weather', left: '50:00', until: '14:50', lsn: 70 },
    ]);
    expect(toOffsetLines([standing], steered, site, 3_590_000, at, time)[0]).toMatchObject({ left: '00:10', isEnding: true });
  });

  it('are shown by their name where the room is not known yet', () => {
    expect(toOffsetLines([standing], new Map(), site, 0, at, time)[0]).toMatchObject({ title: standing.setpoint, value: '+1' });
  });
});
