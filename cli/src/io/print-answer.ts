import { resolve } from 'node:path';
import { createMomentText } from '@phloem/protocol';
import type { ToMoment } from '../operator/operator-lines.ts';
import { askTimeZone, createHubClient, dataFiles, type HubClient } from '@phloem/backend/client';
import { printJson, printLines } from './print.ts';

/** The options of every command that asks a running hub. */
export type HubOptions = { readonly port: number; readonly data: string; readonly json?: boolean };

/** The hub that the options name, asked as its administrator. */
export const toClient = ({ port, data }: HubOptions): HubClient =>
  createHubClient({ port, tokenFile: dataFiles(resolve(data)).adminToken });

/** Prints an answer: for people as lines, for programs as it came. */
export const tell = <T>({ json }: HubOptions, answer: T, toLines: (answer: T) => readonly string[]): void => {
  if (json === true) printJson(answer);
  else printLines(toLines(answer));
};

/** As `tell`, for what has times in it: they are those of the site. */
export const printTimes = async <T>(
  options: HubOptions,
  answer: T,
  toLines: (answer: T, toMoment: ToMoment) => readonly string[],
): Promise<void> => {
  const timeZone = options.json === true ? 'UTC' : await askTimeZone(toClient(options));
  tell(options, answer, (told) => toLines(told, createMomentText(timeZone)));
};
