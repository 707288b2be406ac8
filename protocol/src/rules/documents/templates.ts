/** The kinds of which a new document can be begun. */
export const templateKinds = ['Signals', 'Setpoints', 'Rule', 'Loop', 'RuleTest', 'Interlocks'] as const;
export type TemplateKind = (typeof templateKinds)[number];

/** A document to begin with: valid in form, with the words that have to be replaced. `location` is the first word of `id`. */
export const createTemplate = (kind: TemplateKind, id: string): string => {
  const location = id.split(/[/.]/)[0] ?? 'room';
  return `apiVersion: phloem/v1\nkind: ${kind}\nmetadata: { id: ${id}, title: A title for people }\nspec:\n${specs[kind].replaceAll('LOCATION', location)}`;
};

const specs: Readonly<Record<TemplateKind, string>> = {
  Signals: `  inputs:                       # the only place where points are named
    temp: { point: LOCATION/front/temperature, quantity: temperature, maxAge: 15s, valid: [ "-5 °C", "60 °C" ] }
    rh: { point: LOCATION/front/humidity, quantity: relative_humidity, maxAge: 15s }
  signals:
    vpd: { expr: 'svp(temp) * (1.0 - rh / 100.0)', filter: { ewma: 30s } }
`,
  Setpoints: `  clock: { mode: lights, on: "06:00", duration: 12h }
  setpoints:
    temp:
      - { at: lights-on, value: "26 °C", ramp: 30min }
      - { at: lights-off, value: "21 °C", ramp: 30min }
    vpd: "1.2 kPa"
  bands:
    temp: { target: "±1 K", alarm: "±3 K" }
`,
  Rule: `  use: { signals: LOCATION/signals, setpoints: LOCATION/climate }
  when:
    hysteresis:
      on: 'vpd < sp.vpd - kPa(0.12)'
      off: 'vpd > sp.vpd - kPa(0.02)'
    for: { on: 90s, off: 30s }
  then:
    - request: { device: LOCATION/dehumidifier_1, value: on, level: control }
  onUnknown: { hold: 2min, then: release, alarm: { priority: P3, text: "What is blind, and why it matters" } }
`,
  Loop: `  use: { signals: LOCATION/signals, setpoints: LOCATION/climate }
  every: 5s
  pv: 'temp'
  sp: 'sp.temp'
  pid: { kp: "18 %/K", ti: 20min, td: 2min, spWeight: 0.4, deadband: "0.15 K", output: { min: 0, max: 100 } }
  split:
    - { range: [ 0, 100 ], to: { device: LOCATION/heater, as: time-proportion, map: [ 0, 100 ], period: 10min, minPulse: 60s } }
  level: control
  onUnknown: { hold: 3min, then: release, alarm: { priority: P2, text: "The loop is blind" } }
`,
  RuleTest: `  tests:
    - name: what has to happen
      start: 2026-03-02T12:00:00+01:00
      step: 10s
      series:                   # 55x5 is 55 and five times more; a+bxn rises; _ is no sample; stale is marked stale
        LOCATION/front/temperature: "26x59"
        LOCATION/front/humidity: "55x5 65x53"
      expect:
        - { at: 5min, device: LOCATION/dehumidifier_1, is: on, because: LOCATION/dehumidify }
`,
  Interlocks: `  use: { signals: LOCATION/safety-signals }
  interlocks:
    - id: overtemp
      when: { hysteresis: { on: 'temp > degC(35.0)', off: 'temp < degC(30.0)' }, for: { on: 60s } }
      deny: { device: LOCATION/heater, value: on }
      onUnknown: trip
      alarm: { priority: P1, text: "What happened" }
`,
};
