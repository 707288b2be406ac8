import { createSeededRandom } from '@phloem/simulator';
import { millis, type Entry } from '@phloem/protocol';
import type { SiteModel } from '@phloem/rules';

/** How many rules there are, and how many clusters of four points they read. */
export const ruleCount = 50;
const measurements = ['t1', 't2', 'rh1', 'rh2'] as const;

/** Which rule reads the nth measurement of a cluster: each rule has its four points in four clusters. */
export const ruleOf = (cluster: number, n: number): number => (cluster + 37 * n) % ruleCount;
const clusterOf = (rule: number, n: number): number => (rule + (ruleCount - 37) * n) % ruleCount;
const pointOf = (rule: number, n: number): string => `room/c${clusterOf(rule, n)}/${measurements[n]}`;
const deviceOf = (rule: number): string => `room/d${rule}`;

/** Between which deficits a rule switches, in kPa. */
export const thresholdsOf = (rule: number): { readonly on: number; readonly off: number } => ({
  on: 1 + (rule % 10) / 50,
  off: 1.15 + (rule % 10) / 50,
});

/** The rules as documents: the mean deficit of two thermometers and two hygrometers, with a hysteresis. */
export const ruleFiles = (): readonly { readonly path: string; readonly text: string }[] => {
  const rules = Array.from({ length: ruleCount }, (_, rule) => rule);
  const inputs = rules.flatMap((rule) => measurements.map((name, n) => `    ${name}_${rule}: { point: ${pointOf(rule, n)}, maxAge: 1h }`));
  const signals = rules.map((rule) => {
    const [t1, t2, rh1, rh2] = measurements.map((name) => `${name}_${rule}`);
    return `    vpd_${rule}: { expr: 'svp(lerp(${t1}, ${t2}, 0.5)) * (1.0 - (${rh1} + ${rh2}) / 200.0)', inputs: [ ${t1}, ${t2}, ${rh1}, ${rh2} ] }`;
  });
  const documents = rules.map((rule) => {
    const { on, off } = thresholdsOf(rule);
    return `apiVersion: phloem/v1
kind: Rule
metadata: { id: room/r${rule} }
spec:
  use: { signals: room/signals }
  when: { hysteresis: { on: 'vpd_${rule} < kPa(${on.toFixed(3)})', off: 'vpd_${rule} > kPa(${off.toFixed(3)})' } }
  then: [ { request: { device: ${deviceOf(rule)}, value: on, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`;
  });
  const first = `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/signals }
spec:
  inputs:
${inputs.join('\n')}
  signals:
${signals.join('\n')}
`;
  return [first, ...documents].map((text, i) => ({ path: `${i}.yaml`, text }));
};

export const benchSite: SiteModel = {
  points: Array.from({ length: ruleCount }, (_, rule) =>
    measurements.map((name, n) => ({
      id: pointOf(rule, n),
      quantity: name.startsWith('t') ? ('temperature' as const) : ('relative_humidity' as const),
    })),
  ).flat(),
  devices: Array.from({ length: ruleCount }, (_, rule) => ({
    id: deviceOf(rule),
    kind: 'switch' as const,
    fallback: false,
    minOn: millis(0),
    minOff: millis(0),
    merge: 'any-on' as const,
  })),
  timeZone: 'UTC',
  isDemonstration: false,
};

/** What a cluster says at once. */
export type BenchFrame = { readonly cluster: number; readonly values: readonly number[] };

/** Every cluster in turn, its air wandering up and down; the same seed gives the same frames. */
export const createFrames = (count: number, seed = 1): readonly BenchFrame[] => {
  const random = createSeededRandom(seed);
  const phases = Array.from({ length: ruleCount }, () => random() * 2 * Math.PI);
  return Array.from({ length: count }, (_, i) => {
    const cluster = i % ruleCount;
    const swing = Math.sin(i / ruleCount / 8 + (phases[cluster] ?? 0));
    const noisy = (value: number): number => Math.round((value + (random() - 0.5) * 0.4) * 10) / 10;
    return { cluster, values: [noisy(25 + swing), noisy(25 + swing), noisy(62 - 8 * swing), noisy(62 - 8 * swing)] };
  });
};

/** A frame as an entry of the log. */
export const toEntry = ({ cluster, values }: BenchFrame, index: number): Entry => ({
  kind: 'sensor',
  lsn: index + 1,
  at: 1_800_000_000_000 + index * 20,
  up: index * 20,
  location: 'room',
  cluster: `c${cluster}`,
  readings: Object.fromEntries(measurements.map((name, n) => [name, { v: values[n] ?? 0, q: 'good' as const }])),
});

export { measurements, pointOf, deviceOf };

/** What a contender reported: at which frame, which rule, to what. */
export type Switch = readonly [frame: number, rule: number, value: boolean];

/** Only what changed: before anything is known a rule is off. */
export const onlyChanges = (told: readonly Switch[]): readonly Switch[] => {
  const last = new Map<number, boolean>();
  return told.filter(([, rule, value]) => {
    if ((last.get(rule) ?? false) === value) return false;
    last.set(rule, value);
    return true;
  });
};
