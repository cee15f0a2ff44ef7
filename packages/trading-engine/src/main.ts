/** `trading-engine EXCHANGE [CONFIG] [--test-auth] [--test-websocket]`. */
import { configPerExchange, type EdgePorts, type EngineConfig, EXIT, type ExtraReport, engineSpec, runProcess } from '@fillwright/runtime';
import { adapterFromConfig, currentKeys, optionsFromConfig, PROCESS_STOP_BUDGET_MS } from './options-from-config.ts';
import { TradingEngine } from './trading-engine.ts';
import { venueMetrics } from './venue-metrics.ts';

/** Long enough for a ping of a healthy stream, short enough to wait for. */
const STREAM_WATCH_MS = 3_000;

function report(ok: boolean, line: string, facts: Readonly<Record<string, unknown>>): ExtraReport {
  return { exitCode: ok ? EXIT.ok : EXIT.unreachable, lines: [line], json: { ok, ...facts } };
}

async function testAuth(ports: EdgePorts, config: EngineConfig): Promise<ExtraReport> {
  const adapter = adapterFromConfig(config, ports);
  const outcome = await adapter.prepare();
  const balances = outcome.type === 'confirmed' ? await adapter.balances() : undefined;
  await adapter.close();
  if (outcome.type !== 'confirmed')
    return report(false, `not usable: ${outcome.reason.code}: ${outcome.reason.text}`, { reason: outcome.reason });
  if (balances?.type === 'failed')
    return report(false, `key refused: ${balances.reason.code}: ${balances.reason.text}`, { reason: balances.reason });
  const { instruments, clockOffsetMs } = outcome.value;
  return report(true, `key accepted; ${instruments.length} instruments, clock offset ${clockOffsetMs} ms`, {
    instruments: instruments.length,
    clockOffsetMs,
  });
}

async function testWebSocket(ports: EdgePorts, config: EngineConfig): Promise<ExtraReport> {
  const adapter = adapterFromConfig(config, ports);
  const prepared = await adapter.prepare();
  if (prepared.type !== 'confirmed') {
    await adapter.close();
    return report(false, `not reachable: ${prepared.reason.code}: ${prepared.reason.text}`, { reason: prepared.reason });
  }
  let down: string | undefined;
  const stream = await adapter.openPrivateStream({
    onEvent: () => undefined,
    onDown: (reason) => {
      down = reason;
    },
  });
  if (stream.type === 'confirmed') await new Promise<void>((resolve) => ports.clock.after(STREAM_WATCH_MS, resolve));
  if (stream.type === 'confirmed') stream.value.close();
  await adapter.close();
  if (stream.type !== 'confirmed')
    return report(false, `no private stream: ${stream.reason.code}: ${stream.reason.text}`, { reason: stream.reason });
  if (down !== undefined) return report(false, `the private stream ended: ${down}`, { reason: down });
  return report(true, `private stream open for ${STREAM_WATCH_MS} ms`, { watchedMs: STREAM_WATCH_MS });
}

await runProcess({
  name: 'trading-engine',
  spec: engineSpec,
  defaultConfigPath: configPerExchange('trading_engine'),
  build: (ports, config) => {
    const adapter = adapterFromConfig(config, ports, venueMetrics(ports.metrics, ports.log), () => currentKeys(config, ports.secrets));
    const engine = new TradingEngine(ports, optionsFromConfig(config), adapter);
    engine.onBroken = () => ports.processes.exit(EXIT.failed);
    return engine;
  },
  stopBudgetMs: PROCESS_STOP_BUDGET_MS,
  extras: [
    { flag: '--test-auth', doc: 'check the API key and end', run: testAuth },
    { flag: '--test-websocket', doc: 'open the private stream, watch it for 3 s and end', run: testWebSocket },
  ],
});
