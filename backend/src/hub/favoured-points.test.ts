import { fileURLToPath } from 'node:url';
import { canonicalJson } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { describe, expect, it } from 'vitest';
import { readFolder } from '../site/io/read-folder.ts';
import { planBlocks } from '../field/poll/block-plan.ts';
import { toRank } from '../field/poll/bus-plans.ts';
import { withInputs } from '../field/register-places.ts';
import { readProfiles } from '../site/io/read-profiles.ts';
import { loadSite } from '../site/load-site.ts';
import { toFavouredPoints } from './favoured-points.ts';

const folder = (name: string) => readFolder(fileURLToPath(new URL(`../../../examples/flower-room/${name}/`, import.meta.url)));
const text = canonicalJson(readBundle(folder('bundle')));
const documents = { get: (hash: string) => (hash === 'live' ? text : null) };

describe('the points that rules read', () => {
  it('[FB2] are those of the signals of the live bundles, and of the interlocks', () => {
    const door = { kind: 'Signals', spec: { inputs: { door: { point: 'flower_room/door/open' } } } };
    const favoured = toFavouredPoints(['live'], { documents, interlocks: [door, { kind: 'Interlocks', spec: {} }] });
    expect(favoured).toContain('flower_room/front/temperature');
    expect(favoured).toContain('flower_room/door/open');
    expect(toFavouredPoints([], { documents }).size).toBe(0);
    expect(toFavouredPoints(['gone'], { documents }).size).toBe(0);
  });

  it('[FB2] put their polls before the others: what is derived stands on its inputs', () => {
    const { site } = loadSite(folder('site'), readProfiles());
    const blocks = planBlocks(site, { maxGap: 124, maxCount: 2000 });
    const ranks = (points: readonly string[]) => {
      const favoured = withInputs(site.points, new Set(points));
      return new Map(blocks.map((block) => [`${block.bus} ${block.unit}`, toRank(block, favoured)]));
    };
    expect(ranks([]).get('simulator 1')).toBe('poll');
    expect(ranks(['flower_room/front/vpd']).get('simulator 1')).toBe('control');
    expect(ranks(['flower_room/front/vpd']).get('simulator 2')).toBe('poll');
    expect(ranks([]).get('simulator 10')).toBe('read-back');
  });
});
