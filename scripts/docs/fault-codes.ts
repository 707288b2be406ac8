import { faults } from '../../protocol/src/index.ts';

type Row = { readonly http?: number; readonly retry: boolean; readonly means: string };

const rows: readonly (readonly [string, Row])[] = Object.entries(faults);

const toTable = (group: string): readonly string[] => [
  `## ${group}`,
  '',
  '| code | meaning | HTTP status | retry |',
  '| --- | --- | --- | --- |',
  ...rows
    .filter(([code]) => code.startsWith(`${group}/`))
    .map(([code, { http, retry, means }]) => `| \`${code}\` | ${means} | ${http ?? '–'} | ${retry ? 'yes' : 'no'} |`),
  '',
];

/** The page of the fault codes, from their table. */
export const writeFaultCodes = (): string =>
  [
    '# Fault codes',
    '',
    'Every expected failure of Phloem has a code. Programs branch on the code; the message is for people and may change. `retry`',
    'states whether the same request may succeed later without anybody changing anything.',
    '',
    'This page is generated from `protocol/src/fault.ts`: run `npm run docs` after a change.',
    '',
    ...[...new Set(rows.map(([code]) => code.split('/')[0] ?? ''))].flatMap(toTable),
  ]
    .join('\n')
    .trimEnd() + '\n';
