/** A signal that aborts when the person presses Ctrl-C or the process is asked to end; `code` is the exit code of that (130 or 143). */
export function untilInterrupted(): { readonly signal: AbortSignal; code(): number } {
  const controller = new AbortController();
  const got = { code: 0 };
  const on = (name: 'SIGINT' | 'SIGTERM', code: number): void => {
    process.once(name, () => {
      got.code = code;
      controller.abort();
    });
  };
  on('SIGINT', 130);
  on('SIGTERM', 143);
  return { signal: controller.signal, code: () => got.code };
}
