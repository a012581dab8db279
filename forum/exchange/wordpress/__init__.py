"""WordPress exports (WXR 1.0-1.2): read in a stream, checked as a whole in a scratch file, then written.

`decoding` makes text of bytes, `reader` makes `records` of text, `staging` keeps them on disk, `checks` decides what
comes in. Nothing here writes to the forum's own database before the whole file is known to be sound.
"""
