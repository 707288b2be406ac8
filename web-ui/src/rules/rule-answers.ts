import { Fault, type BacktestStatus, type BundleDocuments, type BundleRevision } from '@phloem/protocol';

// These answers are looked at here by small guards: their schemas would be in the scripts that every first page waits for.

const parseAs =
  <T>(what: string, isIt: (value: Readonly<Record<string, unknown>>) => boolean) =>
  (value: unknown): T => {
    if (typeof value === 'object' && value !== null && isIt(value as Readonly<Record<string, unknown>>)) return value as T;
    throw new Fault('net/answer', `the hub answered something else than ${what}`);
  };

/** A bundle as the hub holds it. @throws Fault `net/answer`. */
export const parseBundle = parseAs<BundleDocuments>('rules', ({ kind, documents }) => kind === 'Bundle' && Array.isArray(documents));

const parseRevision = parseAs<BundleRevision>(
  'a revision',
  ({ revision, hash }) => typeof revision === 'number' && typeof hash === 'string',
);

/** The revisions of a scope. @throws Fault `net/answer`. */
export const parseRevisions = (value: unknown): readonly BundleRevision[] => {
  if (!Array.isArray(value)) throw new Fault('net/answer', 'the hub answered something else than revisions');
  return value.map(parseRevision);
};

/** How a back-test stands. @throws Fault `net/answer`. */
export const parseBacktest = parseAs<BacktestStatus>(
  'a back-test',
  ({ id, state, progress }) => typeof id === 'string' && typeof state === 'string' && typeof progress === 'number',
);
