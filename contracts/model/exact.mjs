// Rational numbers with the denominator 2^256, as plain BigInts. Whole amounts are exact; each quotient leaves out less
// than 2^-256, so that all of a trace's together leave out less than 2^-128 (what they are multiplied by since included).

const BITS = 256n;

/** What all the quotients of a trace leave out stays below it. */
export const NOTHING = 1n << 128n;

/** @param {bigint} amount */
export function whole(amount) {
  return amount << BITS;
}

/** `value · numerator ÷ denominator`, of which the latter two may be whole numbers or rationals alike. */
export function scaled(/** @type {bigint} */ value, /** @type {bigint} */ numerator, /** @type {bigint} */ denominator) {
  return (value * numerator) / denominator;
}

/** The whole number below; above `NOTHING` less than one is one. @param {bigint} value */
export function floor(value) {
  return (value + NOTHING) >> BITS;
}

/** @param {bigint} value */
export function ceiling(value) {
  return -((NOTHING - value) >> BITS);
}
