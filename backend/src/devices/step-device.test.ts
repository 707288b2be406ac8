import { seconds, textReason } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { CommandRecord } from '../store/hub-store.ts';
import { createDeviceMachine, type DeviceEffect, type DeviceEvent, type DeviceMachine, type Now } from './device-machine.ts';
import { nextDeviceWake, stepDevice } from './step-device.ts';
import { toSpec } from './testing/gate-fixture.ts';

const epoch = 'AAAAAAAAAAAA';
const term = 7;
const now: Now = {
  up: 50_000,
  at: 1_800_000_000_000,
  head: { epoch, lsn: 100 },
  liveTerm: term,
  renewedUp: 49_500,
  restrict: (value) => ({ value, by: [], why: null, isContradicted: false, cause: null }),
  toTimeText: (at) => new Date(at).toISOString().slice(11, 19),
};
const late: Now = { ...now, up: 60_000, liveTerm: null };

const request = (value: boolean, part: Partial<CommandRecord> = {}): CommandRecord => ({
  id: `request-${value}`,
  device: 'room/heater',
  value,
  op: 'set',
  by: { kind: 'node', id: 'automation-1' },
  why: textReason('too cold'),
  cause: { epoch, lsn: 90 },
  term,
  scope: 'room',
  accepted: { epoch, lsn: 91 },
  stage: 'requested',
  end: null,
  ...part,
});

const spec = toSpec({ minOff: seconds(30) });
const operated = toSpec({ restart: 'manual' });
const holding = toSpec({ failSafe: { after: seconds(10), hold: 'a cold shock', maxHold: seconds(60), then: false } });

const events = {
  start: { kind: 'start', open: [] },
  request: { kind: 'request', record: request(true, { id: 'request-new' }), validUp: 49_000 },
  grant: { kind: 'granted', term: term + 1 },
  synced: { kind: 'synced' },
  echoed: { kind: 'written', outcome: { kind: 'echoed' } },
  ambiguous: { kind: 'written', outcome: { kind: 'ambiguous', why: 'no answer' } },
  refused: { kind: 'written', outcome: { kind: 'refused', why: 'exception 4' } },
  withdrawn: { kind: 'written', outcome: { kind: 'withdrawn' } },
  'reads on': { kind: 'read-back', outcome: { kind: 'value', value: true } },
  'reads off': { kind: 'read-back', outcome: { kind: 'value', value: false } },
  'polls on': { kind: 'report', outcome: { kind: 'value', value: true } },
  'polls off': { kind: 'report', outcome: { kind: 'value', value: false } },
  'polls nothing': { kind: 'report', outcome: { kind: 'silent', why: textReason('no answer') } },
  tick: { kind: 'tick' },
  acknowledge: { kind: 'acknowledge', by: { kind: 'user', id: 'anna' } },
  'drive safe': { kind: 'drive-safe' },
  drain: { kind: 'drain' },
} as const satisfies Record<string, DeviceEvent>;
type EventName = keyof typeof events;

const play = (course: readonly (EventName | DeviceEvent)[], device = spec, at: Now = now, from?: DeviceMachine): DeviceMachine =>
  course.reduce(
    (state, event) => stepDevice(state, typeof event === 'string' ? events[event] : event, { spec: device, now: at })[0],
    from ?? createDeviceMachine({ coveredUp: 49_000, switched: null, runs: [], proof: null, alarms: [], override: null }),
  );

/** Where a device stands, in three words: who decides, what is on its way, what waits. */
const toLabel = ({ mode, flight, nextRequest, nextHubCommand, isDraining, alarms }: DeviceMachine): string =>
  [
    alarms.includes('latched') ? `latched ${mode.kind}` : mode.kind,
    flight.kind,
    ...(nextHubCommand === null ? [] : ['+safe']),
    ...(nextRequest === null ? [] : [`+${nextRequest.stage}`]),
    ...(isDraining ? ['draining'] : []),
  ].join(' ');

const off: DeviceEvent = { kind: 'request', record: request(false, { id: 'request-off' }), validUp: 49_000 };
const free = play(['start', 'polls off']);
const on = play(['request', 'synced', 'echoed', 'reads on'], spec, now, free);
const toSafe = play(['tick'], spec, late, on);
const safe = play(['synced', 'echoed', 'reads off'], spec, late, toSafe);
const verifyingSafe = play(['synced', 'echoed'], spec, late, toSafe);
const pausing = play(['synced', 'refused'], spec, late, toSafe);

type Case = {
  readonly label: string;
  readonly state: DeviceMachine;
  readonly device?: typeof spec;
  readonly at?: Now;
  /** Where each event leads; an event that is not named must not move it. */
  readonly moves: Partial<Record<EventName, string>>;
};

