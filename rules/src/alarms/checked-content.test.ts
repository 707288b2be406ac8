import type * as Yaml from 'yaml';
import { parseAllDocuments } from 'yaml';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { readBundle, trustContent, type BundleContent } from '../bundle.ts';
import { DocumentFault } from '../documents/problem.ts';
import { room } from '../plan/testing.ts';
import { compileAlarms } from './compile-alarms.ts';

// Every text that is read is counted: that is most of the work of compiling a bundle.
vi.mock('yaml', async (original) => {
  const yaml = await original<typeof Yaml>();
  return { ...yaml, parseAllDocuments: vi.fn<typeof parseAllDocuments>(yaml.parseAllDocuments) };
});
const read = vi.mocked(parseAllDocuments);

const signals = `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/signals }
spec:
  inputs: { t: { point: room/front/temperature, maxAge: 30s } }
  signals: { temp: { expr: 't', title: Air temperature } }
`;
const alarm = (i: number, condition: string): string => `apiVersion: phloem/v1
kind: Alarm
metadata: { id: room/too-warm-${i} }
spec:
  use: { signals: room/signals }
  when: { expr: '${condition}', for: { on: 30min } }
  priority: P2
  text: Too warm ${i}
`;
/** A bundle as the hub keeps it, as JSON. */
const kept = (...documents: readonly string[]): BundleContent =>
  JSON.parse(JSON.stringify(readBundle([{ path: 'bundle.yaml', text: documents.join('---\n') }]))) as BundleContent;
const problemsOf = (content: BundleContent): DocumentFault['problems'] => {
  try {
    compileAlarms(content, room);
    return [];
  } catch (error) {
    if (!(error instanceof DocumentFault)) throw error;
    return error.problems;
  }
};

const many = kept(signals, ...Array.from({ length: 60 }, (_, i) => alarm(i, `t > degC(${i}.5)`)));

describe('a bundle that was checked before', () => {
  beforeEach(() => read.mockClear());

  it('is compiled without reading any text, and one from elsewhere reads every document', () => {
    compileAlarms(trustContent(structuredClone(many)), room);
    expect(read).toHaveBeenCalledTimes(0);
    compileAlarms(structuredClone(many), room);
    expect(read).toHaveBeenCalledTimes(61);
  });

  it('gives the same plan, and the same state after the same entries', () => {
    const [trusted, plain] = [compileAlarms(trustContent(structuredClone(many)), room), compileAlarms(structuredClone(many), room)];
    expect(trusted.definitions).toEqual(plain.definitions);
    expect(trusted.save(trusted.start())).toBe(plain.save(plain.start()));
    expect(trusted.restore(plain.save(plain.start()))).toEqual(trusted.start());
  });

  it('shows problems at the same places when it does not fit', () => {
    const wrong = kept(signals, alarm(1, 'nobody > degC(1.0)'));
    const problems = problemsOf(trustContent(structuredClone(wrong)));
    expect(problems.length).toBeGreaterThan(0);
    expect(problems).toEqual(problemsOf(structuredClone(wrong)));
  });
});
