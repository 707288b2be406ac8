import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSite } from './load-site.ts';
import { siteFromContent } from './site-content.ts';
import { profiles, smallSite, devices, problemsOf } from './testing/io/site-texts.ts';

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
