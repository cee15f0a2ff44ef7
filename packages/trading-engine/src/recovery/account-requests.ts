/** What operators ask of the account beside trading: a full pass now, and that a durable consumer be forgotten. */
import type { ServiceHandlers } from '@fillwright/runtime';
import type { Consumers } from '../account/consumers.ts';
import type { EngineContext } from '../context.ts';
import type { FullPass } from './full-pass.ts';

/** Who was heard so lately will speak again; to forget it would be undone by its next word. */
const ALIVE_US = 60_000_000;

export function accountRequests(
  { records, inputs, book, clock }: EngineContext,
  fullPass: FullPass,
  consumers: Consumers,
): ServiceHandlers {
  return {
    'service.reconcile': ({ data: { who, why } }, respond) => {
      inputs.run(() => {
        records.mode(book.mode, who, `reconcile: ${why}`);
        fullPass.run(`${who}: ${why}`, (message) => respond('service.reconciliation', message));
      });
    },
    'service.retire-consumer': ({ data: { consumer: name, who, why } }, respond) => {
      inputs.run(() => {
        const known = consumers.all().find((consumer) => consumer.name === name);
        if (!known) {
          const names = consumers.all().map((consumer) => consumer.name);
          const text = `no durable consumer is called ${name}; known: ${names.join(', ') || 'none'}`;
          respond('service.error', { code: 'ENG_CONSUMER_UNKNOWN', text });
          return;
        }
        const silentS = Math.floor((clock.wallUs() - known.heardUs) / 1_000_000);
        if (clock.wallUs() - known.heardUs < ALIVE_US) {
          const text = `${name} was heard ${silentS} s ago: stop it, wait a minute, and ask again`;
          respond('service.error', { code: 'ENG_CONSUMER_ALIVE', text });
          return;
        }
        records.mode(book.mode, who, `retire-consumer ${name} at ${known.pos}: ${why}`);
        consumers.retire(name);
        const text = `${name} is forgotten: it had stored up to position ${known.pos} and was silent for ${silentS} s; the journal keeps nothing for it any more`;
        respond('service.ok', { text });
      });
    },
  };
}
