import { describe, expect, it } from 'vitest';
import { problemsOf, smallSite } from './testing/io/site-texts.ts';

const site = `apiVersion: phloem/v1
kind: Site
metadata: { id: house }
spec:
  timeZone: UTC
  locations: [{ id: room }]
  buses: []
  instruments: []
  sources:
    - id: old
      node: bridge-history
      interval: 5s
      points: { room/front/temperature: temperature }
    - id: zigbee
      node: bridge-radio
      interval: 5s
      points: { room/back/temperature: temperature }
`;
const history = `apiVersion: phloem/v1
kind: Bridge
metadata: { id: history }
spec:
  origin: { kind: sqlite, file: /srv/old.db }
  readings:
    source: old
    table: sensor_data
    id: id
    points:
      room/front/temperature: temp_c
      "room/{rack}/humidity": rh
`;
const radio = `apiVersion: phloem/v1
kind: Bridge
metadata: { id: radio }
spec:
  origin: { kind: mqtt, url: "mqtt://127.0.0.1" }
  sensors:
    source: zigbee
    topics:
      "zigbee2mqtt/back":
        room/back/temperature: temperature
`;
describe('a bridge that sends readings to a site', () => {
  it('names a source of which it is the node, and points of that source', () => {
    expect(problemsOf(site, history, radio)).toEqual([]);
  });

  it('is refused with a source that the site does not have, by its line', () => {
    const [problem, ...more] = problemsOf(site, history.replace('source: old', 'source: odl'));
    expect(problem).toMatch(/^1\.yaml:7:\d+ a known source of the Site document \| "odl"/);
    expect(problem).toContain('old');
    expect(more).toEqual([]);
    const bare = site.slice(0, site.indexOf('  sources'));
    expect(problemsOf(bare, history)).toEqual([expect.stringMatching(/^1\.yaml:7:.*the site has no source \| declare old/)]);
  });

  it('is refused with the source of another node', () => {
    const [problem] = problemsOf(site, radio.replace('source: zigbee', 'source: old').replace('room/back', 'room/front'));
    expect(problem).toMatch(/^1\.yaml:7:\d+ a source whose node is bridge-radio \| old, whose node is bridge-history/);
  });

  it('is refused with a point that has another source', () => {
    const other = history.replace('room/front/temperature', 'room/back/temperature');
    expect(problemsOf(site, other)).toEqual([
      expect.stringMatching(/^1\.yaml:11:\d+ a point of the source old: a point has one source \| .*which the source zigbee sends/),
    ]);
    const unknown = radio.replace('room/back/temperature', 'room/back/humidity');
    expect(problemsOf(site, unknown)).toEqual([expect.stringMatching(/^1\.yaml:10:.*which the site does not have/)]);
  });

  it('is refused with a point that an instrument measures', () => {
    const field = `${smallSite}  sources: [{ id: old, node: bridge-history, interval: 5s, points: { house/south/temperature: temperature } }]
`;
    const both = history.replace('room/front/temperature', 'house/north/temperature');
    expect(problemsOf(field, both)).toEqual([
      expect.stringMatching(/^1\.yaml:11:.*house\/north\/temperature, which the instrument air measures/),
    ]);
    expect(problemsOf(field, history.replace('room/front/temperature', 'house/south/temperature'))).toEqual([]);
  });
});
