import { describe, expect, it } from '@jest/globals';
import { Desk } from './_desk.ts';

/** A whole file is written beside the old one, so that it may find no room where a record of the journal would. */
const NO_ROOM = [
  ['its epoch', 'write-atomic', 'JRN_EPOCH_FAILED', /disk full; .* with room, and start it again$/],
  ['its first record', 'append', 'JRN_WRITE_FAILED', /disk full; free some space/],
] as const;

describe('an engine that starts on a disk without room', () => {
  it.each(NO_ROOM)(
    'for %s says so and ends; the venue hears nothing of it, and the next start goes on',
    async (_what, call, code, text) => {
      const desk = new Desk();
      await desk.ready();
      await desk.place('q1a');
      desk.engine.kill();
      const image = desk.world.machine('desk').disk('engine');
      const failed: unknown[] = [];
      desk.world.onStartFailed = (process, error) => {
        failed.push(error);
        process.kill();
      };
      const facts = () => [desk.venue.orders.length, desk.venue.cancels.length, desk.of('order.event').length];
      const before = facts();

      image.faults = { before: ({ name }) => (name === call ? { error: 'full' } : undefined) };
      desk.engine.restart();
      await desk.run(5_000);

      expect(failed).toEqual([expect.objectContaining({ code, message: expect.stringMatching(text) })]);
      expect(desk.engine.alive).toBe(false);
      expect(facts()).toEqual(before);

      image.faults = undefined;
      desk.engine.restart();
      await desk.ready();
      expect(desk.venue.live()).toEqual(['q1a']);
      await desk.cancel('q1a');
      expect(desk.venue.live()).toEqual([]);
    },
  );
});
