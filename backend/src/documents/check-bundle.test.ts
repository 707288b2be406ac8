import { Fault } from '@phloem/protocol';
import { expect, it } from 'vitest';
import { testSite } from '../sessions/testing/hub-fixture.ts';
import { checkBundle } from './check-bundle.ts';

const nested = (levels: number): unknown => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
const bundleOf = (document: unknown) => ({ apiVersion: 'phloem/v1', kind: 'Bundle', documents: [document] });

it.each([
  ['nested too deeply', nested(200), /nested deeper/],
  ['nested far too deeply', nested(20_000), /nested deeper/],
  ['with half a character', { text: '\ud800' }, /surrogate/],
  [
    'with a document that would take long to compile',
    { kind: 'Signals', metadata: { id: 'room/all' }, spec: { note: 'x'.repeat(65_536) } },
    /room\/all has 65 KiB of JSON, and may have 64: divide it into several/,
  ],
])('a bundle %s is refused in words', (_name, document, says) => {
  let fault: unknown = null;
  try {
    checkBundle(bundleOf(document), testSite);
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(Fault);
  expect(fault).toMatchObject({ code: 'document/invalid', message: expect.stringMatching(says) as string });
});

it('a bundle that would have no effect is refused: of signals alone', () => {
  const signals = {
    apiVersion: 'phloem/v1',
    kind: 'Signals',
    metadata: { id: 'flower_room/s' },
    spec: { inputs: {}, signals: { two: { expr: '1.0 + 1.0' } } },
  };
  expect(() => checkBundle(bundleOf(signals), testSite)).toThrow(/commands no device and raises no alarm.*add a rule, a loop or an alarm/);
});
