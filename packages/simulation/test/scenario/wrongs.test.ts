/** Real services on ports that do wrong: the witness sees it, through the whole of a run. */

import type { DiskFile, HttpResult, Ports } from '@fillwright/runtime';
import { expect, it } from '@jest/globals';
import { runScenario, type ScenarioOptions } from '../../src/scenario/run-scenario.ts';
import { PLAN } from './desk-plan.ts';

async function findings(options: Pick<ScenarioOptions, 'wrongs'>): Promise<readonly string[]> {
  const report = await runScenario({ plan: PLAN, seed: 21, seconds: 6, ...options });
  return [...new Set(report.violations.map(({ check }) => check))].sort();
}

function ofEngine(wrong: (ports: Ports) => Ports): Pick<ScenarioOptions, 'wrongs'> {
  return { wrongs: (process, ports) => (process === 'trading-engine' ? wrong(ports) : ports) };
}

it('sees a transport that sends an order twice', async () => {
  const wrong = ofEngine((ports) => ({
    ...ports,
    http: {
      request: (request): Promise<HttpResult> => {
        if (request.method === 'POST' && request.url.includes('/order?')) void ports.http.request(request);
        return ports.http.request(request);
      },
    },
  }));

  expect(await findings(wrong)).toContain('sending-first');
});

it('sees a stream whose trades come with another fee', async () => {
  const wrong = ofEngine((ports) => ({
    ...ports,
    webSocket: {
      connect: (options, events) =>
        ports.webSocket.connect(options, { ...events, onMessage: (text) => events.onMessage(text.replace(/"n":"(\d)/, '"n":"1$1')) }),
    },
  }));

  expect(await findings(wrong)).toContain('fills');
});

it('sees a journal that loses a fill', async () => {
  let lost = false;
  const wrong = ofEngine((ports) => ({
    ...ports,
    disk: {
      ...ports.disk,
      open: (path): DiskFile => {
        const file = ports.disk.open(path);
        const append = (bytes: Uint8Array): void => {
          const isLost = !lost && path.startsWith('journal/') && Buffer.from(bytes).includes('tradeId');
          lost ||= isLost;
          if (!isLost) file.append(bytes);
        };
        const get = (target: DiskFile, name: keyof DiskFile) => {
          const member = target[name];
          if (name === 'append') return append;
          return typeof member === 'function' ? member.bind(target) : member;
        };
        return new Proxy(file, { get: (target, name) => get(target, name as keyof DiskFile) });
      },
    },
  }));

  expect(await findings(wrong)).toEqual(expect.arrayContaining(['fills', 'publications']));
});

it('sees a ledger that is told of another quantity', async () => {
  const told = (frames: readonly Uint8Array[]): readonly Uint8Array[] =>
    frames.map((frame) => {
      const text = Buffer.from(frame).toString('latin1');
      return text.includes('account.fill') ? Buffer.from(text.replace(/0\.003/, '0.004'), 'latin1') : frame;
    });
  const wrongs = (process: string, ports: Ports): Ports => {
    if (process !== 'position-server') return ports;
    const connectSubscriber: Ports['bus']['connectSubscriber'] = (endpoints, events) =>
      ports.bus.connectSubscriber(endpoints, { ...events, onFrames: (frames) => events.onFrames(told(frames)) });
    return { ...ports, bus: { ...ports.bus, connectSubscriber } };
  };

  expect(await findings({ wrongs })).toContain('agreement');
}, 60_000);
