import { readDocuments } from '@phloem/rules';
import type { Doc, World } from './key-effects.ts';

const head = (kind: string, id: string): string =>
  `apiVersion: phloem/v1\nkind: ${kind}\nmetadata: { id: ${id}, title: A title, owner: anna, tags: [ one, two ] }\n`;

const docs = (part: Doc['part'], ...texts: readonly string[]): readonly Doc[] =>
  texts.flatMap((text, i) => readDocuments([{ path: `${part}-${i}.yaml`, text }]).map(({ file, value }) => ({ file, part, value })));

/** Keys that no example has, in documents of a room. */
const devices = `${head('Devices', 'room/devices')}spec:
  devices:
    room/heater: { kind: switch, write: { bus: line, unit: 9, register: { table: coil, address: 0, type: bit } }, readBack: { bus: line, unit: 9, register: { table: coil, address: 0, type: bit } }, poll: 2s, failSafe: { after: 20s, value: false }, restart: manual, minOn: 10s, minOff: 20s, maxRun: 1h, maxOnPerHour: 20min, maxStartsPerHour: 9, maxOverride: 2h, protectCompressor: true, merge: any-on }
    room/lamp: { kind: switch, write: { bus: line, unit: 9, register: { table: coil, address: 1, type: bit } }, readBack: { bus: line, unit: 9, register: { table: coil, address: 1, type: bit } }, failSafe: { after: 20s, hold: it is brighter, maxHold: 1h, then: false }, power: 400 W, merge: exclusive }
    room/fan: { kind: percent, write: { bus: line, unit: 9, register: { table: holding, address: 40, type: u16 } }, readBack: { bus: line, unit: 9, register: { table: holding, address: 40, type: u16 } }, failSafe: { after: 20s, value: 20 }, step: 5, deadband: "2 %", tolerance: "3 %", slew: "50 %/min", merge: max }
    room/fan_2: { kind: percent, write: { bus: line, unit: 9, register: { table: holding, address: 43, type: u16 } }, readBack: { bus: line, unit: 9, register: { table: holding, address: 43, type: u16 } }, failSafe: { after: 20s, value: 20 }, merge: max }
    room/air: { kind: setpoint, quantity: temperature, range: [ "16 °C", "30 °C" ], step: "0.5 K", write: { bus: line, unit: 9, register: { table: holding, address: 41, type: s16, scale: 0.1 } }, readBack: { bus: line, unit: 9, register: { table: holding, address: 41, type: s16, scale: 0.1 } }, failSafe: { after: 20s, value: "20 °C" }, merge: mean }
    room/ratio: { kind: setpoint, quantity: number, range: [ 0, 20 ], step: 1, write: { bus: line, unit: 9, register: { table: holding, address: 42, type: u16 } }, readBack: { bus: line, unit: 9, register: { table: holding, address: 42, type: u16 } }, failSafe: { after: 20s, value: 3 }, merge: max }
`;
const inputs = `  inputs:
    t1: { point: room/front/temperature, quantity: temperature, maxAge: 10min, valid: [ "-20 °C", "60 °C" ], quality: [ good ] }
    t2: { point: room/back/temperature, quantity: temperature, maxAge: 10min }
    door: { point: room/door/open, quantity: boolean, maxAge: 30min }
`;
const signals = `${head('Signals', 'room/signals')}spec:
  use: { setpoints: room/climate }
${inputs}  clusters: { probes: [ t1, t2 ] }
  signals:
    temp: { aggregate: { of: [ t1, t2 ], fn: mean, quorum: 1, rejectOutside: "9 K" }, filter: { slew: "1 K/min" }, title: Temperature of the room, inputs: [ t1, t2 ] }
    isHot: { expr: 'probes.exists(t, t > degC(24.0))' }
    week: { schedule: [ { from: "06:00", to: "18:00", days: [ friday, saturday ] }, { from: sunrise, to: "20:00", every: 2d, startingOn: 2026-03-01 } ] }
    turns: { cycle: { on: 4min, off: 6min, while: 'isHot' } }
    opened: { edge: { of: 'door', on: falling } }
    openings: { counter: { of: 'door', reset: 't1 > degC(30.0)' } }
    before: { delay: { of: t1, by: 5min, unit: °C } }
    warmest: { expr: 'max(t1, remembered - K(1.0))' }
    remembered: { delay: { of: warmest, by: 5min, unit: °C } }
    warming: { rate: { of: t1, window: 5min, minSamples: 4, unit: K/h } }
    smooth: { expr: t1, filter: { ewma: 2min } }
    hottest: { aggregate: { of: [ t1, t2 ], fn: max } }
    gap: { expr: 'temp - sp.temp' }
    mild: { expr: t1 }
`;
const setpoints = `${head('Setpoints', 'room/climate')}spec:
  timezone: Europe/Vienna
  clock: { mode: lights, on: "06:00", duration: 12h }
  place: { lat: 48.2, lon: 16.4 }
  dst: keep-clock
  setpoints: { temp: [ { at: lights-on, value: "24 °C", ramp: 45min }, { at: lights-off, value: "19 °C", ramp: 90min } ], cold: "12 °C", usual: "15 °C", mild: "15 °C" }
  bands:
    temp:
      target: "±1 K"
      alarm:
        limit: "±3 K"
        priority: P3
        of: temp
        for: { on: 20s, off: 40s }
        deadband: "0.5 K"
        grace: 10min
        text: It is far from it
        inhibitWhen: [ { expr: 'door', release: 2min, reason: the door is open } ]
        onUnknown: { hold: 2min, then: raise, alarm: { priority: P2, text: nobody knows } }
        guidance: { cause: a heater, consequence: a loss, action: look }
        shelvable: false
    cold: { target: "±1 K", alarm: { limit: "±9 K", of: temp, onUnknown: ignore } }
    usual: { target: "±0.5 K", alarm: { limit: "±6 K", of: t1, for: { on: 8s, off: 20s }, deadband: "4 K", grace: 1s } }
    mild: { target: "±1 K", alarm: "±2 K" }
  offsets: { temp: "±2 K" }
`;
const acting = [
  `${head('Rule', 'room/heat')}spec:
  use: { signals: [ room/signals, room/more ], setpoints: room/climate }
  when: { hysteresis: { on: 'temp < sp.temp', off: 'temp > sp.temp + K(1.0)' }, for: { on: 20s, off: 40s } }
  unless: [ { expr: 'door || t3 > degC(30.0)', for: 20s, release: 1min, reason: the door is open } ]
  caps: [ { onTime: 30min, device: room/heater, resetAt: "03:00", resetEvery: week, reason: enough } ]
  then:
    - request: { device: room/heater, value: true, level: protect, after: 10s }
    - request: { device: room/lamp, value: true, level: control }
  onUnknown: { hold: 3min, then: release, alarm: { priority: P3, text: blind } }
`,
  `${head('Rule', 'room/night')}spec:
  use: { signals: room/signals }
  when: { schedule: [ { from: "18:00", to: "06:00", days: [ friday, saturday ] } ] }
  then: [ { request: { device: room/fan, value: 40, level: schedule } } ]
  onUnknown: { hold: 3min, then: 30 }
`,
  `${head('Rule', 'room/breeze')}spec:
  use: { signals: room/signals }
  when: 't1 > degC(10.0)'
  then: [ { request: { device: room/fan, value: 80, level: control } } ]
  onUnknown: { hold: 10s, then: 30 }
`,
  `${head('Loop', 'room/loop')}spec:
  use: { signals: [ room/signals, room/more ], setpoints: room/climate }
  every: 10s
  pv: 'max(temp, t3)'
  sp: 'sp.temp'
  pid: { kp: "8 %/K", ti: 10min, td: 30s, derivativeFilter: 8, spWeight: 0.7, deadband: "0.1 K", output: { min: -100, max: 100, slew: "40 %/min" }, antiWindup: { mode: back-calculation, tt: 6min } }
  split:
    - { range: [ 0, 60 ], to: { device: room/fan, as: percent, map: [ 0, 100 ], resolution: "3 %" } }
    - { range: [ -100, 0 ], to: { device: room/air, as: setpoint, map: [ "16 °C", "30 °C" ] } }
    - { range: [ 60, 100 ], to: { device: room/ratio, as: setpoint, map: [ 1, 19 ] } }
  level: control
  onUnknown: { hold: 3min, then: release }
`,
  `${head('Loop', 'room/pulse')}spec:
  use: { signals: room/signals, setpoints: room/climate }
  every: 10s
  pv: 'temp'
  sp: 'sp.temp'
  pid: { kp: "20 %/K", output: { min: 0, max: 80 } }
  split: [ { range: [ 0, 60 ], to: { device: room/heater, as: time-proportion, map: [ 0, 100 ], period: 4min, minPulse: 10s, phase: 1min } } ]
  level: control
  onUnknown: { hold: 3min, then: release }
`,
  `${head('Loop', 'room/blow')}spec:
  use: { signals: room/signals, setpoints: room/climate }
  every: 10s
  pv: 'temp'
  sp: 'sp.temp'
  pid: { kp: "20 %/K", output: { min: 0, max: 100 } }
  split: [ { range: [ 0, 100 ], to: { device: room/fan, as: percent, map: [ 0, 100 ] } } ]
  level: control
  onUnknown: { hold: 3min, then: 30 }
`,
];
const turns = [
  `${head('LeadLag', 'room/turns')}spec:
  use: { signals: [ room/signals, room/more ], setpoints: room/climate }
  devices: [ room/heater, { device: room/lamp, unless: 'door || t3 > degC(20.0)', reason: the door is open } ]
  needed: 1
  rotate: { by: hours, after: 20min }
  between: 10s
  within: 20s
  retry: 3min
  value: true
  level: control
  onUnknown: { hold: 3min, then: release }
`,
  ...[
    ['a', '40', '30'],
    ['b', '"40 %"', 'release'],
  ].map(
    ([name, value, then]) => `${head('LeadLag', `room/blow-${name}`)}spec:
  use: { signals: room/signals }
  devices: [ room/fan, room/fan_2 ]
  needed: 'isHot'
  value: ${value}
  level: control
  onUnknown: { hold: 3min, then: ${then} }
`,
  ),
];
const alarms = [
  `${head('Alarm', 'room/warm')}spec:
  use: { signals: [ room/signals, room/more ], setpoints: room/climate }
  when: { expr: 't1 > sp.usual || t3 > degC(33.0)', for: { on: 10s, off: 20s } }
  priority: P2
  text: Too warm
  inhibitWhen: [ { expr: 'door', release: 2min, reason: the door is open } ]
  onUnknown: { hold: 2min, then: raise, alarm: { priority: P2, text: nobody knows } }
  guidance: { cause: a heater, consequence: a loss, action: look }
  shelvable: false
`,
  `${head('Alarm', 'room/door')}spec:
  use: { signals: room/signals }
  when: 'door'
  priority: P4
  text: Open
  onUnknown: ignore
`,
  `${head('Alarm', 'room/swings')}spec:
  use: { signals: room/signals }
  when: { hysteresis: { on: 't1 > degC(18.0)', off: 't1 < degC(12.0)' } }
  priority: P4
  text: It swings
`,
  `${head('Alarm', 'room/hours')}spec:
  use: { signals: room/signals }
  when: { schedule: [ { from: "06:00", to: "18:00", days: [ friday, saturday ] }, { from: "19:00", to: "20:00", every: 2d, startingOn: 2026-03-01 } ] }
  priority: P4
  text: By day
`,
];
const others = ['middle', 'back'].map(
  (cluster, i) => `${head('Signals', i === 0 ? 'room/more' : 'room/more-2')}spec:
  inputs: { t3: { point: room/${cluster}/temperature, quantity: temperature, maxAge: 10min } }
`,
);
const safetyMore = others.map((text) => text.replace('room/more', 'room/safety-more'));
const interlocks = [
  `${head('Signals', 'room/safety-signals')}spec:
${inputs}`,
  ...safetyMore,
  `${head('Interlocks', 'room/safety')}spec:
  use: { signals: [ room/safety-signals, room/safety-more ] }
  interlocks:
    - { id: hot, when: { expr: 't1 > degC(28.0) || t3 > degC(30.0)', for: { on: 10s, off: 30s } }, latch: { resetBy: operator, whenClear: 1min }, force: { device: room/heater, value: false }, onUnknown: ignore, alarm: { priority: P1, text: hot } }
    - { id: night, when: { schedule: [ { from: "18:00", to: "06:00", days: [ friday, saturday ] }, { from: "06:00", to: "07:00", every: 2d, startingOn: 2026-03-01 } ] }, deny: { device: room/lamp, value: on } }
    - { id: calm, when: 'door', limit: { device: room/fan, max: 60, min: 10, ramp: "20 %/min" } }
    - { id: mild, when: 'door', limit: { device: room/air, max: "24 °C", min: "18 °C" } }
`,
  `${head('Interlocks', 'room/more-safety')}spec:
  use: { signals: room/safety-more }
  interlocks: [ { id: swings, when: { hysteresis: { on: 't3 > degC(18.0)', off: 't3 < degC(12.0)' } }, force: { device: room/fan_2, value: 30 } } ]
`,
];
/** Something of which each part shows: two expectations fail on purpose, and so do a limit and a claim. */
const simple = `${head('Rule', 'room/simple')}spec:
  use: { signals: room/signals, setpoints: room/climate }
  when: 't1 < sp.cold + K(8.0)'
  then:
    - request: { device: room/heater, value: true, level: control }
    - request: { device: room/air, value: { expr: 't1 + K(5.0)' }, level: control }
  onUnknown: { hold: 30s, then: release, alarm: { priority: P3, text: blind } }
`;
const tested = `${head('Signals', 'room/signals')}spec:
${inputs}  signals: { week: { schedule: [ { from: "06:00", to: "18:00" } ] } }
`;
const cold = `${head('Setpoints', 'room/climate')}spec: { setpoints: { cold: "12 °C" }, offsets: { cold: "±3 K" } }
`;
const [lit = '', fanned = ''] = [
  ['lamp', 'on'],
  ['fan_2', '60'],
].map(
  ([device, value]) => `${head('Rule', `room/also-${device}`)}spec:
  use: { signals: room/signals }
  when: 't1 > degC(10.0)'
  then: [ { request: { device: room/${device}, value: ${value}, level: control } } ]
  onUnknown: { hold: 1h, then: release }
`,
);
const spare = (id: string, value: number) => `${head('Interlocks', `room/${id}`)}spec:
  use: { signals: room/safety-signals }
  interlocks: [ { id: hot, when: 't2 > degC(10.0)', force: { device: room/fan, value: ${value} } } ]
`;
const test = `${head('RuleTest', 'room/test')}spec:
  bundle: [ bundle-3.yaml, bundle-0.yaml, bundle-1.yaml, bundle-2.yaml ]
  site: [ site-0.yaml, site-1.yaml, site-2.yaml ]
  timeZone: Europe/Vienna
  tests:
    - name: all of it
      start: 2026-03-02T06:50:00+01:00
      step: 10s
      series: { room/front/temperature: "15x30 16+0.1x29 30x30 _x30", room/back/temperature: "15x90", room/door/open: "0x90" }
      offsets: [ { at: 1min, setpoint: room/climate/cold, by: "-2 K", for: 6min } ]
      overrides:
        - { at: 4min, device: room/heater, value: false, for: 1min }
        - { at: 5min, device: room/fan, value: 30, for: 1min }
        - { at: 5min, device: room/air, value: "24 °C", for: 1min }
        - { at: 5min, device: room/fan_2, value: 30, for: 1min }
      outages: [ { at: 8min, for: 1min } ]
      stuck: [ { at: 9min30s, device: room/heater, for: 4min } ]
      expect:
        - { at: 3min, device: room/heater, is: true, because: room/simple }
        - { at: 7min, device: room/heater, is: false, because: room/simple }
        - { at: 6min, device: room/fan, is: 55 }
        - { at: 6min, device: room/air, is: "24 °C" }
        - { at: 12min, device: room/heater, is: false }
        - { at: 18min, alarm: room/simple/unknown, state: active }
        - { at: 19min, alarm: room/simple/unknown, state: cleared }
        - { at: 5min, expr: 't1 > sp.cold + K(9.0)' }
        - { at: 6min, expr: 'week' }
      never: [ 't1 > degC(20.0)', 't1 > degC(25.0)' ]
      limits: { switches: { room/heater: 0 }, requests: { room/air: 2 } }
`;

