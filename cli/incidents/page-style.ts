/** Readable on screens and on paper, light and dark. */
export const pageStyle = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 75rem; padding: 0 1rem 3rem; }
header { border-left: .5rem solid #888; margin: 1.5rem 0; padding: .1rem 1rem; }
header.critical { border-color: #b00020; } header.high { border-color: #d9480f; }
header.medium { border-color: #c99700; } header.low { border-color: #2b7a9b; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; }
dt { opacity: .7; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { border-bottom: 1px solid #8884; padding: .2rem .5rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
td:first-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
pre { overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
footer { margin-top: 2rem; opacity: .7; font-size: .85rem; }
`;
