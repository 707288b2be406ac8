import type { Role, SubscriptionRequest } from '@phloem/protocol';
import { openLink, type Batch, type Link, type View } from '@phloem/reconnect';
import type { EventLoop } from '../engine/event-loop.ts';
import type { Random } from '../engine/random.ts';
import { SimProcess } from '../engine/sim-process.ts';
import type { Network } from './network.ts';

/** One process that looks on. */
export type ViewerRun = { readonly title: string; readonly process: SimProcess; readonly link: Link };

export type ViewerParts = {
  readonly loop: EventLoop;
  readonly random: Random;
  readonly network: Network;
  readonly batch: (run: ViewerRun, request: SubscriptionRequest, batch: Batch) => void;
  readonly view: (run: ViewerRun, view: View) => void;
};

/** Somebody who looks on, and starts again after an end. */
export class Viewer {
  run: ViewerRun | null = null;
  readonly #parts: ViewerParts;
  readonly #name: string;
  readonly #role: Role;
  readonly #requests: readonly SubscriptionRequest[];
  #runs = 0;

  constructor(name: string, role: Role, requests: readonly SubscriptionRequest[], parts: ViewerParts) {
    this.#name = name;
    this.#role = role;
    this.#requests = requests;
    this.#parts = parts;
  }

  start(): void {
    if (this.run !== null) return;
    const { loop, random, network, batch, view } = this.#parts;
    this.#runs += 1;
    const title = `${this.#name}/${this.#runs}`;
    const process = new SimProcess(title, loop);
    process.atEnd(() => (this.run = null));
    const link = openLink({
      transport: network.toTransport(process),
      clock: process,
      random: () => random.next(),
      nodeId: this.#name,
      run: `${this.#name}-${String(this.#runs).padStart(8, '0')}`,
      role: this.#role,
      software: 'simulation',
      profile: 'control',
      subscriptions: this.#requests,
    });
    const run = { title, process, link };
    this.run = run;
    for (const request of this.#requests) {
      if (request.mode === 'every') link.batches$(request.sub).subscribe((one) => batch(run, request, one));
      else link.latest$(request.sub).subscribe((one) => view(run, one));
    }
  }

  kill(): void {
    const { run } = this;
    if (run === null) return;
    run.process.kill();
    this.#parts.network.killed(run.process, false);
  }
}
