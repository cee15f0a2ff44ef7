/** Which codes the contract must assert, and which ones no third-party client can be made to hear. */

/** Codes that the simulator's checklist names for futures, in the order of the request's way: pipeline, limits, orders, changes, algo, settings. */
export const CHECKLIST_CODES: readonly number[] = [
  ...[-2014, -2015, -1102, -1105, -1100, -1106, -1021, -1131, -1022, -1121, -1115, -1116, -1117, -1111, -5028, -5000],
  ...[-1003, -1015, -1001, -1007, -1008, -1016],
  ...[-4120, -5022, -5021, -2019, -2022, -4061, -4116, -4014, -4023, -4004, -4005, -4164, -4016, -4024, -4131, -2027, -2025, -2023, -5041],
  ...[-5027, -5025, -2013, -2011, -4082],
  ...[-4046, -4059, -4028, -2028, -4161, -1125, -1127],
];

/** Codes in the simulator's sources that no cell asserts, each with its reason. */
export const UNTOLD_CODES: Readonly<Record<string, string>> = {
  '-1000': 'an unknown method of the WS-API, or a defect of the venue: no client can send such a method',
  '-4056': 'logging on to the WS-API with an HMAC key: held to in the tests of the simulator; the clients sign each request instead',
};
