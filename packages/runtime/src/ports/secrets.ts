/** Where secrets and overrides come from (environment, files); the only reader of the environment. */
export interface Secrets {
  /** The value of an environment variable, `undefined` when unset or empty. */
  environment(name: string): string | undefined;
}
