import { checkBundle, loadSite, readProfiles } from '@phloem/backend';
import { readBundle, type BundleContent } from '@phloem/rules';

const relays = (n: number, contact: string) =>
  [1, 2, 3].includes(n) ? `{ bus: simulator, unit: 10, profile: phloem-simulator-relays, point: ${contact}_${n} }` : '';
const drive = (unit: number, point: string) => `{ bus: simulator, unit: ${unit}, profile: phloem-simulator-drive, point: ${point} }`;

const holding = (address: number) =>
  `{ bus: simulator, unit: 43, register: { table: holding, address: ${address}, type: s16, scale: ${address === 0 ? 0.1 : 1} } }`;
/** A register of the bench's own units. */
const bench = (unit: number, table: string) =>
  `{ bus: simulator, unit: ${unit}, register: { table: ${table}, address: 0, ${table === 'coil' ? 'type: bit' : 'type: u16, scale: 0.1'} } }`;
const relay = (address: number) => {
  const coil = `{ bus: simulator, unit: 41, register: { table: coil, address: ${address}, type: bit } }`;
  return `{ write: ${coil}, readBack: ${coil} }`;
};

// Safe states come soon, so that a short run sees them.
const siteText = `
apiVersion: phloem/v1
kind: Site
metadata: { id: simulated, title: Simulated }
spec:
  timeZone: Europe/Berlin
  locations: [ { id: room, title: Room }, { id: store, title: Store } ]
  buses: [ { id: simulator, transport: tcp, host: 127.0.0.1, port: 5020 } ]
  instruments:
    - { id: front, bus: simulator, unit: 1, profile: phloem-simulator-air, location: room, cluster: front, interval: 500ms, measurements: { temperature: temperature, humidity: humidity } }
    - { id: back, bus: simulator, unit: 2, profile: phloem-simulator-air, location: room, cluster: back, interval: 1s, measurements: { temperature: temperature, humidity: humidity } }
    - { id: shelf, bus: simulator, unit: 3, profile: phloem-simulator-air, location: store, cluster: shelf, interval: 1s, measurements: { temperature: temperature, humidity: humidity } }
---
apiVersion: phloem/v1
kind: Devices
metadata: { id: simulated/devices, title: Devices }
spec:
  devices:
    room/heater:
      { kind: switch, write: ${relays(1, 'relay')}, readBack: ${relays(1, 'contact')}, poll: 1s, failSafe: { after: 4s, value: off }, merge: exclusive }
    room/pump:
      { kind: switch, write: ${relays(2, 'relay')}, readBack: ${relays(2, 'contact')}, poll: 1s, failSafe: { after: 3s, value: off }, minOn: 700ms, minOff: 500ms, merge: any-on }
    room/fan:
      { kind: percent, write: ${drive(11, 'command')}, readBack: ${drive(11, 'actual')}, poll: 1s, failSafe: { after: 5s, value: 20 }, merge: max }
    room/lights:
      { kind: percent, write: ${drive(12, 'command')}, readBack: ${drive(12, 'actual')}, poll: 1s, failSafe: { after: 4s, hold: "dark harms the crop", maxHold: 3s, then: 40 }, merge: min }
    room/ac:
      { kind: setpoint, quantity: temperature, range: ["16 °C", "30 °C"], step: "0.5 K", write: ${holding(0)}, readBack: ${holding(0)}, poll: 1s, failSafe: { after: 5s, value: "24 °C" }, merge: exclusive }
    room/mode:
      { kind: mode, modes: { off: 0, heat: 1, cool: 2 }, write: ${holding(1)}, readBack: ${holding(1)}, poll: 1s, failSafe: { after: 4s, value: off }, merge: exclusive }
    room/vent:
      { kind: three-point, open: ${relay(0)}, close: ${relay(1)}, travel: 3s, reversePause: 100ms, poll: 1s, failSafe: { after: 5s, value: 0 }, merge: max }
    room/dimmer:
      { kind: percent, write: ${bench(42, 'holding')}, readBack: ${bench(42, 'holding')}, poll: 1s, slew: "1200 %/min", failSafe: { after: 4s, value: 20 }, merge: exclusive }
    room/drive:
      { kind: percent, write: ${bench(44, 'holding')}, readBack: ${bench(44, 'input')}, poll: 1s, tolerance: 1, settle: 6s, slew: "2400 %/min", refresh: 1s, watchdog: 4s, failSafe: { after: 5s, value: 20 }, merge: max }
    room/shot:
      { kind: momentary, write: ${bench(45, 'coil')}, poll: 1s, failSafe: { after: 5s, value: off }, merge: exclusive }
    store/program:
      { kind: mode, modes: { off: 0, dry: 1, chill: 2 }, write: ${holding(3)}, readBack: ${holding(3)}, poll: 1s, failSafe: { after: 5s, value: off }, merge: exclusive }
    store/bell:
      { kind: switch, write: ${relays(3, 'relay')}, readBack: ${relays(3, 'contact')}, poll: 1s, failSafe: { after: 5s, value: off }, merge: exclusive }
`;

