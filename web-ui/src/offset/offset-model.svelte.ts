import { quantities } from '@phloem/protocol';
import { toNumberText, toUnitText } from '../format/format-value.ts';
import { createSiteTime } from '../format/site-time.ts';
import type { HubHttp } from '../live/hub-http.ts';
import { describeFailure } from '../live/describe-failure.ts';
import { toLengthMs } from '../override/override-form.ts';
import { toBaseAt, toDeltaText, toDifferenceUnit, toWanted } from '../setpoints/moved.ts';
import { toLightTurn } from '../setpoints/setpoint-at.ts';
import type { PanelState } from '../state/panel-state.ts';
import type { Rights } from '../state/rights.ts';
import { releaseOffset, setOffset } from './offset-calls.ts';
import { toForecast } from './offset-forecast.ts';
import { emptyOffsetForm, moveDelta, toFixedText, toOffsetAnswer, toStep, type OffsetForm } from './offset-form.ts';
import { findSetpoint, type OffsetLine } from './offset-line.ts';
import { toOffsetSteps, type SentOffset } from './offset-steps.ts';

/** What an offset needs of the panel. */
export type OffsetSource = {
  readonly cell: {
    readonly view: {
      readonly tiles: readonly { readonly id: string; readonly title: string }[];
      readonly offsets: readonly OffsetLine[];
      readonly rights: Rights;
      readonly link: { readonly isHeard: boolean };
      readonly automation: { readonly state: string; readonly text: string };
    };
  };
  readonly http: HubHttp;
  readonly state: () => PanelState;
  readonly hubWall: () => number | null;
  readonly running: () => number;
};

/** The offset of one set-point while somebody fills it in, sends it and follows it. Create it while a component is set up. */
export class OffsetModel {
  form: OffsetForm = $state.raw(emptyOffsetForm);
  isSending = $state(false);
  fault = $state('');
  #sent: SentOffset | null = $state.raw(null);
  #isStarted = false;
  readonly #source: OffsetSource;
  readonly #name: string;

  constructor(source: OffsetSource, name: string) {
    this.#source = source;
    this.#name = name;
    $effect(() => this.#start());
  }

  readonly #view = $derived.by(() => this.#source.cell.view);
  readonly right = $derived.by(() => this.#view.rights.override);
  readonly isHeard = $derived.by(() => this.#view.link.isHeard);
  readonly active = $derived.by(() => this.#view.offsets.find((one) => one.setpoint === this.#name));
  /** What the view does not hold is read again whenever it was made again. */
  readonly #known = $derived.by(() => {
    void this.#view;
    const state = this.#source.state();
    const at = this.#source.hubWall() ?? 0;
    const found = findSetpoint(state.setpoints, this.#name);
    const turn = toLightTurn(found === null ? [] : (state.setpoints.get(found.location)?.dark ?? []), at);
    return {
      at,
      found,
      value: state.values.get(this.#name),
      time: createSiteTime(state.site?.timeZone ?? 'UTC'),
      lightTurn: turn === null ? null : { ms: turn.at - at, text: turn.text },
    };
  });
  readonly lightTurn = $derived.by(() => this.#known.lightTurn);
  readonly setpoint = $derived.by(() => this.#known.found?.setpoint);
  readonly room = $derived.by(() => this.#view.tiles.find(({ id }) => id === this.#known.found?.location)?.title ?? '');
  readonly decimals = $derived.by(() => (this.setpoint === undefined ? 1 : quantities[this.setpoint.quantity].decimals));
  readonly unit = $derived.by(() => (this.setpoint === undefined ? '' : toDifferenceUnit(this.setpoint.quantity)));
  readonly wanted = $derived.by(() => (this.setpoint === undefined ? null : toWanted(this.setpoint, this.#known.at)));
  readonly step = $derived.by(() => toStep(this.setpoint?.reach ?? null, this.decimals));
  /** Why nobody can move it; empty where somebody can. */
  readonly fixed = $derived.by(() => (this.setpoint === undefined ? '' : toFixedText(this.setpoint)));
  readonly #answer = $derived.by(() =>
    this.setpoint === undefined ? null : toOffsetAnswer(this.form, this.setpoint, this.decimals, this.lightTurn?.ms ?? null),
  );
  readonly forecast = $derived.by(() => {
    const { automation } = this.#view;
    if (this.setpoint === undefined) return [];
    return toForecast(this.setpoint, {
      delta: this.form.delta,
      forMs: toLengthMs(this.form, this.lightTurn?.ms ?? null),
      decimals: this.decimals,
      at: this.#known.at,
      time: this.#known.time,
      automation: automation.state === 'down' ? automation.text : '',
    });
  });
  readonly steps = $derived.by(() => {
    const { value } = this.#known;
    return this.#sent === null ? [] : toOffsetSteps(this.#sent, value, (one) => this.toText(one), this.#source.running());
  });
  readonly isReady = $derived.by(() => this.right.may && this.fixed === '' && (this.#answer?.request ?? null) !== null && !this.isSending);
  readonly whyNot = $derived.by(() => {
    if (this.right.why !== '') return this.right.why;
    return this.fixed === '' ? (this.#answer?.missing ?? '') : this.fixed;
  });
  readonly label = $derived.by(() => {
    const { delta } = this.form;
    if (this.isSending) return 'Sending …';
    if (delta === null || delta === 0 || this.setpoint === undefined) return 'Move it';
    return `Move it by ${toDeltaText(delta, this.setpoint.quantity, this.decimals)}`;
  });

  toText(value: number): string {
    return this.setpoint === undefined ? '' : `${toNumberText(value, this.decimals)} ${toUnitText(this.setpoint.quantity)}`.trim();
  }

  change(part: Partial<OffsetForm>): void {
    this.form = { ...this.form, ...part };
  }

  move(by: 1 | -1): void {
    this.change({ delta: moveDelta(this.form.delta, by, this.step, this.setpoint?.reach ?? null) });
  }

  async commit(): Promise<void> {
    const request = this.#answer?.request ?? null;
    const base = this.setpoint === undefined ? null : toBaseAt(this.setpoint, this.#known.at);
    if (request === null) return;
    await this.#send('sent', async () => {
      this.#sent = null;
      const { untilUp } = await setOffset(this.#source.http, this.#name, request);
      if (base !== null) this.#sent = { delta: request.delta, base, sinceUp: untilUp - request.forMs, takenAt: this.#source.running() };
      this.form = emptyOffsetForm;
    });
  }

  async release(): Promise<void> {
    const { active } = this;
    if (!this.right.may || active === undefined) return;
    await this.#send('released', async () => {
      await releaseOffset(this.#source.http, this.#name, active.lsn);
      this.#sent = null;
    });
  }

  async #send(what: 'sent' | 'released', run: () => Promise<void>): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    this.fault = '';
    try {
      await run();
    } catch (error) {
      this.fault = describeFailure(what, error, 'Check the set-point.');
    }
    this.isSending = false;
  }

  /** An offset that is active already is where the next one starts from. */
  #start(): void {
    const delta = this.setpoint?.offset?.delta;
    const { active } = this;
    if (this.#isStarted || this.setpoint === undefined) return;
    this.#isStarted = true;
    if (delta !== undefined && active !== undefined) this.form = { ...emptyOffsetForm, delta };
  }
}
