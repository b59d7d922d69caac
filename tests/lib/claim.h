/* SPDX-License-Identifier: MIT */
/*
 * claim.h - a test program: functions that make claims, run from a table.
 *
 *	static void lists_are_lifo(void) { EXPECT_EQ(a, b); }
 *	int main(void) { return run_tests(tests, COUNT(tests)); }
 *
 * A test fails at its first EXPECT that does not hold; the others still run.
 * Output is what tests/lib/run.sh counts: "ok NAME" or "not ok NAME: why".
 */
#ifndef CLAIM_H
#define CLAIM_H

#include <inttypes.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

struct test {
	const char *name;
	void (*run)(void);
};

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TEST(function) \
	{ \
#function, function \
	}

static jmp_buf claim_failed;
static char claim_why[1000];

#define FAIL_TEST(...) \
	(snprintf(claim_why, sizeof claim_why, __VA_ARGS__), longjmp(claim_failed, 1))
#define EXPECT(condition) \
	do { \
		if (!(condition)) \
			FAIL_TEST("line %d: %s", __LINE__, #condition); \
	} while (0)
#define EXPECT_EQ(got, wanted) \
	do { \
		int64_t got_ = (int64_t)(got), wanted_ = (int64_t)(wanted); \
		if (got_ != wanted_) \
			FAIL_TEST("line %d: %s is %" PRId64 " (%" PRIx64 "), expected %" PRId64 \
				  " (%" PRIx64 ")", \
				  __LINE__, #got, got_, (uint64_t)got_, wanted_, \
				  (uint64_t)wanted_); \
	} while (0)
#define EXPECT_TEXT(got, wanted) \
	do { \
		const char *got_ = (got), *wanted_ = (wanted); \
		if (!strstr(got_, wanted_)) \
			FAIL_TEST("line %d: \"%s\" not in \"%.600s\"", __LINE__, wanted_, got_); \
	} while (0)

static inline int run_tests(const struct test *tests, size_t n)
{
	volatile int failed = 0; /* volatile: setjmp returns twice */

	for (volatile size_t i = 0; i < n; i++) {
		if (setjmp(claim_failed)) {
			printf("not ok %s: %s\n", tests[i].name, claim_why);
			failed = 1;
			continue;
		}
		tests[i].run();
		printf("ok %s\n", tests[i].name);
		fflush(stdout);
	}
	return failed;
}

#endif
