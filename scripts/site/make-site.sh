#!/bin/sh
# SPDX-License-Identifier: MIT
# make-site.sh [OUT] - makes the static site: docs as pages, and a gallery of reports; `make site`.
#
# B is the build directory.  REPORTS=none leaves the reports and their pictures out, for the test
# of the links.  Everything is made in a directory beside OUT, which it then replaces.
set -eu
B=${B:-build}
out=${1:-$B/site}
here=scripts/site
mkdir -p "$(dirname "$out")"
work=$(realpath "$(mktemp -d "$out.XXXXXX")")
trap 'rm -rf "$work"' EXIT
tab=$(printf '\t')

fail() {
	echo "site: $*" >&2
	exit 1
}

# ---- pages ----

# page FILE PAGE ROOT [OPTION...]: a page from Markdown; ROOT leads from it to the top
page() {
	file=$1 html=$2 root=$3
	shift 3
	title=$(sed -n 's/^# //p' "$file" | head -n 1)
	mkdir -p "$(dirname "$work/$html")"
	pandoc -f gfm -t html5 --no-highlight --wrap=preserve --lua-filter $here/links.lua \
		--template $here/page.html -M "pagetitle=${title:-pagescope}" -V "root=$root" "$@" \
		-o "$work/$html" "$file" || fail "$file cannot be converted"
}

pages() {
	page README.md index.html "" -V front=1
	page CONTRIBUTING.md CONTRIBUTING.html ""
	page CHANGELOG.md CHANGELOG.html ""
	for file in docs/*.md; do
		page "$file" "${file%.md}.html" ../
	done
	cp -r docs/img "$work/docs/"
	cp $here/pages.css LICENSE NOTICE CITATION.cff "$work/"
}

# ---- reports ----

# export_report NAME CAPTURE SYMBOLS...
export_report() {
	name=$1 capture=$2
	shift 2
	"$B/pagescope" export -q --format=html --viewer "$B/viewer.html" "$@" \
		-o "$work/reports/$name.html" "$capture"
}

simulated() { # NAME OPTION...
	name=$1
	shift
	"$B/mmsim" "$@" -o "$work/$name.bin" >"$work/said" 2>&1 ||
		fail "$name: $(tail -n 1 "$work/said")"
	export_report "$name" "$work/$name.bin" --symbols "$B/mmsim"
}

# booted NAME SCRIPT MODE VARIABLE...: by run.sh or watch.sh; what it leaves is in runs/NAME
booted() {
	name=$1 script=$2 mode=$3
	shift 3
	# shellcheck disable=SC2086 # none or one word
	env "$@" B="$B" OUT="$work/runs/$name" "$script" $mode >"$work/said" 2>&1 ||
		fail "$name: $(tail -n 3 "$work/said" | tr '\n' ' ')"
}

guest() { # NAME KERNEL
	mkdir -p "$work/runs/$1"
	scripts/mkiso.sh "$work/runs/$1/boot.iso" "$B/kernel/grub.img" "$B/$2.elf" "" >/dev/null
	echo c >"$work/runs/$1/rc"
	PAGESCOPE_CAPTURE=$work/runs/$1/capture.bin timeout 60 scripts/bochs.sh \
		-rc "$work/runs/$1/rc" "plugin_ctrl: pagescope=1" "magic_break: enabled=0" \
		"ata0-master: type=cdrom, path=$work/runs/$1/boot.iso, status=inserted" \
		"com1: enabled=1, mode=file, dev=$work/runs/$1/console.log" \
		"log: $work/runs/$1/bochs.log" </dev/null >/dev/null 2>&1
	export_report "$1" "$work/runs/$1/capture.bin" --symbols "$B/$2.elf"
}

# entries: the lines of the gallery
entries() { grep -v '^#' $here/gallery.txt; }

reports() {
	mkdir -p "$work/reports" "$work/runs" "$work/img"
	entries | while IFS="$tab" read -r name how heading _; do
		case $name in =*) continue ;; esac
		echo "site: $name"
		# shellcheck disable=SC2086 # words of the table
		set -- $how
		case $1 in
		run) # without "make at": whoever reads the site has not this run
			(booted "$name" "scripts/run.sh" run SCENARIO="$2" RAM=64M)
			export_report "$name" "$work/runs/$name/capture.bin" \
				--symbols "$B/kernel.elf" ;;
		watch)
			(booted "$name" scripts/watch.sh "" ISO="$work/runs/$2/boot.iso")
			cp "$work/runs/$name/report.html" "$work/reports/$name.html" ;;
		sim) simulated "$name" --ram "$2" --scenario "scenarios/$3.scn" ;;
		linux) simulated "$name" --linux "$2" ;;
		guest) guest "$name" "$2" ;;
		*) fail "gallery.txt: $how is not known" ;;
		esac || fail "$name could not be made"
		printf '%s\t%s\n' "$name" "$heading" >>"$work/moments"
	done
	[ "$(entries | grep -vc '^=')" -eq "$(find "$work/reports" -name '*.html' | wc -l)" ] ||
		fail "a report is missing"
	tests/viewer/page.sh ../../scripts/site/pictures.mjs "$work/moments" "$work"
	rm -rf "$work/runs" "$work/moments" "$work/said" "$work"/*.bin
}

# ---- the gallery ----

gallery() {
	{
		echo "# Gallery"
		echo
		echo "Reports to click. Each is one file that carries its trace."
		open=
		entries | while IFS="$tab" read -r name how _ title sentence look; do
			case $name in
			=*)
				[ -z "$open" ] || printf '</div>\n'
				open=1
				printf '\n## %s\n\n<div class="gallery">\n' "${name#= }" ;;
			*) cat <<END
<article>
<a href="reports/$name.html"><img src="img/$name.png" alt="$title in the viewer" loading="lazy"
width="1280" height="800"></a>
<h3><a href="reports/$name.html">$title</a></h3>
<p>$sentence</p>
<p><b>Look for:</b> $look</p>
</article>
END
			esac
		done
		echo '</div>'
	} >"$work/gallery.md"
	page "$work/gallery.md" gallery.html ""
	rm "$work/gallery.md"
}

command -v pandoc >/dev/null || fail "pandoc is not installed: run scripts/deps.sh site"
pages
gallery
[ "${REPORTS:-}" = none ] || reports
rm -rf "$out"
mv "$work" "$out"
chmod 755 "$out"
trap - EXIT
echo "$out/index.html"