const cases: readonly Case[] = [
  {
    label: 'starting rest',
    state: play(['start']),
    moves: {
      request: 'starting rest +requested',
      'polls on': 'free rest',
      'polls off': 'free rest',
      'polls nothing': 'starting rest',
      'drive safe': 'safe syncing draining',
      drain: 'starting rest draining',
    },
  },
  {
    label: 'free rest',
    state: free,
    moves: {
      request: 'free syncing',
      'polls on': 'free rest',
      'polls nothing': 'free rest',
      'drive safe': 'safe rest draining',
      drain: 'free rest draining',
    },
  },
  {
    label: 'free syncing',
    state: play(['request'], spec, now, free),
    moves: {
      request: 'free syncing +requested',
      grant: 'free syncing',
      synced: 'free writing',
      'drive safe': 'safe syncing +safe draining',
      drain: 'free syncing draining',
    },
  },
  {
    label: 'free writing',
    state: play(['request', 'synced'], spec, now, free),
    moves: {
      request: 'free writing +requested',
      grant: 'free writing',
      echoed: 'free verifying',
      ambiguous: 'free verifying',
      refused: 'free rest',
      withdrawn: 'free rest',
      'drive safe': 'safe writing +safe draining',
      drain: 'free writing draining',
    },
  },
  {
    label: 'free verifying',
    state: play(['request', 'synced', 'echoed'], spec, now, free),
    moves: {
      request: 'free verifying +requested',
      grant: 'free verifying',
      'reads on': 'free rest',
      'reads off': 'free verifying',
      'drive safe': 'safe verifying +safe draining',
      drain: 'free verifying draining',
    },
  },
  {
    label: 'free rest',
    state: on,
    moves: {
      request: 'free rest',
      grant: 'free rest',
      'polls off': 'free rest +held',
      'polls nothing': 'free rest',
      'drive safe': 'safe syncing draining',
      drain: 'free rest draining',
    },
  },
  {
    label: 'free rest +held',
    state: play(['request'], spec, now, play([off, 'synced', 'echoed', 'reads off'], spec, now, on)),
    moves: {
      request: 'free rest +held',
      grant: 'free rest',
      'polls on': 'free rest',
      'polls nothing': 'free rest +held',
      'drive safe': 'safe rest draining',
      drain: 'free rest draining',
    },
  },
  {
    label: 'safe syncing',
    state: toSafe,
    at: late,
    moves: {
      request: 'free syncing +requested',
      synced: 'safe writing',
      'drive safe': 'safe syncing draining',
      drain: 'safe syncing draining',
    },
  },
  {
    label: 'safe verifying',
    state: verifyingSafe,
    at: late,
    moves: {
      request: 'free verifying +requested',
      'reads off': 'safe rest',
      'reads on': 'safe verifying',
      'drive safe': 'safe verifying draining',
      drain: 'safe verifying draining',
    },
  },
  {
    label: 'safe pausing',
    state: pausing,
    at: late,
    moves: {
      request: 'free rest',
      'polls off': 'safe rest',
      'polls nothing': 'safe pausing',
      'drive safe': 'safe syncing draining',
      drain: 'safe rest draining',
    },
  },
  {
    label: 'safe rest',
    state: safe,
    at: late,
    moves: {
      request: 'free rest +held',
      'polls on': 'safe syncing',
      'polls nothing': 'safe rest',
      'drive safe': 'safe rest draining',
      drain: 'safe rest draining',
    },
  },
  {
    label: 'latched safe rest',
    state: play(['synced', 'echoed', 'reads off'], operated, late, play(['tick'], operated, late, on)),
    device: operated,
    at: late,
    moves: {
      request: 'latched safe rest +held',
      'polls on': 'latched safe syncing',
      'polls nothing': 'latched safe rest',
      acknowledge: 'safe rest',
      'drive safe': 'latched safe rest draining',
      drain: 'latched safe rest draining',
    },
  },
  {
    label: 'holding rest',
    state: play(['tick'], holding, late, on),
    device: holding,
    at: late,
    moves: {
      request: 'free rest',
      'polls off': 'holding rest',
      'polls nothing': 'holding rest',
      'drive safe': 'safe syncing draining',
      drain: 'holding rest draining',
    },
  },
];

describe('stepDevice', () => {
  for (const { label, state, device = spec, at = now, moves } of cases) {
    for (const [name, event] of Object.entries(events)) {
      const to = moves[name as EventName];
      it(`[DE1] ${label} (${JSON.stringify(state.reading)}): ${name} ${to === undefined ? 'changes nothing' : `→ ${to}`}`, () => {
        expect(toLabel(state)).toBe(label);
        const fresh = event.kind === 'request' ? { ...event, validUp: at.up - 1000 } : event;
        const [next, effects] = stepDevice(state, fresh, { spec: device, now: event.kind === 'request' ? { ...at, liveTerm: term } : at });
        expect(toLabel(next)).toBe(to ?? label);
        const isStill = JSON.stringify(next) === JSON.stringify(state) && effects.length === 0;
        expect(isStill).toBe(to === undefined);
      });
    }
  }

  const kindsOf = (effects: readonly DeviceEffect[]): readonly string[] =>
    effects.map((effect) =>
      effect.kind === 'append' && effect.draft.kind === 'device'
        ? `says ${effect.draft.phase}`
        : effect.kind === 'record'
          ? effect.record.stage
          : effect.kind,
    );

  it('[CO5] a request stores its INTENT and asks for the disk, and for nothing else', () => {
    const [, effects] = stepDevice(free, events.request, { spec, now });
    expect(kindsOf(effects)).toEqual(['intent', 'sync']);
  });

  it('[CO4] the term is asked again when INTENT is on disk', () => {
    const syncing = play(['request'], spec, now, free);
    const [, effects] = stepDevice(syncing, events.synced, { spec, now: { ...now, liveTerm: term + 1 } });
    expect(kindsOf(effects)).toEqual(['ended', 'says cancelled']);
  });

  it('[CO4] a retry asks for the term too', () => {
    const verifying = play(['request', 'synced', 'echoed'], spec, now, free);
    const [, effects] = stepDevice(verifying, events['reads off'], { spec, now: { ...now, up: now.up + 1000, liveTerm: null } });
    expect(kindsOf(effects)).toEqual(['ended', 'says cancelled']);
  });

  it('[LE4] the wake-up is the earliest of what time alone may change', () => {
    expect(nextDeviceWake(on, { spec })).toBe(59_500);
    expect(nextDeviceWake(pausing, { spec })).toBe(61_000);
    expect(nextDeviceWake(safe, { spec })).toBeNull();
  });
});
