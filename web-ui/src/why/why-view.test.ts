import type { PointLayout, WhyAnswer } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { createSiteTime } from '../format/site-time.ts';
import { toOpposite, toWhyView } from './why-view.ts';

const point: PointLayout = {
  id: 'room/front/temperature',
  quantity: 'temperature',
  intervalMs: 1000,
  decimals: 1,
  title: 'Air temperature',
  isDerived: false,
  range: null,
};
const answer: WhyAnswer = {
  device: 'room/heater',
  lsn: 12,
  at: 0,
  value: true,
  requested: true,
  sentence: 'room/heater is on since 13:00:09, because room/heat asks for on: temp 22.50 °C < 23.60 °C for 4 s.',
  levels: [
    { level: 'protect', requests: [] },
    { level: 'control', requests: [{ rule: 'room/heat', value: true, wins: true }] },
    { level: 'fallback', requests: [{ rule: null, value: false, wins: false }] },
  ],
  blocked: [{ rule: 'room/vent', reason: 'condition', because: 'room/vent does not ask: temp 22.50 °C <= 26.00 °C' }],
  expressions: [
    {
      rule: 'room/heat',
      text: 'temp < sp.temp - K(0.4)',
      value: true,
      parts: [
        { text: 'temp', value: 22.5 },
        { text: 'K(0.4)', value: 0.4 },
        { text: 'sp.temp - K(0.4)', value: 23.6 },
      ],
    },
  ],
  interlocks: [
    { id: 'room/safety/door', does: 'deny on', state: 'clear', since: null, why: '' },
    { id: 'room/safety/smoke', does: 'force off', state: 'tripped', since: Date.UTC(2026, 10, 30, 12), why: 'room/safety/smoke tripped' },
  ],
  inputs: [
    { name: 'temp', point: point.id, value: 22.5, quality: 'good', ageMs: 1200 },
    { name: 'rh', point: 'room/front/humidity', value: null, quality: 'stale', ageMs: null },
  ],
  titles: { 'room/heat': 'Heat when it is too cool' },
  replayed: 12,
};
const view = toWhyView(answer, {
  time: createSiteTime('UTC'),
  titles: {
    locations: new Set(['room']),
    byId: new Map([...Object.entries(answer.titles), ['room/safety/smoke', 'Smoke'], [point.id, point.title]]),
  },
  device: { kind: 'switch' },
  points: [point],
});

describe('why a device is as it is', () => {
  it('names rules by their titles, in a sentence that does not name the device again', () => {
    expect(view.sentence).toMatch(/^Is on since 13:00:09, because Heat when it is too cool asks for on: temp 22\.50 °C is below 23\.60 °C/);
    expect(view.blocked).toEqual(['Vent does not ask: temp 22.50 °C is at most 26.00 °C']);
  });

  it('marks the request that wins, and leaves out levels without one', () => {
    expect(view.levels).toEqual([
      { level: 'control', text: 'Heat when it is too cool: on', wins: true },
      { level: 'no rule requests it', text: 'off', wins: false },
    ]);
  });

  it('shows each expression with the values of its parts, and no constants', () => {
    expect(view.rules).toEqual([
      {
        title: 'Heat when it is too cool',
        lines: ['temp is below set-point temp − 0.4 K: yes'],
        parts: ['temp = 22.50', 'set-point temp − 0.4 K = 23.60'],
      },
    ]);
  });

  it('says of each interlock what it does and how it stands', () => {
    expect(view.interlocks).toEqual([
      { text: 'door (denies on): clear', isActive: false },
      { text: 'Smoke (forces off): tripped since 12:00:00: Smoke tripped', isActive: true },
    ]);
  });

  it('gives each input its unit, age and quality', () => {
    expect(view.inputs).toEqual([
      { id: point.id, text: 'Air temperature (front): 22.5 °C, 1 s old', isGood: true },
      { id: 'room/front/humidity', text: 'humidity (front): unknown, stale, never received', isGood: false },
    ]);
  });

  it('asks for the other value of a switch and for the other end of a percentage', () => {
    expect(toOpposite(true)).toEqual({ asked: 'off', value: false });
    expect(toOpposite(40)).toEqual({ asked: '0', value: 0 });
    expect(toOpposite('heat')).toBeNull();
  });
});
