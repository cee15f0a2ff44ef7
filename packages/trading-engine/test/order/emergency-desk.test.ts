import { decimal, parseVenueOrderId } from '@fillwright/domain';
import type { Message } from '@fillwright/messages';
import { confirmed, unknown } from '@fillwright/venue';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { EmergencyDesk } from '../../src/order/emergency-desk.ts';
import { World } from '../_world.ts';

const ID = 'q1tkr3x01';

let world: World;
let desk: EmergencyDesk;

beforeEach(async () => {
  world = new World();
  await world.open(ID);
  desk = new EmergencyDesk(world.context, 'disk full');
});

function command(type: string, data: object, src = 'trader') {
  return desk.command({ type, src, id: 'c1', data: { owner: 'q1', ...data } } as unknown as Message);
}

describe('when the journal cannot be written', () => {
  it.each(['command.place', 'command.modify'])('%s of what is not known is denied, of what is known answered', (type) => {
    expect(command(type, { clientOrderId: 'q1tkr3x09' })).toMatchObject({ verdict: 'denied', reason: { code: 'JOURNAL_FAILED' } });
    expect(command(type, { clientOrderId: ID })).toMatchObject({ verdict: 'known', order: { phase: 'new' } });
    expect(world.calls.map(({ name }) => name)).toEqual(['submit']);
  });

  it('a question is answered', () => {
    expect(command('command.query', { clientOrderId: ID })).toMatchObject({ verdict: 'known' });
    expect(command('command.query', { clientOrderId: 'q1tkr3x09' })).toMatchObject({ verdict: 'not-found' });
    expect(command('market.mark', {})).toBeUndefined();
  });

  it('a cancel goes to the venue without a record, once at a time, and again when asked again', async () => {
    const records = world.records.length;
    expect(command('command.cancel', { clientOrderId: ID })).toMatchObject({ verdict: 'accepted' });
    command('command.cancel', { clientOrderId: ID });
    expect(world.count('cancel')).toBe(1);
    await world.lastCall('cancel').answer(unknown('NO_ANSWER', 'timeout'));
    expect(desk.isCanceled(world.order(ID).clientOrderId)).toBe(false);
    command('command.cancel', { clientOrderId: ID });
    await world.lastCall('cancel').answer(confirmed(undefined));
    await desk.settled();
    command('command.cancel', { clientOrderId: ID });

    expect([world.count('cancel'), desk.isCanceled(world.order(ID).clientOrderId), world.records.length]).toEqual([2, true, records]);
  });

  it('an order whose fate is unknown is cancelled by its id, one that was never written is not', async () => {
    world.held = true;
    world.place('q1tkr3x02');
    world.held = false;
    world.place('q1tkr3x03');
    await world.lastCall('submit').answer(unknown('NO_ANSWER', 'timeout'));

    expect(command('command.cancel-all', {})).toMatchObject({ verdict: 'accepted', orders: 3 });
    expect(world.calls.filter(({ name }) => name === 'cancel').map(({ id }) => id)).toEqual([ID, 'q1tkr3x03']);
  });

  it('nobody cancels what is not theirs, and what is over stays over', () => {
    const { venueOrderId = parseVenueOrderId('1') } = world.order(ID);
    expect(command('command.cancel', { clientOrderId: ID }, 'intruder')).toMatchObject({ reason: { code: 'NOT_YOURS' } });
    expect(command('command.cancel', { clientOrderId: ID, owner: 'zz' })).toMatchObject({ reason: { code: 'NOT_YOURS' } });
    expect(command('command.cancel-all', {}, 'intruder')).toMatchObject({ reason: { code: 'NOT_YOURS' } });
    expect(command('command.cancel', { clientOrderId: 'q1tkr3x09' })).toMatchObject({ verdict: 'not-found' });
    world.reports.report(world.report(ID, { phase: 'filled', filledQty: decimal('1'), fill: world.fill(1, '1', { venueOrderId }) }));
    expect(command('command.cancel', { clientOrderId: ID })).toMatchObject({ verdict: 'known', order: { phase: 'filled' } });
    expect(world.count('cancel')).toBe(0);
  });
});
