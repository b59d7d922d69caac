/* SPDX-License-Identifier: MIT */
/* rules.c - the table of rules; see rules.h. */
#include "model/rules.h"

const char *const severity_names[] = { "note", "hazard", "violation" };

const struct rule_info ps_rules[NR_RULES] = {
#define RULE_INFO(id, name, severity, text) { name, text, severity },
	PS_RULES(RULE_INFO)
#undef RULE_INFO
};
