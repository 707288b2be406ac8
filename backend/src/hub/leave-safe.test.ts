import { seconds, type DeviceValue } from '@phloem/protocol';
import { expect, it } from 'vitest';
import type { FieldPort } from '../field/field-port.ts';
import type { DeviceSpec } from '../site/site.ts';
import { leaveSafe } from './leave-safe.ts';

const device = (id: string, failSafe: object): DeviceSpec =>
  ({ id: `flower_room/${id}`, failSafe: { after: seconds(10), ...failSafe } }) as unknown as DeviceSpec;

it('[LE4] a hub that has lost its log still drives every output safe, one that must be held to what comes after the holding', async () => {
  const written: [string, DeviceValue, boolean | undefined][] = [];
  const write: FieldPort['write'] = ({ id }, value, guard) => {
    written.push([id, value, guard?.isUrgent]);
    return Promise.resolve(id === 'flower_room/heater' ? { kind: 'ambiguous', why: 'no answer' } : { kind: 'echoed' });
  };
  const lights = device('lights', { hold: 'dark by day harms the crop', maxHold: seconds(3600), then: 40 });
  const outcomes = await leaveSafe({ write }, [device('heater', { value: false }), lights]);
  expect(written).toEqual([
    ['flower_room/heater', false, true],
    ['flower_room/lights', 40, true],
  ]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(['ambiguous', 'echoed']);
});
