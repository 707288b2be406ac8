import type { DeviceValue } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { noAgreement, stepAgreement, toAgreementLines, type AgreementState } from './agreement.ts';

const fan = (value: DeviceValue): ReadonlyMap<string, DeviceValue> => new Map([['dry/fan', value]]);
/** Samples of one second each: what the automation and what Phloem wants. */
const run = (samples: readonly (readonly [DeviceValue, DeviceValue])[], graceMs = 5000) => {
  let state: AgreementState = noAgreement;
  const lines: string[] = [];
  samples.forEach(([theirs, ours], second) => {
    const step = stepAgreement(state, { at: second * 1000, theirs: fan(theirs), ours: fan(ours) }, graceMs);
    ({ state } = step);
    lines.push(...step.lines);
  });
  return { state, lines };
};
const times = (n: number, pair: readonly [DeviceValue, DeviceValue]) => Array.from({ length: n }, () => pair);

describe('the agreement of two deciders', () => {
  it('takes no notice of one that follows within the grace time', () => {
    const { state, lines } = run([...times(10, [true, true]), ...times(5, [true, false]), ...times(6, [false, false])]);
    expect(lines).toEqual([]);
    expect(toAgreementLines(state)).toEqual(['dry/fan: agreed 100.0 % of 20 s; no difference']);
  });

  it('reports a difference once, and its end', () => {
    const { state, lines } = run([...times(10, [true, true]), ...times(10, [true, false]), ...times(11, [false, false])]);
    expect(lines).toEqual(['dry/fan: the automation wants on, Phloem off', 'dry/fan: both off again']);
    expect(toAgreementLines(state)).toEqual(['dry/fan: agreed 86.7 % of 30 s; one difference, 4 s in all']);
  });

  it('leaves out devices that only one of them decides', () => {
    const { state } = stepAgreement(noAgreement, { at: 0, theirs: fan(true), ours: new Map() }, 0);
    expect(toAgreementLines(state)).toEqual(['There is no device that both decide.']);
  });
});
