import { expect } from "chai";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readScript } from "../../../components/remote/scriptText";
import { commandLine, layOut, quoteWord, scriptWords } from "../../../components/remote/commandLine";

/** Those that this machine has; `./hardway setup --dev` gets all of them. */
const shells = ["sh", "dash", "bash", "zsh", "fish", "tcsh", "csh"].filter(
  (shell) => spawnSync(shell, ["-c", "exit 0"]).status === 0,
);

describe("command lines for any login shell", () => {
  const hostile = [
    "it's",
    "a\\b\\\\c\\'d\\",
    "!! !x !",
    "$(id) `id` $HOME ${x}",
    '"',
    "~ * ? [a] {b,c}",
    "#c",
    "%s & | ; <>",
    "",
    " ",
  ];
  const run = (shell: string, line: string) => {
    const { stdout, stderr, status } = spawnSync(shell, ["-c", line], { encoding: "utf8", input: "in" });
    return { stdout, stderr, status };
  };

  const steps = readdirSync(join(__dirname, "../../../scripts/node")).filter((file) => /^\d.*\.sh$/.test(file));

  for (const shell of shells) {
    it(`bring the text of every step to ${shell}`, () => {
      for (const step of steps) {
        const { text } = readScript(step.replace(/\.sh$/, ""));
        const { stdout } = run(shell, commandLine(["printf", "%s\\n", ...text.split("\n")], false));
        expect(stdout === `${text}\n`, step).to.equal(true);
      }
    });

    it(`hands ${shell} every word as it is`, () => {
      const result = run(shell, commandLine(["printf", "<%s>\\n", ...hostile], false));
      expect(result).to.deep.equal({ stdout: hostile.map((word) => `<${word}>\n`).join(""), stderr: "", status: 0 });
    });

    it(`runs a script with its values, input and exit status under ${shell}`, () => {
      const values = { ONE: "it's", SEVERAL: "first\n\n  third \\ !\n", EMPTY: "" };
      const script = [
        "set -eu",
        `printf '<%s>' "$ONE" "$SEVERAL" "$EMPTY" "$#" "$0" "\${s-unset}"`,
        "cat <<'END'",
        "",
        `  a 'here' \\document!`,
        "END",
        "cat",
        "exit 3",
      ].join("\n");
      const stdout = `<it's><${values.SEVERAL}><><0><hardway><unset>\n  a 'here' \\document!\nin`;
      const how = { timeoutSeconds: 20, asRoot: false };
      expect(run(shell, `# a comment\n${layOut(values, script, how)}`)).to.deep.equal({
        stdout,
        stderr: "",
        status: 3,
      });
      expect(run(shell, commandLine(scriptWords(values, script), false))).to.deep.equal({
        stdout,
        stderr: "",
        status: 3,
      });
    });
  }

  it("refuse a word with a line end", () => {
    expect(() => quoteWord("a\nb")).to.throw(RangeError);
  });
});
