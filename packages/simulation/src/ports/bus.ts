/** The Bus port on the simulated network, with the delivery rules of the ZeroMQ one. */
import { AppError, type Bus } from '@fillwright/runtime/ports';
import type { ConnectionEnd } from '../kernel/connection.ts';
import type { Incarnation, Settle } from '../kernel/incarnation.ts';
import type { Listener, Network } from '../kernel/network.ts';
import { addressToConnect, parseEndpoint } from './bus-endpoint.ts';
import { SimulatedPublisher, SimulatedSubscriber } from './bus-publisher.ts';
import { SimulatedService, SimulatedServiceClient } from './bus-service.ts';

interface BoundSocket<E> {
  accept(end: ConnectionEnd, events: E): void;
}

export function simulatedBus(incarnation: Incarnation, network: Network): Bus {
  /** Binds at once, answers by an event: both as the live sockets do. */
  function bind<S extends BoundSocket<E>, E>(
    call: string,
    endpoint: string,
    events: E,
    make: (listener: Listener, endpoint: string) => S,
  ): Promise<S> {
    return incarnation.callAsync(call, `binding ${endpoint}`, (settle: Settle<S>) => {
      const address = parseEndpoint(endpoint);
      let socket: S | undefined;
      const onConnection = (end: ConnectionEnd): void => socket?.accept(end, events);
      const listener = address === undefined ? 'unavailable' : network.listen(incarnation, address.host, address.port, { onConnection });
      if (typeof listener !== 'string') {
        const host = listener.host === '*' ? '0.0.0.0' : listener.host;
        socket = make(listener, `tcp://${host}:${listener.port}`);
      }
      const bound = socket;
      incarnation.later(0, 'bus.bound', () => {
        if (bound === undefined) settle.reject(bindError(endpoint, listener === 'in-use'));
        else settle.resolve(bound);
      });
    });
  }

  return {
    bindPublisher: (endpoint, onLink) =>
      bind('bus.bindPublisher', endpoint, onLink, (listener, bound) => new SimulatedPublisher(incarnation, listener, bound)),
    bindService: (endpoint, events) =>
      bind('bus.bindService', endpoint, events, (listener, bound) => new SimulatedService(incarnation, listener, bound)),
    connectSubscriber: (endpoints, events) =>
      incarnation.call('bus.connectSubscriber', () => {
        for (const endpoint of endpoints) addressToConnect(endpoint);
        return new SimulatedSubscriber(incarnation, network, endpoints, events);
      }),
    connectService: (endpoint, events) =>
      incarnation.call('bus.connectService', () => new SimulatedServiceClient(incarnation, network, endpoint, events)),
  };
}

function bindError(endpoint: string, inUse: boolean): AppError {
  const details = { endpoint };
  if (inUse) {
    const text = `${endpoint} is in use: another process has it; stop that one or choose another port in the INI file`;
    return new AppError('RUN_PORT_IN_USE', text, { details });
  }
  return new AppError('RUN_BIND_FAILED', `cannot bind ${endpoint}: check address and port in the INI file`, { details });
}
