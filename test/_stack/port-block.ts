/**
 * Free ports for one stack. They lie below the range the system hands out for outgoing connections, so that nobody takes one while its
 * process is down; the first port of a block is held by us as the sign that the others are taken.
 */
import { createServer, type Server } from 'node:net';

const LOWEST = 12_000;
const BLOCK = 64;
const BLOCKS = 300;

export interface PortBlock {
  /** The next port of the block. */
  take(): number;
  release(): Promise<void>;
}

export async function reservePorts(): Promise<PortBlock> {
  const first = process.pid % BLOCKS;
  for (let attempt = 0; attempt < BLOCKS; attempt += 1) {
    const base = LOWEST + ((first + attempt * 7) % BLOCKS) * BLOCK;
    const held = await listen(base);
    if (held === undefined) continue;
    if (await allFree(base + 1, BLOCK - 1)) return blockOf(base, held);
    await close(held);
  }
  throw new Error('no free block of ports on this machine');
}

function blockOf(base: number, held: Server): PortBlock {
  let next = base + 1;
  return {
    take: () => {
      if (next >= base + BLOCK) throw new RangeError('a stack needs more ports than a block has');
      next += 1;
      return next - 1;
    },
    release: () => close(held),
  };
}

async function allFree(from: number, count: number): Promise<boolean> {
  for (let port = from; port < from + count; port += 1) {
    const server = await listen(port);
    if (server === undefined) return false;
    await close(server);
  }
  return true;
}

export function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1' }, () => resolve(server));
  });
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
