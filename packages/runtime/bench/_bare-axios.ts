/** axios alone, set up as a careful user would: a kept connection, no redirects, no proxy look-up, every status an answer, text bodies. */
import http from 'node:http';
import axios from 'axios';

export interface BareAxios {
  post(url: string, headers: Readonly<Record<string, string>>): Promise<void>;
  close(): void;
}

/** `onCall` runs right before axios is called. */
export function bareAxios(onCall: () => void): BareAxios {
  const agent = new http.Agent({ keepAlive: true });
  const client = axios.create({
    httpAgent: agent,
    maxRedirects: 0,
    proxy: false,
    validateStatus: () => true,
    responseType: 'text',
    transformResponse: (text) => text,
    timeout: 5_000,
  });
  return {
    post: async (url, headers) => {
      onCall();
      await client.post(url, undefined, { headers });
    },
    close: () => agent.destroy(),
  };
}
