import { io } from 'socket.io-client';
import { endWithStarter } from './near.ts';

endWithStarter();
const socket = io(`http://127.0.0.1:${process.argv[2]}`, { transports: ['websocket'] });
socket.on('echo', (payload: unknown) => socket.emit('echo', payload));
