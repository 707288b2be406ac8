import {
  type AlarmReport,
  type DeviceValue,
  type Entry,
  millis,
  type Quantity,
  type Reason,
  renderReason,
  type ValueReport,
} from '@phloem/protocol';
import { readBundle } from '../bundle.ts';
import { DocumentFault, type Problem } from '../documents/problem.ts';
import type { DeviceModel, SiteModel } from '../site-model.ts';
import { compileBundle } from '../bundles/compile-bundle.ts';
import type { EngineState } from './memory.ts';
import type { Decision } from './decide.ts';
import type { Plan, StepResult } from './plan.ts';

/** A device for a test: a switch that falls back to off. */
export const device = (id: string, rest: Partial<DeviceModel> = {}): DeviceModel => ({
  id,
  kind: 'switch',
  fallback: false,
  minOn: millis(0),
  minOff: millis(0),
  merge: 'exclusive',
  ...rest,
});

/** The sentence of a reason, with the units of a device. */
export const told = (why: Reason | undefined, shape?: DeviceModel): string =>
  why === undefined ? '' : renderReason(why, { time: String, device: shape });

/** A room of a test. */
export const room: SiteModel = {
  points: (
    [
      ['room/front/temperature', 'temperature'],
      ['room/middle/temperature', 'temperature'],
      ['room/back/temperature', 'temperature'],
      ['room/front/humidity', 'relative_humidity'],
      ['room/front/ppfd', 'ppfd'],
      ['room/door/open', 'boolean'],
    ] as const satisfies readonly (readonly [string, Quantity])[]
  ).map(([id, quantity]) => ({ id, quantity })),
  devices: [
    device('room/heater'),
    device('room/fan', { kind: 'percent', fallback: 20, merge: 'max' }),
    device('room/siren', { merge: 'any-on' }),
    device('room/valve', { kind: 'percent', fallback: 0 }),
    device('other/pump'),
  ],
  timeZone: 'Europe/Berlin',
  isDemonstration: false,
};

/** A plan of documents given as texts. */
export const compileTexts = (texts: readonly string[], site: SiteModel = room): Plan =>
  compileBundle(readBundle(texts.map((text, i) => ({ path: `${i}.yaml`, text }))), site);

/** What is wrong with documents given as texts. */
export const problemsOf = (texts: readonly string[], site: SiteModel = room): readonly Problem[] => {
  try {
    compileTexts(texts, site);
  } catch (error) {
    if (error instanceof DocumentFault) return error.problems;
    throw error;
  }
  throw new Error('the bundle was taken');
};

/** The first lines of a document. */
export const head = (kind: string, id: string): string => `apiVersion: phloem/v1\nkind: ${kind}\nmetadata: { id: ${id} }\n`;

/** A log that a test writes as it goes. */
export const createTestLog = (plan: Plan, start = 1_800_000_000_000) => {
  let lsn = 0;
  let up = 0;
  let state: EngineState = plan.start();
  const decisions: Decision[] = [];
  const alarms: AlarmReport[] = [];
  const values = new Map<string, ValueReport['v']>();
  const take = (entry: Record<string, unknown>): StepResult => {
    lsn += 1;
    const result = plan.step(state, { lsn, at: start + up, up, ...entry } as Entry, { epoch: 'aaaaaaaaaaaa' });
    state = result.state;
    decisions.push(...result.decisions);
    alarms.push(...result.alarms);
    for (const { name, v } of result.values) values.set(name, v);
    return result;
  };
  /** One reading: `front/temperature` of the room. */
  const read = (point: string, v: number | boolean | null, q = v === null ? 'bad' : 'good'): StepResult => {
    const [cluster, measurement] = point.split('/');
    return take({ kind: 'sensor', location: 'room', cluster, readings: { [measurement ?? '']: { v, q } } });
  };
  const pulse = (): StepResult => take({ kind: 'pulse' });
  return {
    get state() {
      return state;
    },
    set state(next: EngineState) {
      state = next;
    },
    get up() {
      return up;
    },
    decisions,
    alarms,
    values,
    take,
    read,
    pulse,
    device: (id: string, phase: string, value: DeviceValue | null) =>
      take({ kind: 'device', device: id, phase, value, by: { kind: 'hub' } }),
    /** Lets seconds pass, one pulse each; before each pulse, `each` may read. */
    pass: (secondsToPass: number, each: (up: number) => void = () => undefined, stepMs = 1000) => {
      for (let passed = 0; passed < secondsToPass * 1000; passed += stepMs) {
        up += stepMs;
        each(up);
        pulse();
      }
    },
    requests: (id: string) => decisions.filter((decision) => decision.device === id).map((decision) => decision.value),
  };
};
