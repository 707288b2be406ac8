import { dataFiles } from '@phloem/backend/client';
import { runPassThrough } from './pass-through.ts';
import { processes } from './places.ts';

export type WhyOptions = {
  readonly port: number;
  readonly data: string;
  readonly at?: string | undefined;
  readonly not?: string | undefined;
};

/** Says why a device is as it is, by the engine that decided it: a process of its own, over the log of a running hub. */
export const explainDevice = (device: string, { port, data, at, not }: WhyOptions): Promise<void> =>
  runPassThrough('why', [
    ...processes.why,
    device,
    '--hub',
    `http://127.0.0.1:${port}`,
    '--token-file',
    dataFiles(data).adminToken,
    ...(at === undefined ? [] : ['--at', at]),
    ...(not === undefined ? [] : ['--not', not]),
  ]);
