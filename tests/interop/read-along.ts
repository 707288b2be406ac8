import type { Bye, Changes, Entry, Lsn, Snapshot, Welcome } from '@phloem/protocol';
import { startPython, type PythonProcess } from './python-process.ts';

/** A node in Python that reads along, and all that it reported. */
export type Reader = AsyncDisposable & {
  readonly entries: readonly Entry[];
  readonly welcomes: readonly Welcome[];
  readonly byes: readonly Bye[];
  /** How often it found its own heartbeats unanswered. */
  readonly deaths: number;
  /** The newest state of every point, by its id: the snapshot with the changes since. */
  readonly points: ReadonlyMap<string, Snapshot['points'][number]>;
  /** What makes its records worthless: a gap, entries lost, one number twice. */
  readonly complaints: readonly string[];
  /** Sends an event with these arguments, whatever they are. */
  send(event: string, ...args: readonly unknown[]): void;
  end(): Promise<void>;
};

export type ReaderOptions = {
  readonly python: string;
  readonly port: number;
  readonly node: string;
  readonly role: string;
  readonly token: string;
  /** Also the newest of everything. */
  readonly withLatest?: boolean;
  /** Never answers a heartbeat. */
  readonly isMute?: boolean;
};

/** Lets a Python node read the whole log from its start. */
export const openReader = ({ python, port, node, role, token, withLatest = false, isMute = false }: ReaderOptions): Reader => {
  const entries: Entry[] = [];
  const welcomes: Welcome[] = [];
  const byes: Bye[] = [];
  const points = new Map<string, Snapshot['points'][number]>();
  const complaints: string[] = [];
  let deaths = 0;
  let newest: Lsn = 0;

  const take = (entry: Entry): void => {
    if (entry.lsn !== newest + 1) complaints.push(`entry ${entry.lsn} came after ${newest}`);
    newest = entry.lsn;
    entries.push(entry);
  };
  const show = (state: Snapshot | Changes): void => {
    for (const point of state.points) points.set(point.id, point);
  };
  const hear = (line: unknown): void => {
    const [kind, facts] = line as [string, unknown];
    if (kind === 'entries') for (const entry of facts as Entry[]) take(entry);
    else if (kind === 'welcome') welcomes.push(facts as Welcome);
    else if (kind === 'bye') byes.push(facts as Bye);
    else if (kind === 'snapshot' || kind === 'changes') show(facts as Snapshot | Changes);
    else if (kind === 'dead') deaths += 1;
    else if (kind === 'gap' || kind === 'lost') complaints.push(`${kind}: ${JSON.stringify(facts)}`);
  };

  const flags = ['--from-start', ...(withLatest ? ['--latest'] : []), ...(isMute ? ['--mute'] : [])];
  const args = ['--url', `http://127.0.0.1:${port}`, '--node', node, '--role', role, '--token', token, ...flags];
  const child: PythonProcess = startPython(python, 'read_along.py', args, hear);
  return {
    entries,
    welcomes,
    byes,
    points,
    complaints,
    get deaths() {
      return deaths;
    },
    send: (event, ...parts) => child.tell(`send ${event} ${JSON.stringify(parts)}`),
    end: () => child.end(),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
};
