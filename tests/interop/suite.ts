import { execFileSync } from 'node:child_process';

/** Checks against a program that this project did not write. `find` says where it is, or null. */
export type InteropSuite = {
  readonly name: string;
  readonly peer: string;
  readonly find: () => string | null;
  /** Throws when something is not as it must be; returns what was seen, in a few words. */
  readonly run: () => Promise<string>;
};

/** The path of a program on this machine, or null. */
export const findProgram = (name: string): string | null => {
  try {
    return execFileSync('which', [name], { encoding: 'utf8' }).trim();
  } catch {
    // `which` ends with 1 when there is no such program.
    return null;
  }
};

/** A site with one bus, in the documents of which `bus` is one line of YAML. */
export const toSiteText = (bus: string, profile: string, measurements: string, interval = '100ms'): string => `apiVersion: phloem/v1
kind: Site
metadata: { id: interop/site, title: Interop }
spec:
  timeZone: UTC
  locations: [ { id: house } ]
  buses: [ ${bus} ]
  instruments:
    - { id: peer, bus: line, unit: 1, profile: ${profile}, location: house, cluster: north, interval: ${interval}, measurements: { ${measurements} } }
`;
