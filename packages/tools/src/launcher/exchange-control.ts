/** The control API of the simulator: the exchange's own books, and the switch of its synthetic flow. */
import { AppError, type HttpClient } from '@fillwright/runtime';
import type { ExchangeAccount } from '../compare/books.ts';

const TIMEOUT_MS = 2_000;

export interface ControlAccess {
  /** `http://127.0.0.1:5090/__sim` */
  readonly url: string;
  readonly token: string;
  /** Accounts with their API keys. */
  readonly accounts: readonly { readonly name: string; readonly key: string }[];
}

/** The simulator's line on stdout when it is up; `undefined` for any other line. */
export function controlAccessIn(line: string): ControlAccess | undefined {
  if (!line.startsWith('{"ready":true')) return undefined;
  const { control, accounts } = JSON.parse(line) as Partial<{ control: ControlAccess; accounts: ControlAccess['accounts'] }>;
  if (control === undefined || accounts === undefined) return undefined;
  return { url: control.url, token: control.token, accounts: accounts.map(({ name, key }) => ({ name, key })) };
}

export class ExchangeControl {
  readonly #http: HttpClient;
  readonly #access: ControlAccess;
  readonly #account: string;

  /** @throws AppError `TOL_NO_SUCH_ACCOUNT` when the simulator has no account with this key. */
  constructor(http: HttpClient, access: ControlAccess, apiKey: string) {
    this.#http = http;
    this.#access = access;
    const account = access.accounts.find(({ key }) => key === apiKey);
    if (account === undefined) {
      const names = access.accounts.map(({ name }) => name).join(', ');
      const message = `the API_KEY of the engine's file is none of the simulator's accounts (${names}); give both files the same key`;
      throw new AppError('TOL_NO_SUCH_ACCOUNT', message);
    }
    this.#account = account.name;
  }

  /** Our account as the exchange has it, taken in one turn. */
  async account(): Promise<ExchangeAccount> {
    return (await this.#request('GET', `accounts/${this.#account}`)) as ExchangeAccount;
  }

  /** Starts or pauses the synthetic makers and takers. */
  async setFlow(running: boolean): Promise<void> {
    await this.#request('POST', 'flow', JSON.stringify({ state: running ? 'on' : 'off' }));
  }

  async #request(method: 'GET' | 'POST', path: string, body?: string): Promise<unknown> {
    const url = `${this.#access.url}/${path}`;
    const headers = {
      authorization: `Bearer ${this.#access.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const result = await this.#http.request({ method, url, headers, timeoutMs: TIMEOUT_MS, ...(body === undefined ? {} : { body }) });
    if (result.type === 'failure') {
      throw new AppError('TOL_NOT_REACHABLE', `the control API of the simulator does not answer (${url}): ${result.message}`);
    }
    if (result.status !== 200) {
      throw new AppError('TOL_CONTROL_REFUSED', `the simulator refused ${method} ${url}: ${result.status} ${result.body.trim()}`);
    }
    return JSON.parse(result.body);
  }
}
