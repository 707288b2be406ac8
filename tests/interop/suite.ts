import { execFileSync } from 'node:child_process';

/** How much of it to do: longer finds more. */
export type InteropOptions = {
  /** How long a bus is polled. */
  readonly seconds: number;
  /** How many entries of the log a reader goes over at least. */
  readonly entries: number;
};

/** Checks against a program that this project did not write. `find` says where it is, or null. */
export type InteropSuite = {
  /** What it is called on the command line. */
  readonly id: string;
  readonly name: string;
  readonly peer: string;
  readonly find: () => string | null;
  /** Throws when something is not as it must be; returns what was seen, in a few words. */
  readonly run: (options: InteropOptions) => Promise<string>;
};

/** The path of a program on this machine, or null. */
export const findProgram = (name: string): string | null => {
  try {
    return execFileSync('which', [name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // `which` ends with 1 when there is no such program.
    return null;
  }
};

/** A Python that has these modules, or null. Debian's own comes second: modules from its packages are not in another's reach. */
export const findPython = (...modules: readonly string[]): string | null => {
  for (const python of ['python3', '/usr/bin/python3']) {
    try {
      execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'ignore' });
      return python;
    } catch {
      // No such Python, or not with these modules: the next one.
    }
  }
  return null;
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
