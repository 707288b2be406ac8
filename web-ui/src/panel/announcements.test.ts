import { describe, expect, it } from 'vitest';
import { silence, stepAnnouncements } from './announcements.ts';
import type { PanelView } from './panel-view.ts';
import { alarm, changes, run, live, viewAfter } from './testing/panel-fixture.ts';

describe('announcements', () => {
  const urgent = run([{ kind: 'changes', message: changes({ alarms: [alarm()] }), running: 2000 }], live);

  it('calls out a new urgent alarm at once, but not one that was there when the page was opened', () => {
    const opened = stepAnnouncements(silence, viewAfter(0, urgent), 0);
    expect(opened.alert).toBe('');
    const calm = stepAnnouncements(silence, viewAfter(0), 0);
    expect(stepAnnouncements(calm, viewAfter(1000, urgent), 100).alert).toBe('P2 Flower room Heater reads off');
  });

  it('says changes of a room at most every ten seconds, and never a value', () => {
    const first = stepAnnouncements(silence, viewAfter(0), 0);
    const second = stepAnnouncements(first, viewAfter(1000, urgent), 1000);
    expect(second.status).toBe('Flower room: Heater reads off 13:59');
    const soon = stepAnnouncements(second, viewAfter(2000), 2000);
    expect(soon.status).toBe(second.status);
    expect(stepAnnouncements(soon, viewAfter(2000), 11_001).status).toBe('Flower room: normal');
  });
});

describe('announcements of the link', () => {
  const say = (words: readonly (readonly [word: PanelView['link']['word'], isHeard: boolean, running: number])[]) => {
    const view = viewAfter(0);
    let said = silence;
    return words.map(([word, isHeard, running]) => {
      said = stepAnnouncements(said, { ...view, link: { ...view.link, word, isHeard } }, running);
      return said.status;
    });
  };

  it('says that it is live as soon as it is, and nothing of the way there', () =>
    expect(
      say([
        ['connecting', false, 0],
        ['catching-up', false, 500],
        ['live', true, 900],
      ]),
    ).toEqual(['', '', 'Link: live']));

  it('says a cut and its end at once, however short it was', () =>
    expect(
      say([
        ['live', true, 0],
        ['down', false, 1000],
        ['catching-up', false, 2000],
        ['live', true, 2100],
        ['slow', true, 2200],
      ]),
    ).toEqual(['', 'Link: no link', 'Link: no link', 'Link: live', 'Link: live']));
});
