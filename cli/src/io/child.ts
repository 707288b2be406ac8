import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A process that this one started. It gets no signal of the terminal: who started it says when it ends. */
export type Child = {
  readonly name: string;
  readonly pid: number;
  /** The first message that it sends; rejects when it ends before. */
  readonly ready: Promise<unknown>;
  /** Resolves with its exit code (128 when a signal ended it). */
  readonly ended: Promise<number>;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to end and waits; after `graceMs` it is killed. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<void>;
};

const toCode = (code: number | null): number => code ?? 128;

/**
 * Starts a process of the installation with this Node. It holds a channel to us and ends by
 * itself when we are gone, so that a killed parent leaves nobody behind.
 */
export const startChild = (
  name: string,
  args: readonly string[],
  {
    env = {},
    onMessage,
    onLine,
  }: {
    readonly env?: Readonly<Record<string, string>>;
    readonly onMessage?: (message: unknown) => void;
    /** Takes what it prints, line by line; without it, that goes where ours goes. */
    readonly onLine?: (line: string) => void;
  } = {},
): Child => {
  const child: ChildProcess = spawn(process.execPath, [...args], {
    stdio: ['ignore', onLine === undefined ? 'inherit' : 'pipe', onLine === undefined ? 'inherit' : 'pipe', 'ipc'],
    detached: true,
    env: { ...process.env, ...env },
  });
  if (onMessage !== undefined) child.on('message', onMessage);
  if (onLine !== undefined) {
    for (const input of [child.stdout, child.stderr]) if (input !== null) createInterface({ input }).on('line', onLine);
  }
  const ended = once(child, 'exit').then(([code]) => toCode(code as number | null));
  const ready = Promise.race([
    once(child, 'message').then(([message]) => message as unknown),
    ended.then((code) => Promise.reject(new ChildEnded(name, code))),
  ]);
  // Anyone who does not wait for `ready` must not be brought down by it.
  ready.catch((error: unknown) => error);
  const kill = (signal: NodeJS.Signals): void => void child.kill(signal);
  return {
    name,
    pid: child.pid ?? 0,
    ready,
    ended,
    kill,
    stop: async (signal, graceMs) => {
      kill(signal);
      const timer = setTimeout(() => kill('SIGKILL'), graceMs);
      await ended;
      clearTimeout(timer);
    },
  };
};

/** A process ended when it should have gone on; it has said why by itself. */
export class ChildEnded extends Error {
  readonly code: number;
  constructor(name: string, code: number) {
    super(`the ${name} ended with code ${code}`);
    this.code = code;
  }
}
