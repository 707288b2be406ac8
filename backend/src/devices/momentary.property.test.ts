import { seconds, textReason, type DeviceValue } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CommandRecord } from '../store/hub-store.ts';
import { createDeviceMachine, type DeviceEffect, type DeviceEvent, type DeviceMachine, type Now } from './device-machine.ts';
import { stepDevice } from './step-device.ts';
import { toSpec } from './testing/gate-fixture.ts';

const epoch = 'AAAAAAAAAAAA';
const term = 7;
const horn = toSpec({ id: 'room/horn', kind: 'momentary', minOff: seconds(2) });
const begin: Now = {
  up: 50_000,
  at: 1_800_000_000_000,
  head: { epoch, lsn: 100 },
  liveTerm: term,
  renewedUp: 50_000,
  restrict: (value) => ({ value, by: [], why: null, isContradicted: false, cause: null }),
  toTimeText: String,
};
const forbidden: Now['restrict'] = () => ({
  value: false,
  by: ['room/lock'],
  why: textReason('locked'),
  isContradicted: true,
  cause: null,
});

type Step =
  | { readonly do: 'request' | 'restart' | 'lock' | 'unlock' | 'renew' }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'event'; readonly event: DeviceEvent };

const events: readonly DeviceEvent[] = [
  { kind: 'granted', term },
  { kind: 'synced' },
  { kind: 'written', outcome: { kind: 'echoed' } },
  { kind: 'written', outcome: { kind: 'ambiguous', why: 'no answer' } },
  { kind: 'written', outcome: { kind: 'refused', why: 'exception 4' } },
  { kind: 'written', outcome: { kind: 'withdrawn' } },
  { kind: 'read-back', outcome: { kind: 'value', value: true } },
  { kind: 'read-back', outcome: { kind: 'value', value: false } },
  { kind: 'read-back', outcome: { kind: 'silent', why: textReason('no answer') } },
  { kind: 'report', outcome: { kind: 'value', value: true } },
  { kind: 'report', outcome: { kind: 'value', value: false } },
  { kind: 'report', outcome: { kind: 'silent', why: textReason('no answer') } },
  { kind: 'tick' },
  { kind: 'acknowledge', by: { kind: 'user', id: 'anna' } },
  { kind: 'drive-safe' },
  { kind: 'drain' },
];
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Step>({ do: 'request' }) },
  { weight: 5, arbitrary: fc.constant<Step>({ do: 'event', event: { kind: 'synced' } }) },
  { weight: 3, arbitrary: fc.constantFrom<Step>(...events.slice(2, 6).map((event) => ({ do: 'event' as const, event }))) },
  { weight: 5, arbitrary: fc.constantFrom<Step>(...events.map((event) => ({ do: 'event' as const, event }))) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ do: 'lock' }, { do: 'unlock' }, { do: 'renew' }, { do: 'restart' }) },
  { weight: 2, arbitrary: fc.constantFrom(100, 2500, 12_000).map((ms): Step => ({ do: 'pass', ms })) },
);

/** A machine with the store behind it, and what it wrote. */
const createWorld = () => {
  let now = begin;
  const fresh = (): DeviceMachine =>
    createDeviceMachine({ coveredUp: now.renewedUp, switched: null, runs: [], proof: null, alarms: [], override: null });
  let state = fresh();
  const records = new Map<string, CommandRecord>();
  const writes: { readonly id: string; readonly value: DeviceValue; readonly op: CommandRecord['op']; readonly isLocked: boolean }[] = [];
  const perform = (effect: DeviceEffect): void => {
    if (effect.kind === 'record') records.set(effect.record.id, effect.record);
    if (effect.kind !== 'write') return;
    const { id, op } = effect.record;
    writes.push({ id, op, value: effect.value, isLocked: now.restrict === forbidden });
  };
  const send = (event: DeviceEvent): void => {
    const [next, effects] = stepDevice(state, event, { spec: horn, now });
    state = next;
    for (const effect of effects) perform(effect);
  };
  let count = 0;
  const request = (): void => {
    count += 1;
    const record: CommandRecord = {
      id: `request-${count}`,
      device: horn.id,
      value: true,
      op: 'momentary',
      by: { kind: 'node', id: 'automation-1' },
      why: textReason('it is noon'),
      cause: { epoch, lsn: 90 },
      term,
      scope: 'room',
      accepted: { epoch, lsn: 90 + count },
      stage: 'requested',
      end: null,
    };
    records.set(record.id, record);
    send({ kind: 'request', record, validUp: now.up });
  };
  const step = (one: Step): void => {
    switch (one.do) {
      case 'request':
        return request();
      case 'event':
        return send(one.event);
      case 'lock':
      case 'unlock':
        now = { ...now, restrict: one.do === 'lock' ? forbidden : begin.restrict };
        return send({ kind: 'interlock' });
      case 'renew':
        now = { ...now, renewedUp: now.up };
        return send({ kind: 'tick' });
      case 'pass':
        now = { ...now, up: now.up + one.ms, at: now.at + one.ms };
        return send({ kind: 'tick' });
      case 'restart':
        state = fresh();
        return send({ kind: 'start', open: [...records.values()].filter(({ end }) => end === null) });
    }
  };
  send({ kind: 'start', open: [] });
  send({ kind: 'report', outcome: { kind: 'value', value: false } });
  return { step, writes, records };
};

describe('a momentary output over any course of events', () => {
  it('[DE11] is written at most once for each request, over restarts too, and never against an interlock', () => {
    let pulses = 0;
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 16 }), (course) => {
        const world = createWorld();
        for (const one of course) world.step(one);
        const on = world.writes.filter(({ value }) => value === true);
        pulses += on.length;
        const isOnce = new Set(on.map(({ id }) => id)).size === on.length;
        // Whatever is written on is a request of its own: neither the hub nor a limit pulses by itself.
        return isOnce && on.every(({ op, isLocked }) => op === 'momentary' && !isLocked);
      }),
      { seed: 20_261_133, numRuns: 100_000 },
    );
    expect(pulses).toBeGreaterThan(20_000);
  });
});
