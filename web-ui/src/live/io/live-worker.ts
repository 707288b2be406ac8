/// <reference lib="webworker" />
import type { SubscriptionId } from '@phloem/protocol';
import type { Subscription } from 'rxjs';
import { createBrowserClock } from '../../clock/io/browser-clock.ts';
import { openPanelLink, type PanelLink } from './panel-link.ts';
import type { PanelEvent } from '../../state/panel-state.ts';
import { isUrgent, type Ask, type FromWorker, type ToWorker } from '../live-messages.ts';
import { askHub } from './ask-hub.ts';

// All that the page has to do with the hub, in a thread of its own: the link is dialled, decoded, checked and put in
// order here, so that neither a busy nor a hidden page lets a heartbeat be late; and HTTP is asked, so that what checks
// answers is loaded once.

declare const self: DedicatedWorkerGlobalScope;

/** What is not urgent waits for the rest of a frame of the screen. */
const gatherMs = 16;

let gathered: PanelEvent[] = [];
let timer: ReturnType<typeof setTimeout> | null = null;
let link: PanelLink | null = null;
const watches = new Map<SubscriptionId, Subscription>();
/** Requests that are under way, each with what gives it up. */
const asks = new Map<number, AbortController>();

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
const tell = (message: FromWorker): void => self.postMessage(message);

const flush = (): void => {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  const events = gathered;
  gathered = [];
  if (events.length > 0) tell({ kind: 'events', events });
};

const take = (event: PanelEvent): void => {
  gathered.push(event);
  if (isUrgent(event)) flush();
  else timer ??= setTimeout(flush, gatherMs);
};

const answer = async (ask: Ask): Promise<void> => {
  const giveUp = new AbortController();
  asks.set(ask.id, giveUp);
  const told = await askHub(ask, giveUp.signal);
  asks.delete(ask.id);
  if (told !== null) tell({ kind: 'answered', answer: told });
};

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  switch (data.kind) {
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
          link.watch$(data.request).subscribe((news) => tell({ kind: 'watch', news })),
        );
      break;
    }
    case 'unwatch':
      watches.get(data.watch)?.unsubscribe();
      watches.delete(data.watch);
      break;
    case 'ask':
      void answer(data.ask);
      break;
    default:
      asks.get(data.id)?.abort();
  }
});
