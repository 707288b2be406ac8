import { execFile } from 'node:child_process';
import { createParse, Fault, isFault, WhyAnswer } from '@phloem/protocol';
import type { WhyClient, WhyQuestion } from '../why-client.ts';

/** How to run the program that recomputes decisions, and how it reaches this hub. */
export type WhyProgram = {
  /** The arguments for Node. */
  readonly args: readonly string[];
  readonly tokenFile: string;
  /** The port that this hub listens on; null before it does. */
  readonly port: () => number | null;
};

/** Each is a process for a second or so: two at once leave the rest of the machine alone. */
const maxAtOnce = 2;
const timeoutMs = 20_000;
const maxAnswerBytes = 4 * 1024 * 1024;

const parseAnswer = createParse(WhyAnswer, 'the answer of the program that recomputes decisions', 'why/unavailable');

/** Asks a program of its own, so that no replay holds up the hub; with none, every question is refused. */
export const openWhy = (program: WhyProgram | null): WhyClient => {
  let running = 0;
  return async (question) => {
    const port = program?.port() ?? null;
    if (program === null || port === null) {
      throw new Fault('why/unavailable', 'this hub runs without the program that recomputes decisions; use "phloem rules why"');
    }
    if (running >= maxAtOnce) throw new Fault('why/busy', 'other questions are being answered; ask again in a moment');
    running += 1;
    try {
      return parseAnswer(JSON.parse(await run(program, port, question)));
    } catch (cause) {
      if (isFault(cause)) throw cause;
      throw new Fault('why/unavailable', 'the decision could not be recomputed', { cause });
    } finally {
      running -= 1;
    }
  };
};

const run = ({ args, tokenFile }: WhyProgram, port: number, { device, at, not }: WhyQuestion): Promise<string> => {
  const asked = [
    device,
    '--json',
    '--hub',
    `http://127.0.0.1:${port}`,
    '--token-file',
    tokenFile,
    ...(at === null ? [] : ['--at', new Date(at).toISOString()]),
    ...(not === null ? [] : ['--not', typeof not === 'boolean' ? (not ? 'on' : 'off') : String(not)]),
  ];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...args, ...asked], { timeout: timeoutMs, maxBuffer: maxAnswerBytes }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      // What a person asked wrongly is said by the program, in a sentence.
      else if (error.code === 2)
        reject(new Fault('why/unavailable', stderr.trim().replace(/^phloem: /, '') || 'the decision could not be recomputed'));
      else reject(error);
    });
  });
};
