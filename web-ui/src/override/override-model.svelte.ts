import { toLocation, type DeviceId, type DeviceValue, type OverridePreview } from '@phloem/protocol';
import type { DeviceView } from '../devices/device-view.ts';
import { toFeedbackValue } from '../devices/feedback-view.ts';
import { toStateWord } from '../format/state-word.ts';
import type { HubHttp } from '../live/hub-http.ts';
import { askLater } from '../live/io/ask-later.ts';
import { describeFailure } from '../live/describe-failure.ts';
import { toLightTurn } from '../setpoints/setpoint-at.ts';
import type { PanelState } from '../state/panel-state.ts';
import type { Rights } from '../state/rights.ts';
import { previewOverride, releaseOverride, setOverride } from './override-calls.ts';
import { emptyForm, toAnswer, toLengthMs, type OverrideForm } from './override-form.ts';
import type { OverrideLine } from './override-line.ts';
import { toSteps, type Sent } from './override-steps.ts';
import { toValueChoices } from './value-choices.ts';

/** What an override needs of the panel. */
export type OverrideSource = {
  readonly cell: {
    readonly view: {
      readonly tiles: readonly { readonly id: string; readonly title: string; readonly devices: readonly DeviceView[] }[];
      readonly overrides: readonly OverrideLine[];
      readonly rights: Rights;
      readonly link: { readonly isHeard: boolean };
    };
  };
  readonly http: HubHttp;
  readonly state: () => PanelState;
  readonly hubWall: () => number | null;
  readonly running: () => number;
};

const previewAfterMs = 150;

/** The override of one device while somebody fills it in, sends it and follows it. Create it while a component is set up. */
export class OverrideModel {
  form: OverrideForm = $state.raw(emptyForm);
  /** The number in its field, also while a named value is chosen. */
  typed: number | null = $state(null);
  preview: OverridePreview | null = $state.raw(null);
  previewFault = $state('');
  isSending = $state(false);
  fault = $state('');
  #sent: Sent | null = $state.raw(null);
  readonly #source: OverrideSource;
  readonly #id: DeviceId;

  constructor(source: OverrideSource, id: DeviceId) {
    this.#source = source;
    this.#id = id;
    $effect(() => this.#askPreview(this.#previewed));
  }

  readonly #view = $derived.by(() => this.#source.cell.view);
  readonly tile = $derived.by(() => this.#view.tiles.find((one) => one.id === toLocation(this.#id)));
  readonly device = $derived.by(() => this.tile?.devices.find((one) => one.id === this.#id));
  readonly active = $derived.by(() => this.#view.overrides.find((one) => one.device === this.#id));
  readonly rights = $derived.by(() => this.#view.rights);
  readonly isHeard = $derived.by(() => this.#view.link.isHeard);
  /** What the view does not hold is read again whenever it was made again. */
  readonly known = $derived.by(() => {
    void this.#view;
    const state = this.#source.state();
    const at = this.#source.hubWall() ?? 0;
    const turn = toLightTurn(state.setpoints.get(toLocation(this.#id))?.dark ?? [], at);
    return {
      layout: state.site?.devices.find((one) => one.id === this.#id),
      state: state.devices.get(this.#id),
      override: state.overrides.get(this.#id),
      interlocks: [...state.interlocks.values()].filter((one) => one.devices.includes(this.#id) && one.state !== 'clear'),
      feedback: toFeedbackValue(state, this.#id),
      lightTurn: turn === null ? null : { ms: turn.at - at, text: turn.text },
    };
  });
  readonly #answer = $derived.by(() => {
    const { layout, lightTurn } = this.known;
    return layout === undefined ? { request: null, missing: '' } : toAnswer(this.form, layout, lightTurn?.ms ?? null);
  });
  readonly steps = $derived.by(() => {
    const { state, override, feedback, layout } = this.known;
    void this.#view;
    const told = { feedback, layout, why: this.device?.why ?? '' };
    return this.#sent === null ? [] : toSteps(this.#sent, state, override, this.#source.running(), told);
  });
  readonly offer = $derived.by(() => {
    const { layout, state } = this.known;
    return layout === undefined ? null : toValueChoices(layout, state?.confirmed ?? null);
  });
  readonly isTyped = $derived.by(
    () => this.offer !== null && this.form.value !== null && !this.offer.choices.some(({ value }) => value === this.form.value),
  );
  readonly isReady = $derived.by(
    () => this.rights.override.may && this.#answer.request !== null && !this.isSending && this.preview?.isAllowed !== false,
  );
  readonly whyNot = $derived.by(() => {
    if (this.rights.override.why !== '') return this.rights.override.why;
    if (this.#answer.missing !== '') return this.#answer.missing;
    return this.preview?.isAllowed === false ? 'The hub would refuse it: see above.' : '';
  });
  readonly label = $derived.by(() => {
    const { layout } = this.known;
    if (this.isSending) return 'Sending …';
    return this.form.value === null || layout === undefined ? 'Override' : `Override: ${toStateWord(this.form.value, layout)}`;
  });
  /** What a preview is asked for, as text, so that it changes only with the value and the length. */
  readonly #previewed = $derived.by(() => {
    const { value } = this.form;
    const minutes = Math.round((toLengthMs(this.form, this.known.lightTurn?.ms ?? null) ?? 0) / 60_000);
    return value === null || minutes < 1 || minutes > 1440 || !this.isHeard ? '' : JSON.stringify({ value, forMs: minutes * 60_000 });
  });

  change(part: Partial<OverrideForm>): void {
    this.form = { ...this.form, ...part };
  }

  chooseTyped(): void {
    this.typed ??= this.offer?.number?.start ?? null;
    this.change({ value: this.typed });
  }

  async commit(): Promise<void> {
    const { request } = this.#answer;
    if (request === null) return;
    await this.#send('sent', async () => {
      this.#sent = null;
      const status = await setOverride(this.#source.http, this.#id, request);
      this.#sent = { value: request.value, takenAt: this.#source.running(), lsn: status.lsn };
      this.form = emptyForm;
    });
  }

  async release(): Promise<void> {
    if (!this.rights.override.may) return;
    await this.#send('released', async () => {
      await releaseOverride(this.#source.http, this.#id);
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
      this.fault = describeFailure(what, error);
    }
    this.isSending = false;
  }

  /** An older answer must not overtake a newer one: the next request gives up this one. */
  #askPreview(text: string): (() => void) | undefined {
    this.preview = null;
    this.previewFault = '';
    if (text === '') return undefined;
    return askLater(previewAfterMs, async (signal) => {
      try {
        this.preview = await previewOverride(
          this.#source.http,
          this.#id,
          JSON.parse(text) as { value: DeviceValue; forMs: number },
          signal,
        );
      } catch (error) {
        if (!signal.aborted) this.previewFault = error instanceof Error ? error.message : String(error);
      }
    });
  }
}
