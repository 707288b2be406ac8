import type { LogEntries } from './log-entries.ts';
import type { SampleSource } from './samples/sample-source.ts';

/** The log as somebody beside its writer reads it, who cannot hold it up. */
export type LogSource = LogEntries & {
  /** Its readings by point and time. */
  readonly samples: SampleSource;
  close(): void;
};