/** What shows over a week alone. */
const weekly = [
  `${head('Signals', 'room/weekly')}spec:
  inputs:
    door: { point: room/door/open, quantity: boolean, maxAge: 2h }
    t1: { point: room/front/temperature, quantity: temperature, maxAge: 2h }
  signals:
    opened: { integrate: { of: door, unit: h, resetAt: "03:00", resetEvery: week } }
    lately: { integrate: { of: door, unit: h, resetAt: "03:00", resetEvery: month } }
    weekend: { schedule: [ { from: "06:00", to: "18:00", days: [ friday, saturday ] } ] }
`,
  `${head('Rule', 'room/budget')}spec:
  use: { signals: room/weekly }
  when: 't1 > degC(0.0)'
  caps:
    - { onTime: 30s, device: room/heater, resetAt: "00:00", resetEvery: week, reason: enough for a week }
    - { of: lately, max: "40 h", reason: enough for a month }
  then: [ { request: { device: room/heater, value: true, level: control } } ]
  onUnknown: { hold: 3min, then: release }
`,
  `${head('Rule', 'room/weekend')}spec:
  when: { schedule: [ { from: "08:00", to: "16:00", days: [ friday, saturday ] }, { from: "20:00", to: "22:00", every: 2d, startingOn: 2026-03-01 } ] }
  then: [ { request: { device: room/fan, value: 40, level: schedule } } ]
  onUnknown: { hold: 3min, then: 30 }
`,
];
const summerTime = `${head('Setpoints', 'room/nights')}spec:
  timezone: Europe/Vienna
  clock: { mode: lights, on: "20:00", duration: 12h }
  dst: keep-clock
  setpoints: { temp: [ { at: lights-on, value: "24 °C" }, { at: lights-off, value: "19 °C" } ] }
`;

