import { toLocation, type AutomationStatus, type DeviceId, type InterlockStatus, type PointId } from '@phloem/protocol';
import { noValue, toNumberText } from '../format/format-value.ts';
import { toPointView } from '../points/point-view.ts';
import type { PanelState } from '../state/panel-state.ts';
import { toDurationText } from '../format/duration.ts';
import type { SiteTime } from '../format/site-time.ts';
import { toPlainExpression, toPlainReason } from './plain-reason.ts';
import type { RuleEvidence } from './rule-evidence.ts';

/** What a device's state rests on, as it is drawn. */
export type EvidenceView = {
  readonly interlocks: readonly string[];
  readonly rules: readonly {
    readonly id: string;
    readonly title: string;
    readonly conditions: readonly string[];
    readonly values: readonly string[];
    readonly inputs: readonly { readonly id: PointId; readonly text: string; readonly isNews: boolean }[];
  }[];
};

/** The hub's moment: its running time, its wall clock, and how to write it. */
export type EvidenceMoment = { readonly up: number; readonly at: number; readonly time: SiteTime };

/** Pure: the interlocks that can touch a device, and per rule what it reads, as the hub said it last. */
export const toEvidenceView = (
  state: PanelState,
  device: DeviceId,
  rules: readonly RuleEvidence[],
  moment: EvidenceMoment,
): EvidenceView => {
  // What a service that is gone said last is no news, however well the hub is heard.
  const worth = (findService(state, device)?.holder ?? null) === null ? ', as last reported' : '';
  return {
    interlocks: [...state.interlocks.values()].filter(({ devices }) => devices.includes(device)).map((one) => toInterlockText(one, moment)),
    rules: rules.map(({ id, title, conditions, values, inputs }) => ({
      id,
      title,
      conditions: conditions.map(toPlainExpression),
      values: values.map(
        ({ name, report }) => `${name.replace(/^sp\./, 'set-point ')}: ${toValue(state.values.get(report)?.v ?? null)}${worth}`,
      ),
      inputs: inputs.map((point) => toInput(state, point, moment)),
    })),
  };
};

/** Pure: the service that commands a device, or that did; null where none has ever come. */
export const findService = ({ automation }: Pick<PanelState, 'automation'>, device: DeviceId): AutomationStatus | null =>
  [...automation.values()].find(({ scope }) => scope.split('+').includes(toLocation(device))) ?? null;

const toInterlockText = ({ title, state, why, since }: InterlockStatus, { at, time }: EvidenceMoment): string => {
  const begun = since === null || state === 'clear' ? '' : ` since ${time.moment(since, at)}`;
  return `${title}: ${state}${begun}${state === 'clear' ? '' : `, ${toPlainReason(why, { time })}`}`;
};

const toValue = (value: number | boolean | string | null): string => {
  if (value === null) return 'unknown';
  if (typeof value === 'number') return toNumberText(value, Number.isInteger(value) ? 0 : 2);
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
};

const toInput = (state: PanelState, id: PointId, { up }: EvidenceMoment): EvidenceView['rules'][number]['inputs'][number] => {
  const layout = state.site?.points.find((point) => point.id === id);
  if (layout === undefined) return { id, text: `${id}: not in this site`, isNews: false };
  const { title, text, unit, freshness, age, note, cluster } = toPointView(layout, state.points.get(id), up);
  const isNews = freshness === 'fresh' || freshness === 'late';
  const value = text === noValue ? 'no value' : `${text} ${unit}`.trim();
  const worth = [isNews ? '' : freshness, age === '' ? '' : `${age} old`, note].filter(Boolean).join(', ');
  return { id, text: `${title} (${cluster.replaceAll('_', ' ')}): ${value}, ${worth}`, isNews };
};

/** How long a device must stay as it is: `at least 5 m 0 s on`; empty where nothing says so. */
export const toLimitText = ({ minOnMs, minOffMs }: { readonly minOnMs?: number; readonly minOffMs?: number }): string =>
  [
    minOnMs === undefined || minOnMs === 0 ? '' : `at least ${toDurationText(minOnMs)} on`,
    minOffMs === undefined || minOffMs === 0 ? '' : `at least ${toDurationText(minOffMs)} off`,
  ]
    .filter(Boolean)
    .join(', ');
