import { hashDocument } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { loadSite } from './load-site.ts';
import { siteFromContent } from './site-content.ts';
import { profiles, example, smallSite, devices, problemsOf } from './testing/io/site-texts.ts';

describe('names of measurements', () => {
  it.each(['Temperature', 'a b', '"0 s"', '""'])('%s is refused, whatever it stands for', (name) => {
    for (const value of ['temperature', '~', '5']) {
      const text = smallSite.replace('temperature: temperature', `${name}: ${value}`);
      expect(problemsOf(text)[0]).toContain('a measurement, such as leaf_temperature, as key');
    }
  });
});

describe('names of devices', () => {
  it('are refused where they are none, and so are those of modes', () => {
    const mode = (name: string, of: string): string =>
      devices(`    ${name}:
      { kind: mode, modes: { ${of}: 1, off: 0 }, write: { bus: line, unit: 3, register: { table: holding, address: 0, type: u16 } }, readBack: { bus: line, unit: 3, register: { table: holding, address: 0, type: u16 } }, failSafe: { after: 5s, value: off }, merge: exclusive }
`);
    expect(problemsOf(smallSite, mode('house/ac', 'heat'))).toEqual([]);
    expect(problemsOf(smallSite, mode('house/Ac', 'heat'))[0]).toContain('a device as key');
    expect(problemsOf(smallSite, mode('house/ac', 'Heat'))[0]).toContain('the name of a mode as key');
  });
});

describe('the demonstration site', () => {
  const loaded = loadSite(example, profiles);

  it('has every point and device of the flower room, cluster by cluster', () => {
    const isHere = ({ location }: { readonly location: string }): boolean => location === 'flower_room';
    expect(loaded.site.points.filter(isHere).map((point) => point.id)).toEqual([
      'flower_room/front/temperature',
      'flower_room/front/humidity',
      'flower_room/front/leaf_temperature',
      'flower_room/front/co2',
      'flower_room/front/ppfd',
      'flower_room/front/vpd',
      'flower_room/front/dew_point',
      'flower_room/front/absolute_humidity',
      'flower_room/front/dli',
      'flower_room/middle/temperature',
      'flower_room/middle/humidity',
      'flower_room/middle/vpd',
      'flower_room/back/temperature',
      'flower_room/back/humidity',
      'flower_room/back/vpd',
      'flower_room/door/open',
    ]);
    expect(loaded.site.devices.filter(isHere).map((device) => device.id)).toEqual([
      'flower_room/dehumidifier_1',
      'flower_room/dehumidifier_2',
      'flower_room/heater',
      'flower_room/exhaust_fan',
      'flower_room/lights',
      'flower_room/co2_valve',
    ]);
    expect(loaded.site.locations.map(({ id }) => id)).toEqual(['flower_room', 'propagation', 'cold_store']);
    expect(loaded.site.devices.find(({ id }) => id === 'cold_store/compressor')).toMatchObject({
      minOff: 180_000,
      protectCompressor: true,
    });
  });

  it('is named by its content, and is the same when it is made of that content again', () => {
    expect(loaded.hash).toBe(hashDocument(loaded.content));
    expect(siteFromContent(loaded.content)).toEqual(loaded.site);
  });

  it('reads the contact of a relay back, not the coil that was written', () => {
    const heater = loaded.site.devices.find((device) => device.id === 'flower_room/heater');
    expect(heater?.write).toMatchObject({ unit: 10, register: { table: 'coil', address: 2 } });
    expect(heater?.readBack).toMatchObject({ unit: 10, register: { table: 'discrete', address: 2 } });
    expect(heater?.failSafe).toEqual({ after: 10_000, value: false });
    expect(heater?.power).toBe(6000);
  });

  it('takes the port of a bus from the caller where it is given', () => {
    const moved = loadSite(example, profiles, { busPorts: { simulator: 15_020 } });
    expect(moved.site.buses[0]?.transport).toEqual({ kind: 'tcp', host: '127.0.0.1', port: 15_020 });
    expect(moved.hash).not.toBe(loaded.hash);
  });
});

describe('rate limits', () => {
  const limited = (ofSite: string, ofPoint = ''): string =>
    smallSite
      .replace('  locations:', `  rateLimits: ${ofSite}\n  locations:`)
      .replace('{ temperature: temperature,', `{ temperature: { point: temperature${ofPoint} },`);
  const limitsOf = (text: string) =>
    loadSite([{ path: 'site.yaml', text }], profiles).site.points.map(({ measurement, rateLimit }) => [measurement, rateLimit]);

  it('[RE1] hold for every measurement of a quantity, but for those that say their own', () => {
    const ofSite = '{ temperature: { change: "5 K", per: 10s }, relative_humidity: { change: "10 %", per: 1s } }';
    expect(limitsOf(limited(ofSite, ', rateLimit: { change: "0.5 K", per: 1min }'))).toEqual([
      ['temperature', { change: 0.5, perMs: 60_000 }],
      ['humidity', { change: 10, perMs: 1000 }],
    ]);
  });

  it.each([
    ['{ temperature: { change: "5 °C", per: 10s } }', 'a difference above 0 in the unit of temperature'],
    ['{ temperature: { change: "0 K", per: 10s } }', 'a difference above 0'],
    ['{ temperature: { change: "5 K", per: 0s } }', 'a time above 0'],
    ['{ temprature: { change: "5 K", per: 10s } }', 'a known quantity'],
  ])('[RE1] that cannot be meant are refused by name: %s', (ofSite, words) => {
    expect(problemsOf(limited(ofSite)).join()).toContain(words);
  });
});

