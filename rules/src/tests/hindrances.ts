import { type DeviceId, type DeviceValue, reasonOf } from '@phloem/protocol';
import type { RuleTestCase } from '../documents/rule-test.ts';
import { toDeviceValue } from '../plan/device-value.ts';
import type { DeviceModel } from '../site-model.ts';
import { parseDuration } from '../units/units.ts';
import { idleDevice, type GateReport, type ModelDevice } from '../replay/model-gate.ts';

type Stretch = { readonly fromUp: number; readonly toUp: number };

/** What a test puts between requests and devices: overrides, outages of the automation service, devices that do not follow. */
export type Hindrances = {
  /** The entries that begin or end something at this second. */
  readonly entriesAt: (up: number, scope: string) => readonly Record<string, unknown>[];
  /** Claims that nobody holds the lease, so that devices stand at their safe values. */
  readonly isOut: (up: number) => boolean;
  readonly isStuck: (device: DeviceId, up: number) => boolean;
};

const secondMs = 1000;

/** Reads the hindrances of a test; each lasts from `at`, for `for`. */
export const toHindrances = ({ overrides = [], outages = [], stuck = [] }: RuleTestCase, devices: readonly DeviceModel[]): Hindrances => {
  const models = new Map(devices.map((device) => [device.id, device]));
  const hands = overrides.map((each) => ({ ...each, ...toStretch(each) }));
  const outs = outages.map(toStretch);
  const jams = stuck.map((each) => ({ device: each.device, ...toStretch(each) }));
  const begins = (fromUp: number, up: number): boolean => fromUp >= up && fromUp < up + secondMs;
  return {
    entriesAt: (up, scope) => [
      ...hands
        .filter(({ fromUp }) => begins(fromUp, up))
        .map(({ device, value, fromUp, toUp }) => ({
          kind: 'override',
          device,
          value: toDeviceValue(value, models.get(device) ?? { kind: 'switch' }),
          forMs: toUp - fromUp,
          by: { kind: 'user', id: 'test' },
          reason: 'test',
        })),
      ...outs.flatMap(({ fromUp, toUp }, i) => [
        ...(begins(fromUp, up) ? [{ kind: 'lease', scope, term: 2 * i + 2, holder: null }] : []),
        ...(begins(toUp, up) ? [{ kind: 'lease', scope, term: 2 * i + 3, holder: 'ruletest' }] : []),
      ]),
    ],
    isOut: (up) => outs.some((each) => isWithin(each, up)),
    isStuck: (device, up) => jams.some((each) => each.device === device && isWithin(each, up)),
  };
};

/** A write to a device that does not move: the hub writes, reads back, and finds it where it was. */
export const tryStuck = (
  state: ModelDevice = idleDevice,
  device: DeviceId,
  tried: DeviceValue | undefined,
): { readonly tried: DeviceValue | undefined; readonly reports: readonly GateReport[] } => {
  const { request, applied } = state;
  if (request === null || applied === null || request === tried || request === applied) return { tried, reports: [] };
  const report = { kind: 'device', device, by: { kind: 'hub' } } as const;
  return {
    tried: request,
    reports: [
      { ...report, phase: 'written', value: request },
      {
        ...report,
        phase: 'discrepancy',
        value: applied,
        why: reasonOf('device/discrepancy', { expected: request, read: applied, since: null, writes: 3 }),
      },
    ],
  };
};

const toStretch = ({ at, for: length }: { readonly at: string; readonly for: string }): Stretch => {
  const fromUp = parseDuration(at) ?? 0;
  return { fromUp, toUp: fromUp + (parseDuration(length) ?? 0) };
};

const isWithin = ({ fromUp, toUp }: Stretch, up: number): boolean => up >= fromUp && up < toUp;
