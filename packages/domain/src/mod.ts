export * from './decimal.ts';
export * from './fill/fill.ts';
export * from './ids.ts';
export * from './instrument/instrument.ts';
export * from './order/order.ts';
export * from './order/order-event.ts';
export * from './order/terms.ts';
export * from './time.ts';
