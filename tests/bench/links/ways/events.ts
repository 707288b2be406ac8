import { EventEmitter } from 'node:events';
import { decide, type Frame, type State, type Way } from '../way.ts';

/** Backend and automation in one process, joined by its event emitter. */
export const way: Way = {
  backend: (_place, write) => {
    const bus = new EventEmitter<{ frame: [Frame]; state: [State] }>();
    bus.on('frame', (frame) => bus.emit('state', decide(frame)));
    bus.on('state', write);
    return Promise.resolve((frame) => void bus.emit('frame', frame));
  },
};
