# SPDX-License-Identifier: MIT
# The build with an allocator of one's own: make ALLOC=FILE, docs/alternatives.md.
#
# FILE stands in for the header that its first comment names: a copy of it under that
# name comes first in the include path.  Everything is built, in build/alloc-NAME.
ALLOC_NAME = $(basename $(notdir $(ALLOC)))

ifeq ($(wildcard $(ALLOC)),)
$(error ALLOC=$(ALLOC): there is no such file)
endif

REPLACES := $(shell sed -n 's,.*Replaces \(mm/[a-z]*\.h\)\..*,\1,p' '$(ALLOC)' | head -n 1)
ifeq ($(filter mm/buddy.h mm/place.h,$(REPLACES)),)
$(error ALLOC=$(ALLOC): its first comment is to say "Replaces mm/buddy.h." \
	or "Replaces mm/place.h.")
endif

ALLOC_INC    = -I$B/alloc
ALLOC_HEADER = $B/alloc/$(REPLACES)

# Made on every call, but replaced only if it differs: FILE may be another of that name.
# Messages of the compiler name FILE itself.
.PHONY: FORCE
$(ALLOC_HEADER): FORCE
	@mkdir -p $(@D)
	@{ echo '#line 1 "$(ALLOC)"'; cat '$(ALLOC)'; } >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
