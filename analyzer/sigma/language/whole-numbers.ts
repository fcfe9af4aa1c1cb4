/** Whole numbers beyond 2^53, of which a double keeps only what is near: as their digits. */

const written = /^([-+]?)(?:(\d+)(?:\.(\d*))?|\.(\d+))(?:[eE]([-+]?\d+))?$/;

interface Parts {
  readonly sign: '' | '-';
  readonly whole: string;
  readonly hasFraction: boolean;
}

/** Decimal notation taken apart; undefined when it is another, or beyond what doubles reach. */
function partsOf(text: string): Parts | undefined {
  // Also the bound of what the point may be moved by.
  if (!Number.isFinite(Number(text))) return undefined;
  const [, sign, before = '', behind = '', only = '', exponent = '0'] = written.exec(text.trim()) ?? [];
  if (sign === undefined) return undefined;
  const digits = before + behind + only;
  const point = before.length + Number(exponent);
  // Zeros alone may have any exponent.
  const isZero = /^0*$/.test(digits);
  return {
    sign: sign === '-' ? '-' : '',
    whole:
      isZero || point <= 0
        ? '0'
        : digits
            .slice(0, point)
            .padEnd(point, '0')
            .replace(/^0+(?=\d)/, ''),
    hasFraction: !isZero && /[1-9]/.test(digits.slice(Math.max(point, 0))),
  };
}

/** Digits, with a minus where it has one, of a number as YAML 1.2 writes it; undefined when it is not whole. */
export function wholeOf(text: string): string | undefined {
  if (/^0[xo]/.test(text)) return BigInt(text).toString();
  const parts = partsOf(text);
  return parts === undefined || parts.hasFraction ? undefined : `${parts.sign}${parts.whole}`;
}

/**
 * How a value of an event, a number or decimal text, compares with a whole number beyond 2^53: negative when it is less. Undefined when it is
 * no number.
 */
export function compareToWhole(value: unknown, whole: bigint): number | undefined {
  if (typeof value === 'number') {
    // What has a fraction is nearer to zero than any such number.
    return Number.isFinite(value) ? order(BigInt(Math.trunc(value)), whole) : undefined;
  }
  const parts = typeof value === 'string' ? partsOf(value) : undefined;
  if (parts === undefined) return undefined;
  const found = BigInt(`${parts.sign}${parts.whole}`);
  if (found !== whole || !parts.hasFraction) return order(found, whole);
  return parts.sign === '-' ? -1 : 1;
}

const order = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? -1 : 1);
