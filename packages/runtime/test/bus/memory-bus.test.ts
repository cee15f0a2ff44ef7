/** The double that the feed tests stand on has to pass the same suite as the real bus. */
import { describeBus } from '../suites/bus.ts';
import { MemoryNetwork } from './_memory-bus.ts';
import { VirtualClock } from './_virtual-clock.ts';

describeBus('the bus of the feed tests', () => {
  const clock = new VirtualClock();
  const network = new MemoryNetwork(clock);
  return {
    makeBus: () => network.makeBus(),
    endpoint: () => network.endpoint(),
    until: async (condition, what) => {
      for (let step = 0; !condition(); step += 1) {
        if (step > 1000) throw new Error(`did not happen within 10 s: ${what}`);
        clock.advance(10);
        await undefined;
      }
    },
    close: async () => {},
  };
});
