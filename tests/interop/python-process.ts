import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A program of `peers/` at work: what it prints is JSON, a line each. */
export type PythonProcess = AsyncDisposable & {
  /** Writes a line to its input. */
  tell(line: string): void;
  /** Closes its input, by which it is asked to end, and waits until it has. */
  end(): Promise<void>;
};

/** Starts a program of `peers/`; `hear` is given each line that it prints. It ends when it is disposed of. */
export const startPython = (python: string, program: string, args: readonly string[], hear: (line: unknown) => void): PythonProcess => {
  const path = fileURLToPath(new URL(`peers/${program}`, import.meta.url));
  // Without byte code it leaves nothing behind in the folder.
  const child = spawn(python, ['-B', path, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  createInterface({ input: child.stdout }).on('line', (line) => hear(JSON.parse(line)));
  // It may have ended by itself before the last line was written to it; how it ended is seen by what it printed.
  child.stdin.on('error', () => undefined);
  return {
    tell: (line) => void child.stdin.write(`${line}\n`),
    end: async () => {
      child.stdin.end();
      await closed;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await closed;
    },
  };
};
