import { millis } from '@phloem/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHold } from './time-limits.ts';

const limits = { minOn: millis(300), minOff: millis(600) };

describe('toHold', () => {
  const table = [
    {
      name: 'a start shortly after a stop',
      switched: { isOn: false, up: 1000 },
      value: true,
      up: 1599,
      hold: { limit: 'min-off', untilUp: 1600 },
    },
    { name: 'a start when minOff is over', switched: { isOn: false, up: 1000 }, value: true, up: 1600, hold: null },
    {
      name: 'a stop shortly after a start',
      switched: { isOn: true, up: 1000 },
      value: false,
      up: 1299,
      hold: { limit: 'min-on', untilUp: 1300 },
    },
    { name: 'a stop when minOn is over', switched: { isOn: true, up: 1000 }, value: false, up: 1300, hold: null },
    { name: 'a change of percentage is neither', switched: { isOn: true, up: 1000 }, value: 40, up: 1001, hold: null },
    { name: '0 % is a stop', switched: { isOn: true, up: 1000 }, value: 0, up: 1001, hold: { limit: 'min-on', untilUp: 1300 } },
    { name: 'an unknown past', switched: null, value: true, up: 1001, hold: null },
    { name: 'a past whose time is unknown', switched: { isOn: false, up: null }, value: true, up: 1001, hold: null },
  ] as const;
  it.each(table)('[DE2] $name', ({ switched, value, up, hold }) => {
    expect(toHold(limits, { switched, runs: [] }, value, up)).toEqual(hold);
  });

  it('[DE2] what is held is free at the moment that it was commanded', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.nat(5000), fc.nat(5000), (isOn, value, since, later) => {
        const switched = { isOn, up: since };
        const hold = toHold(limits, { switched, runs: [] }, value, since + later);
        expect(hold === null ? null : toHold(limits, { switched, runs: [] }, value, hold.untilUp)).toBeNull();
      }),
      { seed: 20_260_306 },
    );
  });
});
