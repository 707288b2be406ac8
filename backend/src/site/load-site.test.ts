import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { DocumentFault } from '@phloem/rules';
import { hashDocument } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { readProfiles } from './io/read-profiles.ts';
import { readFolder } from './io/read-folder.ts';
import { loadSite } from './load-site.ts';
import { siteFromContent } from './site-content.ts';

const profiles = readProfiles();
const example = readFolder(fileURLToPath(new URL('../../../examples/flower-room/site/', import.meta.url)));

const site = (spec: string): string => `apiVersion: phloem/v1
kind: Site
metadata: { id: house/site, title: House }
spec:
${spec}`;

const smallSite = site(`  timeZone: Europe/Vienna
  locations: [ { id: house } ]
  buses: [ { id: line, transport: tcp, host: 127.0.0.1, port: 5020 } ]
  instruments:
    - { id: air, bus: line, unit: 2, profile: phloem-simulator-air, location: house, cluster: north, interval: 2s, measurements: { temperature: temperature, humidity: humidity } }
`);

const devices = (body: string): string => `apiVersion: phloem/v1
kind: Devices
metadata: { id: house/devices }
spec:
  devices:
${body}`;

const problemsOf = (...texts: readonly string[]): readonly string[] => {
  try {
    loadSite(
      texts.map((text, index) => ({ path: `${index}.yaml`, text })),
      profiles,
    );
  } catch (error) {
    if (error instanceof DocumentFault)
      return error.problems.map(
        (problem) => `${problem.file}:${problem.line}:${problem.column} ${problem.expected} | ${problem.found} | ${problem.hint}`,
      );
    throw error;
  }
  return [];
};

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

