-- How much of the free memory is of no use for a block of eight pages, when the sweep ends:
-- for each RAM and allocator the mean over the seeds, and the span.
WITH state AS (
	SELECT regexp_extract(filename, '(\d+)-(\d+)-(\w+)\.jsonl', ['ram', 'seed', 'alloc']) AS run,
		zone, arg_max(nr_free, i) AS nr_free
	FROM read_json('sweep/*.jsonl', filename = true)
	GROUP BY ALL
), pages AS (
	SELECT run, unnest(nr_free) << generate_subscripts(nr_free, 1) - 1 AS pages,
		generate_subscripts(nr_free, 1) - 1 AS block_order
	FROM state
), each_run AS (
	SELECT run.ram::INTEGER AS ram, run.seed AS seed, run.alloc AS alloc,
		1000 * sum(pages) FILTER (block_order < 3) / sum(pages) AS unusable
	FROM pages
	GROUP BY ALL
)
SELECT ram, alloc, count(*) AS runs, round(avg(unusable))::INTEGER AS mean,
	round(min(unusable))::INTEGER AS least, round(max(unusable))::INTEGER AS most
FROM each_run
GROUP BY ALL
ORDER BY ALL
