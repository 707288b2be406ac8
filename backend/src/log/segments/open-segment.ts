import type { Lsn } from '@phloem/protocol';
import type { StoredRow } from '../decode-rows.ts';
import { ByteReader, fromUtf8 } from './bytes.ts';
import { isRelativeToUp } from './column-table.ts';
import { entryOverhead } from './encode-segment.ts';
import { decodeNumbers } from './number-column.ts';
import { offsetEvery, readFooter, readStream, SegmentDamage, type SegmentFooter, type SegmentTools } from './segment-format.ts';
import { placeholder, toShapeColumns, type ShapeColumns } from './shape.ts';

/** A shape as it is read: the pieces of its text between the numbers, and its columns. */
export type OpenShape = ShapeColumns & { readonly text: string; readonly pieces: readonly string[]; readonly columns: readonly number[] };

/** A segment whose parts are decoded when they are needed, and kept. Each part throws `SegmentDamage` when it is damaged. */
export class Segment {
  readonly footer: SegmentFooter;
  readonly #file: Uint8Array;
  readonly #tools: SegmentTools;
  readonly #columns: (Float64Array | undefined)[] = [];
  #up: Float64Array | undefined;
  #at: Float64Array | undefined;
  #ids: Uint32Array | undefined;
  #shapes: readonly OpenShape[] | undefined;
  #rows: Rows | undefined;
  #text: string | undefined;

  constructor(file: Uint8Array, tools: SegmentTools) {
    this.#file = file;
    this.#tools = tools;
    this.footer = this.#guard(() => readFooter(file, tools));
  }

  get count(): number {
    return this.footer.last - this.footer.first + 1;
  }

  up(): Float64Array {
    this.#up ??= decodeNumbers(this.#stream('up'), this.count);
    return this.#up;
  }

  at(): Float64Array {
    if (this.#at === undefined) {
      const bytes = this.#stream('at');
      const stored = decodeNumbers(bytes.subarray(1), this.count);
      const up = this.up();
      this.#at = bytes[0] === 1 ? stored.map((difference, index) => difference + (up[index] ?? 0)) : stored;
    }
    return this.#at;
  }

  /** For each entry its shape, counted from 1; 0 for an entry that is kept as a text. */
  shapeIds(): Uint32Array {
    if (this.#ids === undefined) {
      const reader = new ByteReader(this.#stream('shapes'));
      this.#ids = Uint32Array.from({ length: this.count }, () => reader.varint());
    }
    return this.#ids;
  }

  shapes(): readonly OpenShape[] {
    if (this.#shapes === undefined) {
      const { groups, columns } = this.footer;
      const places = new Map(columns.map(([group, path], index) => [`${groups[group]} ${path}`, index]));
      const texts = fromUtf8(this.#stream('shape-texts'));
      this.#shapes = texts === '' ? [] : texts.split('\n').map((text) => toOpenShape(text, places));
    }
    return this.#shapes;
  }

  /** The numbers of a column, by its place in the footer. */
  column(index: number): Float64Array {
    const known = this.#columns[index];
    if (known !== undefined) return known;
    const [group] = this.footer.columns[index] ?? [];
    if (group === undefined) throw new SegmentDamage('it has no such column');
    const bytes = this.#stream(`group ${group}`);
    let at = 0;
    this.footer.columns.forEach(([of, , count, length], place) => {
      if (of !== group) return;
      this.#columns[place] = this.#guard(() => decodeNumbers(bytes.subarray(at, at + length), count));
      at += length;
    });
    return this.#columns[index] ?? new Float64Array();
  }

  /** The entries after `after`, at most `count`, and no more than `bytes` of text past the first. */
  read(after: Lsn, count: number, bytes: number): readonly StoredRow[] {
    const { first, last } = this.footer;
    this.#rows ??= this.#guard(() => new Rows(this));
    const found: StoredRow[] = [];
    let size = 0;
    for (let lsn = Math.max(first, after + 1); lsn <= last && found.length < count; lsn += 1) {
      const row = this.#rows.row(lsn - first);
      size += row.body.length;
      if (found.length > 0 && size > bytes) break;
      found.push(row);
    }
    return found;
  }

  /** The entries that are kept as texts, a line each. */
  text(): string {
    this.#text ??= fromUtf8(this.#stream('texts'));
    return this.#text;
  }

  #stream(name: string): Uint8Array {
    const info = this.footer.streams.find((stream) => stream.name === name);
    if (info === undefined) throw new SegmentDamage(`its part ${name} is missing`);
    return this.#guard(() => readStream(this.#file, info, this.#tools));
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof SegmentDamage) throw error;
      throw new SegmentDamage(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }
}

const toOpenShape = (text: string, places: ReadonlyMap<string, number>): OpenShape => {
  const found = toShapeColumns(text);
  if (found === null) throw new SegmentDamage('a shape cannot be read');
  const columns = found.paths.map((path) => places.get(`${found.group} ${path}`) ?? -1);
  return { ...found, text, pieces: text.split(placeholder), columns };
};

/** The rows of a segment by their place: the numbers of all entries in a row, and where those of each entry begin. */
class Rows {
  readonly #segment: Segment;
  readonly #numbers: Float64Array;
  readonly #begins: Uint32Array;
  readonly #texts: readonly string[];
  /** Entries are mostly read in order: where the next one begins. */
  #next = { index: -1, offset: 0 };

  constructor(segment: Segment) {
    this.#segment = segment;
    const { columns: infos } = segment.footer;
    const columns = infos.map((_, index) => segment.column(index));
    const next = new Uint32Array(columns.length);
    const shapes = segment.shapes();
    const ids = segment.shapeIds();
    const up = segment.up();
    const relative = infos.map(([, path]) => isRelativeToUp(path));
    this.#numbers = new Float64Array(infos.reduce((sum, [, , count]) => sum + count, 0));
    this.#begins = new Uint32Array(segment.count);
    let [at, texts] = [0, 0];
    ids.forEach((id, index) => {
      if (id === 0) {
        this.#begins[index] = texts;
        texts += 1;
        return;
      }
      this.#begins[index] = at;
      for (const column of shapes[id - 1]?.columns ?? []) {
        const number = columns[column]?.[next[column] ?? 0] ?? 0;
        next[column] = (next[column] ?? 0) + 1;
        this.#numbers[at] = relative[column] === true ? (up[index] ?? 0) - number : number;
        at += 1;
      }
    });
    this.#texts = segment.text().split('\n');
  }

  row(index: number): StoredRow {
    const segment = this.#segment;
    const body = this.#body(index);
    const offset = this.#next.index === index ? this.#next.offset : this.#offset(index);
    this.#next = { index: index + 1, offset: offset + entryOverhead + body.length };
    return { lsn: segment.footer.first + index, at: segment.at()[index] ?? 0, up: segment.up()[index] ?? 0, offset, body };
  }

  #body(index: number): string {
    const id = this.#segment.shapeIds()[index] ?? 0;
    const begin = this.#begins[index] ?? 0;
    if (id === 0) return this.#texts[begin] ?? '';
    const pieces = this.#segment.shapes()[id - 1]?.pieces ?? [];
    let text = pieces[0] ?? '';
    for (let piece = 1; piece < pieces.length; piece += 1) text += String(this.#numbers[begin + piece - 1]) + (pieces[piece] ?? '');
    return text;
  }

  #offset(index: number): number {
    const mark = Math.floor(index / offsetEvery);
    let offset = this.#segment.footer.offsets[mark] ?? this.#segment.footer.offset;
    for (let before = mark * offsetEvery; before < index; before += 1) offset += entryOverhead + this.#body(before).length;
    return offset;
  }
}
