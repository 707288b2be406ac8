import { describe, expect, it } from 'vitest';
import { apiVersion } from '../documents/check.ts';
import { trustContent, type BundleContent } from '../bundle.ts';
import { compileBundle } from '../bundles/compile-bundle.ts';
import type { SiteModel } from '../site-model.ts';
import { compileAlarmsInSteps } from './compile-alarms.ts';

const site: SiteModel = {
  timeZone: 'UTC',
  isDemonstration: false,
  points: [{ id: 'room/front/temperature', quantity: 'temperature' }],
  devices: [],
};
const signals = (n: number, count: number) => ({
  apiVersion,
  kind: 'Signals',
  metadata: { id: `room/s${n}` },
  spec: {
    inputs: { t: { point: 'room/front/temperature', quantity: 'temperature', maxAge: '15s' } },
    signals: Object.fromEntries(Array.from({ length: count }, (_, i) => [`x${i}`, { expr: `t + K(${i}.5)` }])),
  },
});
const alarm = (n: number) => ({
  apiVersion,
  kind: 'Alarm',
  metadata: { id: `room/a${n}` },
  spec: { use: { signals: `room/s${n}` }, when: { expr: 't > degC(30.0)', for: { on: '10s' } }, priority: 'P2', text: 'Too hot' },
});
const bundle = (documents: number, toDocuments: (n: number) => readonly object[]): BundleContent => ({
  apiVersion,
  kind: 'Bundle',
  documents: Array.from({ length: documents }, (_, n) => toDocuments(n)).flat(),
});

describe('the alarms of the largest bundle', () => {
  it('[PI4] are compiled in steps of one document, none of which makes more than that document has', () => {
    const content = trustContent(bundle(11, (n) => [signals(n, 1700), alarm(n)]));
    expect(Math.max(...content.documents.map((document) => JSON.stringify(document).length))).toBeLessThan(64 * 1024);
    const steps = compileAlarmsInSteps(content, site);
    const made: number[] = [];
    let plan;
    for (let before = 0; plan === undefined;) {
      const step = steps.next();
      if (step.done === true) plan = step.value;
      else {
        made.push(step.value - before);
        before = step.value;
      }
    }
    expect(plan.definitions).toHaveLength(22);
    // Each document is read in one step and compiled in another.
    expect(made.length).toBeGreaterThanOrEqual(2 * content.documents.length);
    expect(made.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(18_000);
    expect(Math.max(...made)).toBeLessThan(1800);
  });

  it('one with more named values than that is refused, and what to do is said', () => {
    expect(() =>
      compileBundle(
        bundle(12, (n) => [signals(n, 1700)]),
        site,
      ),
    ).toThrow(/at most 20000 inputs.*found 20\d\d\d.*one bundle for each room/s);
  });
});
