import { parseClientOrderId, usTime } from '@fillwright/domain';
import { accountTopic, type CommandAnswer, decodeMessage, EXAMPLES, type Message, setSendValidation } from '@fillwright/messages';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CommandSender } from '../../src/bus/command-sender.ts';
import { FeedPublisher } from '../../src/bus/feed-publisher.ts';
import { Sender } from '../../src/bus/sender.ts';
import { VirtualClock } from './_virtual-clock.ts';

beforeAll(() => setSendValidation(true));
afterAll(() => setSendValidation(false));

const TOPIC = accountTopic('command', 'BINANCE', 'main');
const ORDER = parseClientOrderId('q1abc1');

let clock: VirtualClock;
let sent: { atMs: number; message: Message }[];
let commands: CommandSender;
let answers: CommandAnswer[];
let overdue: number;

beforeEach(() => {
  clock = new VirtualClock();
  sent = [];
  answers = [];
  overdue = 0;
  const sender = new Sender({ src: 'trader', exchange: 'BINANCE', account: 'main', epoch: 100 }, clock);
  const send = (_topic: string, body: Uint8Array): void => {
    const decoded = decodeMessage(body);
    if (decoded.ok) sent.push({ atMs: clock.monotonicUs() / 1000, message: decoded.message });
  };
  const socket = { endpoint: 'tcp://memory:1', refused: 0, send, close: async () => {} };
  const state = () => ({ state: 'ready', reasons: [] }) as const;
  const publisher = new FeedPublisher({ socket, clock, sender, channel: '7003', streams: ['command'], state, ringSize: 0 });
  commands = new CommandSender({ clock, publisher, topic: TOPIC, nextId: () => sender.nextId(), maxOpen: 3 });
});

const events = { onAnswer: (answer: CommandAnswer) => answers.push(answer), onOverdue: () => (overdue += 1) };
function place(id = ORDER, deadlineMs = 1000) {
  const deadlineTs = usTime(clock.wallUs() + deadlineMs * 1000);
  const data = { ...EXAMPLES['command.place'], clientOrderId: id, deadlineTs };
  return commands.send({ type: 'command.place', data, id, clientOrderId: id }, events);
}
const answer = (commandId: string): CommandAnswer => ({ commandId, verdict: 'accepted' });
const times = (type: string): number[] => sent.filter(({ message }) => message.type === type).map(({ atMs }) => atMs);

describe('a sender of commands', () => {
  it('sends at once and, once answered, never again', () => {
    expect(place()).toEqual({ ok: true });
    clock.advance(50);
    expect(commands.takeAnswer(answer(ORDER))).toBe(true);
    expect(commands.takeAnswer(answer(ORDER))).toBe(false);
    clock.advance(60_000);

    expect(times('command.place')).toEqual([0]);
    expect(answers).toEqual([answer(ORDER)]);
    expect(sent.length).toBe(1);
  });

  it('resends the same message under the same id at 100 ms × 2ⁿ, never past the deadline', () => {
    place(ORDER, 1000);
    clock.advance(1000);

    expect(times('command.place')).toEqual([0, 100, 300, 700]);
    const copies = sent.filter(({ message }) => message.type === 'command.place').map(({ message }) => message);
    expect(new Set(copies.map(({ id, ts, data }) => JSON.stringify({ id, ts, data }))).size).toBe(1);
    expect(copies.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('asks what became of it after the deadline, with a pause that grows to 10 s, until answered', () => {
    place(ORDER, 1000);
    clock.advance(60_000);
    expect(overdue).toBe(1);
    expect(times('command.query')).toEqual([1000, 2000, 4000, 8000, 16_000, 26_000, 36_000, 46_000, 56_000]);
    const queryId = sent.at(-1)?.message.id ?? '';

    expect(commands.takeAnswer(answer(queryId))).toBe(true);
    clock.advance(60_000);

    expect(answers.length).toBe(1);
    expect(times('command.query').length).toBe(9);
    expect(commands.openCount).toBe(0);
  });

  it('takes a late answer to the command itself while it is asking', () => {
    place(ORDER, 100);
    clock.advance(5000);
    expect(commands.takeAnswer(answer(ORDER))).toBe(true);
  });

  it('asks about a command of an earlier life without sending it again', () => {
    commands.ask(ORDER, ORDER, events);
    clock.advance(2500);
    expect(times('command.place')).toEqual([]);
    expect(times('command.query')).toEqual([0, 1000]);
  });

  it('reports a cancel-all as overdue and asks nothing, as there is no order to ask about', () => {
    const data = { ...EXAMPLES['command.cancel-all'], deadlineTs: usTime(clock.wallUs() + 200_000) };
    commands.send({ type: 'command.cancel-all', data, id: 'all-1', clientOrderId: undefined }, events);
    clock.advance(5000);
    expect(overdue).toBe(1);
    expect(times('command.cancel-all')).toEqual([0, 100]);
    expect(times('command.query')).toEqual([]);
  });

  it('refuses a command that is open already, and more than its bound', () => {
    place();
    expect(place()).toEqual({ ok: false, code: 'BUS_COMMAND_OPEN' });
    place(parseClientOrderId('q1abc2'));
    place(parseClientOrderId('q1abc3'));
    expect(place(parseClientOrderId('q1abc4'))).toEqual({ ok: false, code: 'BUS_TOO_MANY_COMMANDS' });
  });

  it('sends nothing after its outcome became known otherwise, or after closing', () => {
    place();
    expect(commands.settle(ORDER)).toBe(true);
    place(parseClientOrderId('q1abc2'));
    commands.close();
    clock.advance(10_000);
    expect(sent.length).toBe(2);
    expect(answers).toEqual([]);
  });
});
