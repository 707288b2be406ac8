import { createDocuments, createService, startService } from '@phloem/automation';
import { isFault, Fault, type DeviceStateFrame, type DeviceValue, type Entry } from '@phloem/protocol';
import type { Batch } from '@phloem/reconnect';
import { defer, from, NEVER, of, queueScheduler } from 'rxjs';
import { createRunCompile } from '../parts/engine-run.ts';
import { roomScope, site } from '../parts/documents.ts';
import type { World } from '../world.ts';

/** Every device is looked at once a second; the answer takes a moment. */
const checkedAtMs = 1100;

/** Claims that nothing is under way: all are at the head, no command is open, and the hub has looked at what fell back. */
export const isQuiet = ({ loop, simulator, hub, truth, services, viewers, delivery, views, commands, leases }: World): boolean => {
  if (hub.live === null || loop.now - simulator.fellBackAt < checkedAtMs) return false;
  const { head } = truth;
  // What the engine makes of the newest entry is with the hub once that entry is committed.
  if (leases.termOf(roomScope) !== null && hub.live.store.cursors.get(roomScope)?.lsn !== head) return false;
  const [, panel] = viewers;
  return (
    services.every(({ run }) => run !== null && delivery.positionOf(run.title)?.lsn === head && run.engine.newest() === head) &&
    panel?.run !== null &&
    panel !== undefined &&
    views.isAt(panel.run.title, head) &&
    commands.open().length === 0
  );
};

/** When all has been healed: everybody has come to what an engine comes to that was never disturbed. */
export const checkConvergence = (world: World): void => {
  const { hub, witness, truth, services, viewers, views, commands, simulator } = world;
  if (hub.live === null) return witness.fail('convergence', 'there is no hub');
  commands.close();
  world.overrides.close();
  world.offsets.close(hub.live.hub.view.offsets(), hub.live.store.clock.up());
  const reference = runUndisturbed(world);
  for (const { run } of services) {
    const newest = run?.engine.newest() ?? null;
    if (newest !== truth.head) witness.fail('convergence', `${run?.title} is at ${newest} and the log at ${truth.head}`);
    else if (run?.engine.hash() !== reference.hash)
      witness.fail('convergence', `${run?.title} has another state at ${newest} than a run that was never disturbed`);
  }
  for (const frame of reference.commands) {
    const isKnown = truth.entries().some((entry) => entry.kind === 'device' && entry.id === frame.id);
    if (!isKnown) witness.fail('LE3', `the newest request ${frame.id} (${frame.value}: ${frame.why.code}) never came to the hub`);
  }
  const [, panel] = viewers;
  const snapshot = hub.live.hub.view.snapshot('view');
  if (panel?.run) views.compare(panel.run.title, snapshot);
  for (const { id, threePoint } of site.devices) {
    if (threePoint !== undefined) continue;
    const state = snapshot.devices.find((device) => device.id === id);
    if (state !== undefined && state.confirmed !== null && !isShownAs(simulator.valueOf(id), state.confirmed)) {
      witness.fail('DE8', `${id} is ${simulator.valueOf(id)}, and shown as ${state.confirmed}`);
    }
  }
};

/** What moves is shown as it was when it had come near enough. */
const isShownAs = (value: DeviceValue, shown: DeviceValue): boolean =>
  typeof value === 'number' && typeof shown === 'number' ? Math.abs(value - shown) <= 1.1 : value === shown;

/** What the whole log makes of an engine that reads it from the first entry on, as the node that holds the lease now. */
const runUndisturbed = ({
  hub,
  truth,
  witness,
}: World): { readonly hash: string | null; readonly commands: readonly DeviceStateFrame[] } => {
  const store = hub.live?.store;
  const entries = truth.entries();
  const grant = entries.findLast((entry) => entry.kind === 'lease' && entry.scope === roomScope);
  const holder = grant?.kind === 'lease' ? grant.holder : null;
  const engine = createRunCompile();
  const requests = new Map<string, DeviceStateFrame>();
  createService({
    nodeId: holder ?? 'nobody',
    batches$: from(toBatches(entries, (lsn) => truth.epochOf(lsn))),
    start: startService({ epoch: truth.epochOf(1), lsn: 0 }, null),
    documents: createDocuments((hash) => {
      const text = store?.documents.get(hash);
      return defer(() => of(typeof text === 'string' ? (JSON.parse(text) as unknown) : new Fault('document/unknown', hash)));
    }, queueScheduler),
    compile: engine.compile,
    // No checkpoints are wanted of it.
    clock: { now: () => 0, schedule: () => NEVER.subscribe() },
    checkpointEveryMs: 1000,
  }).subscribe({
    next: (output) => {
      if (output.kind === 'progress' && output.progress.term !== null)
        for (const frame of output.progress.commands) requests.set(frame.device, frame);
      if (output.kind === 'switched' && isFault(output.fault)) witness.fail('bug', output.fault.message);
    },
  });
  const since = grant?.lsn ?? 0;
  return { hash: engine.hash(), commands: holder === null ? [] : [...requests.values()].filter(({ cause }) => cause.lsn >= since) };
};

const toBatches = (entries: readonly Entry[], epochOf: (lsn: number) => string): readonly Batch[] => {
  const batches: Extract<Batch, { kind: 'entries' }>[] = [];
  for (const entry of entries) {
    const epoch = epochOf(entry.lsn);
    const last = batches.at(-1);
    if (last?.epoch === epoch) batches[batches.length - 1] = { ...last, last: entry.lsn, entries: [...last.entries, entry] };
    else batches.push({ kind: 'entries', sub: 'log', epoch, from: entry.lsn - 1, last: entry.lsn, entries: [entry] });
  }
  return batches;
};
