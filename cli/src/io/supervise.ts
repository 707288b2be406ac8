import { startChild, type Child } from './child.ts';

/** A part of the installation that is started again when it ends by itself. */
export type Part<Ready> = {
  readonly name: string;
  /** The process that it is now; null when it has none of its own. */
  readonly pid: number | null;
  /** What it said when it was first ready. */
  readonly ready: Ready;
  /** Ends it for good. After `graceMs` it is killed. */
  stop(signal: NodeJS.Signals, graceMs: number): Promise<void>;
};

export type SuperviseOptions<Ready> = {
  /** The arguments of a restart; those of the first start when left out. */
  readonly again?: (ready: Ready) => readonly string[];
  readonly say: (text: string) => void;
  readonly env?: Readonly<Record<string, string>>;
  /** Everything that the part says over its channel, the first message included. */
  readonly onMessage?: (message: unknown) => void;
  /** Every line that it prints. */
  readonly onLine?: (line: string) => void;
};

/** Pauses before a part is started again: short at first, then long enough not to be a nuisance. */
const pausesMs = [100, 500, 2000, 5000];
/** A part that has run this long is in order: its next end counts as the first again. */
const healthyMs = 30_000;

/**
 * Starts a part and keeps it running. `again` makes the arguments of a restart from what the part said at first, so that
 * it comes back at the same address.
 *
 * @throws ChildEnded when the part ends before it is ready the first time: it has said in its own words why.
 */
export const supervise = async <Ready>(
  name: string,
  args: readonly string[],
  { again = () => args, say, ...options }: SuperviseOptions<Ready>,
): Promise<Part<Ready>> => {
  let child: Child = startChild(name, args, options);
  const ready = (await child.ready) as Ready;
  let isStopping = false;
  const end = Promise.withResolvers<void>();

  const watch = async (): Promise<void> => {
    let ends = 0;
    for (;;) {
      const startedAt = performance.now();
      const code = await child.ended;
      if (isStopping) break;
      if (performance.now() - startedAt > healthyMs) ends = 0;
      const pause = pausesMs[Math.min(ends, pausesMs.length - 1)] ?? 5000;
      ends += 1;
      say(`The ${name} ended (${code === 128 ? 'killed' : `code ${code}`}); starting it again.`);
      await Promise.race([new Promise((resolve) => setTimeout(resolve, pause)), end.promise]);
      if (isStopping) break;
      child = startChild(name, again(ready), options);
      say(`The ${name} runs again: process ${child.pid}.`);
    }
  };
  void watch();

  return {
    name,
    get pid() {
      return child.pid;
    },
    ready,
    stop: async (signal, graceMs) => {
      isStopping = true;
      end.resolve();
      await child.stop(signal, graceMs);
    },
  };
};
