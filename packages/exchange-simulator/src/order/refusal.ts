/** The venue's refusals: code and text exactly as the real exchange words them. A refusal is a value, not an exception. */

export class Refusal {
  readonly code: number;
  readonly msg: string;
  readonly status: number;

  constructor(code: number, msg: string, status = 400) {
    this.code = code;
    this.msg = msg;
    this.status = status;
  }
}

/** Carries a refusal out of request parsing, which is nested too deep for values; caught in one place, the pipeline. */
export class RefusedRequest extends Error {
  override readonly name = 'RefusedRequest';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.msg);
    this.refusal = refusal;
  }
}

export function refuse(refusal: Refusal): never {
  throw new RefusedRequest(refusal);
}

/** Fixed refusals of USDⓈ-M futures; the ones with varying text are made where they arise. */
export const REFUSALS = {
  internal: new Refusal(-1001, 'Internal error; unable to process your request. Please try again.', 503),
  maintenance: new Refusal(-1016, 'This service is no longer available.', 503),
  timestampAhead: new Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time."),
  timestampLate: new Refusal(-1021, 'Timestamp for this request is outside of the recvWindow.'),
  recvWindowTooBig: new Refusal(-1131, 'recvWindow must be less than 60000'),
  signature: new Refusal(-1022, 'Signature for this request is not valid.'),
  asset: new Refusal(-1108, 'Invalid asset.'),
  precision: new Refusal(-1111, 'Precision is over the maximum defined for this asset.'),
  timeInForce: new Refusal(-1115, 'Invalid timeInForce.'),
  orderType: new Refusal(-1116, 'Invalid orderType.'),
  side: new Refusal(-1117, 'Invalid side.'),
  interval: new Refusal(-1120, 'Invalid interval.'),
  symbol: new Refusal(-1121, 'Invalid symbol.'),
  listenKey: new Refusal(-1125, 'This listenKey does not exist.'),
  parameterCombination: new Refusal(-1128, 'Combination of optional parameters invalid.'),
  responseType: new Refusal(-1136, 'Invalid newOrderRespType.'),
  unknownOrder: new Refusal(-2011, 'Unknown order sent.'),
  noSuchOrder: new Refusal(-2013, 'Order does not exist.'),
  keyFormat: new Refusal(-2014, 'API-key format invalid.', 401),
  keyUnknown: new Refusal(-2015, 'Invalid API-key, IP, or permissions for action.', 401),
  margin: new Refusal(-2019, 'Margin is insufficient.'),
  wouldTrigger: new Refusal(-2021, 'Order would immediately trigger.'),
  reduceOnly: new Refusal(-2022, 'ReduceOnly Order is rejected.'),
  liquidating: new Refusal(-2023, 'User in liquidation mode now.'),
  tooManyOpen: new Refusal(-2025, 'Reach max open order limit.'),
  maxPosition: new Refusal(-2027, 'Exceeded the maximum allowable position at current leverage.'),
  leverageForPosition: new Refusal(-2028, 'Leverage is smaller than permitted: insufficient margin balance.'),
  priceNegative: new Refusal(-4001, 'Price less than 0.'),
  priceHigh: new Refusal(-4002, 'Price greater than max price.'),
  quantityZero: new Refusal(-4003, 'Quantity less than or equal to zero.'),
  quantityLow: new Refusal(-4004, 'Quantity less than min quantity.'),
  quantityHigh: new Refusal(-4005, 'Quantity greater than max quantity.'),
  stopNegative: new Refusal(-4006, 'Stop price less than zero.'),
  stopHigh: new Refusal(-4007, 'Stop price greater than max price.'),
  priceLow: new Refusal(-4013, 'Price less than min price.'),
  tick: new Refusal(-4014, 'Price not increased by tick size.'),
  clientId: new Refusal(-4015, 'Client order id is not valid.'),
  clientIdLength: new Refusal(-4015, 'Client order id length should not be more than 36 chars'),
  step: new Refusal(-4023, 'Quantity not increased by step size.'),
  workingType: new Refusal(-4031, 'Invalid parameter working type'),
  tooManyAlgo: new Refusal(-4045, 'Reach max stop order limit.'),
  marginTypeSame: new Refusal(-4046, 'No need to change margin type.'),
  marginTypeOrders: new Refusal(-4047, 'Margin type cannot be changed if there exists open orders.'),
  marginTypePosition: new Refusal(-4048, 'Margin type cannot be changed if there exists position.'),
  marginNotIsolated: new Refusal(-4049, 'Add margin only support for isolated position.'),
  marginCross: new Refusal(-4050, 'Cross balance insufficient.'),
  marginIsolated: new Refusal(-4051, 'Isolated balance insufficient.'),
  marginNoPosition: new Refusal(-4054, 'Cannot add position margin: position is 0.'),
  marginAmount: new Refusal(-4055, 'Amount must be positive.'),
  positionModeSame: new Refusal(-4059, 'No need to change position side.'),
  positionSide: new Refusal(-4060, 'Invalid position side.'),
  positionSideMismatch: new Refusal(-4061, "Order's position side does not match user's setting."),
  positionModeOrders: new Refusal(-4067, 'Position side cannot be changed if there exists open orders.'),
  positionModePosition: new Refusal(-4068, 'Position side cannot be changed if there exists position.'),
  cancelSize: new Refusal(-4032, 'Exceed maximum cancel order size.'),
  batchSize: new Refusal(-4082, 'Invalid number of batch place orders.'),
  duplicateClientId: new Refusal(-4116, 'ClientOrderId is duplicated.'),
  conditionalElsewhere: new Refusal(-4120, 'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.'),
  bestPriceBand: new Refusal(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit."),
  activationPrice: new Refusal(-4135, 'Invalid activation price'),
  closePositionExists: new Refusal(-4130, 'An open stop or take profit order with GTE and closePosition in the direction is existing.'),
  closePositionQuantity: new Refusal(-4137, 'Quantity must be zero with closePosition equals true.'),
  closePositionReduceOnly: new Refusal(-4138, 'Reduce only must be true with closePosition equals true.'),
  closePositionType: new Refusal(-4139, 'Order type can not be market if its unable to cancel.'),
  symbolStatus: new Refusal(-4140, 'Invalid symbol status for opening position.'),
  symbolClosed: new Refusal(-4141, 'Symbol is closed.'),
  isolatedLeverage: new Refusal(-4161, 'Leverage reduction is not supported in Isolated Margin Mode with open positions.'),
  multiAssetsIsolated: new Refusal(
    -4167,
    'Unable to adjust to Multi-Assets mode with symbols of USDⓈ-M Futures under isolated-margin mode.',
  ),
  isolatedInMultiAssets: new Refusal(-4168, 'Unable to adjust to isolated-margin mode under the Multi-Assets mode.'),
  multiAssetsMargin: new Refusal(-4169, 'Unable to adjust Multi-Assets Mode with insufficient margin balance in USDⓈ-M Futures.'),
  multiAssetsOrders: new Refusal(-4170, 'Unable to adjust Multi-Assets Mode with open orders in USDⓈ-M Futures.'),
  multiAssetsSame: new Refusal(-4171, 'Adjusted asset mode is currently set and does not need to be adjusted repeatedly.'),
  multiAssetsDebt: new Refusal(
    -4172,
    'Unable to adjust Multi-Assets Mode with a negative wallet balance of margin available asset in USDⓈ-M Futures account.',
  ),
  fok: new Refusal(
    -5021,
    'Due to the order could not be filled immediately, the FOK order has been rejected. The order will not be recorded in the order history',
  ),
  postOnly: new Refusal(-5022, 'Due to the order could not be executed as maker, the Post Only order will be rejected.'),
  modifyStatus: new Refusal(-5024, 'Symbol is not in trading status. Order amendment is not permitted.'),
  modifyLimitOnly: new Refusal(-5025, 'Only limit order is supported.'),
  modifyTooOften: new Refusal(-5026, 'Exceed maximum modify order limit.'),
  modifySame: new Refusal(-5027, 'No need to modify the order.'),
  engineRecvWindow: new Refusal(-5028, 'Timestamp for this request is outside of the ME recvWindow.'),
  priceMatch: new Refusal(-5037, 'Invalid price match'),
  priceMatchType: new Refusal(-5038, 'Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT'),
  stpMode: new Refusal(-5039, 'Invalid self trade prevention mode'),
  goodTillDate: new Refusal(
    -5040,
    'The goodTillDate timestamp must be greater than the current time plus 600 seconds and smaller than 253402300799000',
  ),
  noDepth: new Refusal(-5041, 'No depth matches this BBO order'),
  modifyReduceOnly: new Refusal(-5047, 'The original order is not a reduce-only order'),
} as const satisfies Readonly<Record<string, Refusal>>;

export function missingParameter(name: string): Refusal {
  return new Refusal(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
}

/** Neither of two parameters of which one is needed. */
export function missingEither(one: string, other: string): Refusal {
  return new Refusal(-1102, `Param '${one}' or '${other}' must be sent, but both were empty/null!`);
}

/** `span` as in `90 days`. */
export function searchWindow(span: string): Refusal {
  return new Refusal(-4166, `Search window is restricted to recent ${span} only.`);
}

export function surplusParameter(name: string): Refusal {
  return new Refusal(-1106, `Parameter '${name}' sent when not required.`);
}

export function emptyParameter(name: string): Refusal {
  return new Refusal(-1105, `Parameter '${name}' was empty.`);
}

export function invalidParameter(name: string): Refusal {
  return new Refusal(-1130, `Data sent for parameter '${name}' is not valid.`);
}

export function illegalCharacters(name: string, range: string): Refusal {
  return new Refusal(-1100, `Illegal characters found in parameter '${name}'; legal range is '${range}'.`);
}
