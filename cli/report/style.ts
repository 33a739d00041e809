/** Colours by what they are for. */
export interface Palette {
  readonly text: Readonly<Record<"text" | "soft" | "link" | "ok" | "fail", string>>;
  /** What text stands on. */
  readonly ground: Readonly<Record<"page" | "box" | "worker" | "controller" | "bridge", string>>;
  /** Lines around boxes, and the wires between them. */
  readonly line: Readonly<Record<"edge" | "wire", string>>;
}

/** Every text colour has a contrast of at least 4.5 on every ground, and wires of 3 on the page; a test computes it. */
export const palettes: Readonly<Record<"light" | "dark", Palette>> = {
  light: {
    text: { text: "#1f2328", soft: "#4b535d", link: "#0550ae", ok: "#0f5323", fail: "#a40e26" },
    ground: { page: "#ffffff", box: "#f6f8fa", worker: "#e3f2fd", controller: "#fff6d6", bridge: "#d3f0da" },
    line: { edge: "#b6bdc5", wire: "#57606a" },
  },
  dark: {
    text: { text: "#e6edf3", soft: "#b1bac4", link: "#8cc7ff", ok: "#6fdd8b", fail: "#ffa198" },
    ground: { page: "#0d1117", box: "#161b22", worker: "#10233d", controller: "#2b2111", bridge: "#12301d" },
    line: { edge: "#4b535d", wire: "#8b949e" },
  },
};

function variables({ text, ground, line }: Palette): string {
  return Object.entries({ ...text, ...ground, ...line })
    .map(([name, value]) => `--${name}: ${value};`)
    .join(" ");
}

/** The page's style sheet, whole: the page's policy names its hash. */
export const styleSheet = `
:root { color-scheme: light dark; ${variables(palettes.light)} }
@media (prefers-color-scheme: dark) { :root { ${variables(palettes.dark)} } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem }
body { margin: 0 auto; max-width: 80rem; padding: 1rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1, h2, h3, h4 { line-height: 1.25; margin: 2rem 0 .75rem }
h1 { margin-top: 0; font-size: 1.75rem } h2 { font-size: 1.4rem; border-bottom: 1px solid var(--edge); padding-bottom: .25rem }
h3 { font-size: 1.15rem; margin-top: 1.5rem } h4 { font-size: 1rem; margin: 1rem 0 .5rem }
p { margin: .5rem 0; max-width: 70ch }
a { color: var(--link) }
a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
code, pre, td.value { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: .875rem }
.soft { color: var(--soft) } .ok { color: var(--ok); font-weight: 600 } .fail { color: var(--fail); font-weight: 700 }
.skip { position: absolute; left: -100vw } .skip:focus { position: static }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; padding: 0; margin: 1rem 0 }
nav a { display: inline-block; padding: .25rem 0 }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 9.5rem), 1fr)); gap: .75rem; margin: 1rem 0 }
.facts div { background: var(--box); border: 1px solid var(--edge); border-radius: .5rem; padding: .5rem .75rem }
.facts dt { color: var(--soft); font-size: .875rem } .facts dd { margin: 0 }

.scroll { overflow-x: auto; margin: .5rem 0; border: 1px solid var(--edge); border-radius: .5rem }
table { border-collapse: collapse; width: 100%; min-width: 40rem }
caption { text-align: left; padding: .5rem .75rem; font-weight: 600 }
th, td { text-align: left; vertical-align: top; padding: .375rem .75rem; border-top: 1px solid var(--edge); overflow-wrap: break-word }
thead th { background: var(--box) }
td:first-child, th[scope=row] { white-space: nowrap }
td.value { min-width: 12rem; overflow-wrap: anywhere } td a { white-space: nowrap }
.checks { min-width: 56rem } .checks th[scope=row] { font-weight: 400; white-space: normal; min-width: 14rem }
pre { overflow: auto; max-height: 40rem; margin: .5rem 0; padding: .75rem; background: var(--box); border: 1px solid var(--edge); border-radius: .5rem; tab-size: 4 }
td pre { max-height: none; margin: 0; padding: 0; border: 0; background: none; white-space: pre-wrap }
details { border: 1px solid var(--edge); border-radius: .5rem; margin: .5rem 0; padding: 0 .75rem; background: var(--page) }
details[open] { padding-bottom: .5rem }
summary { cursor: pointer; padding: .625rem 0 } summary strong { margin-right: .5rem }

.vpc, .subnet { border: 1px solid var(--edge); border-radius: .75rem; padding: 0 1rem 1rem; margin: 1rem 0; background: var(--box) }
.vpc > .subnet { background: var(--page) }
.hosts { list-style: none; margin: 2rem 0 1rem; padding: 0; display: grid; gap: 2.25rem 1rem;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)) }
.host { position: relative; border: 2px solid var(--wire); border-radius: .5rem; padding: .5rem .75rem; background: var(--worker) }
.host.controller { background: var(--controller) }
.host::before { content: ""; position: absolute; left: -.625rem; right: -.625rem; top: -1.25rem; border-top: 3px solid var(--wire) }
.host::after { content: ""; position: absolute; left: 50%; top: -1.25rem; height: 1.25rem; border-left: 3px solid var(--wire) }
.host p, .host li { margin: 0; font-size: .9375rem } .host .name { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 .75rem; font-size: 1.0625rem }
.bridge, .pods { position: relative; border: 1px solid var(--wire); border-radius: .375rem; padding: .25rem .5rem; margin-top: 1rem; background: var(--bridge) }
.pods { background: var(--page); border-style: dashed; margin-bottom: .25rem }
.bridge::before, .pods::before { content: ""; position: absolute; left: 50%; top: -1rem; height: 1rem; border-left: 3px solid var(--wire) }
.seen { border-left: 3px solid var(--edge); padding-left: .75rem; margin: 1rem 0 }
footer { margin-top: 3rem; border-top: 1px solid var(--edge); color: var(--soft) }
@media (max-width: 30rem) { body { padding: .75rem } .vpc, .subnet { padding: 0 .5rem .5rem } }
@media print { details { break-inside: avoid } .skip, nav { display: none } }
`;
