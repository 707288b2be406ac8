import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { openTcpProxy, type After, type TcpProxy } from './tcp-proxy.ts';
import { until } from './until.ts';

/** One end of a connection, with what came to it. */
const watch = (socket: Socket) => {
  const end = { socket, chunks: [] as string[], text: () => end.chunks.join(''), isEnded: false, isReset: false };
  socket.on('data', (chunk: Buffer) => end.chunks.push(chunk.toString()));
  socket.on('end', () => (end.isEnded = true));
  socket.on('error', (error: NodeJS.ErrnoException) => (end.isReset ||= error.code === 'ECONNRESET'));
  return end;
};
type End = ReturnType<typeof watch>;

const openRig = async (options: { after?: After } = {}) => {
  const arrived: End[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => arrived.push(watch(socket)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: TcpProxy = await openTcpProxy((server.address() as AddressInfo).port, options);
  const dialled: Socket[] = [];
  return {
    proxy,
    dial: async (): Promise<{ near: End; far: End }> => {
      const index = arrived.length;
      const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
      dialled.push(socket);
      const near = watch(socket);
      await until(
        'a connection at the far side',
        () => arrived.length,
        (count) => count > index,
      );
      const far = arrived[index];
      if (far === undefined) throw new Error('nobody came');
      return { near, far };
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of [...dialled, ...arrived.map((end) => end.socket)]) socket.destroy();
      await proxy[Symbol.asyncDispose]();
      server.close();
      await once(server, 'close');
    },
  };
};

const says = (end: End, text: string): Promise<string> =>
  until(
    `"${text}"`,
    () => end.text(),
    (heard) => heard === text,
  );
/** Both ends have spoken the given words to each other since; what should not have come would have come before. */
const passes = async (from: End, to: End, text: string): Promise<void> => {
  const before = to.text();
  from.socket.write(text);
  await says(to, before + text);
};

describe('a proxy', () => {
  it('hands bytes on both ways, and the end of each', async () => {
    await using rig = await openRig();
    const { near, far } = await rig.dial();
    await passes(near, far, 'there');
    await passes(far, near, 'and back');
    near.socket.end();
    await until('the end', () => far.isEnded, Boolean);
    await passes(far, near, ', still');
    far.socket.end();
    await until(
      'nobody left',
      () => rig.proxy.connections,
      (count) => count === 0,
    );
    expect([near.text(), far.text()]).toEqual(['and back, still', 'there']);
  });

  it('holds one way while the other carries, and loses nothing of it', async () => {
    await using rig = await openRig();
    const { near, far } = await rig.dial();
    rig.proxy.shape('up', { flow: 'hold' });
    near.socket.write('held');
    await passes(far, near, 'one');
    await passes(far, near, 'two');
    expect(far.text()).toBe('');
    rig.proxy.heal();
    expect(await says(far, 'held')).toBe('held');
  });

  it('holds up a sender for which nobody reads', async () => {
    await using rig = await openRig();
    const { near } = await rig.dial();
    rig.proxy.shape('up', { flow: 'hold' });
    const block = Buffer.alloc(1024 * 1024);
    for (let n = 0; n < 32; n += 1) near.socket.write(block);
    const stuck = await until(
      'bytes that nobody takes',
      () => near.socket.writableLength,
      (length) => length > 0,
    );
    expect(stuck).toBeGreaterThan(0);
    rig.proxy.heal();
    await until(
      'all taken',
      () => near.socket.writableLength,
      (length) => length === 0,
    );
  });

  it('swallows one way silently, the end of the connection included, and never goes on in mid-stream', async () => {
    await using rig = await openRig();
    const { near, far } = await rig.dial();
    await passes(near, far, 'before');
    rig.proxy.shape('up', { flow: 'swallow' });
    near.socket.write('lost');
    await passes(far, near, 'still heard');
    rig.proxy.heal();
    near.socket.write('after');
    near.socket.end();
    await passes(far, near, ', twice');
    expect([far.text(), far.isEnded]).toEqual(['before', false]);
    const fresh = await rig.dial();
    await passes(fresh.near, fresh.far, 'a new one carries');
  });

  it('keeps order when it is sliced into bytes', async () => {
    await using rig = await openRig();
    rig.proxy.shape('both', { isSliced: true });
    const { near, far } = await rig.dial();
    const text = 'every byte for itself';
    await passes(near, far, text);
    expect(far.chunks.length).toBeGreaterThan(1);
    await passes(far, near, text);
  });

  it('forwards late what is delayed, in order, and the rest at once', async () => {
    const due: { ms: number; work: () => void }[] = [];
    await using rig = await openRig({
      after: (ms, work) => void due.push({ ms, work }),
    });
    const { near, far } = await rig.dial();
    rig.proxy.shape('up', { delayMs: 300 });
    near.socket.write('late');
    await until(
      'a timer',
      () => due.length,
      (count) => count === 1,
    );
    await passes(far, near, 'on time');
    expect(far.text()).toBe('');
    rig.proxy.shape('up', { delayMs: 0 });
    near.socket.write(', and after it');
    await passes(far, near, '!');
    expect(far.text()).toBe('');
    expect(due.map(({ ms }) => ms)).toEqual([300]);
    for (const { work } of due) work();
    expect(await says(far, 'late, and after it')).toBeTruthy();
  });

  it('forgets what it holds of a connection that its sender resets, as the sender’s system does', async () => {
    await using rig = await openRig();
    const { near, far } = await rig.dial();
    await passes(near, far, 'before');
    rig.proxy.shape('up', { flow: 'hold' });
    near.socket.write('never sent again');
    await passes(far, near, 'held by now');
    near.socket.resetAndDestroy();
    const fresh = await rig.dial();
    await passes(fresh.far, fresh.near, 'the reset has come');
    rig.proxy.heal();
    await until('told of the reset', () => far.isReset, Boolean);
    expect(far.text()).toBe('before');
  });

  it('resets both sides', async () => {
    await using rig = await openRig();
    const { near, far } = await rig.dial();
    await passes(near, far, 'x');
    rig.proxy.reset();
    await until(
      'both reset',
      () => [near.isReset, far.isReset],
      (resets) => resets.every(Boolean),
    );
    await until(
      'nobody left',
      () => rig.proxy.connections,
      (count) => count === 0,
    );
    expect([near.isReset, far.isReset]).toEqual([true, true]);
  });

  it('cuts both sides', async () => {
    await using rig = await openRig();
    const { near, far } = await rig.dial();
    await passes(near, far, 'x');
    rig.proxy.cut();
    await until(
      'both ended',
      () => [near.isEnded, far.isEnded],
      (ends) => ends.every(Boolean),
    );
    expect([near.isReset, far.isReset]).toEqual([false, false]);
  });

  it('closes one direction alone', async () => {
    await using rig = await openRig();
    const { near, far } = await rig.dial();
    await passes(near, far, 'x');
    rig.proxy.halfClose('up');
    await until('the far side told of the end', () => far.isEnded, Boolean);
    await passes(far, near, 'goes on');
    expect(near.isEnded).toBe(false);
  });

  it('hangs up on who dials while nobody listens behind it, and leads to another port when asked', async () => {
    await using rig = await openRig();
    const listening = rig.proxy;
    await using other = await openRig();
    const { near, far } = await other.dial();
    await passes(near, far, 'x');
    listening.retarget(1);
    const socket = watch(connect({ port: listening.port, host: '127.0.0.1' }));
    await until('hung up', () => socket.socket.destroyed, Boolean);
    listening.retarget(other.proxy.port);
    const through = watch(connect({ port: listening.port, host: '127.0.0.1' }));
    through.socket.write('led elsewhere');
    await until(
      'through both',
      () => other.proxy.connections,
      (count) => count === 2,
    );
    expect(socket.text()).toBe('');
    through.socket.destroy();
  });
});
