/// <reference lib="webworker" />
import type { SubscriptionId } from '@phloem/protocol';
import type { Subscription } from 'rxjs';
import { createBrowserClock } from '../../io/browser-clock.ts';
import { openPanelLink, type PanelLink } from '../../io/panel-link.ts';
import type { PanelEvent } from '../../site/panel-state.ts';
import { isUrgent, type FromWorker, type ToWorker } from '../live-messages.ts';

// The link of the page, in a thread of its own: it is dialled, decoded, checked and put in order here, so that neither
// a busy nor a hidden page lets a heartbeat be late.

declare const self: DedicatedWorkerGlobalScope;

/** What is not urgent waits for the rest of a frame of the screen. */
const gatherMs = 16;

let gathered: PanelEvent[] = [];
let timer: ReturnType<typeof setTimeout> | null = null;
let link: PanelLink | null = null;
const watches = new Map<SubscriptionId, Subscription>();

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
const tell = (message: FromWorker): void => self.postMessage(message);

const flush = (): void => {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  const events = gathered;
  gathered = [];
  if (events.length > 0) tell({ type: 'events', events });
};

const take = (event: PanelEvent): void => {
  gathered.push(event);
  if (isUrgent(event)) flush();
  else timer ??= setTimeout(flush, gatherMs);
};

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case 'start': {
      const { scheduler } = createBrowserClock(data.running);
      link = openPanelLink({ url: data.url, clock: scheduler, random: Math.random, software: data.software });
      link.events$.subscribe(take);
      break;
    }
    case 'watch': {
      const { watch } = data.request;
      watches.get(watch)?.unsubscribe();
      if (link !== null)
        watches.set(
          watch,
          link.watch$(data.request).subscribe((news) => tell({ type: 'watch', news })),
        );
      break;
    }
    default:
      watches.get(data.watch)?.unsubscribe();
      watches.delete(data.watch);
  }
});
