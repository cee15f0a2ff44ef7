import { describe, expect, it } from '@jest/globals';
import { hostClass } from '../../src/config/venue-host.ts';

describe('the class of a host', () => {
  it.each([
    ['http://127.0.0.1:5080', 'loopback'],
    ['http://127.9.9.9', 'loopback'],
    ['ws://localhost:5080/private', 'loopback'],
    ['http://[::1]:5080', 'loopback'],
    ['http://exchange-simulator:5080', 'private'],
    ['http://10.1.2.3', 'private'],
    ['http://192.168.1.5', 'private'],
    ['https://sim.internal', 'private'],
    ['https://testnet.binancefuture.com', 'test'],
    ['wss://fstream.binancefuture.com/private', 'test'],
    ['https://demo-fapi.binance.com', 'test'],
    ['wss://demo-fstream.binance.com/private', 'test'],
    ['https://testnet.binance.vision', 'test'],
    ['wss://stream.testnet.binance.vision/ws', 'test'],
    ['https://api-testnet.bybit.com', 'test'],
    ['https://fapi.binance.com', 'real'],
    ['https://FAPI.BINANCE.COM', 'real'],
    ['https://fapi.binance.com./', 'real'],
    ['wss://fstream.binance.com/private', 'real'],
    ['https://api1.binance.com', 'real'],
    ['https://api.binance.us', 'real'],
    ['https://fapi.binance.com/testnet', 'real'],
    ['https://notbinancefuture.com', 'real'],
    ['https://democracy.binance.com', 'real'],
    ['https://52.84.150.1', 'real'],
    ['https://127.0.0.1.evil.com', 'real'],
    ['https://172.32.0.1', 'real'],
  ])('%s is %s', (url, kind) => {
    expect(hostClass(url)).toBe(kind);
  });
});
