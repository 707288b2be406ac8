import { expect, it } from 'vitest';
import { projectFiles, readText } from '../support/repository.ts';

/** What prints by itself: the printer, a part that speaks to its parent, and what draws with escape sequences of its own. */
const printers = new Set(['cli/src/io/print.ts', 'cli/src/io/bus-scan.ts', 'cli/src/io/bus-watch.ts', 'cli/src/main.ts']);

it('a command prints through the one function that escapes what a terminal would obey', () => {
  const others = projectFiles().filter((path) => path.startsWith('cli/src/') && path.endsWith('.ts') && !printers.has(path));
  expect(others.length).toBeGreaterThan(30);
  expect(others.filter((path) => /process\.std(?:out|err)\.write|console\./.test(readText(path)))).toEqual([]);
});
