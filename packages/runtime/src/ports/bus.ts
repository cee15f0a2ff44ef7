/** The bus as bare sockets: publishers bind, subscribers connect, services answer. What the frames mean is in `../bus`. */

export interface PublisherSocket {
  /** The endpoint as bound (a port 0 or `*` is resolved). */
  readonly endpoint: string;
  /** Two frames. Never blocks, never throws; `body` must not be changed afterwards. A frame that could not be queued is counted. */
  send(topic: string, body: Uint8Array): void;
  /** Frames not accepted by the transport since the start. */
  readonly refused: number;
  close(): Promise<void>;
}

export interface SubscriberSocket {
  subscribe(topicPrefix: string): void;
  unsubscribe(topicPrefix: string): void;
  close(): Promise<void>;
}

/** What a socket reports about its connections; for logs, `zmq-test` and link states, never for delivery. */
export interface LinkEvent {
  readonly endpoint: string;
  readonly type: 'connected' | 'handshake' | 'handshake-failed' | 'disconnected' | 'accepted' | 'retrying' | 'closed';
  readonly detail?: string;
}

/** Who is at the other end of a connection, as its key proves; there is none where the bus runs without keys. */
export interface PeerOrigin {
  /** PROCESS_NAME of the key's owner. */
  readonly name: string;
  /** What it may publish and ask, see `requestRefusal` and `publicationRefusal` of the runtime's bus. */
  readonly roles: readonly PeerRole[];
  /** The owner tag that a trader's orders carry. */
  readonly ownerTag?: string | undefined;
}

/** `listen` is what everybody may; the others say what their owner may publish or ask besides. */
export type PeerRole = 'listen' | 'market' | 'engine' | 'ledger' | 'orders' | 'control';

export interface SubscriberEvents {
  /** `frames` other than two are passed on too: the caller counts and drops them. */
  onFrames(frames: readonly Uint8Array[], origin?: PeerOrigin): void;
  onLink?(event: LinkEvent): void;
}

/** Identifies a peer of a service socket until that peer disconnects. */
export type PeerId = string;

export interface ServiceSocket {
  readonly endpoint: string;
  /** Never blocks, never throws; to a peer that is gone it is dropped and counted. */
  reply(peer: PeerId, body: Uint8Array): void;
  readonly refused: number;
  close(): Promise<void>;
}

export interface ServiceSocketEvents {
  onRequest(peer: PeerId, frames: readonly Uint8Array[], origin?: PeerOrigin): void;
  onLink?(event: LinkEvent): void;
}

export interface ServiceClientSocket {
  /** Dropped and counted when there is no connection (nothing stale is ever delivered later). */
  send(body: Uint8Array): void;
  readonly refused: number;
  close(): Promise<void>;
}

export interface Bus {
  /** @throws AppError `RUN_PORT_IN_USE` | `RUN_BIND_FAILED` (as a rejection), naming the endpoint. */
  bindPublisher(endpoint: string, onLink?: (event: LinkEvent) => void): Promise<PublisherSocket>;
  /** Connects at once and for ever; a peer that is not there yet is retried. */
  connectSubscriber(endpoints: readonly string[], events: SubscriberEvents): SubscriberSocket;
  bindService(endpoint: string, events: ServiceSocketEvents): Promise<ServiceSocket>;
  connectService(endpoint: string, events: SubscriberEvents): ServiceClientSocket;
}
