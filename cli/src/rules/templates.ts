import { Fault } from '@phloem/protocol';

type Template = { readonly text: (id: string) => string; readonly id: string };

const head = (kind: string, id: string, title: string): string => `apiVersion: phloem/v1
kind: ${kind}
metadata: { id: ${id}, title: ${title} }
`;

const templates: Readonly<Record<string, Template>> = {
  Signals: {
    id: 'flower_room/new-signals',
    text: (id) => `# Short names for readings, and values calculated from them. Points are named only here.
${head('Signals', id, 'New signals')}spec:
  inputs:
    # maxAge: older than this is unknown. valid: outside of it is unknown. Unknown is never a number.
    t1: { point: flower_room/front/temperature, quantity: temperature, maxAge: 15s, valid: [ "-5 °C", "60 °C" ] }
    t2: { point: flower_room/middle/temperature, quantity: temperature, maxAge: 15s, valid: [ "-5 °C", "60 °C" ] }
  clusters:
    # A name for several of them, for exists, all, min, max and filter; has(t1) asks whether there is a value.
    probes: [ t1, t2 ]
  signals:
    # Expressions are always in quotes; their units are checked.
    isHotSomewhere: { expr: 'probes.exists(t, t > degC(30.0))' }
    temp: { aggregate: { of: [ t1, t2 ], fn: mean, quorum: 1 } }
    difference: { expr: 't1 - t2', inputs: [ t1, t2 ] }
`,
  },
  Setpoints: {
    id: 'flower_room/new-setpoints',
    text: (id) => `# Set-points: a value, or points of the day with ramps between them.
${head('Setpoints', id, 'New set-points')}spec:
  clock: { mode: lights, on: "06:00", duration: 12h } # or { mode: sun, lat: 52.1, lon: 5.2 }
  setpoints:
    vpd: "1.15 kPa"
    temp:
      - { at: lights-on, value: "26 °C", ramp: 45min }
      - { at: lights-off, value: "20.5 °C", ramp: 90min }
  bands:
    # target: what counts as in band. alarm: beyond it, an alarm of the signal temp (P2) after 30 s.
    temp: { target: "±1.0 K", alarm: "±3.0 K" }
    # vpd: { target: "±0.15 kPa", alarm: { limit: "±0.4 kPa", priority: P3, for: { on: 10min, off: 5min }, grace: 30min } }
  offsets:
    temp: "±2.0 K" # how far operators may move it for a while; half the alarm band where nothing is said
`,
  },
  Rule: {
    id: 'flower_room/new-rule',
    text: (id) => `# One on/off decision: when, unless, then, and what it does when it does not know.
${head('Rule', id, 'New rule')}spec:
  use: { signals: flower_room/signals, setpoints: flower_room/climate }
  when:
    hysteresis: # a level, not an edge: as true after a restart as before
      on:  'vpd < sp.vpd - kPa(0.12)'
      off: 'vpd > sp.vpd - kPa(0.02)'
    for: { on: 90s, off: 30s } # how long it must be so before it counts
  unless:
    - { expr: 'door', release: 5min, reason: door open }
  then:
    # level: protect, control or schedule, from the highest. after: only if it still wants to by then.
    - request: { device: flower_room/dehumidifier_1, value: on, level: control }
  # hold: goes on from memory for so long. Then release (the next level rules), on, off or a number.
  onUnknown: { hold: 2min, then: release, alarm: { priority: P3, text: "New rule is blind" } }
`,
  },
  Loop: {
    id: 'flower_room/new-loop',
    text: (id) => `# A controller that keeps a value by driving a device more or less.
${head('Loop', id, 'New loop')}spec:
  use: { signals: flower_room/signals, setpoints: flower_room/climate }
  every: 5s
  pv: temp # the controlled value
  sp: sp.temp # its target
  pid:
    kp: "-20 %/K" # per cent for each kelvin; below zero: more of it makes less of that
    ti: 10min
    deadband: "0.15 K"
    output: { min: 0, max: 100, slew: "30 %/min" }
    antiWindup: { mode: back-calculation, tt: 5min }
  split:
    - { range: [ 0, 100 ], to: { device: flower_room/exhaust_fan, as: percent, map: [ 20, 100 ] } }
  level: control
  onUnknown: { hold: 3min, then: release, alarm: { priority: P2, text: "New loop is blind" } }
`,
  },
  LeadLag: {
    id: 'flower_room/new-lead-lag',
    text: (id) => `# Devices that share one duty: as many run as needed, and one replaces another.
${head('LeadLag', id, 'New lead/lag')}spec:
  use: { signals: flower_room/signals, setpoints: flower_room/climate }
  devices: [ flower_room/dehumidifier_1, flower_room/dehumidifier_2 ]
  # How many have to run: a number, or a condition for one of them.
  needed: 'vpd < sp.vpd - kPa(0.3) ? 2.0 : (vpd < sp.vpd - kPa(0.1) ? 1.0 : 0.0)'
  # by: hours or starts are shared evenly. after: one that has run for so long hands over.
  rotate: { by: hours, after: 8h }
  between: 30s # between two starts
  within: 60s # one that does not run by then is replaced
  level: control
  onUnknown: { hold: 2min, then: release, alarm: { priority: P3, text: "New lead/lag is blind" } }
`,
  },
  Alarm: {
    id: 'flower_room/new-alarm',
    text: (id) => `# One condition that requires a response. The hub evaluates it; it needs no device.
${head('Alarm', id, 'New alarm')}spec:
  use: { signals: flower_room/signals }
  when:
    hysteresis: # on: when it begins; off: when it is over. Or expr: '…' alone
      on:  'temp > degC(32.0)'
      off: 'temp < degC(31.0)'
    for: { on: 5min, off: 1min } # delay on and delay off
  priority: P2 # P1 critical, P2 high, P3 medium, P4 low
  text: Air too hot
  guidance:
    cause: Exhaust fan or cooling has failed, or the lights run at night
    consequence: Leaves burn within an hour
    action: Dim the lights, check the exhaust fan
  # Suppressed by design while one of these holds, and for its release after.
  inhibitWhen:
    - { expr: 'door', release: 10min, reason: door open }
  # hold: how long without a reading before a second alarm is raised. then: keep, raise or clear this one. Or onUnknown: ignore
  onUnknown: { hold: 5min, then: keep, alarm: { priority: P3, text: "Air temperature unknown" } }
  shelvable: true
`,
  },
  RuleTest: {
    id: 'flower_room/new.test',
    text: (id) => `# What the rules must do: readings, and the expected effect. Run with: phloem rules test
${head('RuleTest', id, 'New tests')}spec:
  tests:
    - name: damp air is dried
      start: 2026-03-02T12:00:00+01:00
      step: 10s
      series: # 26x59 is 26 and 59 more; 20+0.5x10 goes up by 0.5; _ is no sample; stale is marked stale
        flower_room/front/temperature: "25.5x30"
        flower_room/middle/temperature: "25.5x30"
        flower_room/back/temperature: "25.5x30"
        flower_room/front/humidity: "75x30"
        flower_room/middle/humidity: "75x30"
        flower_room/back/humidity: "75x30"
        flower_room/door/open: "0x30"
      expect: # because: a rule, or pending, min-on, min-off, hold-unknown, fallback, interlocked
        - { at: 4min, device: flower_room/dehumidifier_1, is: on }
      limits: { switches: { flower_room/dehumidifier_1: 1 } }
`,
  },
  Site: {
    id: 'flower_room/new-site',
    text: (id) => `# What is installed, and where it is read. A folder has one of these.
${head('Site', id, 'New site')}spec:
  timeZone: Europe/Berlin
  locations:
    - { id: flower_room, title: Flower room 1 }
  buses:
    - { id: simulator, transport: tcp, host: 127.0.0.1, port: 5020, connectTimeout: 2s, answerTimeout: 500ms }
  instruments:
    - id: middle_air
      bus: simulator
      unit: 2 # as on the wire
      profile: phloem-simulator-air # what its registers mean: phloem profile list
      location: flower_room
      cluster: middle
      interval: 1s
      measurements: { temperature: temperature, humidity: humidity }
`,
  },
  Devices: {
    id: 'flower_room/new-devices',
    text: (id) => `# Actuators, their safe states, and where they report what they really do.
${head('Devices', id, 'New devices')}spec:
  devices:
    flower_room/new_pump:
      kind: switch # or percent
      write:    { bus: simulator, unit: 10, register: { table: coil, address: 7, type: bit } } # or profile and point
      readBack: { bus: simulator, unit: 10, register: { table: discrete, address: 7, type: bit } }
      minOn: 60s
      minOff: 60s
      failSafe: { after: 10s, value: off } # after so long without a holder
      power: "0.5 kW"
      merge: exclusive # or any-on, all-on, max, min, mean: when several rules ask
`,
  },
  Interlocks: {
    id: 'flower_room/new-interlocks',
    text: (id) => `# What must never happen, whatever rules and operators request. The Signals that it reads belong to the site, too.
${head('Signals', `${id}-signals`, 'Inputs of these interlocks')}spec:
  inputs:
    t1: { point: flower_room/front/temperature, quantity: temperature, maxAge: 15s, valid: [ "-5 °C", "60 °C" ] }
---
${head('Interlocks', id, 'New interlocks')}spec:
  use: { signals: ${id}-signals }
  interlocks:
    - id: too-hot-to-heat
      when: { hysteresis: { on: 't1 > degC(35.0)', off: 't1 < degC(32.0)' }, for: { on: 5s } }
      deny: { device: flower_room/heater, value: on } # or force, or limit
      onUnknown: trip # missing data trips it; or ignore
      alarm: { priority: P2, text: "Too hot: the heater is kept off" }
`,
  },
};

/** The kinds for which there is a template. */
export const templateKinds: readonly string[] = Object.keys(templates);

/**
 * A new document with comments, which passes the check beside the demonstration's documents.
 *
 * @throws Fault cli/usage when there is no such kind, or the id is none.
 */
export const createDocument = (kind: string, id?: string): string => {
  const found = Object.entries(templates).find(([name]) => name.toLowerCase() === kind.toLowerCase())?.[1];
  if (found === undefined) throw new Fault('cli/usage', `there is no kind ${kind}; there is ${templateKinds.join(', ')}`);
  if (id !== undefined && !/^[a-z][a-z0-9_]*\/[a-z][a-z0-9_.-]*$/.test(id)) {
    throw new Fault('cli/usage', `${id} is not an id: give a location and a name, such as ${found.id}`);
  }
  return found.text(id ?? found.id);
};
