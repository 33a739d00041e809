import * as pulumi from "@pulumi/pulumi";

/** Has commands on hosts send others, of the script with this name and of this text: ssh2's server takes none as long as ours. */
export function sendInstead(command: (script: string, text: string) => string): void {
  const shorten = (text: string | undefined) => text && command(/^# hardway (\S+)$/m.exec(text)?.[1] ?? "", text);
  pulumi.runtime.registerStackTransformation(({ type, props, opts }) => {
    if (type !== "command:remote:Command") return undefined;
    const { create, delete: undo } = props as Record<string, pulumi.Input<string>>;
    return {
      props: { ...props, create: pulumi.output(create).apply(shorten), delete: pulumi.output(undo).apply(shorten) },
      opts,
    };
  });
}
