import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { ENDPOINTS } from '../../src/http/endpoints.ts';
import { WEB_SOCKET_METHODS } from '../../src/http/web-socket-methods.ts';

const page = readFileSync(new URL('../../../../docs/exchange-simulator.md', import.meta.url), 'utf8');

it('is listed in the documentation, every endpoint with its security', () => {
  const listed = [...page.matchAll(/^\| `((?:GET|POST|PUT|DELETE) \/\S+)` \| [^|]+ \| *(\w*) *\|$/gm)].map(([, name, security]) => [
    name,
    security,
  ]);
  const served = [...ENDPOINTS].filter(([name]) => !name.startsWith('WS '));
  const expected = served.map(([name, { security }]) => [name, security === 'none' ? '' : security]);
  expect(listed.sort()).toEqual(expected.sort());
});

it('names the methods of the WS-API', () => {
  const methods = Object.keys(WEB_SOCKET_METHODS).map((method) => method.replace(/^v2\//, '').split('.'));
  for (const [group = '', verb] of methods)
    expect(page).toMatch(verb === undefined ? `\`${group}\`` : new RegExp(`\`${group}\\.|\`\\.${verb}\``));
});
