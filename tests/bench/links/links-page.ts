import type { Machine } from '../machine.ts';
import { figureText, machineText, type Finding } from '../report.ts';
import { advice } from './advice.ts';
import { wayNames, wayOf } from './ways.ts';

const toRow = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The page about the ways for a backend and an automation to talk: the table of a run, and when each way is right. */
export const toLinksPage = ({ title, unit, columns, rows, verdicts, notes }: Finding, machine: Machine): string => {
  const table = [
    toRow(['', ...columns]),
    toRow(['---', ...columns.map(() => '---:')]),
    ...rows.map(({ name, figures }) => toRow([name, ...figures.map(figureText)])),
  ];
  const choices = wayNames.map((name) => toRow([wayOf(name).title, wayOf(name).needs, wayOf(name).keeps, advice[name]]));
  return `${[
    '# Ways for a backend and an automation to talk',
    `${title}. Every way runs the same control loop, with the settings that its own documentation recommends. \`npm run bench -- links --write docs/links.md\` writes this page.`,
    '## Measured',
    `${unit}. Figures of two machines do not compare. ${machineText(machine)}.`,
    table.join('\n'),
    notes
      .filter((note) => !/ needs /.test(note))
      .map((note) => `- ${note}`)
      .join('\n'),
    verdicts.map(({ goal, measured, isReached }) => `- ${isReached ? 'Reached' : 'Falls short'}: ${goal}: ${measured}`).join('\n'),
    '## Which one to choose',
    [toRow(['way', 'needs', 'delivery rests on', 'choose it when']), toRow(['---', '---', '---', '---']), ...choices].join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
};
