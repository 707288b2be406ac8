import { canonicalJson, hashDocument, millis } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { toSpec } from '../devices/testing/gate-fixture.ts';
import { testSite } from '../sessions/testing/hub-fixture.ts';
import type { Site } from '../site/site.ts';
import { checkBundle } from './check-bundle.ts';
import { createLivePlans } from './live-plans.ts';

const site: Site = {
  ...testSite,
  points: [
    {
      id: 'flower_room/front/temperature',
      location: 'flower_room',
      cluster: 'front',
      measurement: 'temperature',
      quantity: 'temperature',
      title: 'Temperature',
      decimals: 1,
      intervalMs: millis(1000),
      range: { min: -40, max: 80 },
      source: { kind: 'derived', formula: 'dew_point', inputs: [], offset: 0 },
    },
  ],
  devices: [toSpec()],
};
const input = { point: 'flower_room/front/temperature', maxAge: '30s' };
/** A bundle with so many inputs in one document. */
const bundleOf = (count: number) => ({
  apiVersion: 'phloem/v1',
  kind: 'Bundle',
  documents: [
    {
      apiVersion: 'phloem/v1',
      kind: 'Signals',
      metadata: { id: 's' },
      spec: { inputs: Object.fromEntries(Array.from({ length: count }, (_, index) => [`t${index}`, input])) },
    },
    {
      apiVersion: 'phloem/v1',
      kind: 'Rule',
      metadata: { id: 'flower_room/heat' },
      spec: {
        use: { signals: 's' },
        when: 't0 < degC(20.0)',
        then: [{ request: { device: toSpec().id, value: 'on', level: 'control' } }],
        onUnknown: { hold: '1min', then: 'release' },
      },
    },
  ],
});

/** The plans of a hub that starts with this bundle in its data folder. */
const startWith = (bundle: object) => {
  const text = canonicalJson(bundle);
  const hash = hashDocument(text);
  return createLivePlans({
    store: { documents: { get: () => text, put: () => undefined } },
    site,
    view: { automation: () => [{ scope: 'flower_room', bundle: { hash, revision: 1 }, holder: null, term: null }] as never },
  });
};

describe('a stored bundle that is larger than what a push may have', () => {
  it('goes on where only a document is too large: the limit is for new ones', () => {
    const large = bundleOf(1_500);
    expect(() => checkBundle(large, site)).toThrow(/may have 64: divide it into several/);
    expect(startWith(large).all()).toMatchObject([{ scope: 'flower_room', plan: { setpoints: [] } }]);
  });

  it('has no plan where it names too much, and keeps the hub from nothing', () => {
    const plans = startWith(bundleOf(20_001));
    expect(plans.all()).toMatchObject([{ scope: 'flower_room', plan: null }]);
    expect(plans.setpoint('warm')).toEqual([]);
  });
});
