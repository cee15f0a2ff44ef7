/** The launcher from command line to exit code: checks, starts, shows, judges, stops, and says how it ended. */
import { join } from 'node:path';
import { hasTag, parseOwnerTag } from '@fillwright/domain/ids';
import { AppError, type EdgePorts, EXIT, type ExitCode, exitCodeOf, failureLine, failureOf } from '@fillwright/runtime';
import { type LauncherOptions, parseLauncherLine } from './command-line.ts';
import { demoFolder, tidyDemoFolders } from './data-folder.ts';
import { Launch, ledgerTopic } from './launch.ts';
import { LiveView } from './live-view.ts';
import { readPlan } from './plan.ts';
import { checkPorts } from './port-check.ts';
import { type StopSummary, stopDesk } from './stop.ts';
import { runTrial, type TrialDesk, type TrialReport } from './trial.ts';

/** The command may take N + 25 s in all: stopping takes 5, the comparisons up to 10. */
const READY_WITHIN_MS = 20_000;
/** One Ctrl-C arrives more than once: from the terminal, and again from npm. */
const SAME_SIGNAL_US = 500_000;

export interface LauncherPlaces {
  readonly node: string;
  readonly packagesFolder: string;
}

/** What a launch came to before it was stopped. */
type Outcome =
  | { readonly type: 'stopped' }
  | { readonly type: 'judged'; readonly report: TrialReport }
  | { readonly type: 'failed'; readonly error: unknown };

/** `onLaunch` hears of the launch as soon as there is one: a crash of this process must not leave children behind. */
export async function runLauncher(
  ports: EdgePorts,
  args: readonly string[],
  places: LauncherPlaces,
  onLaunch: (launch: Launch) => void,
): Promise<ExitCode> {
  const line = parseLauncherLine(args);
  if (line.type === 'help') {
    ports.terminal.write(line.text);
    return EXIT.ok;
  }
  const { secrets, clock, terminal, httpServer } = ports;
  const root = secrets.environment('FILLWRIGHT_DATA_DIR') ?? 'data';
  const dataFolder = line.keepData ? root : demoFolder(root, clock.wallUs());
  const plan = readPlan(
    { configFolder: line.configFolder, packagesFolder: places.packagesFolder, venueLog: join(root, 'venue.ndjson') },
    secrets.environment,
  );
  await checkPorts(httpServer, plan.children);
  tidyDemoFolders(root);
  const logFolder = secrets.environment('FILLWRIGHT_LOG_DIR') ?? 'logs';
  const launch = new Launch(ports, plan, { restart: line.restart, node: places.node, dataFolder, logFolder });
  onLaunch(launch);
  const stopAsked = stopSignal(ports, launch);
  ports.log.info('launcher-starting', { pid: ports.processes.pid, config: line.configFolder, dataFolder });
  launch.start();

  const screen = terminal.interactive && !line.json && !line.plain;
  if (!screen) launch.onNotice = (text) => terminal.note(text);
  const view = new LiveView(ports, () => launch.state(), {
    screen,
    colours: secrets.environment('NO_COLOR') === undefined,
    line: (text) => (line.json ? terminal.note(text) : terminal.write(`${text}\n`)),
  });
  const outcome = await Promise.race([trade(ports, launch, line), stopAsked.then((): Outcome => ({ type: 'stopped' }))]);
  launch.phase = 'stopping';
  view.close();
  if (outcome.type === 'failed') terminal.note(`npm start: ${failureOf(outcome.error).code}: ${failureOf(outcome.error).message}`);
  terminal.note('stopping: trader, engine, position-server, market-server, exchange …');
  const stopped = await stopDesk(stoppable(launch), clock);
  await launch.close();
  for (const text of stopped.lines) terminal.note(text);
  terminal.note(`all stopped in ${(stopped.tookMs / 1000).toFixed(1)} s; data in ${dataFolder}, logs in ${logFolder}`);
  return finish(ports, line, outcome, stopped);
}

async function trade(ports: EdgePorts, launch: Launch, { seconds }: LauncherOptions): Promise<Outcome> {
  try {
    if (seconds === undefined) return await launch.failed;
    await Promise.race([launch.untilReady(READY_WITHIN_MS), launch.failed]);
    return { type: 'judged', report: await Promise.race([runTrial(trialDesk(ports, launch), seconds), launch.failed]) };
  } catch (error) {
    return { type: 'failed', error };
  }
}

function finish({ terminal }: EdgePorts, { json }: LauncherOptions, outcome: Outcome, stopped: StopSummary): ExitCode {
  if (outcome.type === 'failed') {
    if (json) terminal.write(failureLine(outcome.error));
    return exitCodeOf(outcome.error);
  }
  if (outcome.type === 'stopped') {
    if (!json) return stopped.clean ? EXIT.ok : EXIT.failed;
    terminal.write(failureLine(new AppError('TOL_INTERRUPTED', 'stopped by a signal before the time was over')));
    return EXIT.failed;
  }
  const { report } = outcome;
  const problems = [...report.problems, ...(stopped.clean ? [] : stopped.lines)];
  const ok = report.ok && stopped.clean;
  if (json) terminal.write(`${JSON.stringify({ ...report, ok, problems })}\n`);
  const verdict = ok ? 'exchange, engine and position-server agree' : `NOT in order:\n  ${problems.join('\n  ')}`;
  terminal.note(`${report.orders} orders, ${report.fills} fills; ${verdict}`);
  return ok ? EXIT.ok : EXIT.failed;
}

/** Resolves at the first signal; the second one ends everything at once. */
function stopSignal({ processes, clock }: EdgePorts, launch: Launch): Promise<void> {
  return new Promise((resolve) => {
    let firstUs: number | undefined;
    processes.onStopSignal(() => {
      if (firstUs === undefined) {
        firstUs = clock.monotonicUs();
        resolve();
      } else if (clock.monotonicUs() - firstUs > SAME_SIGNAL_US) {
        launch.supervisor.killAll();
        processes.exit(EXIT.failed);
      }
    });
  });
}

function stoppable(launch: Launch) {
  const { supervisor, plan } = launch;
  const tag = parseOwnerTag(plan.ownerTag);
  return {
    stop: supervisor.stop.bind(supervisor),
    killAll: () => supervisor.killAll(),
    retire: () => supervisor.retire(),
    leftBy: supervisor.leftBy.bind(supervisor),
    account: () => launch.exchange.account(),
    isOwn: ({ clientOrderId }: { readonly clientOrderId: string }) => hasTag(clientOrderId, tag),
  };
}

function trialDesk({ clock }: EdgePorts, launch: Launch): TrialDesk {
  const { plan, services } = launch;
  const { engine, positions, trader } = plan.endpoints;
  const control = async (action: 'pause' | 'resume', why: string): Promise<void> => {
    await services.ask(trader.service, 'service.control', { action, who: launch.who, why });
  };
  return {
    clock,
    exchangeName: plan.exchange,
    pauseTrader: () => control('pause', 'comparing books'),
    resumeTrader: () => control('resume', 'books were compared'),
    setFlow: (running) => launch.exchange.setFlow(running),
    exchange: () => launch.exchange.account(),
    engine: async () => (await services.ask(engine.service, 'service.query-account', {})).data,
    ledger: async () => (await services.ask(positions.service, 'service.snapshot-request', { topic: ledgerTopic(plan) })).data,
    roundTripUs: () => launch.roundTripUs(),
    processes: () => launch.state().processes,
    onComparing: (comparing) => {
      launch.phase = comparing ? 'comparing' : 'running';
    },
  };
}
