import { deepStrictEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { compileBundle, readBundle, type Plan } from '@phloem/rules';
import type { Entry } from '@phloem/protocol';
import { benchSite, createFrames, deviceOf, onlyChanges, ruleCount, ruleFiles, toEntry, type Switch } from './rules/bench-rules.ts';
import { openNodeRed } from './rules/node-red.ts';
import { runChains, runRoutedChains } from './rules/rxjs-rules.ts';
import type { Finding, Verdict } from './report.ts';
import { percentile, toFigure, type Figure } from './statistics.ts';

const frameCount = 20_000;
/** Node-RED is slow enough that fewer say as much. */
const nodeRedFrames = 4000;
/** Before this many rounds the engine, at least, still becomes faster from round to round. */
const warmUpRounds = 10;
const epoch = 'benchmark000';
const position = { epoch };

/** Rules over entries: the engine, RxJS and Node-RED in turns, their outputs equal. */
export const benchRules = async ({ rounds }: { readonly rounds: number }): Promise<Finding> => {
  const plan = compileBundle(readBundle(ruleFiles()), benchSite);
  const entries = createFrames(frameCount).map(toEntry);
  const few = entries.slice(0, nodeRedFrames);
  await using nodeRed = await openNodeRed();

  const expected = byFrame(runPlan(plan, entries));
  if (expected.length < ruleCount) throw new Error('the frames switch nothing: there is nothing to compare');
  deepStrictEqual(byFrame(runChains(entries)), expected);
  deepStrictEqual(byFrame(runRoutedChains(entries)), expected);
  if (nodeRed !== null) deepStrictEqual(byFrame((await nodeRed.run(nodeRedFrames)).switches), byFrame(runPlan(plan, few)));

  const times = { plan: [] as number[], chains: [] as number[], routed: [] as number[], nodeRed: [] as number[] };
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    // What compiles itself while it runs, all of them, is compared when it has come to rest.
    if (round === 0) for (const list of Object.values(times)) list.length = 0;
    const turns = [
      async () => times.plan.push(timeOf(() => runPlan(plan, entries)) / frameCount),
      async () => times.chains.push(timeOf(() => runChains(entries)) / frameCount),
      async () => times.routed.push(timeOf(() => runRoutedChains(entries)) / frameCount),
      async () => nodeRed !== null && times.nodeRed.push((await nodeRed.run(nodeRedFrames)).cpuUs / nodeRedFrames),
    ];
    // Anyone who comes after Node-RED finds the processor's caches full of it: each has that place in its turn.
    for (let turn = 0; turn < turns.length; turn += 1) await turns[(round + turn + 1) % turns.length]?.();
  }
  const ratio = (peer: readonly number[]): Figure => toFigure(peer.map((time, i) => time / (times.plan[i] ?? Number.NaN)));
  const expressions = timeExpressions();
  const check = timeCheck();
  const { chains, nodeRed: red } = { chains: ratio(times.chains), nodeRed: nodeRed === null ? null : ratio(times.nodeRed) };
  const verdicts: Verdict[] = [
    { goal: '3 × as fast as one RxJS chain a rule', measured: `${chains.median.toFixed(2)} ×`, isReached: chains.median >= 3 },
    ...(red === null
      ? []
      : [{ goal: '20 × as fast as a Node-RED flow', measured: `${red.median.toFixed(1)} ×`, isReached: red.median >= 20 }]),
    {
      goal: '1,000 expressions that one reading touches: p99 of a step below 2 ms',
      measured: `${(expressions.p99 / 1000).toFixed(2)} ms`,
      isReached: expressions.p99 < 2000,
    },
    { goal: 'check of 200 documents below 1 s', measured: `${(check / 1e6).toFixed(2)} s`, isReached: check < 1e6 },
  ];
  return {
    name: 'rules',
    title: `${ruleCount} rules on ${ruleCount * 4} points, outputs equal`,
    unit: 'µs of one processor for a frame of four readings, each for another rule',
    columns: ['µs', '× the engine'],
    rows: [
      { name: 'Phloem', figures: [toFigure(times.plan), null] },
      { name: 'RxJS, one chain a rule', figures: [toFigure(times.chains), chains] },
      { name: 'RxJS, routed by hand', figures: [toFigure(times.routed), ratio(times.routed)] },
      ...(red === null ? [] : [{ name: 'Node-RED', figures: [toFigure(times.nodeRed), red] }]),
      { name: '1,000 expressions: p50', figures: [expressions.p50, null] },
      { name: '1,000 expressions: p99', figures: [expressions.p99, null] },
      { name: 'check of 200 documents', figures: [check, null] },
    ],
    verdicts,
    notes: [
      `${expected.length} switches in ${frameCount} frames, the same from all; ${rounds} rounds, the contenders taking turns`,
      `the thousand expressions by the clock on the wall; ${expressions.interrupted} of 4,500 steps were interrupted by other processes and left out`,
      'the engine keeps each state, so that it can be saved, explained and replayed, knows how old readings are, and tells',
      'people what every signal came to; the chains leave out readings that are not good, and nothing else of that',
      ...(red === null
        ? ['Node-RED could not be installed here and was left out']
        : ['Node-RED in a process of its own, fed inside of it']),
    ],
  };
};

