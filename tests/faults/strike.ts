import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { MeshProcess } from '../support/process.ts';
import type { Part } from './rig.ts';

/** How long a place may take to be passed before the process is struck where it is. */
const patienceMs = 3000;

const order = (process: MeshProcess, at: string, pass: number, how: 'SIGKILL' | 'SIGSTOP'): void =>
  process.tell({ failpoint: { at, pass, how } });

/** Kills a process at the `pass`-th time that it comes to a place. Resolves when it is gone, with where that was. */
export const killAt = async (part: Part, at: string, pass: number): Promise<{ readonly place: string; readonly at: number }> => {
  const process = part.now();
  order(process, at, pass, 'SIGKILL');
  const isHit = await Promise.race([process.ended.then(() => true), pause(patienceMs, false, { ref: false })]);
  if (!isHit) await process.end('SIGKILL');
  return { place: isHit ? at : 'anywhere', at: Date.now() };
};

/** Freezes a process at a place, or where it is when it does not come there. */
export const freezeAt = async (part: Part, at: string, pass: number): Promise<{ readonly place: string; readonly at: number }> => {
  const process = part.now();
  order(process, at, pass, 'SIGSTOP');
  const giveUpAt = performance.now() + patienceMs;
  while (!isStopped(process.pid)) {
    if (performance.now() > giveUpAt) {
      process.signal('SIGSTOP');
      return { place: 'anywhere', at: Date.now() };
    }
    await pause(2);
  }
  return { place: at, at: Date.now() };
};

/**
 * Lets a frozen process go on. Where it was frozen before it came to the place, the order still stands: that is taken back,
 * and the process, which may come to the place once more before it learns of it, is thawed until it reports that.
 */
export const thaw = async (part: Part): Promise<void> => {
  const process = part.now();
  const isFree = process.next((message) => (isTakenBack(message) ? true : undefined));
  process.tell({ failpoint: null });
  do process.signal('SIGCONT');
  while (!(await Promise.race([isFree, pause(20, false)])));
};

const isTakenBack = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && 'failpoint' in message && message.failpoint === null;

/** The state letter stands behind the name, which may hold brackets itself. */
const isStopped = (pid: number): boolean => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
};
