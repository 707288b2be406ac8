import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadSite, openField, readProfiles, type BusDiagnostics, type Field } from '@phloem/backend';
import type { BusReadAnswer } from '@phloem/protocol';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { findProgram, toSiteText, type InteropSuite } from './suite.ts';

const answerTimeoutMs = 1_000;
/** Longer than the time-out by the clock of the unit, so longer by the clock of the hub as well: the hub asks first. */
const lateMs = 1_500;
const maxTries = 30;

const waitForFile = async (path: string): Promise<void> => {
  while (!existsSync(path)) await new Promise((resolve) => setTimeout(resolve, 20));
};

const openUnits = async (path: string, line: string): Promise<ChildProcess> => {
  const script = fileURLToPath(new URL('serial-unit.ts', import.meta.url));
  const unit = spawn(process.execPath, [script, '--path', path, '--line', line, '--late-ms', String(lateMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (unit.stdout !== null) await once(unit.stdout, 'data');
  return unit;
};

type Place = Parameters<BusDiagnostics['read']>[1];

/** On a busy machine the unit may be late more than once; what it answers must be right. */
const readUntilAnswered = async (field: Field, place: Place, want: number): Promise<BusReadAnswer> => {
  const seen: string[] = [];
  for (let tries = 0; tries < maxTries; tries += 1) {
    const answer = await field.diagnostics.read('line', place);
    if (answer.outcome === 'answered' && answer.values[0] === want) return answer;
    if (answer.outcome === 'answered') throw new Error(`a wrong value instead of ${want}: ${JSON.stringify(answer)}`);
    seen.push(answer.outcome);
  }
  throw new Error(`${JSON.stringify(place)} was not answered: ${seen.join(', ')}`);
};

const run = async (): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'phloem-line-'));
  const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
  const socat = spawn('socat', [`pty,raw,echo=0,link=${ours}`, `pty,raw,echo=0,link=${theirs}`], { stdio: 'ignore' });
  await waitForFile(ours);
  await waitForFile(theirs);
  // Held open, so that the line outlives its unit: a pseudo terminal ends with its last user.
  const held = openSync(theirs, constants.O_RDWR | constants.O_NOCTTY);
  let unit = await openUnits(theirs, ours);
  const bus = `{ id: line, transport: rtu, path: ${ours}, baudRate: 9600, answerTimeout: ${answerTimeoutMs}ms }`;
  const { site } = loadSite([{ path: 'site.yaml', text: toSiteText(bus, 'generic', 'a: input_u16, b: holding_u16') }], readProfiles());
  const field = openField(site);
  const polling = field.frames$.subscribe();
  try {
    const frames = field.frames$.pipe(filter(({ readings }) => Object.values(readings).every(({ q }) => q === 'good')));
    const seen = await firstValueFrom(frames.pipe(take(40), toArray()));
    const wrong = seen.filter(({ readings }) => Object.values(readings).some(({ v }) => v !== 1000));
    if (wrong.length > 0) throw new Error(`a wrong value: ${JSON.stringify(wrong[0])}`);

    const late = await field.diagnostics.read('line', { function: 4, unit: 1, address: 99, count: 1 });
    if (late.outcome === 'answered') throw new Error(`an answer after ${lateMs} ms was taken: ${JSON.stringify(late)}`);
    await readUntilAnswered(field, { function: 4, unit: 1, address: 7, count: 1 }, 1007);

    const elsewhere = { function: 4, unit: 2, address: 5, count: 1 } as const;
    const unheard = await field.diagnostics.read('line', elsewhere);
    if (unheard.outcome === 'answered') throw new Error('a unit at another speed answered');
    const heard = await readUntilAnswered(field, { ...elsewhere, line: { baudRate: 19_200, parity: 'none' } }, 1005);
    await readUntilAnswered(field, { function: 4, unit: 1, address: 5, count: 1 }, 1005);

    unit.kill();
    await once(unit, 'exit');
    await firstValueFrom(field.status$.pipe(filter(({ state }) => state === 'down')));
    unit = await openUnits(theirs, ours);
    await firstValueFrom(field.status$.pipe(filter(({ state }) => state === 'up')));
    const [health] = field.diagnostics.health();
    return `${seen.length} readings, a late answer kept apart, a unit at another speed found in ${heard.tookMs?.toFixed(0)} ms, and back after the unit was gone; p50 ${health?.units[0]?.p50?.toFixed(1)} ms`;
  } finally {
    polling.unsubscribe();
    await field.close();
    unit.kill();
    closeSync(held);
    socat.kill();
    rmSync(folder, { recursive: true, force: true });
  }
};

/** RTU over a pair of pseudo terminals, with the library's own server as the unit. */
export const serialLine: InteropSuite = {
  id: 'serial',
  name: 'RTU on a serial line',
  peer: 'socat',
  find: () => findProgram('socat'),
  run,
};
