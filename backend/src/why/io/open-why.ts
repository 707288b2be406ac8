import { spawn } from 'node:child_process';
import { createParse, Fault, isFault, toIsoText, WhyAnswer } from '@phloem/protocol';
import { createFairQueue } from '../fair-queue.ts';
import type { WhyClient, WhyQuestion } from '../why-client.ts';

/** How to run the program that recomputes decisions, and how it reaches this hub. */
export type WhyProgram = {
  /** The arguments for Node. */
  readonly args: readonly string[];
  readonly tokenFile: string;
  /** The port that this hub listens on; null before it does. */
  readonly port: () => number | null;
};

/** Answers questions until it is closed. `close` ends the processes that are at work. */
export type Why = { readonly ask: WhyClient; readonly close: () => Promise<void> };

/** Each is a process for a second or so: two at once leave the rest of the machine alone. */
const limits = { maxRunning: 2, maxRunningOfOne: 1, maxWaiting: 16, maxWaitingOfOne: 2 } as const;
const timeoutMs = 20_000;
const maxAnswerBytes = 4 * 1024 * 1024;

const parseAnswer = createParse(WhyAnswer, 'the answer of the program that recomputes decisions', 'why/unavailable');

/** Asks a program of its own, so that no replay holds up the hub; with none, every question is refused. */
export const openWhy = (program: WhyProgram | null): Why => {
  const queue = createFairQueue(limits);
  const closing = new AbortController();
  const running = new Set<Promise<string>>();

  const answer = async (asked: Promise<string>): Promise<WhyAnswer> => {
    running.add(asked);
    try {
      return parseAnswer(JSON.parse(await asked));
    } catch (cause) {
      if (isFault(cause)) throw cause;
      throw new Fault('why/unavailable', 'the decision could not be recomputed', { cause });
    } finally {
      running.delete(asked);
    }
  };

  const ask: WhyClient = async (question, { person, signal }) => {
    const port = program?.port() ?? null;
    if (program === null || port === null) {
      throw new Fault('why/unavailable', 'this hub runs without the program that recomputes decisions; use "phloem rules why"');
    }
    const ending = AbortSignal.any([signal, closing.signal]);
    const end = await queue.enter(person, ending).catch((cause: unknown) => {
      throw isFault(cause) ? cause : new Fault('why/unavailable', 'the question was withdrawn', { cause });
    });
    try {
      return await answer(run(program, port, question, ending));
    } finally {
      end();
    }
  };
  return {
    ask,
    close: async () => {
      closing.abort();
      await Promise.allSettled(running);
    },
  };
};

/** Its process has a channel to this one, and ends by itself when this one is gone. */
const run = ({ args, tokenFile }: WhyProgram, port: number, question: WhyQuestion, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = [...args, ...toArguments(question), '--hub', `http://127.0.0.1:${port}`, '--token-file', tokenFile];
    const child = spawn(process.execPath, asked, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      signal,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const [read, readError] = [child.stdout, child.stderr].map((stream) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      stream?.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) child.kill('SIGKILL');
        else chunks.push(chunk);
      });
      return (): string => Buffer.concat(chunks).toString();
    });
    let failure: Error | null = null;
    child.on('error', (error) => {
      failure = error;
      // One that never ran emits nothing more.
      if (child.pid === undefined) reject(error);
    });
    child.on('close', (code) => {
      if (code === 0) resolve(read?.() ?? '');
      // What a person asked wrongly is said by the program, in a sentence.
      else if (code === 2) {
        const said =
          readError?.()
            .trim()
            .replace(/^phloem: /, '') ?? '';
        reject(new Fault('why/unavailable', said === '' ? 'the decision could not be recomputed' : said));
      } else reject(failure ?? new Error(`the program ended with ${code ?? 'a signal'}`));
    });
  });

const toArguments = ({ device, at, not }: WhyQuestion): readonly string[] => [
  device,
  '--json',
  ...(at === null ? [] : ['--at', toIsoText(at)]),
  ...(not === null ? [] : ['--not', typeof not === 'boolean' ? (not ? 'on' : 'off') : String(not)]),
];
