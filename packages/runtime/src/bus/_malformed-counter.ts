/** One counter for all that listen: frames a link could not use. */
export const MALFORMED_COUNTER = ['fillwright_bus_malformed_total', 'Frames that are no message of the contract, by link', 'link'] as const;