const signals = `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/signals, title: Signals }
spec:
  inputs:
    t1: { point: room/front/temperature, quantity: temperature, maxAge: 5s }
    t2: { point: room/back/temperature, quantity: temperature, maxAge: 5s }
    rh: { point: room/front/humidity, quantity: relative_humidity, maxAge: 5s }
  signals:
    temp: { aggregate: { of: [ t1, t2 ], fn: mean, quorum: 1 } }
`;

/** The rules that are the same in every bundle. */
const fixedRules = `---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/turn, title: Turn }
spec:
  use: { signals: room/signals, setpoints: room/climate }
  when:
    hysteresis: { on: 'temp > sp.cool - K(1.0)', off: 'temp < sp.cool - K(2.0)' }
    for: { on: 500ms, off: 500ms }
  then: [ { request: { device: room/drive, value: 75, level: control } } ]
  onUnknown: { hold: 5s, then: release }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/light, title: Light }
spec:
  when: 'true'
  then: [ { request: { device: room/lights, value: 80, level: schedule } } ]
  onUnknown: { hold: 1h, then: release }
`;

const bundleText = (heatBelow: number, pumpAbove: number) => `
${signals}---
apiVersion: phloem/v1
kind: Setpoints
metadata: { id: room/climate, title: Climate }
spec:
  setpoints: { warm: "${heatBelow} °C", cool: [ { at: "00:00", value: "24 °C", ramp: 12h }, { at: "12:00", value: "23 °C", ramp: 12h } ] }
  offsets: { warm: "±4 K", cool: "±4 K" }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/heat, title: Heat }
spec:
  use: { signals: room/signals, setpoints: room/climate }
  when: 't1 < sp.warm'
  then: [ { request: { device: room/heater, value: on, level: control } } ]
  onUnknown: { hold: 2s, then: release, alarm: { priority: P3, text: blind } }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/vent, title: Vent }
spec:
  use: { signals: room/signals, setpoints: room/climate }
  when:
    hysteresis: { on: 'temp > sp.cool', off: 'temp < sp.cool - K(2.0)' }
    for: { on: 1s, off: 1s }
  then: [ { request: { device: room/fan, value: 70, level: control } } ]
  onUnknown: { hold: 5s, then: release }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/dry, title: Dry }
spec:
  use: { signals: room/signals }
  when: 'rh > ${pumpAbove}.0'
  then: [ { request: { device: room/pump, value: on, level: control } } ]
  onUnknown: { hold: 2s, then: release }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/condition, title: Condition }
spec:
  use: { signals: room/signals }
  when: 'true'
  then:
    - request: { device: room/ac, value: { expr: 'temp - K(1.2)' }, level: control }
    - request: { device: room/mode, value: { expr: 'temp < degC(21) ? "heat" : temp > degC(24) ? "cool" : "off"' }, level: control }
    - request: { device: room/vent, value: { expr: 'rh > 60.0 ? 70.0 : 20.0' }, level: control }
  onUnknown: { hold: 2s, then: release }
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: room/shot, title: Shot }
spec:
  use: { signals: room/signals }
  when: 'rh > ${pumpAbove + 3}.0'
  then:
    - request: { device: room/shot, value: on, level: control }
    - request: { device: room/dimmer, value: 83.5, level: control }
  onUnknown: { hold: 2s, then: release }
${fixedRules}`;

const loaded = loadSite([{ path: 'site.yaml', text: siteText }], readProfiles());

/** The site of every simulation: two rooms, with a device of every kind. */
export const { site } = loaded;
export const siteContent = loaded.content;

/** The scope that the rules command, and the one of the raw client. */
export const roomScope = 'room';
export const storeScope = 'store';

const contents: readonly BundleContent[] = [
  readBundle([{ path: 'bundle.yaml', text: bundleText(21, 60) }]),
  readBundle([{ path: 'bundle.yaml', text: bundleText(23, 55) }]),
];

/** The set-points of every bundle. */
export const setpoints = ['room/climate/warm', 'room/climate/cool'] as const;

/** Bundles to switch between. */
export const bundles = contents.map((content) => ({ content, ...checkBundle(content, site) }));
