/** The names the determinism contract refuses, each with what to use instead. Data only; `forbidden-globals.ts` applies it. */

const TIME = 'take time from the Clock port';
const TIMER = 'take timers from the Clock port';
const RANDOM = 'take randomness from the Random port';
const NETWORK = 'reach the network through HttpClient, WebSocketConnector or Bus';
const FILES = 'files belong to Disk and Store';
const PROCESS = 'the process belongs to the Processes, Terminal and Secrets ports';

/** Globals with no permitted use. */
export const FORBIDDEN_GLOBALS: Readonly<Record<string, string>> = {
  performance: TIME,
  setTimeout: TIMER,
  setInterval: TIMER,
  setImmediate: TIMER,
  clearTimeout: TIMER,
  clearInterval: TIMER,
  clearImmediate: TIMER,
  queueMicrotask: TIMER,
  scheduler: TIMER,
  crypto: RANDOM,
  fetch: NETWORK,
  WebSocket: NETWORK,
  EventSource: NETWORK,
  XMLHttpRequest: NETWORK,
  MessageChannel: 'it delivers outside the kernel; call the handler or use the Bus port',
  BroadcastChannel: 'it delivers outside the kernel; use the Bus port',
  Worker: 'threads have no order a seed could repeat',
  CompressionStream: 'it works in the background; use the synchronous functions of node:zlib',
  DecompressionStream: 'it works in the background; use the synchronous functions of node:zlib',
  WeakRef: 'when memory is collected is not repeatable',
  FinalizationRegistry: 'when memory is collected is not repeatable',
  Intl: 'it follows the machine; format by hand',
  console: 'write through the Log or Terminal port',
  eval: 'code from text cannot be checked',
  Function: 'code from text cannot be checked',
  globalThis: 'it hides which global is meant',
  global: 'it hides which global is meant',
  self: 'it hides which global is meant',
};

export interface GuardedGlobal {
  /** The refused members; the others are pure. */
  readonly members: RegExp;
  readonly instead: string;
  /** `new X(…)` with an argument and `x instanceof X` are pure; else the bare name may not stand as a value. */
  readonly constructible: boolean;
}

/** Globals of which some members are refused. */
export const GUARDED_GLOBALS: Readonly<Record<string, GuardedGlobal>> = {
  Date: { members: /^now$/, instead: TIME, constructible: true },
  Math: { members: /^random$/, instead: RANDOM, constructible: false },
  Temporal: { members: /^Now$/, instead: TIME, constructible: false },
  AbortSignal: { members: /^timeout$/, instead: 'it runs on real time; abort from a timer of the Clock port', constructible: true },
  Atomics: { members: /^wait/, instead: TIME, constructible: false },
  process: {
    members:
      /^(?:env|hrtime|nextTick|uptime|exit|abort|kill|on|once|stdin|stdout|stderr|memoryUsage|cpuUsage|resourceUsage|pid|ppid|cwd|chdir|getBuiltinModule|binding|dlopen)$/,
    instead: PROCESS,
    constructible: false,
  },
};

/** Methods that depend on the machine's language, on whatever they are called. */
export const FORBIDDEN_METHOD = /^(?:toLocale\w+|localeCompare)$/;

/** Modules with no permitted value import, without `node:`. */
export const FORBIDDEN_MODULES: Readonly<Record<string, string>> = {
  timers: TIMER,
  'timers/promises': TIMER,
  perf_hooks: TIME,
  fs: FILES,
  'fs/promises': FILES,
  sqlite: FILES,
  net: NETWORK,
  tls: NETWORK,
  dgram: NETWORK,
  dns: NETWORK,
  'dns/promises': NETWORK,
  http: NETWORK,
  https: NETWORK,
  http2: NETWORK,
  axios: NETWORK,
  ws: NETWORK,
  zeromq: NETWORK,
  process: PROCESS,
  os: PROCESS,
  child_process: PROCESS,
  cluster: PROCESS,
  worker_threads: PROCESS,
  readline: PROCESS,
  'readline/promises': PROCESS,
  module: 'loading by hand hides what is imported',
  pino: 'log through the Log port',
  'prom-client': 'count through the Metrics port',
  bottleneck: 'it waits on its own clock; the runtime wraps it',
};

/** Modules of which only the synchronous, repeatable exports may be taken, by name. */
export const PARTLY_ALLOWED_MODULES: Readonly<Record<string, RegExp>> = {
  crypto:
    /^(?:createHash|createHmac|createPrivateKey|createPublicKey|createSecretKey|createSign|createVerify|sign|verify|hash|timingSafeEqual|constants|KeyObject)$/,
  zlib: /^(?:\w+Sync|crc32|constants)$/,
};
