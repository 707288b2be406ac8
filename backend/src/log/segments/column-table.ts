import { ByteWriter } from './bytes.ts';
import { encodeNumbers } from './number-column.ts';
import { toShapeColumns } from './shape.ts';

type Column = { readonly group: number; readonly path: string; readonly numbers: number[] };
/** A shape that is in use; ids begin at 1. */
export type KnownShape = { readonly id: number; readonly columns: readonly Column[]; readonly readings: number };

/** The own time of a reading is close to the entry's `up`, and is stored as the difference. */
export const isRelativeToUp = (path: string): boolean => path.startsWith('readings.') && path.endsWith('.t');

/** The wall time of a reading that has an own time in `up`. */
export const toOwnTime = ({ at, up }: { readonly at: number; readonly up: number }, t: number): number => Math.round(at - (up - t));

/** Collects the shapes of a segment, and their numbers in columns. */
export class ColumnTable {
  readonly shapes: string[] = [];
  readonly groups: string[] = [];
  fromAt = Infinity;
  toAt = -Infinity;
  readings = 0;
  readonly #known = new Map<string, KnownShape | null>();
  readonly #columns = new Map<string, Column>();

  /** The shape of a text; null where it cannot be taken apart. */
  shape(shape: string): KnownShape | null {
    const known = this.#known.get(shape);
    if (known !== undefined) return known;
    const found = shape.includes('\n') ? null : toShapeColumns(shape);
    if (found === null) {
      this.#known.set(shape, null);
      return null;
    }
    const group = this.#toGroup(found.group);
    const columns = found.paths.map((path) => this.#toColumn(group, path));
    const added = { id: this.shapes.push(shape), columns, readings: found.readings };
    this.#known.set(shape, added);
    return added;
  }

  add({ columns, readings }: KnownShape, numbers: readonly number[], row: { readonly at: number; readonly up: number }): void {
    this.readings += readings;
    columns.forEach(({ path, numbers: column }, index) => {
      const number = numbers[index] ?? 0;
      const isRelative = isRelativeToUp(path);
      column.push(isRelative ? row.up - number : number);
      if (isRelative) this.#reach(toOwnTime(row, number));
      else if (path === 'measured') this.#reach(Math.round(number));
    });
  }

  /** The columns in the order in which `streams` has them. */
  columns(): (readonly [number, string, number, number])[] {
    return this.#encoded().flatMap(({ columns }) =>
      columns.map(({ column, bytes }) => [column.group, column.path, column.numbers.length, bytes.length] as const),
    );
  }

  /** The numbers of each group. */
  streams(): [string, Uint8Array][] {
    return this.#encoded().map(({ name, columns }) => {
      const out = new ByteWriter();
      for (const { bytes } of columns) out.bytes(bytes);
      return [name, out.take()];
    });
  }

  #cached: { name: string; columns: { column: Column; bytes: Uint8Array }[] }[] | null = null;
  #encoded() {
    this.#cached ??= this.groups.map((_, group) => ({
      name: `group ${group}`,
      columns: [...this.#columns.values()]
        .filter((column) => column.group === group)
        .map((column) => ({ column, bytes: encodeNumbers(Float64Array.from(column.numbers)) })),
    }));
    return this.#cached;
  }

  #reach(at: number): void {
    this.fromAt = Math.min(this.fromAt, at);
    this.toAt = Math.max(this.toAt, at);
  }

  #toGroup(name: string): number {
    const known = this.groups.indexOf(name);
    return known === -1 ? this.groups.push(name) - 1 : known;
  }

  #toColumn(group: number, path: string): Column {
    const key = `${group} ${path}`;
    const known = this.#columns.get(key);
    if (known !== undefined) return known;
    const column = { group, path, numbers: [] };
    this.#columns.set(key, column);
    return column;
  }
}
