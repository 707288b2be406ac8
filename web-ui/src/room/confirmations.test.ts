import type { DeviceState } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toConfirmations, toNewlyConfirmed } from './confirmations.ts';

const device = (phase: DeviceState['phase'], since: number) => ({ phase, since }) as DeviceState;

describe('confirmations of the devices of a room', () => {
  it('name the moment of a device that was read back, and only the others', () => {
    const devices = new Map([
      ['r/fan', device('confirmed', 5)],
      ['r/heater', device('written', 6)],
    ]);
    expect(toConfirmations(['r/fan', 'r/heater', 'r/lights'], devices)).toEqual(['r/fan@5', 'r/heater', 'r/lights']);
  });

  it('are new where the list before did not have them; the first list has no news', () => {
    expect(toNewlyConfirmed([], ['r/fan@5'])).toEqual([]);
    expect(toNewlyConfirmed(['r/fan@5', 'r/heater'], ['r/fan@9', 'r/heater'])).toEqual(['r/fan']);
    expect(toNewlyConfirmed(['r/fan@5'], ['r/fan@5'])).toEqual([]);
  });
});
