/** One Jest configuration for the whole workspace; TypeScript is stripped by swc, modules stay ESM. */
export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' } }],
  },
  testMatch: ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  globalSetup: '<rootDir>/test/_stack/own-tmp.ts',
  setupFiles: ['<rootDir>/test/_stack/property-seed.ts'],
  globalTeardown: '<rootDir>/test/_stack/own-tmp-end.ts',
  modulePathIgnorePatterns: ['<rootDir>/data/', '<rootDir>/logs/'],
  testTimeout: 20_000,
};
