/** The behaviour suites of the ports, which the live implementations pass too, run against the simulated ones. */
import { describeBus } from '../../runtime/test/suites/bus.ts';
import { describeDisk } from '../../runtime/test/suites/disk.ts';
import { describeHttpClient } from '../../runtime/test/suites/http-client.ts';
import { describeWebSocket } from '../../runtime/test/suites/web-socket.ts';
import { Incarnation, World } from '../src/mod.ts';
import { simulatedDisk } from '../src/ports/disk.ts';
import { makeSimulatedBusWorld, makeSimulatedNetWorld } from './net-world.ts';

describeHttpClient('simulated', makeSimulatedNetWorld);
describeWebSocket('simulated', makeSimulatedNetWorld);

describeBus('simulated', makeSimulatedBusWorld);

describeDisk('simulated', () => {
  const world = new World({ seed: 'disk' });
  const machine = world.machine('box');
  const life = (number: number): Incarnation => new Incarnation(world.kernel, machine, 'writer', number, () => undefined);
  const first = life(1);
  return {
    disk: simulatedDisk(first, machine.disk('data')),
    reopen: () => {
      first.kill();
      return simulatedDisk(life(2), machine.disk('data'));
    },
    settle: async () => {
      await world.run();
    },
  };
});
