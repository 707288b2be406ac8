import { Fault } from '@phloem/protocol';
import { didYouMean, type Moves, type SiteModel } from '@phloem/rules';

const pattern = /^([a-z0-9_]+\/[a-z0-9_]+)=(none|[a-z0-9_]+(?:\/[a-z0-9_]+){0,1}\/(?:[a-z0-9_]+|\*)(?:,[a-z0-9_/*]+)*)$/;

/**
 * Reads which points devices move: `flower_room/lights=flower_room/front/ppfd,flower_room/front/*`, or `=none`.
 *
 * @throws Fault `cli/usage` when a text is none, or names what the site does not have.
 */
export const parseMoves = (texts: readonly string[], { points, devices }: SiteModel): Moves =>
  new Map(
    texts.map((text) => {
      const [, device = '', listed = ''] = pattern.exec(text) ?? [];
      if (device === '') {
        throw new Fault(
          'cli/usage',
          `--moves ${text}: write <device>=<points>, such as room/lights=room/front/ppfd,room/top/*, or room/lights=none`,
        );
      }
      const ids = devices.map(({ id }) => id);
      if (!ids.includes(device)) {
        const near = didYouMean(device, ids);
        throw new Fault('cli/usage', `--moves: the site has no device ${device}${near === undefined ? '' : `; did you mean ${near}?`}`);
      }
      const patterns = listed === 'none' ? [] : listed.split(',');
      for (const each of patterns) {
        const isThere = points.some(({ id }) => (each.endsWith('/*') ? id.startsWith(each.slice(0, -1)) : id === each));
        if (!isThere) throw new Fault('cli/usage', `--moves: the site has no point ${each}`);
      }
      return [device, patterns] as const;
    }),
  );
