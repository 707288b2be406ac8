import { DocumentFault } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { loadSite } from './load-site.ts';
import { readProfiles } from './io/read-profiles.ts';
import { siteFromContent } from './site-content.ts';

const text = (sources: string): string => `apiVersion: phloem/v1
kind: Site
metadata: { id: shed }
spec:
  timeZone: Europe/Vienna
  locations: [{ id: shed }]
  buses: [{ id: line, transport: tcp, host: 127.0.0.1, port: 502 }]
  instruments:
    - id: probe
      bus: line
      unit: 1
      profile: generic
      location: shed
      cluster: front
      interval: 2s
      measurements: { air: holding_u16 }
  sources:
${sources}
  derived:
    - { point: shed/back/vpd, formula: vpd_air, inputs: [shed/back/air, shed/back/humidity] }
`;
const zigbee = `    - id: zigbee
      node: mqtt-bridge
      interval: 30s
      points:
        shed/back/air: { quantity: temperature, unit: °F, interval: 1min, title: Air at the back }
        shed/back/humidity: relative_humidity
`;
const load = (sources: string) => loadSite([{ path: 'site.yaml', text: text(sources) }], readProfiles());
const problemsOf = (sources: string) => {
  try {
    load(sources);
  } catch (error) {
    if (error instanceof DocumentFault) return error.problems.map(({ path, expected, found }) => `${path}: ${expected}; ${found}`);
    throw error;
  }
  return [];
};

describe('the sources of a site', () => {
  it('[IG10] are points like any other, of the unit that the source sends, and may be derived from', () => {
    const { site, content } = load(zigbee);
    expect(site.sources).toEqual([{ id: 'zigbee', title: 'zigbee', node: 'mqtt-bridge' }]);
    expect(site.points.find(({ id }) => id === 'shed/back/air')).toMatchObject({
      title: 'Air at the back',
      quantity: 'temperature',
      intervalMs: 60_000,
      source: { kind: 'ingest', source: 'zigbee', factor: expect.closeTo(5 / 9), offset: expect.closeTo(-17.7778, 3) },
    });
    expect(site.points.find(({ id }) => id === 'shed/back/humidity')).toMatchObject({ intervalMs: 30_000, range: { min: 0, max: 100 } });
    expect(site.points.some(({ id }) => id === 'shed/back/vpd')).toBe(true);
    expect(siteFromContent(content)).toEqual(site);
  });

  it('is sent by the node of its own name where the document names none', () => {
    expect(load(zigbee.replace('      node: mqtt-bridge\n', '')).site.sources).toMatchObject([{ id: 'zigbee', node: 'zigbee' }]);
  });

  it.each([
    [
      'a point that an instrument measures',
      zigbee.replace('shed/back/humidity', 'shed/front/air'),
      /shed\/front\/air, which an instrument measures/,
    ],
    [
      'a point that another source sends',
      `${zigbee}    - { id: other, interval: 5s, points: { shed/back/air: temperature } }\n`,
      /shed\/back\/air, which the source zigbee sends/,
    ],
    ['a source twice', `${zigbee}${zigbee}`, /zigbee, for the second time/],
    ['a location that there is not', zigbee.replace('shed/back/humidity', 'attic/back/humidity'), /a known location; "attic"/],
    ['a unit of another quantity', zigbee.replace('°F', 'kPa'), /a unit of temperature/],
    ['a range that no value of it can have', zigbee.replace('interval: 1min', 'range: { min: -400 }'), /a range within/],
    ['an interval that is too short', zigbee.replace('30s', '10ms'), /an interval from 100ms to 1d/],
  ])('[IG10] refuses %s', (_, sources, expected) => {
    expect(problemsOf(sources).join('\n')).toMatch(expected);
  });
});
