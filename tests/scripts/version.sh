#!/bin/sh
# SPDX-License-Identifier: MIT
# There is one version, that of include/pagescope/version.h.
. tests/lib/boot.sh
version=$(sed -n 's/^#define PAGESCOPE_VERSION "\(.*\)"$/\1/p' include/pagescope/version.h)
claim "the header has a version" "$version" expr "$version" : '[0-9]*\.[0-9]*\.[0-9]*$'
for program in pagescope mmsim; do
	said=$("$B/$program" --version | head -n 1)
	claim "$program --version prints it" "$said" [ "$said" = "$program $version" ]
done
claim "CHANGELOG.md begins with it" "$version" \
	[ "$(sed -n 's/^## \([0-9.]*\) .*/\1/p' CHANGELOG.md | head -n 1)" = "$version" ]
claim "CITATION.cff has it" "$version" grep -qx "version: $version" CITATION.cff
done_testing
