/** The table all checks sit at: a fresh venue, the client under test on two accounts. */
import { afterEach, beforeEach, it } from '@jest/globals';
import type { Candidate, ClientUnderTest, Gaps, UserEvent } from './client-under-test.ts';
import { DeskVenue } from './desk-venue.ts';
import { endTimersAfterwards } from './leftover-timers.ts';

export interface ClientDesk {
  readonly candidate: Candidate;
  readonly venue: DeskVenue;
  readonly ours: ClientUnderTest;
  readonly theirs: ClientUnderTest;
  /** A client id as this client likes them. */
  id(name: string): string;
}

/** Opens it before each test of the block around it; the returned function gives the one of the running test. */
export function openDesk(candidate: Candidate): () => ClientDesk {
  let desk: ClientDesk | undefined;
  endTimersAfterwards();
  beforeEach(async () => {
    const venue = await DeskVenue.start();
    const [ours, theirs] = [await candidate.open(venue, 'demo'), await candidate.open(venue, 'second')];
    desk = { candidate, venue, ours, theirs, id: (name) => `${candidate.idPrefix}${name}` };
  });
  afterEach(async () => {
    if (desk === undefined) return;
    const { ours, theirs, venue } = desk;
    desk = undefined;
    await ours.close();
    await theirs.close();
    await venue.stop();
  });
  return () => {
    if (desk === undefined) throw new Error('no test is running');
    return desk;
  };
}

/** `it`, or a printed and counted skip when the client cannot do what the test looks at. */
export function unless(candidate: Candidate, gap: keyof Gaps): typeof it | ((name: string, test: () => Promise<void>) => void) {
  const reason = candidate.gaps[gap];
  if (reason === undefined) return it;
  return (name: string) => {
    process.stderr.write(`skipped: ${candidate.name}: ${name}: ${reason}\n`);
    it.skip(`${name} (skipped: ${reason})`, () => {});
  };
}

export function orderEvents(events: readonly UserEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'order'
      ? [`${event.clientId.replace(/^x-15PC4ZJy/, '')} ${event.execution} ${event.status} ${event.last}/${event.filled}`]
      : [],
  );
}