const runPlan = (plan: Plan, entries: readonly Entry[]): readonly Switch[] => {
  const switches: Switch[] = [];
  let state = plan.start();
  let frame = 0;
  for (const entry of entries) {
    const result = plan.step(state, entry, position);
    ({ state } = result);
    for (const { device, value } of result.decisions) switches.push([frame, rules.get(device) ?? -1, value === true]);
    frame += 1;
  }
  return switches;
};

const rules = new Map(Array.from({ length: ruleCount }, (_, rule) => [deviceOf(rule), rule]));

/** The rules that one frame touches run in an order of their own with each contender. */
const byFrame = (switches: readonly Switch[]): readonly Switch[] => onlyChanges(switches).toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);

/** What it took of a processor: on a machine that does other things too, the clock on the wall says nothing. */
const timeOf = (run: () => unknown): number => {
  const began = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(began);
  return user + system;
};

/** How often the system has taken the processor away from this thread; always 0 where it does not say so. */
const countInterruptions = (): number => {
  try {
    return Number(/^nonvoluntary_ctxt_switches:\s*(\d+)/m.exec(readFileSync('/proc/thread-self/status', 'utf8'))?.[1] ?? 0);
  } catch {
    // Only Linux provides it: elsewhere nothing is left out.
    return 0;
  }
};

/** A thousand expressions that all read the one point that every entry changes: the worst that a step can be. */
const timeExpressions = (): { readonly p50: number; readonly p99: number; readonly interrupted: number } => {
  const signals = Array.from({ length: 1000 }, (_, i) => `    s${i}: { expr: '(t - degC(${i % 40}.0)) * 2.0 + K(${i}.5)', inputs: [ t ] }`);
  const text = `apiVersion: phloem/v1
kind: Signals
metadata: { id: room/signals }
spec:
  inputs:
    t: { point: room/c0/t1, maxAge: 1h }
  signals:
${signals.join('\n')}
`;
  const plan = compileBundle(readBundle([{ path: 'a.yaml', text }]), benchSite);
  let state = plan.start();
  const samples: number[] = [];
  let interrupted = 0;
  for (let n = 0; n < 5000; n += 1) {
    const entry = toEntry({ cluster: 0, values: [20 + (n % 50) / 10, 20, 60, 60] }, n);
    const before = countInterruptions();
    // A processor's own time comes in ticks of milliseconds, too coarse for one step.
    const began = performance.now();
    ({ state } = plan.step(state, entry, { epoch }));
    const took = (performance.now() - began) * 1000;
    // The first ones warm the compiler up.
    if (n < 500) continue;
    // What another process did with the processor in between is none of the step's.
    if (countInterruptions() === before) samples.push(took);
    else interrupted += 1;
  }
  const sorted = Float64Array.from(samples).toSorted();
  return { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), interrupted };
};

/** Two hundred documents, from texts to a plan; the best of three, since the first one compiles the compiler. */
const timeCheck = (): number => {
  const [signals, ...documents] = ruleFiles();
  const more = Array.from({ length: 199 }, (_, i) => {
    const { text = '' } = documents[i % documents.length] ?? {};
    return { path: `${i + 1}.yaml`, text: text.replace(/id: room\/r/, `id: room/n${i}_`) };
  });
  const files = signals === undefined ? more : [signals, ...more];
  return Math.min(...Array.from({ length: 3 }, () => timeOf(() => compileBundle(readBundle(files), benchSite))));
};
