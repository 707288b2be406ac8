import { parseArgs } from 'node:util';
import modbus from 'modbus-serial';

/** A unit on a serial line, by the library's own server: input register n holds 1000 + n; register 99 answers late. */
const { values } = parseArgs({ options: { path: { type: 'string', default: '' }, 'late-ms': { type: 'string', default: '0' } } });
const lateMs = Number(values['late-ms']);

new modbus.ServerSerial(
  {
    getInputRegister: async (address: number) => {
      if (address === 99) await new Promise((resolve) => setTimeout(resolve, lateMs));
      return 1000 + address;
    },
    getHoldingRegister: async (address: number) => 1000 + address,
  },
  { path: values.path, baudRate: 9600, parity: 'even', unitID: 1, lock: false, openCallback: () => process.stdout.write('ready\n') },
);
// Without it the native part of the serial port leaves what came unread until something else happens.
setInterval(() => undefined, 2);
