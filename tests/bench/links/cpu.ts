import { readdirSync, readFileSync } from 'node:fs';

type Row = { readonly pid: number; readonly parent: number; readonly ticks: number };

const readRow = (pid: string): Row | null => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold blanks.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    return { pid: Number(pid), parent: Number(fields[1]), ticks };
  } catch {
    // It has ended meanwhile.
    return null;
  }
};

const microsecondsPerTick = 10_000;

/** The processor time of these processes and all that they started, in microseconds; null where the system does not say. */
export const readCpuUs = (roots: readonly number[]): number | null => {
  if (process.platform !== 'linux') return null;
  const rows = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readRow(name) ?? []) : []));
  const children = Map.groupBy(rows, ({ parent }) => parent);
  const ticksOf = (pid: number): number => (children.get(pid) ?? []).reduce((sum, child) => sum + child.ticks + ticksOf(child.pid), 0);
  const own = rows.filter(({ pid }) => roots.includes(pid)).reduce((sum, { ticks }) => sum + ticks, 0);
  return (own + roots.reduce((sum, pid) => sum + ticksOf(pid), 0)) * microsecondsPerTick;
};