describe('the content of a site', () => {
  it('is refused when it is not that of a site', () => {
    expect(() => siteFromContent('{')).toThrow('not JSON');
    expect(() => siteFromContent('{"apiVersion":"phloem/v1","kind":"SiteContent"}')).toThrow('site');
  });
});

describe('interlocks of a site', () => {
  const heater = devices(
    '    house/heater: { kind: switch, write: { bus: line, unit: 9, register: { table: coil, address: 0, type: bit } }, readBack: { bus: line, unit: 9, register: { table: coil, address: 0, type: bit } }, failSafe: { after: 10s, value: off }, merge: exclusive }',
  );
  const signals =
    'apiVersion: phloem/v1\nkind: Signals\nmetadata: { id: house/eyes }\nspec: { inputs: { temp: { point: house/north/temperature, maxAge: 15s } } }';
  const interlocks = (...each: readonly string[]): string =>
    `apiVersion: phloem/v1\nkind: Interlocks\nmetadata: { id: house/safety }\nspec:\n  use: { signals: house/eyes }\n  interlocks:\n${each.map((one) => `    - ${one}\n`).join('')}`;
  const hot = "{ id: hot, when: 'temp > degC(40.0)', deny: { device: house/heater, value: on } }";
  const load = (...texts: readonly string[]) =>
    loadSite(
      texts.map((text, index) => ({ path: `${index}.yaml`, text })),
      profiles,
    );

  it('[DE3] are part of its content, and of its name', () => {
    const loaded = load(smallSite, heater, signals, interlocks(hot));
    expect(siteFromContent(loaded.content)).toEqual(loaded.site);
    expect(loaded.site.interlocks).toHaveLength(2);
    const other = load(smallSite, heater, signals, interlocks(hot.replace('40.0', '41.0')));
    expect(other.hash).not.toBe(loaded.hash);
  });

  it.each([
    ['what reads nothing of the site', hot.replace('temp', 'tmp'), /^3\.yaml:7:\d+ .*did you mean temp\?/],
    ['a device that there is not', hot.replace('house/heater', 'house/heatr'), /^3\.yaml:7:\d+ a device of the site/],
    ['a key that nobody enforces', hot.replace('when:', 'debounce: 5s, when:'), /^3\.yaml:7:\d+ a known key/],
  ])('[DE3] %s is refused, with its place', (_, one, expected) => {
    expect(problemsOf(smallSite, heater, signals, interlocks(one)).join()).toMatch(expected);
  });

  it('[DE3] two that can contradict each other on one device are refused', () => {
    const cold = "{ id: cold, when: 'temp < degC(2.0)', deny: { device: house/heater, value: off } }";
    expect(problemsOf(smallSite, heater, signals, interlocks(hot, cold)).join()).toMatch(
      /3\.yaml:8:\d+ interlocks on house\/heater that cannot contradict each other \| house\/safety\/hot .* and house\/safety\/cold/,
    );
  });

  it('[DE3] of the demonstration are accepted', () => {
    const documents = loadSite(example, profiles).site.interlocks as readonly { readonly metadata: { readonly id: string } }[];
    expect(documents.map(({ metadata }) => metadata.id)).toEqual(
      expect.arrayContaining(['flower_room/safety', 'propagation/safety', 'cold_store/safety']),
    );
  });
});

describe('a site that only watches', () => {
  const signals = `apiVersion: phloem/v1
kind: Signals
metadata: { id: house/signals }
spec:
  inputs: { t: { point: house/north/temperature, maxAge: 60s } }
`;
  const alarm = (id: string): string => `apiVersion: phloem/v1
kind: Alarm
metadata: { id: ${id} }
spec:
  use: { signals: house/signals }
  when: { expr: 't > degC(-15.0)', for: { on: 30min } }
  priority: P1
  text: Freezer warm
`;
  const interlocks = (body: string): string => `apiVersion: phloem/v1
kind: Interlocks
metadata: { id: house/alarms }
spec:
  use: { signals: house/signals }
  interlocks:
    - id: warm
      when: { expr: 't > degC(-15.0)', for: { on: 30min } }
      alarm: { priority: P1, text: "Freezer 1 above -15 °C for half an hour" }
${body}`;

  it('keeps its alarms in its content', () => {
    const files = [smallSite, signals, alarm('house/warm')].map((text, index) => ({ path: `${index}.yaml`, text }));
    const { content, site: loaded } = loadSite(files, profiles);
    expect(siteFromContent(content)).toEqual(loaded);
    expect(loaded.alarms).toHaveLength(2);
  });

  it('names the alarm where an interlock does nothing', () => {
    expect(problemsOf(smallSite, signals, interlocks(''))).toEqual([
      '2.yaml:7:7 one of force, deny and limit | none | a condition that only raises an alarm is a document of the kind Alarm: phloem rules new alarm',
    ]);
  });

  it('refuses an alarm that has the name of an interlock', () => {
    const pump =
      devices(`    house/pump: { kind: switch, write: { bus: line, unit: 9, register: { table: coil, address: 0, type: bit } }, readBack: { bus: line, unit: 9, register: { table: coil, address: 0, type: bit } }, failSafe: { after: 10s, value: off }, merge: exclusive }
`);
    const problems = problemsOf(
      smallSite,
      signals,
      pump,
      interlocks('      deny: { device: house/pump, value: on }\n'),
      alarm('house/alarms/warm'),
    );
    expect(problems).toEqual(['4.yaml:3:17 an id that no interlock has | house/alarms/warm, which is an interlock | ']);
  });
});
