import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { decide, untilDone, type Frame, type State, type Way } from '../way.ts';

/** The backend posts each frame, and the answer is the device state. It tries again three times, as HTTP clients commonly do. */
export const way: Way = {
  backend: ({ url }, write) => {
    const ask = async (frame: Frame): Promise<State> => {
      const response = await fetch(url, { method: 'POST', body: JSON.stringify(frame), signal: AbortSignal.timeout(2000) });
      return (await response.json()) as State;
    };
    return Promise.resolve(async (frame) => {
      let left = 3;
      const state = await untilDone(() => ask(frame).catch((error: unknown) => ((left -= 1) < 0 ? null : Promise.reject(error))));
      if (state !== null) write(state);
    });
  },
  automation: async ({ port }) => {
    const server = createServer((request, response) => {
      json(request).then(
        (frame) => response.end(JSON.stringify(decide(frame as Frame))),
        () => response.destroy(),
      );
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  },
};
