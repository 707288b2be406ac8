import { saying } from '@phloem/protocol/testing';
import { describe, expect, it } from 'vitest';
import { testSite } from '../sessions/testing/hub-fixture.ts';
import { HubView } from '../view/hub-view.ts';
import { toPointAnswers } from './answers.ts';

const temperature = {
  id: 'flower_room/front/temperature',
  location: 'flower_room',
  cluster: 'front',
  measurement: 'temperature',
  quantity: 'temperature',
  intervalMs: 2000,
  title: 'Temperature',
  source: { kind: 'derived', formula: 'dew_point', inputs: [] },
} as unknown as (typeof testSite.points)[number];

/** A hub that received 25.4 °C when its running time was 10 s. */
const createView = (): HubView => {
  const clock = { at: () => 0, up: () => 0 };
  const view = new HubView({ site: { ...testSite, points: [temperature] }, revision: 1, clock, deviceStates: () => [] });
  const readings = { temperature: { v: 25.4, q: 'good' as const } };
  view.apply({ lsn: 1, at: 0, up: 10_000, kind: 'sensor', location: 'flower_room', cluster: 'front', readings });
  return view;
};

describe('points over HTTP', () => {
  it('show a reading that is in time as it is', () => {
    const [answer] = toPointAnswers(createView(), { at: 0, up: 16_000 });
    expect(answer).toMatchObject({ value: 25.4, quality: 'good', why: null });
  });

  it('never show an overdue reading as new, though no entry says yet that it is stale: a hub comes back with old values', () => {
    const [answer] = toPointAnswers(createView(), { at: 1_000_000, up: 16_001 });
    expect(answer).toMatchObject({ value: null, quality: 'stale', why: saying('no longer read') });
    expect(answer?.reported).toBe('1970-01-01T00:16:33.999Z');
  });
});
