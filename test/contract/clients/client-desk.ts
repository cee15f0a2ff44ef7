/** The table all checks sit at: a fresh venue, the client under test on two accounts. */
import type { SimulatorOptions } from '@fillwright/exchange-simulator';
import type { Candidate, ClientUnderTest, UserEvent } from './client-under-test.ts';
import { type Credentials, DeskVenue, type Tampering } from './desk-venue.ts';

export interface ClientDesk {
  readonly candidate: Candidate;
  readonly venue: DeskVenue;
  readonly ours: ClientUnderTest;
  readonly theirs: ClientUnderTest;
  /** A client id as this client likes them. */
  id(name: string): string;
  /** One more client on our account, with other credentials. */
  another(changes: Partial<Credentials>): Promise<ClientUnderTest>;
}

export interface DeskSetting extends Tampering {
  readonly options?: Partial<SimulatorOptions>;
  /** Told before any client comes. */
  readonly opened?: (venue: DeskVenue) => void;
}

/** Opens a desk, uses it, and clears it away whatever happens. */
export async function atDesk<T>(candidate: Candidate, setting: DeskSetting, use: (desk: ClientDesk) => Promise<T>): Promise<T> {
  const venue = await DeskVenue.start(setting.options, setting);
  const clients: ClientUnderTest[] = [];
  const open = async (account: string, changes: Partial<Credentials> = {}): Promise<ClientUnderTest> => {
    const client = await candidate.open(venue, account, { ...venue.credentials(account), ...changes });
    clients.push(client);
    return client;
  };
  try {
    setting.opened?.(venue);
    const ours = await open('demo');
    const theirs = onceNeeded(() => open('second'));
    const id = (name: string) => `${candidate.idPrefix}${name}`;
    return await use({ candidate, venue, ours, theirs, id, another: (changes) => open('demo', changes) });
  } finally {
    for (const client of clients) await client.close();
    await venue.stop();
  }
}

/** Most checks need no second account: its client is opened at the first call. */
function onceNeeded(open: () => Promise<ClientUnderTest>): ClientUnderTest {
  let opened: Promise<ClientUnderTest> | undefined;
  return new Proxy({} as ClientUnderTest, {
    get:
      (_, name) =>
      async (...args: unknown[]) => {
        opened ??= open();
        const client = (await opened) as unknown as Record<string | symbol, (...args: unknown[]) => unknown>;
        return client[name]?.(...args);
      },
  });
}

/** What the venue said to the client, `granted`, or what else happened. */
export async function told({ candidate }: ClientDesk, act: () => Promise<unknown>): Promise<{ code: number; msg: string } | string> {
  try {
    await act();
  } catch (error) {
    return candidate.refusalOf(error) ?? `not the venue's refusal: ${String(error)}`;
  }
  return 'granted';
}

export function orderEvents(events: readonly UserEvent[]): string[] {
  return events.flatMap((event) =>
    event.type === 'order'
      ? [`${event.clientId.replace(/^x-15PC4ZJy/, '')} ${event.execution} ${event.status} ${event.last}/${event.filled}`]
      : [],
  );
}
