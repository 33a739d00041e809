import ts from "typescript";

/** The text of each `@default`, by the name of the interface or of the component that takes it, and by property. */
export type DocumentedDefaults = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** Reads the `@default` tags of our interfaces, also of those that an interface extends. */
export function documentedDefaults(program: ts.Program): DocumentedDefaults {
  const checker = program.getTypeChecker();
  const found = new Map<string, Map<string, string>>();
  const read = (name: string, type: ts.Type) => {
    const texts = type.getProperties().flatMap((property) => {
      const tag = property.getJsDocTags(checker).find((each) => each.name === "default");
      return tag === undefined ? [] : [[property.name, ts.displayPartsToString(tag.text)] as const];
    });
    found.set(name, new Map(texts));
  };
  for (const source of program.getSourceFiles()) {
    if (source.fileName.includes("/node_modules/")) continue;
    for (const node of source.statements) {
      if (ts.isInterfaceDeclaration(node)) read(node.name.text, checker.getTypeAtLocation(node));
      if (ts.isClassDeclaration(node) && node.name !== undefined) {
        const args = argumentsOf(node);
        if (args !== undefined) read(node.name.text, checker.getTypeAtLocation(args));
      }
    }
  }
  return found;
}

/** The parameter of a component's constructor that has its arguments. */
function argumentsOf(node: ts.ClassDeclaration): ts.ParameterDeclaration | undefined {
  const constructor = node.members.find(ts.isConstructorDeclaration);
  return constructor?.parameters.find(({ name }) => ts.isIdentifier(name) && name.text === "args");
}
