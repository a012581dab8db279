"""Articles of static sites (Hugo, Jekyll, Eleventy, Astro): a folder of Markdown files with front matter.

`files` finds and reads them, `front_matter` takes the fields off, `fields` gives those a type, `places` tells what a
file's name says, `body` makes plain Markdown of the text, `pages` puts an article together, `importer` writes.
"""
