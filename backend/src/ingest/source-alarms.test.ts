import { describe, expect, it } from 'vitest';
import { toSourceAlarms, type SourceStanding } from './source-alarms.ts';

const zigbee: SourceStanding = { source: 'zigbee', node: 'bridge', silentMs: 0, limitMs: 30_000, locations: ['shed'] };
const after = (silentMs: number): readonly SourceStanding[] => [{ ...zigbee, silentMs }];
const never = (): 'cleared' => 'cleared';
const always = (): 'active' => 'active';

describe('the alarm of a silent source', () => {
  it('[IG12] is raised once it has sent nothing for too long, and names its node and locations', () => {
    expect(toSourceAlarms(after(30_000), [], never)).toEqual([]);
    expect(toSourceAlarms(after(30_001), [], never)).toMatchObject([
      {
        alarm: 'source/zigbee/silent',
        state: 'active',
        priority: 'P2',
        why: { code: 'source/silent', params: { source: 'zigbee', node: 'bridge', forMs: 30_001 } },
        locations: ['shed'],
      },
    ]);
    expect(toSourceAlarms(after(31_000), ['zigbee'], always)).toEqual([]);
  });

  it('[IG12] clears with the next message, and with a site that does not declare the source', () => {
    expect(toSourceAlarms(after(0), ['zigbee'], always)).toMatchObject([{ alarm: 'source/zigbee/silent', state: 'cleared' }]);
    expect(toSourceAlarms([], ['zigbee', 'zigbee'], always)).toMatchObject([{ alarm: 'source/zigbee/silent', state: 'cleared' }]);
    expect(toSourceAlarms([], ['zigbee'], never)).toEqual([]);
  });
});
