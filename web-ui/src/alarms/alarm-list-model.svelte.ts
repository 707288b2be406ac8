import type { AlarmKey } from '../keyboard/keys.ts';
import { describeFailure } from '../live/describe-failure.ts';
import type { HubHttp } from '../live/hub-http.ts';
import type { Address } from '../route/route.ts';
import type { Rights } from '../state/rights.ts';
import { acknowledgeAlarms, unshelveAlarms } from './alarm-calls.ts';
import { filterAlarms, parseAlarmFilter, toAlarmGroups } from './alarm-filter.ts';
import {
  keepShown,
  noSelection,
  stepSelection,
  toShelving,
  toSubject,
  type AlarmSelection,
  type SelectionEvent,
  type Shelving,
} from './alarm-selection.ts';
import type { AlarmLine, AlarmsView } from './alarm-view.ts';
import { toCountText } from './alarm-words.ts';

/** What the list of alarms is made from. Its members are read when they are used, so the props of a component keep it reactive. */
export type AlarmListSource = {
  readonly alarms: AlarmsView;
  readonly address: Address;
  readonly rights: Rights;
  readonly http: HubHttp;
};

/** What the list announces, with the alarms that can be unshelved again. */
export type Said = { readonly text: string; readonly undo: readonly string[] };

/** The list of alarms: what it shows, what is selected, and what is sent for the selection. Create it while a component is set up. */
export class AlarmListModel {
  said: Said = $state.raw({ text: '', undo: [] });
  isSending = $state(false);
  /** What the open shelve dialog is about; null while it is closed. */
  shelving: Shelving | null = $state.raw(null);
  #selection: AlarmSelection = $state.raw(noSelection);
  readonly #source: AlarmListSource;
  readonly #onSent: () => void;

  /** `onSent` is called after the hub has accepted what was sent. */
  constructor(source: AlarmListSource, onSent: () => void) {
    this.#source = source;
    this.#onSent = onSent;
  }

  readonly all = $derived.by(() => {
    const { lines, returned, shelved } = this.#source.alarms;
    return [...lines, ...returned, ...shelved];
  });
  readonly filtered = $derived.by(() => filterAlarms(this.all, parseAlarmFilter(this.#source.address.search)));
  readonly groups = $derived.by(() => toAlarmGroups(this.filtered));
  readonly #order = $derived.by(() => this.groups.flatMap(({ lines }) => lines.map(({ alarm }) => alarm)));
  readonly selected = $derived.by(() => keepShown(this.#selection, this.#order));
  readonly selectedLines = $derived.by(() => this.all.filter(({ alarm }) => this.selected.includes(alarm)));

  say(text: string, undo: readonly string[] = []): void {
    this.said = { text, undo };
  }

  select(event: SelectionEvent): void {
    this.#selection = stepSelection(this.#selection, event);
  }

  pick(alarm: string, isRange: boolean): void {
    this.select(isRange ? { kind: 'range', alarm, order: this.#order } : { kind: 'toggle', alarm });
  }

  acknowledge(comment: string): void {
    const { http, rights } = this.#source;
    const own = this.selectedLines.filter(({ isAcknowledged }) => !isAcknowledged).map(({ alarm }) => alarm);
    if (own.length === 0 || !rights.acknowledge.may) return;
    void this.#send(() => acknowledgeAlarms(http, own, comment), `${toCountText(own.length)} acknowledged.`);
  }

  unshelve(own: readonly string[]): void {
    const { http, rights } = this.#source;
    if (own.length === 0 || !rights.shelve.may) return;
    void this.#send(() => unshelveAlarms(http, own), `${toCountText(own.length)} unshelved.`);
  }

  unshelveSelected(): void {
    this.unshelve(this.selectedLines.filter((line) => line.shelved !== null).map(({ alarm }) => alarm));
  }

  openShelve(lines: readonly AlarmLine[]): void {
    if (this.#source.rights.shelve.may) this.shelving = toShelving(lines) ?? this.shelving;
  }

  closeShelve(): void {
    this.shelving = null;
  }

  /** Takes in that the alarms are shelved, until then by the words of the site's clock. */
  onShelved(own: readonly string[], until: string): void {
    this.say(`${toCountText(own.length)} shelved until ${until}.`, own);
    this.select({ kind: 'clear' });
  }

  /** Does what a key asks for; `focused` is the alarm in focus. Returns false for a key that it leaves to others. */
  takeKey(key: AlarmKey, focused: string | null): boolean {
    switch (key) {
      case 'select':
      case 'select-range':
        if (focused !== null) this.pick(focused, key === 'select-range');
        return true;
      case 'shelve':
        this.openShelve(toSubject(this.all, this.selectedLines, focused));
        return true;
      case 'acknowledge':
        if (this.selectedLines.length === 0) return false;
        this.acknowledge('');
        return true;
      case 'close':
        this.select({ kind: 'clear' });
        return true;
    }
  }

  /** Sends once, announces the result, and keeps the selection after a failure. */
  async #send(run: () => Promise<void>, done: string): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    try {
      await run();
      this.say(done);
      this.select({ kind: 'clear' });
      this.#onSent();
    } catch (error) {
      this.say(describeFailure('sent', error, 'Check the list.'));
    }
    this.isSending = false;
  }
}
