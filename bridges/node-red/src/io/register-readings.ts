import type { HubNode, NodeRed } from '../node-red.ts';
import { parseSelection } from '../select-ids.ts';
import { stepReadings, type ReadingsEvent, type ReadingsState } from '../step-readings.ts';
import { findConnection, showStanding } from './follow-standing.ts';

type ReadingsConfig = { readonly hub: string; readonly points?: string };

/** Registers `phloem-readings`, which emits each reading of the chosen points, and that they are stale after a cut. */
export const registerReadings = (red: NodeRed): void => {
  red.nodes.registerType('phloem-readings', function create(this: HubNode, config: ReadingsConfig) {
    red.nodes.createNode(this, config);
    const connection = findConnection(red, this, config.hub);
    if (connection === null) return;
    const selection = parseSelection(config.points ?? '');
    let state: ReadingsState = new Map();
    const happen = (event: ReadingsEvent): void => {
      const step = stepReadings(state, event, selection);
      state = step.state;
      for (const message of step.messages) this.send(message);
    };
    showStanding(this, connection);
    const reading = connection.state$.subscribe((next) => happen({ kind: 'state', state: next }));
    reading.add(
      connection.standing$.subscribe((standing) => {
        if (standing.kind === 'stale') happen({ kind: 'cut', reason: 'no connection to the hub' });
        if (standing.kind === 'refused') happen({ kind: 'cut', reason: standing.message });
      }),
    );
    this.on('close', (_isRemoved, done) => {
      reading.unsubscribe();
      done();
    });
  });
};
