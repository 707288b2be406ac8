/** How many random cases each property is tried on. They add up to a promise: 100,000 in every run. */
const cases = {
  'hysteresis: noise': 10_000,
  'hysteresis: switches': 10_000,
  'timer: never early, never late': 10_000,
  'timer: restarts': 5000,
  'follow: shares': 10_000,
  'lead-lag: turns': 5000,
  'pace: steps': 10_000,
  'pid: limits': 8000,
  'pid: restarts': 2000,
  'arbitration: levels and merging': 20_000,
  'arbitration: whole plans': 300,
  'restarts: whole plans': 300,
  'unknown: whole plans': 300,
  'unknown: expressions': 15_000,
  'expressions: three implementations': 4000,
  'expressions: rubbish': 10_000,
  'documents: valid': 1500,
  'documents: rubbish': 4000,
} as const satisfies Record<string, number>;

export type PropertyName = keyof typeof cases;

/** The cases of all properties together. */
export const allCases = Object.values(cases).reduce((sum, count) => sum + count, 0);

/** How a property is run: always the same cases; `PHLOEM_FUZZ=20` makes it twenty times as many. */
export const toRuns = (name: PropertyName, seed = 20_261_123): { readonly seed: number; readonly numRuns: number } => ({
  seed,
  numRuns: cases[name] * Number(process.env['PHLOEM_FUZZ'] ?? 1),
});

/** The names of all properties. */
export const propertyNames = Object.keys(cases) as readonly PropertyName[];
