import { canonicalJson, type DocumentHash, type EntryDraft, hashDocument, toIsoText } from '@phloem/protocol';
import { readBundle } from '@phloem/rules';
import { createLivePlans } from '../../documents/live-plans.ts';
import { catchUpView } from '../../sessions/run-sessions.ts';
import { createHubFixture, testSite } from '../../sessions/testing/hub-fixture.ts';
import type { Site } from '../../site/site.ts';
import { createOffsetService } from '../offset-service.ts';

/** A bundle whose temperature may be moved by 2 K, whose light may not be moved, and whose rest is as a test wants it. */
export const climate = (offsets = 'offsets: { temp: "±2 K" }', temp = '"24 °C"'): string => `
apiVersion: phloem/v1
kind: Setpoints
metadata: { id: flower_room/climate }
spec:
  setpoints: { temp: ${temp}, light: "80 %" }
  ${offsets}
---
apiVersion: phloem/v1
kind: Rule
metadata: { id: flower_room/heat }
spec:
  use: { setpoints: flower_room/climate }
  when: 'sp.temp > degC(25) && sp.light > 10.0'
  then: [ { request: { device: flower_room/heater, value: on, level: control } } ]
  onUnknown: { hold: 1min, then: release }
`;

const heater = {
  id: 'flower_room/heater',
  location: 'flower_room',
  title: 'Heater',
  kind: 'switch',
  failSafe: { after: 10_000, value: false },
  minOn: 0,
  minOff: 0,
  merge: 'exclusive',
} as unknown as Site['devices'][number];
export const roomSite: Site = { ...testSite, devices: [heater] };

/** A hub's store and view with a live bundle, and the service at which its set-points are moved. */
export const openMovedRoom = (text: string | null = climate()) => {
  const hub = createHubFixture();
  const plans = createLivePlans({ store: hub.store, site: roomSite, view: hub.view });
  const toTimeText = (at: number): string => toIsoText(at).slice(11, 19);
  const service = createOffsetService({ store: hub.store, view: hub.view, plans, toTimeText });
  hub.store.log.head$.subscribe(() => catchUpView(hub.view, hub.store.log));
  const append = (draft: EntryDraft): void => void hub.store.log.append([draft]);
  let revision = 0;
  const promote = (written: string): DocumentHash => {
    const content = canonicalJson(readBundle([{ path: 'bundle.yaml', text: written }]));
    const hash = hashDocument(content);
    revision += 1;
    hub.store.documents.put(hash, content);
    append({ kind: 'bundle', scope: 'flower_room', hash, revision, mode: 'live' });
    return hash;
  };
  if (text !== null) promote(text);
  const entries = () => hub.store.log.read(0, { entries: 10_000, bytes: 10_000_000 });
  const pass = (ms: number): void => {
    hub.time.up += ms;
    hub.time.at += ms;
  };
  return { ...hub, plans, service, append, promote, entries, pass };
};
