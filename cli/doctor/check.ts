/** What the doctor found about one thing. Everything that is not ok says what to do. */
export type Finding =
  | { readonly status: 'ok'; readonly about: string; readonly text: string; readonly details?: readonly string[] }
  | {
      readonly status: 'warn' | 'fail';
      readonly about: string;
      readonly text: string;
      readonly fix: string;
      /** More of the text, a line each. */
      readonly details?: readonly string[];
    };

/** A check looks and tells; it never throws for what it is there to find. */
export type Check = () => Promise<readonly Finding[]> | readonly Finding[];

export const ok = (about: string, text: string): Finding => ({ status: 'ok', about, text });
export const warn = (about: string, text: string, fix: string): Finding => ({ status: 'warn', about, text, fix });
export const fail = (about: string, text: string, fix: string): Finding => ({ status: 'fail', about, text, fix });
