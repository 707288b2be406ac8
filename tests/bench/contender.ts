import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a contender's near process is asked: so many round trips, one after the other. */
export type Ask = { readonly trips: number };
/** Its answer: how long each took, in microseconds, by what was waited for. */
export type Answer = { readonly samples: Readonly<Record<string, readonly number[]>> };

/** Something that takes part in a benchmark, in processes of its own. */
export type Contender = AsyncDisposable & {
  readonly name: string;
  readonly pid: number;
  run(trips: number): Promise<Answer['samples']>;
};

const failed = async (name: string, child: ChildProcess): Promise<never> => {
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  throw new Error(`${name} ended (${signal ?? `code ${code}`}) in the middle of a benchmark`);
};

/** Starts `file` of `peers/` as a process and waits until it is ready, with Node's own `flags` before it. It ends with this process. */
export const openContender = async (
  name: string,
  file: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<Contender> => {
  const child = fork(fileURLToPath(new URL(`peers/${file}`, import.meta.url)), [...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...process.execArgv, ...flags],
  });
  const end = failed(name, child);
  // Waited for only beside an answer; an end that nobody waits for is an ordinary one.
  end.catch(() => undefined);
  const next = async <T>(): Promise<T> => Promise.race([once(child, 'message').then(([message]) => message as T), end]);
  await next();
  return {
    name,
    pid: child.pid ?? 0,
    run: async (trips) => {
      child.send({ trips } satisfies Ask);
      return (await next<Answer>()).samples;
    },
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.disconnect();
      await exited;
    },
  };
};
