#!/bin/sh
# SPDX-License-Identifier: MIT
# nearest.sh WORD KNOWN... - prints "; did you mean X?" with the known word that is likest,
# and nothing if none is like it.
word=$1
shift
[ $# -eq 0 ] || printf '%s\n' "$@" | awk -v word="$word" '
	function least(a, b, c) { return a < b ? (a < c ? a : c) : (b < c ? b : c) }
	# Letters to change, add, leave out or swap, in either case of letters.
	function distance(a, b,    i, j, cost, d) {
		for (i = 0; i <= length(a); i++) d[i, 0] = i
		for (j = 0; j <= length(b); j++) d[0, j] = j
		for (i = 1; i <= length(a); i++)
			for (j = 1; j <= length(b); j++) {
				cost = substr(a, i, 1) != substr(b, j, 1)
				d[i, j] = least(d[i - 1, j] + 1, d[i, j - 1] + 1, \
					d[i - 1, j - 1] + cost)
				if (i > 1 && j > 1 && substr(a, i, 1) == substr(b, j - 1, 1) && \
				    substr(a, i - 1, 1) == substr(b, j, 1))
					d[i, j] = least(d[i, j], d[i - 2, j - 2] + 1, d[i, j])
			}
		return d[length(a), length(b)]
	}
	BEGIN { best = length(word) < 5 ? 2 : length(word) < 9 ? 3 : 4; word = toupper(word) }
	{
		n = distance(word, toupper($0))
		last = $0
		sub(/.*\//, "", last)	# walk for lessons/walk
		m = distance(word, toupper(last))
		if (m < n) n = m + 0.5
		if (n < best) { best = n; found = $0 }
	}
	END { if (found != "") printf "; did you mean %s?", found }'
