import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPython } from '../interop/suite.ts';
import { openMesh, type Mesh } from '../support/mesh.ts';
import { built, runToEnd } from '../support/process.ts';
import { root } from '../support/repository.ts';
import { createSeededRandom } from '../support/seeded-random.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { addressOf, portOf, viaPort } from './support/addresses.ts';
import { openQueueSite, readCommands, startQueueBridge } from './support/queue-bridge.ts';
import { openRabbitmqAutomation, type Answer, type RabbitmqAutomation } from './support/rabbitmq-automation.ts';

const page = readFileSync(join(root, 'docs/queue-requests.md'), 'utf8');
const examples = (language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(([, text = '']) => text);
const dehumidifier = 'flower_room/dehumidifier_1';
/** A sample in every run; `PHLOEM_TEST_KILLS=200` for the whole storm. */
const kills = Number(process.env['PHLOEM_TEST_KILLS'] ?? 4);

const origin = (url = addressOf('rabbitmq')): string => `{ kind: rabbitmq, url: "${url}" }`;

const untilAnswer = (automation: RabbitmqAutomation, id: string, phase: string) =>
  until(
    `the answer ${phase} to ${id}`,
    () => automation.answersTo(id).at(-1),
    (answer) => answer?.phase === phase,
  );

/** Requests until one is confirmed: on a busy machine the lease may end meanwhile, and a program then decides again. */
const switchOn = (automation: RabbitmqAutomation) => {
  let id = '';
  return until(
    'a request to be confirmed',
    async () => {
      const phase = id === '' ? 'cancelled' : automation.answersTo(id).at(-1)?.phase;
      if (phase === 'cancelled' || phase === 'refused')
        id = await automation.ask(
          { device: dehumidifier, value: 'on', reason: 'humid' },
          { messageId: crypto.randomUUID(), timestamp: Date.now() },
        );
      return phase;
    },
    (phase) => phase === 'confirmed',
  );
};

const untilDeclared = (automation: RabbitmqAutomation) =>
  until(
    'the bridge to announce whether it has control',
    () => automation.answers,
    (answers) => answers.some(({ control }) => control !== undefined),
  );

describe('requests from a queue of RabbitMQ', () => {
  it('reach the device, are answered and acknowledged, and end with the program', async () => {
    await using automation = await openRabbitmqAutomation();
    using site = openQueueSite(origin(), automation.prefix);
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const bridge = await startQueueBridge(mesh, site.folder);
    await untilDeclared(automation);
    const beyond = await automation.ask({ device: 'flower_room/exhaust_fan', value: 250 });
    const malformed = await automation.ask({ device: 'fan', value: 'on' });
    await switchOn(automation);
    expect((await mesh.device(dehumidifier)).by).toEqual({ kind: 'node', id: 'bridge-foreign' });
    expect((await untilAnswer(automation, beyond, 'refused'))?.code).toBe('command/value');
    expect((await untilAnswer(automation, malformed, 'refused'))?.code).toBe('protocol/invalid');
    await until(
      'the dead letters',
      () => automation.count(automation.names.refused),
      (count) => count >= 2,
    );
    expect(await automation.refused()).toEqual(expect.arrayContaining([beyond, malformed]));
    automation.die();
    const safe = await until(
      'the safe state',
      () => mesh.device(dehumidifier),
      ({ confirmed }) => confirmed === false,
    );
    expect(safe.by).toEqual({ kind: 'hub' });
    expect(bridge.output()).toContain('no sign of life of the automation within 8s');
    expect(await bridge.end('SIGTERM')).toBe(0);
    expect(await automation.count(automation.names.requests)).toBe(0);
  });

  it('never switch anything once they are too old', async () => {
    await using automation = await openRabbitmqAutomation();
    using site = openQueueSite(origin(), automation.prefix);
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const first = await startQueueBridge(mesh, site.folder);
    await untilDeclared(automation);
    expect(await first.end('SIGTERM')).toBe(0);
    const on = { device: dehumidifier, value: 'on' };
    const stale = await automation.ask(on, { timestamp: Math.floor(Date.now() / 1000) - 60 });
    const short = await automation.ask({ ...on, ttlMs: 1 });
    const ahead = await automation.ask(on, { timestamp: Date.now() + 3_600_000 });
    // It waited in the queue for nobody knows how long.
    const timeless = await automation.ask(on, {});
    const bridge = await startQueueBridge(mesh, site.folder);
    for (const id of [stale, short, ahead, timeless]) {
      expect((await untilAnswer(automation, id, 'refused'))?.code).toBe('command/late');
    }
    expect(await readCommands(mesh)).toEqual([]);
    expect(await bridge.end('SIGTERM')).toBe(0);
  });

  it('act once each, whatever is killed, cut or silent meanwhile', async () => {
    await using automation = await openRabbitmqAutomation();
    await using proxy = await openTcpProxy(portOf(addressOf('rabbitmq')));
    using site = openQueueSite(origin(viaPort(addressOf('rabbitmq'), proxy.port)), automation.prefix);
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    let bridge = await startQueueBridge(mesh, site.folder);
    await untilDeclared(automation);
    const ways = {
      bridge: async () => {
        await bridge.end('SIGKILL');
        bridge = await startQueueBridge(mesh, site.folder);
      },
      hub: async () => {
        await mesh.hub().end('SIGKILL');
        await mesh.startHub();
      },
      cut: async () => proxy.reset(),
      // The bridge ends the connection by itself, once nothing answers.
      hole: async () => {
        proxy.shape('both', { flow: 'swallow' });
        await until(
          'the bridge to miss its server',
          () => bridge.output(),
          (output) => output.trimEnd().endsWith('trying again'),
        );
        proxy.reset();
        proxy.heal();
      },
    };
    const names = Object.keys(ways) as (keyof typeof ways)[];
    const random = createSeededRandom(13);
    const ids: string[] = [];
    const ask = async (value: string): Promise<void> => {
      ids.push(await automation.ask({ device: dehumidifier, value }, { messageId: `storm-${ids.length}`, timestamp: Date.now() }));
    };
    const open = (): readonly string[] =>
      ids.filter((id) => ['requested', 'held', 'writing', undefined].includes(automation.answersTo(id).at(-1)?.phase));
    for (let n = 0; n < kills; n += 1) {
      const name = names[n < names.length ? n : Math.floor(random() * names.length)] ?? 'bridge';
      await ask('off');
      await ask('on');
      await ways[name]();
      await ask('off');
      await until(
        `an end of all requests after kill ${n + 1}, of the ${name}`,
        () => open(),
        ({ length }) => length === 0,
        90_000,
      );
    }
    const commands = (await readCommands(mesh)).filter(({ phase }) => phase === 'requested');
    const doubles = [...Map.groupBy(commands, ({ id }) => id).values()].filter((same) => same.length > 1);
    expect(doubles).toEqual([]);
    // What was answered as accepted stays so, however often it is answered.
    const contradicted = ids.filter((id) => {
      const outcomes = automation.answersTo(id).map(({ code }) => code);
      return outcomes.includes('command/late') && commands.some((command) => command.id === id);
    });
    expect(contradicted).toEqual([]);
    expect(ids.filter((id) => automation.answersTo(id).length === 0)).toEqual([]);
    if (kills > 20)
      process.stdout.write(`${JSON.stringify({ kills, requests: ids.length, accepted: commands.length, doubles: doubles.length })}\n`);
    expect(await bridge.end('SIGTERM')).toBe(0);
  });

  it('come from the program of the page, which reads sensor frames from an exchange', async () => {
    await using automation = await openRabbitmqAutomation();
    automation.die();
    const program = examples('py').find((text) => text.includes('pika.BlockingConnection'));
    if (program === undefined) throw new Error('the page shows no program that uses pika');
    const { prefix } = automation;
    using site = openQueueSite(origin(), prefix);
    const live = `apiVersion: phloem/v1
kind: Bridge
metadata: { id: live }
spec:
  target: { kind: rabbitmq, url: "${addressOf('rabbitmq')}", prefix: "${prefix}", site: greenhouse }
  upTo: immediate
`;
    writeFileSync(join(site.folder, 'live.yaml'), live);
    await using mesh = await openMesh({ bundle: null, withAutomation: false });
    const bridges = [await startQueueBridge(mesh, site.folder), await startQueueBridge(mesh, site.folder, 'live')];
    await untilDeclared(automation);
    const env = {
      ...process.env,
      PREFIX: prefix,
      EXCHANGE: prefix,
      KEY: 'greenhouse.flower_room.front',
      AMQP: addressOf('rabbitmq').replace('guest@', 'guest:guest@'),
    };
    try {
      await runProgram(program, env, mesh, automation.answers);
    } finally {
      for (const bridge of bridges) await bridge.end('SIGTERM');
      await automation.channel.deleteQueue(`${prefix}.greenhouse.log`);
      await automation.channel.deleteExchange(prefix);
    }
  });

  it('are checked by the command line, as the page shows them', async () => {
    await using automation = await openRabbitmqAutomation();
    using site = openQueueSite(origin(), automation.prefix);
    const example = examples('yaml').find((text) => text.includes('kind: rabbitmq')) ?? '';
    const document = example
      .replace('amqp://phloem@127.0.0.1:5672, secret: rabbitmq', `"${addressOf('rabbitmq')}"`)
      .replace('phloem.my_site', automation.prefix);
    writeFileSync(join(site.folder, 'bridge.yaml'), document);
    const check = ['bridge', 'check', 'climate_service', '--site', site.folder, '--data', site.folder, '--port', '1'];
    const { code, output } = await runToEnd([built.phloem, ...check]);
    expect(output).toContain('rabbitmq accepts the queue');
    expect(code).toBe(0);
  });
});

const runProgram = async (program: string, env: NodeJS.ProcessEnv, mesh: Mesh, answers: readonly Answer[]): Promise<void> => {
  const python = findPython('pika');
  if (python === null) throw new Error('Python has no pika: install the package python3-pika');
  const child = spawn(python, ['-B', '-c', program], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  try {
    const device = await until(
      'the request of the program',
      async () => ({ ...(await mesh.device(dehumidifier)), said, answers: answers.slice(-4) }),
      ({ by, phase }) => (by?.id === 'bridge-foreign' && phase === 'confirmed') || said !== '',
    );
    expect(said).toBe('');
    expect(device.why).toMatch(/humidity [\d.]+ %/);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
};