describe('a site with errors', () => {
  it('names file, line, column, what was expected and found, and the nearest name', () => {
    expect(problemsOf(smallSite.replace('bus: line', 'bus: lime'))).toEqual(['0.yaml:9:23 a known bus | "lime" | did you mean line?']);
  });

  it('reports everything at once, over all its documents', () => {
    const broken = smallSite.replace('Europe/Vienna', 'Europe/Wien').replace('temperature: temperature', 'temperature: temprature');
    const heater = devices(`    house/heater:
      { kind: percent, write: { bus: line, unit: 10, profile: phloem-simulator-relays, point: relay_1 }, readBack: { bus: line, unit: 10, profile: phloem-simulator-relays, point: contact_1 }, failSafe: { after: 10s, value: off }, power: "6 kV", merge: any-on }
`);
    const problems = problemsOf(broken, heater).join('\n');
    expect(problems).toContain('a time zone, such as Europe/Vienna');
    expect(problemsOf(smallSite.replace('Europe/Vienna', 'Europe/Vienne')).join()).toContain('did you mean Europe/Vienna?');
    expect(problems).toContain('did you mean temperature?');
    expect(problems).toContain('a holding register: the device takes per cent');
    expect(problems).toContain('a number from 0 to 100: house/heater takes per cent');
    expect(problems).toContain('a power, such as 1.9 kW');
    expect(problems).toContain('exclusive, max, min, mean: the device is a percent');
  });

  it('takes over what protects a compressor, and how long an override may last', () => {
    const compressor = devices(`    house/compressor:
      kind: switch
      write: { bus: line, unit: 10, profile: phloem-simulator-relays, point: relay_1 }
      readBack: { bus: line, unit: 10, profile: phloem-simulator-relays, point: contact_1 }
      failSafe: { after: 10s, value: off }
      minOff: 3min
      protectCompressor: true
      maxOverride: 2h
      merge: exclusive
`);
    const files = [smallSite, compressor].map((text, index) => ({ path: `${index}.yaml`, text }));
    expect(loadSite(files, profiles).site.devices[0]).toMatchObject({ minOff: 180_000, protectCompressor: true, maxOverride: 7_200_000 });
  });

  it('[DE8] takes what shows whether a device runs, and refuses one that is not there or cannot say so', () => {
    const place = '{ bus: line, unit: 10, profile: phloem-simulator-relays, point: relay_1 }';
    const heater = (feedback: string): string =>
      devices(
        `    house/heater: { kind: switch, write: ${place}, readBack: ${place}, failSafe: { after: 10s, value: off }, merge: exclusive, feedback: ${feedback} }`,
      );
    const good = heater('{ point: house/north/temperature, above: 30, within: 20s }');
    expect(problemsOf(smallSite, good)).toEqual([]);
    const { site: loaded } = loadSite(
      [smallSite, good].map((text, index) => ({ path: `${index}.yaml`, text })),
      profiles,
    );
    expect(loaded.devices[0]?.feedback).toEqual({ point: 'house/north/temperature', above: 30, withinMs: 20_000 });
    expect(problemsOf(smallSite, heater('{ point: house/north/temperatur, above: 30, within: 20s }'))).toEqual([
      expect.stringMatching(/a known point \| "house\/north\/temperatur" \| .*house\/north\/temperature/),
    ]);
    expect(problemsOf(smallSite, heater('{ point: house/north/temperature, within: 20s }'))).toEqual([
      expect.stringContaining('above, a number in the unit of the point'),
    ]);
  });

  const heaterWith = (...keys: readonly string[]): string =>
    devices(`    house/heater:
      kind: switch
      write: { bus: line, unit: 10, profile: phloem-simulator-relays, point: relay_1 }
      readBack: { bus: line, unit: 10, profile: phloem-simulator-relays, point: contact_1 }
      failSafe: { after: 10s, value: off }
      merge: exclusive
${keys.map((key) => `      ${key}\n`).join('')}`);
  const holding = '{ bus: line, unit: 20, register: { table: holding, address: 7, type: s16, scale: 0.1 } }';
  const other = '{ bus: line, unit: 20, register: { table: holding, address: 8, type: s16, scale: 0.1 } }';
  const numberWith = (kind: string, value: string, ...keys: readonly string[]): string =>
    devices(`    house/vent:
      kind: ${kind}
      write: ${holding}
      readBack: ${other}
      failSafe: { after: 10s, value: ${value} }
      merge: exclusive
${keys.map((key) => `      ${key}\n`).join('')}`);
  const firstDevice = (text: string) =>
    loadSite(
      [smallSite, text].map((one, index) => ({ path: `${index}.yaml`, text: one })),
      profiles,
    ).site.devices[0];

  it('[DE9] takes the limits of a device', () => {
    const limits = ['minOn: 1min', 'minOff: 2min', 'maxRun: 1h', 'maxStartsPerHour: 6', 'maxOnPerHour: 20min', 'settle: 5s'];
    expect(firstDevice(heaterWith(...limits))).toMatchObject({
      minOn: 60_000,
      maxRun: 3_600_000,
      maxStartsPerHour: 6,
      maxOnPerHour: 1_200_000,
      settle: 5000,
    });
    expect(
      firstDevice(numberWith('percent', '0', 'slew: "30 %/min"', 'deadband: 2', 'tolerance: "1 %"', 'refresh: 5s', 'watchdog: 30s')),
    ).toMatchObject({ slewPerS: 0.5, deadband: 2, tolerance: 1, refresh: 5000 });
  });

  it.each([
    [heaterWith('slew: "30 %/min"'), 'no slew: the device takes no number'],
    [heaterWith('deadband: 2'), 'no deadband: the device takes no number'],
    [heaterWith('maxRun: 1h'), 'minOff beside it: how long it rests'],
    [heaterWith('maxOnPerHour: 61min'), 'more than minOn and 1s, and at most 1h'],
    [heaterWith('modes: { heat: 1 }'), 'no modes: house/heater is a switch device'],
    [numberWith('percent', '0', 'slew: "30 K/min"'), 'a number with its unit, in %/s'],
    [numberWith('percent', '0', 'deadband: 0'), 'a deadband above zero'],
    [numberWith('percent', '101'), 'a number from 0 to 100: house/vent takes per cent'],
    [numberWith('percent', 'on'), 'a number from 0 to 100: house/vent takes per cent'],
    [numberWith('setpoint', '"20 °C"', 'quantity: temperature'), 'range, the smallest and the largest value'],
    [numberWith('setpoint', '"20 °C"', 'quantity: temperature', 'range: ["16 °C", "30 K"]'), 'a number with its unit, in °C'],
    [numberWith('setpoint', '20', 'quantity: temperature', 'range: ["16 °C", "30 °C"]'), 'a quantity from "16 °C" to "30 °C"'],
    [numberWith('setpoint', '"20.2 °C"', 'quantity: temperature', 'range: ["16 °C", "30 °C"]', 'step: "0.5 K"'), 'in steps of 0.5 °C'],
    [
      numberWith('setpoint', '"20 °C"', 'quantity: temperature', 'range: ["16 °C", "30 °C"]', 'step: "0.05 K"'),
      'a register as fine as the step',
    ],
    [
      numberWith('setpoint', '"20 °C"', 'quantity: temperature', 'range: ["16 °C", "30 °C"]', 'minOff: 1min'),
      'no minOff: the device is never off',
    ],
    [numberWith('mode', 'off'), 'modes, each name with the number that its register holds'],
    [numberWith('mode', 'dry', 'modes: { off: 0, heat: 1 }'), 'one of off, heat: house/vent takes a mode'],
    [numberWith('mode', 'off', 'modes: { off: 0, heat: 0 }'), 'a number that no other mode has'],
    [numberWith('mode', 'off', 'modes: { off: 0, heat: 90000 }'), 'a register that can hold every value of the device'],
  ])('[DE9] refuses what could have no effect, or is no value of its kind: %#', (text, expected) => {
    const [problem, ...others] = problemsOf(smallSite, text);
    expect(problem).toContain(expected);
    expect(problem).toMatch(/^1\.yaml:\d+:\d+ /);
    expect(others).toEqual([]);
  });

  const vent = (...keys: readonly string[]): string => {
    const coil = (address: number): string => `{ bus: line, unit: 20, register: { table: coil, address: ${address}, type: bit } }`;
    const relay = (address: number): string => `{ write: ${coil(address)}, readBack: ${coil(address)} }`;
    return devices(`    house/vent:
      kind: three-point
      open: ${relay(0)}
      close: ${relay(1)}
      failSafe: { after: 10s, value: 0 }
      merge: max
${keys.map((key) => `      ${key}\n`).join('')}`);
  };

  it('[DE10] takes an actuator with two relays, and refuses one that could not work', () => {
    expect(firstDevice(vent('travel: 2min'))).toMatchObject({
      kind: 'three-point',
      write: { register: { address: 0 } },
      threePoint: { closing: { write: { register: { address: 1 } } }, travel: 120_000, reversePause: 500 },
    });
    expect(problemsOf(smallSite, vent())[0]).toContain('travel, the time from closed to open');
    expect(problemsOf(smallSite, vent('travel: 1s'))[0]).toContain('at least 2s');
    expect(problemsOf(smallSite, vent('travel: 2min', 'slew: "5 %/min"'))[0]).toContain('no slew: its travel time says how fast it moves');
    expect(problemsOf(smallSite, vent('travel: 2min', 'minOff: 5s'))[0]).toContain('no minOff: the device is never off');
    expect(problemsOf(smallSite, vent('travel: 2min').replace('address: 1', 'address: 0'))[0]).toContain('a place of its own to write');
  });

  it('[DE7] a unit whose own watchdog is faster than its refresh is an error', () => {
    const [slow] = problemsOf(smallSite, heaterWith('refresh: 30s', 'watchdog: 30s'));
    expect(slow).toContain("a time shorter than the unit's watchdog of 30s | 30s");
    const [none] = problemsOf(smallSite, heaterWith('watchdog: 30s'));
    expect(none).toContain('refresh beside it, shorter than 30s');
    expect(problemsOf(smallSite, heaterWith('refresh: 10s', 'watchdog: 30s'))).toEqual([]);
  });

  it('takes a set-point with its range and step, and a mode with its names', () => {
    expect(
      firstDevice(numberWith('setpoint', '"20 °C"', 'quantity: temperature', 'range: ["16 °C", "30 °C"]', 'step: "0.5 K"')),
    ).toMatchObject({
      quantity: 'temperature',
      range: { min: 16, max: 30 },
      step: 0.5,
      failSafe: { value: 20 },
    });
    expect(firstDevice(numberWith('mode', 'off', 'modes: { off: 0, heat: 1, cool: 4 }'))).toMatchObject({
      modes: [
        { name: 'off', raw: 0 },
        { name: 'heat', raw: 1 },
        { name: 'cool', raw: 4 },
      ],
      failSafe: { value: 'off' },
    });
  });

  it('refuses to write where nothing can be written, and one place for two devices', () => {
    const device = (name: string, point: string): string => `    house/${name}:
      kind: switch
      write: { bus: line, unit: 10, profile: phloem-simulator-relays, point: ${point} }
      readBack: { bus: line, unit: 10, profile: phloem-simulator-relays, point: contact_1 }
      failSafe: { after: 10s, value: off }
      merge: exclusive
`;
    const problems = problemsOf(smallSite, devices(device('a', 'relay_1') + device('b', 'relay_1') + device('c', 'contact_2'))).join('\n');
    expect(problems).toContain('that of house/a');
    expect(problems).toContain('a point that can be written | contact_2, of the access read');
  });

  it('[FB1] refuses two buses on one host and port', () => {
    const two = smallSite.replace('port: 5020 } ]', 'port: 5020 }, { id: twin, transport: tcp, host: 127.0.0.1, port: 5020 } ]');
    expect(problemsOf(two).join()).toContain('127.0.0.1:5020, which is bus line');
  });

  it('[FB12] takes a serial line by a path that stays the same, with even parity when it is not said', () => {
    const onLine = (bus: string): string => smallSite.replace('{ id: line, transport: tcp, host: 127.0.0.1, port: 5020 }', bus);
    const line = onLine('{ id: line, transport: rtu, path: /dev/serial/by-id/usb-FTDI_1, baudRate: 9600 }');
    expect(loadSite([{ path: 'a.yaml', text: line }], profiles).site.buses[0]?.transport).toEqual({
      kind: 'rtu',
      path: '/dev/serial/by-id/usb-FTDI_1',
      baudRate: 9600,
      parity: 'even',
      stopBits: 1,
    });
    expect(problemsOf(onLine('{ id: line, transport: rtu, path: /dev/ttyUSB0, baudRate: 9600 }')).join()).toContain('/dev/serial/by-id');
  });

  it('[FB9] heeds what the profile says of the unit, and keeps it in the content', () => {
    const meter = smallSite.replace(
      'profile: phloem-simulator-air, location: house, cluster: north, interval: 2s, measurements: { temperature: temperature, humidity: humidity }',
      'profile: eastron-sdm72dm, location: house, cluster: north, interval: 2s, measurements: { power: power }',
    );
    const loaded = loadSite([{ path: 'a.yaml', text: meter }], profiles);
    expect(loaded.site.quirks).toEqual([{ bus: 'line', unit: 2, maxBlock: 60, avoid: [] }]);
    expect(siteFromContent(loaded.content)).toEqual(loaded.site);
    // A register that is cleared by being read, and that a point reads, is not read more often than that.
    const power = profiles.find(({ profile }) => profile === 'eastron-sdm72dm')?.points['power'];
    if (power === undefined) throw new Error('the meter has no power');
    const counting = profiles.map((one) =>
      one.profile === 'eastron-sdm72dm' ? { ...one, points: { ...one.points, power: { ...power, clearOnRead: true } } } : one,
    );
    const counted = loadSite([{ path: 'a.yaml', text: meter }], counting);
    expect(counted.site.quirks).toEqual([
      { bus: 'line', unit: 2, maxBlock: 60, avoid: [], cleared: [{ table: power.table, address: power.address, count: 2 }] },
    ]);
    expect(siteFromContent(counted.content)).toEqual(counted.site);
  });

  it('takes a profile of one’s own from among the documents, and reports what is wrong with it', () => {
    const profile = (type: string): string =>
      JSON.stringify({
        profile: 'my-probe',
        version: 1,
        title: 'My probe',
        source: { document: 'the label on its back' },
        status: 'unverified',
        points: {
          temperature: { title: 'Temperature', quantity: 'temperature', table: 'input', address: 7, type, access: 'read' },
          humidity: { title: 'Humidity', quantity: 'relative_humidity', table: 'input', address: 8, type: 'u16', access: 'read' },
        },
      });
    const own = smallSite.replace('phloem-simulator-air', 'my-probe');
    const { site: made } = loadSite(
      [
        { path: 'site.yaml', text: own },
        { path: 'my-probe.json', text: profile('s16') },
      ],
      profiles,
    );
    expect(made.points[0]?.source).toMatchObject({ kind: 'register', register: { address: 7, type: 's16' } });
    expect(problemsOf(own, profile('bit')).join()).toContain('bit: 0 to 15 beside the type bit, in the input table');
    expect(problemsOf(smallSite, profile('s16').replace('my-probe', 'generic')).join()).toContain('a name that no profile of the hub has');
  });

  it('refuses an unknown key, a second site, a document of another kind, and no site at all', () => {
    expect(problemsOf(smallSite.replace('timeZone:', 'timezone:')).join()).toContain('did you mean timeZone?');
    expect(problemsOf(smallSite, smallSite).join()).toContain('one document of the kind Site');
    expect(problemsOf(smallSite, smallSite.replace('kind: Site', 'kind: Rule')).join()).toContain('a kind of the site');
    expect(problemsOf(join('')).join()).toContain('a document of the kind Site');
  });

  it('[RE4] refuses a derived point whose inputs are not what its formula takes, and a leaf without probe or offset', () => {
    const derived = (entry: string): string => `${smallSite}  derived: [ ${entry} ]\n`;
    const swapped = derived(
      '{ point: house/north/dew_point, formula: dew_point, inputs: [ house/north/humidity, house/north/temperature ] }',
    );
    expect(problemsOf(swapped)).toHaveLength(2);
    const leafless = derived('{ point: house/north/vpd, formula: vpd_leaf, inputs: [ house/north/temperature, house/north/humidity ] }');
    expect(problemsOf(leafless).join()).toContain('a leafOffset, or a leaf temperature as third input');
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

describe('the register of a device', () => {
  /** The keys of a register that say how it is written have no place in one that is only read. */
  const toRead = (register: string): string => register.replaceAll(/, (?:maskWrite|constantBits|writeOn|writeOff): \w+/g, '');
  const heater = (register: string, readBack = toRead(register)): string =>
    devices(`    house/heater:
      kind: switch
      write: { bus: line, unit: 16, register: ${register} }
      readBack: { bus: line, unit: 16, register: ${readBack} }
      failSafe: { after: 10s, value: off }
      merge: exclusive
`);
  const registerOf = (register: string, readBack?: string) => {
    const files = [smallSite, heater(register, readBack)].map((text, index) => ({ path: `${index}.yaml`, text }));
    const loaded = loadSite(files, profiles);
    expect(siteFromContent(loaded.content)).toEqual(loaded.site);
    return loaded.site.devices[0]?.write.register;
  };

  it('may be inverted; a scale on a bit is refused with its place', () => {
    expect(registerOf('{ table: coil, address: 0, type: bit, invert: true }')).toMatchObject({ invert: true });
    expect(
      problemsOf(
        smallSite,
        heater('{ table: coil, address: 0, type: bit, scale: -1, offset: 1 }', '{ table: coil, address: 0, type: bit }'),
      ),
    ).toEqual([
      '1.yaml:8:92 no scale on a bit | -1 | invert: true swaps on and off',
      '1.yaml:8:104 no offset on a bit | 1 | invert: true swaps on and off',
    ]);
  });

  it('names the values that are written, and those that are read', () => {
    expect(
      registerOf('{ table: holding, address: 1, type: u16, on: 0x0100, off: 0x0200 }', '{ table: holding, address: 1, type: u16 }'),
    ).toMatchObject({
      states: { read: { on: 256, off: 512 }, write: { on: 256, off: 512 } },
    });
    expect(registerOf('{ table: holding, address: 1, type: u16, writeOn: 256, writeOff: 512 }')).toMatchObject({
      states: { write: { on: 256, off: 512 } },
    });
  });

  it('refuses what could have no effect: how a register is written that is only read, and both on and writeOn', () => {
    const plain = '{ table: holding, address: 1, type: u16 }';
    expect(problemsOf(smallSite, heater(plain, '{ table: holding, address: 1, type: u16, writeOn: 256 }'))).toEqual([
      expect.stringMatching(/^1\.yaml:9:\d+ a known key \| writeOn \| leave it out: this register is only read/),
    ]);
    expect(problemsOf(smallSite, heater('{ table: holding, address: 1, type: u16, on: 1, writeOn: 256 }', plain))).toEqual([
      expect.stringMatching(/^1\.yaml:8:\d+ either on or writeOn: this register is only written \| 1 \| readBack says what is read/),
    ]);
    expect(problemsOf(smallSite, heater('{ table: holding, address: 1, type: u16, values: { out: 0, in: 5 } }', plain))).toEqual([
      expect.stringMatching(/a register that can hold every value of the device/),
    ]);
  });

  it('is not written where its other bits are not known', () => {
    const bit = '{ table: holding, address: 5, type: bit, bit: 6 }';
    expect(problemsOf(smallSite, heater(bit))).toEqual([
      expect.stringContaining('set maskWrite (the unit supports function 22) or constantBits'),
    ]);
    expect(registerOf(bit.replace(' }', ', constantBits: 0x043C }'))).toMatchObject({
      field: { mask: 0x40, shift: 6 },
      fieldWrite: { kind: 'constant', bits: 0x043c },
    });
  });

  it('of one device has no bit of the register of another, unless both leave the rest alone', () => {
    const two = (a: string, b: string): string =>
      devices(
        [a, b]
          .map((register, index) => {
            const place = `{ bus: line, unit: 16, register: { table: holding, address: 5, type: bit, ${register} } }`;
            return `    house/relay_${index}: { kind: switch, write: ${place}, readBack: ${toRead(place)}, failSafe: { after: 10s, value: off }, merge: exclusive }\n`;
          })
          .join(''),
      );
    expect(problemsOf(smallSite, two('bit: 0, maskWrite: true', 'bit: 1, maskWrite: true'))).toEqual([]);
    for (const [a, b] of [
      ['bit: 0, maskWrite: true', 'bit: 0, maskWrite: true'],
      ['bit: 0, maskWrite: true', 'bit: 1, constantBits: 0'],
      ['bit: 0, constantBits: 0', 'bit: 1, constantBits: 0'],
    ] as const) {
      expect(problemsOf(smallSite, two(a, b)).join()).toContain('that of house/relay_0');
    }
  });

  it('that an older build stored in other words is the same register', () => {
    const { content } = loadSite([{ path: '0.yaml', text: smallSite }], profiles);
    const old = content.replaceAll('"wordOrder":"ABCD"', '"wordOrder":"big"');
    expect(old).not.toBe(content);
    expect(siteFromContent(old).points).toEqual(siteFromContent(content).points);
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
