-- SPDX-License-Identifier: MIT
-- links.lua - links between pages of the tree, made into links between pages of the site: NAME.md
-- becomes NAME.html, README.md the front page.
function Link(link)
	if not link.target:match("^%a+:") then
		link.target = link.target:gsub("README%.md", "index.html"):gsub("%.md", ".html", 1)
	end
	return link
end
