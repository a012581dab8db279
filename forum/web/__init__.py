"""What every page shares: limits, client address, cross-origin check, headers, page cache, languages, error pages."""
