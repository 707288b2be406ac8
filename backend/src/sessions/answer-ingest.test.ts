import { Fault, type IngestMessage, type IngestOutcome } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import type { IngestService } from '../ingest/ingest-service.ts';
import { createHubFixture } from './testing/hub-fixture.ts';

const outcome: IngestOutcome = { lsn: 1, live: 1, late: 0, refusedCount: 0, refused: [] };
const message = (seq: number): IngestMessage => ({ source: 'zigbee', seq, frames: [{ readings: { 'shed/front/air': { v: 20 } } }] });

const setUp = () => {
  const asked: { readonly resolve: () => void; readonly reject: (error: unknown) => void; readonly seq: number }[] = [];
  const ingest: IngestService = {
    state: (source) => {
      if (source !== 'zigbee') throw new Fault('source/unknown', `the site declares no source ${source}`);
      return { source, seq: 4, position: 'row 4' };
    },
    take: ({ seq }) => new Promise((resolve, reject) => asked.push({ seq, resolve: () => resolve(outcome), reject })),
    figures: () => [],
    standings: () => [],
  };
  const hub = createHubFixture({}, { ingest });
  const node = hub.connect({ role: 'ingest', nodeId: 'bridge' });
  const told = (event: string) => node.sent.filter((one) => one.event === event).map(({ payload }) => payload);
  return { hub, node, asked, told };
};

describe('a node that sends readings', () => {
  it('[IG2] learns how far its source is, and why another is not its own', () => {
    const { node, told } = setUp();
    node.receive('attach', { source: 'zigbee' });
    node.receive('attach', { source: 'none' });
    expect(told('attached')).toEqual([
      { source: 'zigbee', seq: 4, position: 'row 4', window: 16, fault: null },
      {
        source: 'none',
        seq: 0,
        position: null,
        window: 16,
        fault: { code: 'source/unknown', message: 'the site declares no source none', retry: false, expected: null },
      },
    ]);
    expect(node.farewell).toBeNull();
  });

  it('[IG3] is answered when what it sent is on disk, and goes on after a fault', async () => {
    const { node, asked, told } = setUp();
    node.receive('ingest', message(5));
    node.receive('ingest', message(6));
    expect(told('ingested')).toEqual([]);
    asked[0]?.resolve();
    asked[1]?.reject(new Fault('ingest/busy', 'later'));
    await new Promise(setImmediate);
    expect(told('ingested')).toEqual([
      { source: 'zigbee', seq: 5, outcome, fault: null },
      { source: 'zigbee', seq: 6, outcome: null, fault: { code: 'ingest/busy', message: 'later', retry: true, expected: 5 } },
    ]);
    expect(node.farewell).toBeNull();
  });

  it('[PI4] ends its session by a mistake of the hub, and concerns nobody else', async () => {
    const { hub, node, asked } = setUp();
    const other = hub.connect({ nodeId: 'panel-2' });
    node.receive('ingest', message(5));
    asked[0]?.reject(new TypeError('a bug'));
    await new Promise(setImmediate);
    expect([node.farewell?.code, other.farewell]).toEqual(['internal', null]);
    expect(hub.notices).toContainEqual({ kind: 'bug', error: new TypeError('a bug') });
  });

  it.each([
    ['a frame without readings', { ...message(5), frames: [{ readings: {} }] }],
    ['no frames', { ...message(5), frames: [] }],
    ['a number that is none', { ...message(5), seq: 0 }],
    ['a member that nobody knows', { ...message(5), mood: 'fine' }],
    ['a name that is no point', { ...message(5), frames: [{ readings: { __proto__x: { v: 1 } } }] }],
    ['a text for a value', { ...message(5), frames: [{ readings: { 'shed/front/air': { v: '20' } } }] }],
    ['more frames than a message may hold', { ...message(5), frames: Array.from({ length: 257 }, () => message(5).frames[0]) }],
  ])('[PI4] ends its session with %s', (_, payload) => {
    const { node, asked } = setUp();
    node.receive('ingest', payload);
    expect([node.farewell?.code, asked]).toEqual(['protocol', []]);
  });

  it('[IG1] [PI4] is the only one that may send readings', () => {
    const { hub, asked } = setUp();
    for (const role of ['viewer', 'engineer', 'automation', 'relay']) {
      const node = hub.connect({ role, nodeId: `other-${role}` });
      node.receive('ingest', message(5));
      expect(node.farewell?.code).toBe('unauthorised');
    }
    expect(asked).toEqual([]);
  });
});
