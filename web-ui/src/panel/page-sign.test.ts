import { textReason } from '@phloem/protocol';
import { describe, expect, it } from 'vitest';
import { emptyPanel } from '../state/panel-state.ts';
import { toPanelView } from './panel-view.ts';
import { toPageIcon, toPageTitle } from './page-sign.ts';

const at = Date.UTC(2026, 10, 23, 13);
const view = toPanelView(
  {
    ...emptyPanel,
    alarms: new Map(
      (['P3', 'P2'] as const).map((priority) => [
        priority,
        {
          alarm: priority,
          state: 'active',
          priority,
          why: textReason('too cold'),
          since: at,
          raised: at,
          isAcknowledged: false,
          acknowledgedBy: null,
          count: 1,
          lsn: 1,
        },
      ]),
    ),
  },
  { running: 0, wall: at },
);
const heard = { ...view, title: 'Farm', link: { ...view.link, isHeard: true } };
const quiet = { ...heard, alarms: { ...heard.alarms, lines: [] } };

describe('the title and the icon of the page', () => {
  it('say how many alarms are active, with the sign of the most urgent', () => {
    expect(toPageTitle(heard)).toBe('(2) ▲ 2 too cold · Farm');
    expect(toPageIcon(heard)).toBe('/mark-p2.svg');
  });

  it('are plain without an alarm', () => {
    expect([toPageTitle(quiet), toPageIcon(quiet)]).toEqual(['Farm', '/mark.svg']);
  });

  it('claim nothing while the hub is not heard', () => {
    const lost = { ...heard, screen: 'site' as const, link: { ...heard.link, isHeard: false } };
    expect([toPageTitle(lost), toPageIcon(lost)]).toEqual(['no link · Farm', '/mark.svg']);
  });
});
