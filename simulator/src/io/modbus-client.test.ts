import modbus from 'modbus-serial';
import { expect, it } from 'vitest';
import type { SimulatorSnapshot } from '../simulator-snapshot.ts';
import { createManualClock } from '../simulator-clock.ts';
import { openSimulator } from './open-simulator.ts';

const openClient = async (port: number) => {
  const client = new modbus.default();
  await client.connectTCP('127.0.0.1', { port });
  client.setTimeout(5000);
  return { client, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => client.close(() => resolve())) };
};

it('a client that was not written here reads every register and finds in it what is', async () => {
  await using simulator = await openSimulator({ port: 0, controlPort: 0, seed: 4, clock: createManualClock() });
  await using opened = await openClient(simulator.port);
  const { client } = opened;
  const truth: SimulatorSnapshot = simulator.state();

  client.setID(1);
  const { data, buffer } = await client.readInputRegisters(0, 6);
  expect(data[0]).toBeCloseTo(truth.room.temperature * 10, -1);
  expect(data[1]).toBeCloseTo(truth.room.humidity * 10, -2);
  expect(data[2]).toBeCloseTo(truth.room.leafTemperature * 10, -1);
  expect(data[3]).toBe(620);
  expect(buffer.readFloatBE(8)).toBeCloseTo(720, 0);
  for (const unit of [2, 3]) {
    client.setID(unit);
    const { data: cluster } = await client.readInputRegisters(0, 2);
    expect(cluster[0]).toBeCloseTo(truth.room.temperature * 10, -1);
    expect(cluster[1]).toBeCloseTo(truth.room.humidity * 10, -2);
  }
  client.setID(4);
  expect((await client.readDiscreteInputs(0, 1)).data[0]).toBe(false);
  client.setID(10);
  expect((await client.readCoils(0, 3)).data.slice(0, 3)).toEqual([false, false, false]);
  expect((await client.readDiscreteInputs(0, 3)).data.slice(0, 3)).toEqual([false, false, false]);
  for (const [unit, value] of [
    [11, 250],
    [12, 800],
  ] as const) {
    client.setID(unit);
    expect((await client.readHoldingRegisters(0, 1)).data).toEqual([value]);
    expect((await client.readInputRegisters(0, 1)).data).toEqual([value]);
  }
});

it('a client that was not written here switches what can be switched, by each function', async () => {
  const clock = createManualClock();
  await using simulator = await openSimulator({ port: 0, controlPort: 0, clock });
  await using opened = await openClient(simulator.port);
  const { client } = opened;
  client.setID(10);
  await client.writeCoils(0, [true, false, true]);
  await client.writeCoil(1, true);
  client.setID(11);
  await client.writeRegister(0, 1000);
  client.setID(12);
  await client.writeRegisters(0, [400]);
  clock.advance(1000);
  client.setID(10);
  expect((await client.readDiscreteInputs(0, 3)).data.slice(0, 3)).toEqual([true, true, true]);
  expect(simulator.state().drives).toMatchObject({ exhaust_fan: { commanded: 100, actual: 100 }, lights: { commanded: 40, actual: 40 } });
  client.setID(1);
  await expect(client.readInputRegisters(40, 1)).rejects.toMatchObject({ modbusCode: 2 });
});
