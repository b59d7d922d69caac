#!/bin/sh
# SPDX-License-Identifier: MIT
# one.sh RAM SEED ALTERNATIVE - one run of sweep.scn in the simulator, in RAM MiB; what the
# kernel counted at its snapshots goes to sweep/RAM-SEED-ALTERNATIVE.jsonl.
#
# Called in the top directory of the tree, or of a copy of its build/ and of this file's directory.
set -e
here=$(dirname "$0")
sim=build/mmsim
[ "$3" = reference ] || sim=build/alloc-$3/mmsim
out=sweep/$1-$2-$3
mkdir -p sweep
"$sim" --ram "$1M" --seed "$2" --scenario "$here/sweep.scn" -o "$out.bin" 2>"$out.log"
build/pagescope export -q --format=events -e zone_state -o "$out.jsonl" "$out.bin"
rm "$out.bin"
