// Writes the API report of each public entry point: `npm run api`. With `--check` it compares them with the committed ones.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { libraries, readManifest, root } from '../packs/workspace.ts';
import { toReport } from './to-report.ts';

const isCheck = process.argv.includes('--check');

const reports = libraries.flatMap((folder) => {
  const { name, exports = {} } = readManifest(join(root, folder));
  return Object.entries(exports).map(([subpath, { types = '' }]) => {
    const path = join(root, folder, 'api', `${subpath === '.' ? 'index' : subpath.slice(2)}.api.md`);
    return { path, text: toReport(`${name}${subpath.slice(1)}`, join(root, folder, types)) };
  });
});

/** The first lines that differ, as a reader needs them to find the place. */
const firstDifference = (before: string, after: string): string => {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const at = now.findIndex((line, i) => line !== old[i]);
  const line = at === -1 ? now.length : at;
  return `line ${line + 1}\n  - ${old[line] ?? ''}\n  + ${now[line] ?? ''}`;
};

for (const { path, text } of reports) {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (before === text) continue;
  if (isCheck) {
    process.stderr.write(`${relative(root, path)} is out of date at ${firstDifference(before, text)}\n`);
    process.exitCode = 1;
    continue;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  process.stdout.write(`${relative(root, path)} written\n`);
}
if (process.exitCode === 1) {
  process.stderr.write('The public interface has changed. If you mean it, run "npm run api" and commit the reports.\n');
}
