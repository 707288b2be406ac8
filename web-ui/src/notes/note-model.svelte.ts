import type { NoteAnswer } from '@phloem/protocol';
import { untrack } from 'svelte';
import { createSiteTime } from '../format/site-time.ts';
import type { HistoryClient } from '../history/run-history.ts';
import { describeFailure } from '../live/describe-failure.ts';
import type { HubHttp } from '../live/hub-http.ts';
import type { PanelState } from '../state/panel-state.ts';
import type { Rights } from '../state/rights.ts';
import type { NoteQueue } from './io/note-queue-store.ts';
import { moveMoment, toNoteAsk, toSubjects } from './note-form.ts';

/** What a note needs of the panel. */
export type NoteSource = {
  readonly cell: {
    readonly view: { readonly link: { readonly isHeard: boolean }; readonly rights: Rights };
    readonly pointedAt: number | null;
  };
  readonly http: HubHttp;
  readonly history: Pick<HistoryClient, 'again'>;
  readonly notes: Pick<NoteQueue, 'draft'>;
  readonly state: () => PanelState;
  readonly hubWall: () => number | null;
};

/** What was typed and not sent stays until it is: a dialog is easily closed by mistake. */
let unsent = '';

/** One note while somebody writes and sends it. Create it while a component is set up. */
export class NoteModel {
  subject: string = $state('');
  /** The moment that the note is about, by the hub's wall clock; null for now. */
  moment: number | null = $state(null);
  text = $state(unsent);
  isSending = $state(false);
  fault = $state('');
  written: NoteAnswer | null = $state.raw(null);
  /** The text that waits in this browser, as there is no link to send it. */
  drafted: string | null = $state(null);
  readonly #source: NoteSource;
  readonly #location: string;

  /** `about` is the room, point or device that the note is about at first. */
  constructor(source: NoteSource, about: string) {
    this.#source = source;
    this.#location = about.split('/')[0] ?? about;
    this.subject = about;
    const { pointedAt } = untrack(() => source.cell);
    this.moment = pointedAt === null ? null : moveMoment(pointedAt, 0, source.hubWall() ?? 0);
    $effect(() => {
      unsent = this.text;
    });
  }

  readonly #view = $derived.by(() => this.#source.cell.view);
  readonly isHeard = $derived.by(() => this.#view.link.isHeard);
  // A note is no command: without a link it waits, and is sent with the moment at which it was written.
  readonly #right = $derived.by(() => (this.isHeard ? this.#view.rights.acknowledge : { may: true, why: '' }));
  /** What the view does not hold is read again whenever it was made again. */
  readonly facts = $derived.by(() => {
    void this.#view;
    const { site } = this.#source.state();
    return { site, time: createSiteTime(site?.timeZone ?? 'UTC'), now: this.#source.hubWall() ?? 0 };
  });
  readonly subjects = $derived.by(() => toSubjects(this.facts.site, this.#location));
  readonly #ask = $derived.by(() => toNoteAsk({ about: this.subject, moment: this.moment, text: this.text }));
  readonly whyNot = $derived.by(() => (this.#right.why !== '' ? this.#right.why : this.#ask.missing));
  readonly isReady = $derived.by(() => this.#ask.request !== null && this.#right.may && !this.isSending);

  /** Moves the moment that the note is about. */
  move(byMs: number): void {
    this.moment = moveMoment(this.moment, byMs, this.facts.now);
  }

  /** Sends the note, or keeps it in this browser while there is no link. Returns whether it is done. */
  async send(): Promise<boolean> {
    const { request } = this.#ask;
    if (request === null || !this.isReady) return false;
    if (!this.isHeard) {
      this.#source.notes.draft({ about: request.about, text: request.text, moment: request.moment ?? this.facts.now });
      this.drafted = request.text;
      this.text = '';
      return true;
    }
    this.isSending = true;
    this.fault = '';
    try {
      this.written = await this.#source.http.post('/api/v1/notes', request, 'note');
      this.text = '';
      this.#source.history.again(`marks ${this.#location} `);
    } catch (error) {
      this.fault = describeFailure('written', error, 'Check whether the chart shows it.');
    }
    this.isSending = false;
    return this.fault === '';
  }
}
