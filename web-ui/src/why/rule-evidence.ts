import type { DeviceId, PointId } from '@phloem/protocol';

/** A rule that can command a device, as its document says, with all that it reads. */
export type RuleEvidence = {
  readonly id: string;
  readonly title: string;
  /** What its conditions say, as they are written. */
  readonly conditions: readonly string[];
  /** The signals and set-points that it reads, by the names under which the service reports them. */
  readonly values: readonly { readonly name: string; readonly report: string }[];
  /** The points behind it, each once. */
  readonly inputs: readonly PointId[];
};

type Parts = Readonly<Record<string, unknown>>;

const isParts = (value: unknown): value is Parts => typeof value === 'object' && value !== null && !Array.isArray(value);
const partsOf = (value: unknown, key: string): Parts => (isParts(value) && isParts(value[key]) ? value[key] : {});
const textOf = (value: unknown, key: string): string => (isParts(value) && typeof value[key] === 'string' ? value[key] : '');

/** Every text in a part of a document. */
const textsIn = (value: unknown): readonly string[] =>
  typeof value === 'string' ? [value] : typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];

/** The names that expressions mention: `temp`, `sp.temp`. */
const namesIn = (value: unknown): ReadonlySet<string> => new Set(textsIn(value).flatMap((text) => text.match(/[A-Za-z_][\w.]*/g) ?? []));

const asMany = (value: unknown): readonly string[] => textsIn(value);

/**
 * Pure: the rules of a bundle that name a device, in its order. What the document says is shown as it is written; what
 * is decided, the service alone says.
 */
export const toRuleEvidence = (bundle: unknown, device: DeviceId): readonly RuleEvidence[] => {
  const written = isParts(bundle) && Array.isArray(bundle['documents']) ? (bundle['documents'] as readonly unknown[]) : [];
  const byId = new Map(written.map((document) => [textOf(partsOf(document, 'metadata'), 'id'), document]));
  return written.flatMap((document) => {
    const spec = partsOf(document, 'spec');
    const use = partsOf(spec, 'use');
    // Tests name devices, too; only what acts uses signals.
    if (Object.keys(use).length === 0 || textOf(document, 'kind') === 'RuleTest' || !textsIn(spec).includes(device)) return [];
    const metadata = partsOf(document, 'metadata');
    const id = textOf(metadata, 'id');
    const names = namesIn(spec);
    const signals = asMany(use['signals']).map((each) => ({ id: each, spec: partsOf(byId.get(each), 'spec') }));
    const setpoints = asMany(use['setpoints']);
    return [
      {
        id,
        title: textOf(metadata, 'title') || id,
        conditions: toConditions(spec),
        values: [
          ...signals.flatMap((each) =>
            Object.keys(partsOf(each.spec, 'signals'))
              .filter((name) => names.has(name))
              .map((name) => ({ name, report: `${each.id}/${name}` })),
          ),
          ...setpoints.flatMap((each) =>
            [...names].filter((name) => name.startsWith('sp.')).map((name) => ({ name, report: `${each}/${name.slice('sp.'.length)}` })),
          ),
        ],
        inputs: [...new Set(signals.flatMap((each) => toInputs(each.spec, names)))],
      },
    ];
  });
};

/** The conditions of a rule: when it asks, and what stops it. */
const toConditions = (spec: Parts): readonly string[] => {
  const unless = Array.isArray(spec['unless']) ? (spec['unless'] as readonly unknown[]) : [];
  const hysteresis = partsOf(partsOf(spec, 'when'), 'hysteresis');
  const when = textOf(spec, 'when') || textOf(partsOf(spec, 'when'), 'expr');
  return [
    ...(when === '' ? [] : [`asks while ${when}`]),
    ...(textOf(hysteresis, 'on') === '' ? [] : [`begins when ${textOf(hysteresis, 'on')}`]),
    ...(textOf(hysteresis, 'off') === '' ? [] : [`ends when ${textOf(hysteresis, 'off')}`]),
    ...unless.flatMap((stop) => (textOf(stop, 'expr') === '' ? [] : [`stops when ${textOf(stop, 'reason') || textOf(stop, 'expr')}`])),
  ];
};

/** The points behind names, through the signals that are made of other signals. */
const toInputs = (signals: Parts, names: ReadonlySet<string>): readonly PointId[] => {
  const inputs = partsOf(signals, 'inputs');
  const derived = partsOf(signals, 'signals');
  const seen = new Set<string>();
  const found: PointId[] = [];
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const point = textOf(inputs[name], 'point');
    if (point !== '') found.push(point);
    for (const inner of namesIn(derived[name])) visit(inner);
  };
  for (const name of names) visit(name);
  return found;
};
