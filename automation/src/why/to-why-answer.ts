import { renderReason, type DeviceValue, type WhyAnswer } from '@phloem/protocol';
import type { TracedExpression } from '@phloem/rules';
import { explainDevice, type TimeTexts } from './explain-device.ts';
import { toActual, type WhyFacts } from './gather-facts.ts';

/** Pure: the answer as data, for the panel. */
export const toWhyAnswer = (why: WhyFacts, not: DeviceValue | null, texts: TimeTexts): WhyAnswer => {
  const { explanation } = why;
  return {
    device: why.device,
    lsn: why.lsn,
    at: why.at,
    value: toActual(why),
    requested: explanation?.value ?? null,
    sentence: explainDevice(why, not, texts),
    levels: (explanation?.levels ?? []).map(({ level, requests }) => ({ level, requests: [...requests] })),
    blocked: [...(explanation?.blocked ?? [])],
    expressions: (explanation?.expressions ?? []).map(toExpression),
    interlocks: why.interlocks.map(({ id, does }) => {
      const entry = why.facts.interlocks.get(id);
      const reason = entry?.why === undefined ? '' : renderReason(entry.why, { time: texts.time, device: why.shape });
      return { id, does, state: entry?.state ?? 'clear', since: entry?.at ?? null, why: reason };
    }),
    inputs: [...(explanation?.inputs ?? [])],
    titles: Object.fromEntries(why.titles),
    replayed: why.replayed.entries,
  };
};

/** The whole expression is the last of its parts. */
const toExpression = ({ rule, text, parts }: TracedExpression): WhyAnswer['expressions'][number] => ({
  rule,
  text,
  value: parts.find((part) => part.text === text)?.value ?? null,
  parts: parts.filter((part) => part.text !== text).map((part) => ({ text: part.text, value: part.value })),
});
