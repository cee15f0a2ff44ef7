/** Wrongs inside the core: methods of its objects replaced for one test. */
import { SYMBOL } from '../clients/desk-venue.ts';
import { type Break, core, type Engine } from './break.ts';

function quietMarket(engine: Engine) {
  const market = engine.market(SYMBOL);
  if (market === undefined) throw new Error(`no market ${SYMBOL}`);
  return market;
}

function accountOf(engine: Engine, name = 'demo') {
  const account = engine.account(name);
  if (account === undefined) throw new Error(`no account ${name}`);
  return account;
}

/** Fills of our position on the quiet symbol are booked with one lot more. */
export const LOT_TOO_MANY: Break = core('a fill is booked with one lot too much', (engine, struck) => {
  const position = accountOf(engine).holding(quietMarket(engine)).position('BOTH');
  const fill = position.fill.bind(position);
  position.fill = (sign, lots, ...rest) => {
    struck();
    return fill(sign, lots + 1, ...rest);
  };
});

export const FEE_FORGOTTEN: Break = core('fees are not taken', (engine, struck) => {
  for (const name of ['demo', 'second']) {
    const account = accountOf(engine, name);
    const credit = account.credit.bind(account);
    account.credit = (asset, amount) => {
      if (amount < 0n) struck();
      credit(asset, amount < 0n ? 0n : amount);
    };
  }
});

export const PROFIT_UNPAID: Break = core('profits are not paid', (engine, struck) => {
  const account = accountOf(engine);
  const credit = account.credit.bind(account);
  account.credit = (asset, amount) => {
    if (amount > 0n) struck();
    credit(asset, amount > 0n ? 0n : amount);
  };
});

export const CHANGES_PRICE_ONLY: Break = core('a change takes the price only', (engine, struck) => {
  const modify = engine.modify.bind(engine);
  engine.modify = (order, change) => {
    struck();
    return modify(order, { ...change, lots: order.lots });
  };
});

/** A changed order stands before those of the external account again. */
export const KEEPS_ITS_PLACE: Break = core('a changed order keeps its place in the queue', (engine, struck) => {
  const modify = engine.modify.bind(engine);
  engine.modify = (order, change) => {
    const changed = modify(order, change);
    for (const other of accountOf(engine, 'external').holding(order.market).open) {
      order.market.book.remove(other);
      order.market.book.add(other);
      struck();
    }
    return changed;
  };
});

export const CANCELS_ALL_BUT_ONE: Break = core('cancel-all forgets the newest order', (engine, struck) => {
  engine.cancelAll = (account, market) => {
    const open = [...account.holding(market).open].slice(0, -1);
    for (const order of open) engine.cancel(order);
    struck();
    return open.length;
  };
});

/** Only where the book has something: an order that finds nothing to trade with must not rest either. */
export const IOC_RESTS: Break = core('what an immediate-or-cancel order leaves stays in the book', (engine, struck) => {
  const place = engine.place.bind(engine);
  engine.place = (request) => {
    if (request.tif !== 'IOC') return place(request);
    struck();
    return place({ ...request, tif: 'GTC' });
  };
});

export const TRIGGER_LOST: Break = core('no trigger fires', (engine, struck) => {
  engine.algo.priceMoved = () => struck();
});

/** Every conditional order fires with the next trade on its market. */
export const TRIGGER_EARLY: Break = core('triggers fire a little early', (engine, struck) => {
  const moved = engine.algo.priceMoved.bind(engine.algo);
  engine.algo.priceMoved = (market) => {
    for (const account of engine.accounts()) {
      for (const algo of engine.algo.open(account)) {
        if (algo.request.market !== market || algo.request.triggerTicks === 0) continue;
        struck();
        Object.assign(algo.request, { triggerTicks: algo.request.triggerTicks + 1 });
      }
    }
    moved(market);
  };
});

/** What closes a position closes one lot less of it than there is. */
export const CLOSES_ALL_BUT_ONE_LOT: Break = core('close-position leaves one lot', (engine, struck) => {
  const place = engine.place.bind(engine);
  engine.place = (request) => {
    if (!request.reduceOnly || request.lots < 2) return place(request);
    struck();
    return place({ ...request, lots: request.lots - 1 });
  };
});

export const CALLBACK_DOUBLED: Break = core('a trailing stop follows at twice the distance', (engine, struck) => {
  const place = engine.algo.place.bind(engine.algo);
  engine.algo.place = (request) => {
    struck();
    return place({ ...request, callback: request.callback * 2n });
  };
});
