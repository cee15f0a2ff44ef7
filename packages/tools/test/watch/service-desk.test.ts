import { describe, expect, it } from '@jest/globals';
import { freePort } from '../../../runtime/test/suites/free-port.ts';
import { ServiceDesk } from '../../src/watch/service-desk.ts';
import { startProcess } from '../_desk.ts';
import { testPorts } from '../_ports.ts';

const PLACE = { exchange: 'BINANCE', account: 'main' };

const freeEndpoint = async () => `tcp://127.0.0.1:${await freePort()}`;

describe('the desk of questions', () => {
  it('keeps a question until its peer is there, which a socket would drop', async () => {
    const ports = testPorts();
    const endpoint = await freeEndpoint();
    const desk = new ServiceDesk(ports, PLACE);
    const asking = desk.ask(endpoint, 'service.ping', {}, 10_000);
    const process = await startProcess(ports, { endpoint });

    expect((await asking).data).toMatchObject({ state: 'ready', process: 'test_process' });
    await desk.close();
    await process.close();
  });

  it('keeps it too while the peer is being started again', async () => {
    const ports = testPorts();
    const endpoint = await freeEndpoint();
    const first = await startProcess(ports, { endpoint });
    const desk = new ServiceDesk(ports, PLACE);
    await desk.ask(first.service, 'service.ping', {}, 10_000);
    await first.close();
    // What is asked before the desk has heard of the end is lost with the connection.
    await expect(desk.ask(first.service, 'service.ping', {}, 1_000)).rejects.toMatchObject({ code: 'TOL_NOT_REACHABLE' });
    const asking = desk.ask(first.service, 'service.ping', {}, 10_000);
    const second = await startProcess(ports, { endpoint });

    await asking;
    await desk.close();
    await second.close();
  });

  it('ends a question that nobody answers', async () => {
    const desk = new ServiceDesk(testPorts(), PLACE);
    const asking = desk.ask(await freeEndpoint(), 'service.ping', {}, 300);

    await expect(asking).rejects.toMatchObject({ code: 'TOL_NOT_REACHABLE' });
    await desk.close();
  });
});
