/** All ports of one incarnation, on one world. */
import type { Ports } from '@fillwright/runtime/ports';
import type { Incarnation } from '../kernel/incarnation.ts';
import type { Network } from '../kernel/network.ts';
import { simulatedBus } from './bus.ts';
import { simulatedClock } from './clock.ts';
import { simulatedDisk } from './disk.ts';
import { simulatedHttpClient } from './http-client.ts';
import { simulatedHttpServer } from './http-server.ts';
import { type LogRing, simulatedLog } from './log.ts';
import { simulatedMetrics } from './metrics.ts';
import { simulatedRandom } from './random.ts';
import { simulatedStore } from './store.ts';
import { simulatedWebSocketConnector } from './web-socket.ts';

/** @param dataDirectory names the files and databases on the incarnation's machine */
export function simulatedPorts(incarnation: Incarnation, network: Network, logs: LogRing, dataDirectory: string): Ports {
  const { machine } = incarnation;
  const log = simulatedLog(incarnation, logs);
  return {
    clock: simulatedClock(incarnation),
    random: simulatedRandom(incarnation),
    http: simulatedHttpClient(incarnation, network),
    httpServer: simulatedHttpServer(incarnation, network, log),
    webSocket: simulatedWebSocketConnector(incarnation, network),
    bus: simulatedBus(incarnation, network),
    disk: simulatedDisk(incarnation, machine.disk(dataDirectory)),
    store: simulatedStore(incarnation, machine.databases(dataDirectory)),
    log,
    metrics: simulatedMetrics(incarnation),
  };
}
