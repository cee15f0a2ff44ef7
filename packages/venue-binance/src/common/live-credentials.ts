/**
 * The keys of the account, which may be changed while we run: they are read again from time to time, and at once when the venue refuses them.
 * Keys that cannot sign, or cannot be read, do not replace those that can.
 */
import { AppError, type Clock, type Log, type Secret, type Timer } from '@fillwright/runtime/ports';
import { type AuthMethod, createSigner, type SigningKey } from './sign.ts';

export interface ApiKeys {
  readonly apiKey: Secret;
  readonly apiSecret: Secret;
}

export interface CredentialRefresh {
  /** 0: only when the venue refuses the keys. */
  readonly everyMs: number;
  /** The keys as they are now. May throw: that is logged, and the old ones stay. */
  read(): ApiKeys;
}

/** A venue that refuses keys does so for each request: the source is not read more often than this. */
const NOT_SOONER_US = 5_000_000;

export class LiveCredentials {
  readonly #ports: { readonly clock: Clock; readonly log: Log };
  readonly #method: AuthMethod | undefined;
  readonly #refresh: CredentialRefresh | undefined;
  #keys: ApiKeys;
  #signing: SigningKey;
  #timer: Timer | undefined;
  #readUs = Number.NEGATIVE_INFINITY;
  /** They are others now. */
  onChange: () => void = () => undefined;

  /** @throws AppError `BIN_BAD_KEY` when the keys cannot work. */
  constructor(
    ports: { readonly clock: Clock; readonly log: Log },
    keys: ApiKeys,
    options: { readonly method: AuthMethod | undefined; readonly refresh: CredentialRefresh | undefined },
  ) {
    this.#ports = ports;
    this.#method = options.method;
    this.#refresh = options.refresh;
    this.#signing = signingKey(keys, options.method);
    this.#keys = keys;
    this.#readLater();
  }

  get apiKey(): Secret {
    return this.#keys.apiKey;
  }

  get method(): SigningKey['method'] {
    return this.#signing.method;
  }

  sign(payload: string): string {
    return this.#signing.sign(payload);
  }

  /** The venue refused the keys. */
  refused(): void {
    if (this.#refresh === undefined || this.#ports.clock.monotonicUs() - this.#readUs < NOT_SOONER_US) return;
    this.#read(this.#refresh);
  }

  close(): void {
    this.#timer?.cancel();
  }

  #readLater(): void {
    const refresh = this.#refresh;
    if (refresh === undefined || refresh.everyMs === 0) return;
    this.#timer = this.#ports.clock.after(refresh.everyMs, () => {
      this.#readLater();
      this.#read(refresh);
    });
  }

  #read(refresh: CredentialRefresh): void {
    this.#readUs = this.#ports.clock.monotonicUs();
    try {
      const keys = refresh.read();
      if (isSame(keys, this.#keys)) return;
      this.#signing = signingKey(keys, this.#method);
      this.#keys = keys;
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'BIN_BAD_KEY';
      this.#ports.log.error('credentials-not-refreshed', { code, error });
      return;
    }
    this.#ports.log.info('credentials-changed', { method: this.#signing.method });
    this.onChange();
  }
}

function signingKey({ apiKey, apiSecret }: ApiKeys, method: AuthMethod | undefined): SigningKey {
  if (apiKey.isEmpty) throw new AppError('BIN_BAD_KEY', 'the API key is empty; set it in the environment or the secrets file');
  return createSigner(apiSecret, method);
}

function isSame(a: ApiKeys, b: ApiKeys): boolean {
  return a.apiKey.reveal() === b.apiKey.reveal() && a.apiSecret.reveal() === b.apiSecret.reveal();
}
