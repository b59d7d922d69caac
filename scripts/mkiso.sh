#!/bin/sh
# SPDX-License-Identifier: MIT
# mkiso.sh ISO GRUB_IMAGE KERNEL CMDLINE [FILE...] - makes the image that boots.
#
# GRUB_IMAGE is GRUB with just the modules needed, made once by the Makefile, so
# this takes a tenth of a second.  Each FILE becomes a multiboot module that the
# kernel knows by its name without directories.
set -e
iso=$1 grub=$2 kernel=$3 cmdline=$4
shift 4
here=$(dirname "$0")
tree=$(mktemp -d) || exit 1
trap 'rm -rf "$tree" "$tree.log"' EXIT
mkdir -p "$tree/boot/grub"
cp "$grub" "$tree/boot/grub/core.img"
cp "$kernel" "$tree/boot/kernel.elf"
modules=
for file in "$@"; do
	name=$(basename "$file")
	case $name in
	*[!A-Za-z0-9._+-]*)
		echo "mkiso: $file: a file for the kernel has only letters, digits" \
			"and . _ + - in its name" >&2
		exit 1 ;;
	esac
	cp "$file" "$tree/boot/$name"
	modules="${modules}module /boot/$name $name\\n"
done
# GRUB's own quoting: everything but the words themselves stands in ''.
quoted=$(printf %s "$cmdline" | sed "s/'/'\\\\''/g; s/  */' '/g")
escaped=$(printf %s "'$quoted'" | sed 's/[\\&|]/\\&/g')
sed -e "s|@CMDLINE@|$escaped|" -e "s|@MODULES@|$modules|" "$here/grub.cfg" \
	>"$tree/boot/grub/grub.cfg"
xorriso -as mkisofs -quiet -R -o "$iso" -b boot/grub/core.img -no-emul-boot \
	-boot-load-size 4 -boot-info-table "$tree" 2>"$tree.log" || {
	echo "mkiso: $iso cannot be written: $(grep -m 1 -E 'FAILURE|FATAL|SORRY' "$tree.log")" >&2
	exit 1
}
