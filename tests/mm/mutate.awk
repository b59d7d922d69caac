# SPDX-License-Identifier: MIT
# mutate.awk - lists mutants of a C file, one a line:
#
#	LINE <tab> OLD <tab> NEW
#
# where OLD and NEW are the whole line before and after one small change: a
# comparison that is off by one, a sign, a shift the other way, a condition
# turned round or ignored, a statement left out, another constant.
#
# Left alone: comments, declarations, messages, what the simulated machine does
# not have (interrupts, probes and the functions probe_*, which serve nothing else), and
# what the trace says (the exporter's check and the scenario tests hold that against the
# kernel).

function emit(new) {
	if (new != $0)
		print FNR "\t" $0 "\t" new
}

# Every single occurrence of `old` becomes `new` once.
function swap(old, new,    at, from, rest) {
	from = 1
	while ((at = index(substr($0, from), old)) > 0) {
		at += from - 1
		emit(substr($0, 1, at - 1) new substr($0, at + length(old)))
		from = at + length(old)
	}
}

/^\/\*/ || /^ \*/ || /^[ \t]+\/\*/ { comment = 1 }
comment { if (/\*\//) comment = 0; next }
/^[a-z].* \**probe_[a-z_]+\(/ { probes = 1 }
/^}/ { probes = 0 }
probes { next }
/TRACE|printk|probe_|_probe|local_irq_|mm_report|panic\(|mm_bug|^#|^\t+\* |_Static_assert/ {
	skip = !/;[ \t]*(\/\*.*)?$/
	next
}
skip { skip = !/;[ \t]*(\/\*.*)?$/; next }
/^[a-z]/ { next }		# the head of a function, or a declaration
{
	swap(" < ", " <= "); swap(" <= ", " < "); swap(" > ", " >= "); swap(" >= ", " > ")
	swap(" == ", " != "); swap(" != ", " == ")
	swap(" && ", " || "); swap(" || ", " && ")
	swap(" + ", " - "); swap(" - ", " + "); swap(" << ", " >> "); swap(" >> ", " << ")
	swap(" | ", " & "); swap(" & ", " | "); swap(" & ~", " & ")
	swap("++", "--"); swap(" += ", " -= "); swap(" -= ", " += ")
	swap("if (!", "if (")
	swap("return true", "return false"); swap("return false", "return true")
	swap(" 0;", " 1;"); swap(" 1;", " 2;"); swap("if (", "if (0 && ")
}
# A call or an assignment left out.
/^\t+[a-z_][a-zA-Z0-9_>.\[\]()*&-]*( [-+|&^]?= .*|\(.*\)|\+\+|--);/ &&
!/^\t(static|const|struct|u32|bool|unsigned|int) / {
	new = $0
	sub(/[^\t].*;/, ";", new)
	emit(new)
}
