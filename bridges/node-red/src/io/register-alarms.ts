import type { Position } from '@phloem/protocol';
import type { Batch } from '@phloem/reconnect';
import { defer, first, of, switchMap, tap, type Observable } from 'rxjs';
import type { HubConnection } from '../hub-connection.ts';
import type { HubNode, NodeRed } from '../node-red.ts';
import { parseSelection } from '../select-ids.ts';
import { toAlarmMessages, toStandingAlarms, type AlarmChoice } from '../to-alarm-messages.ts';
import { findConnection, showStanding } from './follow-standing.ts';
import { forgetState, keepState, readState } from './kept-state.ts';

type AlarmsConfig = { readonly hub: string; readonly maxPriority?: string; readonly locations?: string };

/** Where the node keeps the position after the last alarm that it has emitted. */
const key = 'phloemPosition';

/** Registers `phloem-alarms`, which emits each change of an alarm once, also those from while it was deployed. */
export const registerAlarms = (red: NodeRed): void => {
  red.nodes.registerType('phloem-alarms', function create(this: HubNode, config: AlarmsConfig) {
    red.nodes.createNode(this, config);
    const connection = findConnection(red, this, config.hub);
    if (connection === null) return;
    const choice: AlarmChoice = { maxPriority: config.maxPriority ?? 'P4', locations: parseSelection(config.locations ?? '') };
    showStanding(this, connection);
    const reading = readAlarms(this, connection, choice).subscribe({
      next: (batch) => emit(this, batch, choice),
      error: (error: unknown) => this.warn(error instanceof Error ? error.message : String(error)),
    });
    this.on('close', (isRemoved, done) => {
      reading.unsubscribe();
      if (isRemoved) forgetState(this, key);
      done();
    });
  });
};

const keep = (node: HubNode, position: Position): void => keepState(node, key, position);

/** Continues at the kept position. Without one, the node first emits the alarms that stand, and continues after them. */
const readAlarms = (node: HubNode, connection: HubConnection, choice: AlarmChoice): Observable<Batch> =>
  defer(() => {
    const kept = readState(node, key) as Position | undefined;
    if (kept !== undefined) return of(kept);
    return connection.state$.pipe(
      first(({ kind }) => kind === 'snapshot'),
      tap(({ alarms, epoch }) => toStandingAlarms(alarms, epoch, choice).forEach((message) => node.send(message))),
      switchMap(({ epoch, version }) => of({ epoch, lsn: version })),
      tap((position) => keep(node, position)),
    );
  }).pipe(switchMap((position) => connection.alarms$(toName(node), position)));

const toName = ({ id }: HubNode): string => `alarms-${id.toLowerCase().replaceAll(/[^a-z0-9_-]/g, '')}`.slice(0, 32);

const emit = (node: HubNode, batch: Batch, choice: AlarmChoice): void => {
  if (batch.kind === 'lost') node.warn(`The hub no longer has entries ${batch.lost.join(' to ')}; alarms among them were not emitted.`);
  for (const message of toAlarmMessages(batch, choice)) node.send(message);
  if (batch.kind === 'entries') keep(node, { epoch: batch.epoch, lsn: batch.last });
  if (batch.kind === 'lost') keep(node, { epoch: batch.epoch, lsn: batch.lost[1] });
};
