import { startChild } from './child.ts';

/** Runs a process of the installation as if it were this one: signals go in, its exit code comes out. */
export const runPassThrough = async (name: string, args: readonly string[]): Promise<void> => {
  const child = startChild(name, args);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await child.ended;
};
