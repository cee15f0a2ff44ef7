/** The words of `fillwright keys` on the command line. */
import { AppError, type EdgePorts } from '@fillwright/runtime';
import type { Command } from 'commander';
import { type KeysResult, listKeys, makeKeys, revokeKey, rolesFrom, wishFromConfig } from './keys.ts';

export interface KeysAsked {
  readonly json: boolean;
  run(): KeysResult;
}

type AddCommand = (name: string, doc: string) => Command;

interface MakeFlags {
  readonly json?: true;
  readonly renew?: true;
  readonly name?: string;
  readonly roles: string;
  readonly keyFile?: string;
  readonly peersFile: string;
}

const PEERS = ['--peers-file <file>', 'list of the public keys', 'keys/peers.json'] as const;

/** Adds the commands below `keys`; `onAsked` is told which one was given. */
export function addKeyCommands(ports: EdgePorts, add: AddCommand, onAsked: (asked: KeysAsked) => void): void {
  // The clock of the journal: whole seconds are enough to know when.
  const now = (): string => new Date(Math.floor(ports.clock.wallUs() / 1000)).toISOString();
  add('make', 'makes the keys of processes, by their INI files, or one of a person by --name')
    .argument('[configs...]', 'INI files with CURVE_KEY_FILE and CURVE_PEERS_FILE')
    .option('--name <name>', 'for whom, when it is no process')
    .option('--roles <list>', 'what that one may do: listen, control, …', 'listen')
    .option('--key-file <file>', 'where its secret key is to lie; default keys/<name>.key')
    .option(...PEERS)
    .option('--renew', 'a new key for who has one; the old one is revoked')
    .action((configs: readonly string[], flags: MakeFlags) =>
      onAsked({
        json: flags.json === true,
        run: () => makeKeys(wishesOf(ports, configs, flags), { renew: flags.renew === true, now: now() }),
      }),
    );
  add('list', 'who has a key, and what it allows')
    .option(...PEERS)
    .action(({ json, peersFile }: { json?: true; peersFile: string }) => onAsked({ json: json === true, run: () => listKeys(peersFile) }));
  add('revoke', 'takes a key off the list; running processes follow at once')
    .argument('<name>', 'whose')
    .option(...PEERS)
    .action((name: string, { json, peersFile }: { json?: true; peersFile: string }) =>
      onAsked({ json: json === true, run: () => revokeKey(name, peersFile, now()) }),
    );
}

function wishesOf(ports: EdgePorts, configs: readonly string[], { name, roles, keyFile, peersFile }: MakeFlags) {
  if ((name === undefined) === (configs.length === 0))
    throw new AppError('RUN_USAGE', 'give INI files, or --name for somebody who has none; see fillwright keys make --help');
  if (name !== undefined) return [{ name, roles: rolesFrom(roles), binds: [], keyFile: keyFile ?? `keys/${name}.key`, peersFile }];
  return configs.map((path) => wishFromConfig(path, ports.secrets.environment));
}
