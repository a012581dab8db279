"""Demo content in Dutch: articles, threads and a generated debate. All people and places are made up."""
