/** A number that was asked for, and whether it was reached. */
export interface Target {
  readonly name: string;
  readonly measured: number;
  readonly bound: number;
  readonly unit: string;
  /** `least`: the number is to be as large as the bound at least. */
  readonly kind: 'least' | 'most';
}

export function verdict({ name, measured, bound, unit, kind }: Target): string {
  const isMet = kind === 'least' ? measured >= bound : measured <= bound;
  const text = (value: number): string => `${value.toFixed(value < 10 ? 3 : 0)}${unit}`;
  return `${isMet ? 'met   ' : 'missed'}  ${name}: ${text(measured)} (at ${kind} ${text(bound)})`;
}
