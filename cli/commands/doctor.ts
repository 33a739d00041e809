import { Context, type GlobalOptions } from "../lab/context";
import { ExitCode } from "../errors";
import { plainTable, renderTable } from "../output/table";
import { inspectTools, type Tool } from "../toolchain/inspect";

/** What the lab needs and what is there. Exit code 1 when something that is needed is missing. Changes nothing. */
export async function doctor(options: GlobalOptions): Promise<number> {
  const context = new Context(options);
  const { cache, state, settings, plugins } = context;
  const tools = await inspectTools({ cache, state, kind: settings.kind, plugins });
  const ok = tools.every((tool) => tool.ok);
  return context.finish(tools, () => render(tools, context), ok ? ExitCode.ok : ExitCode.off);
}

function render(tools: readonly Tool[], { colors }: Context): string {
  const table = plainTable(["", "TOOL", "WANTED", "FOUND", "FROM", "WHERE"], colors);
  for (const { name, wanted, found, source, path, ok } of tools) {
    table.push([ok ? colors.green("ok") : colors.red("MISSING"), name, wanted, found ?? "-", source, path ?? ""]);
  }
  const missing = tools.filter((tool) => !tool.ok).length;
  const summary =
    missing === 0 ? "Everything that is needed is there or can be had." : `${missing} of ${tools.length} are missing.`;
  return `${renderTable(table)}\n${summary}`;
}
