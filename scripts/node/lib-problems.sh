# What is wrong with a host for a step: everything is looked at, and said at once, before anything is changed.
# Reads: nothing.
# Sets: $problems, `- TEXT` a line.

problems=''

# problem TEXT: what is wrong, what was found and what to do.
problem() { problems="$problems$newline- $*"; }

# problem_lines LINES: each of them is a problem.
problem_lines() { each_line problem "$1"; }

# refuse_problems: ends the step when there are any.
refuse_problems() { [ -z "$problems" ] || die "cannot be done on this host, nothing was changed:$problems"; }