const bundle = [signals, ...others, setpoints, setpoints.replace('room/climate', 'room/climate-2').replaceAll(/"(\d+) °C"/g, '"1$1 °C"')];
const room = (name: string, texts: readonly string[], stream: World['stream'] = {}): World => ({
  name: `room: ${name}`,
  timeZone: 'UTC',
  docs: [...docs('site', devices), ...docs('bundle', ...bundle, ...texts)],
  stream,
});
const minute = 60_000;

/** Documents with the keys that no example has. */
export const sampleWorlds: readonly World[] = [
  {
    name: 'room: a week',
    timeZone: 'UTC',
    docs: [...docs('site', devices), ...docs('bundle', ...weekly)],
    stream: { paceMs: 5 * minute, steps: 1300, startAt: Date.UTC(2026, 2, 28, 4) },
  },
  {
    name: 'room: the end of a week',
    timeZone: 'UTC',
    docs: [...docs('site', devices), ...docs('bundle', ...weekly)],
    stream: { paceMs: 1000, steps: 400, startAt: Date.UTC(2026, 2, 29, 23, 56) },
  },
  {
    name: 'room: summer time',
    timeZone: 'UTC',
    docs: [...docs('site', devices), ...docs('bundle', summerTime)],
    stream: { paceMs: 10 * minute, steps: 180, startAt: Date.UTC(2026, 2, 28, 12) },
  },
  room('rules', acting.slice(0, 3)),
  room('loop', acting.slice(3, 4)),
  room('pulse', acting.slice(4, 5)),
  room('blow', acting.slice(5).concat(acting.slice(2, 3))),
  ...turns.map((text, i) => room(`turns ${i}`, i === 0 ? [text] : [text, acting[2] ?? ''])),
  room('alarms', alarms),
  room('alarms that come and go', alarms, { paceMs: 4000, steps: 400 }),
  {
    name: 'room: test',
    timeZone: 'UTC',
    docs: [
      ...docs('site', devices, interlocks[0] ?? '', spare('tested', 55), spare('not-tested', 75)),
      ...docs('bundle', tested, cold, simple, lit, fanned, test),
    ],
  },
  { name: 'room: interlocks', timeZone: 'UTC', docs: docs('site', devices, ...interlocks) },
];
