import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { root } from './repository.ts';

/** A process of Phloem under test, with all that it printed. */
export type MeshProcess = {
  readonly name: string;
  readonly pid: number;
  readonly ready: unknown;
  /** Everything that it has printed so far; for the message of a failing test. */
  output(): string;
  /** Sends a signal without waiting for anything. */
  signal(signal: NodeJS.Signals): void;
  /** Sends a message over the channel that it was started with. */
  tell(message: object): void;
  /** Claims that it runs. */
  isAlive(): boolean;
  /** Resolves with what `read` makes of the first message over the channel that it makes something of. Rejects when the process ends. */
  next<T>(read: (message: unknown) => T | undefined): Promise<T>;
  /** Resolves when it has ended, with the signal that ended it or its exit code. */
  readonly ended: Promise<NodeJS.Signals | number>;
  /** Ends it by a signal and resolves with its exit code, null when the signal itself ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>;
};

const collect = (child: ChildProcess): (() => string) => {
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk.toString()));
  return () => chunks.join('');
};

/** Runs a command to its end. */
export const runToEnd = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  cwd = root,
): Promise<{ code: number | null; output: string }> => {
  const child = spawn(process.execPath, [...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output: output() };
};

/** Starts a built process of Phloem and waits until it says that it is ready. It ends with the test process. */
export const startProcess = async (
  name: string,
  args: readonly string[],
  { env = {}, cwd = root }: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Promise<MeshProcess> => {
  const child = spawn(process.execPath, [...args], { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const output = collect(child);
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const ready = await Promise.race([
    once(child, 'message').then(([message]) => message as unknown),
    exited.then(([code]) => Promise.reject(new Error(`the ${name} ended with code ${code} before it was ready:\n${output()}`))),
  ]);
  return {
    name,
    pid: child.pid ?? 0,
    ready,
    output,
    signal: (signal) => void child.kill(signal),
    tell: (message) => {
      // It may have ended a moment ago: then there is nobody to notify.
      if (child.connected) child.send(message, () => undefined);
    },
    isAlive: () => child.exitCode === null && child.signalCode === null,
    next: <T>(read: (message: unknown) => T | undefined) =>
      new Promise<T>((resolve, reject) => {
        const take = (message: unknown): void => {
          const made = read(message);
          if (made === undefined) return;
          child.off('message', take);
          resolve(made);
        };
        child.on('message', take);
        void exited.then(() => reject(new Error(`the ${name} has ended:\n${output().slice(-2000)}`)));
      }),
    ended: exited.then(([code, signal]) => signal ?? code ?? -1),
    end: async (signal) => {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
};

/** The packed main of a part. */
export const built = {
  phloem: join(root, 'cli/program/main.js'),
  hub: [join(root, 'cli/program/main.js'), 'hub'],
  simulator: join(root, 'simulator/program/main.js'),
  past: join(root, 'simulator/program/past/main.js'),
  automation: join(root, 'automation/program/main.js'),
} as const;

/** A part that can be killed and frozen at named places: it runs from its sources, with the failpoints of the fault tests. */
export const breakable = (part: 'hub' | 'automation' | 'single-process'): readonly string[] => [
  '--conditions=phloem-src',
  join(root, `tests/faults/entries/${part}.ts`),
];
