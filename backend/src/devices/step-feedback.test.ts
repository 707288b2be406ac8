import {
  reasonOf,
  type AlarmState,
  type DeviceState,
  type DeviceValue,
  type EntryDraft,
  type PointState,
  type Quality,
} from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { stepFeedback, type FeedbackDevice, type FeedbackMismatches } from './step-feedback.ts';

const lamp = 'room/lamp';
const light = 'room/air/ppfd';
const devices = (above: number | null): readonly FeedbackDevice[] => [
  { id: lamp, feedback: { point: light, above, withinMs: 30_000 } },
  { id: 'room/fan' },
];
const device = (confirmed: DeviceValue | null): DeviceState => ({
  id: lamp,
  requested: confirmed,
  written: confirmed,
  confirmed,
  phase: 'confirmed',
  by: null,
  why: null,
  since: 0,
  lsn: 1,
});
const point = (v: number | boolean | null, q: Quality): PointState => ({
  id: light,
  v,
  q,
  lsn: 1,
  reported: 0,
  changed: 0,
});

/** Seconds of a hub: what it says of the light at each. */
const createSteps = (above: number | null = 20) => {
  let mismatches: FeedbackMismatches = new Map();
  let state: AlarmState = 'cleared';
  let up = 0;
  return (
    seconds: number,
    confirmed: DeviceValue | null,
    reading: number | boolean | null,
    q: Quality = reading === null ? 'bad' : 'good',
  ): readonly EntryDraft[] => {
    const said: EntryDraft[] = [];
    for (let second = 0; second < seconds; second += 1) {
      up += 1000;
      const facts = { up, states: [device(confirmed)], points: [point(reading, q)], titleOf: () => 'PPFD', alarmState: () => state };
      const step = stepFeedback(devices(above), mismatches, facts);
      ({ mismatches } = step);
      for (const draft of step.drafts) if (draft.kind === 'alarm') ({ state } = draft);
      said.push(...step.drafts);
    }
    return said;
  };
};

describe('run feedback of a device', () => {
  it('[DE8] is an alarm where it is not what was read back, once the time for it is over, and ends when it is', () => {
    const pass = createSteps();
    expect(pass(60, 80, 720)).toEqual([]);
    expect(pass(30, 80, 3)).toEqual([]);
    expect(pass(60, 80, 3)).toMatchObject([
      {
        alarm: 'device/room/lamp/feedback-mismatch',
        state: 'active',
        why: reasonOf('device/feedback-mismatch', { confirmed: 80, title: 'PPFD', read: 3, forMs: 30_000 }),
      },
    ]);
    expect(pass(60, 80, 720)).toMatchObject([{ state: 'cleared' }]);
  });

  it('[DE8] reports a device that goes on when it is off', () => {
    expect(createSteps(null)(40, false, true)).toMatchObject([
      { why: reasonOf('device/feedback-mismatch', { confirmed: false, title: 'PPFD', read: true, forMs: 30_000 }) },
    ]);
  });

  it('[DE8] claims nothing where the sensor or the device says nothing, and leaves an alarm as it is', () => {
    const pass = createSteps();
    expect([...pass(60, 80, null), ...pass(60, null, 3)]).toEqual([]);
    pass(40, 80, 3);
    expect(pass(60, 80, null)).toEqual([]);
    expect(pass(1, 80, 720)).toMatchObject([{ state: 'cleared' }]);
  });

  it('[DE8][RE5] claims nothing by a sensor that is being worked on', () => {
    const pass = createSteps();
    // Covered while the light burns, and lit by a torch while it is off.
    expect([...pass(60, 80, 3, 'maintenance'), ...pass(60, 0, 300, 'maintenance')]).toEqual([]);
    pass(40, 80, 3);
    expect(pass(60, 80, 720, 'maintenance')).toEqual([]);
  });

  it('[DE8] counts again after each change: a light takes its time to burn', () => {
    const pass = createSteps();
    for (let round = 0; round < 5; round += 1) expect([...pass(20, 80, 3), ...pass(1, 80, 100)]).toEqual([]);
  });
});
