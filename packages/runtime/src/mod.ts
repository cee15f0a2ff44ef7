export { AppError } from './app-error.ts';
export {
  type CommandEvents,
  type CommandRequest,
  CommandSender,
  type CommandSenderOptions,
  type CommandType,
} from './bus/command-sender.ts';
export { fileMark, type OwnKey, readOwnKey, readPeers, readSecretFile, writeOwnKey, writePeers } from './bus/curve/key-files.ts';
export { type KeyPair, newKeyPair } from './bus/curve/key-pair.ts';
export { Keyring, type KeyringOptions } from './bus/curve/keyring.ts';
export { HEX_KEY, PEER_NAME, type Peer } from './bus/curve/peer-list.ts';
export { ROLES } from './bus/curve/roles.ts';
export { z85FromBytes } from './bus/curve/z85.ts';
export { FeedLink, type FeedLinkOptions, type FeedLinkStatistics } from './bus/feed-link.ts';
export type * from './bus/feed-options.ts';
export {
  FeedPublisher,
  type FeedPublisherOptions,
  type PublishExtras,
  type PublisherCounts,
  type PublisherState,
} from './bus/feed-publisher.ts';
export { FeedSubscription } from './bus/feed-subscription.ts';
export type { ReplaySlice } from './bus/message-ring.ts';
export { MessageTap, type MessageTapOptions } from './bus/message-tap.ts';
export { Sender, type SenderIdentity } from './bus/sender.ts';
export { answerOf, ServiceClient, type ServiceClientOptions, type ServiceResult } from './bus/service-client.ts';
export {
  type Respond,
  type ServiceCounts,
  type ServiceHandlers,
  ServiceServer,
  type ServiceServerOptions,
  type SnapshotContent,
} from './bus/service-server.ts';
export { type ClosableBus, createZmqBus, type ZmqBusOptions } from './bus/zmq-bus.ts';
export { configurationPage } from './config/document.ts';
export { endpointsOf, type NamedEndpoint } from './config/endpoints.ts';
export { type ConfigFault, type ConfigWarning, faultText, nearestName, warningText } from './config/faults.ts';
export * from './config/key.ts';
export { type EngineConfig, engineSpec } from './config/keys/engine.ts';
export { processName } from './config/keys/global.ts';
export { type MarketServerConfig, marketServerSpec } from './config/keys/market-server.ts';
export { monitoring } from './config/keys/monitoring.ts';
export { type PositionServerConfig, positionServerSpec } from './config/keys/position-server.ts';
export { type TraderConfig, traderSpec } from './config/keys/trader.ts';
export * as kinds from './config/kinds.ts';
export { type ConfigResult, type Environment, loadConfig } from './config/load.ts';
export { type PlannedPort, type PlannedProcess, PORT_PLAN, plannedEndpoint, plannedPort } from './config/port-plan.ts';
export { SERVICE_SPECS, specOfFile } from './config/specs.ts';
export { type HostClass, hostClass } from './config/venue-host.ts';
export { createNodeDisk } from './disk/node-disk.ts';
export { removeOldFolders } from './disk/old-folders.ts';
export { createReadOnlyDisk } from './disk/read-only-disk.ts';
export { nextEpoch } from './journal/epoch.ts';
export type { Journal, JournalCut, JournalOptions, JournalRecord, ReadBound } from './journal/journal.ts';
export { MAX_PAYLOAD_BYTES, openJournal } from './journal/journal.ts';
export type { JournalErrorCode, JournalFault } from './journal/journal-error.ts';
export { JournalError } from './journal/journal-error.ts';
export {
  firstKeptPos,
  inspectJournal,
  type JournalInspection,
  scanJournal,
  type TornTail,
  tailOfJournal,
} from './journal/journal-reader.ts';
export type { JournalSync, JournalWriter, JournalWriterOptions } from './journal/journal-writer.ts';
export { createJournalWriter } from './journal/journal-writer.ts';
export type { Snapshot, SnapshotReport, SnapshotSearch } from './journal/snapshots.ts';
export { keptSnapshots, readNewestSnapshot, SnapshotDraft, writeSnapshot, writeSnapshotLater } from './journal/snapshots.ts';
export type { JournalCheck } from './journal/verify-journal.ts';
export { verifyJournal } from './journal/verify-journal.ts';
export { createProcesses } from './live/processes.ts';
export { createSecrets } from './live/secrets.ts';
export { createSystemClock } from './live/system-clock.ts';
export { createSystemRandom } from './live/system-random.ts';
export { createTerminal } from './live/terminal.ts';
export { type ClosableHttpClient, createHttpClient, type HttpClientOptions } from './net/axios-http-client.ts';
export { createHttpServer, type HttpServerOptions } from './net/node-http-server.ts';
export { createWebSocketConnector, type WebSocketConnectorOptions } from './net/ws-connector.ts';
export { createLog, type LogOptions } from './observe/log.ts';
export { createMetrics } from './observe/metrics.ts';
export { createSecretRegistry, type SecretRegistry } from './observe/secret-registry.ts';
export { serveStatus } from './observe/status-server.ts';
export type * from './ports/bus.ts';
export type * from './ports/clock.ts';
export type { Disk, DiskErrorCode, DiskFile } from './ports/disk.ts';
export { DiskError, diskErrorOf } from './ports/disk.ts';
export type * from './ports/http-client.ts';
export type * from './ports/http-server.ts';
export type { Log, LogFields, LogLevel } from './ports/log.ts';
export { Secret } from './ports/log.ts';
export type * from './ports/metrics.ts';
export type * from './ports/ports.ts';
export type * from './ports/processes.ts';
export type * from './ports/random.ts';
export type * from './ports/secrets.ts';
export type * from './ports/store.ts';
export type * from './ports/terminal.ts';
export type * from './ports/web-socket.ts';
export { pollBusily } from './process/busy-poll.ts';
export { type LoadedConfig, readConfigFile, readConfigText } from './process/config-file.ts';
export { configPerExchange, type ExtraFlag, type ExtraReport, type ProcessDefinition } from './process/definition.ts';
export { EXIT, type ExitCode, exitCodeOf, failureLine, failureOf } from './process/exit-code.ts';
export { createLivePorts, type LivePortsOptions } from './process/live-ports.ts';
export { MEMORY_ENVIRONMENT, MEMORY_FLAGS } from './process/memory.ts';
export { runProcess } from './process/run-process.ts';
export { runTool, type ToolDefinition } from './process/run-tool.ts';
export type { Health, ProcessState, Service, StopReport } from './process/service.ts';
export type { MemoryStore } from './store/memory-store.ts';
export { createMemoryStore } from './store/memory-store.ts';
export { createSqliteStore } from './store/sqlite-store.ts';
export { BanFile } from './throttle/ban-file.ts';
export { Conflator } from './throttle/conflator.ts';
export {
  type Admission,
  createRequestQueue,
  LANES,
  type Lane,
  type RequestClaim,
  type RequestQueue,
  type RequestQueueOptions,
} from './throttle/request-queue.ts';
