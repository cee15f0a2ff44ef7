export { type Agreement, type Compared, compareBooks, type Difference, differenceText, type Party } from './compare/agreement.ts';
export { type Books, booksOfExchange, booksOfViews, type ExchangeAccount } from './compare/books.ts';
export { renderScreen, type ScreenSize } from './view/screen.ts';
export type { ProcessRow, RoundTrip, ScreenState } from './view/screen-state.ts';
export { lineText } from './view/text.ts';
export { type DeskView, DeskWatch } from './watch/desk-watch.ts';
export { SeqWatch } from './watch/seq-watch.ts';
export { ServiceDesk } from './watch/service-desk.ts';
