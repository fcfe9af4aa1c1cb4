import { escapeControl } from './escape.ts';

/** A piece of a page that is safe to put into it. Made by `html` alone, so nothing gets in unescaped. */
export interface Html {
  readonly markup: string;
}

/**
 * A template whose values are escaped: text becomes text, whatever is in it; only what `html` made stays markup. For elements and quoted attributes,
 * never inside of script, style or an address.
 */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (Html | string | number | readonly Html[])[]
): Html {
  const parts = values.map((value) => {
    if (typeof value === 'string' || typeof value === 'number') return escapeHtml(String(value));
    return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
  });
  return { markup: strings.map((text, i) => text + (parts[i] ?? '')).join('') };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Invisible and controlling characters are shown as `\u{…}`, as on a terminal. */
const escapeHtml = (text: string): string =>
  escapeControl(text).replace(/[&<>"']/g, (character) => entities[character] ?? '');
