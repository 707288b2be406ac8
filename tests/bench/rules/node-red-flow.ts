import { ruleCount, ruleOf, thresholdsOf } from './bench-rules.ts';

/** The same rules as a flow of Node-RED's own nodes: one inlet, and for each rule a function, a filter and a report. */
export const createFlow = (): readonly object[] => {
  const rules = Array.from({ length: ruleCount }, (_, rule) => rule);
  const table = JSON.stringify(rules.map((cluster) => [0, 1, 2, 3].map((n) => ruleOf(cluster, n))));
  const part = (id: string, func: string, wires: readonly (readonly string[])[]): object => ({
    id,
    type: 'function',
    z: 'tab',
    // Without a place on the canvas it would be taken for a configuration.
    x: 0,
    y: 0,
    name: id,
    func,
    outputs: wires.length,
    wires,
  });
  const inlet = `
const out = new Array(${ruleCount}).fill(null);
${table}[msg.payload.cluster].forEach((rule, n) => { out[rule] = { frame: msg.frame, n, payload: msg.payload.values[n] }; });
return out;`;
  return [
    { id: 'tab', type: 'tab', label: 'rules' },
    part(
      'inlet',
      inlet,
      rules.map((rule) => [`rule${rule}`]),
    ),
    ...rules.flatMap((rule) => {
      const { on, off } = thresholdsOf(rule);
      const func = `
const latest = context.get('latest') || [];
latest[msg.n] = msg.payload;
context.set('latest', latest);
global.get('seen')();
const [t1, t2, rh1, rh2] = latest;
if (t1 === undefined || t2 === undefined || rh1 === undefined || rh2 === undefined) return null;
const vpd = global.get('svp')(t1 + (t2 - t1) * 0.5) * (1 - (rh1 + rh2) / 200);
const isOn = context.get('isOn') ? !(vpd > ${off}) : vpd < ${on};
context.set('isOn', isOn);
msg.payload = isOn;
return msg;`;
      const filter = {
        id: `filter${rule}`,
        type: 'rbe',
        z: 'tab',
        x: 0,
        y: 0,
        name: '',
        func: 'rbe',
        gap: '',
        start: '',
        inout: 'out',
        septopics: true,
        property: 'payload',
        topi: 'topic',
        wires: [[`told${rule}`]],
      };
      return [
        part(`rule${rule}`, func, [[`filter${rule}`]]),
        filter,
        part(`told${rule}`, `global.get('report')(msg.frame, ${rule}, msg.payload);`, []),
      ];
    }),
  ];
};
