import { isFault } from '@phloem/protocol';

/**
 * What is said where a command did not come off. What the hub refuses was not done; where it gave no answer nobody knows,
 * and anyone who reads "not sent" would be wrong about the room.
 */
export const describeFailure = (what: 'sent' | 'released' | 'written', error: unknown, look = 'Check the device.'): string => {
  const why = error instanceof Error ? error.message : String(error);
  const isRefused = isFault(error) && !error.code.startsWith('net/');
  return isRefused ? `Not ${what}: ${why}` : `It is not known whether it was ${what}: ${why}. ${look}`;
};
