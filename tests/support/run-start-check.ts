// Starts all of Phloem from the built output as a person would, waits for the first confirmed device state, ends it by
// Ctrl-C, and looks whether it ended in order. With an argument it starts that program, an installed `phloem`, in an empty folder;
// further arguments are those of `start`.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { built } from './process.ts';

const data = mkdtempSync(join(tmpdir(), 'phloem-start-'));
const anyPort = ['--port', '0', '--simulator-port', '0', '--simulator-control-port', '0'];
const program = resolve(process.argv[2] ?? built.phloem);
const mesh = spawn(process.execPath, [program, 'start', '--no-open', ...anyPort, '--data', data, ...process.argv.slice(3)], {
  cwd: data,
  stdio: ['ignore', 'pipe', 'inherit'],
});

let output = '';
let isConfirmed = false;
const giveUp = setTimeout(() => mesh.kill('SIGINT'), 90_000);
mesh.stdout.on('data', (chunk: Buffer) => {
  output += chunk.toString();
  if (isConfirmed || !output.includes('First confirmed device state')) return;
  isConfirmed = true;
  mesh.kill('SIGINT');
});
mesh.on('close', (code) => {
  clearTimeout(giveUp);
  rmSync(data, { recursive: true, force: true });
  const isInOrder = isConfirmed && code === 0;
  process.stdout.write(
    `${output
      .split('\n')
      .filter((line) => !line.startsWith('{'))
      .join('\n')}\n`,
  );
  process.stdout.write(
    isInOrder
      ? 'The mesh started, confirmed a device state, and ended in order.\n'
      : `The mesh did not start or end in order (exit code ${code}).\n`,
  );
  process.exitCode = isInOrder ? 0 : 1;
});
