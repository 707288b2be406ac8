import { describe, expect, it } from 'vitest';
import { diffDocuments } from './diff-documents.ts';

const rule = (on: string, forOn = '90s', device = 'room/fan', more: object = {}) => ({
  kind: 'Rule',
  metadata: { id: 'room/dry' },
  spec: {
    when: { hysteresis: { on, off: 'vpd > sp.vpd' }, for: { on: forOn } },
    then: [{ request: { device, value: 'on', level: 'control' } }],
    ...more,
  },
});
const linesOf = (a: unknown, b: unknown): readonly string[] => diffDocuments([a], [b])[0]?.lines ?? [];

describe('the difference of two folders', () => {
  it('shows a threshold by its number, and what stays beside it', () => {
    expect(linesOf(rule('vpd < sp.vpd - kPa(0.12)'), rule('vpd < sp.vpd - kPa(0.15)'))).toEqual([
      'when: on-threshold −0.12 → −0.15 kPa; off-threshold, for on 90s unchanged',
    ]);
    expect(linesOf(rule('temp > degC(30.0)'), rule('temp > degC(31.5)'))[0]).toMatch(/^when: on-threshold 30\.0 → 31\.5 °C;/);
  });

  it('shows a different expression in full', () => {
    expect(linesOf(rule('vpd < kPa(1.0)'), rule('vpd < kPa(1.0) && door'))[0]).toMatch(
      /^when: on-threshold vpd < kPa\(1\.0\) → 'vpd < kPa\(1\.0\) && door';/,
    );
  });

  it('is silent about what only is written otherwise', () => {
    expect(diffDocuments([rule('vpd<sp.vpd', '90s')], [rule('vpd < sp.vpd', '1min 30s')])).toEqual([]);
    const at = (temp: string) => ({ kind: 'Setpoints', metadata: { id: 'room/climate' }, spec: { setpoints: { temp } } });
    expect(diffDocuments([at('26 °C')], [at('26.0 °C')])).toEqual([]);
    expect(linesOf(at('26 °C'), at('25 °C'))).toEqual(['setpoints temp: 26 °C → 25 °C']);
  });

  it('knows an element of a list by its name, not by its place', () => {
    const [a, b] = [rule('x', '1s'), rule('x', '1s')];
    b.spec.then.unshift({ request: { device: 'room/pump', value: 'on', level: 'control' } });
    expect(linesOf(a, b)).toEqual(['then room/pump: value on is new; level control is new']);
  });

  it('names documents that are new and gone', () => {
    const other = { kind: 'Rule', metadata: { id: 'room/other' }, spec: {} };
    expect(diffDocuments([rule('x')], [other]).map(({ id, change }) => [id, change])).toEqual([
      ['room/dry', 'removed'],
      ['room/other', 'added'],
    ]);
  });
});
