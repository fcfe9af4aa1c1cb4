/** Tests are asked by plugin.mjs, not by vitest. */
export const resolve = (specifier, context, next) =>
  specifier === 'vitest'
    ? { url: new URL('./vitest.mjs', import.meta.url).href, shortCircuit: true }
    : next(specifier, context);
