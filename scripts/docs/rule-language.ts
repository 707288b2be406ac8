import {
  AlarmDocument,
  InterlocksDocument,
  LoopDocument,
  RuleDocument,
  RuleTestDocument,
  SetpointsDocument,
  SignalsDocument,
} from '../../rules/src/index.ts';
import { LeadLagDocument } from '../../rules/src/documents/lead-lag.ts';
import { functionNames } from '../../rules/src/expressions/functions.ts';
import { listKeys, type Schema } from './schema-keys.ts';

const kinds: readonly (readonly [string, string, unknown])[] = [
  ['Signals', 'Names for readings, and values that are calculated from them.', SignalsDocument],
  ['Setpoints', 'The values that control aims at, often by a schedule, with their bands and offsets.', SetpointsDocument],
  ['Rule', 'A condition that requests states of devices while it holds.', RuleDocument],
  ['Loop', 'A PID controller for a device, or for several in turn.', LoopDocument],
  ['LeadLag', 'Several devices that share one duty.', LeadLagDocument],
  ['Alarm', 'A condition that requires a response from an operator.', AlarmDocument],
  ['Interlocks', 'Conditions that forbid or force device states. They belong to the site, and the hub evaluates them.', InterlocksDocument],
  ['RuleTest', 'A test that runs a bundle in simulated time.', RuleTestDocument],
];

const needs = { yes: 'yes', form: 'in its form', no: '' } as const;

const cell = (text: string): string => text.replaceAll('|', '\\|');

const toSection = ([kind, purpose, schema]: readonly [string, string, unknown]): readonly string[] => {
  const { spec } = (schema as { readonly properties: { readonly spec: Schema } }).properties;
  return [
    `## ${kind}`,
    '',
    `${purpose} \`npm run phloem -- rules new ${kind}\` prints one with comments.`,
    '',
    '| key of `spec` | takes | required |',
    '| --- | --- | --- |',
    ...listKeys(spec).map(({ path, takes, need }) => `| \`${path}\` | ${cell(takes)} | ${needs[need]} |`),
    '',
  ];
};

/** The page of the rule language, from the schemas of its documents. */
export const writeRuleLanguage = (): string =>
  [
    '# Rule language',
    '',
    'A bundle is a folder of YAML documents that describe the desired behaviour. Each document has this form:',
    '',
    '```yaml',
    'apiVersion: phloem/v1',
    'kind: Signals',
    'metadata: { id: flower_room/air, title: Air }',
    'spec:',
    '  inputs:',
    '    temp: { point: flower_room/front/temperature, quantity: temperature, maxAge: 15s }',
    '```',
    '',
    '`metadata.id` is how other documents name it. `title`, `owner` and `tags` are optional. Every key that is not listed here is an',
    'error, and the message names file, line and column. `[]` stands for the items of a list, `<name>` for a name that you choose.',
    '`in its form` marks a key that only one of several forms of a value needs.',
    'Annotated bundles for common tasks are in `examples/handbook/`.',
    '',
    'This page is generated from the schemas in `rules/src/documents/`: run `npm run docs` after a change.',
    '',
    '## Expressions',
    '',
    'Expressions are [CEL](https://cel.dev) with units. They are always quoted, and the compiler checks units. A reading without a',
    'value is unknown, and so is everything that needs it. These functions exist besides the operators of CEL:',
    '',
    `${functionNames.map((name) => `\`${name}\``).join(', ')}.`,
    '',
    ...kinds.flatMap(toSection),
  ]
    .join('\n')
    .trimEnd() + '\n';
